"""`detect sequence`: a table for each step, joined by the keys in the order of time.

Of several starts that lead to an event only the latest is kept, behind every join: if that one is
too early, or an event of `until` has come since, so it is with every other.
"""

from collections.abc import Sequence
from itertools import pairwise

from tocsin import model
from tocsin.backend import Lowered
from tocsin.frozen import replace
from tocsin.header import span_of_time
from tocsin.schema import FieldType
from tocsin.text import WIDTH, bracketed, free_name
from tocsin_backends.kql.condition import Lists
from tocsin_backends.kql.names import (
    by_time,
    clause,
    item,
    let,
    nothing,
    united,
    value,
    value_or_none,
    where_all,
)
from tocsin_backends.kql.query import stages
from tocsin_backends.kql.steps import Names, Step, steps_of
from tocsin_backends.kql.summary import rows


def sequence(body: model.Sequence, rule: Lowered, lists: Lists) -> list[str]:
    """Write the tables of the steps, what joins them, and what is left of that after `until`."""
    names = Names(body, rule)
    parts = list(zip(model.parts(body), rule.parts, strict=True))
    steps = list(steps_of(body, rule.rule, parts, names))
    within, count = span_of_time(body.within), len(body.steps)
    tables = _Tables(names, within, lists)
    lets, called = tables.lets(steps)
    shown = [column for step in steps for column in step.shown]
    return [
        *lets,
        *_joined(steps[:count], called, names, within),
        *(line for until in steps[count:] for line in _unbroken(until, called[-1], names, shown)),
        *clause("| project", [*names.shown, names.start, names.end, *shown]),
    ]


# --- the tables


class _Tables:
    """Writes the table of a step: its keys, its time, and what is shown of it."""

    def __init__(self, names: Names, within: str, lists: Lists) -> None:
        self._names = names
        self._within = within
        self._lists = lists

    def lets(self, steps: Sequence[Step]) -> tuple[list[str], list[str]]:
        """Write a table for each of STEPS, and tell its name; equal ones are made only once."""
        casts = _casts(steps)
        tables = [self._table(step, casts) for step in steps]
        alike = [self._table(_anonymous(step), casts) for step in steps]
        called: list[str] = []
        for step in steps:
            taken = {*self._lists.names, *called}
            called.append(free_name(f"{step.name}_events", taken))
        lines: list[str] = []
        for place, step in enumerate(steps):
            first = alike.index(alike[place])
            table = tables[place] if first == place else _renamed(called[first], steps[first], step)
            again = first == place and alike.count(alike[place]) > 1
            lines += let(called[place], table, again=again)
        return lines, called

    def _table(self, step: Step, casts: frozenset[int]) -> list[str]:
        own = [column for column in step.columns if column not in step.shown]
        times = [step.last] if step.repeats > 1 else own
        tables = [
            [
                *stages(lowered, self._lists),
                *clause(
                    "| project",
                    [
                        *self._keys(part, lowered, casts),
                        *(item(time, lowered.places[0].time) for time in times),
                        *_shown(step, lowered),
                    ],
                ),
            ]
            for part, lowered in step.parts
        ]
        return [*united(tables), *(self._in_a_row(step) if step.repeats > 1 else [])]

    def _keys(self, part: model.Part, lowered: Lowered, casts: frozenset[int]) -> list[str]:
        if not part.keys:
            return [f"{key} = 1" for key in self._names.by]
        values = [value(lowered.columns[key.name]) for key in part.keys]
        return [
            item(name, f"tolong({shown})" if place in casts else shown)
            for place, (name, shown) in enumerate(zip(self._names.by, values, strict=True))
        ]

    def _in_a_row(self, step: Step) -> list[str]:
        """Look back over as many moments as there are events: no two are of one time."""
        before, at = step.repeats - 1, [*self._names.by, step.last]
        one = f"| summarize take_any({', '.join(step.shown)}) by {', '.join(at)}"
        same = [f"{key} == prev({key}, {before})" for key in self._names.keys]
        return [
            one if step.shown else f"| distinct {', '.join(at)}",
            *by_time(self._names.by, step.last),
            f"| extend {step.first} = prev({step.last}, {before})",
            *where_all([*same, f"{step.last} - {step.first} <= {self._within}"]),
        ]


