"""What Sigma's correlations have no words for, said before a rule is written."""

from collections.abc import Iterator, Sequence
from itertools import islice

from tocsin import model
from tocsin.backend import Departure
from tocsin.columns import Column
from tocsin.frozen import replace
from tocsin.header import span_of_time
from tocsin.lower.place import Tied, is_part, place_of, tells_apart, tied_by
from tocsin.model import Field, Verdict
from tocsin.profiles import SourceClass
from tocsin_backends.sigma.having import bounds, reading_of

_MOST = 10  # rules for the events of one sequence: more are none to read


def lacks(body: model.Body, places: Sequence[SourceClass]) -> str | None:
    """Say what Sigma lacks for BODY over PLACES."""
    match body:
        case model.Event() | model.AnyOf() | model.FirstSeen():
            return None
        case model.Summary():
            return next(_unsummarized(body, places), None)
        case model.Sequence():
            return next(_unordered(body, places), None)


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
    for column in filter(None, (_column(field, places) for field in _counted(body))):
        if is_part(column):
            reason = f"`{column.field}` is a part of {column.name}, whose values are counted"
            yield Departure(Verdict.WIDER, reason, body.span)


def _counted(body: model.Summary) -> list[Field]:
    """Find the fields whose values are counted."""
    reading = reading_of(body.having, body.outputs)
    return [each.field for each in bounds(reading) if each.field] if reading else []


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
    reading, within = reading_of(body.having, body.outputs), body.sliding or body.every
    if reading is None:
        yield "of groups it knows that a count is over a bound, or some of several kinds are there"
        return
    if within is None:
        yield "a correlation has a time span: `every` or `sliding`"
    elif within % 1000:
        yield "its time spans are of whole seconds"
    for bound in bounds(reading):
        sums = bound.type == "value_sum"
        if sums and body.every:
            yield "the sum of a window that slides may be less than that of a bin in it"
        if bound.field:
            column = _column(bound.field, places)
            if not column or not (tells_apart(column) or (is_part(column) and not sums)):
                yield f"no column is `{bound.field.name}` by itself"
    yield from _unsaid(tied_by(_keyed(body), places))


def _unordered(body: model.Sequence, places: Sequence[SourceClass]) -> Iterator[str]:
    if body.until:
        yield "a correlation has no `until`"
    if body.within % 1000:
        yield "its time spans are of whole seconds"
    if len(body.chain) > _MOST:
        yield f"each of {len(body.chain)} events would take a rule of its own"
    yield from _unsaid(tied_by(_keyed(body), places))
