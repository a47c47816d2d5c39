"""Single events that one body selects and others do not."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice

from tocsin import model
from tocsin.evaluate import selects
from tocsin.model import Always, And, Event, Expr, Occurrence, Predicate
from tocsin.source import Span
from tocsin.witness.groups import Fields, asked, completed, groups
from tocsin.witness.values import USUAL, moved
from tocsin.witness.ways import ways

_NOWHERE = Span("", 0, 0)
_MOST_WAYS = 400  # that are looked at; most of them contradict themselves in the values
_MOST = 6  # events for each direction
_MOST_ALIKE = 60  # that are made for them: many ways lead to the same
_OF_A_WAY = 3


@lru_cache(maxsize=512)  # both versions of a rule ask for much the same
def selected(event: Event, others: tuple[Event, ...] = ()) -> tuple[Occurrence, ...]:
    """Make events that EVENT selects and none of OTHERS does."""
    seen: list[Occurrence] = []
    for name in event.classes:
        for each in islice(_made(event, others, name), _MOST_ALIKE):
            if each not in seen:
                seen.append(each)
            if len(seen) >= _MOST:
                return tuple(seen)
    return tuple(seen)


def _made(event: Event, others: Sequence[Event], name: str) -> Iterator[Occurrence]:
    goals = [(_whole(event, name), True), *((_whole(each, name), False) for each in others)]
    for settled in islice(ways(*goals), _MOST_WAYS):
        found = (
            each
            for each in _events(settled, name)
            if selects(event, each) and not any(selects(other, each) for other in others)
        )
        yield from islice(found, _OF_A_WAY)


def _whole(event: Event, name: str) -> Expr:
    """Say all that EVENT asks of an event of the class NAME as one condition."""
    if name not in event.classes:
        return Always(False, _NOWHERE)
    if not event.systems:
        return event.condition
    systems = model.Values(event.systems)
    test = model.Equals(model.Field("host.os.type"), systems, False, event.span)
    return And((test, event.condition), event.span)


def _events(settled: Mapping[Predicate, bool], name: str) -> Iterator[Occurrence]:
    """Put events together of values for each group of fields; each group varies by itself."""
    found = groups(asked(settled), name)
    if found is None:
        return
    pairs = [test for test in settled if isinstance(test, model.SameAs | model.OrderedAs)]
    best = [each[0] for each in found]
    for fields in _varied(best, found):
        for more in _tied(fields, pairs) if pairs else (fields,):
            yield completed(Occurrence(frozenset({name}), 0, dict(more)), name)


def _varied(best: Sequence[Fields], found: Sequence[Sequence[Fields]]) -> Iterator[Fields]:
    yield _joined(best)
    for place, others in enumerate(found):
        for each in others[1:]:
            yield _joined([*best[:place], each, *best[place + 1 :]])


def _joined(parts: Iterable[Fields]) -> Fields:
    return {name: values for part in parts for name, values in part.items()}


def _tied(fields: Fields, pairs: Sequence[model.SameAs | model.OrderedAs]) -> Iterator[Fields]:
    """Give both fields of each pair a value: the same, and others beside it."""
    for steps in ((0, 0), (0, 1), (1, 0)):
        tied = dict(fields)
        for test in pairs:
            known = tied.get(test.field.name) or tied.get(test.other.name)
            value = known[0] if known else USUAL[test.field.type]
            both = zip((test.field, test.other), steps, strict=True)
            tied |= {f.name: (moved(f, value) if step else value,) for f, step in both}
        yield tied
    yield fields
