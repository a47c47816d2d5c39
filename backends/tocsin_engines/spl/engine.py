"""The engine: records in, through the commands of a query, an outcome out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from tocsin_engines.engine import Outcome, Record, Rejected, Scalar, Schema
from tocsin_engines.spl import pcre
from tocsin_engines.spl.assumed import ASSUMED, Readings
from tocsin_engines.spl.datamodel import Dataset
from tocsin_engines.spl.pipeline import Query, parsed
from tocsin_engines.spl.rows import Row, Rows, newest_first, places
from tocsin_engines.spl.values import Cell, packed, show

_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class SplEngine:
    """Runs SPL. READINGS are the choices that the documentation leaves."""

    readings: Readings = field(default_factory=Readings)

    semantics = (
        "an evaluator written here from Splunk's documentation (9.4); no Splunk product was run"
    )
    assumed = ASSUMED

    def ready(self) -> None:
        """Raise `Missing` if PCRE2 is not installed."""
        pcre.ready()

    def run(self, query: str, records: Sequence[Record], schema: Schema, /) -> Outcome:
        """Run QUERY over RECORDS; Splunk has no schema. The search starts after the last record."""
        now = max((record.time for record in records), default=0) / _MICROSECONDS + 1
        try:
            read = _parsed(query, self.readings)
            rows = read.run(lambda dataset: _rows(records, dataset), now)
        except RecursionError:
            raise Rejected("nested too deep") from None
        shown = tuple(_shown(row) for row in rows)
        if read.groups:
            return Outcome(rows=shown)
        # What a data model gives are rows, each for events that are alike.
        return Outcome(places(rows), shown if read.counts else None)


ENGINE = SplEngine()


@lru_cache(maxsize=1024)
def _parsed(query: str, readings: Readings) -> Query:
    return parsed(query, readings)


def _rows(records: Sequence[Record], dataset: Dataset | None) -> Rows:
    """Return the events; of a DATASET those in it, its fields qualified."""
    return newest_first(
        Row(_fields(record, dataset), frozenset({place}))
        for place, record in enumerate(records)
        if dataset is None or record.table == dataset.table
    )


def _fields(record: Record, dataset: Dataset | None) -> dict[str, Cell]:
    result: dict[str, Cell] = {"index": "main"}
    for name, value in record.columns.items():
        values = value if isinstance(value, tuple) else (value,)
        cell = packed([_text(one) for one in values])
        if cell is not None:
            result[dataset.qualified(name) if dataset else name] = cell
    result["_time"] = record.time / _MICROSECONDS
    return result


def _text(value: Scalar) -> str:
    """Return the text that Splunk keeps of a value: UTF-8, and nothing but text."""
    match value:
        case str() if value.isascii():
            return value
        case str():
            return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        case bool():
            return "true" if value else "false"
        case _:
            return show(value) if isinstance(value, int) else repr(value)


def _shown(row: Row) -> dict[str, object]:
    return {
        name: list(cell) if isinstance(cell, tuple) else cell for name, cell in row.fields.items()
    }
