"""Both versions of a rule over the same events, by the reference meaning: who finds what."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tocsin import evaluate, model
from tocsin.diff.change import Find, Matching, Origin, Shown
from tocsin.events import ARGUMENTS, NAMES, iso
from tocsin.frozen import dataclass
from tocsin.header import span_of_time
from tocsin.match import Located
from tocsin.model import AnyOf, Body, Event, Occurrence, Scalar
from tocsin.schema import FieldType, field_specs
from tocsin.witness import Stream, streams, thinned

_SHOWN = 5  # finds of each origin and sign that are shown, and events of each
_BUILT = 3  # streams that are built for each sign
# What is tried to find a difference at all, and to find another one: tests of events, about.
_MOST_TRIED, _ENOUGH = 1_000_000, 50_000
_LITERALS = 50  # that cost as much as a test


@dataclass(frozen=True, slots=True)
class _Run:
    """Events that are looked at together, in the order given, and where each of them stands."""

    origin: Origin
    where: str
    events: tuple[Occurrence, ...]
    places: tuple[str, ...]


class Watch:
    """Two versions of a rule, one of which may be missing, and what they find of what they see."""

    def __init__(self, old: model.Rule | None, new: model.Rule | None) -> None:
        self._old, self._new = old, new
        bodies = [each.body for each in (old, new) if each]
        self._parts = [part for body in bodies for part in model.parts(body)]
        self._alone = all(isinstance(body, Event | AnyOf) for body in bodies)
        self._run: dict[Origin, int] = {}
        self._counts = {"+": 0, "-": 0, "~": 0}
        self._finds: list[Find] = []
        self._kept: list[Located] = []

    def see(self, given: Located) -> None:
        """Look at one of the events that are given, or keep it until all have been seen."""
        self._run[Origin.GIVEN] = self._run.get(Origin.GIVEN, 0) + 1
        if self._alone:
            self._note(self._apart(_given([given])))
        elif any(evaluate.selects(part.event, given.event) for part in self._parts):
            self._kept.append(given)

    def done(self) -> Matching:
        """Look at the rest: what was kept, the tests of both, and what is built for the two."""
        if self._kept:
            self._note(self._apart(_given(self._kept)))
        for run in _own(self._old, self._new):
            self._count(run)
            self._note(self._apart(run))
        for run, finds in self._built():
            self._count(run)
            self._note(finds)
        plus, minus, other = self._counts.values()
        return Matching(dict(self._run), plus, minus, other, tuple(sorted(self._finds, key=_rank)))

    def _built(self) -> Iterator[tuple[_Run, Sequence[Find]]]:
        """Build events on which the two differ; a rule that only one side has needs none."""
        if not (self._old and self._new):
            return
        bodies = self._old.body, self._new.body
        asked = [_tests(body) for body in bodies]
        anew = model.reads(*(asked[0] ^ asked[1]))
        cost = sum(1 + _literals(test) // _LITERALS for test in asked[0] | asked[1])
        seen: set[tuple[object, ...]] = set()
        spent = 0
        thin = thinned(*bodies)
        for stream in streams(*thin):
            if thin != bodies and _found(thin[0], stream) == _found(thin[1], stream):
                continue  # the long lists themselves are asked as little as may be
            spent += cost * len(stream) ** _power(*bodies)
            if spent > (_ENOUGH if seen else _MOST_TRIED) or len(seen) >= 2 * _BUILT:
                return
            places = tuple(f"event {place}" for place in range(1, len(stream) + 1))
            run = _Run(Origin.BUILT, "for the difference", stream, places)
            finds = list(self._apart(run))
            signs = sorted({find.sign for find in finds})
            told = {(sign, *_values(stream, anew)) for sign in signs} - seen
            if any(sum(one[0] == sign for one in seen) < _BUILT for sign, *_ in told):
                seen |= told
                yield run, finds

    def _count(self, run: _Run) -> None:
        self._run[run.origin] = self._run.get(run.origin, 0) + len(run.events)

    def _note(self, finds: Iterable[Find]) -> None:
        """Count FINDS, and keep some of each kind to be shown."""
        for find in finds:
            self._counts[find.sign] += 1
            kind = (find.sign, find.origin)
            if [(each.sign, each.origin) for each in self._finds].count(kind) < _SHOWN:
                self._finds.append(find)

    def _apart(self, run: _Run) -> Iterator[Find]:
        """Yield what only one version finds in RUN, and what both find with other values."""
        before = _found(self._old.body if self._old else None, run.events)
        after = _found(self._new.body if self._new else None, run.events)
        for key, (places, what) in after.items():
            if key not in before:
                yield _find("+", run, places, what)
            elif before[key][1] != what and before[key][1] and what:  # single events say nothing
                yield _find("~", run, places, f"{before[key][1]} → {what}")
        for key, (places, what) in before.items():
            if key not in after:
                yield _find("-", run, places, what)


def _tests(body: Body) -> frozenset[model.Predicate]:
    return frozenset(t for each in model.conditions(body) for t in model.predicates(each))


def _literals(test: model.Predicate) -> int:
    return len(test.values.items) if isinstance(test, model.LiteralTest) else 0


def _power(*bodies: Body) -> int:
    """Say how a stream's cost grows: a window that slides holds each event against the others."""
    return 2 if any(isinstance(body, model.Summary) and body.sliding for body in bodies) else 1


