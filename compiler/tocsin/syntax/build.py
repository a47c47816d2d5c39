"""The builder embedded in the parser: each grammar rule makes one node of the syntax tree."""

import datetime
from collections.abc import Callable, Sequence
from typing import TypeGuard, TypeVar

from lark import Token, Transformer

from tocsin import tree
from tocsin.diagnostics import Code, Diagnostic
from tocsin.frozen import dataclass, replace
from tocsin.source import Span
from tocsin.syntax.strings import decode

Spanned = (
    Token
    | tree.Word
    | tree.FieldRef
    | tree.Item
    | tree.Expr
    | tree.ListOf
    | tree.ListFile
    | tree.Aggregate
    | tree.Having
)


@dataclass(frozen=True, slots=True)
class _Window:
    """`every D`, `sliding D` or `within D`, on its way into its clause."""

    word: str
    length: tree.Duration | tree.Word | None


@dataclass(frozen=True, slots=True)
class _Repeats:
    """`repeats N`, on its way into its step."""

    count: tree.Number | tree.Word


_Option = TypeVar("_Option", tuple[tree.FieldRef, ...], tuple[tree.Word, ...], _Window)

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_OPERATORS: dict[str, tree.TextOp] = {
    "contains": "contains",
    "starts with": "starts with",
    "ends with": "ends with",
    "like": "like",
    "has": "has",
    "matches": "matches",
}
_INT64 = range(-(2**63), 2**63)


