"""Runs Elastic EQL over records. Elastic's grammar, and what its source makes of a query."""

from collections.abc import Callable, Sequence
from functools import lru_cache

from tocsin_engines.engine import Kind, Outcome, Record, Rejected, Schema
from tocsin_engines.eql import gate
from tocsin_engines.eql.assumed import ASSUMED
from tocsin_engines.eql.queries import read
from tocsin_engines.eql.sequence import machine
from tocsin_engines.eql.tree import Events, Query, names
from tocsin_engines.eql.tree import Sequence as SequenceQuery
from tocsin_engines.eql.verify import selects

__all__ = ["ASSUMED", "ENGINE", "EqlEngine"]

_Plan = Callable[[Sequence[Record]], Outcome]


class EqlEngine:
    """Elasticsearch's EQL as far as it needs no script.

    A query of events gives the places of the records that it selects; a sequence gives a row for
    each that is complete: `events`, their places in order, and `key`, what joined them.
    """

    semantics = (
        "Elastic's grammar (the eql package); predicates as Elasticsearch's documentation and"
        " source describe them, written here; not Elasticsearch itself"
    )
    assumed = ASSUMED

    def ready(self) -> None:
        """Raise `Missing` if the package `eql` is not installed."""
        gate.parser()

    def run(self, query: str, records: Sequence[Record], schema: Schema, /) -> Outcome:
        """Run QUERY over RECORDS."""
        try:
            kinds = tuple((path, schema[path]) for path in _paths(query) if path in schema)
            return _plan(query, kinds)(records)
        except RecursionError as error:
            raise Rejected("the query is nested too deep") from error


ENGINE = EqlEngine()


@lru_cache(maxsize=4096)
def _parsed(query: str) -> Query:
    found = read(query)
    gate.check(query)
    return found


@lru_cache(maxsize=4096)
def _paths(query: str) -> tuple[str, ...]:
    return tuple(sorted({name.path for name in names(_parsed(query))}))


# By the text of the query: as values, `f == 1` and `f == true` would be one and the same key.
@lru_cache(maxsize=4096)
def _plan(query: str, kinds: tuple[tuple[str, Kind], ...]) -> _Plan:
    schema = dict(kinds)
    match _parsed(query):
        case Events() as parsed:
            return _events(parsed, schema)
        case SequenceQuery() as parsed:
            return _sequences(parsed, schema)


def _events(query: Events, schema: Schema) -> _Plan:
    selected = selects(query.event, schema)

    def plan(records: Sequence[Record]) -> Outcome:
        places = [place for place, record in enumerate(records) if selected(record)]
        places.sort(key=lambda place: _milliseconds(records[place]))
        for pipe in query.pipes:
            kept = min(pipe.limit, len(places))
            places = places[:kept] if pipe.name == "head" else places[len(places) - kept :]
        return Outcome(frozenset(places))

    return plan


def _sequences(query: SequenceQuery, schema: Schema) -> _Plan:
    checked = machine(query, schema)

    def plan(records: Sequence[Record]) -> Outcome:
        order = sorted(range(len(records)), key=lambda place: _milliseconds(records[place]))
        ordered = [records[place] for place in order]
        completed = checked.run([_milliseconds(record) for record in ordered], ordered)
        rows = [
            {"events": [order[place] for place in each.places], "key": list(each.key)}
            for each in completed
        ]
        return Outcome(rows=tuple(rows))

    return plan


def _milliseconds(record: Record) -> int:
    return record.time // 1000
