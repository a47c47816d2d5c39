"""`correlation:` what ties the events of several documents together, or counts those of one."""

from collections.abc import Collection, Iterator, Sequence

from tocsin import model
from tocsin.backend import Lowered
from tocsin.frozen import dataclass, replace
from tocsin.header import span_of_time
from tocsin.model import Expr, Field, Part
from tocsin.text import free_name
from tocsin_backends.sigma.document import Content, document, name_of, step
from tocsin_backends.sigma.events import events
from tocsin_backends.sigma.having import Bound, Either, Kinds, Reading, reading_of

_AT_ONCE = "1s"  # one event is enough, whatever else the window holds


@dataclass(frozen=True, slots=True)
class _Rule:
    """A document that a correlation refers to, the fields that hold its keys, and what is UNDER it.

    Those are the rules that it refers to itself.
    """

    name: str
    content: Content
    keys: tuple[str, ...]
    under: tuple["_Rule", ...] = ()


def ordered(rule: Lowered, body: model.Sequence) -> list[str]:
    """Write the documents of a sequence: a correlation, and a rule for each event of it."""
    rules = list(_steps(rule, body))
    grouped, _ = _grouped(rule, rules, body.keys)
    correlation = {
        "type": "temporal_ordered",
        **grouped,
        "timespan": span_of_time(body.within),
        "condition": {"gte": len(rules)},
    }
    return _documents(rule, correlation, rules)


def counted(rule: Lowered, body: model.Summary) -> list[str]:
    """Write the documents of a summary that counts: a correlation, and the rules of its events."""
    meant = rule.rule.body
    assert isinstance(meant, model.Summary)
    reading = reading_of(meant.having, body.outputs)
    assert reading
    correlation, rules = _counting(rule, body, reading, "")
    return _documents(rule, correlation, rules)


def _counting(
    rule: Lowered, body: model.Summary, reading: Reading, prefix: str
) -> tuple[Content, list[_Rule]]:
    """Write the correlation of READING, and what it refers to, under names that have PREFIX."""
    columns, within = _columns(rule, body.keys), body.sliding or body.every
    assert within
    span = span_of_time(within)
    match reading:
        case Bound(type_, field, where, operator, bound):
            more = [*([where] if where else []), *_present(rule, reading)]
            rules = [_Rule(f"{prefix}event", events([rule], more), columns)]
            column = {"field": rule.columns[field.name].name} if field else {}
            condition: Content = {operator: bound, **column}
        case Kinds(least, kinds):
            type_, condition = "temporal", {"gte": least}
            rules = [
                _Rule(f"{prefix}kind_{number}", events([rule], [kind]), columns)
                for number, kind in enumerate(kinds, 1)
            ]
        case Either(ways):
            type_, condition, span = "event_count", {"gte": 1}, _AT_ONCE
            rules = []
            for number, way in enumerate(ways, 1):
                inner, under = _counting(rule, body, way, f"count_{number}_")
                content = {"correlation": inner}
                rules.append(_Rule(f"count_{number}", content, columns, tuple(under)))
    grouped, _ = _grouped(rule, rules, body.keys)
    return {"type": type_, **grouped, "timespan": span, "condition": condition}, rules


def _documents(rule: Lowered, correlation: Content, rules: Sequence[_Rule]) -> list[str]:
    written = rule.rule
    below = [each for one in rules for each in (one, *one.under)]
    first = document(written, {"correlation": correlation})
    return [first, *(step(written, each.content, each.name) for each in below)]


# --- the events of a sequence


def _steps(rule: Lowered, body: model.Sequence) -> Iterator[_Rule]:
    """Take a rule for each event: the specification lets none stand twice in a correlation."""
    lowered = iter(rule.parts)
    taken = {part.name for part in model.parts(body)} | {each.name for each in body.steps}
    for each in body.steps:
        legs = [(part, next(lowered)) for part in each.parts]
        if each is not body.steps[0]:
            legs = [(part, _tied(leg, _columns(leg, part.keys))) for part, leg in legs]
        one = _one_of(rule, each.name, legs, body.keys)
        for number in range(1, each.repeats + 1):
            several = each.repeats > 1
            name = free_name(f"{each.name}_{number}", taken) if several else each.name
            yield replace(one, name=name, under=one.under if number == 1 else ())


