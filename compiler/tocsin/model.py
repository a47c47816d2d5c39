"""The semantic model: what a rule means, every name resolved. Backends read this and nothing else.

Spans do not take part in equality: two conditions are equal if they mean the same.
"""

from collections.abc import Callable, Iterator, Mapping
from enum import Enum, StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from tocsin.frozen import dataclass, field, replace
from tocsin.regex import Regex
from tocsin.schema import FieldType
from tocsin.source import Span


def _place() -> Span:
    place: Span = field(compare=False)
    return place


# --- fields and values

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the taxonomy; after `lower`, a column of the source."""

    name: str
    type: FieldType = FieldType.TEXT
    many: bool = False
    optional: bool = False  # after `lower`: a source of the query may lack the column altogether
    array: bool = False  # after `lower`: the column is an array, and asked for its elements


class Wild(Enum):
    """The parts of a pattern that are not text."""

    ANY = "*"  # any run of characters, none and newlines included
    ONE = "?"  # one character


Pattern = tuple[str | Wild, ...]  # the whole value; no two texts and no two ANY side by side


@dataclass(frozen=True, slots=True)
class Values:
    """The literals of a test. NAME is the `let` list they were written as, if it was one list."""

    items: tuple[str, ...]
    name: str | None = field(default=None, compare=False)


# --- tests on one field: each holds if some value of the field satisfies it


@dataclass(frozen=True, slots=True)
class Equals:
    """Some value is one of VALUES."""

    field: Field
    values: Values
    cased: bool
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class Contains:
    """Some value has one of VALUES in it."""

    field: Field
    values: Values
    cased: bool
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class StartsWith:
    """Some value begins with one of VALUES."""

    field: Field
    values: Values
    cased: bool
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class EndsWith:
    """Some value ends with one of VALUES."""

    field: Field
    values: Values
    cased: bool
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class Has:
    """Some value has one of VALUES in it, not glued to an ASCII letter or digit at such an end."""

    field: Field
    values: Values
    cased: bool
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class Like:
    """Some value as a whole is one of PATTERNS."""

    field: Field
    patterns: tuple[Pattern, ...]
    cased: bool
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class Matches:
    """One of PATTERNS is found in some value."""

    field: Field
    patterns: tuple[Regex, ...]
    cased: bool
    span: Span = _place()


class Ordering(StrEnum):
    """How a number is held against a bound."""

    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="


@dataclass(frozen=True, slots=True)
class NumberIn:
    """Some value is one of VALUES."""

    field: Field
    values: tuple[int, ...]
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class NumberIs:
    """Some value stands in ORDER to BOUND."""

    field: Field
    order: Ordering
    bound: int
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class NumberWithin:
    """Some one value is LOW, HIGH or between."""

    field: Field
    low: int
    high: int
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class IpIn:
    """Some value is an address of one of NETWORKS; one address is a network of one."""

    field: Field
    networks: tuple[IpNetwork, ...]
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class BoolIs:
    """Some value is VALUE."""

    field: Field
    value: bool
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class Exists:
    """There is a value."""

    field: Field
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class SameAs:
    """Some value of the one field is some value of the OTHER."""

    field: Field
    other: Field
    cased: bool
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class OrderedAs:
    """Some number of the one field stands in ORDER to some number of the OTHER."""

    field: Field
    order: Ordering
    other: Field
    span: Span = _place()


# --- conditions


@dataclass(frozen=True, slots=True)
class Always:
    """Holds always, or never."""

    value: bool
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class Not:
    """The operand does not hold."""

    operand: "Expr"
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class And:
    """All operands hold."""

    operands: tuple["Expr", ...]
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class Or:
    """One operand or more holds."""

    operands: tuple["Expr", ...]
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class AtLeast:
    """COUNT operands or more hold."""

    count: int
    operands: tuple["Expr", ...]
    span: Span = _place()


LiteralTest = Equals | Contains | StartsWith | EndsWith | Has
TextTest = LiteralTest | Like | Matches
NumberTest = NumberIn | NumberIs | NumberWithin
FieldTest = TextTest | NumberTest | IpIn | BoolIs | Exists
Predicate = FieldTest | SameAs | OrderedAs
Expr = Predicate | Always | Not | And | Or | AtLeast

# --- bodies


@dataclass(frozen=True, slots=True)
class Event:
    """One event of one of CLASSES, on one of SYSTEMS (none: on any), that meets CONDITION."""

    classes: tuple[str, ...]
    systems: tuple[str, ...]
    condition: Expr
    span: Span = _place()


class Aggregate(StrEnum):
    """What a summary makes of the events of a row."""

    COUNT = "count"
    COUNT_DISTINCT = "count distinct"
    COUNT_WHERE = "count where"
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    AVG = "avg"
    SET = "set"
    SAMPLE = "sample"
    FIRST = "first"
    LAST = "last"


# What is 0 where there is no value; the others are then nothing.
COUNTING = frozenset({Aggregate.COUNT_DISTINCT, Aggregate.SUM})


@dataclass(frozen=True, slots=True)
class Output:
    """A column of a summary's rows."""

    name: str
    aggregate: Aggregate
    field: Field | None
    where: Expr | None
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class Summary:
    """The events of EVENT in rows, of which HAVING keeps some.

    A row for each key and bin of EVERY milliseconds from midnight UTC; or, of the last SLIDING
    milliseconds, wherever a key comes to meet HAVING; or, without either, for each key. HAVING
    reads the outputs as if they were fields.
    """

    event: Event
    keys: tuple[Field, ...]
    every: int | None
    outputs: tuple[Output, ...]
    span: Span = _place()
    sliding: int | None = None
    having: Expr | None = None


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """Events of EVENT whose FIELDS had other values in all those of WITHIN milliseconds before."""

    event: Event
    fields: tuple[Field, ...]
    within: int
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class Part:
    """Events under a NAME; KEYS are the values that tie them to those of a sequence."""

    name: str
    event: Event
    keys: tuple[Field, ...]
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One event that is of one of PARTS."""

    parts: tuple[Part, ...]
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class Step:
    """REPEATS events one after the other, each of one of PARTS."""

    name: str
    parts: tuple[Part, ...]
    repeats: int
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class Sequence:
    """Events of STEPS in rising time, with equal keys, WITHIN milliseconds, and none of UNTIL.

    Every part has as many keys as the others; they are equal place by place.
    """

    steps: tuple[Step, ...]
    within: int
    until: Part | None
    span: Span = _place()

    @property
    def chain(self) -> tuple[Step, ...]:
        """Write repeats out: one step for each event."""
        return tuple(step for step in self.steps for _ in range(step.repeats))

    @property
    def keys(self) -> tuple[Field, ...]:
        """The keys of the first part, by whose names they are shown."""
        return self.steps[0].parts[0].keys


OneEvent = Event | Summary | FirstSeen  # a body around one event
Body = OneEvent | AnyOf | Sequence


def event_of(body: Body) -> Event:
    """Return the event of a body around one; no other body may be asked."""
    assert isinstance(body, OneEvent)
    return body if isinstance(body, Event) else body.event


def parts(body: Body) -> tuple[Part, ...]:
    """Return the kinds of events in BODY, in the order written, that of `until` last."""
    match body:
        case Event() | Summary() | FirstSeen():
            return (Part("", event_of(body), (), body.span),)
        case AnyOf():
            return body.parts
        case Sequence():
            until = (body.until,) if body.until else ()
            return (*(part for step in body.steps for part in step.parts), *until)


def keys(body: Body) -> tuple[Field, ...]:
    """Return the fields that tell matches of BODY apart."""
    match body:
        case Summary() | Sequence():
            return body.keys
        case FirstSeen(fields=fields):
            return fields
        case Event() | AnyOf():
            return ()


def outputs(body: Body) -> tuple[Output, ...]:
    """Return the columns of a summary; other bodies have none."""
    return body.outputs if isinstance(body, Summary) else ()


def conditions(body: Body) -> tuple[Expr, ...]:
    """Return every condition on events in BODY: of its parts, and of what a summary counts."""
    counted = tuple(output.where for output in outputs(body) if output.where)
    return (*(part.event.condition for part in parts(body)), *counted)


def with_conditions(body: Body, change: Callable[[Expr], Expr]) -> Body:
    """Build BODY anew, the condition of every part passed through CHANGE."""

    def event(each: Event) -> Event:
        return replace(each, condition=change(each.condition))

    def part(each: Part) -> Part:
        return replace(each, event=event(each.event))

    match body:
        case Event():
            return event(body)
        case Summary() | FirstSeen():
            return replace(body, event=event(body.event))
        case AnyOf():
            return replace(body, parts=tuple(map(part, body.parts)))
        case Sequence():
            steps = (replace(step, parts=tuple(map(part, step.parts))) for step in body.steps)
            return replace(body, steps=tuple(steps), until=part(body.until) if body.until else None)


# --- rules


@dataclass(frozen=True, slots=True)
class Technique:
    """An ATT&CK technique and the tactic it serves here (a slug, `defense-evasion`)."""

    id: str
    tactic: str


@dataclass(frozen=True, slots=True)
class Meta:
    """What a rule says of itself, for people and for the product that runs it."""

    title: str
    id: str | None = None
    status: str | None = None
    severity: str | None = None
    risk: int | None = None
    author: tuple[str, ...] = ()
    created: str | None = None  # ISO 8601
    modified: str | None = None
    description: str | None = None
    attack: tuple[Technique, ...] = ()
    references: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    false_positives: tuple[str, ...] = ()
    investigate: str | None = None
    respond: str | None = None
    setup: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Milliseconds. A rule that alerts runs EVERY so often; a hunt (None) is run by hand."""

    every: int | None
    over: int
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class Entity:
    """What an alert is about: KIND, and the fields or summary outputs that name it."""

    kind: str
    fields: tuple[str, ...]


