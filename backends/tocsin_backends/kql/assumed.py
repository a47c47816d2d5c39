"""What must be so for a query to mean what its rule means, and what the products allow a rule."""

from collections.abc import Callable, Iterator

from tocsin import model
from tocsin.backend import Lowered
from tocsin.header import span_of_time
from tocsin.lower.patterns import folding
from tocsin.passes.negation import wanted_tests
from tocsin_backends.kql.programs import ASSUMED as SPLIT
from tocsin_backends.kql.programs import is_split

# Characters of a scheduled analytics rule (Microsoft, "Scheduled analytics rules in Sentinel").
_MOST_CHARACTERS = 10_000
LONG = "In Sentinel the query must stand in a saved function: a rule takes 10,000 characters"
_LOWER = "no U+0130 or U+212A in a command line: tolower() may take them for `i` and `k`"
_DAY = 86_400_000
# How far back a scheduled rule may look, and how far back the portal has events (the same page;
# Microsoft, "Advanced hunting overview").
_RULE_READS = 14 * _DAY
_PORTAL_KEEPS = 30 * _DAY


def assumed(rule: Lowered, written: Callable[[Lowered], str]) -> Iterator[str]:
    """Say what the query takes for granted that is WRITTEN for RULE."""
    conditions = model.conditions(rule.body)
    wanted = (test for each in conditions for test in wanted_tests(each))
    yield from folding(test for test in wanted if isinstance(test, model.Matches))
    asked = (test for each in conditions for test in model.predicates(each))
    if any(map(_folds_arguments, asked)):
        yield _LOWER
    if is_split(expr for each in (rule, *rule.parts) for expr in each.computed.values()):
        yield SPLIT
    if isinstance(rule.body, model.FirstSeen):
        yield from _remembered(rule.body, rule.rule.schedule)
    if _alerts(rule.rule.schedule) and len(written(rule)) > _MOST_CHARACTERS:
        yield LONG


def _alerts(schedule: model.Schedule | None) -> bool:
    return schedule is not None and schedule.every is not None


def _folds_arguments(test: model.Predicate) -> bool:
    """Whether TEST holds an argument in lower case against a text with one of these letters."""
    return (
        isinstance(test, model.Equals)
        and test.field.array
        and test.field.name.endswith("_lower")
        and any({"i", "k"} & set(value) for value in test.values.items)
    )


def _remembered(body: model.FirstSeen, schedule: model.Schedule | None) -> Iterator[str]:
    """Say how much of the past the query needs: what is not read was never seen."""
    if schedule is None:
        yield f"The search must begin {span_of_time(body.within)} before the events in question"
        return
    read = body.within + schedule.over
    period = f"{span_of_time(body.within)} + {span_of_time(schedule.over)}"
    new = "what was last seen before that counts as new"
    if _alerts(schedule) and read > _RULE_READS:
        yield f"In Sentinel a rule reads 14d, not the {period} that this one wants: {new}"
    elif _alerts(schedule):
        yield f"In Sentinel the rule's query period must be {period}"
    if read > _PORTAL_KEEPS:
        yield f"The tables must keep {period}, of which advanced hunting has 30d: {new}"
