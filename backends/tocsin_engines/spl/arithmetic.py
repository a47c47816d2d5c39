"""Arithmetic and concatenation (Search Reference, eval, Operators)."""

import math
from collections.abc import Callable

from tocsin_engines.engine import Rejected
from tocsin_engines.spl.compiled import Compiled, Scope
from tocsin_engines.spl.functions import Kind
from tocsin_engines.spl.tree import Chain, Expr, Minus, Numeral
from tocsin_engines.spl.values import Number, Single, Value, bounded, number, show

Compile = Callable[[Expr], Compiled]
_Step = Callable[[Value, Value], Value]


def chain(compile_part: Compile, expr: Chain) -> Compiled:
    """Compile operators that bind alike, from left to right."""
    first = compile_part(expr.first)
    kind, steps = first.kind, list[tuple[_Step, Callable[[Scope], Value]]]()
    operands = (expr.first, *(operand for _, operand in expr.rest))
    if any(sign != "." for sign, _ in expr.rest) and any(_has_fraction(one) for one in operands):
        raise Rejected("a result is rounded to the precision of its least precise operand")
    for sign, operand in expr.rest:
        part = compile_part(operand)
        kind, step = _operator(sign, kind, part.kind)
        steps.append((step, part.run))
    start = first.run

    def run(scope: Scope) -> Value:
        result = start(scope)
        for step, operand in steps:
            result = step(result, operand(scope))
        return result

    return Compiled(kind, run)


def minus(compile_part: Compile, expr: Minus) -> Compiled:
    """Compile a unary minus."""
    part = compile_part(expr.part)
    if part.kind in {Kind.BOOL, Kind.TEXT}:
        raise Rejected(f"`-` of {part.kind.value}")
    run = part.run

    def negated(scope: Scope) -> Value:
        value = number(_one("-", run(scope)))
        return None if value is None else -value

    return Compiled(Kind.NUMBER, negated)


def _has_fraction(expr: Expr) -> bool:
    if isinstance(expr, Minus):
        return _has_fraction(expr.part)
    return isinstance(expr, Numeral) and expr.fraction


def _operator(sign: str, left: Kind, right: Kind) -> tuple[Kind, _Step]:
    kinds = {left, right}
    if Kind.BOOL in kinds:
        raise Rejected(f"`{sign}` of a Boolean")
    if sign == ".":
        return Kind.TEXT, _concatenated
    if sign == "+" and Kind.TEXT in kinds and Kind.NUMBER not in kinds:
        return Kind.TEXT, _concatenated
    if Kind.TEXT in kinds:
        raise Rejected(f"`{sign}` of a string")
    if sign == "+" and Kind.NUMBER not in kinds:
        return Kind.ANY, _added
    return Kind.NUMBER, lambda one, other: _computed(sign, one, other)


def _concatenated(left: Value, right: Value) -> Value:
    one, other = _one(".", left), _one(".", right)
    return None if one is None or other is None else bounded(show(one) + show(other))


def _added(left: Value, right: Value) -> Value:
    """Add two fields: "two numbers for addition, or two strings for concatenation"."""
    one, other = _one("+", left), _one("+", right)
    if number(one) is None and number(other) is None:
        return _concatenated(one, other)
    return _computed("+", one, other)


def _computed(sign: str, left: Value, right: Value) -> Value:
    one, other = number(_one(sign, left)), number(_one(sign, right))
    if one is None or other is None:
        return None
    try:
        return _whole(_result(sign, one, other))
    except (OverflowError, ValueError):
        return None


def _result(sign: str, one: Number, other: Number) -> Number | None:
    match sign:
        case "+":
            return one + other
        case "-":
            return one - other
        case "*":
            return one * other
        case _ if other == 0:
            return None  # "Division by zero results in a null field."
        case "%":
            return int(math.fmod(one, other)) if _are_whole(one, other) else math.fmod(one, other)
        case _:
            return one / other


def _are_whole(one: Number, other: Number) -> bool:
    return isinstance(one, int) and isinstance(other, int)


def _whole(value: Number | None) -> Number | None:
    """Keep to what a double can hold."""
    return float(value) if isinstance(value, int) and abs(value) > 2**53 else value


def _one(sign: str, value: Value) -> Single | None:
    if isinstance(value, tuple):
        raise Rejected(f"`{sign}` of a multivalue field is not documented")
    return None if isinstance(value, bool) else value
