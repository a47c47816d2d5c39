"""`stats … BY …`: bins beside the event's own time, one column for each output."""

from collections.abc import Iterable, Set

from tocsin import model
from tocsin.backend import Lowered
from tocsin.columns import Column, Form
from tocsin.frozen import dataclass
from tocsin.header import span_of_time
from tocsin.model import COUNTING, Aggregate, Field, Output
from tocsin.schema import FieldType
from tocsin.text import free_name
from tocsin_backends.spl.search import quoted
from tocsin_backends.spl.where import inline

FUNCTIONS = {
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
DAY = 24 * 60 * 60 * 1000  # milliseconds
_WORDS = frozenset({"as", "by", "from", "output", "outputnew", "sortby", "where"})
_TEXTUAL = frozenset({FieldType.TEXT, FieldType.PATH, FieldType.IP})
_WEIGHTED = frozenset({Aggregate.SUM, Aggregate.AVG})
_PARTS = {Form.PATH_BASENAME: -1, Form.DOMAIN_USER: -1}


@dataclass(frozen=True, slots=True)
class Counted:
    """Rows that stand for several events: the columns with their number, first and last time."""

    number: str
    first: str
    last: str


def stats(body: model.Summary, rule: Lowered, counted: Counted | None = None) -> list[str]:
    """Write the rows. `bin` would overwrite `_time`, so it makes a column of its own."""
    writer = _Writer(rule, counted)
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
    means = [line for output in body.outputs for line in writer.mean(output)]
    return [*lines, *means, *shown_times([*times, *([window] if body.every else [])])]


def shown_times(names: Iterable[str]) -> list[str]:
    """Show seconds since 1970 as times."""
    shown = (f"'{name}'" if _is_word(name) else name for name in names)
    return [f'| fieldformat {name}=strftime({name}, "%Y-%m-%d %H:%M:%S")' for name in shown]


def _is_word(name: str) -> bool:
    """Whether a command would read NAME as a word of its own."""
    return name.lower() in _WORDS


def as_name(name: str) -> str:
    """Write `AS NAME`."""
    return f"AS {_word(name)}"


def _word(name: str) -> str:
    return f'"{name}"' if _is_word(name) else name


def _bins(every: int, name: str) -> str:
    """Bins of a day or more begin at the midnight of the user's time zone, if left to `bin`."""
    if every < DAY:
        return f"| bin span={span_of_time(every)} _time AS {name}"
    seconds = every // 1000
    return f"| eval {name}=floor(_time/{seconds})*{seconds}"


class _Writer:
    """Names the columns; a value that is kept in another form gets an `eval` of its own."""

    def __init__(self, rule: Lowered, counted: Counted | None) -> None:
        self.rule = rule
        self.counted = counted
        self.absent = sorted({text for source in rule.sources for text in source.absent})
        self.evals: list[str] = []

    def output(self, output: Output) -> str:
        if output.aggregate is Aggregate.COUNT:
            number = f"sum({self.counted.number})" if self.counted else "count"
            return f"{number} {as_name(output.name)}"
        if output.aggregate is Aggregate.COUNT_WHERE and output.where:
            return f"{self._count_where(inline(output.where))} {as_name(output.name)}"
        if output.field is None or output.field.name not in self.rule.columns:
            empty = "dc" if output.aggregate in COUNTING else "values"
            return f"{empty}(eval(null())) {as_name(output.name)}"
        column = self.column(output.field)
        if self.counted and output.aggregate in _WEIGHTED:
            return self._weighted(output, column, self.counted.number)
        if self.counted and output.field.type is FieldType.TIME:
            first = output.aggregate in {Aggregate.MIN, Aggregate.FIRST}
            column = self.counted.first if first else self.counted.last
        return f"{FUNCTIONS[output.aggregate]}({column}) {as_name(output.name)}"

    def _count_where(self, condition: str) -> str:
        if self.counted:
            return f"sum(eval(if({condition}, {self.counted.number}, 0)))"
        return f"count(eval({condition}))"

    def _weighted(self, output: Output, column: str, number: str) -> str:
        """Take a number as often as a row stands for events with it."""
        total = f"sum(eval(tonumber({column})*{number})) {as_name(output.name)}"
        if output.aggregate is Aggregate.SUM:
            return total
        there = f"sum(eval(if(isnotnull(tonumber({column})), {number}, null())))"
        return f"{total} {there} {as_name(self._divisor(output))}"

    def mean(self, output: Output) -> list[str]:
        """Divide the sum of an average, where rows stand for several events, by their number."""
        if not self.counted or output.aggregate is not Aggregate.AVG or output.field is None:
            return []
        if output.field.name not in self.rule.columns:
            return []
        divisor, name = self._divisor(output), _word(output.name)
        shown = f"'{output.name}'" if _is_word(output.name) else output.name
        return [f"| eval {name}={shown}/{divisor}", f"| fields - {divisor}"]

    def _divisor(self, output: Output) -> str:
        named = {each.name for each in model.outputs(self.rule.body)}
        return free_name(f"{output.name}_events", named)

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
        if value in (column.name, column.computed):
            return value
        name = field.name.replace(".", "_")
        line = f"| eval {name}={value}"
        if line not in self.evals:
            self.evals.append(line)
        return name

    def _value(self, column: Column, field: Field) -> str:
        value = column.computed or column.name
        filled = any(source.fills_absent for source in self.rule.sources)
        if filled and field.type is FieldType.NUMBER and value not in self.rule.never_empty:
            return f"tonumber({value})"
        if value not in self.rule.never_empty and field.type in _TEXTUAL:
            for text in sorted({*self.absent, *column.absent}):
                value = f"nullif({value}, {quoted(text)})"
        part = _PARTS.get(column.form)
        if part is not None and not column.computed:
            return f'mvindex(split({value}, "\\\\"), {0 if column.part == "domain" else part})'
        return value
