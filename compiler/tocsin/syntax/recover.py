"""Parsing that goes on after an error, so that one run shows every error."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import TypeVar

from lark import Lark, Token, Tree
from lark.parsers.lalr_analysis import Shift
from lark.parsers.lalr_interactive_parser import InteractiveParser

from tocsin import tree
from tocsin.diagnostics import Code, Diagnostic, in_order
from tocsin.source import Source, Span
from tocsin.syntax.expected import NEVER_NAMES, foreign, unexpected
from tocsin.syntax.grammar import Parser, parser
from tocsin.syntax.strings import decode

_ITEMS = frozenset({"USE", "LET", "RULE"})
_CLAUSES = frozenset({"META", "ALERT", "HUNT", "DETECT", "SUMMARIZE", "ENTITIES", "ACCEPT", "TEST"})

# Deeper than any rule that a person can read; the phases below may recurse this far.
MAX_DEPTH = 100

Items = tuple[tree.Use | tree.Let | tree.Rule, ...]

# These marks reorder what a reader sees, not what a machine reads (CVE-2021-42574).
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def parse(source: Source) -> tuple[tree.File, tuple[Diagnostic, ...]]:
    """Read one file. What could be read is in the tree even if there are errors."""
    grammar = parser()
    build = grammar.build
    tokens = _tokens(grammar, source)
    items, found = _whole(grammar, tokens), list[Diagnostic]()
    if items is None:
        items, found = _Run(grammar.lark, source, _tokens(grammar, source)).items()
    found = _independent(found, build.found, source)
    strays = {
        at
        for each in build.found
        if each.code is Code.CHARACTER
        for at in range(each.span.start, each.span.end)
    }
    items, too_deep = _shallow(items)
    found += too_deep
    whole = not any(each.code.is_error for each in found)
    file = tree.File(source, items, tuple(build.comments), whole)
    marks = (each for each in _bidi_marks(source) if each.span.start not in strays)
    return file, in_order([*found, *marks])


def _tokens(grammar: Parser, source: Source) -> list[Token]:
    """Begin a file anew: what is not handed to the parser is told to its builder."""
    grammar.build.start_file(source.name)
    return grammar.scanner.scan(source.text, grammar.build.aside)


def _whole(grammar: Parser, tokens: list[Token]) -> Items | None:
    """Parse a file without an error; None if there is one, which is found with more care."""
    if not NEVER_NAMES.isdisjoint(tokens):
        return None
    result = grammar.driver.parse([*tokens, Token("$END", "")])
    return None if result is None else _done(result)


class _Savepoint:
    """The parser's stack at one place, to go back to."""

    def __init__(self, parser: InteractiveParser) -> None:
        state = parser.parser_state
        self.states, self.values = list(state.state_stack), list(state.value_stack)
        self.sizes = [len(v.children) if isinstance(v, Tree) else 0 for v in self.values]

    def resume(self, parser: InteractiveParser) -> None:
        """Go back, however far the parser has come since."""
        state = parser.parser_state
        state.state_stack[:], state.value_stack[:] = self.states, self.values
        for value, size in zip(self.values, self.sizes, strict=True):
            if isinstance(value, Tree):  # lark extends the children of inlined rules in place
                del value.children[size:]


class _Run:
    """One parse. Two savepoints of the parser's stack are where an error is left behind."""

    def __init__(self, lark: Lark, source: Source, tokens: list[Token]) -> None:
        self.source = source
        self.tokens = tokens
        self.parser = lark.parse_interactive()
        self.before_item = _Savepoint(self.parser)
        self.before_clause: _Savepoint | None = None
        self.found: list[Diagnostic] = []

    def items(self) -> tuple[Items, list[Diagnostic]]:
        at = 0
        while at < len(self.tokens):
            at = self._step(at)
        size = len(self.source.text.rstrip())
        end = Token("$END", "", start_pos=size, end_pos=size)
        if not self._takes(end.type):
            self.found.append(self._error(end, at))
            self._close_rule(end)
        return _done(self.parser.feed_token(end)), self.found

    def _step(self, at: int) -> int:
        """Feed the token at AT, or mend, or skip; return where to go on."""
        token = self.tokens[at]
        fits = self._takes(token.type)
        if not fits or str(token) in NEVER_NAMES:
            mended = foreign(token, self._takes, self.source)
            if mended:
                self.found.append(mended.diagnostic)
                for replacement in mended.tokens:
                    self.parser.feed_token(replacement)
                return at + 1
        if not fits:
            self.found.append(self._error(token, at))
            return self._skip(at)
        self._save(token)
        self.parser.feed_token(token)
        return at + 1

    def _takes(self, kind: str) -> bool:
        """Whether a token of KIND could stand next: the parser's own steps, on its states alone."""
        state = self.parser.parser_state
        states, below = state.parse_conf.states, state.state_stack
        top, above = len(below), list[int]()  # the stack is `below[:top] + above`
        while True:
            here = above[-1] if above else below[top - 1]
            if kind not in states[here]:
                return False
            action, rule = states[here][kind]
            if action is Shift:
                return True
            size = len(rule.expansion)
            kept = max(0, len(above) - size)
            top -= size - (len(above) - kept)
            del above[kept:]
            here = above[-1] if above else below[top - 1]
            above.append(states[here][rule.origin.name][1])
            if kind == "$END" and above[-1] == state.parse_conf.end_state:
                return True

    def _save(self, token: Token) -> None:
        if token.type in _ITEMS:
            self.before_item, self.before_clause = _Savepoint(self.parser), None
        elif token.type in _CLAUSES:
            self.before_clause = _Savepoint(self.parser)

    def _accepted(self) -> set[str]:
        """Return what could stand next."""
        state = self.parser.parser_state
        kinds = state.parse_conf.states[state.state_stack[-1]]
        return {kind for kind in kinds if kind.isupper() and self._takes(kind)}

    def _skip(self, at: int) -> int:
        """Leave the broken clause (or item) behind; return the token to go on with."""
        for later in range(at, len(self.tokens)):
            kind = self.tokens[later].type
            if kind in _CLAUSES and self.before_clause:
                self.before_clause.resume(self.parser)
                return later
            if kind in _ITEMS:
                self._close_rule(self.tokens[later])
                return later
            if kind == "RBRACE" and self.before_clause and self._closes_rule(later):
                self.before_clause.resume(self.parser)
                return later
        self._close_rule(self.tokens[-1])
        return len(self.tokens)

    def _close_rule(self, token: Token) -> None:
        """Keep the clauses read so far, as if the closing brace stood before TOKEN."""
        if not self.before_clause:
            return self.before_item.resume(self.parser)
        self.before_clause.resume(self.parser)
        self.before_clause = None
        self.parser.feed_token(Token.new_borrow_pos("RBRACE", "}", token))
        self.before_item = _Savepoint(self.parser)
        return None

    def _closes_rule(self, at: int) -> bool:
        """Whether the brace at AT is followed by the end of the file or a new item."""
        return at + 1 == len(self.tokens) or self.tokens[at + 1].type in _ITEMS

    def _error(self, token: Token, at: int) -> Diagnostic:
        """Report TOKEN, the one at AT; or the string that has no end, if there is one."""
        for literal in self.tokens[max(0, at - 1) : at + 1]:
            if literal.type in {"STRING", "RAW", "BLOCK"}:
                start, end = literal.start_pos or 0, literal.end_pos or 0
                _, found = decode(literal, Span(self.source.name, start, end))
                if found and found[0].code is Code.UNTERMINATED:
                    return found[0]
        return unexpected(token, self._accepted(), self.source)


