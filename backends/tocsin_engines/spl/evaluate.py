"""The tree of an eval expression to a function of an event, with its kind checked."""

from collections.abc import Callable
from dataclasses import dataclass

from tocsin_engines.engine import Rejected
from tocsin_engines.spl import arithmetic
from tocsin_engines.spl.assumed import Readings
from tocsin_engines.spl.compiled import Compiled, Scope, truth
from tocsin_engines.spl.conversion import CONVERSION
from tocsin_engines.spl.functions import Function, Kind, called, check
from tocsin_engines.spl.functions_multivalue import MULTIVALUE_FUNCTIONS
from tocsin_engines.spl.functions_number import NUMBER_FUNCTIONS
from tocsin_engines.spl.functions_text import TEXT_FUNCTIONS
from tocsin_engines.spl.patterns import PATTERNS
from tocsin_engines.spl.scan import plain_text
from tocsin_engines.spl.special import SPECIAL
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
from tocsin_engines.spl.values import Value, compared, each

_FUNCTIONS = TEXT_FUNCTIONS | NUMBER_FUNCTIONS | MULTIVALUE_FUNCTIONS
_BUILT = {**SPECIAL, **PATTERNS, **CONVERSION}
_COMPARABLE = {Kind.NUMBER: Kind.TEXT, Kind.TEXT: Kind.NUMBER}


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Compiles expressions under READINGS."""

    readings: Readings

    def condition(self, expr: Expr) -> Callable[[Scope], bool | None]:
        """Compile a Boolean expression; refuse any other."""
        part = self.compile(expr)
        if part.kind is not Kind.BOOL:
            raise Rejected(f"expected a Boolean expression, this is {part.kind.value}")
        run = part.run
        return lambda scope: truth(run(scope))

    def value(self, expr: Expr) -> Callable[[Scope], Value]:
        """Compile an expression whose result a field can hold."""
        part = self.compile(expr)
        if part.kind is Kind.BOOL:
            raise Rejected("fields cannot be assigned a Boolean result")
        return part.run

    def compile(self, expr: Expr) -> Compiled:
        """Compile an expression."""
        match expr:
            case Text():
                text = plain_text(expr.raw)
                return Compiled(Kind.TEXT, lambda scope: text)
            case Numeral():
                figure = expr.value
                return Compiled(Kind.NUMBER, lambda scope: figure)
            case Name():
                return Compiled(Kind.ANY, _reading(expr.field))
            case Not():
                return self._not(expr)
            case Logic():
                return self._logic(expr)
            case Comparison():
                return self._comparison(expr)
            case Among():
                return self._among(expr)
            case Chain():
                return arithmetic.chain(self.compile, expr)
            case Minus():
                return arithmetic.minus(self.compile, expr)
            case Call():
                return self._call(expr)

    def _not(self, expr: Not) -> Compiled:
        run, of_null = self.condition(expr.part), self.readings.not_null

        def negated(scope: Scope) -> Value:
            found = run(scope)
            return of_null if found is None else not found

        return Compiled(Kind.BOOL, negated)

    def _logic(self, expr: Logic) -> Compiled:
        runs = [self.condition(part) for part in expr.parts]
        if expr.word == "XOR":
            return Compiled(Kind.BOOL, lambda scope: _xor([run(scope) for run in runs]))
        deciding = expr.word == "OR"  # TRUE decides an OR, FALSE an AND.

        def joined(scope: Scope) -> Value:
            result: bool | None = not deciding
            for run in runs:
                found = run(scope)
                if found is deciding:
                    return deciding
                if found is None:
                    result = None
            return result

        return Compiled(Kind.BOOL, joined)

    def _comparison(self, expr: Comparison) -> Compiled:
        left, right, sign = self.compile(expr.left), self.compile(expr.right), expr.sign
        _comparable(sign, left.kind, right.kind)
        one, other = left.run, right.run
        return Compiled(Kind.BOOL, lambda scope: _any(sign, one(scope), other(scope)))

    def _among(self, expr: Among) -> Compiled:
        item = self.compile(expr.item)
        options = [self.compile(option) for option in expr.options]
        for option in options:
            _comparable("IN", item.kind, option.kind)

        def among(scope: Scope) -> Value:
            value = item.run(scope)
            found = [_any("==", value, option.run(scope)) for option in options]
            return True if True in found else None if None in found else False

        return Compiled(Kind.BOOL, among)

    def _call(self, expr: Call) -> Compiled:
        name = expr.function
        if build := _BUILT.get(name):
            return build(self, expr)
        function = _FUNCTIONS.get(name)
        if function is None:
            raise Rejected(f"`{name}` is no eval function known here")
        parts = [self.compile(argument) for argument in expr.arguments]
        check(name, function, [part.kind for part in parts])
        return Compiled(function.gives, _calling(name, function, [part.run for part in parts]))


def _reading(name: str) -> Callable[[Scope], Value]:
    def run(scope: Scope) -> Value:
        value = scope.fields.get(name)
        return value[0] if isinstance(value, tuple) and len(value) == 1 else value

    return run


def _calling(
    name: str, function: Function, runs: list[Callable[[Scope], Value]]
) -> Callable[[Scope], Value]:
    return lambda scope: called(name, function, [run(scope) for run in runs])


def _xor(found: list[bool | None]) -> bool | None:
    return None if None in found else found.count(True) % 2 == 1


def _comparable(sign: str, left: Kind, right: Kind) -> None:
    """Refuse what can be told beforehand: operators "accept two numbers or two strings"."""
    if Kind.BOOL in {left, right} or _COMPARABLE.get(left) is right:
        raise Rejected(f"`{sign}` compares {left.value} with {right.value}")


def _any(sign: str, left: Value, right: Value) -> bool | None:
    if left is None or right is None:
        return None
    if isinstance(left, tuple) or isinstance(right, tuple):
        return any(compared(sign, one, other) for one in each(left) for other in each(right))
    return compared(sign, left, right)
