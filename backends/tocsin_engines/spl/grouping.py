"""`stats` and `eventstats`, and what all of their kind share (Search Reference)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from math import prod

from tocsin_engines.engine import Rejected
from tocsin_engines.spl.aggregate import Aggregate, aggregate
from tocsin_engines.spl.evaluate import Evaluator
from tocsin_engines.spl.rows import Command, Row, Rows, places
from tocsin_engines.spl.scan import COMMA, Scanner
from tocsin_engines.spl.values import LARGEST_COUNT, Cell, Single, each, rank, show
from tocsin_engines.spl.words import BY, field_name, options

Key = tuple[str, ...]


def _held(row: Row, field: str) -> Cell | None:
    return row.fields.get(field)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to compute, and the fields by whose values, as READ from a row, to group."""

    aggregates: tuple[Aggregate, ...]
    by: tuple[str, ...]
    read: Callable[[Row, str], Cell | None] = _held

    def over(self, rows: Rows, now: float) -> dict[str, Cell]:
        """Compute all of it over ROWS; what has no value is left out."""
        found = {one.name: one.over(rows, now) for one in self.aggregates}
        return {name: cell for name, cell in found.items() if cell is not None}

    def keys(self, row: Row) -> Iterator[tuple[Single, ...]]:
        """Return the groups that ROW is in: one for each of the values of a field."""
        values = [each(self.read(row, field)) for field in self.by]
        if prod(map(len, values)) > LARGEST_COUNT:
            raise Rejected("an event is in too many groups")
        return product(*values)


def stats(scanner: Scanner, evaluator: Evaluator) -> Command:
    """Read `stats`: a row for each group."""
    plan, _ = plan_of(scanner, evaluator)
    return Command(lambda rows, now: grouped(plan, rows, now), groups=True)


def eventstats(scanner: Scanner, evaluator: Evaluator) -> Command:
    """Read `eventstats`: every event gets what its group has."""
    plan, _ = plan_of(scanner, evaluator)

    def run(rows: Rows, now: float) -> Rows:
        members: dict[Key, list[Row]] = {}
        for row in rows:
            if (key := single_key(plan, row)) is not None:
                members.setdefault(key, []).append(row)
        found = {key: plan.over(group, now) for key, group in members.items()}
        return [extended(row, found.get(single_key(plan, row) or (), {})) for row in rows]

    return Command(run)


def plan_of(
    scanner: Scanner, evaluator: Evaluator, known: frozenset[str] = frozenset()
) -> tuple[Plan, dict[str, str]]:
    """Read functions and BY, and between them the options that are KNOWN."""
    given = options(scanner, known)
    found: list[Aggregate] = []
    by: tuple[str, ...] = ()
    while not found or not scanner.ends():
        if found and scanner.take(BY):
            by = _by(scanner, known, given)
            break
        found.append(aggregate(scanner, evaluator))
        scanner.take(COMMA)
        given |= options(scanner, known - given.keys())
    names = [one.name for one in found]
    if len(set(names)) < len(names) or len(set(by)) < len(by):
        raise scanner.refused("a name is given twice")
    return Plan(tuple(found), by), given


def _by(scanner: Scanner, known: frozenset[str], given: dict[str, str]) -> tuple[str, ...]:
    found: list[str] = []
    while not found or not scanner.ends():
        more = options(scanner, known - given.keys())
        given |= more
        if not more:
            found.append(field_name(scanner))
            scanner.take(COMMA)
    return tuple(found)


def grouped(plan: Plan, rows: Rows, now: float) -> Rows:
    """Return a row for each group, in the order of the keys."""
    if not plan.by:
        if not rows and not any(one.counts for one in plan.aggregates):
            return []
        return [Row(plan.over(rows, now), places(rows))]
    members: dict[Key, tuple[tuple[Single, ...], list[Row]]] = {}
    for row in rows:
        for key in plan.keys(row):
            members.setdefault(_shown(key), (key, []))[1].append(row)
    groups = sorted(members.values(), key=lambda group: [rank(value) for value in group[0]])
    return [
        Row({**dict(zip(plan.by, key, strict=True)), **plan.over(group, now)}, places(group))
        for key, group in groups
    ]


def _shown(key: tuple[Single, ...]) -> Key:
    return tuple(show(value) for value in key)


def single_key(plan: Plan, row: Row) -> Key | None:
    """Return the group of an event; None if it lacks a field of it."""
    keys = list(plan.keys(row))
    if len(keys) > 1:
        raise Rejected("an event in several groups is documented for `stats` only")
    return _shown(keys[0]) if keys else None


def extended(row: Row, found: dict[str, Cell]) -> Row:
    """Return ROW with the fields FOUND."""
    return Row({**row.fields, **found}, row.places)
