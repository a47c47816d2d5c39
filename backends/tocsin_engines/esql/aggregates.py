"""`STATS`: rows in groups, and what aggregates make of each."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

from tocsin_engines.engine import Rejected, Scalar
from tocsin_engines.esql.evaluate import Scope
from tocsin_engines.esql.tree import Call, Expr, Field, Name, Stats
from tocsin_engines.esql.values import (
    ANY,
    NUMERIC,
    Compiled,
    Row,
    Type,
    Value,
    order,
    single,
    wanted,
)

_Run = Callable[[Sequence[Row]], Value]


def stats(command: Stats, scope: Scope) -> tuple[Callable[[Iterable[Row]], list[Row]], Scope]:
    """Compile a command: what it makes of rows, and the columns that these have then."""
    keys = [(field.name, scope.compile(field.expr)) for field in command.by]
    made = [_output(field, scope) for field in command.fields]
    types = {name: found.type for name, found in (*((n, t) for n, t, _ in made), *keys)}

    def run(rows: Iterable[Row]) -> list[Row]:
        groups: dict[tuple[Value, ...], list[Row]] = {}
        for row in rows:
            for key in _keys(row, keys):
                groups.setdefault(key, []).append(row)
        if not keys:
            groups.setdefault((), [])
        return [
            {name: output(inside) for name, _, output in made}
            | {name: value for (name, _), value in zip(keys, key, strict=True)}
            for key, inside in groups.items()
        ]

    if command.inline:
        return _beside(run, keys), scope.seeing({**scope.types, **types})
    return run, scope.seeing(types)


def _beside(
    grouped: Callable[[Iterable[Row]], list[Row]], keys: Sequence[tuple[str, Compiled]]
) -> Callable[[Iterable[Row]], list[Row]]:
    """Put what comes of a group beside each of its rows; a key of several values is no key."""

    def run(rows: Iterable[Row]) -> list[Row]:
        every = list(rows)
        made = {tuple(each[name] for name, _ in keys): each for each in grouped(every)}
        return [
            {**row, **made.get(tuple(found.run(row) for _, found in keys), {})} for row in every
        ]

    return run


def _keys(row: Row, keys: Sequence[tuple[str, Compiled]]) -> Iterator[tuple[Value, ...]]:
    """Yield the groups of a row: one for each of several values; null is a group too."""
    several: list[list[Value]] = []
    for _, found in keys:
        values: list[Value] = [(each,) for each in found.run(row)]
        several.append(values or [()])
    yield from product(*several)


def _output(field: Field, scope: Scope) -> tuple[str, Compiled, _Run]:
    """Compile an expression over aggregates: each of them becomes a column of its own."""
    found: dict[str, tuple[Type, _Run]] = {}
    outer = _lifted(field.expr, scope, found)
    inside = scope.seeing({name: kind for name, (kind, _) in found.items()})
    compiled = inside.compile(outer)
    kept = scope.condition(field.where) if field.where else None

    def run(rows: Sequence[Row]) -> Value:
        chosen = [row for row in rows if kept is None or kept(row)]
        return compiled.run({name: each(chosen) for name, (_, each) in found.items()})

    return field.name, compiled, run


def _lifted(expr: Expr, scope: Scope, found: dict[str, tuple[Type, _Run]]) -> Expr:
    if not isinstance(expr, Call):
        if isinstance(expr, Name):
            raise Rejected(f"verification_exception: column [{expr.path}] must appear in BY")
        return expr
    if expr.name not in _AGGREGATES:
        return replace(expr, arguments=tuple(_lifted(e, scope, found) for e in expr.arguments))
    name = f"${len(found)}"
    if expr.star:
        if expr.name != "count":
            raise Rejected(f"verification_exception: [{expr.name}(*)]")
        found[name] = (Type.LONG, lambda rows: (len(rows),))
    else:
        found[name] = _AGGREGATES[expr.name]([scope.compile(each) for each in expr.arguments])
    return Name(name)


# --- the aggregates


def _all(given: Compiled, rows: Iterable[Row]) -> list[Scalar]:
    return [each for row in rows for each in given.run(row)]


def _of_values(
    name: str,
    of: Callable[[list[Scalar]], Value],
    numeric: bool = False,
    result: Type | None = None,
) -> Callable[[Sequence[Compiled]], tuple[Type, _Run]]:
    def aggregate(given: Sequence[Compiled]) -> tuple[Type, _Run]:
        (value,) = _arguments(name, given, 1)
        wanted(name, value, *(NUMERIC if numeric else ANY))
        return result or value.type, lambda rows: of(_all(value, rows))

    return aggregate


def _edge(name: str, last: bool) -> Callable[[Sequence[Compiled]], tuple[Type, _Run]]:
    """Take the value of the row that comes first or last, be it null."""

    def aggregate(given: Sequence[Compiled]) -> tuple[Type, _Run]:
        value, time = _arguments(name, given, 2)
        wanted(name, time, Type.DATE, Type.LONG)

        def run(rows: Sequence[Row]) -> Value:
            timed = [(when, row) for row in rows if (when := single(time.run(row))) is not None]
            ordered = sorted(timed, key=lambda each: str(each[0]).zfill(20))
            return value.run(ordered[-1 if last else 0][1]) if ordered else ()

        return value.type, run

    return aggregate


def _arguments(name: str, given: Sequence[Compiled], count: int) -> Sequence[Compiled]:
    if len(given) != count:
        raise Rejected(f"verification_exception: error building [{name}]: {len(given)} arguments")
    return given


def _numbers(found: Iterable[Scalar]) -> list[float]:
    return [each for each in found if not isinstance(each, str)]


_AGGREGATES: Mapping[str, Callable[[Sequence[Compiled]], tuple[Type, _Run]]] = {
    "count": _of_values("count", lambda found: (len(found),), result=Type.LONG),
    "min": _of_values("min", lambda found: (min(found, key=order),) if found else ()),
    "max": _of_values("max", lambda found: (max(found, key=order),) if found else ()),
    "sum": _of_values("sum", lambda found: (sum(_numbers(found)),) if found else (), True),
    "avg": _of_values(
        "avg",
        lambda found: (sum(_numbers(found)) / len(found),) if found else (),
        True,
        Type.DOUBLE,
    ),
    "values": _of_values("values", lambda found: tuple(dict.fromkeys(found))),
    "first": _edge("first", last=False),
    "last": _edge("last", last=True),
}
