r"""How a source records an event, and what a rule can see of it afterwards.

`lower` turns a test of a value into a test of a column; this is the other way round, from the same
profiles and nothing else: a value is put into its column, and the columns are read back. What a
source cannot hold is lost on the way, so the event that is read back is the one that *fidelity*
speaks of.
"""

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv6Address, ip_address

from tocsin.columns import NUMBERS, Form
from tocsin.frozen import dataclass, field, replace
from tocsin.model import Occurrence, Scalar
from tocsin.profiles import Source, SourceClass
from tocsin.recording import bags, forms
from tocsin.recording.forms import Columns, Values
from tocsin.schema import FieldType, event_class

provable = forms.provable


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as one source keeps it: its COLUMNS, and what is SEEN of it through them."""

    place: SourceClass
    columns: Mapping[str, Values] = field(hash=False)
    seen: Occurrence


def record(
    event: Occurrence, source: Source, place: SourceClass, *, alike: bool = False
) -> Recorded:
    """Write EVENT as SOURCE does, which keeps its class in PLACE, and read it back.

    ALIKE says that columns which hold the same field agree: a value that is shown, or held against
    another field, is read from only one of them.
    """
    columns = bags.as_stored(place, _written(event, source, place))
    for name, allowed in selectors(place).items():
        if not set(columns.get(name, ())) & set(allowed):
            columns[name] = allowed[:1]
    for name in _wanted(place):
        if not any(columns.get(name, ())):
            columns[name] = (forms.full_path("process.exe"),)
    absent = source.absent | {""}
    for name, (bare, loose) in _paths(place).items():
        if name in columns:
            columns[name] = tuple(
                each if each in bare | absent else forms.full_path(str(each), loose)
                for each in columns[name]
            )
    if alike:
        _agree(source, place, columns)
    if source.fills_absent:
        for name in (name for column in place.columns.values() for name in column.names):
            columns.setdefault(name, tuple(sorted(source.absent)))
    seen = _read_back(event, source, place, columns, alike=alike)
    return Recorded(place, bags.packed(place, columns), seen)


def _written(event: Occurrence, source: Source, place: SourceClass) -> Columns:
    specs = event_class(place.event_class).fields
    columns: Columns = {}
    by_form = sorted(place.columns.values(), key=lambda column: column.form is not Form.DIRECT)
    for column in by_form:
        values = event.fields.get(column.field, ())
        # No part of a longer text is one of the texts that stand for no value.
        as_is = column.form in {Form.DIRECT, Form.ARRAY_ANY}
        lost = frozenset() if as_is else source.absent
        if source.drops_empty or not as_is:
            lost |= {""}
        values = tuple(each for each in values if each not in lost)
        if source.fills_absent:  # nor, as the source requires, any part of a path or account
            values = tuple(v for v in values if not source.absent & set(str(v).split("\\")))
        if source.maps_ipv4 and specs[column.field].type is FieldType.IP:
            values = tuple(a for each in values if (a := _unmapped(str(each))))
        if values:
            forms.write(column, values, columns)
    return columns


def _agree(source: Source, place: SourceClass, columns: Columns) -> None:
    for column in place.columns.values():
        for other in column.also:
            if values := forms.read(replace(other, also=()), source.absent, columns):
                forms.write(replace(column, also=()), values, columns)


def _unmapped(text: str) -> str | None:
    """Write an IPv4-mapped IPv6 address as the IPv4 address; what is no address is not stored."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped) if mapped else text


def _paths(place: SourceClass) -> Mapping[str, tuple[frozenset[str], bool]]:
    """Name the columns that a part is read from, what stands there without a folder, if not all."""
    parts = {Form.PATH_BASENAME, Form.PATH_DIRECTORY, Form.PATH_EXTENSION}
    return {
        column.name: (frozenset(column.bare), column.loose)
        for main in place.columns.values()
        for column in (main, *main.also)
        if column.form in parts
    }


def _read_back(
    event: Occurrence,
    source: Source,
    place: SourceClass,
    columns: Mapping[str, Values],
    *,
    alike: bool,
) -> Occurrence:
    specs = event_class(place.event_class).fields
    fields: dict[str, Values] = {}
    for column in place.columns.values():
        values = forms.read(column, source.absent, columns)
        if values and column.field != "timestamp":
            several = specs[column.field].many or (column.also and not alike)
            fields[column.field] = values if several else values[:1]
    return Occurrence(frozenset({place.event_class}), event.time, fields)


# --- what tells the events of a class

_GATE = re.compile(r"^(?:\w+\()?([\w.]+)\)?(?: (?:==|in|IN|:) |, )(.*)$")
_TERM = re.compile(r"(\w+)(?:=| IN )(\S.*)$")
_VALUE = re.compile(r'"([^"]*)"|(\w+)')


def selectors(place: SourceClass) -> Mapping[str, Values]:
    """Find the columns by which the target's own conditions know the class, and their values."""
    found: dict[str, Values] = {
        name: tuple(int(v) if v.isdecimal() else v for v in values)
        for name, values in place.select.items()
    }
    terms = (place.events, *place.search)
    for match in (*map(_GATE.match, place.gate), *map(_TERM.search, terms)):
        if match:
            found[match[1]] = tuple(_values(match[2]))
    if place.events and place.index:
        found["index"] = tuple(each.replace("*", "") or "main" for each in place.index)
    return {name: values for name, values in found.items() if values}


_FILLED = re.compile(r"^isnotempty\((?:coalesce\()?(\w+)")


def _wanted(place: SourceClass) -> Iterator[str]:
    """Name the columns without which an event of the source is none of the class."""
    made = {each: name for name, origins in place.origins.items() for each in origins}
    for match in map(_FILLED.match, place.gate):
        if match:
            yield made.get(match[1], match[1])


def _values(text: str) -> Iterator[Scalar]:
    for quoted, word in _VALUE.findall(text):
        yield int(word) if word.isdecimal() else quoted or word


_AS_TYPED = frozenset({Form.DIRECT, Form.ARRAY_ANY, Form.COALESCE})


def kind_of(form: Form, kind: FieldType) -> FieldType:
    """Say what a column of FORM holds, whatever the type of the field that is read from it."""
    if form in NUMBERS:
        return FieldType.NUMBER
    return kind if form in _AS_TYPED else FieldType.TEXT
