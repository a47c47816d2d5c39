"""`first seen (f, …) in D`: events whose values no earlier one had."""

from tocsin import model, tree
from tocsin.analyze.condition import Conditions
from tocsin.analyze.keys import keys
from tocsin.analyze.scope import Scope
from tocsin.diagnostics import Code, Diagnostic


def first_seen(
    clause: tree.FirstSeen, event: model.Event | None, conditions: Conditions, scope: Scope
) -> model.FirstSeen | None:
    """Resolve CLAUSE around EVENT; None if a part of it is wrong."""
    fields = keys(clause.fields, conditions)
    within = conditions.names.duration(clause.within, scope)
    if within is not None and within <= 0:
        message, place = "a window of no length", clause.within.span
        conditions.found.append(Diagnostic(Code.WINDOW, message, place, "longer than 0"))
    if event is None or fields is None or within is None:
        return None
    return model.FirstSeen(event, fields, within, clause.span)
