"""A row of no events: targets make one where nothing parts the rows, and the language does not."""

from tocsin import evaluate, model
from tocsin.frozen import replace
from tocsin.model import COUNTING, Aggregate, Field, NumberIs, Occurrence, Ordering
from tocsin.schema import FieldType
from tocsin.text import free_name

_ZERO = COUNTING | {Aggregate.COUNT, Aggregate.COUNT_WHERE}


def without_empty_row(body: model.Summary) -> model.Summary:
    """Keep the one row of BODY only if it stands for events, where neither keys nor time part it.

    A count that is not among the outputs is added to them.
    """
    if body.keys or body.every or body.sliding or not _keeps_nothing(body):
        return body
    counts = [each for each in body.outputs if each.aggregate is Aggregate.COUNT]
    name = free_name("Events", {each.name for each in body.outputs})
    count = counts[0] if counts else model.Output(name, Aggregate.COUNT, None, None, body.span)
    some = NumberIs(Field(count.name, FieldType.NUMBER), Ordering.AT_LEAST, 1, body.span)
    asked = body.having.operands if isinstance(body.having, model.And) else (body.having,)
    having = model.all_of((some, *(each for each in asked if each)), body.span)
    outputs = body.outputs if counts else (*body.outputs, count)
    return replace(body, outputs=outputs, having=having)


def _keeps_nothing(body: model.Summary) -> bool:
    """Whether `having` keeps a row that no event is in."""
    zeros = {each.name: (0,) for each in body.outputs if each.aggregate in _ZERO}
    nothing = Occurrence(frozenset(), 0, zeros)
    return body.having is None or evaluate.holds(body.having, nothing)