def _casts(steps: Sequence[Step]) -> frozenset[int]:
    """Find the keys that are whole numbers of several columns, maybe of several sizes."""
    ways: dict[int, set[tuple[str, str]]] = {}
    for part, lowered in (each for step in steps for each in step.parts):
        for place, key in enumerate(part.keys):
            if key.type is FieldType.NUMBER:
                way = (lowered.places[0].table, value(lowered.columns[key.name]))
                ways.setdefault(place, set()).add(way)
    return frozenset(place for place, found in ways.items() if len(found) > 1)


def _shown(step: Step, lowered: Lowered) -> list[str]:
    """Show what there is of the fields; what no part has is there, and empty."""
    found: list[str] = []
    for column, field in step.shown.items():
        ways = {
            (other.places[0].table, value(other.columns[field.name]))
            for _, other in step.parts
            if field.name in other.columns
        }
        if field.name in lowered.columns:
            shown = value_or_none(field, lowered)
            cast = field.type is FieldType.NUMBER and len(ways) > 1
            found.append(item(column, f"tolong({shown})" if cast else shown))
        elif not ways:
            found.append(item(column, nothing(field.type)))
    return found


def _anonymous(step: Step) -> Step:
    """Take the names away that are the step's own."""
    last = "last"
    first = last if step.first == step.last else "first"
    shown = {f"shown_{place}": field for place, field in enumerate(step.shown.values())}
    return replace(step, first=first, last=last, shown=shown)


def _renamed(table: str, step: Step, other: Step) -> list[str]:
    """Read the table of STEP under the names of the OTHER."""
    pairs = zip(other.columns, step.columns, strict=True)
    return [table, *clause("| project-rename", [f"{new} = {old}" for new, old in pairs])]


# --- what joins them


def _joined(steps: Sequence[Step], called: Sequence[str], names: Names, within: str) -> list[str]:
    """Join a step after the other; keep the latest of the starts that lead to an event."""
    lines, shown = [called[0]], [*steps[0].shown]
    for table, (before, step) in zip(called[1:], pairwise(steps), strict=False):
        shown += step.shown
        latest = [f"{names.start} = max({names.start})"]
        if shown:
            latest = bracketed("arg_max(", [names.start, *shown])
        lines += [
            f"| join kind=inner {table} on {', '.join(names.by)}",
            f"| where {step.first} > {before.last} and {step.last} - {names.start} <= {within}",
            *_of_each([latest], [*names.by, step.last]),
        ]
    return lines


def _unbroken(until: Step, table: str, names: Names, shown: Sequence[str]) -> list[str]:
    """Leave out what an event of UNTIL, after the first event and not after the last, breaks."""
    count = names.free("Stops")
    between = f"{until.last} > {names.start} and {until.last} <= {names.end}"
    others = [bracketed("take_any(", shown)] if shown else []
    counted = [[f"{count} = countif({between})"], *others]
    return [
        f"| join kind=leftouter {table} on {', '.join(names.by)}",
        *_of_each(counted, [*names.by, names.start, names.end]),
        f"| where {count} == 0",
    ]


def _of_each(outputs: Sequence[Sequence[str]], keys: Sequence[str]) -> list[str]:
    """Make OUTPUTS of the rows with equal KEYS, on one line if it is long enough."""
    one = [each[0] for each in outputs if len(each) == 1]
    line = f"| summarize {', '.join(one)} by {', '.join(keys)}"
    return [line] if len(one) == len(outputs) and len(line) <= WIDTH else rows(outputs, keys)
