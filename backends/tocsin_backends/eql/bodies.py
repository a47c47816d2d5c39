"""The query of every body: `process where …`, `any where (…) or (…)`, `sequence by …`."""

from collections.abc import Collection, Iterable, Sequence
from itertools import takewhile

from tocsin import model
from tocsin.backend import Lowered
from tocsin.frozen import dataclass, replace
from tocsin.header import span_of_time
from tocsin.model import Expr, Field, Part
from tocsin.schema import FieldType
from tocsin.text import indent
from tocsin_backends.eql import until
from tocsin_backends.eql.lacking import runs_of
from tocsin_backends.eql.where import Kind, is_system, kind_of, where
from tocsin_backends.eql.write import named


def query(rule: Lowered) -> list[str]:
    """Write RULE without its header."""
    body = rule.body
    match body:
        case model.Event():
            return where([kind_of(rule.places, body.condition)])
        case model.AnyOf():
            parts = zip(body.parts, rule.parts, strict=True)
            return where([kind_of(each.places, part.event.condition) for part, each in parts])
        case model.Sequence():
            return _sequence(rule, body)
        case model.Summary():
            return _counted(rule, body)
        case model.FirstSeen():
            raise AssertionError(type(body).__name__)  # which `lacks` always refuses


# --- sequences


@dataclass(frozen=True, slots=True)
class _Leg:
    """The events of a PART, and the columns that join them to others."""

    part: Part
    kind: Kind
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Term:
    """What stands in one pair of brackets: RUNS events, each of one of LEGS."""

    legs: tuple[_Leg, ...]
    runs: int = 1


def _sequence(rule: Lowered, body: model.Sequence) -> list[str]:
    meant = rule.rule.body
    assert isinstance(meant, model.Sequence)
    lowered = iter(rule.parts)
    terms = [
        _Term(tuple(_leg(part, next(lowered), first=at == 0) for part in step.parts), step.repeats)
        for at, step in enumerate(body.steps)
    ]
    ends: list[_Term] = []
    if body.until:
        end, begun = _leg(body.until, next(lowered)), until.begun(meant)
        started = (leg for leg in terms[0].legs if leg.part.name in begun)
        ends = [_Term((_without(end, started),))]
        terms[-1:] = _spared(terms[-1], end, until.spared(meant))
    shared = _shared([leg.keys for term in (*terms, *ends) for leg in term.legs])
    lines = [_opening(terms[0].legs[0].keys[:shared], body.within)]
    for term in terms:
        lines += indent(_bracketed(term, shared))
    for term in ends:
        lines += _bracketed(term, shared, "until ")
    return lines


def _counted(rule: Lowered, body: model.Summary) -> list[str]:
    """Write so many events within a window that slides."""
    runs = runs_of(body)
    assert runs
    assert body.sliding
    leg = _leg(Part("", body.event, body.keys, body.span), rule, first=True)
    more = (*leg.kind.conditions, *([runs.where] if runs.where else []))
    term = _Term((replace(leg, kind=replace(leg.kind, conditions=more)),), runs.least)
    return [_opening(leg.keys, body.sliding), *indent(_bracketed(term, len(leg.keys)))]


def _opening(keys: Iterable[str], within: int) -> str:
    by = ", ".join(map(named, keys))
    return f"sequence{f' by {by}' if by else ''} with maxspan={span_of_time(within)}"


def _bracketed(term: _Term, shared: int, word: str = "") -> list[str]:
    """Write a term, its predicates below its category, as Elastic's own rules do."""
    first, *others = where([leg.kind for leg in term.legs])
    edge = " " * len(f"{word}[")
    lines = [f"{word}[{first}", *(edge + line.removeprefix("  ") for line in others)]
    by = ", ".join(map(named, term.legs[0].keys[shared:]))
    runs = f" with runs={term.runs}" if term.runs > 1 else ""
    return [*lines[:-1], f"{lines[-1]}]{f' by {by}' if by else ''}{runs}"]


def _shared(keys: Sequence[tuple[str, ...]]) -> int:
    """Count the keys that lead in every one of KEYS: they stand once, in the order written."""
    together = takewhile(lambda names: len(set(names)) == 1, zip(*keys, strict=True))
    return sum(1 for _ in together)


# --- keys: an absent one joins nothing by itself, an empty text has to be told off, but only once

_TEXTUAL = frozenset({FieldType.TEXT, FieldType.PATH})


def _leg(part: Part, lowered: Lowered, *, first: bool = False) -> _Leg:
    keys = tuple(lowered.columns[key.name].name for key in part.keys)
    kind = kind_of(lowered.places, part.event.condition)
    asked = [_key_asked_for(each, keys) for each in kind.conditions]
    empty = (field for field in asked if first and field and field.type in _TEXTUAL)
    kept = (each for each, field in zip(kind.conditions, asked, strict=True) if not field)
    tests = tuple(f'{named(field.name)} != ""' for field in empty)
    return _Leg(part, replace(kind, conditions=tuple(kept), tests=tests), keys)


def _key_asked_for(expr: Expr, keys: Collection[str]) -> Field | None:
    return expr.field if isinstance(expr, model.Exists) and expr.field.name in keys else None


# --- `until`


def _spared(last: _Term, end: _Leg, names: Collection[str]) -> list[_Term]:
    """Leave out of the LAST event of all what is of the END, if it is of NAMES."""
    if not names:
        return [last]
    legs = (_without(leg, [end]) if leg.part.name in names else leg for leg in last.legs)
    before = [replace(last, runs=last.runs - 1)] if last.runs > 1 else []
    return [*before, _Term(tuple(legs))]


def _without(leg: _Leg, others: Iterable[_Leg]) -> _Leg:
    """Leave out of LEG what is of one of OTHERS."""
    left = (model.Not(_condition(other), other.part.span) for other in others)
    return replace(leg, kind=replace(leg.kind, conditions=(*leg.kind.conditions, *left)))


def _condition(leg: _Leg) -> Expr:
    """Say what makes an event one of LEG, but for its class and system, which others share."""
    conditions = tuple(each for each in leg.kind.conditions if not is_system(each))
    span = leg.part.span
    return model.all_of(conditions, span) if conditions else model.Always(True, span)
