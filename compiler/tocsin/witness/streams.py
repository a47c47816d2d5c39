"""Events in time on which two bodies may differ: at the edges of windows, counts and keys."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, zip_longest

from tocsin import evaluate, model
from tocsin.frozen import dataclass, replace
from tocsin.model import And, AnyOf, Body, Event, Field, Not, Occurrence, Scalar
from tocsin.model import Sequence as Steps
from tocsin.witness.events import selected
from tocsin.witness.other import another, changed, usual, without
from tocsin.witness.values import USUAL

Stream = tuple[Occurrence, ...]

_MILLISECOND = 1000  # in microseconds
_MOST_EVENTS = 200  # of one stream
_VARIANTS = 3  # of the events that are put into streams
_FIRING = 6  # streams that fire, and are bent
_MOST_TESTS = 200_000  # that are held against events in the search for rows
_MOST = 400


def streams(old: Body | None, new: Body | None) -> Iterator[Stream]:
    """Yield streams on which OLD and NEW may differ, the plainest first, each once.

    What only one of the two selects stands alone; then what makes each fire, and that bent: an
    event more or less, one that only the other selects, others keys, other times.
    """
    bodies = [body for body in (new, old) if body is not None]
    seen: list[Stream] = []
    for stream in islice(_candidates(old, new, bodies), _MOST):
        ordered = tuple(sorted(stream, key=lambda event: event.time))
        if ordered and ordered not in seen:
            seen.append(ordered)
            yield ordered


def _candidates(old: Body | None, new: Body | None, bodies: Sequence[Body]) -> Iterator[Stream]:
    single: list[Occurrence] = []
    for event in _in_turn(_only(new, old), _only(old, new)):
        single.append(event)
        yield (event,)
    if any(not isinstance(body, Event | AnyOf) for body in bodies):
        firing = [s for body in bodies for s in islice(_firing(body, single), _FIRING)]
        yield from firing
        for stream in firing:
            yield from _bent(stream, bodies, single)


def _in_turn(one: Iterator[Occurrence], other: Iterator[Occurrence]) -> Iterator[Occurrence]:
    for pair in zip_longest(one, other):
        yield from (event for event in pair if event is not None)


def _only(body: Body | None, other: Body | None) -> Iterator[Occurrence]:
    """Yield events that a part of BODY selects and no part of OTHER does, or not the same one."""
    if body is None:
        return
    others = model.parts(other) if other else ()
    for part in _conditions(body):
        yield from selected(part, tuple(each.event for each in others))
    named = {each.name: each.event for each in others}
    for one in model.parts(body):
        if len(others) > 1 and one.name in named:
            yield from selected(one.event, (named[one.name],))


def _conditions(body: Body) -> Iterator[Event]:
    """Yield what the parts of BODY select, and of a summary what an output counts and what not."""
    for part in model.parts(body):
        yield part.event
        for output in model.outputs(body):
            if output.where:
                for counted in (output.where, Not(output.where, part.event.span)):
                    both = And((part.event.condition, counted), part.event.span)
                    yield replace(part.event, condition=both)


# --- what fires


def _firing(body: Body, single: Sequence[Occurrence]) -> Iterator[Stream]:
    """Yield streams that BODY finds something in, as short as may be, those of SINGLE first."""
    match body:
        case Event() | AnyOf():
            yield from ((event,) for part in model.parts(body) for event in selected(part.event))
        case model.FirstSeen(event=event, fields=fields):
            own = (each for each in single if evaluate.selects(event, each))
            yield from ((_keyed(each, fields, fields),) for each in (*own, *selected(event)))
        case model.Summary():
            yield from _rows(body, single)
        case Steps():
            yield from _chains(body)


def _rows(body: model.Summary, single: Sequence[Occurrence]) -> Iterator[Stream]:
    """Yield events of one kind, as many as it takes, and events of one kind after the other."""
    own = [event for event in single if evaluate.selects(body.event, event)]
    made = (selected(part)[:_VARIANTS] for part in _conditions(body))
    kinds = [
        [_keyed(event, body.keys, body.keys) for event in kind] for kind in (own, *made) if kind
    ]
    tests = sum(1 for each in model.conditions(body) for _ in model.predicates(each))
    spent = 0
    for turn, kind in enumerate(kinds):
        for start in kind if turn == 0 else kind[:1]:
            for size in _sizes(body, len(kinds)):
                spent += tests * size ** (2 if body.sliding else 1)
                if spent > _MOST_TESTS:
                    return
                few = [start] * size
                mixed = [kinds[(turn + place) % len(kinds)][0] for place in range(size)]
                tried = dict.fromkeys(map(_apart, (few, _different(few, body), mixed)))
                fires = (each for each in tried if evaluate.fires(body, list(each)))
                if (found := next(fires, None)) is not None:
                    yield found
                    break


def _sizes(body: model.Summary, kinds: int) -> list[int]:
    """Choose how many events to try: few, one of each kind, and what `having` speaks of."""
    bounds = {number for test in _tests(body) for number in _bounds(test)}
    near = {number + step for number in bounds for step in (-1, 0, 1)}
    return sorted(size for size in {1, 2, 3, kinds, *near} if 0 < size <= _MOST_EVENTS)


def _tests(body: model.Summary) -> Iterator[model.Predicate]:
    yield from model.predicates(body.having) if body.having else ()


def _bounds(test: model.Predicate) -> Iterable[int]:
    match test:
        case model.NumberIn(values=numbers):
            return numbers
        case model.NumberIs(bound=bound):
            return (bound,)
        case model.NumberWithin(low=low, high=high):
            return (low, high)
        case _:
            return ()


def _different(events: Sequence[Occurrence], body: model.Summary) -> list[Occurrence]:
    """Give every event values of its own in what the outputs of BODY count or show."""
    keys = {key.name for key in body.keys} | model.reads(body.event.condition)
    shown = [each.field for each in body.outputs if each.field and each.field.name not in keys]
    return [
        _with(event, {field.name: (_nth(field, place),) for field in shown})
        for place, event in enumerate(events)
    ]


def _nth(field: Field, place: int) -> Scalar:
    usual = USUAL.get(field.type, 0)
    if isinstance(usual, bool) or not isinstance(usual, int):
        return f"192.0.2.{place % 250 + 1}" if field.type.value == "ip" else f"{usual}{place}"
    return usual + place


def _chains(body: Steps) -> Iterator[Stream]:
    choices = [
        [(each, part) for part in step.parts for each in selected(part.event)[:_VARIANTS]]
        for step in body.chain
    ]
    if not all(choices):
        return
    for turn in range(max(map(len, choices))):
        chosen = [each[min(turn, len(each) - 1)] for each in choices]
        tied = _tied(chosen, body.keys)
        step = max(body.within // (2 * len(tied)), 1)
        stream = _apart(tied, min(step, 1000))
        if evaluate.fires(body, list(stream)):
            yield stream


def _tied(chosen: Sequence[tuple[Occurrence, model.Part]], keys: Sequence[Field]) -> Stream:
    """Give all events one value for each key: what some event has already, or a usual one."""
    shared: list[Scalar] = []
    for place, key in enumerate(keys):
        had = [event.fields.get(part.keys[place].name, ()) for event, part in chosen]
        first, part = chosen[0]
        stand_in = usual(first, part.keys[place], key.name)
        shared.append(next((each[0] for each in had if each), stand_in))
    return tuple(
        _with(event, {key.name: (value,) for key, value in zip(part.keys, shared, strict=True)})
        for event, part in chosen
    )


def _keyed(event: Occurrence, keys: Sequence[Field], shown: Sequence[Field]) -> Occurrence:
    lacking = {
        key.name: (usual(event, key, name.name),)
        for key, name in zip(keys, shown, strict=True)
        if not event.fields.get(key.name)
    }
    return _with(event, lacking)


def _with(event: Occurrence, fields: Mapping[str, tuple[Scalar, ...]]) -> Occurrence:
    return changed(event, fields) if fields else event


def _apart(events: Sequence[Occurrence], step: int = 1000) -> Stream:
    """Place EVENTS in time, STEP milliseconds from one to the next."""
    return tuple(
        replace(event, time=place * step * _MILLISECOND) for place, event in enumerate(events)
    )


# --- what bends


@dataclass(frozen=True, slots=True)
class _Edges:
    """What two bodies speak of: lengths of time in milliseconds, keys, what ends a sequence."""

    lengths: tuple[int, ...]
    keys: tuple[Field, ...]
    ends: tuple[Event, ...]

    @classmethod
    def of(cls, bodies: Sequence[Body]) -> "_Edges":
        lengths = {length for body in bodies for length in _lengths(body)}
        keys = {key.name: key for body in bodies for key in _keys(body)}
        until = [body.until.event for body in bodies if isinstance(body, Steps) and body.until]
        return cls(tuple(sorted(lengths)), tuple(keys.values()), tuple(until))


def _lengths(body: Body) -> Iterator[int]:
    match body:
        case model.Summary(every=every, sliding=sliding):
            yield from (each for each in (every, sliding) if each)
        case model.FirstSeen(within=within) | Steps(within=within):
            yield within
        case Event() | AnyOf():
            pass


def _keys(body: Body) -> Iterator[Field]:
    yield from model.keys(body)
    yield from (key for part in model.parts(body) for key in part.keys)


def _bent(stream: Stream, bodies: Sequence[Body], single: Sequence[Occurrence]) -> Iterator[Stream]:
    edges = _Edges.of(bodies)
    last = stream[-1]
    yield from (stream[:place] + stream[place + 1 :] for place in range(min(len(stream), 12)))
    yield from _stretched(stream, edges.lengths)
    yield (*stream, replace(last, time=last.time + _MILLISECOND))
    for length in edges.lengths:
        for more in (-1, 0, 1):
            yield (*stream, replace(last, time=last.time + (length + more) * _MILLISECOND))
    for other in single:
        for place in range(min(len(stream), 6)):
            yield (*stream[:place], _like(other, stream[place], edges), *stream[place + 1 :])
    for key in edges.keys:
        yield (*stream[:-1], without(last, key.name))
        other = _with(last, {key.name: (another(last, key),)})
        yield (*stream[:-1], other)
        yield (*stream, replace(other, time=last.time + _MILLISECOND))
    for end in edges.ends:
        for event in selected(end)[:1]:
            yield (*stream, replace(_like(event, stream[0], edges), time=last.time))
    yield _apart(tuple(reversed(stream)))


def _stretched(stream: Stream, lengths: Sequence[int]) -> Iterator[Stream]:
    """Spread STREAM over each of LENGTHS, and a millisecond less and more."""
    for length in lengths:
        for whole in (length - 1, length, length + 1):
            steps = max(len(stream) - 1, 1)
            yield tuple(
                replace(event, time=place * whole // steps * _MILLISECOND)
                for place, event in enumerate(stream)
            )


def _like(event: Occurrence, other: Occurrence, edges: _Edges) -> Occurrence:
    """Put EVENT in the place of OTHER: its time and, where it has none, its keys."""
    keys = {
        key.name: other.fields[key.name]
        for key in edges.keys
        if key.name in other.fields and not event.fields.get(key.name)
    }
    return replace(_with(event, keys), time=other.time)
