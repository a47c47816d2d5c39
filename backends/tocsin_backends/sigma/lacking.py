"""What Sigma's correlations have no words for, said before a rule is written."""

from collections.abc import Iterator, Sequence
from itertools import islice

from tocsin import model
from tocsin.backend import Departure
from tocsin.columns import Column
from tocsin.frozen import dataclass, replace
from tocsin.header import span_of_time
from tocsin.lower.place import Tied, is_part, place_of, tells_apart, tied_by
from tocsin.model import Aggregate, Expr, Field, Ordering, Verdict
from tocsin.profiles import SourceClass

_MOST = 10  # rules for the events of one sequence: more are none to read
_OPERATORS = {Ordering.MORE: "gt", Ordering.AT_LEAST: "gte"}
_TYPES = {
    Aggregate.COUNT: "event_count",
    Aggregate.COUNT_WHERE: "event_count",
    Aggregate.COUNT_DISTINCT: "value_count",
    Aggregate.SUM: "value_sum",
}


@dataclass(frozen=True, slots=True)
class Threshold:
    """A correlation that counts: TYPE, the events WHERE or values of FIELD, and the lower bound."""

    type: str
    field: Field | None
    where: Expr | None
    operator: str
    bound: int


def lacks(body: model.Body, places: Sequence[SourceClass]) -> str | None:
    """Say what Sigma lacks for BODY over PLACES."""
    match body:
        case model.Event() | model.AnyOf() | model.FirstSeen():
            return None
        case model.Summary():
            return next(_unsummarized(body, places), None)
        case model.Sequence():
            return next(_unordered(body, places), None)


def threshold_of(body: model.Summary) -> Threshold | None:
    """Read a summary as a count with a lower bound, if it is no more than that."""
    having = body.having
    if not isinstance(having, model.NumberIs) or having.order not in _OPERATORS:
        return None
    counted = next(output for output in body.outputs if output.name == having.field.name)
    if counted.aggregate not in _TYPES:
        return None
    type_, operator = _TYPES[counted.aggregate], _OPERATORS[having.order]
    return Threshold(type_, counted.field, counted.where, operator, having.bound)


def departs(body: model.Body, places: Sequence[SourceClass]) -> Iterator[Departure]:
    """Say where the correlation of BODY comes close only."""
    for loose in islice(_loose(_tied(body, places)), 1):
        whole = f"{loose.name}, whose values are told apart as a whole"
        yield Departure(Verdict.NARROWER, f"`{loose.field}` is a part of {whole}", body.span)
    if not isinstance(body, model.Summary):
        return
    if body.every:
        reason = f"its windows of {span_of_time(body.every)} slide, and do not begin with the clock"
        yield Departure(Verdict.WIDER, reason, body.span)
    threshold = threshold_of(body)
    counted = _column(threshold.field, places) if threshold and threshold.field else None
    if counted and is_part(counted):
        reason = f"`{counted.field}` is a part of {counted.name}, whose values are counted"
        yield Departure(Verdict.WIDER, reason, body.span)


def _tied(body: model.Body, places: Sequence[SourceClass]) -> Tied:
    if not isinstance(body, model.Summary | model.Sequence):
        return ()
    tied = tied_by(_keyed(body), places)
    assert not isinstance(tied, str)
    return tied


def _keyed(body: model.Summary | model.Sequence) -> Iterator[model.Part]:
    for part in model.parts(body):
        yield part if isinstance(body, model.Sequence) else replace(part, keys=body.keys)


def _loose(tied: Tied) -> Iterator[Column]:
    """Yield what is a part of its column, unless the rest is a key too: halves of an account."""
    for held in zip(*tied, strict=True):
        columns = [column for column in held if column]
        halves = {(column.name, column.part) for column in columns}
        for each in columns:
            if is_part(each) and not {(each.name, "name"), (each.name, "domain")} <= halves:
                yield each


def _column(field: Field, places: Sequence[SourceClass]) -> Column | None:
    columns = place_of(field, tuple(places)).columns
    return columns[0][0] if len(columns) == 1 else None


def _unsaid(tied: Tied | str) -> Iterator[str]:
    """Yield why no correlation groups by what is TIED."""
    if isinstance(tied, str):
        yield tied
        return
    for each in (column for row in tied for column in row if column):
        if not tells_apart(each) and not is_part(each):
            yield f"{each.name} is not `{each.field}` by itself"


def _unsummarized(body: model.Summary, places: Sequence[SourceClass]) -> Iterator[str]:
    threshold, within = threshold_of(body), body.sliding or body.every
    if threshold is None:
        yield "of groups it knows that one count or sum is over a bound"
        return
    if within is None:
        yield "a correlation has a time span: `every` or `sliding`"
    elif within % 1000:
        yield "its time spans are of whole seconds"
    sums = threshold.type == "value_sum"
    if sums and body.every:
        yield "the sum of a window that slides may be less than that of a bin in it"
    if threshold.field:
        column = _column(threshold.field, places)
        if not column or not (tells_apart(column) or (is_part(column) and not sums)):
            yield f"no column is `{threshold.field.name}` by itself"
    yield from _unsaid(tied_by(_keyed(body), places))


def _unordered(body: model.Sequence, places: Sequence[SourceClass]) -> Iterator[str]:
    if body.until:
        yield "a correlation has no `until`"
    if body.within % 1000:
        yield "its time spans are of whole seconds"
    if len(body.chain) > _MOST:
        yield f"each of {len(body.chain)} events would take a rule of its own"
    yield from _unsaid(tied_by(_keyed(body), places))
