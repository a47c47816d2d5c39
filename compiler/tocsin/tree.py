"""The syntax tree: what the author wrote, with its places. Nothing is resolved here."""

from collections.abc import Iterator
from typing import Literal

from tocsin.frozen import dataclass
from tocsin.source import Source, Span

# --- words and literals


@dataclass(frozen=True, slots=True)
class Word:
    """A name or a keyword that names a thing."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class FieldRef:
    """A field as written: a dotted path, or a single name (`timestamp`, a parameter)."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Text:
    """A string, unescaped, and as WRITTEN, quotes included (a line of a list file has none)."""

    value: str
    span: Span
    written: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """A 64-bit signed integer."""

    value: int
    span: Span


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time in milliseconds."""

    ms: int
    span: Span


@dataclass(frozen=True, slots=True)
class Date:
    """A day, ISO 8601 (`2025-11-12`)."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Bool:
    """`true` or `false`."""

    value: bool
    span: Span


Literal_ = Text | Number | Duration | Date | Bool


@dataclass(frozen=True, slots=True)
class Range:
    """`1..1024`, both ends included."""

    low: int
    high: int
    span: Span


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, b]` in `let` and `meta`, `(a, b)` after an operator."""

    items: tuple["Item", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ListFile:
    """`file "hosts.txt"`: one value a line."""

    path: Text
    span: Span


Item = Literal_ | Word | Range

# --- conditions

TextOp = Literal["contains", "starts with", "ends with", "like", "has", "matches"]
Quantifier = Literal["any", "all"]


@dataclass(frozen=True, slots=True)
class Is:
    """`f is [not] [cased] x`."""

    field: FieldRef
    negated: bool
    cased: bool
    operand: "Literal_ | FieldRef"
    span: Span


@dataclass(frozen=True, slots=True)
class Exists:
    """`f exists`, and with NEGATED `f is missing`."""

    field: FieldRef
    negated: bool
    span: Span


@dataclass(frozen=True, slots=True)
class In:
    """`f [not] in [cased] (…)`."""

    field: FieldRef
    negated: bool
    cased: bool
    items: tuple[Item, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class TextTest:
    """`f [not] contains [any|all] [cased] …`; LISTED if the needles stand in parentheses."""

    field: FieldRef
    negated: bool
    op: TextOp
    op_span: Span
    quantifier: Quantifier | None
    cased: bool
    needles: tuple[Text | Word, ...]
    listed: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Compare:
    """`f >= 5`; OP is one of == != < <= > >=."""

    field: FieldRef
    op: str
    op_span: Span
    operand: "Literal_ | FieldRef"
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """`under_user(process.executable)`."""

    name: Word
    argument: FieldRef
    span: Span


@dataclass(frozen=True, slots=True)
class SomeOf:
    """`2 of (…)`, `any of (…)`, `all of (…)`: COUNT is the number, or the word."""

    count: int | Quantifier
    operands: tuple["Expr", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Group:
    """An expression in parentheses; parentheses in parentheses are one group."""

    operand: "Expr"
    span: Span


@dataclass(frozen=True, slots=True)
class Not:
    """`not p`."""

    operand: "Expr"
    span: Span


@dataclass(frozen=True, slots=True)
class And:
    """`p and q`."""

    operands: tuple["Expr", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Or:
    """`p or q`."""

    operands: tuple["Expr", ...]
    span: Span


Predicate = Is | Exists | In | TextTest | Compare
Expr = Predicate | Word | Call | SomeOf | Group | Not | And | Or


def children(expr: Expr) -> tuple[Expr, ...]:
    """Return the expressions right under EXPR."""
    match expr:
        case And() | Or() | SomeOf():
            return expr.operands
        case Not() | Group():
            return (expr.operand,)
        case Is() | Exists() | In() | TextTest() | Compare() | Word() | Call():
            return ()


# --- clauses


@dataclass(frozen=True, slots=True)
class MetaEntry:
    """`key = value`."""

    key: Word
    value: Literal_ | ListOf
    span: Span


@dataclass(frozen=True, slots=True)
class Meta:
    """`meta { … }`."""

    entries: tuple[MetaEntry, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Schedule:
    """`alert every D over D`, or `hunt over D` (EVERY is None)."""

    every: Duration | Word | None
    over: Duration | Word
    span: Span


@dataclass(frozen=True, slots=True)
class Detect:
    """`detect CLASS [or CLASS] [on OS] [where …]`."""

    classes: tuple[Word, ...]
    systems: tuple[Word, ...]
    where: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`count()`, `set(f)`, `count(distinct f)`, `count(where …)`."""

    name: Word
    distinct: bool
    field: FieldRef | None
    where: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class Output:
    """`Name = aggregate`."""

    name: Word
    aggregate: Aggregate
    span: Span


# A number of events, of rows or of operands: written out, or a `let` name.
Count = Number | Word


@dataclass(frozen=True, slots=True)
class Part:
    """`name: CLASS [or CLASS] [by f, …] [where …]`; `until` has no name but that word."""

    name: Word
    classes: tuple[Word, ...]
    by: tuple[FieldRef, ...]
    where: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class DetectAny:
    """`detect any [on OS] { name: CLASS where … }`."""

    systems: tuple[Word, ...]
    parts: tuple[Part, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Step:
    """`name: CLASS [by …] [repeats N] [where …]`, or `name: any [by …] [repeats N] { … }`.

    The one part of the first form has the step's own name and no keys of its own.
    """

    name: Word
    parts: tuple[Part, ...]
    by: tuple[FieldRef, ...]
    repeats: Count | None
    span: Span


@dataclass(frozen=True, slots=True)
class DetectSequence:
    """`detect sequence [by …] within D [on OS] { step … [until …] }`; HEAD reaches to the brace."""

    by: tuple[FieldRef, ...]
    within: Duration | Word | None
    systems: tuple[Word, ...]
    steps: tuple[Step, ...]
    until: Part | None
    head: Span
    span: Span


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """`first seen (f, …) in D`."""

    fields: tuple[FieldRef, ...]
    within: Duration | Word
    span: Span


@dataclass(frozen=True, slots=True)
class Threshold:
    """`Name >= 3`, `count() in 3..9`: an output or an aggregate, held against a number."""

    what: Word | Aggregate
    op: str  # one of == != < <= > >=, or `in`
    bound: Count | Range
    span: Span


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`and` (all), `or` (any) or `2 of (…)` between thresholds."""

    count: int | Quantifier
    operands: tuple["Having", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class NotHaving:
    """`not …` in a `having`."""

    operand: "Having"
    span: Span


Having = Threshold | Thresholds | NotHaving


@dataclass(frozen=True, slots=True)
class Summarize:
    """`summarize [by …] [every D | sliding D] { … } [having …]`."""

    by: tuple[FieldRef, ...]
    every: Duration | Word | None
    sliding: Duration | Word | None
    outputs: tuple[Output, ...]
    having: Having | None
    span: Span


@dataclass(frozen=True, slots=True)
class Entity:
    """`kind = field, field`."""

    kind: Word
    fields: tuple[FieldRef, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Entities:
    """`entities { … }`."""

    entries: tuple[Entity, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Accept:
    """`accept VERDICT on TARGET [for field] "reason"`."""

    verdict: Word
    target: Word
    field: FieldRef | None
    reason: Text
    span: Span


@dataclass(frozen=True, slots=True)
class Fact:
    """`field = value`; VALUE is None for `missing`."""

    field: FieldRef
    value: Literal_ | ListOf | None
    span: Span


@dataclass(frozen=True, slots=True)
class TestEvent:
    """`CLASS at 5s { … }`; the class and the time may be left out."""

    event_class: Word | None
    at: Duration | None
    facts: tuple[Fact, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Test:
    """`test "name" fires { … }`: facts of one event, or events."""

    name: Text
    outcome: Word
    facts: tuple[Fact, ...]
    events: tuple[TestEvent, ...]
    span: Span


AnyDetect = Detect | DetectAny | DetectSequence
Clause = Meta | Schedule | AnyDetect | Summarize | FirstSeen | Entities | Accept | Test


def conditions(clause: Clause) -> Iterator[Expr]:
    """Yield every condition on events in CLAUSE, in the order written."""
    match clause:
        case Detect(where=where):
            yield from () if where is None else (where,)
        case DetectAny(parts=parts):
            yield from (part.where for part in parts if part.where)
        case DetectSequence():
            yield from (part.where for part in parts_of(clause) if part.where)
        case Summarize():
            yield from (each.where for each in aggregates(clause) if each.where)
        case _:
            pass


def parts_of(clause: DetectAny | DetectSequence) -> Iterator[Part]:
    """Yield the parts of CLAUSE in the order written, that of `until` last."""
    if isinstance(clause, DetectAny):
        yield from clause.parts
        return
    yield from (part for step in clause.steps for part in step.parts)
    yield from (clause.until,) if clause.until else ()


def aggregates(clause: Summarize) -> Iterator[Aggregate]:
    """Yield the aggregates of CLAUSE: those of its outputs, and those that `having` writes out."""
    yield from (output.aggregate for output in clause.outputs)
    for each in thresholds(clause.having):
        yield from (each.what,) if isinstance(each.what, Aggregate) else ()


def thresholds(having: Having | None) -> Iterator[Threshold]:
    """Yield the thresholds of HAVING in the order written."""
    pending = [having] if having else []
    while pending:
        node = pending.pop()
        if isinstance(node, Threshold):
            yield node
        pending += reversed(below(node))


def below(having: Having) -> tuple[Having, ...]:
    """Return what stands right under HAVING."""
    match having:
        case Thresholds(operands=operands):
            return operands
        case NotHaving(operand):
            return (operand,)
        case Threshold():
            return ()


# --- items


@dataclass(frozen=True, slots=True)
class Use:
    """`use "path"`."""

    path: Text
    span: Span


@dataclass(frozen=True, slots=True)
class Let:
    """`let name = …` or `let name(field) = …`."""

    name: Word
    parameter: Word | None
    value: Literal_ | ListOf | ListFile | Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Rule:
    """`rule name { … }`."""

    name: Word
    clauses: tuple[Clause, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, kept for the formatter."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class File:
    """One file as written. WHOLE is false if a part of it could not be read."""

    source: Source
    items: tuple[Use | Let | Rule, ...]
    comments: tuple[Comment, ...]
    whole: bool
