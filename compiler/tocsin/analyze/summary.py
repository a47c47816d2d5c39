"""`summarize by … every … { … } having …`: keys, bins, outputs, and which rows are kept."""

import re

from tocsin import model, tree
from tocsin.analyze.aggregates import output
from tocsin.analyze.condition import Conditions
from tocsin.analyze.having import having, lower_bound
from tocsin.analyze.keys import keys, no_keys
from tocsin.analyze.scope import Scope
from tocsin.diagnostics import Code, Diagnostic, Note
from tocsin.source import Span

_DAY = 86_400_000  # milliseconds
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def summary(
    clause: tree.Summarize, event: model.Event | None, conditions: Conditions, scope: Scope
) -> model.Summary | None:
    """Resolve a summary around EVENT; None if a part of it is wrong."""
    found = conditions.found
    before = len(found)
    tied = keys(clause.by, conditions)
    every = _bin(clause, conditions, scope)
    sliding = _sliding(clause, conditions, scope)
    outputs = [o for each in clause.outputs if (o := _output(each, conditions, scope))]
    names: dict[str, Span] = {}
    for each in outputs:
        if each.name in names:
            message = f"two outputs are named `{each.name}`"
            note = Note("the first one", names[each.name])
            found.append(
                Diagnostic(Code.DUPLICATE_NAME, message, each.span, "the same name", notes=(note,))
            )
        names.setdefault(each.name, each.span)
    if not clause.outputs:
        message = "a summary without outputs"
        hint = "such as `Events = count()`"
        found.append(Diagnostic(Code.MISSING_CLAUSE, message, _word(clause), "shows nothing", hint))
    kept = None
    if len(outputs) == len(clause.outputs) and clause.having:
        kept = having(clause.having, outputs, tied or (), conditions, scope)
    if clause.sliding:
        lower_bound(clause, kept, outputs, found)
    if not clause.by:
        no_keys(_word(clause), "a summary", found)
    if event is None or tied is None or any(each.code.is_error for each in found[before:]):
        return None
    return model.Summary(event, tied, every, tuple(outputs), clause.span, sliding, kept)


def _word(clause: tree.Summarize) -> Span:
    start = clause.span.start
    return Span(clause.span.file, start, start + len("summarize"))


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


def _sliding(clause: tree.Summarize, conditions: Conditions, scope: Scope) -> int | None:
    if clause.sliding is None:
        return None
    sliding = conditions.names.duration(clause.sliding, scope)
    if sliding is not None and sliding <= 0:
        message = "a window of no length"
        place = clause.sliding.span
        conditions.found.append(Diagnostic(Code.WINDOW, message, place, "longer than 0"))
    return sliding


def _output(written: tree.Output, conditions: Conditions, scope: Scope) -> model.Output | None:
    name = written.name
    if not (name.text.isascii() and _NAME.fullmatch(name.text)):
        message = f"`{name.text}` is no output name"
        conditions.found.append(
            Diagnostic(
                Code.META_VALUE, message, name.span, "a letter, then letters, digits and `_`"
            )
        )
    return output(written.aggregate, name, conditions, scope)
