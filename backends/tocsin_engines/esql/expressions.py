"""Expressions: tokens to a tree."""

from tocsin_engines.esql.cursor import Cursor
from tocsin_engines.esql.tree import (
    Among,
    Arithmetic,
    Call,
    Compare,
    Expr,
    Fits,
    IsNull,
    Literal,
    Logic,
    Name,
    Not,
    Several,
    Span,
)
from tocsin_engines.tokens import Lexeme

_LONGS = 1 << 63
_DEPTH = 400  # `ExpressionBuilder.MAX_EXPRESSION_DEPTH`
_UNITS = {
    "millisecond": 1,
    "second": 1000,
    "minute": 60_000,
    "hour": 3_600_000,
    "day": 86_400_000,
}


def expression(cursor: Cursor, depth: int = 0) -> Expr:
    """Take an expression: `OR` binds least, then `AND`, then `NOT`."""
    found, chained = _and(cursor, depth), 0
    while cursor.takes("or"):
        chained += 1
        found = Logic("or", found, _and(cursor, depth + chained))
    return found


def _and(cursor: Cursor, depth: int) -> Expr:
    found, chained = _not(cursor, depth), 0
    while cursor.takes("and"):
        chained += 1
        found = Logic("and", found, _not(cursor, depth + chained))
    return found


def _not(cursor: Cursor, depth: int) -> Expr:
    if depth > _DEPTH:
        raise cursor.error(f"the maximum expression depth allowed is {_DEPTH}")
    if cursor.takes("not"):
        return Not(_not(cursor, depth + 1))
    return _predicate(cursor, depth)


def _predicate(cursor: Cursor, depth: int) -> Expr:
    left = _operator(cursor, depth)
    if sign := cursor.takes("==", "!=", "<", "<=", ">", ">="):
        return Compare(sign, left, _operator(cursor, depth))
    if cursor.takes("is"):
        negated = cursor.takes("not")
        cursor.expect("null")
        return Not(IsNull(left)) if negated else IsNull(left)
    negated = cursor.takes("not")
    found: Expr
    if cursor.takes("in"):
        found = Among(left, tuple(_listed(cursor, depth)))
    elif word := cursor.takes("like", "rlike"):
        found = _fits(cursor, left, word == "rlike")
    elif negated:
        raise cursor.error("expecting 'in', 'like' or 'rlike'")
    else:
        return left
    return Not(found) if negated else found


def _listed(cursor: Cursor, depth: int) -> list[Expr]:
    cursor.expect("(")
    found = [_operator(cursor, depth)]
    while cursor.takes(","):
        found.append(_operator(cursor, depth))
    cursor.expect(")")
    return found


def _fits(cursor: Cursor, left: Expr, regex: bool) -> Fits:
    if not cursor.takes("("):
        return Fits(left, (cursor.text(),), regex, False)
    patterns = [cursor.text()]
    while cursor.takes(","):
        patterns.append(cursor.text())
    cursor.expect(")")
    return Fits(left, tuple(patterns), regex, True)


def _operator(cursor: Cursor, depth: int) -> Expr:
    left = _product(cursor, depth)
    while sign := cursor.takes("+", "-"):
        left = Arithmetic(sign, left, _product(cursor, depth))
    return left


def _product(cursor: Cursor, depth: int) -> Expr:
    left = _primary(cursor, depth)
    while sign := cursor.takes("*", "/"):
        left = Arithmetic(sign, left, _primary(cursor, depth))
    return left


def _primary(cursor: Cursor, depth: int) -> Expr:
    if cursor.takes("("):
        found = expression(cursor, depth + 4)
        cursor.expect(")")
        return found
    if cursor.takes("["):
        return _several(cursor)
    if name := cursor.calls():
        return _call(cursor, name, depth)
    if cursor.now.kind in (Lexeme.TEXT, Lexeme.NUMBER) or cursor.sees("true", "false", "null", "-"):
        return _constant(cursor)
    return Name(cursor.name())


def _call(cursor: Cursor, name: str, depth: int) -> Call:
    cursor.expect("(")
    if cursor.takes("*"):
        cursor.expect(")")
        return Call(name, (), star=True)
    if cursor.takes(")"):
        return Call(name, ())
    arguments = [expression(cursor, depth + 4)]
    while cursor.takes(","):
        arguments.append(expression(cursor, depth + 4))
    cursor.expect(")")
    return Call(name, tuple(arguments))


def _several(cursor: Cursor) -> Several:
    found = [_literal(cursor)]
    while cursor.takes(","):
        found.append(_literal(cursor))
    cursor.expect("]")
    if len({type(each.value) for each in found}) > 1:
        raise cursor.error("the elements of a list are of one type")
    return Several(tuple(found))


def _constant(cursor: Cursor) -> Literal | Span:
    found = _literal(cursor)
    if isinstance(found.value, int) and not isinstance(found.value, bool):
        word = cursor.now.written.lower()
        unit = _UNITS.get(word.removesuffix("s"))
        if cursor.now.kind is Lexeme.WORD and unit:
            cursor.next()
            return Span(found.value * unit)
    return found


def _literal(cursor: Cursor) -> Literal:
    if cursor.now.kind is Lexeme.TEXT:
        return Literal(cursor.text())
    if word := cursor.takes("true", "false", "null"):
        return Literal({"true": True, "false": False}.get(word))
    sign = -1 if cursor.takes("-") else 1
    if cursor.now.kind is not Lexeme.NUMBER:
        raise cursor.error("expecting a constant")
    written = cursor.next().written
    whole = sign * int(written) if written.isdigit() else None
    if whole is not None and -_LONGS <= whole < _LONGS:
        return Literal(whole)
    return Literal(sign * float(written))
