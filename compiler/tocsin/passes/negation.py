"""`not (a and b)` is `not a or not b`; `not (a or b)` is `not a and not b`."""

from tocsin.frozen import replace
from tocsin.model import And, AtLeast, Expr, Not, Or


def push_not(expr: Expr) -> Expr:
    """Push every `not` in EXPR down to the tests."""
    match expr:
        case And() | Or() | AtLeast():
            return replace(expr, operands=tuple(map(push_not, expr.operands)))
        case Not(And(operands, span)):
            return Or(tuple(push_not(Not(each, span)) for each in operands), span)
        case Not(Or(operands, span)):
            return And(tuple(push_not(Not(each, span)) for each in operands), span)
        case Not(AtLeast(count, operands, span)):
            # Fewer than COUNT hold: more than the rest do not.
            needed = len(operands) - count + 1
            return AtLeast(needed, tuple(push_not(Not(each, span)) for each in operands), span)
        case Not(Not(inner)):
            return push_not(inner)
        case _:
            return expr