class Build:
    """Makes nodes bottom-up. `start_file` begins a file; the rest is called by the parser.

    Each method is given the parts of its rule as arguments, by `Unpacking`.
    """

    def __init__(self) -> None:
        self.start_file("")

    def start_file(self, file: str) -> None:
        """Begin a file: spans name it, comments and findings are its own."""
        self.file = file
        self.comments: list[tree.Comment] = []
        self.found: list[Diagnostic] = []

    def aside(self, token: Token) -> Token:
        """Keep a comment; report a character that is no part of the language."""
        span = self._span(token)
        if token.type == "STRAY":
            self._stray(token, span)
            return token
        if token.type == "BLOCK_COMMENT" and (len(token) < 4 or not token.endswith("*/")):
            opening = Span(span.file, span.start, span.start + 2)
            hint = "a closing `*/` might be missing"
            self.found.append(
                Diagnostic(Code.UNTERMINATED, "unterminated comment", opening, "starts here", hint)
            )
        self.comments.append(tree.Comment(str(token), span))
        return token

    def _stray(self, token: Token, span: Span) -> None:
        """Report a character, or the first of several in a row."""
        last = self.found[-1] if self.found else None
        if last and last.code is Code.CHARACTER and last.span.end == span.start:
            self.found[-1] = replace(last, span=last.span.to(span))
        else:
            self.found.append(_stray(token, span))

    def _span_of(self, token: Token) -> Span:
        return Span(self.file, token.start_pos or 0, token.end_pos or 0)

    def _span(self, *parts: Spanned | None) -> Span:
        present = [part for part in parts if part is not None]
        return Span(self.file, _edge(present[0], first=True), _edge(present[-1], first=False))

    # --- items

    def start(self, *items: tree.Use | tree.Let | tree.Rule) -> tuple[object, ...]:
        return items

    def use(self, word: Token, path: tree.Text) -> tree.Use:
        return tree.Use(path, self._span(word, path))

    def let(
        self,
        word: Token,
        name: Token,
        parameter: Token | None,
        value: tree.Literal_ | tree.ListOf | tree.ListFile | tree.Expr,
    ) -> tree.Let:
        argument = self._as_word(parameter) if parameter else None
        return tree.Let(self._as_word(name), argument, value, self._span(word, value))

    def list(self, *parts: Token | tree.Item) -> tree.ListOf:
        return tree.ListOf(_items(parts), self._span(parts[0], parts[-1]))

    def list_file(self, word: Token, path: tree.Text) -> tree.ListFile:
        return tree.ListFile(path, self._span(word, path))

    def rule(self, word: Token, name: Token, *parts: Token | tree.Clause) -> tree.Rule:
        clauses = tuple(part for part in parts if not isinstance(part, Token))
        end = parts[-1]
        assert isinstance(end, Token)
        return tree.Rule(self._as_word(name), clauses, self._span(word, end))

    # --- clauses

    def meta(self, *parts: Token | tree.MetaEntry) -> tree.Meta:
        entries = tuple(part for part in parts if isinstance(part, tree.MetaEntry))
        return tree.Meta(entries, self._braced(parts))

    def meta_entry(self, key: Token, value: tree.Literal_ | tree.ListOf) -> tree.MetaEntry:
        return tree.MetaEntry(self._as_word(key), value, self._span(key, value))

    def alert(
        self,
        word: Token,
        _every: Token,
        every: tree.Duration | tree.Word,
        _over: Token,
        over: tree.Duration | tree.Word,
    ) -> tree.Schedule:
        return tree.Schedule(every, over, self._span(word, over))

    def hunt(self, word: Token, _over: Token, over: tree.Duration | tree.Word) -> tree.Schedule:
        return tree.Schedule(None, over, self._span(word, over))

    def entities(self, *parts: Token | tree.Entity) -> tree.Entities:
        entries = tuple(part for part in parts if isinstance(part, tree.Entity))
        return tree.Entities(entries, self._braced(parts))

    def entity(self, kind: Token, *fields: tree.FieldRef | tree.Word) -> tree.Entity:
        return tree.Entity(self._as_word(kind), _refs(fields), self._span(kind, fields[-1]))

    def accept(
        self,
        word: Token,
        verdict: Token,
        _on: Token,
        target: Token,
        *rest: Token | tree.FieldRef | tree.Word | tree.Text | None,
    ) -> tree.Accept:
        field = next((part for part in rest if isinstance(part, tree.FieldRef | tree.Word)), None)
        reason = rest[-1]
        assert isinstance(reason, tree.Text)
        return tree.Accept(
            self._as_word(verdict),
            self._as_word(target),
            _ref(field) if field else None,
            reason,
            self._span(word, reason),
        )

    def test(
        self,
        word: Token,
        name: tree.Text,
        outcome: Token,
        *parts: Token | tree.Fact | tree.TestEvent,
    ) -> tree.Test:
        facts = tuple(part for part in parts if isinstance(part, tree.Fact))
        events = tuple(part for part in parts if isinstance(part, tree.TestEvent))
        end = parts[-1]
        assert isinstance(end, Token)
        return tree.Test(name, self._as_word(outcome), facts, events, self._span(word, end))

    def fact(
        self,
        field: tree.FieldRef | tree.Word,
        value: tree.Literal_ | tree.ListOf | Token,
    ) -> tree.Fact:
        given = None if isinstance(value, Token) else value
        return tree.Fact(_ref(field), given, self._span(field, value))

    def event(self, *parts: Token | tree.Duration | tree.Fact | None) -> tree.TestEvent:
        facts = tuple(part for part in parts if isinstance(part, tree.Fact))
        at = next((part for part in parts if isinstance(part, tree.Duration)), None)
        named = parts[0] if isinstance(parts[0], Token) and parts[0].type == "PATH" else None
        return tree.TestEvent(
            self._as_word(named) if named else None, at, facts, self._braced(parts)
        )

    # --- bodies

    def detect(
        self,
        word: Token,
        classes: tuple[tree.Word, ...],
        *rest: tuple[tree.Word, ...] | tree.Expr,
    ) -> tree.Detect:
        systems = next((part for part in rest if isinstance(part, tuple)), ())
        where = next((part for part in rest if not isinstance(part, tuple)), None)
        last = where or (systems or classes)[-1]
        return tree.Detect(classes, systems, where, self._span(word, last))

    def classes(self, *parts: Token) -> tuple[tree.Word, ...]:
        return tuple(self._as_word(part) for part in parts if part.type == "PATH")

    def os(self, *parts: Token) -> tuple[tree.Word, ...]:
        return tuple(self._as_word(part) for part in parts if part.type == "NAME")

    def where(self, _word: Token, condition: tree.Expr) -> tree.Expr:
        return condition

    def summarize(
        self,
        *parts: Token | tuple[tree.FieldRef, ...] | _Window | tree.Output | tree.Having,
    ) -> tree.Summarize:
        by = next((part for part in parts if isinstance(part, tuple)), ())
        window = next((part for part in parts if isinstance(part, _Window)), _Window("every", None))
        outputs = tuple(part for part in parts if isinstance(part, tree.Output))
        having = next((part for part in parts if isinstance(part, tree.Having)), None)
        every = window.length if window.word == "every" else None
        sliding = window.length if window.word == "sliding" else None
        return tree.Summarize(by, every, sliding, outputs, having, self._braced(parts))

    def by(self, _word: Token, *fields: tree.FieldRef | tree.Word) -> tuple[tree.FieldRef, ...]:
        return _refs(fields)

    def every(self, word: Token, length: tree.Duration | tree.Word) -> _Window:
        return _Window(str(word), length)

    sliding = every
    within = every

    def output(self, name: Token, aggregate: tree.Aggregate) -> tree.Output:
        return tree.Output(self._as_word(name), aggregate, self._span(name, aggregate.name))

    def aggregate(self, name: Token, *parts: Token | tree.FieldRef | tree.Word) -> tree.Aggregate:
        distinct = any(isinstance(part, Token) and part.type == "DISTINCT" for part in parts)
        field = next((_ref(part) for part in parts if not isinstance(part, Token)), None)
        span = self._braced((name, *parts))
        return tree.Aggregate(self._as_word(name), distinct, field, None, span)

    def count_where(self, name: Token, *parts: Token | tree.Expr) -> tree.Aggregate:
        where = next(part for part in parts if not isinstance(part, Token))
        span = self._braced((name, *parts))
        return tree.Aggregate(self._as_word(name), False, None, where, span)

    # --- having

    def having(self, _word: Token, condition: tree.Having) -> tree.Having:
        return condition

    def hcompare(
        self,
        what: tree.FieldRef | tree.Word | tree.Aggregate,
        op: Token,
        bound: tree.Number | tree.Word | tree.Range,
    ) -> tree.Threshold:
        # A field is told apart later: it is no output.
        named = tree.Word(what.name, what.span) if isinstance(what, tree.FieldRef) else what
        return tree.Threshold(named, str(op), bound, self._span(what, bound))

    def hor(self, *parts: Token | tree.Having) -> tree.Thresholds:
        return self._thresholds("any", parts)

    def hand(self, *parts: Token | tree.Having) -> tree.Thresholds:
        return self._thresholds("all", parts)

    def hsome_of(self, count: Token, *parts: Token | tree.Having) -> tree.Thresholds:
        how = _quantifier(count) or self.number(count).value
        return replace(self._thresholds(how, parts), span=self._braced((count, *parts)))

    def hnot(self, word: Token, operand: tree.Having) -> tree.NotHaving:
        return tree.NotHaving(operand, self._span(word, operand))

    def _thresholds(
        self, how: int | tree.Quantifier, parts: tuple[Token | tree.Having, ...]
    ) -> tree.Thresholds:
        operands = tuple(part for part in parts if not isinstance(part, Token))
        return tree.Thresholds(how, operands, self._span(operands[0], operands[-1]))

    # --- bodies of several events

    def detect_any(
        self, word: Token, *parts: Token | tuple[tree.Word, ...] | tree.Part
    ) -> tree.DetectAny:
        systems = next((part for part in parts if isinstance(part, tuple)), ())
        named = tuple(part for part in parts if isinstance(part, tree.Part))
        return tree.DetectAny(systems, named, self._braced((word, *parts)))

    def detect_sequence(
        self,
        word: Token,
        *parts: Token
        | tuple[tree.FieldRef, ...]
        | tuple[tree.Word, ...]
        | _Window
        | tree.Step
        | tree.Part,
    ) -> tree.DetectSequence:
        by = self._once("by", [p for p in parts if _is_all(p, tree.FieldRef)])
        systems = self._once("on", [p for p in parts if _is_all(p, tree.Word)])
        within = self._once("within", [p for p in parts if isinstance(p, _Window)])
        brace = next(p for p in parts if isinstance(p, Token) and p.type == "LBRACE")
        return tree.DetectSequence(
            by or (),
            within.length if within else None,
            systems or (),
            tuple(part for part in parts if isinstance(part, tree.Step)),
            next((part for part in parts if isinstance(part, tree.Part)), None),
            Span(self.file, word.start_pos or 0, brace.start_pos or 0),
            self._braced((word, *parts)),
        )

    def step(
        self,
        name: Token,
        classes: tuple[tree.Word, ...],
        *rest: tuple[tree.FieldRef, ...] | _Repeats | tree.Expr,
    ) -> tree.Step:
        by = next((part for part in rest if isinstance(part, tuple)), ())
        repeats = next((part for part in rest if isinstance(part, _Repeats)), None)
        where = next((p for p in rest if not isinstance(p, tuple | _Repeats)), None)
        part = tree.Part(self._as_word(name), classes, (), where, self._span(name, *classes, where))
        span = self._span(name, *classes, *by, where)
        return tree.Step(part.name, (part,), by, repeats.count if repeats else None, span)

    def any_step(
        self, name: Token, *parts: Token | tuple[tree.FieldRef, ...] | _Repeats | tree.Part
    ) -> tree.Step:
        by = next((part for part in parts if isinstance(part, tuple)), ())
        repeats = next((part for part in parts if isinstance(part, _Repeats)), None)
        named = tuple(part for part in parts if isinstance(part, tree.Part))
        count = repeats.count if repeats else None
        return tree.Step(self._as_word(name), named, by, count, self._braced((name, *parts)))

    def part(
        self,
        name: Token,
        classes: tuple[tree.Word, ...],
        *rest: tuple[tree.FieldRef, ...] | tree.Expr,
    ) -> tree.Part:
        by = next((part for part in rest if isinstance(part, tuple)), ())
        where = next((part for part in rest if not isinstance(part, tuple)), None)
        span = self._span(name, *classes, *by, where)
        return tree.Part(self._as_word(name), classes, by, where, span)

    until = part

    def repeats(self, _word: Token, count: tree.Number | tree.Word) -> _Repeats:
        return _Repeats(count)

    def first_seen(
        self,
        word: Token,
        _seen: Token,
        *parts: Token | tree.FieldRef | tree.Word | tree.Duration,
    ) -> tree.FirstSeen:
        *fields, within = (part for part in parts if not isinstance(part, Token))
        assert not isinstance(within, tree.FieldRef)
        named = tuple(each for each in fields if not isinstance(each, tree.Duration))
        return tree.FirstSeen(_refs(named), within, self._span(word, within))

    def _once(self, word: str, given: Sequence[_Option]) -> _Option | None:
        """Take an option of a sequence, which may stand once."""
        for again in given[1:]:
            place = again[0] if isinstance(again, tuple) else again.length
            assert place is not None
            message, label = f"a second `{word}`", "a sequence has one"
            self.found.append(Diagnostic(Code.REPEATED_CLAUSE, message, place.span, label))
        return given[0] if given else None

    # --- conditions

    def or_(self, *parts: tree.Expr | Token) -> tree.Or:
        operands = tuple(part for part in parts if not isinstance(part, Token))
        return tree.Or(operands, self._span(operands[0], operands[-1]))

    def and_(self, *parts: tree.Expr | Token) -> tree.And:
        operands = tuple(part for part in parts if not isinstance(part, Token))
        return tree.And(operands, self._span(operands[0], operands[-1]))

    def not_(self, word: Token, operand: tree.Expr) -> tree.Not:
        return tree.Not(operand, self._span(word, operand))

    def group(self, opening: Token, operand: tree.Expr, closing: Token) -> tree.Group:
        inner = operand.operand if isinstance(operand, tree.Group) else operand
        return tree.Group(inner, self._span(opening, closing))

    def call(
        self, name: Token, _opening: Token, argument: tree.FieldRef | tree.Word, closing: Token
    ) -> tree.Call:
        return tree.Call(self._as_word(name), _ref(argument), self._span(name, closing))

    def some_of(self, count: Token, *parts: Token | tree.Expr) -> tree.SomeOf:
        operands = tuple(part for part in parts if not isinstance(part, Token))
        how = _quantifier(count) or self.number(count).value
        end = parts[-1]
        assert isinstance(end, Token)
        return tree.SomeOf(how, operands, self._span(count, end))

    def is_(
        self,
        field: tree.FieldRef | tree.Word,
        _is: Token,
        negated: Token | None,
        cased: Token | None,
        operand: tree.Literal_ | tree.FieldRef | tree.Word,
    ) -> tree.Is:
        value = _ref(operand) if isinstance(operand, tree.Word) else operand
        span = self._span(field, operand)
        return tree.Is(_ref(field), negated is not None, cased is not None, value, span)

    def missing(
        self, field: tree.FieldRef | tree.Word, _is: Token, negated: Token | None, word: Token
    ) -> tree.Exists:
        return tree.Exists(_ref(field), negated is None, self._span(field, word))

    def exists(self, field: tree.FieldRef | tree.Word, word: Token) -> tree.Exists:
        return tree.Exists(_ref(field), False, self._span(field, word))

    def in_(
        self,
        field: tree.FieldRef | tree.Word,
        negated: Token | None,
        _in: Token,
        cased: Token | None,
        items: tree.ListOf | tree.Item,
    ) -> tree.In:
        values = items.items if isinstance(items, tree.ListOf) else (items,)
        span = self._span(field, items)
        return tree.In(_ref(field), negated is not None, cased is not None, values, span)

    def set(self, *parts: Token | tree.Item) -> tree.ListOf:
        return self.list(*parts)

    def text_op(
        self,
        field: tree.FieldRef | tree.Word,
        negated: Token | None,
        *parts: Token | tree.Text | tree.Word | tree.ListOf | None,
    ) -> tree.TextTest:
        *words, quantifier, cased, needles = parts
        op = [word for word in words if isinstance(word, Token)]
        name = _OPERATORS[" ".join(op)]
        assert isinstance(needles, tree.Text | tree.Word | tree.ListOf)
        values = needles.items if isinstance(needles, tree.ListOf) else (needles,)
        return tree.TextTest(
            _ref(field),
            negated is not None,
            name,
            self._span(*op),
            _quantifier(quantifier) if isinstance(quantifier, Token) else None,
            cased is not None,
            tuple(value for value in values if isinstance(value, tree.Text | tree.Word)),
            isinstance(needles, tree.ListOf),
            self._span(field, needles),
        )

    def needles(self, *parts: Token | tree.Text | tree.Word) -> tree.ListOf:
        return self.list(*parts)

    def compare(
        self,
        field: tree.FieldRef | tree.Word,
        op: Token,
        operand: tree.Literal_ | tree.FieldRef | tree.Word,
    ) -> tree.Compare:
        value = _ref(operand) if isinstance(operand, tree.Word) else operand
        span = self._span(field, operand)
        return tree.Compare(_ref(field), str(op), self._span(op), value, span)

    # --- words and literals

    def name(self, token: Token) -> tree.Word:
        return self._as_word(token)

    def field(self, token: Token) -> tree.FieldRef:
        return tree.FieldRef(str(token), self._span_of(token))

    def text(self, token: Token) -> tree.Text:
        span = self._span_of(token)
        value, found = decode(token, span)
        self.found += found
        return tree.Text(value, span, str(token))

    block = text

    def number(self, token: Token) -> tree.Number:
        # A number too long to convert is out of range by its length alone.
        value = int(token) if len(token) < 25 else 2**64
        if value not in _INT64:
            self.found.append(_out_of_range(self._span(token)))
        return tree.Number(value, self._span(token))

    def range(self, low: Token, high: Token) -> tree.Range:
        span = self._span(low, high)
        return tree.Range(self.number(low).value, self.number(high).value, span)

    def duration(self, token: Token) -> tree.Duration:
        digits = token.rstrip("dhms")
        ms = int(digits) * _UNITS[token[len(digits) :]] if len(digits) < 16 else 2**64
        if ms not in _INT64:
            self.found.append(_out_of_range(self._span(token)))
        return tree.Duration(ms, self._span(token))

    def date(self, token: Token) -> tree.Date:
        try:
            datetime.date.fromisoformat(token)
        except ValueError:
            span = self._span(token)
            self.found.append(
                Diagnostic(Code.BAD_DATE, f"no such day: `{token}`", span, "not in the calendar")
            )
        return tree.Date(str(token), self._span(token))

    def bool(self, token: Token) -> tree.Bool:
        return tree.Bool(token == "true", self._span(token))

    def _as_word(self, token: Token) -> tree.Word:
        return tree.Word(str(token), self._span_of(token))

    def _braced(self, parts: tuple[object, ...]) -> Span:
        """Reach from the first token to the closing brace."""
        tokens = [part for part in parts if isinstance(part, Token)]
        return self._span(tokens[0], tokens[-1])


