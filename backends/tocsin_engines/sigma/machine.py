"""Text to SQL once, and SQL over records. The part that needs pySigma installed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from sigma.correlations import SigmaCorrelationRule

from tocsin_engines.engine import Outcome, Record, Rejected, Schema
from tocsin_engines.sigma import database
from tocsin_engines.sigma.backend import converter
from tocsin_engines.sigma.database import OWN, PLACE, Row
from tocsin_engines.sigma.documents import documents
from tocsin_engines.sigma.rules import rules


def run(query: str, records: Sequence[Record], schema: Schema) -> Outcome:
    """Run QUERY over RECORDS."""
    compiled = _compiled(query)
    found = database.select(compiled.queries, compiled.fields, records, schema)
    if compiled.groups:
        return Outcome(rows=tuple(_group(row, compiled.keys, records) for row in found))
    return Outcome(frozenset(_whole(row[PLACE]) for row in found))


Keys = Mapping[str, tuple[str, ...]]  # of a group: the fields that hold each


@dataclass(frozen=True, slots=True)
class _Compiled:
    queries: tuple[str, ...]
    fields: tuple[str, ...]
    groups: bool
    keys: Keys


@lru_cache(maxsize=512)
def _compiled(query: str) -> _Compiled:
    try:
        return _convert(query)
    except Rejected:
        raise
    except Exception as error:  # A malformed rule trips PyYAML and pySigma wherever it may.
        raise Rejected(str(error) or type(error).__name__) from error


def _convert(query: str) -> _Compiled:
    found = rules(documents(query))
    backend = converter()
    queries = backend.convert(found)
    if not queries:
        raise Rejected("no condition")
    fields = sorted(backend.fields - OWN)
    if len({field.lower() for field in fields}) != len(fields):
        raise Rejected("SQLite cannot tell fields apart by their case")
    correlations = [rule for rule in found.rules if isinstance(rule, SigmaCorrelationRule)]
    keys = dict(_keys(correlations))
    return _Compiled(tuple(queries), tuple(fields), bool(correlations), keys)


def _keys(correlations: Sequence[SigmaCorrelationRule]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Name the fields that may hold a key: those of its alias, or that of its name."""
    for each in correlations:
        aliases = {alias.alias: tuple(alias.mapping.values()) for alias in each.aliases}
        yield from ((name, aliases.get(name, (name,))) for name in each.group_by or ())


# --- rows of a correlation

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _group(row: Row, fields: Keys, records: Sequence[Record]) -> dict[str, object]:
    """Give the keys of the group, what was counted, the window, and the places of its events."""
    keys: dict[str, object] = json.loads(str(row["group_keys"]))
    ids: list[str] = json.loads(str(row["event_ids"]))
    places = sorted(int(each.rpartition(":")[2]) for each in ids)  # "table:place"
    held = [records[place].columns for place in places]
    return {
        **{name: _as_held(key, fields[name], held) for name, key in keys.items()},
        str(row["metric_name"]): row["metric_value"],
        "window_start": _time(row["window_start"]),
        "window_end": _time(row["window_end"]),
        "events": places,
    }


def _as_held(key: object, fields: Sequence[str], held: Sequence[Mapping[str, object]]) -> object:
    """Write a key, which SQL has in small letters, as the first of the events does."""
    values = (columns.get(field) for columns in held for field in fields)
    return next((each for each in values if isinstance(each, str) and each.lower() == key), key)


def _time(value: object) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=_whole(value))
    except OverflowError as error:
        raise Rejected("a time beyond the calendar") from error


def _whole(value: object) -> int:
    assert isinstance(value, int)
    return value