class Verdict(StrEnum):
    """How a rendering stands to the rule, on the events as the source records them."""

    EXACT = "exact"
    WIDER = "wider"
    NARROWER = "narrower"
    SKEWED = "skewed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Accept:
    """An error of one direction that the author takes on, and why."""

    verdict: Verdict
    target: str
    field: str | None
    reason: str
    span: Span = _place()


Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event: its classes, its time in microseconds since 1970, a list of values per field."""

    classes: frozenset[str]
    time: int
    fields: Mapping[str, tuple[Scalar, ...]] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Test:
    """Events, and whether the rule fires on them."""

    name: str
    fires: bool
    events: tuple[Occurrence, ...]
    span: Span = _place()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, resolved."""

    name: str
    meta: Meta
    body: Body
    schedule: Schedule | None
    entities: tuple[Entity, ...]
    accepts: tuple[Accept, ...]
    tests: tuple[Test, ...]
    span: Span = _place()


# --- walking


def operands(expr: Expr) -> tuple[Expr, ...]:
    """Return the conditions right under EXPR; a predicate has none."""
    match expr:
        case And() | Or() | AtLeast():
            return expr.operands
        case Not():
            return (expr.operand,)
        case _:
            return ()


def predicates(expr: Expr) -> Iterator[Predicate]:
    """Yield the predicates in EXPR in the order written."""
    pending = [expr]
    while pending:
        match pending.pop():
            case And(below) | Or(below) | AtLeast(_, below):
                pending += reversed(below)
            case Not(operand):
                pending.append(operand)
            case Always():
                pass
            case test:
                yield test


