"""The commands of a query: where the events are, what they must meet, what is shown of them."""

from collections.abc import Sequence

from tocsin import model
from tocsin.backend import Lowered
from tocsin.text import WIDTH, indent
from tocsin_backends.esql.events import any_of, asked
from tocsin_backends.esql.moments import first_seen, slide
from tocsin_backends.esql.summary import stats
from tocsin_backends.esql.words import index, named, span

MOST_ROWS = 10_000  # Elasticsearch's esql.query.result_truncation_max_size
TIME = "@timestamp"
_METADATA = ("_id", "_index", "_version")


def commands(rule: Lowered) -> list[str]:
    """Write every command."""
    lines = ['SET unmapped_fields="nullify";', *_from(rule), *_window(rule)]
    match rule.body:
        case model.AnyOf():
            lines += [*any_of(rule.body, rule), *_keep(rule, "part")]
        case model.Summary(sliding=None):
            lines += [*asked(rule), *stats(rule.body, rule)]
        case model.Summary():
            lines += [*asked(rule), *slide(rule.body, rule)]
        case model.FirstSeen():
            lines += [*asked(rule), *first_seen(rule.body, rule), *_keep(rule)]
        case _:
            lines += [*asked(rule), *_keep(rule)]
    return [*lines, f"| LIMIT {MOST_ROWS}"]


def _from(rule: Lowered) -> list[str]:
    """Name the index patterns; an alert needs to know the event that it is about."""
    names = list(dict.fromkeys(index(name) for place in rule.places for name in place.index))
    is_grouped = isinstance(rule.body, model.Summary)
    metadata = [] if is_grouped else [f"METADATA {', '.join(_METADATA)}"]
    return _listed("FROM", names, metadata)


def _window(rule: Lowered) -> list[str]:
    """Bound the time of a hunt; a scheduled rule is given its window, but for what is before."""
    schedule = rule.rule.schedule
    back = reach(rule)
    if not schedule or (schedule.every is not None and back == schedule.over):
        return []
    return [f"| WHERE {TIME} > NOW() - {span(back)}"]


def reach(rule: Lowered) -> int:
    """Say how far back the query reads, in milliseconds; 0 if nobody says so."""
    schedule = rule.rule.schedule
    within = rule.body.within if isinstance(rule.body, model.FirstSeen) else 0
    return schedule.over + within if schedule else 0


# --- what is shown


def _keep(rule: Lowered, *more: str) -> list[str]:
    """Show of an alert what names the event, and what the rule speaks of: `_id` finds the rest."""
    schedule = rule.rule.schedule
    if schedule is None or schedule.every is None:
        return []
    entities = [name for entity in rule.rule.entities for name in entity.fields]
    if isinstance(rule.rule.body, model.Sequence):  # its last step is what is written
        start = f"{rule.rule.body.steps[-1].name}."
        entities = [name.removeprefix(start) for name in entities]
    tests = [t for each in model.conditions(rule.rule.body) for t in model.predicates(each)]
    read = [field.name for test in tests for field in model.fields_of(test)]
    columns = [
        column
        for name in (*entities, *read)
        for place in rule.places
        if name in place.columns
        for column in place.columns[name].names
    ]
    return _listed("| KEEP", [named(n) for n in dict.fromkeys((TIME, *_METADATA, *more, *columns))])


def _listed(word: str, items: Sequence[str], end: Sequence[str] = ()) -> list[str]:
    """Write what a command takes on one line where it fits, else one item a line."""
    line = " ".join([word, ", ".join(items), *end])
    if len(line) <= WIDTH:
        return [line]
    return [word, *indent([*(f"{item}," for item in items[:-1]), items[-1], *end], "    ")]
