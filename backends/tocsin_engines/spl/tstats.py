"""`tstats`: statistics of the fields of an accelerated data model (Search Reference, tstats)."""

import re
from collections.abc import Callable

from tocsin_engines.engine import Rejected
from tocsin_engines.spl.aggregate import Aggregate, aggregate
from tocsin_engines.spl.datamodel import Dataset, dataset
from tocsin_engines.spl.evaluate import Evaluator
from tocsin_engines.spl.filters import searching
from tocsin_engines.spl.grouping import Plan, grouped
from tocsin_engines.spl.rows import Command, Row, Run
from tocsin_engines.spl.scan import COMMA, Scanner
from tocsin_engines.spl.search import Compare, Every, leaves, terms
from tocsin_engines.spl.times import DAY, floored, span
from tocsin_engines.spl.values import Cell, number
from tocsin_engines.spl.words import BY, field_name, option, options, truth

_FROM = re.compile(r"from(?=\s)", re.IGNORECASE)
_WHERE = re.compile(r"where(?=[\s(\"])", re.IGNORECASE)
_FALSE_ONLY = ("prestats", "append")
_OPTIONS = frozenset({"summariesonly", "allow_old_summaries", "fillnull_value", *_FALSE_ONLY})
# Of what `stats` has, this much is listed for `tstats` (tstats, stats-func). `first` and `last`
# are listed too, but not in which order a summary holds its events.
_FUNCTIONS = frozenset(
    {
        *("count", "dc", "distinct_count", "values", "min", "max", "sum", "avg", "range"),
        *("earliest", "latest"),
    }
)


def tstats(scanner: Scanner, evaluator: Evaluator) -> tuple[Dataset, Command]:
    """Read `tstats`: what it reads, and what it makes of that."""
    fill = _fill(scanner)
    aggregates = _aggregates(scanner, evaluator)
    source = _source(scanner)
    keep = _kept(scanner, evaluator, source)
    by, seconds = _by(scanner, source)
    for one in aggregates:
        _check(one, source)
    plan = Plan(aggregates, by, _reader(fill, seconds))
    names = [*by, *(one.name for one in aggregates)]
    if len(set(names)) < len(names):
        raise scanner.refused("a name is given twice")
    # Each result stands for the events it was made of, as long as no `stats` follows.
    return source, Command(lambda rows, now: grouped(plan, keep(rows, now), now), not plan.by)


def _fill(scanner: Scanner) -> str | None:
    """Read the options; return what stands for a BY field that an event lacks."""
    given = options(scanner, _OPTIONS)
    fill = given.pop("fillnull_value", None)
    for name, value in given.items():
        if truth(value) and name in _FALSE_ONLY:
            raise scanner.refused(f"`{name}={value}` is not known here")
    return fill


def _aggregates(scanner: Scanner, evaluator: Evaluator) -> tuple[Aggregate, ...]:
    found: list[Aggregate] = []
    while not found or not (scanner.ends() or any(map(scanner.peek, (_FROM, _WHERE, BY)))):
        found.append(aggregate(scanner, evaluator))
        scanner.take(COMMA)
    return tuple(found)


def _check(one: Aggregate, source: Dataset) -> None:
    if one.function not in _FUNCTIONS:
        raise Rejected(f"`{one.function}` is no function of `tstats` known here")
    if one.field is not None:
        source.check(one.field)
    elif one.of is not None:
        raise Rejected("an eval expression in `tstats` is not known here")


def _source(scanner: Scanner) -> Dataset:
    scanner.need(_FROM, "FROM datamodel=")
    name, value = option(scanner) or ("", "")
    if name != "datamodel":
        raise scanner.refused("expected `datamodel=`")
    return dataset(value)


def _kept(scanner: Scanner, evaluator: Evaluator, source: Dataset) -> Run:
    """Read WHERE: terms of `search` on the fields of the data model, and no others."""
    if not scanner.take(_WHERE):
        return lambda rows, now: rows
    if scanner.ends() or scanner.peek(BY):
        raise scanner.refused("expected a term")
    term = terms(scanner, BY)
    for leaf in leaves(term):
        match leaf:
            case Compare():
                source.check(leaf.field)
                if any(value.directive for value in leaf.values):
                    raise Rejected("`CASE()` and `TERM()` of a data model are not documented")
            case Every():
                raise Rejected("`*` without a field in `tstats`")
            case _:
                pass
    return searching(term, evaluator)


def _by(scanner: Scanner, source: Dataset) -> tuple[tuple[str, ...], int | None]:
    """Read BY: the fields, and how many seconds the span of `_time` is."""
    if not scanner.take(BY):
        if not scanner.ends():
            raise scanner.refused("expected BY")
        return (), None
    found: list[str] = []
    given: dict[str, str] = {}
    while not found or not scanner.ends():
        more = options(scanner, frozenset({"span"}) - given.keys())
        given |= more
        if not more:
            found.append(field_name(scanner))
            source.check(found[-1])
            scanner.take(COMMA)
    if ("_time" in found) is not ("span" in given):
        raise scanner.refused("`_time` and `span` stand together in BY")
    return tuple(found), _seconds(given["span"]) if given else None


def _seconds(text: str) -> int:
    found = span(text)
    if found is None or found > DAY:
        raise Rejected(f"`span={text}`: only a fixed span up to a day is known here")
    return found


def _reader(fill: str | None, seconds: int | None) -> Callable[[Row, str], Cell | None]:
    """Return what reads a BY field: the time in bins, FILL where an event lacks one."""

    def read(row: Row, field: str) -> Cell | None:
        value = row.fields.get(field)
        if field != "_time" or seconds is None:
            return fill if value is None else value
        time = None if isinstance(value, tuple) else number(value)
        return None if time is None else floored(time, seconds)

    return read
