"""The events of one kind: cheap stages first, then what has to be made, then what needs it."""

from collections.abc import Iterable, Mapping, Sequence

from tocsin import model
from tocsin.backend import Lowered
from tocsin.frozen import replace
from tocsin.header import span_of_time
from tocsin.lower.others import Other, with_others
from tocsin.model import Expr, Field
from tocsin.schema import FieldType
from tocsin.text import WIDTH, indent
from tocsin_backends.kql.condition import Lists, quoted, wheres
from tocsin_backends.kql.implied import Needle, needles
from tocsin_backends.kql.names import clause


def stages(rule: Lowered, lists: Lists) -> list[str]:
    """Write the table and every stage behind it."""
    place = rule.places[0]
    condition = model.event_of(rule.body).condition
    conjuncts = _paired(condition.operands if isinstance(condition, model.And) else (condition,))
    is_opened = bool(rule.computed.keys() & place.derived.keys())
    prepare = list(place.bag.prepare) if place.bag and is_opened else []
    levels = [[each for each in conjuncts if _level(each, rule) == level] for level in range(3)]
    later = [*levels[1], *levels[2]]
    lines = [*_tables(rule, conjuncts), *_window(rule), *_gate(rule), *_prefilters(rule, later)]
    lines += [line for each in levels[0] for line in wheres(each, lists)]
    lines += prepare
    made: set[str] = set()
    for level in levels[1:]:
        needed = rule.made_for(model.reads(*level))
        lines += _extends(rule, {name: e for name, e in needed.items() if name not in made})
        lines += [line for each in level for line in wheres(each, lists)]
        made |= needed.keys()
    return lines + _extends(rule, {n: e for n, e in rule.computed.items() if n not in made})


def _level(expr: Expr, rule: Lowered) -> int:
    """Say what a test waits for: nothing, what is read from the event, what is made of that."""
    made = model.reads(expr) & rule.computed.keys()
    return 0 if not made else 1 if made <= rule.places[0].derived.keys() else 2


def _paired(conjuncts: Sequence[Expr]) -> list[Expr]:
    """Shut the empty text, which is an absent one, out together with others."""
    found: list[Expr] = []
    said: set[Field] = set()
    for each in with_others(conjuncts, _is_one_text):
        if not isinstance(each, Other):
            found.append(each)
            continue
        field, values = each.test.field, each.test.values
        more = () if field in said else ("",)
        test = replace(each.test, values=replace(values, items=(*more, *values.items)))
        found.append(model.Not(test, test.span))
        said.add(field)
    return found


def _is_one_text(test: model.Equals) -> bool:
    textual = test.field.type in {FieldType.TEXT, FieldType.PATH} and not test.field.array
    return textual and test.values.name is None  # a list with a name keeps it


# --- where the events are


def _tables(rule: Lowered, conjuncts: Iterable[Expr]) -> list[str]:
    tables = list(dict.fromkeys(place.table for place in rule.places))
    arguments = _arguments(rule, conjuncts)
    if len(tables) > 1:
        return [f"union {', '.join(tables)}"]
    if not arguments:
        return tables
    line = f"{tables[0]}({', '.join(arguments)})"
    if len(line) <= WIDTH:
        return [line]
    return [f"{tables[0]}(", *indent([*(f"{each}," for each in arguments[:-1]), arguments[-1]],
            "    "), ")"]  # fmt: skip


def _arguments(rule: Lowered, conjuncts: Iterable[Expr]) -> list[str]:
    """Give a function what it filters by before it looks at any source."""
    place, start = rule.places[0], _start(rule)
    found = {place.since: start} if place.since and start else {}
    for each in conjuncts:
        for column, parameter in place.parameters.items():
            terms = needles(each, column.__eq__)
            if parameter not in found and terms and all(term.whole for term in terms):
                listed = ", ".join(quoted(term.text) for term in terms)
                found[parameter] = f"dynamic([{listed}])"
    return [f"{name}={value}" for name, value in found.items()]


def _window(rule: Lowered) -> list[str]:
    """Bound the time, unless the function that gives the events does."""
    place, start = rule.places[0], _start(rule)
    one_table = len({each.table for each in rule.places}) == 1
    if not start or (place.since and one_table):
        return []
    return [f"| where {place.time} > {start}"]


def _start(rule: Lowered) -> str | None:
    """Say where the events begin: a hunt tells how far it goes, a scheduled rule is given that.

    What was seen before is looked for in the time before, which nobody else knows of.
    """
    schedule, body = rule.rule.schedule, rule.body
    if schedule and isinstance(body, model.FirstSeen):
        return f"ago({span_of_time(body.within)} + {span_of_time(schedule.over)})"
    return f"ago({span_of_time(schedule.over)})" if schedule and schedule.every is None else None


def _gate(rule: Lowered) -> list[str]:
    """Tell the events of the classes from the others in their tables."""
    gates = list(dict.fromkeys(place.gate for place in rule.places))
    shared = [each for each in gates[0] if all(each in gate for gate in gates)]
    others = [tuple(each for each in gate if each not in shared) for gate in gates]
    lines = [f"| where {each}" for each in shared]
    if () in others:
        return lines
    joined = (" and ".join(map(_closed, way)) for way in others)
    ways = [f"({way})" if " and " in way else way for way in joined]
    return [*lines, f"| where {' or '.join(ways)}"]


def _closed(gate: str) -> str:
    return f"({gate})" if " or " in gate else gate


def _prefilters(rule: Lowered, conjuncts: Iterable[Expr]) -> list[str]:
    """Find terms in the raw text before it is parsed: that is the expensive step."""
    bag = rule.places[0].bag
    if bag is None or not bag.prefilter:
        return []
    # In JSON a line feed is `\\n`: what is a word of the value may be none of the text.
    escaped = bag.format == "json"
    is_part = rule.places[0].derived.__contains__
    found = (needles(each, is_part, escaped=escaped) for each in conjuncts)
    kept: list[tuple[Needle, ...]] = []
    for each in found:
        # What asks for one of more is implied by what asks for one of fewer.
        if each and not any(set(other) <= set(each) for other in kept):
            kept = [other for other in kept if not set(each) <= set(other)] + [each]
    return [_contains(bag.column, each) for each in kept]


def _contains(column: str, terms: Sequence[Needle]) -> str:
    if all(term.whole for term in terms):
        listed = ", ".join(quoted(term.text) for term in terms)
        one = len(terms) == 1
        return f"| where {column} has {listed}" if one else f"| where {column} has_any ({listed})"
    ways = (f"{column} {'has' if term.whole else 'contains'} {quoted(term.text)}" for term in terms)
    return f"| where {' or '.join(ways)}"


# --- columns that the query makes


def _extends(rule: Lowered, columns: Mapping[str, str]) -> list[str]:
    """Write `extend`: what is read from the event, then what is made of that."""
    derived = rule.places[0].derived
    raw = [f"{name} = {expr}" for name, expr in columns.items() if name in derived]
    made = [f"{name} = {expr}" for name, expr in columns.items() if name not in derived]
    return [*clause("| extend", raw), *clause("| extend", made)]
