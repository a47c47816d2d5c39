"""What ties the events of a rule together: nothing, rows, parts, order, what was there before."""

from tocsin import model
from tocsin.backend import Lowered
from tocsin.header import span_of_time
from tocsin.text import free_name
from tocsin_backends.kql.condition import Lists, quoted
from tocsin_backends.kql.names import by_time, clause, item, named, united, value, where_all
from tocsin_backends.kql.query import stages
from tocsin_backends.kql.sequence import sequence
from tocsin_backends.kql.sliding import slide
from tocsin_backends.kql.summary import summarize


def written(rule: Lowered, lists: Lists) -> list[str]:
    """Write the statements of RULE; LISTS gather those that stand before them."""
    body = rule.body
    match body:
        case model.Event():
            return stages(rule, lists)
        case model.Summary(sliding=None):
            time = rule.places[0].time
            return [*stages(rule, lists), *summarize(body, rule, time, lists)]
        case model.Summary():
            return slide(body, rule, lists)
        case model.FirstSeen():
            return [*stages(rule, lists), *_first_seen(body, rule)]
        case model.AnyOf():
            return _any_of(body, rule, lists)
        case model.Sequence():
            return sequence(body, rule, lists)


def _any_of(body: model.AnyOf, rule: Lowered, lists: Lists) -> list[str]:
    """Write a table for each part: each has gates and columns of its own."""
    taken = {name for place in rule.places for column in place.columns.values()
             for name in (*column.names, column.computed)}  # fmt: skip
    name = free_name("Part", taken)
    return united(
        [
            [*stages(lowered, lists), f"| extend {name} = {quoted(part.name)}"]
            for part, lowered in zip(body.parts, rule.parts, strict=True)
        ]
    )


def _first_seen(body: model.FirstSeen, rule: Lowered) -> list[str]:
    """Look at the event before with the same values: if it is too long ago, so are the others."""
    time, schedule = rule.places[0].time, rule.rule.schedule
    shown = {key.name: value(rule.columns[key.name]) for key in body.fields}
    names = {key.name: named(key, rule.columns[key.name], {time}) for key in body.fields}
    made = [item(names[each], shown[each]) for each in names if names[each] != shown[each]]
    keys = list(dict.fromkeys(names.values()))
    same = [f"{key} == prev({key})" for key in keys]
    soon = f"{time} - prev({time}) <= {span_of_time(body.within)}"
    lines = [
        *clause("| extend", made),
        *by_time(keys, time),
        *where_all([*same, soon], negated=True),
    ]
    return [*lines, *([f"| where {time} > ago({span_of_time(schedule.over)})"] if schedule else [])]
