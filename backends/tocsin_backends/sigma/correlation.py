"""`correlation:` what ties the events of several documents together, or counts those of one."""

from collections.abc import Collection, Iterator, Sequence

from tocsin import model
from tocsin.backend import Lowered
from tocsin.frozen import dataclass, replace
from tocsin.header import span_of_time
from tocsin.model import Expr, Field
from tocsin.text import free_name
from tocsin_backends.sigma.document import Content, document, name_of, step
from tocsin_backends.sigma.events import events
from tocsin_backends.sigma.lacking import Threshold, threshold_of


@dataclass(frozen=True, slots=True)
class _Rule:
    """A document that a correlation refers to, and the columns that hold its keys."""

    name: str
    content: Content
    keys: tuple[str, ...]


def ordered(rule: Lowered, body: model.Sequence) -> list[str]:
    """Write the documents of a sequence: a correlation, and a rule for each event of it."""
    rules = list(_steps(rule, body))
    correlation = {
        "type": "temporal_ordered",
        **_grouped(rule, rules, [key.name for key in body.keys]),
        "timespan": span_of_time(body.within),
        "condition": {"gte": len(rules)},
    }
    return _documents(rule, correlation, rules)


def counted(rule: Lowered, body: model.Summary) -> list[str]:
    """Write the documents of a summary that counts: a correlation, and the rule of its events."""
    threshold, within = threshold_of(body), body.sliding or body.every
    assert threshold
    assert within
    more = [*([threshold.where] if threshold.where else []), *_present(rule, threshold)]
    keys = tuple(rule.columns[key.name].name for key in body.keys)
    rules = [_Rule("event", events([rule], more), keys)]
    field = {"field": rule.columns[threshold.field.name].name} if threshold.field else {}
    correlation = {
        "type": threshold.type,
        **_grouped(rule, rules, [key.name for key in body.keys]),
        "timespan": span_of_time(within),
        "condition": {threshold.operator: threshold.bound, **field},
    }
    return _documents(rule, correlation, rules)


def _documents(rule: Lowered, correlation: Content, rules: Sequence[_Rule]) -> list[str]:
    written = rule.rule
    first = document(written, {"correlation": correlation})
    return [first, *(step(written, each.content, each.name) for each in rules)]


def _steps(rule: Lowered, body: model.Sequence) -> Iterator[_Rule]:
    """Take a rule for each event: the specification lets none stand twice in a correlation."""
    lowered = iter(rule.parts)
    taken = {each.name for each in body.steps}
    begun = False
    for each in body.steps:
        parts = [next(lowered) for _ in each.parts]
        columns = parts[0].columns
        keys = tuple(columns[key.name].name for key in each.parts[0].keys)
        for number in range(1, each.repeats + 1):
            several = each.repeats > 1
            name = free_name(f"{each.name}_{number}", taken) if several else each.name
            content = events([_tied(part, keys) for part in parts] if begun else parts)
            begun = True
            yield _Rule(name, content, keys)


def _grouped(rule: Lowered, rules: Sequence[_Rule], keys: Sequence[str]) -> Content:
    """Name the rules, and the columns to group them by: under an alias, if they have several."""
    names = [name_of(rule.rule, each.name) for each in rules]
    columns = {name for each in rules for name in each.keys}
    groups: list[str] = []
    aliases: dict[str, dict[str, str]] = {}
    for key, held in zip(keys, zip(*(each.keys for each in rules), strict=True), strict=True):
        if len(set(held)) == 1:
            groups.append(held[0])
        else:
            alias = free_name(key.replace(".", "_"), columns | aliases.keys())
            aliases[alias] = dict(zip(names, held, strict=True))
            groups.append(alias)
    told = {"rules": names, "aliases": aliases, "group-by": list(dict.fromkeys(groups))}
    return {name: value for name, value in told.items() if value}


# --- values that are none


def _present(rule: Lowered, threshold: Threshold) -> list[Expr]:
    """Want a value to count, where the texts that mean none, and the empty one, would count."""
    field = threshold.field
    if field is None or threshold.type == "value_sum":
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
