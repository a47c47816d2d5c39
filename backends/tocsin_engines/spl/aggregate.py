"""Statistical functions (Search Reference, Statistical and charting functions)."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from tocsin_engines.engine import Rejected
from tocsin_engines.spl.compiled import Compiled, Scope
from tocsin_engines.spl.evaluate import Evaluator
from tocsin_engines.spl.expression import expression
from tocsin_engines.spl.functions import Kind
from tocsin_engines.spl.rows import Row
from tocsin_engines.spl.scan import CLOSE, OPEN, Scanner
from tocsin_engines.spl.values import Cell, Number, Single, Value, each, number, rank, show
from tocsin_engines.spl.words import AS, field_name, name

# "list: up to a maximum of 100 values" (Multivalue stats and chart functions).
_LISTED = 100
_FUNCTION = re.compile(r"[a-z][a-z0-9_]*", re.IGNORECASE)
_EVAL = re.compile(r"eval\s*\(")

# A value of an event, and the event's time.
Seen = tuple[Cell, Number | None]
_Reduce = Callable[[Sequence[Seen]], Cell | None]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A statistical function of a FIELD or an expression, and the NAME of the result."""

    function: str
    of: Callable[[Scope], Value] | None  # None counts events.
    name: str
    field: str | None = None

    def over(self, rows: Iterable[Row], now: float) -> Cell | None:
        """Compute it over ROWS, in their order."""
        if self.of is None:
            return len(list(rows))
        seen: list[Seen] = []
        for row in rows:
            value = self.of(Scope(row.fields, now))
            if value is True:
                seen.append(("true", None))
            elif value is not None and not isinstance(value, bool):
                seen.append((value, _time(row)))
        return _FUNCTIONS[self.function](seen)

    @property
    def counts(self) -> bool:
        """Whether it is 0 over no events."""
        return _FUNCTIONS[self.function] in {_count, _distinct}


def aggregate(scanner: Scanner, evaluator: Evaluator) -> Aggregate:
    """Read one function, what it is of, and its name."""
    scanner.peek(_FUNCTION)
    start = scanner.at
    function = scanner.need(_FUNCTION, "a statistical function")[0]
    if function not in _FUNCTIONS:
        raise scanner.refused(f"`{function}` is no statistical function known here")
    of: Callable[[Scope], Value] | None = None
    field: str | None = None
    if scanner.take(OPEN):
        if scanner.take(_EVAL):
            of = _computed(scanner, evaluator, function)
        elif not scanner.peek(CLOSE):
            field = field_name(scanner)
            of = _reading(field)
        scanner.need(CLOSE, "`)`")
    if of is None and function not in {"count", "c"}:
        raise scanner.refused(f"`{function}` of what")
    shown = re.sub(r"\s", "", scanner.text[start : scanner.at])
    if scanner.take(AS):
        return Aggregate(function, of, name(scanner), field)
    if of is not None and field is None:
        raise scanner.refused("the result of an eval expression needs a name")
    return Aggregate(function, of, shown.removesuffix("()"), field)


def _reading(field: str) -> Callable[[Scope], Value]:
    return lambda scope: scope.fields.get(field)


def _computed(scanner: Scanner, evaluator: Evaluator, function: str) -> Callable[[Scope], Value]:
    part: Compiled = evaluator.compile(expression(scanner))
    scanner.need(CLOSE, "`)`")
    if part.kind is Kind.BOOL and function not in {"count", "c"}:
        raise Rejected(f"`{function}` of a Boolean")
    return part.run


def _time(row: Row) -> Number | None:
    time = row.fields.get("_time")
    return None if isinstance(time, tuple) else number(time)


def _all(seen: Sequence[Seen]) -> list[Single]:
    return [value for cell, _ in seen for value in each(cell)]


def _numbers(seen: Sequence[Seen]) -> list[Number]:
    return [read for value in _all(seen) if (read := number(value)) is not None]


def _count(seen: Sequence[Seen]) -> Cell:
    return len(_all(seen))


def _distinct(seen: Sequence[Seen]) -> Cell:
    """Count the values that differ as texts: 1, 1.0 and 01 do."""
    return len({show(value) for value in _all(seen)})


def _values(seen: Sequence[Seen]) -> Cell | None:
    """Return the distinct values in lexicographical order."""
    return tuple(sorted({show(value) for value in _all(seen)})) or None


def _list(seen: Sequence[Seen]) -> Cell | None:
    return tuple(show(value) for value in _all(seen)[:_LISTED]) or None


def _least(seen: Sequence[Seen]) -> Cell | None:
    """Return the least: numbers as numbers, texts after them."""
    return _read(min(_all(seen), key=rank, default=None))


def _greatest(seen: Sequence[Seen]) -> Cell | None:
    return _read(max(_all(seen), key=rank, default=None))


def _read(value: Single | None) -> Single | None:
    read = number(value)
    return value if read is None else read


def _sum(seen: Sequence[Seen]) -> Cell | None:
    found = _numbers(seen)
    return sum(found) if found else None


def _mean(seen: Sequence[Seen]) -> Cell | None:
    found = _numbers(seen)
    return sum(found) / len(found) if found else None


def _range(seen: Sequence[Seen]) -> Cell | None:
    found = _numbers(seen)
    return max(found) - min(found) if found else None


def _first(seen: Sequence[Seen]) -> Cell | None:
    return _one(seen[0][0]) if seen else None


def _last(seen: Sequence[Seen]) -> Cell | None:
    return _one(seen[-1][0]) if seen else None


def _timed(seen: Sequence[Seen]) -> list[tuple[Number, Cell]]:
    return [(time, cell) for cell, time in seen if time is not None]


def _earliest(seen: Sequence[Seen]) -> Cell | None:
    found = _timed(seen)
    return _one(min(reversed(found), key=lambda one: one[0])[1]) if found else None


def _latest(seen: Sequence[Seen]) -> Cell | None:
    found = _timed(seen)
    return _one(max(found, key=lambda one: one[0])[1]) if found else None


def _one(cell: Cell) -> Cell:
    if isinstance(cell, tuple) and len(cell) != 1:
        raise Rejected("the first or last value of a multivalue field is not documented")
    return cell


_FUNCTIONS: Mapping[str, _Reduce] = MappingProxyType(
    {
        "count": _count,
        "c": _count,
        "dc": _distinct,
        "distinct_count": _distinct,
        "values": _values,
        "list": _list,
        "min": _least,
        "max": _greatest,
        "sum": _sum,
        "avg": _mean,
        "mean": _mean,
        "range": _range,
        "first": _first,
        "last": _last,
        "earliest": _earliest,
        "latest": _latest,
    }
)
