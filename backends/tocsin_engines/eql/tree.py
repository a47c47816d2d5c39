"""The syntax tree of a query: what Elastic's EQL grammar distinguishes, and no more."""

from collections.abc import Iterator
from dataclasses import dataclass

Literal = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Name:
    """A field by its path; OPTIONAL is the `?` before it."""

    path: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class And:
    """All of the operands."""

    operands: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of the operands at least."""

    operands: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """`not` before a condition."""

    operand: "Condition"


@dataclass(frozen=True, slots=True)
class Constant:
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Bare:
    """A field where a condition stands."""

    field: Name


@dataclass(frozen=True, slots=True)
class Compare:
    """A field on the left of `==`, `!=`, `<`, `<=`, `>` or `>=`."""

    field: Name
    operator: str
    value: Literal


@dataclass(frozen=True, slots=True)
class In:
    """`in`, or `in~` if FOLDED."""

    field: Name
    values: tuple[Literal, ...]
    folded: bool


@dataclass(frozen=True, slots=True)
class Like:
    """`like`, or `like~` and `:` if FOLDED: one of the wildcard patterns."""

    field: Name
    patterns: tuple[str, ...]
    folded: bool


@dataclass(frozen=True, slots=True)
class Regex:
    """`regex`, or `regex~` if FOLDED: one of the regular expressions."""

    field: Name
    patterns: tuple[str, ...]
    folded: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A function of a field and of constants. FUNCTION is in lower case, without its `~`."""

    function: str
    field: Name
    arguments: tuple[Literal, ...]
    folded: bool


Condition = And | Or | Not | Constant | Bare | Compare | In | Like | Regex | Call


@dataclass(frozen=True, slots=True)
class EventFilter:
    """`category where condition`; no CATEGORY is `any`."""

    category: str | None
    condition: Condition


@dataclass(frozen=True, slots=True)
class Pipe:
    """`| head 3` or `| tail 3`."""

    name: str
    limit: int


@dataclass(frozen=True, slots=True)
class Events:
    """A query of events."""

    event: EventFilter
    pipes: tuple[Pipe, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """One event of a sequence and the fields whose values join it to the others."""

    event: EventFilter
    keys: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Sequence:
    """`sequence`: the keys of all its terms are written out, and so are repeated terms."""

    terms: tuple[Term, ...]
    until: Term | None
    maxspan: int | None  # in milliseconds


Query = Events | Sequence


def names(query: Query) -> frozenset[Name]:
    """Return the fields that QUERY names."""
    match query:
        case Events(event):
            return frozenset(_names(event.condition))
        case Sequence(terms, until):
            every = (*terms, until) if until else terms
            keys = (key for term in every for key in term.keys)
            inner = (name for term in every for name in _names(term.event.condition))
            return frozenset(keys) | frozenset(inner)


def _names(condition: Condition) -> Iterator[Name]:
    match condition:
        case And(operands) | Or(operands):
            for operand in operands:
                yield from _names(operand)
        case Not(operand):
            yield from _names(operand)
        case Constant():
            return
        case Bare() | Compare() | In() | Like() | Regex() | Call():
            yield condition.field
