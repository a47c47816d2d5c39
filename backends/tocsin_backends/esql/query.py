"""The commands of a query: where the events are, what they must meet, what is shown of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from tocsin import model
from tocsin.backend import Lowered
from tocsin.model import Expr
from tocsin.passes.flatten import merge
from tocsin.passes.negation import push_not
from tocsin.profiles import SourceClass
from tocsin.text import WIDTH, free_name, indent, trailing
from tocsin_backends.esql.moments import first_seen, slide
from tocsin_backends.esql.summary import stats
from tocsin_backends.esql.where import closed, conjuncts
from tocsin_backends.esql.words import index, named, quoted, span

MOST_ROWS = 10_000  # Elasticsearch's esql.query.result_truncation_max_size
TIME = "@timestamp"
_METADATA = ("_id", "_index", "_version")


def commands(rule: Lowered) -> list[str]:
    """Write every command."""
    lines = ['SET unmapped_fields="nullify";', *_from(rule), *_window(rule)]
    match rule.body:
        case model.AnyOf():
            lines += [*_parts(rule), *_keep(rule, "part")]
        case model.Summary(sliding=None):
            lines += [*_asked(rule), *stats(rule.body, rule)]
        case model.Summary():
            lines += [*_asked(rule), *slide(rule.body, rule)]
        case model.FirstSeen():
            lines += [*_asked(rule), *first_seen(rule.body, rule), *_keep(rule)]
        case _:
            lines += [*_asked(rule), *_keep(rule)]
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


# --- what the events must meet


def _asked(rule: Lowered) -> list[str]:
    """Write what is asked of stored columns, then what has to be made, then what is asked of it."""
    condition = merge(push_not(model.event_of(rule.body).condition))
    wanted = [each for each in _operands(condition) if not _is_true(each)]
    late = [each for each in wanted if model.reads(each) & rule.computed.keys()]
    early = [each for each in wanted if each not in late]
    known = model.wanted(condition)
    stored = _where(_blocks(early, rule.places, known))
    return [*stored, *_evals(rule.computed), *_where(_written(late, known))]


def _parts(rule: Lowered) -> list[str]:
    """Want what one of the parts wants, and name the first of which an event is one."""
    assert isinstance(rule.body, model.AnyOf)
    computed = {name: expr for part in rule.parts for name, expr in part.computed.items()}
    ways: list[list[list[str]]] = []
    for part in rule.parts:
        condition = merge(push_not(model.event_of(part.body).condition))
        wanted = [each for each in _operands(condition) if not _is_true(each)]
        ways.append(_blocks(wanted, part.places, model.wanted(condition)))
    told = [
        [*way[:-1], f"{way[-1]}, {quoted(part.name)}"]
        for way, part in zip((closed(each, "AND") for each in ways), rule.body.parts, strict=True)
    ]
    read = {name for each in rule.parts for place in each.places for name in place.columns}
    name = named(free_name("part", read))
    return [
        *_evals(computed),
        *_where([closed([closed(way, "AND") for way in ways], "OR")]),
        f"| EVAL {name} = CASE(",
        *indent([line for each in told[:-1] for line in (*each[:-1], f"{each[-1]},")], "    "),
        *indent(told[-1], "    "),
        "  )",
    ]


def _operands(expr: Expr) -> Sequence[Expr]:
    return expr.operands if isinstance(expr, model.And) else (expr,)


def _is_true(expr: Expr) -> bool:
    return isinstance(expr, model.Always) and expr.value


def _blocks(
    wanted: Sequence[Expr], places: Sequence[SourceClass], known: Set[str]
) -> list[list[str]]:
    """Write the system first, then what tells the events of PLACES, then what else is WANTED."""
    system = [each for each in wanted[:1] if _is_system(each)]
    rest = wanted[len(system) :]
    return [*_written(system, known), *_gates(places), *_written(rest, known)]


def _is_system(expr: Expr) -> bool:
    return isinstance(expr, model.Equals) and expr.field.name == "host.os.type"


def _written(operands: Sequence[Expr], known: Set[str]) -> list[list[str]]:
    if not operands:
        return []
    return conjuncts(model.all_of(tuple(operands), operands[0].span), known)


def _where(blocks: Sequence[Sequence[str]]) -> list[str]:
    if not blocks:
        return []
    first, *others = trailing(blocks, "AND")
    return [f"| WHERE {first}", *indent(others, "    ")]


def _evals(columns: Mapping[str, str]) -> list[str]:
    return [f"| EVAL {named(name)} = {expr}" for name, expr in columns.items()]


# --- what tells the events of the classes


def _gates(places: Iterable[SourceClass]) -> Iterator[list[str]]:
    """Write what all events of the classes have, then the ways in which they differ."""
    ways = list(dict.fromkeys((*_category(place.category), *place.gate) for place in places))
    ways = [way for way in ways if not any(set(other) < set(way) for other in ways)]
    first = ways[0] if ways else ()
    shared = [each for each in first if all(each in way for way in ways)]
    others = [tuple(each for each in way if each not in shared) for way in ways]
    yield from ([each] for each in shared)
    if all(others):
        told = [(" AND ".join(way), len(way) > 1) for way in others]
        yield closed([[f"({way})" if several else way] for way, several in told], "OR")


def _category(name: str) -> list[str]:
    """Ask for a category, of which an event may have several; `any` is the word for all."""
    return [] if name in ("", "any") else [f"MV_CONTAINS(event.category, {quoted(name)})"]


# --- what is shown


def _keep(rule: Lowered, *more: str) -> list[str]:
    """Show of an alert what names the event, and what the rule speaks of: `_id` finds the rest."""
    schedule = rule.rule.schedule
    if schedule is None or schedule.every is None:
        return []
    entities = [name for entity in rule.rule.entities for name in entity.fields]
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
