"""`detect any`: a search for each part, whose name its events bear."""

from tocsin import model
from tocsin.backend import Lowered
from tocsin.text import free_name
from tocsin_backends.spl import datamodel, raw
from tocsin_backends.spl.legs import appended, together
from tocsin_backends.spl.search import quoted
from tocsin_backends.spl.summary import shown_times
from tocsin_backends.spl.values import column_names

APPENDED = (
    "no part after the first finds over 10,000 rows or is searched for over 60 seconds: `append`"
    " takes no more (limits.conf)"
)


def any_of(body: model.AnyOf, rule: Lowered) -> list[str]:
    """Write the searches; those of data models make rows, which are put one behind the other."""
    name = free_name("part", column_names(rule))
    legs = [
        [*_events(lowered), f"| eval {name}={quoted(part.name)}"]
        for part, lowered in zip(body.parts, rule.parts, strict=True)
    ]
    if not rule.places[0].datamodel:
        return together(legs)
    return [*appended(legs), *shown_times([datamodel.FIRST, datamodel.LAST])]


def _events(rule: Lowered) -> list[str]:
    return datamodel.events(rule) if rule.places[0].datamodel else raw.events(rule)
