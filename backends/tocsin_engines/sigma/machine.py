"""Text to SQL once, and SQL over records. The part that needs pySigma installed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from sigma.correlations import SigmaCorrelationRule

from tocsin_engines.engine import Outcome, Record, Rejected, Schema
from tocsin_engines.sigma import database
from tocsin_engines.sigma.backend import converter
from tocsin_engines.sigma.database import PLACE, TIME, Row
from tocsin_engines.sigma.documents import documents
from tocsin_engines.sigma.rules import rules


def run(query: str, records: Sequence[Record], schema: Schema) -> Outcome:
    """Run QUERY over RECORDS."""
    compiled = _compiled(query)
    found = database.select(compiled.queries, compiled.fields, records, schema)
    if compiled.groups:
        return Outcome(rows=tuple(map(_group, found)))
    return Outcome(frozenset(_whole(row[PLACE]) for row in found))


@dataclass(frozen=True, slots=True)
class _Compiled:
    queries: tuple[str, ...]
    fields: tuple[str, ...]
    groups: bool


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
    fields = sorted(backend.fields - {PLACE, TIME})
    if len({field.lower() for field in fields}) != len(fields):
        raise Rejected("SQLite cannot tell fields apart by their case")
    groups = any(isinstance(rule, SigmaCorrelationRule) for rule in found.rules)
    return _Compiled(tuple(queries), tuple(fields), groups)


# --- rows of a correlation

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _group(row: Row) -> dict[str, object]:
    """Give the keys of the group, what was counted, the window, and the places of its events."""
    keys: dict[str, object] = json.loads(str(row["group_keys"]))
    events: list[str] = json.loads(str(row["event_ids"]))
    return {
        **keys,
        str(row["metric_name"]): row["metric_value"],
        "window_start": _time(row["window_start"]),
        "window_end": _time(row["window_end"]),
        "events": sorted(int(each.rpartition(":")[2]) for each in events),  # "table:place"
    }


def _time(value: object) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=_whole(value))
    except OverflowError as error:
        raise Rejected("a time beyond the calendar") from error


def _whole(value: object) -> int:
    assert isinstance(value, int)
    return value
