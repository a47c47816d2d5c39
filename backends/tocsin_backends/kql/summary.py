"""`summarize … by …, bin(…)`, laid out as hunting queries are."""

from tocsin import model
from tocsin.backend import Lowered
from tocsin.columns import Column, Form
from tocsin.header import span_of_time
from tocsin.model import COUNTING, Aggregate, Field, Output
from tocsin.schema import FieldType
from tocsin.text import free_name
from tocsin_backends.kql.condition import Lists, inline, quoted

_TEXTUAL = frozenset({FieldType.TEXT, FieldType.PATH, FieldType.IP})
# Words of the language, which no column has for a name without brackets.
_WORDS = frozenset(
    {
        *("and", "asc", "between", "bool", "by", "contains", "datetime", "decimal", "desc"),
        *("double", "dynamic", "endswith", "false", "guid", "has", "has_all", "has_any", "in"),
        *("int", "join", "kind", "last", "let", "long", "not", "null", "on", "or", "project"),
        *(
            "real",
            "startswith",
            "string",
            "time",
            "hasprefix",
            "hassuffix",
            "contains_cs",
            "has_cs",
            "endswith_cs",
            "startswith_cs",
            "uniqueid",
            "float",
            "uint",
            "ulong",
            "int64",
            "int32",
            "uint32",
            "uint64",
            "timespan",
            "true",
            "union",
            "where",
            "date",
        ),
    }
)
_NULLABLE = frozenset({FieldType.NUMBER, FieldType.BOOL, FieldType.TIME})
_NUMERIC = {
    Aggregate.MIN: "min", Aggregate.MAX: "max", Aggregate.SUM: "sum", Aggregate.AVG: "avg",
}  # fmt: skip


def summarize(body: model.Summary, rule: Lowered, time: str, lists: Lists) -> list[str]:
    """Write the rows; a bin is named as its time column is."""
    writer = _Writer(rule, time, lists)
    outputs = [f"    {line}" for output in body.outputs for line in writer.output(output)]
    keys = [writer.key(key) for key in body.keys]
    if body.every:
        keys.append(writer.named(time, f"bin({time}, {span_of_time(body.every)})", time))
    lines = ["| summarize", *(f"{line}," for line in outputs[:-1]), outputs[-1]]
    if keys:
        lines.append(f"    by {', '.join(dict.fromkeys(keys))}")
    helpers = writer.helpers
    return [*lines, *([f"| project-away {', '.join(helpers)}"] if helpers else [])]


class _Writer:
    def __init__(self, rule: Lowered, time: str, lists: Lists) -> None:
        self.rule = rule
        self.time = time
        self.lists = lists
        self.helpers: list[str] = []
        body = rule.body
        outputs = body.outputs if isinstance(body, model.Summary) else ()
        self.taken = {output.name for output in outputs}

    def key(self, key: Field) -> str:
        column = self.rule.columns[key.name]
        value = _value(column)
        implied = value if value in (column.name, column.computed) else ""
        return self.named(implied or key.name.replace(".", "_"), value, implied)

    def named(self, name: str, value: str, implied: str) -> str:
        """Name a key, unless the name that Kusto gives it will do: no output has it."""
        free = free_name(name, self.taken)
        return value if free == implied else f"{free} = {value}"

    def output(self, output: Output) -> list[str]:
        name, aggregate = _bracketed(output.name), output.aggregate
        if aggregate is Aggregate.COUNT:
            return [f"{name} = count()"]
        if aggregate is Aggregate.COUNT_WHERE and output.where:
            return [f"{name} = countif({inline(output.where, self.lists)})"]
        if output.field is None or output.field.name not in self.rule.columns:
            empty = "countif(false)" if aggregate in COUNTING else 'take_any("")'
            return [f"{name} = {empty}"]
        value, present = _value(self.rule.columns[output.field.name]), self._present(output.field)
        if aggregate in _NUMERIC:
            return [f"{name} = {_NUMERIC[aggregate]}({value})"]
        if aggregate is Aggregate.SAMPLE:
            # Kusto takes none that is null or empty, if there is another.
            taken = f"take_anyif({value}, {present})"
            return [f"{name} = {f'take_any({value})' if _is_asked(value, present) else taken}"]
        if aggregate in {Aggregate.FIRST, Aggregate.LAST}:
            return [self._edge(output, value, present)]
        # A set takes no null by itself.
        some = present is not None and output.field.type in _TEXTUAL
        made = f"make_set_if({value}, {present})" if some else f"make_set({value})"
        return [
            f"{name} = {made}" if aggregate is Aggregate.SET else f"{name} = array_length({made})"
        ]

    def _present(self, field: Field) -> str | None:
        """Ask for a value, where one may be missing; texts that mean none are none."""
        column = self.rule.columns[field.name]
        value = _value(column)
        if value in self.rule.never_empty:
            return None
        if field.type not in _TEXTUAL:
            return f"isnotnull({value})" if field.type in _NULLABLE else None
        meant = {text for source in self.rule.sources for text in source.absent}
        texts = sorted(meant | set(column.absent))
        if not texts:
            return f"isnotempty({value})"
        listed = ", ".join(quoted(each) for each in ("", *texts))
        plain = all(text.lower() == text.upper() for text in texts)
        tested = f"{'!in' if plain else '!in~'} ({listed})"
        if value in (column.name, column.computed):
            return f"{value} {tested}"
        return f"isnotempty({value}) and {column.name} {tested}"

    def _edge(self, output: Output, value: str, present: str | None) -> str:
        function = "arg_min" if output.aggregate is Aggregate.FIRST else "arg_max"
        when = f"iff({present}, {self.time}, datetime(null))" if present else self.time
        helper = free_name(f"{output.name}_time", self.taken)
        self.helpers.append(helper)
        # Where no event has a value, the function takes whatever stands in one of them.
        shown = value if _is_asked(value, present) else f'iff({present}, {value}, "")'
        return f"({helper}, {_bracketed(output.name)}) = {function}({when}, {shown})"


def _is_asked(value: str, present: str | None) -> bool:
    """Whether VALUE is PRESENT where it is neither null nor empty."""
    return present in {None, f"isnotempty({value})", f"isnotnull({value})"}


def _bracketed(name: str) -> str:
    return f"['{name}']" if name in _WORDS else name


def _value(column: Column) -> str:
    """Write the neutral value: a part of a path or an account, else the column."""
    if column.form in {Form.PATH_BASENAME, Form.DOMAIN_USER} and not column.computed:
        place = 0 if column.part == "domain" else -1
        part = f'tostring(split({column.name}, "\\\\")[{place}])'
        if column.part == "domain" and column.loose:
            return f'iff({column.name} contains "\\\\", {part}, "")'
        return part
    return column.computed or column.name