def _independent(
    syntax: list[Diagnostic], lexical: list[Diagnostic], source: Source
) -> list[Diagnostic]:
    """Drop the syntax errors that something else that could not be read explains."""
    strays = [each.span.end for each in lexical if each.code is Code.CHARACTER]
    syntax = [each for each in syntax if not _follows(each.span, strays, source)]
    open_ends = [each.span.start for each in lexical if each.code is Code.UNTERMINATED]
    if not open_ends:
        return syntax + lexical
    first = source.locate(open_ends[0])[0]
    swallowed = not source.text.startswith(("'", '"'), open_ends[0]) or source.text.startswith(
        '"""', open_ends[0]
    )
    return lexical + [
        each
        for each in syntax
        if each.span.start < open_ends[0]
        or not (swallowed or source.locate(each.span.start)[0] <= first + 1)
    ]


def _follows(span: Span, ends: list[int], source: Source) -> bool:
    """Whether nothing but blanks lies between SPAN and the last of ENDS before it."""
    at = bisect_right(ends, span.start)
    return at > 0 and not source.text[ends[at - 1] : span.start].strip()


def _done(result: object) -> Items:
    assert isinstance(result, tuple)
    return result


def _shallow(items: Items) -> tuple[Items, list[Diagnostic]]:
    """Drop the items whose conditions are nested too deep for the phases below."""
    kept: list[tree.Use | tree.Let | tree.Rule] = []
    found: list[Diagnostic] = []
    for item in items:
        deep = [place for place in _depths(item) if place]
        if not deep:
            kept.append(item)
        for place in deep:
            message = f"condition nested more than {MAX_DEPTH} deep"
            hint = "a `let` can name a part of the condition"
            found.append(Diagnostic(Code.TOO_DEEP, message, place, "too deep from here", hint))
    return tuple(kept), found


def _depths(item: tree.Use | tree.Let | tree.Rule) -> Iterator[Span | None]:
    """Say of each condition in ITEM where it is too deep."""
    match item:
        case tree.Rule():
            for clause in item.clauses:
                yield from (_too_deep(each, tree.children) for each in tree.conditions(clause))
                if isinstance(clause, tree.Summarize) and clause.having:
                    yield _too_deep(clause.having, tree.below)
        case tree.Let(
            value=tree.Not() | tree.And() | tree.Or() | tree.Group() | tree.SomeOf() as value
        ):
            yield _too_deep(value, tree.children)
        case tree.Let() | tree.Use():
            pass


_Node = TypeVar("_Node", tree.Expr, tree.Having)


def _too_deep(root: _Node, children: Callable[[_Node], tuple[_Node, ...]]) -> Span | None:
    pending = [(root, 1)]
    while pending:
        node, depth = pending.pop()
        if depth > MAX_DEPTH:
            return Span(node.span.file, node.span.start, node.span.start + 1)
        pending += [(child, depth + 1) for child in children(node)]
    return None


def _bidi_marks(source: Source) -> Iterator[Diagnostic]:
    if source.text.isascii():
        return
    for at, character in enumerate(source.text):
        if character in _BIDI:
            yield Diagnostic(
                Code.BIDI,
                f"text direction mark U+{ord(character):04X}",
                Span(source.name, at, at + 1),
                "readers may see this line in another order",
                f"inside a string in double quotes write `\\u{{{ord(character):X}}}`",
            )
