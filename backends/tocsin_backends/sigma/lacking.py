"""What Sigma's correlations have no words for, said before a rule is written."""

from collections.abc import Iterator, Sequence

from tocsin import model
from tocsin.backend import Departure
from tocsin.frozen import dataclass, replace
from tocsin.header import span_of_time
from tocsin.lower.place import place_of, tells_apart, tied_by, torn
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


def departs(body: model.Body) -> Iterator[Departure]:
    """Say where a window that slides stands for the bins of a clock."""
    if isinstance(body, model.Summary) and body.every and threshold_of(body):
        span = span_of_time(body.every)
        reason = f"its windows of {span} slide, and do not begin with the clock"
        yield Departure(Verdict.WIDER, reason, body.span)


def _unsummarized(body: model.Summary, places: Sequence[SourceClass]) -> Iterator[str]:
    threshold, within = threshold_of(body), body.sliding or body.every
    if threshold is None:
        yield "of groups it knows that one count or sum is over a bound"
        return
    if within is None:
        yield "a correlation has a time span: `every` or `sliding`"
    elif within % 1000:
        yield "its time spans are of whole seconds"
    if threshold.type == "value_sum" and body.every:
        yield "the sum of a window that slides may be less than that of a bin in it"
    tied = tied_by((replace(model.parts(body)[0], keys=body.keys),), places)
    if isinstance(tied, str):
        yield tied
    if threshold.field:
        columns = [column for column, _ in place_of(threshold.field, tuple(places)).columns]
        if len(columns) != 1 or not tells_apart(columns[0]):
            yield f"no one column holds `{threshold.field.name}`"


def _unordered(body: model.Sequence, places: Sequence[SourceClass]) -> Iterator[str]:
    if body.until:
        yield "a correlation has no `until`"
    if body.within % 1000:
        yield "its time spans are of whole seconds"
    if len(body.chain) > _MOST:
        yield f"each of {len(body.chain)} events would take a rule of its own"
    for step in body.steps:
        names = {name for part in step.parts for name in part.event.classes}
        sources = {tuple(p.logsource.items()) for p in places if p.event_class in names}
        if len(step.parts) > 1 and len(sources) > 1:
            yield f"`{step.name}` is of several log sources, and a rule has one"
    tied = tied_by(model.parts(body), places)
    if isinstance(tied, str):
        yield tied
    elif parted := torn(body, tied):
        yield f"the kinds of `{parted.name}` have a key in different columns"
