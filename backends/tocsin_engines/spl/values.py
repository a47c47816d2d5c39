"""The values of SPL: texts, numbers, several of them, and NULL."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from tocsin_engines.engine import Rejected

Number = int | float
Single = str | Number
Cell = Single | tuple[Single, ...]  # What a field of an event holds.
Value = Cell | bool | None  # What an expression gives; None is NULL.
Fields = Mapping[str, Cell]

# "The limit to precision is 17 significant digits, or -2^53+1 to 2^53-1" (eval, Long numbers).
_EXACT = 2**53
# What is larger is refused, so that no query can fill the memory.
LARGEST_TEXT = 1_000_000
LARGEST_COUNT = 100_000
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_ORDER: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TEXT_ORDER: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def number(value: Value) -> Number | None:
    """Return the number that VALUE is or reads as."""
    match value:
        case bool() | None | tuple():
            return None
        case str():
            return _parsed(value)
        case int() | float():
            return value


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Number | None:
    if len(text) > 400 or not _NUMBER.fullmatch(text):
        return None
    if text.lstrip("+-").isdigit() and abs(int(text)) < _EXACT:
        return int(text)
    return float(text)


def show(value: Single) -> str:
    """Return VALUE as Splunk shows it."""
    match value:
        case str():
            return value
        case float() if value.is_integer() and abs(value) < _EXACT:
            return str(int(value))
        case _:
            return str(value)


def each(value: Cell | None) -> tuple[Single, ...]:
    """Return the values of a field: none, one or several."""
    match value:
        case None:
            return ()
        case tuple():
            return value
        case _:
            return (value,)


def bounded(value: Value) -> Value:
    """Return VALUE if it is not too large."""
    if isinstance(value, str) and len(value) > LARGEST_TEXT:
        raise Rejected("a text grows too long")
    if isinstance(value, tuple) and len(value) > LARGEST_COUNT:
        raise Rejected("a field gets too many values")
    return value


def packed(values: Sequence[Single]) -> Cell | None:
    """Return a field of VALUES: NULL if there are none."""
    if not values:
        return None
    return values[0] if len(values) == 1 else tuple(values)


def compared(sign: str, left: Single, right: Single) -> bool:
    """Compare two values as `where` does: "two numbers or two strings" (eval, Operators)."""
    if sign in {"=", "=="}:
        return _equal(left, right)
    if sign == "!=":
        return not _equal(left, right)
    return ordered(sign, left, right)


def ordered(sign: str, left: Single, right: Single) -> bool:
    """Compare numbers if both are, else texts in the order of UTF-8 (search, Comparison)."""
    one, other = number(left), number(right)
    if one is not None and other is not None:
        return _ORDER[sign](one, other)
    return _TEXT_ORDER[sign](show(left), show(right))


def rank(value: Single) -> tuple[int, float, str]:
    """Return what to sort by: numbers, then texts in the order of UTF-8."""
    read = number(value)
    return (1, 0.0, show(value)) if read is None else (0, float(read), show(value))


def _equal(left: Single, right: Single) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    one, other = number(left), number(right)
    if one is not None and other is not None:
        return one == other
    return show(left) == show(right)
