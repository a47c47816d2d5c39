"""Events as the sources of a query keep them, and what can be seen of them there."""

from collections.abc import Iterator, Mapping, Sequence

from tocsin import model
from tocsin.backend import Lowered
from tocsin.engine import Kind, Record, Schema
from tocsin.frozen import replace
from tocsin.model import Occurrence
from tocsin.profiles import SourceClass
from tocsin.recording import Recorded, kind_of, provable, record, selectors
from tocsin.schema import FieldType, event_class


def recorded(lowered: Lowered, events: Sequence[Occurrence]) -> Iterator[Recorded]:
    """Write EVENTS as every source of the query does, where the query is run."""
    alike = _reads_values(lowered)
    for source in lowered.sources:
        for event in events:
            for name in sorted(event.classes):
                place = source.event_class(name)
                if place is not None and _is_searched(place, lowered):
                    yield _as_searched(record(event, source, place, alike=alike), lowered)


def _reads_values(lowered: Lowered) -> bool:
    """Whether the query shows the value of a field, or holds it against another field's."""
    if isinstance(lowered.body, model.Summary | model.Sequence | model.FirstSeen):
        return True
    tests = (t for each in model.conditions(lowered.body) for t in model.predicates(each))
    return any(isinstance(test, model.SameAs | model.OrderedAs) for test in tests)


def _is_searched(place: SourceClass, lowered: Lowered) -> bool:
    """Whether the query is run over the events of PLACE; a Sigma log source has only its own."""
    return any(place.logsource == each.logsource for each in lowered.places)


def _as_searched(each: Recorded, lowered: Lowered) -> Recorded:
    """Leave out of what is seen what the query is said to be blind to."""
    tests = (one for one in lowered.blind if not one.output and not one.value)
    source, class_ = each.place.source, each.place.event_class
    blind = {one.field for one in tests if source in one.sources and class_ in one.classes}
    fields = {name: v for name, v in each.seen.fields.items() if name not in blind}
    return replace(each, seen=replace(each.seen, fields=fields))


def as_record(each: Recorded) -> Record:
    """Make what an engine is given."""
    columns = {name: v[0] if len(v) == 1 else v for name, v in each.columns.items()}
    place = each.place
    logsource = "/".join(text for _, text in sorted(place.logsource.items()))
    table = place.category or place.table or place.datamodel or logsource
    return Record(table, each.seen.time, columns)


def unprovable(lowered: Lowered) -> tuple[str, ...]:
    """Name the fields that the rule reads and that no record can be made of here."""
    columns = (
        column
        for place in lowered.places
        for name in lowered.fields
        if (column := place.columns.get(name)) and name != "timestamp"
    )
    return tuple(sorted({column.field for column in columns if not provable(column)}))


_KINDS = {
    FieldType.TEXT: Kind.TEXT,
    FieldType.PATH: Kind.TEXT,
    FieldType.NUMBER: Kind.NUMBER,
    FieldType.IP: Kind.IP,
    FieldType.BOOL: Kind.BOOL,
    FieldType.TIME: Kind.TIME,
}


def schema_of(lowered: Lowered, recorded: Sequence[Recorded]) -> Schema:
    """Say what the columns of the sources hold."""
    places = dict.fromkeys((*lowered.places, *(each.place for each in recorded)))
    schema = {name: Kind.TEXT for each in recorded for name in each.columns}
    for place in places:
        # What tells a class from others is mapped, whether or not there are events of it.
        schema |= dict.fromkeys(selectors(place), Kind.TEXT)
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