def fields_of(predicate: Predicate) -> tuple[Field, ...]:
    """Return the fields that a predicate reads."""
    match predicate:
        case SameAs() | OrderedAs():
            return (predicate.field, predicate.other)
        case _:
            return (predicate.field,)


def reads(*exprs: Expr) -> frozenset[str]:
    """Name the fields that EXPRS read."""
    tests = (test for expr in exprs for test in predicates(expr))
    return frozenset(field.name for test in tests for field in fields_of(test))


def fields_read(body: Body) -> frozenset[str]:
    """Name the fields that BODY asks of its events, in conditions, keys or outputs."""
    tied = (key for part in parts(body) for key in part.keys)
    shown = (output.field for output in outputs(body) if output.field)
    return reads(*conditions(body)) | {each.name for each in (*keys(body), *tied, *shown)}


def wanted(condition: Expr) -> frozenset[str]:
    """Name the fields that CONDITION wants a value of, whatever else holds."""
    conjuncts = condition.operands if isinstance(condition, And) else (condition,)
    return frozenset(each.field.name for each in conjuncts if isinstance(each, FieldTest))


def with_operands(expr: Expr, below: list[Expr]) -> Expr:
    """Put BELOW under EXPR; what they are already is left as it is."""
    if all(new is old for new, old in zip(below, operands(expr), strict=True)):
        return expr
    match expr:
        case And() | Or() | AtLeast():
            return replace(expr, operands=tuple(below))
        case Not():
            return replace(expr, operand=below[0])
        case _:
            return expr


def rewrite(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Build EXPR anew from the leaves up, passing every node through CHANGE."""
    below = operands(expr)
    if below:
        expr = with_operands(expr, [rewrite(each, change) for each in below])
    return change(expr)


def all_of(operands: tuple[Expr, ...], span: Span) -> Expr:
    """Join with `and`; one operand stands alone."""
    return operands[0] if len(operands) == 1 else And(operands, span)


def any_of(operands: tuple[Expr, ...], span: Span) -> Expr:
    """Join with `or`; one operand stands alone."""
    return operands[0] if len(operands) == 1 else Or(operands, span)
