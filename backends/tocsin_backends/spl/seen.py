"""`first seen`: events whose values were in no event shortly before.

The event right before with the same values tells: if it is too long ago, so is every other. Of
events of one moment, that all are new, the first is shown.
"""

from tocsin import model
from tocsin.backend import Lowered
from tocsin.header import span_of_time
from tocsin.text import free_name, indent, trailing
from tocsin_backends.spl.raw import reach
from tocsin_backends.spl.times import longer
from tocsin_backends.spl.values import by, column_names, keyed


def first_seen(body: model.FirstSeen, rule: Lowered) -> list[str]:
    """Write what keeps the events that are new, of those in the time that is searched."""
    made, keys = keyed(rule, body.fields)
    earlier = free_name("earlier", column_names(rule).union(keys))
    schedule = rule.rule.schedule
    searched = (
        [f'_time>=relative_time(now(), "-{span_of_time(schedule.over)}")'] if schedule else []
    )
    new = f"(isnull({earlier}) OR {longer('_time', earlier, body.within)})"
    first, *others = trailing([*([each] for each in searched), [new]], "AND")
    return [
        *made,
        "| sort 0 _time",
        f"| streamstats current=f window=1 global=f last(_time) AS {earlier}",
        *by(keys),
        f"| where {first}",
        *indent(others, "    "),
    ]


def assumes(body: model.FirstSeen, rule: Lowered) -> str:
    """Say how far back there must be events."""
    schedule, within = rule.rule.schedule, span_of_time(body.within)
    if schedule is None:
        return f"the search must begin {within} before the time that it is asked about"
    back = span_of_time(reach(schedule.over, body.within))
    return f"events are kept for {back}: the query looks back as far, whatever its schedule says"