def _one_of(
    rule: Lowered, name: str, legs: Sequence[tuple[Part, Lowered]], keys: Sequence[Field]
) -> _Rule:
    """Take an event of one of LEGS: one rule, or a count of one over a rule of each log source."""
    rules = tuple(_Rule(p.name, events([leg]), _columns(leg, p.keys)) for p, leg in legs)
    sources = [each.content["logsource"] for each in rules]
    if all(each == sources[0] for each in sources) and len({each.keys for each in rules}) == 1:
        return _Rule(name, events([leg for _, leg in legs]), rules[0].keys)
    grouped, groups = _grouped(rule, rules, keys)
    count = {"type": "event_count", **grouped, "timespan": _AT_ONCE, "condition": {"gte": 1}}
    return _Rule(name, {"correlation": count}, groups, rules)


def _columns(rule: Lowered, keys: Sequence[Field]) -> tuple[str, ...]:
    return tuple(rule.columns[key.name].name for key in keys)


def _grouped(
    rule: Lowered, rules: Sequence[_Rule], keys: Sequence[Field]
) -> tuple[Content, tuple[str, ...]]:
    """Name RULES, and the fields to group them by: under an alias, if a key has several."""
    names = [name_of(rule.rule, each.name) for each in rules]
    fields = {name for each in rules for name in each.keys}
    groups: list[str] = []
    aliases: dict[str, dict[str, str]] = {}
    for key, held in zip(keys, zip(*(each.keys for each in rules), strict=True), strict=True):
        if len(set(held)) == 1:
            groups.append(held[0])
        else:
            alias = free_name(key.name.replace(".", "_"), fields | aliases.keys())
            aliases[alias] = dict(zip(names, held, strict=True))
            groups.append(alias)
    told = {"rules": names, "aliases": aliases, "group-by": list(dict.fromkeys(groups))}
    return {name: value for name, value in told.items() if value}, tuple(groups)


# --- values that are none


def _present(rule: Lowered, bound: Bound) -> list[Expr]:
    """Want a value to count, where the texts that mean none, and the empty one, would count."""
    field = bound.field
    if field is None or bound.type == "value_sum":
        return []
    column, span = rule.columns[field.name].name, rule.body.span
    if column in rule.never_empty:
        return []
    held, absent = Field(column, field.type), sorted(_absent(rule) - {""})
    caseless = all(text.lower() == text.upper() for text in absent)
    none = model.Equals(held, model.Values(tuple(absent)), caseless, span)
    return [model.Exists(held, span), *([model.Not(none, span)] if absent else [])]


def _tied(rule: Lowered, keys: Collection[str]) -> Lowered:
    """Ask of a later event for no KEYS: they are those of the first, which has them."""
    event = model.event_of(rule.body)
    whole, absent = event.condition, _absent(rule)
    conjuncts = whole.operands if isinstance(whole, model.And) else (whole,)
    kept = tuple(each for each in conjuncts if not _is_presence(each, keys, absent))
    condition = model.all_of(kept, event.span) if kept else model.Always(True, event.span)
    return replace(rule, body=replace(event, condition=condition))


def _is_presence(expr: Expr, keys: Collection[str], absent: frozenset[str]) -> bool:
    match expr:
        case model.Exists(field):
            return field.name in keys
        case model.Not(model.Equals(field, values)):
            return field.name in keys and absent >= set(values.items)
        case _:
            return False


def _absent(rule: Lowered) -> frozenset[str]:
    """Find the texts that mean that there is no value."""
    columns = (text for column in rule.columns.values() for text in column.absent)
    return frozenset({"", *columns, *(text for each in rule.sources for text in each.absent)})
