"""`sliding D`: a self-join of the events of a key that are at most D apart.

Joined by key alone, a busy host would meet each of its events with every other one. So both sides
are cut into bins as long as the window, of which a window touches two (Microsoft, "Time window
join").
"""

from tocsin import model
from tocsin.backend import Lowered
from tocsin.header import span_of_time
from tocsin.text import free_name
from tocsin_backends.kql.condition import Lists, assigned
from tocsin_backends.kql.names import bracketed, by_time, clause, item, let, named, value, where_all
from tocsin_backends.kql.query import stages
from tocsin_backends.kql.summary import Writer, kept, rows

_EVENTS = "events"


def slide(body: model.Summary, rule: Lowered, lists: Lists) -> list[str]:
    """Write a row for the first of the moments in a row at which `having` is met."""
    assert body.sliding
    assert body.having
    time, width = rule.places[0].time, span_of_time(body.sliding)
    writer = Writer(body, rule, time, lists)
    read = [time, *(name for name in _reads(body, rule) if name != time)]
    taken = writer.taken | {*read, time}
    columns = {key.name: rule.columns[key.name] for key in body.keys}
    names = {key.name: named(key, columns[key.name], writer.taken) for key in body.keys}
    shown = [item(names[each], value(columns[each])) for each in names]
    keys = list(dict.fromkeys(names.values()))
    moment, bin_, met = (free_name(each, {*taken, *keys}) for each in ("Moment", "Bin", "Met"))
    found = [*stages(rule, lists), *clause("| project", list(dict.fromkeys([*shown, *read])))]
    at = [*keys, moment]
    before = [f"prev({met}, 1, false)", *(f"{key} == prev({key})" for key in keys)]
    last = item(free_name(time, {*writer.taken, *keys}), moment)
    return [
        *let(_EVENTS, found, again=True),
        _EVENTS,
        f"| summarize by {', '.join([*keys, item(moment, time)])}",
        f"| mv-expand {bin_} = range(bin({moment} - {width}, {width}), bin({moment}, {width}), "
        f"{width}) to typeof(datetime)",
        f"| join kind=inner ({_EVENTS} | extend {bin_} = bin({time}, {width})) "
        f"on {', '.join([*keys, bin_])}",
        f"| where {time} between ({moment} - {width} .. {moment})",
        *rows([[line] for line in writer.outputs()], at),
        *assigned(met, kept(body, body.having, lists), lists),
        *by_time(keys, moment),
        *where_all([met, f"not({' and '.join(before)})"]),
        *clause("| project", [*keys, *(bracketed(each.name) for each in body.outputs), last]),
    ]


def _reads(body: model.Summary, rule: Lowered) -> list[str]:
    """Name the columns that the outputs are made of."""
    found: dict[str, None] = {}
    for output in body.outputs:
        if output.where:
            found |= dict.fromkeys(sorted(model.reads(output.where)))
        if output.field and (column := rule.columns.get(output.field.name)):
            found[column.computed or column.name] = None
    return list(found)
