"""`having …`: which rows of a summary are kept, said of their outputs."""

import dataclasses
from collections.abc import Iterator, Sequence
from itertools import chain, count

from tocsin import model, tree
from tocsin.analyze.aggregates import output
from tocsin.analyze.condition import Conditions
from tocsin.analyze.scope import Scope
from tocsin.diagnostics import Code, Diagnostic, unknown
from tocsin.frozen import replace
from tocsin.model import Aggregate, Field, Ordering
from tocsin.passes.simplify import constants
from tocsin.schema import FieldType
from tocsin.source import Span

_COUNTS = frozenset({Aggregate.COUNT, Aggregate.COUNT_WHERE, Aggregate.COUNT_DISTINCT})
_NUMERIC = _COUNTS | {Aggregate.SUM, Aggregate.AVG}
_RISING = _COUNTS | {Aggregate.SUM, Aggregate.MAX}  # with every event of a window
_ORDERED = frozenset({Aggregate.MIN, Aggregate.MAX})


def having(
    clause: tree.Having,
    outputs: list[model.Output],
    keys: Sequence[Field],
    conditions: Conditions,
    scope: Scope,
) -> model.Expr | None:
    """Resolve CLAUSE; an aggregate that it writes out is added to OUTPUTS, if it is none of them.

    An output is read as a field of its name that holds a number.
    """
    found = _Having(outputs, keys, conditions, scope).expr(clause)
    for place, value in constants(found) if found else ():
        message = f"this condition is always {str(value).lower()}"
        conditions.found.append(Diagnostic(Code.CONSTANT, message, place, "whatever the row"))
    return found


@dataclasses.dataclass(slots=True)
class _Having:
    outputs: list[model.Output]
    keys: Sequence[Field]
    conditions: Conditions
    scope: Scope

    def expr(self, node: tree.Having) -> model.Expr | None:
        match node:
            case tree.Threshold():
                return self._threshold(node)
            case tree.NotHaving(operand, span):
                inner = self.expr(operand)
                return model.Not(inner, span) if inner else None
            case tree.Thresholds():
                return self._thresholds(node)

    def _thresholds(self, node: tree.Thresholds) -> model.Expr | None:
        found = [each for each in map(self.expr, node.operands) if each]
        if len(found) < len(node.operands):
            return None
        match node.count:
            case "any":
                return model.any_of(tuple(found), node.span)
            case "all":
                return model.all_of(tuple(found), node.span)
            case int() as count if 1 <= count <= len(found):
                return model.AtLeast(count, tuple(found), node.span)
            case count:
                message = f"`{count} of` {len(found)} conditions"
                place = Span(node.span.file, node.span.start, node.span.start + len(str(count)))
                self._report(Code.COUNT, message, place, f"from 1 to {len(found)}")
                return None

    def _threshold(self, node: tree.Threshold) -> model.Expr | None:
        field = self._output(node.what)
        if isinstance(node.bound, tree.Range):
            low, high = node.bound.low, node.bound.high
            if low > high:
                message, label = "a range that runs down", "nothing is in it"
                self._report(Code.REVERSED_RANGE, message, node.bound.span, label)
                return None
            return model.NumberWithin(field, low, high, node.span) if field else None
        bound = self.conditions.names.count(node.bound, self.scope)
        if field is None or bound is None:
            return None
        match node.op:
            case "==":
                return model.NumberIn(field, (bound,), node.span)
            case "!=":
                return model.Not(model.NumberIn(field, (bound,), node.span), node.span)
            case _:
                return model.NumberIs(field, Ordering(node.op), bound, node.span)

    def _output(self, what: tree.Word | tree.Aggregate) -> Field | None:
        """Find the output that is meant, or make it."""
        named = what.name if isinstance(what, tree.Aggregate) else what
        if isinstance(what, tree.Aggregate):
            made = output(what, what.name, self.conditions, self.scope)
            if made is None:
                return None
            found = next((each for each in self.outputs if _alike(each, made)), None)
            if found is None:
                taken = {each.name for each in self.outputs}
                numbered = (f"{_name(made)}_{number}" for number in count(2))
                names = (name for name in chain([_name(made)], numbered) if name not in taken)
                found = replace(made, name=next(names))
                self.outputs.append(found)
        else:
            found = next((each for each in self.outputs if each.name == what.text), None)
            if found is None:
                self._no_output(what)
                return None
        if _is_number(found):
            return Field(found.name, FieldType.NUMBER)
        message, label = f"`{found.name}` is no number", "cannot be held against one"
        hint = "numbers are made by `count`, `sum`, `avg`, and by `min` and `max` of numbers"
        self._report(Code.HAVING, message, named.span, label, hint)
        return None

    def _no_output(self, word: tree.Word) -> None:
        names = [each.name for each in self.outputs]
        fields = {*self.conditions.fields.shared, *(key.name for key in self.keys)}
        if word.text in fields:
            message, label = f"`{word.text}` is not aggregated", "a row has many events"
            hint = f"such as `count(distinct {word.text}) >= 3`"
            self._report(Code.HAVING, message, word.span, label, hint)
        else:
            self.conditions.found.append(
                unknown(Code.UNKNOWN_FIELD, "output", word.text, word.span, names)
            )

    def _report(
        self, code: Code, message: str, span: Span, label: str, hint: str | None = None
    ) -> None:
        self.conditions.found.append(Diagnostic(code, message, span, label, hint))


def _alike(one: model.Output, other: model.Output) -> bool:
    return replace(one, name="") == replace(other, name="")


def _is_number(output: model.Output) -> bool:
    of_numbers = output.field is not None and output.field.type is FieldType.NUMBER
    return output.aggregate in _NUMERIC or (output.aggregate in _ORDERED and of_numbers)


def _name(output: model.Output) -> str:
    """Name an output that the rule only writes in its `having`."""
    words = output.aggregate.value.split()
    words += output.field.name.split(".") if output.field else []
    return "_".join(words).capitalize()


# --- windows that slide


def lower_bound(
    clause: tree.Summarize,
    kept: model.Expr | None,
    outputs: Sequence[model.Output],
    found: list[Diagnostic],
) -> None:
    """See that more events can only help to meet `having`, as a window that slides needs it."""
    assert clause.sliding
    if clause.having is None:
        message, label = "a window that slides without `having`", "begins a row at every event"
        hint = "`having count() >= 3`; bins of the clock are `every`"
        found.append(Diagnostic(Code.SLIDING, message, clause.sliding.span, label, hint))
    rising = frozenset(each.name for each in outputs if each.aggregate in _RISING)
    for expr in _falling(kept, rising) if kept else ():
        message, label = "a window that slides, and no lower bound", "more events may unmeet it"
        hint = "such as `having count() >= 3`; bins of the clock are `every`"
        found.append(Diagnostic(Code.SLIDING, message, expr.span, label, hint))


def _falling(expr: model.Expr, rising: frozenset[str]) -> Iterator[model.Expr]:
    """Yield the parts of EXPR that a further event may make false; no RISING output falls."""
    match expr:
        case model.And() | model.Or() | model.AtLeast():
            for operand in expr.operands:
                yield from _falling(operand, rising)
        case model.NumberIs(field, Ordering.MORE | Ordering.AT_LEAST) if field.name in rising:
            pass
        case _:
            yield expr