class Unpacking(Transformer[Token, tuple[tree.Use | tree.Let | tree.Rule, ...]]):
    """What lark calls: it hands each list of parts on to BUILD. `v_args` takes thrice the calls."""

    def __init__(self, build: Build) -> None:
        self._build = build
        super().__init__(visit_tokens=False)

    def __getattr__(self, rule: str) -> Callable[[list[object]], object]:
        """Find what makes the nodes of RULE; lark has ways of its own for rules without."""
        method: Callable[..., object] = getattr(self._build, rule)
        return lambda parts: method(*parts)


def _edge(part: Spanned, *, first: bool) -> int:
    if isinstance(part, Token):
        return (part.start_pos if first else part.end_pos) or 0
    return part.span.start if first else part.span.end


def _items(parts: tuple[Token | tree.Item, ...]) -> tuple[tree.Item, ...]:
    return tuple(part for part in parts if not isinstance(part, Token))


def _ref(field: tree.FieldRef | tree.Word) -> tree.FieldRef:
    return field if isinstance(field, tree.FieldRef) else tree.FieldRef(field.text, field.span)


def _refs(fields: tuple[tree.FieldRef | tree.Word | Token, ...]) -> tuple[tree.FieldRef, ...]:
    return tuple(_ref(field) for field in fields if not isinstance(field, Token))


