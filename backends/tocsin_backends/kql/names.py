"""What a query calls the values that it shows: a column as it is, or what is made of one."""

from collections.abc import Collection, Sequence

from tocsin.backend import Lowered
from tocsin.columns import Column, Form
from tocsin.model import Field
from tocsin.schema import FieldType
from tocsin.text import WIDTH, free_name, indent, leading
from tocsin_backends.kql.condition import quoted

_TEXTUAL = frozenset({FieldType.TEXT, FieldType.PATH, FieldType.IP})
_NULLABLE = frozenset({FieldType.NUMBER, FieldType.BOOL, FieldType.TIME})
# Words of the language, which no column has for a name without brackets.
_WORDS = frozenset(
    {
        *("and", "asc", "between", "bool", "by", "contains", "datetime", "decimal", "desc"),
        *("double", "dynamic", "endswith", "false", "guid", "has", "has_all", "has_any", "in"),
        *("int", "join", "kind", "last", "let", "long", "not", "null", "on", "or", "project"),
        *("real", "startswith", "string", "time", "hasprefix", "hassuffix", "contains_cs"),
        *("has_cs", "endswith_cs", "startswith_cs", "uniqueid", "float", "uint", "ulong"),
        *("int64", "int32", "uint32", "uint64", "timespan", "true", "union", "where", "date"),
    }
)


def bracketed(name: str) -> str:
    """Put brackets around what is a word of the language."""
    return f"['{name}']" if name in _WORDS else name


def value(column: Column) -> str:
    """Write the neutral value: a part of a path or an account, else the column."""
    if column.form in {Form.PATH_BASENAME, Form.DOMAIN_USER} and not column.computed:
        place = 0 if column.part == "domain" else -1
        part = f'tostring(split({column.name}, "\\\\")[{place}])'
        if column.part == "domain" and column.loose:
            return f'iff({column.name} contains "\\\\", {part}, "")'
        return part
    return column.computed or column.name


def present(field: Field, rule: Lowered) -> str | None:
    """Ask for a value, where one may be missing; texts that mean none are none."""
    column = rule.columns[field.name]
    shown = value(column)
    if shown in rule.never_empty:
        return None
    if field.type not in _TEXTUAL:
        return f"isnotnull({shown})" if field.type in _NULLABLE else None
    meant = {text for source in rule.sources for text in source.absent}
    texts = sorted(meant | set(column.absent))
    if not texts:
        return f"isnotempty({shown})"
    listed = ", ".join(quoted(each) for each in ("", *texts))
    plain = all(text.lower() == text.upper() for text in texts)
    tested = f"{'!in' if plain else '!in~'} ({listed})"
    if shown in (column.name, column.computed):
        return f"{shown} {tested}"
    return f"isnotempty({shown}) and {column.name} {tested}"


def is_asked(shown: str, test: str | None) -> bool:
    """Whether SHOWN passes TEST wherever it is neither null nor empty."""
    return test in {None, f"isnotempty({shown})", f"isnotnull({shown})"}


def value_or_none(field: Field, rule: Lowered) -> str:
    """Write the neutral value of FIELD, empty where a text stands for none."""
    shown, test = value(rule.columns[field.name]), present(field, rule)
    return shown if is_asked(shown, test) else f'iff({test}, {shown}, "")'


_NOTHING = {
    FieldType.NUMBER: "long(null)",
    FieldType.BOOL: "bool(null)",
    FieldType.TIME: "datetime(null)",
}


def nothing(kind: FieldType) -> str:
    """Write a value of KIND that is absent."""
    return _NOTHING.get(kind, '""')


def named(field: Field, column: Column, taken: Collection[str]) -> str:
    """Name the column that shows FIELD: as COLUMN is called, if it is one; no name of TAKEN."""
    shown = value(column)
    is_column = shown in (column.name, column.computed)
    return free_name(shown if is_column else field.name.replace(".", "_"), taken)


def item(name: str, shown: str) -> str:
    """Write an item of a list of columns: Kusto names a bare column by itself."""
    return shown if name == shown else f"{bracketed(name)} = {shown}"


def clause(head: str, items: Sequence[str]) -> list[str]:
    """Write a stage with a list: on one line, or an item a line; nothing without items."""
    line = f"{head} {', '.join(items)}"
    if not items or len(line) <= WIDTH:
        return [line] if items else []
    return [head, *indent([*(f"{each}," for each in items[:-1]), items[-1]], "    ")]


def let(name: str, lines: Sequence[str], *, again: bool = False) -> list[str]:
    """Give a table a name; one that is read AGAIN is kept."""
    inner = indent(lines, "    ")
    if again:
        return [f"let {name} = materialize(", *inner, ");"]
    return [f"let {name} =", *inner[:-1], f"{inner[-1]};"]


def by_time(keys: Sequence[str], time: str) -> list[str]:
    """Put the rows of equal KEYS side by side, in order of TIME."""
    return clause("| sort by", [f"{each} asc" for each in (*keys, time)])


def where_all(tests: Sequence[str], *, negated: bool = False) -> list[str]:
    """Write a stage that wants all of TESTS: on one line, or a test a line."""
    line = " and ".join(tests)
    line = f"| where not({line})" if negated else f"| where {line}"
    if len(line) <= WIDTH:
        return [line]
    if not negated:
        return [f"| where {tests[0]}", *(f"    and {each}" for each in tests[1:])]
    return ["| where not(", *indent(leading([[each] for each in tests], "and"), "      "), "    )"]


def united(tables: Sequence[Sequence[str]]) -> list[str]:
    """Put the rows of several tables together; one stands alone."""
    if len(tables) == 1:
        return list(tables[0])
    first, *others = (indent(table, "    ") for table in tables)
    lines = ["union (", *first]
    for other in others:
        lines += ["), (", *other]
    return [*lines, ")"]
