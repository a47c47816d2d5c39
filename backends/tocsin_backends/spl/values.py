"""The value of a field as an eval expression: a column, or what has to be made of it."""

import re
from collections.abc import Iterable, Mapping, Sequence, Set

from tocsin.backend import Lowered
from tocsin.columns import Column, Form
from tocsin.model import Field
from tocsin.schema import FieldType
from tocsin.text import WIDTH, free_name, indent
from tocsin_backends.spl.search import quoted

_TEXTUAL = frozenset({FieldType.TEXT, FieldType.PATH, FieldType.IP})
_PARTS = {Form.PATH_BASENAME: -1, Form.DOMAIN_USER: -1}


def value(rule: Lowered, field: Field, *, present: bool = False) -> str:
    """Write the value of FIELD, NULL where there is none; PRESENT if the search wants one."""
    column = rule.columns[field.name]
    made = column.computed or column.name
    known = present or made in rule.never_empty
    if field.type is FieldType.NUMBER and made not in rule.never_empty and _is_filled(rule):
        return f"tonumber({made})"
    if not known and field.type in _TEXTUAL:
        for text in sorted({*absent(rule), *column.absent}):
            made = f"nullif({made}, {quoted(text)})"
    part = _PARTS.get(column.form)
    if part is not None and not column.computed:
        return f'mvindex(split({made}, "\\\\"), {0 if column.part == "domain" else part})'
    return made


def absent(rule: Lowered) -> tuple[str, ...]:
    """Name the texts that mean that there is no value, in any column."""
    return tuple(sorted({text for source in rule.sources for text in source.absent}))


def _is_filled(rule: Lowered) -> bool:
    """Whether a text fills what has no value, in columns of numbers too."""
    return any(source.fills_absent for source in rule.sources)


def is_column(column: Column, written: str) -> bool:
    """Whether WRITTEN names a column that is there already."""
    return written in (column.name, column.computed)


def keyed(rule: Lowered, keys: Iterable[Field]) -> tuple[list[str], list[str]]:
    """Name the columns of KEYS, each once, and write what makes those that are not there."""
    made: dict[str, str] = {}
    names: list[str] = []
    taken = column_names(rule)
    for key in keys:
        written = value(rule, key, present=True)
        name = written
        if not is_column(rule.columns[key.name], written):
            name = free_name(key.name.replace(".", "_"), taken)
            made[name] = written
        names.append(name)
    return evals(made), list(dict.fromkeys(names))


def column_names(rule: Lowered) -> frozenset[str]:
    """Name every column that an event may have, or that the query makes of its columns."""
    return frozenset(
        name
        for place in rule.places
        for column in place.columns.values()
        for name in (*column.names, column.computed)
        if name
    )


def evals(made: Mapping[str, str], names: Set[str] | None = None) -> list[str]:
    """Make columns, name to expression: all of them, or those of NAMES."""
    chosen = made.keys() if names is None else names
    return [f"| eval {name}={expr}" for name, expr in made.items() if name in chosen]


def words(expr: str) -> frozenset[str]:
    """Name what EXPR may read."""
    return frozenset(re.findall(r"\w+", expr))


def by(names: Sequence[str]) -> list[str]:
    """Write the keys of a command behind it; there may be none."""
    line = f"    BY {' '.join(names)}"
    if not names or len(line) <= WIDTH:
        return [line] if names else []
    return ["    BY", *indent(names, "      ")]


def listed(head: str, items: Sequence[str]) -> list[str]:
    """Write what a command is of beside it where that fits, else one a line."""
    line = " ".join([head, *items])
    return [line] if len(line) <= WIDTH else [head, *indent(items, "    ")]