_Named = TypeVar("_Named", tree.FieldRef, tree.Word)


def _is_all(part: object, kind: type[_Named]) -> TypeGuard[tuple[_Named, ...]]:
    return isinstance(part, tuple) and all(isinstance(each, kind) for each in part)


def _quantifier(token: Token) -> tree.Quantifier | None:
    return "any" if token == "any" else "all" if token == "all" else None


_STRAY = {
    "#": "`//` begins a comment",
    "`": "a name needs no quotes, a text stands in `\"` or `'`",
    "$": "a name stands alone: `let name = …`",
    "%": "the wildcards of `like` are `*` and `?`",
    ";": "a line needs no end",
    **dict.fromkeys("\u2018\u2019\u201a\u201c\u201d\u201e\u00b4", "a text stands in `\"` or `'`"),
}


def _stray(token: Token, span: Span) -> Diagnostic:
    if len(token) > 1:
        hint = "a number has digits only, a length of time ends in ms, s, m, h or d"
        message = f"`{token}` is neither a number nor a name"
        return Diagnostic(Code.CHARACTER, message, span, "begins with a digit", hint)
    named = not token.isprintable() or token == "`"
    shown = f"U+{ord(token):04X}" if named else f"`{token}`"
    message = f"unexpected character {shown}"
    mends = "a plain blank separates words" if token.isspace() else _STRAY.get(token)
    return Diagnostic(Code.CHARACTER, message, span, "no part of the language", mends)


def _out_of_range(span: Span) -> Diagnostic:
    return Diagnostic(Code.NUMBER_RANGE, "number out of range", span, "over 64 bits, signed")
