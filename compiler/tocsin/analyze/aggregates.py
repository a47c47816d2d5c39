"""What a summary makes of the events of a row: `count()`, `set(f)`, `count(where …)`."""

from tocsin import model, tree
from tocsin.analyze.condition import Conditions
from tocsin.analyze.fields import KINDS
from tocsin.analyze.scope import Scope
from tocsin.diagnostics import Code, Diagnostic, unknown
from tocsin.model import Aggregate, Field
from tocsin.schema import FieldType

_NUMERIC = frozenset({Aggregate.SUM, Aggregate.AVG})
_ORDERED = frozenset({Aggregate.MIN, Aggregate.MAX})
_WORDS = ("count", "min", "max", "sum", "avg", "set", "sample", "first", "last")


def output(
    call: tree.Aggregate, name: tree.Word, conditions: Conditions, scope: Scope
) -> model.Output | None:
    """Resolve an aggregate, to be shown as NAME; None if it is wrong."""
    if call.name.text not in _WORDS:
        conditions.found.append(
            unknown(Code.UNKNOWN_WORD, "aggregate", call.name.text, call.name.span, _WORDS)
        )
        return None
    aggregate = _aggregate(call)
    where = conditions.analyze_whole(call.where, scope) if call.where else None
    field = conditions.field(call.field) if call.field else None
    if aggregate is None or (call.field and field is None) or (call.where and where is None):
        if aggregate is None:
            conditions.found.append(_arguments(call))
        return None
    wrong = _wrong_type(aggregate, field, call)
    if wrong:
        conditions.found.append(wrong)
        return None
    return model.Output(name.text, aggregate, field, where, name.span)


def _aggregate(call: tree.Aggregate) -> Aggregate | None:
    """Tell the kinds of `count` apart, and see that the arguments fit."""
    if call.name.text == "count":
        if call.where:
            return Aggregate.COUNT_WHERE
        if call.distinct:
            return Aggregate.COUNT_DISTINCT
        return Aggregate.COUNT if call.field is None else None
    fits = call.field is not None and not call.distinct
    return Aggregate(call.name.text) if fits else None


def _arguments(call: tree.Aggregate) -> Diagnostic:
    if call.name.text == "count":
        message, hint = "`count` of a field", "`count()` counts events, `count(distinct f)` values"
    else:
        message, hint = f"`{call.name.text}` takes one field", f"`{call.name.text}(user.name)`"
    return Diagnostic(Code.TYPE_MISMATCH, message, call.span, "does not fit", hint)


def _wrong_type(
    aggregate: Aggregate, field: Field | None, call: tree.Aggregate
) -> Diagnostic | None:
    if field is None or aggregate not in _NUMERIC | _ORDERED:
        return None
    if field.type is FieldType.NUMBER or (field.type is FieldType.TIME and aggregate in _ORDERED):
        return None
    what = "numbers" if aggregate in _NUMERIC else "numbers and times"
    message = f"`{aggregate}` is for {what}; `{field.name}` is {KINDS[field.type]}"
    label = "no number" if aggregate in _NUMERIC else "has no order"
    return Diagnostic(
        Code.TYPE_MISMATCH, message, call.field.span if call.field else call.span, label
    )
