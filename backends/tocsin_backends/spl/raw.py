"""A search of events: `index=* source=… EventCode=1`, and what it leaves to `where`."""

from collections.abc import Sequence

from tocsin import model
from tocsin.backend import Lowered
from tocsin.header import span_of_time
from tocsin.lower.others import Other, with_others
from tocsin.model import Expr
from tocsin.profiles import SourceClass
from tocsin.text import indent
from tocsin_backends.spl.plan import plan
from tocsin_backends.spl.search import group, terms
from tocsin_backends.spl.values import evals
from tocsin_backends.spl.where import is_compared, where


def events(rule: Lowered) -> list[str]:
    """Write the base search, then `where`."""
    searched, tested = plan(model.event_of(rule.body).condition, rule.computed.keys())
    lines = [" ".join([*_gate(rule.places), *window(rule)])]
    return [*lines, *indent(terms(searched)), *later(rule, tested)]


def later(rule: Lowered, tested: Sequence[Expr]) -> list[str]:
    """Write what comes after a search: tests, and the fields that some of them need made first."""
    made = rule.computed
    tested = _paired(tested)
    plain = [each for each in tested if not model.reads(each) & made.keys()]
    others = [each for each in tested if each not in plain]
    first = rule.made_for(model.reads(*others)).keys()
    return [
        *(line for each in plain for line in _where(each)),
        *evals(made, first),
        *(line for each in others for line in _where(each)),
        *evals(made, made.keys() - first),
    ]


def _paired(tested: Sequence[Expr]) -> list[Expr]:
    """Put `f exists` and `not f == "-"` into one `where`, which then says `f!="-"`."""
    return [
        _together(each.test) if isinstance(each, Other) else each
        for each in with_others(tested, is_compared)
    ]


def _together(test: model.Equals) -> Expr:
    present = model.Exists(test.field, test.span)
    return model.And((present, model.Not(test, test.span)), test.span)


def _where(expr: Expr) -> list[str]:
    lines = where(expr)
    return [f"| where {lines[0]}", *(f"    {line}" for line in lines[1:])]


def _gate(places: tuple[SourceClass, ...]) -> list[str]:
    """Tell the events: the terms that all classes share, then those of either."""
    ways = list(dict.fromkeys(tuple(_terms(place)) for place in places))
    shared = [term for term in ways[0] if all(term in way for way in ways)]
    others = [tuple(term for term in way if term not in shared) for way in ways]
    if len(ways) == 1 or () in others:
        return shared
    return [*shared, group([" AND ".join(way) for way in others], "OR")]


def _terms(place: SourceClass) -> list[str]:
    """Say where the events are; a macro of the team's may know better."""
    return [*([place.macro] if place.macro else origin(place)), *place.search]


def origin(place: SourceClass) -> list[str]:
    """Write the terms that say where events are kept, which a macro may stand for."""
    index = [f"index={name}" for name in place.index or ("*",)]
    where_ = group(index, "OR") if len(index) > 1 else index[0]
    return [where_, *([place.events] if place.events else [])]


def window(rule: Lowered) -> list[str]:
    """Bound the time of a hunt; a scheduled search is given its window.

    What is seen first is looked for in the time before as well, which no schedule knows of.
    """
    schedule, body = rule.rule.schedule, rule.body
    if schedule is None:
        return []
    if isinstance(body, model.FirstSeen):
        return [f"earliest=-{span_of_time(reach(schedule.over, body.within))}"]
    return [] if schedule.every else [f"earliest=-{span_of_time(schedule.over)}"]


def reach(over: int, within: int) -> int:
    """Return how far back both go together, in whole seconds, as time modifiers have no less."""
    return -(-(over + within) // 1000) * 1000
