"""`stats … BY …`: bins beside the event's own time, one column for each output."""

from collections.abc import Iterable, Sequence

from tocsin import model
from tocsin.backend import Lowered
from tocsin.frozen import dataclass
from tocsin.header import span_of_time
from tocsin.model import COUNTING, Aggregate, Field, Output
from tocsin.schema import FieldType
from tocsin.text import free_name
from tocsin_backends.spl.having import kept
from tocsin_backends.spl.values import by, is_column, value
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
_WEIGHTED = frozenset({Aggregate.SUM, Aggregate.AVG})


@dataclass(frozen=True, slots=True)
class Counted:
    """Rows that stand for several events: the columns with their number, first and last time."""

    number: str
    first: str
    last: str


def stats(body: model.Summary, rule: Lowered, counted: Counted | None = None) -> list[str]:
    """Write the rows. `bin` would overwrite `_time`, so it makes a column of its own."""
    writer = Writer(body, rule, counted)
    keys = writer.keys()
    bins = writer.bins(keys)
    rows = writer.rows([*keys, *bins])
    cut = [_bins(body.every, name) for name in bins if body.every]
    return [*writer.evals, *cut, *rows, *kept(body), *shown_times([*times_of(body), *bins])]


def times_of(body: model.Summary) -> list[str]:
    """Name the outputs that are times."""
    return [o.name for o in body.outputs if o.field and o.field.type is FieldType.TIME]


def shown_times(names: Iterable[str]) -> list[str]:
    """Show seconds since 1970 as times."""
    shown = (f"'{name}'" if _is_word(name) else name for name in names)
    return [f'| fieldformat {name}=strftime({name}, "%Y-%m-%d %H:%M:%S")' for name in shown]


def _is_word(name: str) -> bool:
    """Whether a command would read NAME as a word of its own."""
    return name.lower() in _WORDS


def as_name(name: str) -> str:
    """Write `AS NAME`."""
    return f"AS {word(name)}"


def word(name: str) -> str:
    """Write a name where a command reads words."""
    return f'"{name}"' if _is_word(name) else name


def _bins(every: int, name: str) -> str:
    """Bins of a day or more begin at the midnight of the user's time zone, if left to `bin`."""
    if every < DAY:
        return f"| bin span={span_of_time(every)} _time AS {name}"
    seconds = every // 1000
    return f"| eval {name}=floor(_time/{seconds})*{seconds}"


class Writer:
    """Names the columns; a value that is kept in another form gets an `eval` of its own."""

    def __init__(self, body: model.Summary, rule: Lowered, counted: Counted | None = None) -> None:
        """Take the summary; COUNTED if a row already stands for several events."""
        self.body = body
        self.rule = rule
        self.counted = counted
        self.named = frozenset(output.name for output in body.outputs)
        self.evals: list[str] = []
        self.read: dict[str, None] = {}  # the columns that outputs are made of

    def keys(self) -> list[str]:
        """Name the columns of the keys, each once."""
        return list(dict.fromkeys(self.key(key) for key in self.body.keys))

    def key(self, field: Field) -> str:
        """Name the column of a key; `stats` takes no output of the same name."""
        column = self._column(field)
        name = free_name(column, self.named)
        if name != column:
            self.evals.append(f"| eval {name}={column}")
        return name

    def bins(self, keys: Sequence[str]) -> list[str]:
        """Name the column of the bins, if there are any."""
        return [free_name("window", {*self.named, *keys})] if self.body.every else []

    def rows(self, keys: Sequence[str]) -> list[str]:
        """Write a row for each of KEYS, and what makes its outputs whole."""
        outputs = self.body.outputs
        lines = ["| stats", *(f"    {self._output(output)}" for output in outputs), *by(keys)]
        sums = [word(output.name) for output in outputs if self._may_lack(output)]
        lines += [f"| fillnull value=0 {' '.join(sums)}"] if sums else []
        return [*lines, *(line for output in outputs for line in self._mean(output))]

    def _output(self, output: Output) -> str:
        if output.aggregate is Aggregate.COUNT:
            number = f"sum({self.counted.number})" if self.counted else "count"
            return f"{number} {as_name(output.name)}"
        if output.aggregate is Aggregate.COUNT_WHERE and output.where:
            self.read |= dict.fromkeys(sorted(model.reads(output.where)))
            return f"{self._count_where(inline(output.where))} {as_name(output.name)}"
        if output.field is None or output.field.name not in self.rule.columns:
            empty = "dc" if output.aggregate in COUNTING else "values"
            return f"{empty}(eval(null())) {as_name(output.name)}"
        column = self._column(output.field)
        self.read[column] = None
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

    def _mean(self, output: Output) -> list[str]:
        """Divide the sum of an average, where rows stand for several events, by their number."""
        if not self.counted or output.aggregate is not Aggregate.AVG or output.field is None:
            return []
        if output.field.name not in self.rule.columns:
            return []
        divisor, name = self._divisor(output), word(output.name)
        shown = f"'{output.name}'" if _is_word(output.name) else output.name
        return [f"| eval {name}={shown}/{divisor}", f"| fields - {divisor}"]

    def _divisor(self, output: Output) -> str:
        return free_name(f"{output.name}_events", self.named)

    def _may_lack(self, output: Output) -> bool:
        """Whether `sum`, which is 0 of nothing here, may leave a row without a value."""
        if output.aggregate is not Aggregate.SUM or output.field is None:
            return False
        column = self.rule.columns.get(output.field.name)
        return column is not None and column.name not in self.rule.never_empty

    def _column(self, field: Field) -> str:
        written = value(self.rule, field)
        if is_column(self.rule.columns[field.name], written):
            return written
        name = field.name.replace(".", "_")
        line = f"| eval {name}={written}"
        if line not in self.evals:
            self.evals.append(line)
        return name
