"""`stats … BY …`: bins beside the event's own time, one column for each output."""

from collections.abc import Set

from tocsin import model
from tocsin.backend import Lowered
from tocsin.header import span_of_time
from tocsin.model import COUNTING, Aggregate, Field, Output
from tocsin.profiles import Column, Form
from tocsin.schema import FieldType
from tocsin.text import free_name
from tocsin_backends.spl.search import quoted
from tocsin_backends.spl.where import inline

_FUNCTIONS = {
    Aggregate.COUNT_DISTINCT: "dc",
    Aggregate.MIN: "min",
    Aggregate.MAX: "max",
    Aggregate.SUM: "sum",
    Aggregate.AVG: "avg",
    Aggregate.SET: "values",
    Aggregate.SAMPLE: "first",
    Aggregate.FIRST: "earliest",
    Aggregate.LAST: "latest",
}
_DAY = 24 * 60 * 60 * 1000  # milliseconds
_WORDS = frozenset({"as", "by", "from", "output", "outputnew", "sortby", "where"})
_TEXTUAL = frozenset({FieldType.TEXT, FieldType.PATH})
_PARTS = {Form.PATH_BASENAME: -1, Form.DOMAIN_USER: -1}


def stats(body: model.Summary, rule: Lowered) -> list[str]:
    """Write the rows. `bin` would overwrite `_time`, so it makes a column of its own."""
    writer = _Writer(rule)
    named = {output.name for output in body.outputs}
    keys = list(dict.fromkeys(writer.key(key, named) for key in body.keys))
    outputs = [writer.output(output) for output in body.outputs]
    lines = writer.evals
    window = free_name("window", named)
    if body.every:
        lines.append(_bins(body.every, window))
        keys.append(window)
    lines += ["| stats", *(f"    {output}" for output in outputs)]
    if keys:
        lines.append(f"    BY {' '.join(keys)}")
    sums = [_word(o.name) for o in body.outputs if writer.may_lack(o)]
    lines += [f"| fillnull value=0 {' '.join(sums)}"] if sums else []
    times = [o.name for o in body.outputs if o.field and o.field.type is FieldType.TIME]
    shown = [f"'{name}'" if _is_word(name) else name for name in times]
    shown += [window] if body.every else []
    return lines + [f'| fieldformat {name}=strftime({name}, "%Y-%m-%d %H:%M:%S")' for name in shown]


def _is_word(name: str) -> bool:
    """Whether a command would read NAME as a word of its own."""
    return name.lower() in _WORDS


def _as(name: str) -> str:
    return f"AS {_word(name)}"


def _word(name: str) -> str:
    return f'"{name}"' if _is_word(name) else name


def _bins(every: int, name: str) -> str:
    """Bins of a day or more begin at the midnight of the user's time zone, if left to `bin`."""
    if every < _DAY:
        return f"| bin span={span_of_time(every)} _time AS {name}"
    seconds = every // 1000
    return f"| eval {name}=floor(_time/{seconds})*{seconds}"


class _Writer:
    """Names the columns; a value that is kept in another form gets an `eval` of its own."""

    def __init__(self, rule: Lowered) -> None:
        self.rule = rule
        self.absent = sorted({text for source in rule.sources for text in source.absent})
        self.evals: list[str] = []

    def output(self, output: Output) -> str:
        if output.aggregate is Aggregate.COUNT:
            return f"count {_as(output.name)}"
        if output.aggregate is Aggregate.COUNT_WHERE and output.where:
            return f"count(eval({inline(output.where)})) {_as(output.name)}"
        if output.field is None or output.field.name not in self.rule.columns:
            empty = "dc" if output.aggregate in COUNTING else "values"
            return f"{empty}(eval(null())) {_as(output.name)}"
        column = self.column(output.field)
        return f"{_FUNCTIONS[output.aggregate]}({column}) {_as(output.name)}"

    def may_lack(self, output: Output) -> bool:
        """Whether `sum`, which is 0 of nothing here, may leave a row without a value."""
        if output.aggregate is not Aggregate.SUM or output.field is None:
            return False
        column = self.rule.columns.get(output.field.name)
        return column is not None and column.name not in self.rule.never_empty

    def key(self, field: Field, named: Set[str]) -> str:
        """Name the column of a key; `stats` takes no output of the same name."""
        column = self.column(field)
        name = free_name(column, named)
        if name != column:
            self.evals.append(f"| eval {name}={column}")
        return name

    def column(self, field: Field) -> str:
        column = self.rule.columns[field.name]
        value = self._value(column, field)
        if value == column.name:
            return column.name
        name = field.name.replace(".", "_")
        line = f"| eval {name}={value}"
        if line not in self.evals:
            self.evals.append(line)
        return name

    def _value(self, column: Column, field: Field) -> str:
        value = column.name
        if column.name not in self.rule.never_empty and field.type in _TEXTUAL:
            for text in self.absent:
                value = f"nullif({value}, {quoted(text)})"
        part = _PARTS.get(column.form)
        if part is not None:
            return f'mvindex(split({value}, "\\\\"), {0 if column.part == "domain" else part})'
        return value
