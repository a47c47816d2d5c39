"""`STATS … BY …`: exact counts of what differs, and no row for what has no key."""

from collections.abc import Sequence

from tocsin import model
from tocsin.backend import Lowered
from tocsin.columns import Column, Form
from tocsin.model import COUNTING, Aggregate, Field, Output
from tocsin.text import WIDTH, free_name, indent, trailing
from tocsin_backends.esql.where import conjuncts, inline, is_text
from tocsin_backends.esql.words import named, quoted, span

_NUMERIC = {Aggregate.MIN: "MIN", Aggregate.MAX: "MAX", Aggregate.AVG: "AVG"}
_EDGES = {Aggregate.FIRST: "FIRST", Aggregate.LAST: "LAST"}
_PARTS = {Form.PATH_BASENAME, Form.DOMAIN_USER}


def stats(body: model.Summary, rule: Lowered) -> list[str]:
    """Write the rows: the outputs, the keys, and the bin."""
    writer = Writer(rule)
    outputs = [writer.output(output) for output in body.outputs]
    keys = list(dict.fromkeys(writer.key(key) for key in body.keys))
    if body.every:
        keys.append(f"{named(writer.free('window'))} = BUCKET(@timestamp, {span(body.every)})")
    return [*laid_out(outputs, keys), *_having(body, writer)]


def _having(body: model.Summary, writer: "Writer") -> list[str]:
    if body.having is None:
        return []
    first, *others = trailing(conjuncts(body.having, writer.counted), "AND")
    return [f"| WHERE {first}", *indent(others, "    ")]


def laid_out(outputs: Sequence[Sequence[str]], keys: Sequence[str]) -> list[str]:
    """Lay `STATS` out, an output a line."""
    ended = [[*each[:-1], f"{each[-1]},"] for each in outputs[:-1]]
    lines = ["| STATS", *indent([line for each in (*ended, outputs[-1]) for line in each], "    ")]
    if not keys:
        return lines
    line = f"  BY {', '.join(keys)}"
    if len(line) <= WIDTH:
        return [*lines, line]
    return [*lines, "  BY", *(f"    {key}," for key in keys[:-1]), f"    {keys[-1]}"]


class Writer:
    """Writes outputs and keys in the columns of RULE."""

    def __init__(self, rule: Lowered) -> None:
        self.rule = rule
        self.taken = {output.name for output in model.outputs(rule.body)}
        self.known = rule.never_empty

    def free(self, name: str) -> str:
        """Return NAME, or one like it that no output has."""
        return free_name(name, self.taken)

    @property
    def counted(self) -> frozenset[str]:
        """Name the outputs that are never null: a mean, a least and a greatest may be."""
        counts = {Aggregate.COUNT, Aggregate.COUNT_WHERE, *COUNTING}
        outputs = model.outputs(self.rule.body)
        return frozenset(output.name for output in outputs if output.aggregate in counts)

    def column(self, field: Field) -> str:
        """Name the column that holds FIELD, or a text that has it in it."""
        column = self.rule.columns[field.name]
        return named(column.computed or column.name)

    def value(self, field: Field) -> str:
        """Write the value of FIELD."""
        return _value(self.rule.columns[field.name])

    def key(self, key: Field) -> str:
        """Name a key, unless the name of its column will do: no output has it."""
        column = self.rule.columns[key.name]
        value = _value(column)
        implied = column.computed or column.name
        name = self.free(implied if value == named(implied) else key.name)
        return value if name == implied else f"{named(name)} = {value}"

    def output(self, output: Output) -> list[str]:
        """Write an output with its name; a long condition on its events has lines of its own."""
        line = f"{named(output.name)} = {self._aggregate(output)}"
        if output.where is None or len(line) <= WIDTH:
            return [line]
        blocks = conjuncts(output.where, self.known)
        return [f"{named(output.name)} = COUNT(*) WHERE", *indent(trailing(blocks, "AND"))]

    def _aggregate(self, output: Output) -> str:
        aggregate, field = output.aggregate, output.field
        if aggregate is Aggregate.COUNT:
            return "COUNT(*)"
        if aggregate is Aggregate.COUNT_WHERE and output.where:
            return f"COUNT(*) WHERE {inline(output.where, self.known)}"
        if field is None or field.name not in self.rule.columns:
            empty = "COUNT(*)" if aggregate in COUNTING else "MAX(@timestamp)"
            return f"{empty} WHERE false"
        made = self._made(aggregate, _value(self.rule.columns[field.name]), field)
        present = self._present(field, edge=aggregate in _EDGES)
        return f"{made} WHERE {present}" if present else made

    def _made(self, aggregate: Aggregate, value: str, field: Field) -> str:
        values = f"VALUES({value})"
        if field.many and (absent := self._absent(field)):
            # Of the values of one event some may be none.
            values = f"MV_DIFFERENCE({values}, {_array(absent)})"
        match aggregate:
            case Aggregate.SET:
                return values
            case Aggregate.COUNT_DISTINCT:
                return f"COALESCE(MV_COUNT({values}), 0)"  # COUNT_DISTINCT estimates
            case Aggregate.SUM:
                return f"COALESCE(SUM({value}), 0)"
            case Aggregate.SAMPLE:
                return f"MAX({value})"
            case Aggregate.FIRST | Aggregate.LAST:
                return f"{_EDGES[aggregate]}({value}, @timestamp)"
            case _:
                return f"{_NUMERIC[aggregate]}({value})"

    def _absent(self, field: Field) -> list[str]:
        """List the texts that mean that there is no value."""
        if not is_text(field):
            return []
        column = self.rule.columns[field.name]
        meant = {text for source in self.rule.sources for text in source.absent}
        return ["", *sorted(meant | set(column.absent))]

    def _present(self, field: Field, *, edge: bool) -> str | None:
        """Ask for a value where null is not left out by itself: at an EDGE, or if it is a text."""
        column = self.rule.columns[field.name]
        name = column.computed or column.name
        if name in self.known or not (edge or is_text(field)):
            return None
        if not is_text(field):
            return f"{named(name)} IS NOT NULL"
        if field.many:
            return None
        absent = self._absent(field)
        if len(absent) == 1:
            return f'{named(name)} != ""'
        return f"{named(name)} NOT IN ({', '.join(map(quoted, absent))})"


def _array(texts: list[str]) -> str:
    listed = ", ".join(map(quoted, texts))
    return f"[{listed}]" if len(texts) > 1 else listed


def _value(column: Column) -> str:
    r"""Write the neutral value: the name in a path, the account or the domain in DOMAIN\user."""
    name = named(column.computed or column.name)
    if column.form not in _PARTS or column.computed:
        return name
    parts = f'SPLIT({name}, "\\\\")'
    if column.part != "domain":
        return f"MV_LAST({parts})"
    return (
        f'CASE({name} LIKE """*\\\\*""", MV_FIRST({parts}))'
        if column.loose
        else f"MV_FIRST({parts})"
    )
