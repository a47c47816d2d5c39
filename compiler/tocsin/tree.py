"""The syntax tree: what the author wrote, with its places. Nothing is resolved here."""

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


@dataclass(frozen=True, slots=True)
class Later:
    """A part of the language that is read but not compiled yet; WHAT names it in messages."""

    what: str
    span: Span


@dataclass(frozen=True, slots=True)
class Summarize:
    """`summarize [by …] [every D] { … }`; LATER holds `sliding` and `having`."""

    by: tuple[FieldRef, ...]
    every: Duration | Word | None
    outputs: tuple[Output, ...]
    later: tuple[Later, ...]
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


Clause = Meta | Schedule | Detect | Later | Summarize | Entities | Accept | Test

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
