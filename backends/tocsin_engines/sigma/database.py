"""Records in SQLite, and the functions that SQL has there for what SQLite lacks.

Every column is text: "All values are treated as case-insensitive strings" (Sigma specification,
"General").
"""

import re
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from sigma.backends.sqlite.correlation import quote

from tocsin_engines.engine import Kind, Record, Rejected, Scalar, Schema
from tocsin_engines.sigma import regex

TABLE: Final = "logs"
# The columns that are no fields: no key of Sigma has a bar in its field.
PLACE: Final = "|place"
TIME: Final = "|time"
SOURCE: Final = "|source"
OWN: Final = frozenset({PLACE, TIME, SOURCE})

Row = Mapping[str, object]


def select(
    queries: Sequence[str], fields: Collection[str], records: Sequence[Record], schema: Schema
) -> list[Row]:
    """Run QUERIES, which name FIELDS, over RECORDS."""
    try:
        with closing(sqlite3.connect(":memory:")) as connection:
            _add_functions(connection)
            _fill(connection, tuple(fields), records, schema)
            connection.row_factory = sqlite3.Row
            rows = [row for query in queries for row in connection.execute(query)]
            return [dict(zip(row.keys(), row, strict=True)) for row in rows]
    except (sqlite3.Error, ValueError, OverflowError, MemoryError) as error:
        raise Rejected(f"SQLite: {error}") from error  # NUL and lone surrogates are ValueErrors.


def _fill(
    connection: sqlite3.Connection,
    fields: Sequence[str],
    records: Sequence[Record],
    schema: Schema,
) -> None:
    columns = "".join(f", {quote(field)} TEXT COLLATE NOCASE" for field in fields)
    names = f"{quote(PLACE)} INTEGER PRIMARY KEY, {quote(TIME)} INTEGER, {quote(SOURCE)} TEXT"
    connection.execute(f"CREATE TABLE {TABLE} ({names}{columns})")
    marks = ", ".join("?" * (len(fields) + len(OWN)))
    rows = (
        (place, record.time, record.table, *(_stored(record, field, schema) for field in fields))
        for place, record in enumerate(records)
    )
    connection.executemany(f"INSERT INTO {TABLE} VALUES ({marks})", rows)  # noqa: S608  # quoted


# --- values

_EPOCH: Final = datetime(1970, 1, 1)  # as Sysmon writes: UTC, without saying so


def _stored(record: Record, field: str, schema: Schema) -> str | None:
    value = record.columns.get(field)
    if isinstance(value, tuple):
        if len(value) > 1:
            raise Rejected(f"`{field}` has several values; a table has one")
        value = value[0] if value else None
    return None if value is None else _text(value, schema.get(field, Kind.TEXT))


def _text(value: Scalar, kind: Kind) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() if kind is Kind.TIME:
            return (_EPOCH + timedelta(microseconds=value)).isoformat(" ", "milliseconds")
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else str(value)
        case str():
            if "\0" in value:  # SQLite's NOCASE and LIKE would stop there.
                raise Rejected("a text of a Windows event has no U+0000")
            return value


# --- functions

CIDR: Final = "sigma_cidr"
NUMBER: Final = "sigma_number"
PART: Final = "sigma_time_part"
SEARCH: Final = "sigma_re"


def _add_functions(connection: sqlite3.Connection) -> None:
    connection.create_function(CIDR, 2, _is_in, deterministic=True)
    connection.create_function(NUMBER, 1, _number, deterministic=True)
    connection.create_function(PART, 2, _part, deterministic=True)
    connection.create_function(SEARCH, 3, _finds, deterministic=True)


def _is_in(text: str | None, network: str) -> bool:
    """Tell whether TEXT is an address of NETWORK."""
    if text is None:
        return False
    try:
        return ip_address(text) in _network(network)
    except ValueError:
        return False


@lru_cache(maxsize=1024)
def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text)


_DECIMAL: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_INTEGERS: Final = range(-(2**63), 2**63)


def _number(text: str | None) -> int | float | None:
    """Read TEXT as a decimal number."""
    found = _DECIMAL.fullmatch(text or "")
    if found is None:
        return None
    if found[1] is None and len(found[0]) < 20:  # longer ones need not fit SQLite's integers
        whole = int(found[0])
        return whole if whole in _INTEGERS else float(whole)
    return float(found[0])


def _part(text: str | None, name: str) -> int | None:
    """Take a part of the time that TEXT tells in ISO 8601."""
    try:
        time = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    parts = {
        "minute": time.minute,
        "hour": time.hour,
        "day": time.day,
        "month": time.month,
        "year": time.year,
    }
    return parts[name]


def _finds(text: str | None, pattern: str, flags: str) -> bool:
    return text is not None and regex.compiled(pattern, flags).search(text) is not None
