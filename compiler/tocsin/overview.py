"""What there is, laid out: each field as sources keep it, each source as queries see it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NotRequired, TypedDict

from tocsin import schema
from tocsin.columns import Column
from tocsin.profiles import Source, SourceClass
from tocsin.schema import FieldSpec

Selector = str | list[str] | Mapping[str, str] | Mapping[str, list[str]]


class Kept(TypedDict):
    """How a source keeps one field; PRESENCE `absent` has only the reason."""

    presence: str
    absent: NotRequired[str]
    form: NotRequired[str]
    columns: NotRequired[list[str]]
    value: NotRequired[str]
    also: NotRequired[list["Kept"]]
    requires: NotRequired[str]
    note: NotRequired[str]


class FieldData(TypedDict):
    """One field of a class, as every source that records the class keeps it."""

    field: str
    type: str
    list: bool
    about: str
    sources: dict[str, Kept]


class ClassData(TypedDict):
    """One event class, and the sources that record it."""

    name: str
    about: str
    sources: list[str]


class SourceData(TypedDict):
    """One source: what it wants, and what tells the events of each class there."""

    name: str
    title: str
    requires: list[str]
    classes: dict[str, dict[str, Selector]]


# --- fields by source


def classes(sources: Sequence[Source]) -> list[ClassData]:
    """List the event classes with the sources that record each."""
    return [
        ClassData(
            name=name,
            about=schema.event_class(name).about,
            sources=[source.name for source in sources if name in source.classes()],
        )
        for name in schema.class_names()
    ]


def fields(event_class: str, sources: Sequence[Source], name: str | None = None) -> list[FieldData]:
    """Say how each source keeps the fields of a class, or the one of them that has NAME."""
    found = (source.event_class(event_class) for source in sources)
    places = {place.source: place for place in found if place}
    specs = schema.event_class(event_class).fields
    return [_field(specs[each], places) for each in specs if name in (None, each)]


def _field(spec: FieldSpec, places: Mapping[str, SourceClass]) -> FieldData:
    return FieldData(
        field=spec.name,
        type=spec.type.value,
        list=spec.many,
        about=spec.about,
        sources={source: kept(place, spec.name) for source, place in places.items()},
    )


def kept(place: SourceClass, field: str) -> Kept:
    """Say how a source keeps a field of a class that it records."""
    if field in place.absent:
        return Kept(presence="absent", absent=place.absent[field])
    return _kept(place.columns[field])


def _kept(column: Column) -> Kept:
    found = Kept(
        presence=column.presence.value, form=column.form.value, columns=list(column.inputs)
    )
    if column.value is not None:
        found["value"] = column.value
    if column.also:
        found["also"] = [_kept(each) for each in column.also]
    if column.requires:
        found["requires"] = column.requires
    if column.note:
        found["note"] = column.note
    return found


def field_rows(found: Sequence[FieldData]) -> list[list[str]]:
    """Lay fields out: a row for what each is, then one for each source."""
    rows = [["field", "source", "presence", "form", "columns", "remark"]]
    for each in found:
        kind = f"{each['type']}{' list' if each['list'] else ''}"
        rows.append([each["field"], "-", kind, "-", "-", each["about"]])
        rows += [
            [each["field"], source, *_cells(one)] for source, one in sorted(each["sources"].items())
        ]
    return rows


def _cells(one: Kept) -> list[str]:
    if "absent" in one:
        return ["absent", "-", "-", one["absent"]]
    remarks = filter(None, (one.get("requires"), one.get("note")))
    return [one["presence"], one.get("form", "-"), columns_of(one), "; ".join(remarks)]


def columns_of(one: Kept) -> str:
    """Name the columns of a field in one cell; the value of one that has none."""
    every = [one, *one.get("also", ())]
    named = [" + ".join(each.get("columns") or [f'"{each.get("value")}"']) for each in every]
    return " | ".join(named)


# --- sources by class


def source(found: Source) -> SourceData:
    """Say what a source is, and what tells the events of each class there."""
    places = ((name, found.event_class(name)) for name in found.classes())
    return SourceData(
        name=found.name,
        title=found.title,
        requires=list(found.requires),
        classes={name: selectors(place) for name, place in places if place},
    )


def selectors(place: SourceClass) -> dict[str, Selector]:
    """Say what a query reads to see the events of a class, as far as the source says it."""
    every: dict[str, Selector] = {
        "index": list(place.index),
        "macro": place.macro,
        "events": place.events,
        "category": place.category,
        "table": place.table,
        "time": place.time,
        "parameters": dict(place.parameters),
        "since": place.since,
        "datamodel": place.datamodel,
        "logsource": dict(place.logsource),
        "gate": list(place.gate),
        "search": list(place.search),
        "select": {item: list(values) for item, values in place.select.items()},
        "bag": f"{place.bag.column} ({place.bag.format})" if place.bag else "",
        "requires": list(place.requires),
    }
    return {key: value for key, value in every.items() if value}


def selector_rows(found: SourceData) -> Iterator[list[str]]:
    """Lay the selectors of a source out: a row for each class."""
    for name, every in found["classes"].items():
        shown = "; ".join(f"{key}: {told(value)}" for key, value in every.items())
        yield [found["name"], name, shown]


def told(value: Selector) -> str:
    """Say what a selector holds in one line."""
    match value:
        case str():
            return value
        case list():
            return ", ".join(value)
        case _:
            pairs = ((k, v if isinstance(v, str) else ", ".join(v)) for k, v in value.items())
            return ", ".join(f"{key}={each}" for key, each in pairs)
