"""The commands that keep some events: `search`, `where`, `regex`, `dedup`, `head`, `tail`."""

import re
from collections.abc import Callable

from tocsin_engines.engine import Rejected
from tocsin_engines.spl.compiled import Scope
from tocsin_engines.spl.evaluate import Evaluator
from tocsin_engines.spl.expression import expression
from tocsin_engines.spl.matching import test
from tocsin_engines.spl.pcre import regex
from tocsin_engines.spl.rows import Command, Row, Rows, Run
from tocsin_engines.spl.scan import COMMA, STRING, Scanner, regex_text
from tocsin_engines.spl.search import Bound, Term, bounds, terms
from tocsin_engines.spl.times import moment
from tocsin_engines.spl.values import each, number, show
from tocsin_engines.spl.words import COUNT, count, field_name, option, options, truth

_SIGN = re.compile(r"!=|=")
_DEDUP = frozenset({"keepempty", "consecutive"})
_DEFAULT = 10  # Of `head` and `tail`.


def first_search(scanner: Scanner, evaluator: Evaluator) -> Command:
    """Read the search before the first pipe, with its bounds of time."""
    return Command(searching(terms(scanner), evaluator))


def searching(term: Term, evaluator: Evaluator) -> Run:
    """Return what keeps the events that TERM finds, within its bounds of time."""
    limits = list(bounds(term))
    for limit in limits:
        if moment(limit.modifier, 0.0) is None:
            raise Rejected(f"`{limit.modifier}` is no time known here")
    found = test(term, evaluator.readings)
    return lambda rows, now: [
        row for row in rows if found(row.fields) and _within(row, limits, now)
    ]


def _within(row: Row, limits: list[Bound], now: float) -> bool:
    """Whether it is not before the earliest time, and before the latest."""
    time = row.fields.get("_time")
    read = None if isinstance(time, tuple) else number(time)
    for limit in limits:
        edge = moment(limit.modifier, now)
        if read is None or edge is None or (read >= edge) is limit.latest:
            return False
    return True


def later_search(scanner: Scanner, evaluator: Evaluator) -> Command:
    """Read `search` after a pipe."""
    term: Term = terms(scanner)
    if any(True for _ in bounds(term)):
        raise Rejected("`earliest` and `latest` after the first pipe are not known here")
    found = test(term, evaluator.readings)
    return Command(lambda rows, now: [row for row in rows if found(row.fields)])


def where(scanner: Scanner, evaluator: Evaluator) -> Command:
    """Read `where`: it keeps "only the results for which the expression returns true"."""
    condition: Callable[[Scope], bool | None] = evaluator.condition(expression(scanner))
    return Command(
        lambda rows, now: [row for row in rows if condition(Scope(row.fields, now)) is True]
    )


def regex_command(scanner: Scanner, evaluator: Evaluator) -> Command:
    """Read `regex field="..."`, or with `!=`."""
    field, kept = "_raw", True
    if not scanner.peek(STRING):
        field = field_name(scanner)
        kept = scanner.need(_SIGN, "`=` or `!=`")[0] == "="
    written = scanner.need(STRING, "a regular expression in quotation marks")[1]
    pattern = regex(regex_text(written, evaluator.readings.regex_is_unescaped))

    def run(rows: Rows, now: float) -> Rows:
        return [row for row in rows if found(row) is kept]

    def found(row: Row) -> bool:
        return any(pattern.search(show(one)) for one in each(row.fields.get(field)))

    return Command(run)


def dedup(scanner: Scanner, evaluator: Evaluator) -> Command:
    """Read `dedup`: it keeps the first events with the same values."""
    most = count(found[0]) if (found := scanner.take(COUNT)) else 1
    given = options(scanner, _DEDUP)
    names: list[str] = []
    while not names or not scanner.ends():
        more = options(scanner, _DEDUP - given.keys())
        given |= more
        if not more:
            names.append(field_name(scanner))
            scanner.take(COMMA)
    if "sortby" in names or most < 1:
        raise scanner.refused("`sortby`, or a count of 0")
    keep_empty = truth(given.get("keepempty", "f"))
    consecutive = truth(given.get("consecutive", "f"))

    def run(rows: Rows, now: float) -> Rows:
        seen: dict[tuple[tuple[str, ...], ...], int] = {}
        result: list[Row] = []
        for row in rows:
            key = tuple(tuple(show(v) for v in each(row.fields.get(name))) for name in names)
            if () in key:
                result += [row] if keep_empty else []
                continue
            if consecutive and key not in seen:
                seen.clear()
            seen[key] = seen.get(key, 0) + 1
            result += [row] if seen[key] <= most else []
        return result

    return Command(run)


def head(scanner: Scanner, evaluator: Evaluator) -> Command:
    """Read `head`: the first events."""
    most = _how_many(scanner)
    return Command(lambda rows, now: rows[:most])


def tail(scanner: Scanner, evaluator: Evaluator) -> Command:
    """Read `tail`: the last events, in reverse order."""
    most = _how_many(scanner)
    return Command(lambda rows, now: rows[::-1][:most])


def _how_many(scanner: Scanner) -> int:
    if found := scanner.take(COUNT):
        return count(found[0])
    if given := option(scanner):
        if given[0] != "limit":
            raise scanner.refused(f"option `{given[0]}` is not known here")
        return count(given[1])
    return _DEFAULT
