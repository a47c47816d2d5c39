"""The commands that pick fields and rows of them: `table`, `fields`, `mvexpand` ..."""

import re
from collections.abc import Callable
from fnmatch import translate

from tocsin_engines.engine import Rejected
from tocsin_engines.spl.evaluate import Evaluator
from tocsin_engines.spl.rows import Command, Row, Rows
from tocsin_engines.spl.scan import Scanner
from tocsin_engines.spl.values import LARGEST_COUNT, Cell, each
from tocsin_engines.spl.words import count, field_name, field_names, options

_PLUS_OR_MINUS = re.compile(r"[+-](?=\s)")


def table(scanner: Scanner, evaluator: Evaluator) -> Command:
    """Read `table`: only the fields named, "in the same order that fields are specified"."""
    named = [_pattern((name,)) for name in field_names(scanner, patterns=True)]

    def ordered(row: Row) -> Row:
        names = (name for each in named for name in row.fields if each.fullmatch(name))
        return Row({name: row.fields[name] for name in names}, row.places)

    return Command(lambda rows, now: [ordered(row) for row in rows])


def fields(scanner: Scanner, evaluator: Evaluator) -> Command:
    """Read `fields`: "the internal fields `_raw` and `_time` are included by default"."""
    sign = scanner.take(_PLUS_OR_MINUS)
    named = _pattern(field_names(scanner, patterns=True))
    if sign and sign[0] == "-":
        return Command(
            lambda rows, now: [_only(row, lambda one: not named.fullmatch(one)) for row in rows]
        )
    inner = {"_time", "_raw"}
    return Command(
        lambda rows, now: [
            _only(row, lambda one: one in inner or named.fullmatch(one)) for row in rows
        ]
    )


def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(translate(re.sub(r"([\[?])", r"[\1]", one)) for one in names))


def _only(row: Row, keep: Callable[[str], object]) -> Row:
    return Row({name: cell for name, cell in row.fields.items() if keep(name)}, row.places)


def fillnull(scanner: Scanner, evaluator: Evaluator) -> Command:
    """Read `fillnull`: 0, or VALUE, where an event lacks a field."""
    value = options(scanner, frozenset({"value"})).get("value", "0")
    named = () if scanner.ends() else field_names(scanner)

    def run(rows: Rows, now: float) -> Rows:
        names = named or tuple(dict.fromkeys(one for row in rows for one in row.fields))
        empty: dict[str, Cell] = dict.fromkeys(names, value)
        return [Row({**empty, **row.fields}, row.places) for row in rows]

    return Command(run)


def mvexpand(scanner: Scanner, evaluator: Evaluator) -> Command:
    """Read `mvexpand`: an event for each value of a field."""
    field = field_name(scanner)
    most = count(options(scanner, frozenset({"limit"})).get("limit", "0")) or None

    def run(rows: Rows, now: float) -> Rows:
        if sum(len(each(row.fields.get(field))[:most]) for row in rows) > LARGEST_COUNT:
            raise Rejected("too many events")
        return [
            Row({**row.fields, field: one}, row.places)
            for row in rows
            for one in each(row.fields.get(field))[:most]
        ]

    return Command(run)
