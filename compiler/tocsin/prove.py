"""A rendered query run by an engine, held against the reference meaning.

Each event is recorded as each source of the query keeps it; the reference meaning is asked about
what can be seen of it there. The verdict says which differences are allowed.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from math import isclose, isnan

from tocsin import evaluate, model
from tocsin.backend import Lowered
from tocsin.engine import Engine, Kind, Outcome, Record, Schema
from tocsin.events import EPOCH
from tocsin.frozen import dataclass, field, replace
from tocsin.model import COUNTING, Aggregate, Occurrence, Output, Scalar, Verdict
from tocsin.pipeline import Rendering
from tocsin.profiles import SourceClass
from tocsin.recording import Recorded, kind_of, provable, record
from tocsin.schema import FieldType, event_class


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a query finds beside what its rule means, over RECORDS.

    MISSED is what the rule means and the query does not find, EXTRA the other way round: places of
    records, or rows as text. OTHER are rows that both have, with different values.
    """

    verdict: Verdict
    records: tuple[Record, ...]
    missed: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    found: int = 0  # events, or rows, that the query yields
    recorded: tuple[Recorded, ...] = field(default=(), compare=False)

    @property
    def agrees(self) -> bool:
        """Whether every difference is one that the verdict speaks of."""
        match self.verdict:
            case Verdict.EXACT:
                return not self.differs
            case Verdict.WIDER:
                return not self.missed
            case Verdict.NARROWER:
                return not self.extra
            case Verdict.SKEWED | Verdict.REFUSED:
                return True

    @property
    def differs(self) -> bool:
        """Whether there is any difference, allowed or not."""
        return bool(self.missed or self.extra or self.other)


def compare(rendering: Rendering, events: Sequence[Occurrence], engine: Engine) -> Comparison:
    """Run RENDERING over EVENTS; raise what the engine raises."""
    lowered, text = rendering.lowered, rendering.text
    assert lowered is not None
    assert text is not None
    recorded = tuple(_recorded(lowered, events))
    records = tuple(map(_as_record, recorded))
    outcome = engine.run(text, records, _schema(lowered, recorded))
    seen = [each.seen for each in recorded]
    if isinstance(lowered.body, model.Summary):
        found = _rows_apart(lowered, seen, outcome)
    else:
        found = _events_apart(lowered, seen, outcome)
    counted = outcome.rows if isinstance(lowered.body, model.Summary) else outcome.matched
    count = len(counted or outcome.rows or outcome.matched)
    return Comparison(lowered.verdict, records, *found, count, recorded)


def _recorded(lowered: Lowered, events: Sequence[Occurrence]) -> Iterator[Recorded]:
    alike = _reads_values(lowered)
    for source in lowered.sources:
        for event in events:
            for name in sorted(event.classes):
                place = source.event_class(name)
                if place is not None and _is_searched(place, lowered):
                    yield _as_searched(record(event, source, place, alike=alike), lowered)


def _reads_values(lowered: Lowered) -> bool:
    """Whether the query shows the value of a field, or holds it against another field's."""
    tests = (t for each in model.conditions(lowered.body) for t in model.predicates(each))
    return isinstance(lowered.body, model.Summary) or any(
        isinstance(test, model.SameAs | model.OrderedAs) for test in tests
    )


def _is_searched(place: SourceClass, lowered: Lowered) -> bool:
    """Whether the query is run over the events of PLACE; a Sigma log source has only its own."""
    return any(place.logsource == each.logsource for each in lowered.places)


def _as_searched(each: Recorded, lowered: Lowered) -> Recorded:
    """Leave out of what is seen what the query is said to be blind to."""
    tests = (one for one in lowered.blind if not one.output and not one.value)
    blind = {one.field for one in tests if each.place.source in one.sources}
    fields = {name: v for name, v in each.seen.fields.items() if name not in blind}
    return replace(each, seen=replace(each.seen, fields=fields))


def _as_record(each: Recorded) -> Record:
    columns = {name: v[0] if len(v) == 1 else v for name, v in each.columns.items()}
    place = each.place
    return Record(place.category or place.table or place.datamodel, each.seen.time, columns)


def unprovable(lowered: Lowered) -> tuple[str, ...]:
    """Name the fields that the rule reads and that no record can be made of here."""
    columns = (
        column
        for place in lowered.places
        for name in lowered.fields
        if (column := place.columns.get(name)) and name != "timestamp"
    )
    return tuple(sorted({column.field for column in columns if not provable(column)}))


# --- the schema: what the columns of the sources hold

_KINDS = {
    FieldType.TEXT: Kind.TEXT,
    FieldType.PATH: Kind.TEXT,
    FieldType.NUMBER: Kind.NUMBER,
    FieldType.IP: Kind.IP,
    FieldType.BOOL: Kind.BOOL,
    FieldType.TIME: Kind.TIME,
}


def _schema(lowered: Lowered, recorded: Sequence[Recorded]) -> Schema:
    places = dict.fromkeys((*lowered.places, *(each.place for each in recorded)))
    schema = {name: Kind.TEXT for each in recorded for name in each.columns}
    for place in places:
        schema.update(_columns(place))
    return schema


