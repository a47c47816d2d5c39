"""Spans of time in Kibana's words: `now-9m`, `5m`, `{"value": 30, "unit": "m"}`."""

from tocsin import model
from tocsin.header import span_of_time
from tocsin_backends.esql.query import reach
from tocsin_formats.elastic.choice import Chosen

_UNITS = {"s": 1000, "m": 60_000, "h": 3_600_000}  # of a suppression's duration


def interval(schedule: model.Schedule) -> str:
    """Say how often a rule runs; a hunt that somebody lets run, once for each of its spans."""
    return span_of_time(schedule.every or schedule.over)


def look_back(chosen: Chosen, schedule: model.Schedule) -> str:
    """Say how far back a run looks; ES|QL looks itself for what was seen before."""
    lowered = chosen.lowered
    seen = chosen.type == "esql" and isinstance(lowered.body, model.FirstSeen)
    return f"now-{span_of_time(reach(lowered) if seen else schedule.over)}"


def windows_itself(chosen: Chosen, schedule: model.Schedule) -> bool:
    """Whether the query bounds `@timestamp` by itself."""
    hunts = schedule.every is None
    return chosen.type == "esql" and (hunts or isinstance(chosen.lowered.body, model.FirstSeen))


def duration(milliseconds: int) -> dict[str, object]:
    """Write the duration of a suppression, in the largest unit that holds it."""
    unit, size = max(
        ((unit, size) for unit, size in _UNITS.items() if milliseconds % size == 0),
        key=lambda each: each[1],
    )
    return {"unit": unit, "value": milliseconds // size}
