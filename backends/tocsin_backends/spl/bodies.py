"""What ties the events of a rule together: nothing, rows, parts, order, or what came before."""

from tocsin import model
from tocsin.backend import Lowered
from tocsin_backends.spl import datamodel, raw, seen
from tocsin_backends.spl.any_of import APPENDED, any_of
from tocsin_backends.spl.sequence import REMEMBERED, sequence
from tocsin_backends.spl.sliding import MEMORY, slide
from tocsin_backends.spl.summary import shown_times, stats


def written(rule: Lowered) -> list[str]:
    """Write the commands of RULE, over events or over a data model."""
    body, modelled = rule.body, bool(rule.places[0].datamodel)
    match body:
        case model.Event() if modelled:
            return [*datamodel.events(rule), *shown_times([datamodel.FIRST, datamodel.LAST])]
        case model.Event():
            return raw.events(rule)
        case model.Summary() if modelled:
            return datamodel.rows(body, rule)
        case model.Summary(sliding=None):
            return [*raw.events(rule), *stats(body, rule)]
        case model.Summary():
            return [*raw.events(rule), *slide(body, rule)]
        case model.FirstSeen():
            return [*raw.events(rule), *seen.first_seen(body, rule)]
        case model.AnyOf():
            return any_of(body, rule)
        case model.Sequence():
            return sequence(body, rule)


def assumes(rule: Lowered) -> tuple[str, ...]:
    """Say what must be so for the commands to find all that is meant."""
    body, modelled = rule.body, bool(rule.places[0].datamodel)
    match body:
        case model.Summary() if modelled:
            return datamodel.assumes(body)
        case model.Summary(sliding=int()):
            return (MEMORY,)
        case model.FirstSeen():
            return (seen.assumes(body, rule),)
        case model.AnyOf(parts) if modelled and len(parts) > 1:
            return (APPENDED,)
        case model.Sequence():
            return (REMEMBERED,)
        case model.Event() | model.Summary() | model.AnyOf():
            return ()
