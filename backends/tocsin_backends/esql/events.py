"""What the events must meet: the system first, then what tells their class, then the condition."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from tocsin import model
from tocsin.backend import Lowered
from tocsin.model import Expr
from tocsin.passes.flatten import merge
from tocsin.passes.negation import push_not
from tocsin.profiles import SourceClass
from tocsin.text import free_name, indent, on_one_line, trailing
from tocsin_backends.esql.where import closed, conjuncts
from tocsin_backends.esql.words import named, quoted

Blocks = list[list[str]]


def asked(rule: Lowered) -> list[str]:
    """Write what is asked of stored columns, then what has to be made, then what is asked of it."""
    condition = merge(push_not(model.event_of(rule.body).condition))
    wanted = [each for each in _operands(condition) if not _is_true(each)]
    late = [each for each in wanted if model.reads(each) & rule.computed.keys()]
    early = [each for each in wanted if each not in late]
    known = model.wanted(condition)
    stored = _where(_blocks(early, rule.places, known))
    return [*stored, *_evals(rule.computed), *_where(_written(late, known))]


def any_of(body: model.AnyOf, rule: Lowered) -> list[str]:
    """Want what one of the parts wants, and name the first of which an event is one."""
    ways = ways_of(rule)
    told = [
        [*way[:-1], f"{way[-1]}, {quoted(part.name)}"]
        for way, part in zip(ways, body.parts, strict=True)
    ]
    name = named(free_name("part", columns_of(rule)))
    ended = [[*each[:-1], f"{each[-1]},"] for each in told[:-1]]
    return [
        *of_one(rule, ways),
        f"| EVAL {name} = CASE(",
        *indent([line for each in (*ended, told[-1]) for line in each], "    "),
        "  )",
    ]


def ways_of(rule: Lowered) -> list[list[str]]:
    """Write what each of the parts wants, in parentheses."""
    ways: list[list[str]] = []
    for part in rule.parts:
        condition = merge(push_not(model.event_of(part.body).condition))
        wanted = [each for each in _operands(condition) if not _is_true(each)]
        ways.append(closed(_blocks(wanted, part.places, model.wanted(condition)), "AND"))
    return ways


def of_one(rule: Lowered, ways: Sequence[Sequence[str]]) -> list[str]:
    """Want one of the WAYS of the parts, once the columns that they read are made."""
    return [*_evals(_computed(rule)), *_where([closed(ways, "OR")])]


def _computed(rule: Lowered) -> dict[str, str]:
    """Make the columns of all parts; what classes make otherwise is made as the class has it."""
    found: dict[str, dict[str, str]] = {}
    for part in rule.parts:
        for name, expr in part.computed.items():
            gate = on_one_line(trailing(list(_gates(part.places)), "AND"))
            found.setdefault(name, {}).setdefault(expr, gate)
    return {
        name: next(iter(ways))
        if len(ways) == 1
        else f"CASE({', '.join(f'{gate}, {expr}' for expr, gate in ways.items())})"
        for name, ways in found.items()
    }


def columns_of(rule: Lowered) -> set[str]:
    """Name every column that an event of the rule may have."""
    places = (place for each in (rule, *rule.parts) for place in each.places)
    return {name for place in places for each in place.columns.values() for name in each.names}


def _operands(expr: Expr) -> Sequence[Expr]:
    return expr.operands if isinstance(expr, model.And) else (expr,)


def _is_true(expr: Expr) -> bool:
    return isinstance(expr, model.Always) and expr.value


def _blocks(wanted: Sequence[Expr], places: Sequence[SourceClass], known: Set[str]) -> Blocks:
    system = [each for each in wanted[:1] if _is_system(each)]
    rest = wanted[len(system) :]
    return [*_written(system, known), *_gates(places), *_written(rest, known)]


def _is_system(expr: Expr) -> bool:
    return isinstance(expr, model.Equals) and expr.field.name == "host.os.type"


def _written(operands: Sequence[Expr], known: Set[str]) -> Blocks:
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
