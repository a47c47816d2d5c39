"""The commands that compute fields: `eval`, `fieldformat`, `rex`, `bin`, `makemv`."""

import re
from collections.abc import Callable, Mapping

from tocsin_engines.engine import Rejected
from tocsin_engines.spl.compiled import Scope
from tocsin_engines.spl.evaluate import Evaluator
from tocsin_engines.spl.expression import QUOTED_FIELD, expression
from tocsin_engines.spl.pcre import Found, regex
from tocsin_engines.spl.rows import Command, Row, Rows
from tocsin_engines.spl.scan import COMMA, STRING, Scanner, regex_text, unescaped
from tocsin_engines.spl.times import DAY, floored, span
from tocsin_engines.spl.values import Cell, Value, each, number, packed, show
from tocsin_engines.spl.words import AS, count, field_name, name, options, truth

_TARGET = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_EQUALS = re.compile(r"=(?!=)")


def eval_command(scanner: Scanner, evaluator: Evaluator) -> Command:
    """Read `eval`: each result is a field for the next; NULL clears it."""
    steps = [_assignment(scanner, evaluator)]
    while scanner.take(COMMA):
        steps.append(_assignment(scanner, evaluator))

    def run(rows: Rows, now: float) -> Rows:
        return [Row(_assigned(steps, row.fields, now), row.places) for row in rows]

    return Command(run)


def fieldformat(scanner: Scanner, evaluator: Evaluator) -> Command:
    """Read `fieldformat`: "changes the appearance of results, not the value"."""
    _assignment(scanner, evaluator)
    return Command(lambda rows, now: rows)


_Step = tuple[str, Callable[[Scope], Value]]


def _assignment(scanner: Scanner, evaluator: Evaluator) -> _Step:
    if found := scanner.take(STRING):
        target = unescaped(found[1])
    elif found := scanner.take(QUOTED_FIELD):
        target = found[1]
    else:
        target = scanner.need(_TARGET, "a field")[0]
    if "{" in target or not target.strip():
        raise scanner.refused("a field named by the value of another")
    scanner.need(_EQUALS, "`=`")
    return target, evaluator.value(expression(scanner))


def _assigned(steps: list[_Step], before: Mapping[str, Cell], now: float) -> dict[str, Cell]:
    result = dict(before)
    for target, run in steps:
        value = run(Scope(result, now))
        if value is None or isinstance(value, bool):
            result.pop(target, None)
        else:
            result[target] = value
    return result


def rex(scanner: Scanner, evaluator: Evaluator) -> Command:
    """Read `rex`: every named group that matches becomes a field."""
    known = frozenset({"field", "max_match"})
    given = options(scanner, known)
    written = scanner.need(STRING, "a regular expression in quotation marks")[1]
    given |= options(scanner, known - given.keys())
    pattern = regex(regex_text(written, evaluator.readings.regex_is_unescaped))
    if not pattern.names:
        raise Rejected("the regular expression of `rex` has no named group")
    field, most = given.get("field", "_raw"), count(given.get("max_match", "1"))

    def run(rows: Rows, now: float) -> Rows:
        return [Row({**row.fields, **extracted(row)}, row.places) for row in rows]

    def extracted(row: Row) -> dict[str, Cell]:
        value = row.fields.get(field)
        if isinstance(value, tuple):
            raise Rejected("`rex` of a multivalue field is not documented")
        if value is None:
            return {}
        matches = pattern.every(show(value))
        return _captured(matches[:most] if most else matches, list(pattern.names))

    return Command(run)


def _captured(matches: list[Found], names: list[str]) -> dict[str, Cell]:
    result: dict[str, Cell] = {}
    for group in names:
        texts = [text for one in matches if (text := one.group(group)) is not None]
        if (cell := packed(texts)) is not None:
            result[group] = cell
    return result


def bin_command(scanner: Scanner, evaluator: Evaluator) -> Command:
    """Read `bin span=30m _time`: the time down to a multiple of the span since 1970."""
    known = frozenset({"span"})
    given = options(scanner, known)
    field = field_name(scanner)
    given |= options(scanner, known - given.keys())
    target = name(scanner) if scanner.take(AS) else field
    given |= options(scanner, known - given.keys())
    length = span(given.get("span", ""))
    if field != "_time" or length is None or length > DAY:
        raise Rejected("only `bin` of `_time` with a span up to a day is known here")

    def run(rows: Rows, now: float) -> Rows:
        return [Row({**row.fields, **binned(row)}, row.places) for row in rows]

    def binned(row: Row) -> dict[str, Cell]:
        time = row.fields.get(field)
        read = None if isinstance(time, tuple) else number(time)
        return {} if read is None else {target: floored(read, length)}

    return Command(run)


def makemv(scanner: Scanner, evaluator: Evaluator) -> Command:
    """Read `makemv`: the parts of a text between delimiters."""
    given = options(scanner, frozenset({"delim", "allowempty"}))
    field, mark = field_name(scanner), given.get("delim", " ")
    keep_empty = truth(given.get("allowempty", "f"))
    if not mark:
        raise scanner.refused("an empty delimiter")

    def parts(cell: Cell) -> Cell | None:
        found = [part for one in each(cell) for part in show(one).split(mark)]
        return packed([part for part in found if part or keep_empty])

    def run(rows: Rows, now: float) -> Rows:
        return [Row(_changed(row.fields, field, parts), row.places) for row in rows]

    return Command(run)


def _changed(
    before: Mapping[str, Cell], field: str, change: Callable[[Cell], Cell | None]
) -> dict[str, Cell]:
    result = dict(before)
    cell = result.pop(field, None)
    changed = None if cell is None else change(cell)
    if changed is not None:
        result[field] = changed
    return result
