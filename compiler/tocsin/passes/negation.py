"""`not (a and b)` is `not a or not b`; `not (a or b)` is `not a and not b`."""

from collections.abc import Iterator

from tocsin.frozen import replace
from tocsin.model import And, AtLeast, Expr, Not, Or, Predicate, operands


def push_not(expr: Expr) -> Expr:
    """Push every `not` in EXPR down to the tests."""
    match expr:
        case And() | Or() | AtLeast():
            return replace(expr, operands=tuple(map(push_not, expr.operands)))
        case Not(And(parts, span)):
            return Or(tuple(push_not(Not(each, span)) for each in parts), span)
        case Not(Or(parts, span)):
            return And(tuple(push_not(Not(each, span)) for each in parts), span)
        case Not(AtLeast(count, parts, span)):
            # Fewer than COUNT hold: more than the rest do not.
            needed = len(parts) - count + 1
            return AtLeast(needed, tuple(push_not(Not(each, span)) for each in parts), span)
        case Not(Not(inner)):
            return push_not(inner)
        case _:
            return expr


def wanted_tests(expr: Expr) -> Iterator[Predicate]:
    """Yield the tests that EXPR wants to hold, as against those that it shuts out."""
    pending = [push_not(expr)]
    while pending:
        node = pending.pop()
        if isinstance(node, Predicate):
            yield node
        elif not isinstance(node, Not):
            pending += operands(node)
