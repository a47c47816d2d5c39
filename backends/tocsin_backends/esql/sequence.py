"""Events in order: for each event of a step, the latest start of what leads up to it.

A row stands for an event as one of the parts, with the keys of that part. The moments of a key are
one text beside each of its rows (`moments.py`): behind a moment of the step before stands the start
that it goes back to. These never fall with time, so that the last of them is the latest.
"""

from collections.abc import Sequence as Several

from tocsin import model
from tocsin.backend import Lowered
from tocsin.text import bracketed, indent
from tocsin_backends.esql.events import of_one, ways_of
from tocsin_backends.esql.moments import DIGITS, Names, digits, inline_stats, milliseconds
from tocsin_backends.esql.summary import Writer
from tocsin_backends.esql.words import quoted

# Of one moment the mark of a row comes before those of the step before, and behind `until`.
_OWN, _STEP, _UNTIL, _LATE = "a", "b", "c", "d"


def sequence(body: model.Sequence, rule: Lowered) -> list[str]:
    """Write a row for each keys and window in which the steps stand in order."""
    ways = ways_of(rule)
    chain = _Chain(body, rule)
    lines = [*of_one(rule, ways), *chain.roles(ways), *chain.keyed()]
    for place in range(1, len(chain.steps)):
        lines += chain.follows(place)
    return [*lines, *chain.closed()]


class _Chain:
    def __init__(self, body: model.Sequence, rule: Lowered) -> None:
        self.body = body
        self.rule = rule
        self.names = Names(rule)
        roles = {id(part): str(place) for place, part in enumerate(model.parts(body))}
        self.steps = [[roles[id(part)] for part in step.parts] for step in body.chain]
        self.until = roles[id(body.until)] if body.until else None
        self.role, self.at, self.marks = (self.names.free(n) for n in ("role", "at", "marks"))
        self.before, self.back = self.names.free("before"), self.names.free("back")
        self.starts = [self.names.free(f"start_{n}") for n in range(1, len(self.steps) + 1)]
        self.keys: list[str] = []

    def roles(self, ways: Several[Several[str]]) -> list[str]:
        """Make a row of each part that an event is of."""
        told = [
            ["CASE(", *indent([*way[:-1], f'{way[-1]}, "{place} ", ""']), ")"]
            for place, way in enumerate(ways)
        ]
        ended = [[*each[:-1], f"{each[-1]},"] for each in told[:-1]]
        return [
            f"| EVAL {self.role} = SPLIT(CONCAT(",
            *indent([line for each in (*ended, told[-1]) for line in each], "    "),
            '  ), " ")',
            f"| MV_EXPAND {self.role}",
            f'| WHERE {self.role} != ""',
        ]

    def keyed(self) -> list[str]:
        """Name the keys of a row, which each part has in columns of its own, and its moment."""
        lines: list[str] = []
        parts = model.parts(self.body)
        writers = [Writer(part) for part in self.rule.parts]
        for place, key in enumerate(self.body.keys):
            pairs = zip(writers, parts, strict=True)
            values = [writer.value(part.keys[place]) for writer, part in pairs]
            plain = len(set(values)) == 1 and values[0] == writers[0].column(parts[0].keys[place])
            name = values[0] if plain else self.names.free(key.name.replace(".", "_"))
            if not plain:
                lines += self._chosen(name, values)
            if name not in self.keys:
                self.keys.append(name)
        first = f"CASE({self._is(self.steps[0])}, {self.at})"
        return [
            *lines,
            f"| EVAL {self.at} = {digits('@timestamp')}",
            f"| EVAL {self.starts[0]} = {first}",
        ]

    def _chosen(self, name: str, values: Several[str]) -> list[str]:
        if len(set(values)) == 1:
            return [f"| EVAL {name} = {values[0]}"]
        cases = [f"{self.role} == {quoted(str(n))}, {value}" for n, value in enumerate(values)]
        first, *others = bracketed(f"| EVAL {name} = CASE(", cases)
        return [first, *indent(others)]

    def _is(self, roles: Several[str]) -> str:
        if len(roles) == 1:
            return f"{self.role} == {quoted(roles[0])}"
        return f"{self.role} IN ({', '.join(map(quoted, roles))})"

    def follows(self, place: int) -> list[str]:
        """Find for each event of the step at PLACE the latest start that comes before it."""
        earlier = self.starts[place - 1]
        own = f'CONCAT({self.at}, "{_OWN}")'
        both = f'MV_APPEND({own}, CONCAT({self.at}, "{_STEP}", {earlier}))'
        start = f"SUBSTRING({self.before}, LENGTH({self.before}) - {self.back} + 2, {DIGITS})"
        return [
            *self._marked(f"CASE({earlier} IS NOT NULL, {both}, {own})", _OWN),
            f'| EVAL {self.back} = LOCATE(REVERSE({self.before}), "{_STEP}")',
            f"| EVAL {self.starts[place]} = "
            f"CASE({self._is(self.steps[place])} AND {self.back} > 0, {start})",
        ]

    def _marked(self, mark: str, own: str) -> list[str]:
        """Write the marks of a key into one text, and take of it what stands before one's OWN."""
        joined = f'{self.marks} = MV_CONCAT(MV_SORT(VALUES({mark})), "|")'
        mine = f'LOCATE({self.marks}, CONCAT({self.at}, "{own}"))'
        return [
            *inline_stats([joined], self.keys),
            f"| EVAL {self.before} = LEFT({self.marks}, {mine} - 1)",
        ]

    def closed(self) -> list[str]:
        """Keep what ends in time, and has no `until` behind its start."""
        start, end = self.names.free("StartTime"), self.names.free("EndTime")
        latest = self.starts[-1]
        lines: list[str] = []
        tests = [
            f"{latest} IS NOT NULL",
            f"TO_LONG(@timestamp) - ({milliseconds(latest)}) <= {self.body.within}",
        ]
        if self.until is not None:
            own = f'CONCAT({self.at}, "{_LATE}")'
            both = f'MV_APPEND({own}, CONCAT({self.at}, "{_UNTIL}"))'
            mark = f"CASE({self._is([self.until])}, {both}, {own})"
            over = f"SUBSTRING({self.before}, LENGTH({self.before}) - {self.back} - 12, {DIGITS})"
            lines = [
                *self._marked(mark, _LATE),
                f'| EVAL {self.back} = LOCATE(REVERSE({self.before}), "{_UNTIL}")',
            ]
            tests.append(f"({self.back} == 0 OR {over} <= {latest})")
        by = [*self.keys, f"{start} = TO_DATETIME({milliseconds(latest)})", f"{end} = @timestamp"]
        return [
            *lines,
            f"| WHERE {tests[0]} AND",
            *indent([*(f"{test} AND" for test in tests[1:-1]), tests[-1]], "    "),
            f"| STATS BY {', '.join(by)}",
        ]
