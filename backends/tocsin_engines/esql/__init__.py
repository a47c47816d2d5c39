"""Runs Elastic ES|QL over records: the commands and functions that detections are made of."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from tocsin_engines.engine import Kind, Outcome, Record, Rejected, Schema
from tocsin_engines.eql.stored import Column, written_address
from tocsin_engines.esql.aggregates import stats
from tocsin_engines.esql.assumed import ASSUMED
from tocsin_engines.esql.evaluate import Scope
from tocsin_engines.esql.queries import read
from tocsin_engines.esql.tree import Command, Eval, Expand, Kept, Limit, Query, Stats, Where
from tocsin_engines.esql.values import Row, Type, Value

__all__ = ["ASSUMED", "ENGINE", "EsqlEngine"]

_TYPES = {
    Kind.TEXT: Type.KEYWORD,
    Kind.NUMBER: Type.LONG,
    Kind.BOOL: Type.BOOLEAN,
    Kind.IP: Type.IP,
    Kind.TIME: Type.DATE,
}
_TIME = "@timestamp"
_PLACE = "$place"  # no column of a query is called so
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class EsqlEngine:
    """Elasticsearch's ES|QL as far as detections take it: no `SORT`, `LOOKUP JOIN`, `ENRICH`."""

    semantics = (
        "an evaluator written here from Elasticsearch's documentation and source (9.5);"
        " not Elasticsearch itself"
    )
    assumed = ASSUMED

    def ready(self) -> None:
        """Nothing is needed."""

    def run(self, query: str, records: Sequence[Record], schema: Schema, /) -> Outcome:
        """Run QUERY over RECORDS."""
        try:
            parsed = _parsed(query)
            now = max((record.time for record in records), default=0) // 1000 + 1
            return _run(parsed, records, schema, now)
        except RecursionError:
            raise Rejected("nested too deep") from None


ENGINE = EsqlEngine()


@lru_cache(maxsize=4096)
def _parsed(query: str) -> Query:
    return read(query)


def _run(query: Query, records: Sequence[Record], schema: Schema, now: int) -> Outcome:
    types = {name: _TYPES[kind] for name, kind in schema.items()}
    types |= {"event.category": Type.KEYWORD, _TIME: Type.DATE, _PLACE: Type.LONG}
    types |= dict.fromkeys(query.source.metadata, Type.KEYWORD)
    scope = Scope(types, nullify=query.nullify, now=now)
    rows: Iterable[Row] = [_row(place, record, schema) for place, record in enumerate(records)]
    is_grouped = False
    for command in query.commands:
        run, scope = _compiled(command, scope)
        rows = run(rows)
        is_grouped = is_grouped or (isinstance(command, Stats) and not command.inline)
    if is_grouped:
        return Outcome(rows=tuple(_shown(row, scope.types) for row in rows))
    return Outcome(frozenset(int(row[_PLACE][0]) for row in rows))


def _row(place: int, record: Record, schema: Schema) -> Row:
    """Read what the index holds: of equal texts of a field one, in their order."""
    columns = {**schema, "event.category": Kind.TEXT}
    row: dict[str, Value] = {_PLACE: (place,), _TIME: (record.time // 1000,), "_id": (str(place),)}
    for name, kind in columns.items():
        if name == _TIME:
            continue
        values = Column(name, kind).values(record)
        if kind is Kind.TIME:
            values = tuple(each // 1000 for each in values if isinstance(each, int))
        row[name] = tuple(sorted(set(values))) if kind is Kind.TEXT else values
    return row


_Rows = Callable[[Iterable[Row]], Iterable[Row]]


def _compiled(command: Command, scope: Scope) -> tuple[_Rows, Scope]:
    match command:
        case Where(condition):
            kept = scope.condition(condition)
            return lambda rows: [row for row in rows if kept(row)], scope
        case Eval(fields):
            for field in fields:
                compiled = scope.compile(field.expr)
                scope = scope.seeing({**scope.types, field.name: compiled.type})
            return _evals(command, scope), scope
        case Stats():
            return stats(command, scope)
        case Expand(name):
            scope.column(name)
            return lambda rows: _expanded(rows, name), scope
        case Kept(names, dropped):
            return _kept(names, dropped, scope)
        case Limit(most):
            return lambda rows: list(rows)[:most], scope


def _evals(command: Eval, scope: Scope) -> _Rows:
    made = [(field.name, scope.compile(field.expr)) for field in command.fields]

    def run(rows: Iterable[Row]) -> list[Row]:
        found: list[Row] = []
        for row in rows:
            for name, compiled in made:
                row = {**row, name: compiled.run(row)}
            found.append(row)
        return found

    return run


def _expanded(rows: Iterable[Row], name: str) -> list[Row]:
    """Make a row of each value of a column; null is one too."""
    found: list[Row] = []
    for row in rows:
        values: list[Value] = [(each,) for each in row.get(name, ())]
        found += ({**row, name: value} for value in values or [()])
    return found


def _kept(names: Sequence[str], dropped: bool, scope: Scope) -> tuple[_Rows, Scope]:
    for name in names:
        scope.column(name)  # it must be there
    left = [each for each in scope.types if (each in names) is not dropped or each == _PLACE]
    types = {name: scope.types[name] for name in left}

    def run(rows: Iterable[Row]) -> list[Row]:
        return [{name: row.get(name, ()) for name in left} for row in rows]

    return run, scope.seeing(types)


def _shown(row: Row, types: Mapping[str, Type]) -> dict[str, object]:
    shown = {name: [_plain(each, types[name]) for each in values] for name, values in row.items()}
    return {name: v[0] if len(v) == 1 else v for name, v in shown.items() if v}


def _plain(value: object, kind: Type) -> object:
    if kind is Type.IP and isinstance(value, int):
        return written_address(value)
    if kind is Type.DATE and isinstance(value, int):
        return _EPOCH + timedelta(milliseconds=value)
    return value
