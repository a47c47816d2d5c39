"""A query, so written that its rows show what is asked for."""

from collections.abc import Iterable

from tocsin import model
from tocsin.backend import Lowered
from tocsin_backends.kql.shown.events import of_events, of_parts
from tocsin_backends.kql.shown.result import Showing
from tocsin_backends.kql.shown.rows import of_sequence, of_summary


def showing(rule: Lowered, names: Iterable[str]) -> Showing:
    """Write the query of RULE so that it shows NAMES: fields, outputs, keys, `step.field`."""
    wanted = tuple(dict.fromkeys(names))
    match rule.body:
        case model.Summary():
            return of_summary(rule.body, rule, wanted)
        case model.Sequence():
            return of_sequence(rule.body, rule, wanted)
        case model.AnyOf():
            return of_parts(rule.body, rule, wanted)
        case model.Event() | model.FirstSeen():
            return of_events(rule, wanted)
