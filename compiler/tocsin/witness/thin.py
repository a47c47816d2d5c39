"""Bodies with long lists cut short, to look for candidates in: two versions share the most."""

from collections.abc import Iterator
from functools import partial

from tocsin import model
from tocsin.frozen import replace
from tocsin.model import Body, Expr, LiteralTest, Values

_LONG = 200  # literals of a test; of what is longer some are kept
_SHARED, _OWN = 10, 100

Pair = tuple[Body | None, Body | None]


def thinned(old: Body | None, new: Body | None) -> Pair:
    """Keep of long lists what only one of the two has, and a little of what both have."""
    before, after = set(_long(old)), set(_long(new))
    return _thin(old, before & after), _thin(new, before & after)


def _thin(body: Body | None, shared: set[str]) -> Body | None:
    cut = partial(_cut, shared)
    return body and model.with_conditions(body, lambda each: model.rewrite(each, cut))


def _long(body: Body | None) -> Iterator[str]:
    """Yield the literals of all long tests of BODY."""
    for condition in model.conditions(body) if body else ():
        for test in model.predicates(condition):
            if isinstance(test, LiteralTest) and len(test.values.items) > _LONG:
                yield from test.values.items


def _cut(shared: set[str], expr: Expr) -> Expr:
    if not isinstance(expr, LiteralTest) or len(expr.values.items) <= _LONG:
        return expr
    own = [item for item in expr.values.items if item not in shared][:_OWN]
    both = [item for item in expr.values.items if item in shared][:_SHARED]
    return replace(expr, values=Values((*own, *both)))
