"""`p and not p` is never, `p or not p` is always; and what follows from that.

Only what can be seen without solving anything: complements, contradictions on one single-valued
field, and constants that these leave behind.
"""

from collections.abc import Iterator

from tocsin.evaluate import fold
from tocsin.frozen import replace
from tocsin.model import (
    Always,
    And,
    AtLeast,
    Equals,
    Expr,
    Field,
    Not,
    NumberIn,
    NumberIs,
    NumberWithin,
    Or,
    Ordering,
    all_of,
    any_of,
    operands,
    rewrite,
)
from tocsin.passes.flatten import merge
from tocsin.source import Span


def constants(expr: Expr) -> Iterator[tuple[Span, bool]]:
    """Yield the smallest parts of EXPR that are always true or always false."""
    inner = [place for operand in operands(expr) for place in constants(operand)]
    if inner:
        yield from inner
        return
    folded = simplify(expr)
    if isinstance(folded, Always):
        yield expr.span, folded.value


def simplify(expr: Expr) -> Expr:
    """Fold every constant part of EXPR away."""
    return rewrite(expr, lambda node: _fold(merge(node)))


def _fold(expr: Expr) -> Expr:
    match expr:
        case Not(Always(value), span):
            return Always(not value, span)
        case And():
            return _join(expr, absorbing=False)
        case Or():
            return _join(expr, absorbing=True)
        case AtLeast():
            return _at_least(expr)
        case NumberWithin() if expr.low > expr.high:
            return Always(False, expr.span)
        case _:
            return expr


def _join(expr: And | Or, *, absorbing: bool) -> Expr:
    """Drop what changes nothing; one ABSORBING operand decides."""
    kept = tuple(dict.fromkeys(o for o in expr.operands if not _is(o, not absorbing)))
    if not kept:
        return Always(not absorbing, expr.span)
    excluded = [operand.operand for operand in kept if isinstance(operand, Not)]
    decided = any(_is(operand, absorbing) for operand in kept)
    if decided or (excluded and not set(kept).isdisjoint(excluded)):
        return Always(absorbing, expr.span)
    if isinstance(expr, And) and _contradict(kept):
        return Always(False, expr.span)
    if 1 < len(kept) == len(expr.operands):
        return expr
    return all_of(kept, expr.span) if isinstance(expr, And) else any_of(kept, expr.span)


def _is(expr: Expr, value: bool) -> bool:
    return isinstance(expr, Always) and expr.value is value


def _at_least(expr: AtLeast) -> Expr:
    sure = sum(operand == Always(True, expr.span) for operand in expr.operands)
    open_ = tuple(o for o in expr.operands if not isinstance(o, Always))
    count = expr.count - sure
    if count <= 0:
        return Always(True, expr.span)
    if count > len(open_):
        return Always(False, expr.span)
    return replace(expr, count=count, operands=open_)


def _contradict(conjuncts: tuple[Expr, ...]) -> bool:
    """Whether two tests want different values of a field that has only one."""
    texts: dict[Field, set[str]] = {}
    bounds: dict[Field, tuple[float, float]] = {}
    for test in conjuncts:
        if isinstance(test, Equals) and not test.field.many:
            wanted = {fold(value) for value in test.values.items}
            texts[test.field] = texts.get(test.field, wanted) & wanted
        if isinstance(test, NumberIn | NumberIs | NumberWithin) and not test.field.many:
            low, high = bounds.get(test.field, (float("-inf"), float("inf")))
            least, most = _bounds(test)
            bounds[test.field] = (max(low, least), min(high, most))
    return any(not wanted for wanted in texts.values()) or any(
        low > high for low, high in bounds.values()
    )


def _bounds(test: NumberIn | NumberIs | NumberWithin) -> tuple[float, float]:
    match test:
        case NumberIn(values=values):
            return min(values), max(values)
        case NumberWithin(low=low, high=high):
            return low, high
        case NumberIs(order=Ordering.LESS, bound=bound):
            return float("-inf"), bound - 1
        case NumberIs(order=Ordering.AT_MOST, bound=bound):
            return float("-inf"), bound
        case NumberIs(order=Ordering.MORE, bound=bound):
            return bound + 1, float("inf")
        case NumberIs(bound=bound):
            return bound, float("inf")
