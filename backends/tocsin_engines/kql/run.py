"""The KQL engine: plans queries, keeps them, and runs them on DuckDB."""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import import_module
from typing import Protocol, cast

from tocsin_engines.engine import Missing, Outcome, Record, Rejected, Schema
from tocsin_engines.kql import computed, install, server
from tocsin_engines.kql.assumed import ASSUMED
from tocsin_engines.kql.macros import MACROS
from tocsin_engines.kql.plan import Plan, plan
from tocsin_engines.kql.tables import check, rows, ticks

_SECOND = 1_000_000  # In microseconds.
_SETTINGS = {
    "threads": "1",
    # Queries see the records of their run and nothing else.
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    # A division by 0 is infinite of reals and null of whole numbers, not an error.
    "ieee_floating_point_ops": "true",
    "error_on_division_by_zero": "false",
}

Cell = str | int | float | bool | None


class _Connection(Protocol):
    """The part of a DuckDB connection that is used here."""

    def execute(self, sql: str, parameters: Mapping[str, str | int] = ..., /) -> "_Connection": ...

    def fetchall(self) -> list[tuple[Cell, ...]]: ...


class _DuckDB(Protocol):
    """The part of `duckdb` that is used here."""

    Error: type[Exception]

    def connect(self, database: str, *, config: Mapping[str, str]) -> _Connection: ...


@dataclass(slots=True)
class KqlEngine:
    """KQL as Microsoft's binder reads it, run on DuckDB.

    NOW, in microseconds since 1970, is what `now()` yields; if it is not told, one second after
    the latest record.
    """

    now: int | None = None
    _duckdb: _DuckDB | None = field(default=None, init=False, repr=False)
    _connection: _Connection | None = field(default=None, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    semantics = (
        "Microsoft's parser and binder; its bound tree run on DuckDB with Kusto's null, case"
        " and term rules written here from Microsoft's documentation; not Kusto itself"
    )
    assumed = ASSUMED

    def ready(self) -> None:
        """Raise `Missing` if node, the parser or DuckDB is not installed."""
        server.ready()
        _load()

    def install(self) -> str:
        """Fetch the parser into the user's cache folder; say where it is."""
        install.node()
        return str(install.folder())

    def run(self, query: str, records: Sequence[Record], schema: Schema, /) -> Outcome:
        """Run QUERY over RECORDS. The tables have their own schema: SCHEMA is not read."""
        check(records)
        planned = _planned(query)
        found = self._found(planned, records)
        return _outcome(planned, found)

    def _found(self, planned: Plan, records: Sequence[Record]) -> list[tuple[Cell, ...]]:
        parameters: dict[str, str | int] = {
            name: rows(scan, records) for name, scan in planned.scans.items()
        }
        if planned.clock:
            parameters["now"] = ticks(self._time(records))
        with self._lock:
            duckdb = self._duckdb = self._duckdb or _load()
            try:
                connection = self._connection = self._connection or _connected(duckdb)
                for lookup in planned.lookups:
                    texts = connection.execute(lookup.sql, parameters).fetchall()
                    known = computed.answers(lookup.function, (str(row[0]) for row in texts))
                    parameters[lookup.parameter] = known
                return connection.execute(planned.sql, parameters).fetchall()
            except (duckdb.Error, RuntimeError) as error:
                self._connection = None  # Some errors leave it unusable.
                raise Rejected(str(error).partition("\n")[0]) from error

    def _time(self, records: Sequence[Record]) -> int:
        if self.now is not None:
            return self.now
        return max((record.time for record in records), default=0) + _SECOND


@lru_cache(maxsize=4096)
def _planned(query: str) -> Plan:
    return plan(query)


def _load() -> _DuckDB:
    try:
        # `duckdb` gives its functions no types: this is the place where they get them.
        return cast(_DuckDB, import_module("duckdb"))
    except ImportError as error:
        raise Missing("duckdb is not installed: pip install 'tocsin[engines]'") from error


def _connected(duckdb: _DuckDB) -> _Connection:
    connection = duckdb.connect(":memory:", config=_SETTINGS)
    for macro in MACROS:
        connection.execute(f"CREATE MACRO {macro}")
    # Most of a run would go into making a few rows faster.
    connection.execute("PRAGMA disable_optimizer")
    connection.execute("SET lock_configuration = true")
    return connection


def _outcome(planned: Plan, found: list[tuple[Cell, ...]]) -> Outcome:
    # The first column holds places, which are whole numbers.
    matched = frozenset(cast(int, row[0]) for row in found) if planned.place else frozenset()
    if not planned.columns:
        return Outcome(matched)
    skip = 1 if planned.place else 0
    return Outcome(matched, tuple(_row(planned.columns, row[skip:]) for row in found))


def _row(columns: tuple[tuple[str, str], ...], cells: tuple[Cell, ...]) -> dict[str, object]:
    """Name the cells. What is absent in Kusto is left out: a null, and an empty text."""
    return {
        name: _cell(cell, kind)
        for (name, kind), cell in zip(columns, cells, strict=True)
        if cell is not None and cell != ""
    }


def _cell(cell: Cell, kind: str) -> object:
    match kind, cell:
        case "datetime", int():
            return _moment(cell)
        case "timespan", int():
            return timedelta(microseconds=cell // 10)
        case "dynamic", str():
            return _parsed(cell)
        case _:
            return cell


def _parsed(text: str) -> object:
    try:
        return cast(object, json.loads(text))
    except (ValueError, RecursionError):  # JSON to DuckDB, but too lax or too deep for Python.
        return text


def _moment(time: int) -> datetime:
    """Turn ticks into a time; what is finer than a microsecond is cut off."""
    try:
        return datetime(1, 1, 1, tzinfo=UTC) + timedelta(microseconds=time // 10)
    except OverflowError as error:
        raise Rejected("a datetime is out of range") from error
