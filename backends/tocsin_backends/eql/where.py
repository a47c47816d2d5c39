"""`category where …`: events of one kind or of several, gates first, one predicate a line."""

from collections.abc import Sequence

from tocsin import model
from tocsin.frozen import dataclass, replace
from tocsin.model import Expr
from tocsin.profiles import SourceClass
from tocsin.text import indent, trailing
from tocsin_backends.eql.write import predicates, quoted

_ANY = "any"  # in place of a category: the word for all of them


@dataclass(frozen=True, slots=True)
class Kind:
    """The events of PLACES that meet CONDITIONS, and TESTS that are written already."""

    places: tuple[SourceClass, ...]
    conditions: tuple[Expr, ...]
    tests: tuple[str, ...] = ()


def kind_of(places: tuple[SourceClass, ...], condition: Expr) -> Kind:
    """Take a condition apart into what must hold."""
    conjuncts = condition.operands if isinstance(condition, model.And) else (condition,)
    return Kind(places, tuple(e for e in conjuncts if e != model.Always(True, e.span)))


def where(kinds: Sequence[Kind]) -> list[str]:
    """Ask for events that are of one of KINDS."""
    if len(kinds) == 1:
        category, gate = gates(kinds[0].places)
        return _headed(category, *_sorted_out(kinds[0], gate))
    categories = {gates(kind.places)[0] for kind in kinds}
    shared = categories.pop() if len(categories) == 1 else _ANY
    systems = {kind.conditions[:1] for kind in kinds}
    system = systems.pop() if len(systems) == 1 else ()
    head = predicates([each for each in system if is_system(each)])
    ways = trailing([_alternative(kind, shared, len(head)) for kind in kinds], "or")
    return _headed(shared, head, [["(", *indent(ways), ")"] if head else ways])


def _alternative(kind: Kind, shared: str, known: int) -> list[str]:
    """Write all that makes an event one of KIND, but for SHARED and the first KNOWN conditions."""
    category, gate = gates(kind.places)
    told = _of_category(category) if shared == _ANY else []
    head, body = _sorted_out(replace(kind, conditions=kind.conditions[known:]), gate)
    line = " and ".join([*told, *(block[0] for block in head)])
    first = [[line]] if line else []
    return ["(", *indent(trailing([*first, *body] or [["true"]], "and")), ")"]


def _headed(category: str, head: list[list[str]], body: list[list[str]]) -> list[str]:
    """Lay conditions out: HEAD on the first line, each block of BODY below it."""
    first = f"{category} where {' and '.join(block[0] for block in head) or 'true'}"
    if not body:
        return [first]
    if not head:
        return [f"{category} where", *indent(trailing(body, "and"))]
    return [f"{first} and", *indent(trailing(body, "and"))]


def _sorted_out(kind: Kind, gate: list[str]) -> tuple[list[list[str]], list[list[str]]]:
    """Sort what makes an event one of KIND: its system and gate, then all else."""
    system = predicates([each for each in kind.conditions[:1] if is_system(each)])
    blocks = [*system, *([gate] if gate[:1] == ["("] else [[line] for line in gate])]
    head = [block for block in blocks if len(block) == 1]
    told = [[line] for line in kind.tests]
    rest = predicates(kind.conditions[len(system) :])
    return head, [*(block for block in blocks if len(block) > 1), *told, *rest]


def is_system(expr: Expr) -> bool:
    """Whether EXPR asks for the system, which a query names first."""
    return isinstance(expr, model.Equals) and expr.field.name == "host.os.type"


# --- what tells the events of a class from others


def gates(places: Sequence[SourceClass]) -> tuple[str, list[str]]:
    """Tell the events of all sources: their category, and what else must hold, each once."""
    categories = list(dict.fromkeys(place.category for place in places))
    if len(categories) == 1:
        ways = list(dict.fromkeys(place.gate for place in places))
        return categories[0], _either(ways)
    ways = list(dict.fromkeys((*_of_category(place.category), *place.gate) for place in places))
    return _ANY, _either(ways)


def _of_category(category: str) -> list[str]:
    return [] if category == _ANY else [f"event.category == {quoted(category)}"]


def _either(ways: Sequence[tuple[str, ...]]) -> list[str]:
    """Write alternatives; one that asks for more than another adds nothing to it."""
    ways = [way for way in ways if not any(set(other) < set(way) for other in ways)]
    if len(ways) == 1:
        return list(ways[0])
    blocks = [[f"({' and '.join(way)})" if len(way) > 1 else " and ".join(way)] for way in ways]
    return ["(", *indent(trailing(blocks, "or")), ")"]
