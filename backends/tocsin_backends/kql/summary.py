"""`summarize … by …, bin(…)`, laid out as hunting queries are."""

from collections.abc import Sequence

from tocsin import model
from tocsin.backend import Lowered
from tocsin.frozen import replace
from tocsin.header import span_of_time
from tocsin.model import COUNTING, Aggregate, Expr, Field, Ordering, Output
from tocsin.schema import FieldType
from tocsin.text import free_name, indent
from tocsin_backends.kql.condition import Lists, inline, wheres
from tocsin_backends.kql.names import (
    bracketed,
    is_asked,
    item,
    named,
    nothing,
    present,
    value,
    value_or_none,
)

_TEXTUAL = frozenset({FieldType.TEXT, FieldType.PATH, FieldType.IP})
_NUMERIC = {
    Aggregate.MIN: "min", Aggregate.MAX: "max", Aggregate.SUM: "sum", Aggregate.AVG: "avg",
}  # fmt: skip


def summarize(body: model.Summary, rule: Lowered, time: str, lists: Lists) -> list[str]:
    """Write the rows and which are kept; a bin is named as its time column is."""
    writer = Writer(body, rule, time, lists)
    keys = [writer.key(key) for key in body.keys]
    if body.every:
        name = free_name(time, writer.taken)
        bins = f"bin({time}, {span_of_time(body.every)})"
        keys.append(bins if name == time else f"{name} = {bins}")
    lines = rows([[line] for line in writer.outputs()], list(dict.fromkeys(keys)))
    if body.having:
        lines += wheres(kept(body, body.having, lists), lists)
    helpers = writer.helpers
    return [*lines, *([f"| project-away {', '.join(helpers)}"] if helpers else [])]


def rows(outputs: Sequence[Sequence[str]], keys: Sequence[str]) -> list[str]:
    """Write a stage that makes OUTPUTS, each of some lines, of the rows with equal KEYS."""
    last = outputs[-1]
    before = [line for each in outputs[:-1] for line in (*each[:-1], f"{each[-1]},")]
    by = [f"by {', '.join(keys)}"] if keys else []
    return ["| summarize", *indent([*before, *last, *by], "    ")]


_NEVER_NULL = COUNTING | {Aggregate.COUNT, Aggregate.COUNT_WHERE}
_OPPOSITE = {
    Ordering.LESS: Ordering.AT_LEAST,
    Ordering.AT_MOST: Ordering.MORE,
    Ordering.MORE: Ordering.AT_MOST,
    Ordering.AT_LEAST: Ordering.LESS,
}


def kept(body: model.Summary, having: Expr, lists: Lists) -> Expr:
    """Say HAVING of the columns; what is never null is compared the other way under `not`."""
    never_null = (each.name for each in body.outputs if each.aggregate in _NEVER_NULL)
    lists.filled = frozenset(map(bracketed, never_null))

    def plainer(expr: Expr) -> Expr:
        match expr:
            case model.NumberIn(field) | model.NumberIs(field) | model.NumberWithin(field):
                return replace(expr, field=replace(field, name=bracketed(field.name)))
            case model.Not(model.NumberIs(field, order) as test) if field.name in lists.filled:
                return replace(test, order=_OPPOSITE[order])
            case _:
                return expr

    return model.rewrite(having, plainer)


class Writer:
    """Writes the columns of a summary; HELPERS are those that it needs and nobody asked for."""

    def __init__(self, body: model.Summary, rule: Lowered, time: str, lists: Lists) -> None:
        self.body = body
        self.rule = rule
        self.time = time
        self.lists = lists
        self.helpers: list[str] = []
        self.taken = {output.name for output in body.outputs}

    def key(self, key: Field) -> str:
        """Write a key, under a name that no output has."""
        column = self.rule.columns[key.name]
        return item(named(key, column, self.taken), value(column))

    def outputs(self) -> list[str]:
        """Write the outputs, one a line."""
        return [self._output(output) for output in self.body.outputs]

    def _output(self, output: Output) -> str:
        name, aggregate = bracketed(output.name), output.aggregate
        if aggregate is Aggregate.COUNT:
            return f"{name} = count()"
        if aggregate is Aggregate.COUNT_WHERE and output.where:
            return f"{name} = countif({inline(output.where, self.lists)})"
        if output.field is None or output.field.name not in self.rule.columns:
            return f"{name} = {_of_nothing(output)}"
        shown, test = value(self.rule.columns[output.field.name]), present(output.field, self.rule)
        if aggregate in _NUMERIC:
            return f"{name} = {_NUMERIC[aggregate]}({shown})"
        if aggregate is Aggregate.SAMPLE:
            # Kusto takes none that is null or empty, if there is another.
            asked = is_asked(shown, test)
            return f"{name} = {f'take_any({shown})' if asked else f'take_anyif({shown}, {test})'}"
        if aggregate in {Aggregate.FIRST, Aggregate.LAST}:
            return self._edge(output, output.field, test)
        # A set takes no null by itself.
        some = test is not None and output.field.type in _TEXTUAL
        made = f"make_set_if({shown}, {test})" if some else f"make_set({shown})"
        return f"{name} = {made if aggregate is Aggregate.SET else f'array_length({made})'}"

    def _edge(self, output: Output, field: Field, test: str | None) -> str:
        function = "arg_min" if output.aggregate is Aggregate.FIRST else "arg_max"
        when = f"iff({test}, {self.time}, datetime(null))" if test else self.time
        helper = free_name(f"{output.name}_time", self.taken)
        self.helpers.append(helper)
        # Where no event has a value, the function takes whatever stands in one of them.
        shown = value_or_none(field, self.rule)
        return f"({helper}, {bracketed(output.name)}) = {function}({when}, {shown})"


def _of_nothing(output: Output) -> str:
    """Write an output of which no event has a value."""
    if output.aggregate in COUNTING:
        return "countif(false)"
    return f"take_any({nothing(output.field.type if output.field else FieldType.TEXT)})"
