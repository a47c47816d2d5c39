"""Values that a source keeps together in one column: XML of an event, or a JSON object."""

import json
import re
from collections.abc import Mapping
from xml.sax.saxutils import escape

from tocsin.model import Scalar
from tocsin.profiles import Bag, SourceClass
from tocsin.recording.forms import Columns, Values

# What XML 1.0 has no way to write: Windows puts something else there.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_stored(place: SourceClass, columns: Mapping[str, Values]) -> Columns:
    """Lose in COLUMNS what the bag of PLACE cannot hold."""
    if place.bag is None or place.bag.format != "xml":
        return dict(columns)
    return {
        name: tuple(_in_xml(v) for v in values if not _is_blank(v))
        if name in place.derived
        else values
        for name, values in columns.items()
    }


def _is_blank(value: Scalar) -> bool:
    """Whether there is nothing but white space between two tags, which readers of XML leave out."""
    return isinstance(value, str) and not value.strip()


def _in_xml(value: Scalar) -> Scalar:
    return _NO_XML.sub("\ufffd", value) if isinstance(value, str) else value


def packed(place: SourceClass, columns: Columns) -> Columns:
    """Put what the query derives from the bag of PLACE into it."""
    columns = {
        origin: _typed(name, values, place)
        for name, values in columns.items()
        for origin in _origins(name, place)
    }
    if place.bag is None:
        return columns
    keys = {name: key for name, expr in place.derived.items() if (key := _key(expr, place.bag))}
    inside = {keys[name]: v[0] for name, v in columns.items() if name in keys and v}
    kept = {name: values for name, values in columns.items() if name not in keys}
    if place.bag.format == "xml":
        # Every event of Sysmon has these two: `Data` is always a list.
        inside = {"RuleName": "-", "UtcTime": "2025-01-01 00:00:00.000", **inside}
        data = "".join(f'<Data Name="{name}">{_text(str(v))}</Data>' for name, v in inside.items())
        text = f'<DataItem type="System.XmlData"><EventData>{data}</EventData></DataItem>'
    else:
        text = json.dumps(inside, ensure_ascii=False)
    return {**kept, place.bag.column: (text,)}


def _origins(name: str, place: SourceClass) -> tuple[str, ...]:
    """Name the columns of the table in which the value of a column that the query makes stands."""
    if name in place.origins:
        return place.origins[name]
    found = _FROM.search(place.derived.get(name, "")) if place.bag is None else None
    return ((found[1] or found[2]) if found else name,)


def _typed(name: str, values: Values, place: SourceClass) -> Values:
    """Write a number that the query makes of a text as that text."""
    made = place.derived.get(name, "")
    return tuple(map(str, values)) if re.search(r"\bto(?:int|long)\(", made) else values


_FROM = re.compile(r'column_ifexists\("(\w+)"|to(?:int|long)\((\w+)\)')


def _key(expr: str, bag: Bag) -> str | None:
    """Name the key of the bag that an expression reads."""
    found = re.search(rf"\b{re.escape(bag.name)}\)?\.(\w+)", expr)
    return found[1] if found else None


def _text(text: str) -> str:
    return escape(text, {"\r": "&#13;"})