def _values(stream: Stream, names: frozenset[str]) -> Sequence[object]:
    """Tell what the events of STREAM hold in NAMES: others with the same tell nothing new."""
    if not names:
        return stream
    return [tuple((name, event.fields.get(name)) for name in sorted(names)) for event in stream]


def _rank(find: Find) -> int:
    """Rank what was recorded before what was made up."""
    return [Origin.GIVEN, Origin.TEST, Origin.BUILT].index(find.origin)


def _given(events: Sequence[Located]) -> _Run:
    places = tuple(f"{each.file}:{each.line}" for each in events)
    where = places[0] if len(places) == 1 else events[0].file
    return _Run(Origin.GIVEN, where, tuple(each.event for each in events), places)


def _own(old: model.Rule | None, new: model.Rule | None) -> Iterator[_Run]:
    """Yield the tests of both versions, each set of events once."""
    seen: list[tuple[Occurrence, ...]] = []
    for rule in (new, old):
        for test in rule.tests if rule else ():
            if test.events not in seen:
                seen.append(test.events)
                places = tuple(f"event {place}" for place in range(1, len(test.events) + 1))
                yield _Run(Origin.TEST, test.name, test.events, places)


# --- what a version finds

_Value = tuple[tuple[int, ...], str]  # the events of a find, and what it has of values
_Found = dict[object, _Value]  # by what makes a find the same


def _found(body: Body | None, events: Sequence[Occurrence]) -> _Found:
    return dict(_finds(body, list(events))) if body else {}


def _finds(body: Body, events: list[Occurrence]) -> Iterator[tuple[object, _Value]]:
    match body:
        case Event():
            yield from ((n, ((n,), "")) for n, e in enumerate(events) if evaluate.selects(body, e))
        case AnyOf():
            for place, event in enumerate(events):
                if parts := evaluate.parts_met(body, event):
                    yield place, ((place,), ", ".join(parts))
        case model.FirstSeen():
            yield from ((place, ((place,), "")) for place in evaluate.first_seen(body, events))
        case model.Sequence():
            for match in evaluate.matches(body, events):
                yield match.events, (match.events, _key(body.keys, match.key))
        case model.Summary():
            for row in evaluate.rows(body, events):
                yield (row.window, row.key), (row.events, _row(body, row))


def _key(fields: Sequence[model.Field], values: Sequence[Scalar]) -> str:
    return ", ".join(f"{f.name} = {value}" for f, value in zip(fields, values, strict=True))


def _row(body: model.Summary, row: evaluate.Row) -> str:
    times = {each.name for each in body.outputs if each.field and each.field.type is FieldType.TIME}
    shown = (f"{n} = {_output(v, is_time=n in times)}" for n, v in row.outputs.items())
    return ", ".join(filter(None, (_key(body.keys, row.key), *shown)))


def _output(value: Scalar | list[Scalar] | None, *, is_time: bool) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_output(each, is_time=is_time) for each in value)}]"
    if value is None:
        return "nothing"
    return iso(value) if is_time and isinstance(value, int) else str(value)


# --- how it is shown


def _find(sign: str, run: _Run, places: Sequence[int], what: str) -> Find:
    shown = tuple(_shown(run, place) for place in places[:_SHOWN])
    return Find(sign, run.origin, run.where, what, shown, max(len(places) - _SHOWN, 0))


def _shown(run: _Run, place: int) -> Shown:
    event = run.events[place]
    given = run.origin is Origin.GIVEN
    time = iso(event.time) if given else span_of_time(event.time // 1000)
    return Shown(run.places[place], tuple(sorted(event.classes)), time, _told(event.fields))


def _told(fields: Mapping[str, tuple[Scalar, ...]]) -> dict[str, object]:
    """Leave out what follows from a path or a command line that is shown."""
    follows = {part for whole, part in (*NAMES.items(), *ARGUMENTS.items()) if whole in fields}
    specs = field_specs()
    derived = {name for name in fields if name in specs and specs[name].derived}
    return {
        name: values[0] if len(values) == 1 else list(values)
        for name, values in fields.items()
        if values and name not in follows | derived
    }
