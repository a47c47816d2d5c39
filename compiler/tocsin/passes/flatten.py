"""`(a and b) and c` is `a and b and c`; `not not a` is `a`."""

from tocsin.frozen import replace
from tocsin.model import And, Expr, Not, Or, Rule, rewrite, with_conditions


def flatten(rule: Rule) -> Rule:
    """Merge nested `and`, nested `or` and double `not`."""
    return replace(rule, body=with_conditions(rule.body, lambda each: rewrite(each, merge)))


def merge(expr: Expr) -> Expr:
    """Merge one node with those right under it."""
    match expr:
        case And(operands) if any(isinstance(each, And) for each in operands):
            return replace(expr, operands=_inlined(And, operands))
        case Or(operands) if any(isinstance(each, Or) for each in operands):
            return replace(expr, operands=_inlined(Or, operands))
        case Not(Not(inner)):
            return inner
        case _:
            return expr


def _inlined(kind: type[And | Or], operands: tuple[Expr, ...]) -> tuple[Expr, ...]:
    flat: list[Expr] = []
    for operand in operands:
        flat.extend(operand.operands if isinstance(operand, kind) else [operand])
    return tuple(flat)
