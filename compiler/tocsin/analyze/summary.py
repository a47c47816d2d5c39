"""`summarize by … every … { … }`: keys, bins and aggregates."""

import re

from tocsin import model, tree
from tocsin.analyze.condition import Conditions
from tocsin.analyze.fields import KINDS
from tocsin.analyze.predicate import not_yet
from tocsin.analyze.scope import Scope
from tocsin.diagnostics import Code, Diagnostic, Note, unknown
from tocsin.model import Aggregate, Field
from tocsin.schema import FieldType
from tocsin.source import Span

_DAY = 86_400_000  # milliseconds
_NUMERIC = frozenset({Aggregate.SUM, Aggregate.AVG})
_ORDERED = frozenset({Aggregate.MIN, Aggregate.MAX})
_WORDS = ("count", "min", "max", "sum", "avg", "set", "sample", "first", "last")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def summary(
    clause: tree.Summarize, event: model.Event | None, conditions: Conditions, scope: Scope
) -> model.Summary | None:
    """Resolve a summary around EVENT; None if a part of it is wrong."""
    found = conditions.found
    before = len(found)
    found += [not_yet(later.what, later.span) for later in clause.later]
    keys = tuple(key for ref in clause.by if (key := _key(ref, conditions)))
    every = _bin(clause, conditions, scope)
    outputs = tuple(o for each in clause.outputs if (o := _output(each, conditions, scope)))
    names: dict[str, Span] = {}
    for output in outputs:
        if output.name in names:
            message = f"two outputs are named `{output.name}`"
            note = Note("the first one", names[output.name])
            found.append(
                Diagnostic(
                    Code.DUPLICATE_NAME, message, output.span, "the same name", notes=(note,)
                )
            )
        names.setdefault(output.name, output.span)
    if not clause.outputs:
        message = "a summary without outputs"
        hint = "such as `Events = count()`"
        start = clause.span.start
        word = Span(clause.span.file, start, start + len("summarize"))
        found.append(Diagnostic(Code.MISSING_CLAUSE, message, word, "shows nothing", hint))
    if event is None or any(each.code.is_error for each in found[before:]):
        return None
    return model.Summary(event, keys, every, outputs, clause.span)


def _key(ref: tree.FieldRef, conditions: Conditions) -> Field | None:
    field = conditions.field(ref)
    if field and (field.many or field.type is FieldType.TIME):
        why = "may have several values" if field.many else "is a time; `every` makes bins"
        message = f"`{field.name}` cannot be a key"
        conditions.found.append(Diagnostic(Code.TYPE_MISMATCH, message, ref.span, why))
    return field


def _bin(clause: tree.Summarize, conditions: Conditions, scope: Scope) -> int | None:
    if clause.every is None:
        return None
    every = conditions.names.duration(clause.every, scope)
    if every is not None and (every <= 0 or _DAY % every):
        message = "a bin that does not divide a day"
        hint = "bins begin at midnight UTC: such as 5m, 10m, 15m, 30m, 1h, 6h, 12h, 1d"
        conditions.found.append(
            Diagnostic(Code.BIN, message, clause.every.span, "leaves a rest", hint)
        )
    return every


def _output(written: tree.Output, conditions: Conditions, scope: Scope) -> model.Output | None:
    call, name = written.aggregate, written.name
    if not (name.text.isascii() and _NAME.fullmatch(name.text)):
        message = f"`{name.text}` is no output name"
        conditions.found.append(
            Diagnostic(
                Code.META_VALUE, message, name.span, "a letter, then letters, digits and `_`"
            )
        )
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