def _columns(place: SourceClass) -> Mapping[str, Kind]:
    specs = event_class(place.event_class).fields
    return {
        name: _KINDS[kind_of(column.form, specs[main.field].type)]
        for main in place.columns.values()
        for column in (main, *main.also)
        for name in column.inputs
    }


# --- events

_Apart = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


def _events_apart(lowered: Lowered, seen: Sequence[Occurrence], outcome: Outcome) -> _Apart:
    body = model.event_of(lowered.rule.body)
    meant = {at for at, event in enumerate(seen) if evaluate.selects(body, event)}
    missed, extra = meant - outcome.matched, outcome.matched - meant
    return tuple(map(str, sorted(missed))), tuple(map(str, sorted(extra))), ()


# --- rows

_Key = tuple[str, ...]


def _rows_apart(lowered: Lowered, seen: Sequence[Occurrence], outcome: Outcome) -> _Apart:
    summary = lowered.rule.body
    assert isinstance(summary, model.Summary)
    own = _own_columns(lowered, summary)
    meant = {_key(row, own): row for row in evaluate.rows(summary, list(seen))}
    found = {_key_found(summary, row): row for row in outcome.rows or ()}
    # Of two rows with one key, one would hide the other.
    lost = len(outcome.rows or ()) - len(found)
    missed = [_shown(key) for key in meant if key not in found]
    extra = [_shown(key) for key in found if key not in meant] + ["a second row"] * lost
    other = [
        f"{_shown(key)}: {name}"
        for key, row in meant.items()
        if key in found
        for name in _different(lowered, row, found[key], seen)
    ]
    return tuple(sorted(missed)), tuple(sorted(extra)), tuple(sorted(other))


def _shown(key: _Key) -> str:
    return ", ".join(key)


def _own_columns(lowered: Lowered, summary: model.Summary) -> list[int]:
    """Find the keys that have a column of their own: a query names each column once."""
    first: dict[tuple[str, ...], int] = {}
    for place, key in enumerate(summary.keys):
        column = lowered.columns[key.name]
        first.setdefault((column.computed or column.name, column.form, column.part or ""), place)
    return list(first.values())


def _key(row: evaluate.Row, own: Sequence[int]) -> _Key:
    window = [f"bin {row.window[0]}"] if row.window else []
    return (*(_plain(row.key[place]) for place in own), *window)


def _key_found(summary: model.Summary, row: Mapping[str, object]) -> _Key:
    """Read the keys of a row, in order: what is no output; the bin stands last."""
    outputs = {output.name for output in summary.outputs}
    values = [value for name, value in row.items() if name not in outputs]
    if summary.every and values:
        return (*map(_plain, values[:-1]), f"bin {_microseconds(values[-1])}")
    return tuple(map(_plain, values))


def _plain(value: object) -> str:
    """Write a value so that `4`, `4.0` and `"4"` are alike: products have different types."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _number(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None


def _microseconds(value: object) -> int | None:
    if isinstance(value, datetime):
        since = value - EPOCH
        return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    seconds = _number(value)
    if seconds is not None:
        return round(seconds * 1_000_000)
    try:
        return _microseconds(datetime.fromisoformat(str(value)))  # as JSON has it, in Kusto's sets
    except ValueError:
        return None


def _moment(value: object) -> str:
    """Write a time as the reference has it."""
    return _plain(_microseconds(value))


def _different(
    lowered: Lowered, row: evaluate.Row, found: Mapping[str, object], seen: Sequence[Occurrence]
) -> Iterator[str]:
    for output in model.outputs(lowered.rule.body):
        values = [v for at in row.events for v in _values(output, seen[at])]
        got, meant = found.get(output.name), row.outputs[output.name]
        if output.field and output.field.name not in lowered.columns:
            # The header says that no column shows it: the row is as if there were no value.
            values, meant = [], _of_nothing(output.aggregate)
        if not _alike(output, got, meant, values):
            yield f"{output.name} is {got!r}, not {meant!r}"


def _of_nothing(aggregate: Aggregate) -> Scalar | list[Scalar] | None:
    if aggregate is Aggregate.SET:
        return []
    return 0 if aggregate in COUNTING else None


def _values(output: Output, event: Occurrence) -> tuple[Scalar, ...]:
    return evaluate.values(output.field, event) if output.field else ()


def _alike(output: Output, got: object, meant: object, values: Sequence[object]) -> bool:
    """Whether a product's value is the one meant; any value of the row will do for a sample."""
    # Kusto's average of nothing is NaN.
    nothing = got is None or got in ("", []) or (isinstance(got, float) and isnan(got))
    is_time = output.field is not None and output.field.type is FieldType.TIME
    plain = _moment if is_time else _plain
    if output.aggregate is Aggregate.SAMPLE:
        return nothing if not values else plain(got) in set(map(_plain, values))
    if output.aggregate is Aggregate.SET:
        several = got if isinstance(got, list) else [] if nothing else [got]
        return isinstance(meant, list) and sorted(map(plain, several)) == sorted(map(_plain, meant))
    if meant is None or nothing:
        return nothing and meant is None
    if is_time and output.aggregate not in COUNTING:
        return plain(got) == _plain(meant)
    if isinstance(meant, float):
        number = _number(got)
        return number is not None and isclose(number, meant, rel_tol=1e-6)
    return _plain(got) == _plain(meant)
