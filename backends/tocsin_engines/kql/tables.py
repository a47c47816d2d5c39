"""The tables that queries may name, and records as the text of their rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import isfinite
from typing import cast

from tocsin_engines.engine import Record, Scalar
from tocsin_engines.kql.parsers import parsers
from tocsin_engines.kql.server import TABLES
from tocsin_engines.kql.sql import EPOCH

# Table to column to Kusto type.
Tables = Mapping[str, Mapping[str, str]]
# Where a record does not say, its time stands in these.
_TIMES = ("Timestamp", "TimeGenerated")

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Scan:
    """A table that a query reads, and what it reads of it: SQL name to column and type."""

    table: str
    columns: Mapping[str, tuple[str, str]]
    place: str


@cache
def tables() -> Tables:
    """Return the tables, as the parser knows them, and what functions yield under their names."""
    # The file is ours: it keeps to the type.
    read = cast(Tables, json.loads(TABLES.read_text(encoding="utf-8")))
    return {**read, **{name: read[parser.table] for name, parser in parsers().items()}}


def check(records: Sequence[Record]) -> None:
    """Raise ValueError if a record does not fit its table: whoever made it is at fault."""
    for record in records:
        known = tables().get(record.table)
        if known is None:
            raise ValueError(f"no table {record.table}")
        for name, value in record.columns.items():
            kind = known.get(name)
            if kind is None:
                raise ValueError(f"{record.table} has no column {name}")
            _cell(value, kind, name)


def rows(scan: Scan, records: Sequence[Record]) -> str:
    """Write the rows of a table as JSON, under their SQL names. A null is left out."""
    found = [
        {scan.place: place, **_row(scan, record)}
        for place, record in enumerate(records)
        if record.table == scan.table
    ]
    return json.dumps(found)


def ticks(microseconds: int) -> int:
    """Turn microseconds since 1970 into Kusto's ticks."""
    return EPOCH + 10 * microseconds


def _row(scan: Scan, record: Record) -> dict[str, Json]:
    row: dict[str, Json] = {}
    for name, (column, kind) in scan.columns.items():
        value = record.columns.get(column)
        if value is not None:
            row[name] = _cell(value, kind, column)
        elif column in _TIMES:
            row[name] = ticks(record.time)
    return row


def _cell(value: Scalar | tuple[Scalar, ...], kind: str, column: str) -> Json:
    if kind == "dynamic":
        return _dynamic(value)
    match value:
        case bool() if kind == "bool":
            return value
        case bool() | tuple():
            pass
        case str() if kind == "string":
            return _clean(value)
        case int() if kind in ("int", "long", "real") and -(2**63) <= value < 2**63:
            return value
        case int() if kind == "datetime":
            return ticks(value)
        case float() if kind == "real" and isfinite(value):
            return value
        case _:
            pass
    raise ValueError(f"column {column} holds {kind}: {value!r}")


def _dynamic(value: Scalar | tuple[Scalar, ...]) -> Json:
    """Store what a dynamic column takes in: a text that is JSON as what it says [D:dynamic]."""
    if isinstance(value, tuple):
        return [_clean(item) if isinstance(item, str) else item for item in value]
    if not isinstance(value, str):
        return value
    try:
        return cast(Json, json.loads(_clean(value), parse_constant=_no_constant))
    except (ValueError, RecursionError):
        return _clean(value)


def _no_constant(name: str) -> Json:
    raise ValueError(name)


def _clean(text: str) -> str:
    """Put U+FFFD where half of a surrogate pair stands: Kusto stores UTF-8."""
    if text.isascii():
        return text
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
