"""Expressions to functions of a row: three-valued, and null for what has several values."""

import operator
from collections.abc import Callable, Mapping, Sequence

from tocsin_engines.engine import Rejected, Scalar
from tocsin_engines.eql.stored import address
from tocsin_engines.esql import patterns
from tocsin_engines.esql.functions import FUNCTIONS
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
from tocsin_engines.esql.values import (
    NUMERIC,
    Compiled,
    Row,
    Type,
    Value,
    boolean,
    rank,
    single,
    truth,
    wanted,
)

_ORDERS: Mapping[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Scope:
    """The columns that a command sees, and what `NOW()` is."""

    def __init__(self, types: Mapping[str, Type], *, nullify: bool, now: int) -> None:
        self.types = dict(types)
        self._nullify = nullify
        self._now = now

    def seeing(self, types: Mapping[str, Type]) -> "Scope":
        """Return the scope behind a command that gives these columns."""
        return Scope(types, nullify=self._nullify, now=self._now)

    def column(self, name: str) -> Compiled:
        """Read a column; one that is not there is null, if the query says so."""
        if name in self.types:
            return Compiled(self.types[name], lambda row: row.get(name, ()))
        if not self._nullify:
            raise Rejected(f"verification_exception: Unknown column [{name}]")
        return Compiled(Type.NULL, lambda _: ())

    def condition(self, expr: Expr) -> Callable[[Row], bool | None]:
        """Compile a condition."""
        found = self.compile(expr)
        wanted("condition", found, Type.BOOLEAN)
        return lambda row: truth(found.run(row))

    def compile(self, expr: Expr) -> Compiled:
        """Compile an expression."""
        match expr:
            case Name(path):
                return self.column(path)
            case Literal() | Several():
                return _constant(expr)
            case Span(milliseconds):
                return Compiled(Type.SPAN, lambda _: (milliseconds,), constant=True)
            case Not(operand):
                return self._not(operand)
            case Logic():
                return self._logic(expr)
            case Compare():
                return self._compare(expr)
            case Among():
                return self._among(expr)
            case Fits():
                return patterns.fits(expr, self.compile(expr.operand))
            case IsNull(operand):
                inner = self.compile(operand)
                return Compiled(Type.BOOLEAN, lambda row: (not inner.run(row),))
            case Arithmetic():
                return self._arithmetic(expr)
            case Call():
                return self._call(expr)

    def _not(self, operand: Expr) -> Compiled:
        run = self.condition(operand)

        def negated(row: Row) -> Value:
            found = run(row)
            return boolean(None if found is None else not found)

        return Compiled(Type.BOOLEAN, negated)

    def _logic(self, expr: Logic) -> Compiled:
        left, right = self.condition(expr.left), self.condition(expr.right)
        decides = expr.word == "or"

        def joined(row: Row) -> Value:
            one = left(row)
            if one is decides:
                return (decides,)
            other = right(row)
            if other is decides:
                return (decides,)
            return boolean(None if one is None or other is None else not decides)

        return Compiled(Type.BOOLEAN, joined)

    def _compare(self, expr: Compare) -> Compiled:
        left, right = alike(self.compile(expr.left), self.compile(expr.right))
        if expr.sign in ("==", "!=") and left.lower and right.constant:
            return patterns.same_without_case(left.lower, right, expr.sign == "!=")
        compare = _ORDERS[expr.sign]

        def compared(row: Row) -> Value:
            one, other = single(left.run(row)), single(right.run(row))
            if one is None or other is None:
                return ()
            return (compare(rank(one, other), 0),)

        return Compiled(Type.BOOLEAN, compared)

    def _among(self, expr: Among) -> Compiled:
        operand = self.compile(expr.operand)
        pairs = [alike(operand, self.compile(option)) for option in expr.options]

        def among(row: Row) -> Value:
            found = single(operand.run(row))
            if found is None:
                return ()
            return (any(found == single(option.run(row)) for _, option in pairs),)

        return Compiled(Type.BOOLEAN, among)

    def _arithmetic(self, expr: Arithmetic) -> Compiled:
        left, right = self.compile(expr.left), self.compile(expr.right)
        of_time = left.type is Type.DATE
        wanted(expr.sign, left, *((Type.DATE,) if of_time else NUMERIC))
        wanted(expr.sign, right, *((Type.SPAN,) if of_time else NUMERIC))
        if of_time and expr.sign not in ("+", "-"):
            raise Rejected(f"verification_exception: [{expr.sign}] of a datetime")
        whole = of_time or {left.type, right.type} <= {Type.LONG, Type.NULL}

        def computed(row: Row) -> Value:
            one, other = single(left.run(row)), single(right.run(row))
            if one is None or other is None or isinstance(one, str) or isinstance(other, str):
                return ()
            return _computed(expr.sign, one, other, whole)

        kind = left.type if of_time else Type.LONG if whole else Type.DOUBLE
        return Compiled(kind, computed, left.constant and right.constant)

    def _call(self, expr: Call) -> Compiled:
        if expr.name == "now" and not expr.arguments:
            return Compiled(Type.DATE, lambda _: (self._now,), constant=True)
        function = FUNCTIONS.get(expr.name)
        if function is None or expr.star:
            raise Rejected(f"verification_exception: Unknown function [{expr.name}]")
        return function([self.compile(argument) for argument in expr.arguments])


def _computed(sign: str, one: float, other: float, whole: bool) -> Value:
    match sign:
        case "+":
            return (one + other,)
        case "-":
            return (one - other,)
        case "*":
            return (one * other,)
        case _ if not other:
            return ()  # with a warning
        case _ if whole:  # towards zero, as Java has it
            quotient = abs(int(one)) // abs(int(other))
            return (quotient if (one < 0) is (other < 0) else -quotient,)
        case _:
            return (one / other,)


def _constant(expr: Literal | Several) -> Compiled:
    each: Sequence[Literal] = expr.values if isinstance(expr, Several) else (expr,)
    held = tuple(literal.value for literal in each if literal.value is not None)
    return Compiled(_type(held), lambda _: held, constant=True)


def _type(held: Value) -> Type:
    match held[:1]:
        case (bool(),):
            return Type.BOOLEAN
        case (int(),):
            return Type.LONG
        case (float(),):
            return Type.DOUBLE
        case (str(),):
            return Type.KEYWORD
        case _:
            return Type.NULL


def alike(left: Compiled, right: Compiled) -> tuple[Compiled, Compiled]:
    """Refuse to hold two types against each other; a text that is a constant is read as one."""
    kinds = {left.type, right.type}
    if len(kinds - {Type.NULL}) <= 1 or kinds <= NUMERIC:
        return left, right
    if right.constant and right.type is Type.KEYWORD and left.type is Type.IP:
        texts = right.run({})
        return left, Compiled(Type.IP, lambda _: tuple(map(_address, texts)), constant=True)
    message = f"[{left.type.value}] is incompatible with [{right.type.value}]"
    raise Rejected(f"verification_exception: {message}")


def _address(text: Scalar) -> int:
    found = address(str(text))
    if found is None:
        raise Rejected(f"verification_exception: '{text}' is not an IP string literal.")
    return found
