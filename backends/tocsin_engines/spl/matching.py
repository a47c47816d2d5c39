"""Whether an event is what `search` looks for: the terms to a function of its fields."""

from collections.abc import Callable
from functools import lru_cache

from tocsin_engines.spl.assumed import Readings
from tocsin_engines.spl.functions_text import in_network, is_cidr
from tocsin_engines.spl.search import Bound, Compare, Every, Group, Neither, Term, Wanted
from tocsin_engines.spl.values import Fields, Single, each, ordered, show

Test = Callable[[Fields], bool]
_OfValue = Callable[[Single], bool]
_Fold = Callable[[str], str]


def test(term: Term, readings: Readings) -> Test:
    """Return a function that tells whether an event with such fields is found."""
    match term:
        case Every() | Bound():
            return lambda fields: True
        case Neither():
            inner = test(term.part, readings)
            return lambda fields: not inner(fields)
        case Group(any=True):
            tests = [test(part, readings) for part in term.parts]
            return lambda fields: any(one(fields) for one in tests)
        case Group():
            tests = [test(part, readings) for part in term.parts]
            return lambda fields: all(one(fields) for one in tests)
        case Compare():
            return _compare(term, readings)


def _compare(term: Compare, readings: Readings) -> Test:
    """Compare any value; `!=` too needs the field (Difference between NOT and !=)."""
    name, sign = term.field, term.sign
    if sign in {"=", "!=", "IN"}:
        matchers = [_equals(name, wanted, readings) for wanted in term.values]
        if sign == "!=":
            only = matchers[0]
            return lambda fields: any(not only(one) for one in each(fields.get(name)))
        return lambda fields: any(
            matcher(one) for one in each(fields.get(name)) for matcher in matchers
        )
    text = term.values[0].text
    return lambda fields: any(ordered(sign, one, text) for one in each(fields.get(name)))


def _equals(field: str, wanted: Wanted, readings: Readings) -> _OfValue:
    """Compare texts, wildcards and networks: "1" does not match "1.0" (search, Comparison)."""
    fold = _same if wanted.cased else _letters(readings)
    parts = tuple(fold(wanted.text).split("*"))
    net = wanted.text

    def equals(value: Single) -> bool:
        return matches(fold(show(value)), parts)

    if field == "index" and net.startswith("*"):
        # "index=*" is all but the internal indexes, whose names start with `_`.
        return lambda value: not show(value).startswith("_") and equals(value)
    if not is_cidr(net):
        return equals
    return lambda value: equals(value) or in_network(show(value), net)


def matches(text: str, parts: tuple[str, ...]) -> bool:
    """Whether all of TEXT is PARTS with anything between two of them."""
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return text == first
    end = len(text) - len(last)
    if end < len(first) or not (text.startswith(first) and text.endswith(last)):
        return False
    at = len(first)
    for part in parts[1:-1]:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _letters(readings: Readings) -> _Fold:
    return _fold if readings.search_folds_unicode else _fold_ascii


def _same(text: str) -> str:
    return text


def _fold(text: str) -> str:
    return text.lower() if text.isascii() else "".join(map(_folded, text))


@lru_cache(maxsize=4096)
def _folded(char: str) -> str:
    """Fold one code point to one: PCRE's `(?i)` does the same."""
    for folded in (char.casefold(), char.lower()):
        if len(folded) == 1:
            return folded
    return char


_ASCII_FOLD = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def _fold_ascii(text: str) -> str:
    return text.translate(_ASCII_FOLD)
