"""`having` as correlations know it: a bound, some of several kinds of events, or one of these."""

from collections.abc import Iterator, Sequence

from tocsin import model
from tocsin.frozen import dataclass
from tocsin.model import Aggregate, Expr, Field, Ordering, Output

_OPERATORS = {Ordering.MORE: "gt", Ordering.AT_LEAST: "gte"}
_TYPES = {
    Aggregate.COUNT: "event_count",
    Aggregate.COUNT_WHERE: "event_count",
    Aggregate.COUNT_DISTINCT: "value_count",
    Aggregate.SUM: "value_sum",
}


@dataclass(frozen=True, slots=True)
class Bound:
    """Events WHERE, or values of FIELD, counted or added up as TYPE says, and the least of them."""

    type: str
    field: Field | None
    where: Expr | None
    operator: str
    bound: int


@dataclass(frozen=True, slots=True)
class Kinds:
    """There are events of so many of KINDS."""

    least: int
    kinds: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of WAYS is met."""

    ways: tuple["Bound | Kinds", ...]


Reading = Bound | Kinds | Either


def reading_of(having: Expr | None, outputs: Sequence[Output]) -> Reading | None:
    """Read HAVING, which speaks of OUTPUTS; None if it is more than that."""
    if having is None:
        return None
    named = {output.name: output for output in outputs}
    single = _bound(having, named) or _kinds(having, named)
    if single or not isinstance(having, model.Or):
        return single
    ways = [_bound(each, named) or _kinds(each, named) for each in having.operands]
    known = tuple(each for each in ways if each)
    return Either(known) if len(known) == len(ways) else None


def bounds(reading: Reading) -> Iterator[Bound]:
    """Yield the bounds in READING."""
    match reading:
        case Bound():
            yield reading
        case Either(ways):
            yield from (each for each in ways if isinstance(each, Bound))
        case Kinds():
            pass


def _bound(expr: Expr, named: dict[str, Output]) -> Bound | None:
    if not isinstance(expr, model.NumberIs) or expr.order not in _OPERATORS:
        return None
    output = named[expr.field.name]
    if output.aggregate not in _TYPES:
        return None
    type_, operator = _TYPES[output.aggregate], _OPERATORS[expr.order]
    return Bound(type_, output.field, output.where, operator, expr.bound)


def _kinds(expr: Expr, named: dict[str, Output]) -> Kinds | None:
    """Read `2 of (count(where p) >= 1, …)`, and `and` and `or` likewise."""
    match expr:
        case model.And(operands):
            least = len(operands)
        case model.Or(operands):
            least = 1
        case model.AtLeast(least, operands):
            pass
        case _:
            return None
    found = [_bound(each, named) for each in operands]
    kinds = tuple(each.where for each in found if each and each.where and _is_one(each))
    return Kinds(least, kinds) if len(kinds) == len(operands) else None


def _is_one(bound: Bound) -> bool:
    return bound.bound + (bound.operator == "gt") == 1
