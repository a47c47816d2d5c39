"""Text of an eval expression to its tree: NOT, AND, OR, XOR from tight to loose."""

import re

from tocsin_engines.spl.scan import CLOSE, COMMA, DEPTH, OPEN, STRING, Scanner
from tocsin_engines.spl.tree import (
    Among,
    Call,
    Chain,
    Comparison,
    Expr,
    Logic,
    Minus,
    Name,
    Not,
    Numeral,
    Text,
)
from tocsin_engines.spl.values import number

QUOTED_FIELD = re.compile(r"'([^'\"|\[\]\r\n]+)'")

_NUMBER = re.compile(r"\d+(\.\d+)?([eE][+-]?\d+)?(?![\w.])", re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_COMPARE = re.compile(r"==|!=|<=|>=|=|<|>")
_SUM = re.compile(r"[+.-]")
_PRODUCT = re.compile(r"[*/%]")
_MINUS = re.compile(r"-")
_BANG = re.compile(r"!(?!=)")
_WORDS = {word: re.compile(rf"{word}\b", re.IGNORECASE) for word in ("XOR", "OR", "AND")}
_NOT = re.compile(r"not\b", re.IGNORECASE)
_IN = re.compile(r"in\b", re.IGNORECASE)
_LIKE = re.compile(r"like\b", re.IGNORECASE)
_LOOSER = {"XOR": "OR", "OR": "AND"}
_RESERVED = {"and", "or", "not", "xor", "like", "in", "as", "by"}
# A page has them as literals, another as functions only; a field of that name is meant by nobody.
_MISLEADING = {"true", "false", "null"}


def expression(scanner: Scanner, depth: int = 0) -> Expr:
    """Read an expression."""
    if depth > DEPTH:
        raise scanner.refused("nested too deep")
    return _logic(scanner, "XOR", depth)


def _logic(scanner: Scanner, word: str, depth: int) -> Expr:
    looser = _LOOSER.get(word)
    parts: list[Expr] = []
    while not parts or scanner.take(_WORDS[word]):
        parts.append(_logic(scanner, looser, depth) if looser else _negated(scanner, depth))
    return parts[0] if len(parts) == 1 else Logic(word, tuple(parts))


def _negated(scanner: Scanner, depth: int) -> Expr:
    if depth > DEPTH:
        raise scanner.refused("nested too deep")
    if scanner.take(_NOT):
        return Not(_negated(scanner, depth + 1))
    return _comparison(scanner, depth)


def _comparison(scanner: Scanner, depth: int) -> Expr:
    left = _sum(scanner, depth)
    if sign := scanner.take(_COMPARE):
        return Comparison(sign[0], left, _sum(scanner, depth))
    if scanner.take(_LIKE):
        return Call("like", (left, _sum(scanner, depth)))
    if scanner.take(_IN):
        scanner.need(OPEN, "`(`")
        return Among(left, _arguments(scanner, depth))
    return left


def _sum(scanner: Scanner, depth: int) -> Expr:
    first = _product(scanner, depth)
    rest: list[tuple[str, Expr]] = []
    while sign := scanner.take(_SUM):
        rest.append((sign[0], _product(scanner, depth)))
    return Chain(first, tuple(rest)) if rest else first


def _product(scanner: Scanner, depth: int) -> Expr:
    first = _unary(scanner, depth)
    rest: list[tuple[str, Expr]] = []
    while sign := scanner.take(_PRODUCT):
        rest.append((sign[0], _unary(scanner, depth)))
    return Chain(first, tuple(rest)) if rest else first


def _unary(scanner: Scanner, depth: int) -> Expr:
    if depth > DEPTH:
        raise scanner.refused("nested too deep")
    if scanner.take(_MINUS):
        return Minus(_unary(scanner, depth + 1))
    if scanner.take(_BANG):  # Documented once: `mvfilter(!isnull(x))`.
        return Not(_unary(scanner, depth + 1))
    return _operand(scanner, depth)


def _operand(scanner: Scanner, depth: int) -> Expr:
    if scanner.take(OPEN):
        inner = expression(scanner, depth + 1)
        scanner.need(CLOSE, "`)`")
        return inner
    if found := scanner.take(STRING):
        return Text(found[1])
    if found := scanner.take(QUOTED_FIELD):
        return Name(found[1])
    if found := scanner.take(_NUMBER):
        return Numeral(number(found[0]) or 0, found[1] is not None)
    found = scanner.need(_NAME, "an expression")
    word = found[0]
    if scanner.take(OPEN):
        return _call(scanner, word, depth)
    if word.lower() in _RESERVED:
        raise scanner.refused(f"`{word}` is an operator")
    if word.lower() in _MISLEADING:
        raise scanner.refused(f"`{word}` is a field here; the value is `{word.lower()}()`")
    return Name(word)


def _call(scanner: Scanner, word: str, depth: int) -> Expr:
    arguments = () if scanner.take(CLOSE) else _arguments(scanner, depth)
    if word == "in":
        if len(arguments) < 2:
            raise scanner.refused("`in` needs a field and values")
        return Among(arguments[0], arguments[1:])
    return Call(word, arguments)


def _arguments(scanner: Scanner, depth: int) -> tuple[Expr, ...]:
    found = [expression(scanner, depth + 1)]
    while scanner.take(COMMA):
        found.append(expression(scanner, depth + 1))
    scanner.need(CLOSE, "`)`")
    return tuple(found)
