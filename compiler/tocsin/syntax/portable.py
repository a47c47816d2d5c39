"""The text of a portable regex to its tree, or to what is wrong with it and where."""

from collections.abc import Sequence

from lark import Token, Tree
from lark.exceptions import UnexpectedInput, UnexpectedToken

from tocsin import tree
from tocsin.diagnostics import Code, Diagnostic, Edit
from tocsin.frozen import dataclass
from tocsin.regex import (
    DIGIT,
    SPACE,
    WORD,
    Alt,
    AnyOne,
    End,
    OneOf,
    Ranges,
    Regex,
    Repeat,
    Seq,
    Start,
    Text,
    all_but,
    both_cases,
    seq,
)
from tocsin.source import Span
from tocsin.syntax.dialects import (
    EMPTY_BRANCH,
    Problem,
    brackets,
    foreign,
    unexpected,
    unknown_escape,
)
from tocsin.syntax.grammar import regex_parser
from tocsin.syntax.strings import inside, place

MAX_LENGTH = 5_000  # characters: no regex that a person can read is longer
MAX_NESTING = 50
MAX_COPIES = 1_000  # of a part, by all the repeats around it: RE2 takes no more
MAX_ENDLESS = 100
_MOST = 8  # findings of one expression: by then it is in another language

_Node = Tree[Token] | Token


def parse_regex(text: tree.Text) -> tuple[Regex | None, tuple[Diagnostic, ...]]:
    """Read the value of TEXT as a portable regex; None if something is wrong with it."""
    reader = _Reader(text, [])
    if len(text.value) > MAX_LENGTH:
        message = f"a regular expression of more than {MAX_LENGTH:,} characters"
        return None, (Diagnostic(Code.TOO_LARGE, message, text.span, "too long"),)
    if _nesting(text.value) > MAX_NESTING:
        message = f"groups nested more than {MAX_NESTING} deep"
        return None, (Diagnostic(Code.TOO_DEEP, message, text.span, "too deep"),)
    try:
        parsed = regex_parser().parse(text.value)
    except UnexpectedInput as error:
        reader.unexpected(error)
        return None, tuple(reader.found)
    signs = parsed.scan_values(lambda each: isinstance(each, Token) and each.type == "QUANTIFIER")
    if sum(_bounds(sign)[1] is None for sign in signs) > MAX_ENDLESS:
        message = f"more than {MAX_ENDLESS} repeats without an end"
        return None, (Diagnostic(Code.TOO_LARGE, message, text.span, "too many"),)
    regex = reader.branches(_inside(parsed))
    return (None if reader.found else regex), tuple(reader.found)


def _nesting(text: str) -> int:
    """Count how deep the groups of TEXT lie in each other."""
    deepest = depth = 0
    for _, bracket in brackets(text):
        depth = max(0, depth + (bracket == "(") - (bracket == ")"))
        deepest = max(deepest, depth)
    return deepest


def _inside(node: Tree[Token]) -> list[Tree[Token]]:
    return [child for child in node.children if isinstance(child, Tree)]


@dataclass(frozen=True, slots=True, eq=False)
class _Reader:
    """Builds the tree of one literal. FIRST and LAST say whether an anchor may stand here."""

    text: tree.Text
    found: list[Diagnostic]

    # --- structure

    def branches(
        self,
        sequences: Sequence[Tree[Token]],
        *,
        first: bool = True,
        last: bool = True,
        copies: int = 1,
        begin: int = 0,
    ) -> Regex:
        """Read the branches of a group, or of the whole, which BEGIN there."""
        read = tuple(self._sequence(each, first, last, copies) for each in sequences)
        empty = next((at for at, each in enumerate(sequences) if not each.children), None)
        if empty is not None:
            start = _beside(sequences, empty, begin)
            self._add(EMPTY_BRANCH, start, start + 1)
        return read[0] if len(read) == 1 else Alt(read)

    def _sequence(self, node: Tree[Token], first: bool, last: bool, copies: int) -> Regex:
        end = len(node.children) - 1
        parts: list[Regex] = []
        for at, child in enumerate(node.children):
            part = self._part(child, first, last and at == end, copies)
            # Nothing stands at a flag or a comment: `(?m)^a` is wrong once.
            first = first and isinstance(child, Token) and child.type in {"FLAGS", "ASIDE"}
            if isinstance(part, Text) and parts and isinstance(parts[-1], Text):
                parts[-1] = Text(parts[-1].value + part.value)
            else:
                parts.append(part)
        return seq(*parts)

    def _part(self, node: _Node, first: bool, last: bool, copies: int) -> Regex:
        if isinstance(node, Token):
            return self._single(node, first, last)
        if node.data == "repeat":
            return self._repeat(node, copies)
        if node.data == "one_of":
            return self._one_of(node)
        opening = _token(node.children[0])
        if opening.type != "OPEN":
            self._foreign(opening)
        return self.branches(
            _inside(node), first=first, last=last, copies=copies, begin=_extent(opening)[1]
        )

    def _repeat(self, node: Tree[Token], copies: int) -> Regex:
        atom, sign = node.children
        assert isinstance(sign, Token)
        if sign.type == "POSSESSIVE":
            self._foreign(sign)
            return Seq(())
        least, most = _bounds(sign)
        more = most if most is not None else least
        if most == 0 or (most is not None and least > most):
            what = "a repeat of none" if most == 0 else f"a repeat from {least} down to {most}"
            self._report(sign, what, "never that many")
        elif more * copies > MAX_COPIES:
            what = f"more than {MAX_COPIES:,} repeats of one part"
            hint = "repeats inside of repeats are multiplied" if copies > 1 else None
            self._report(sign, what, "too many", hint)
            more = 1
        part = self._part(atom, False, False, copies * max(more, 1))
        place = self._span(*_extent(node)) if most is None else None
        return part if (least, most) == (1, 1) else Repeat(part, least, most, place)

    # --- single signs

    def _single(self, token: Token, first: bool, last: bool) -> Regex:
        match token.type:
            case "START" | "END":
                return self._anchor(token, first, last)
            case "ANY_ONE":
                return AnyOne()
            case "SHORTHAND":
                ranges = _SHORTHANDS[token[1].lower()]
                return OneOf(ranges, negated=token[1].isupper())
            case "FLAGS" | "ASIDE" | "EDGE" | "REFERENCE" | "UNKNOWN":
                self._foreign(token)
                return Text("x")
            case _:
                return Text(self._character(token))

    def _character(self, token: Token) -> str:
        """Read a single character, in a class or outside."""
        match token.type:
            case "CONTROL":
                return _CONTROLS[token[1]]
            case "CODE":
                return self._code_point(token)
            case "ESCAPED":
                return token[1]
            case "UNKNOWN":
                self._add(unknown_escape(token), *_extent(token))
                return "x"
            case _:
                return str(token)

    def _code_point(self, token: Token) -> str:
        number = int(token[2:].strip("{}"), 16)
        if 0 < number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF:
            return chr(number)
        self._report(token, f"`{token}` is no character", "no such code point")
        return "x"

    def _anchor(self, token: Token, first: bool, last: bool) -> Regex:
        start = token == "^"
        if first if start else last:
            return Start() if start else End()
        side = "first" if start else "last"
        hint = f"as a character it is written `\\{token}`"
        label = f"may only stand {side}, or {side} in a branch of the group that does"
        self._report(token, f"`{token}` inside of the expression", label, hint, Code.ANCHOR)
        return Seq(())

    # --- classes

    def _one_of(self, node: Tree[Token]) -> Regex:
        ranges: list[tuple[str, str]] = []
        for member in node.children[1:-1]:
            ranges += self._member(member)
        negated = node.children[0] == "[^"
        others = all_but(ranges)
        if not others:
            if negated:
                self._report(node, "a class without a character", "takes nothing")
            return AnyOne()
        if ranges and max(ranges)[1] == chr(0x10FFFF) and both_cases(others) == others:
            # It is plainer to say what is not in it: `[^\W_]` has the letters and digits.
            return OneOf(others, not negated)
        return OneOf(tuple(dict.fromkeys(ranges)), negated)

    def _member(self, node: _Node) -> Ranges:
        if isinstance(node, Token):
            if node.type == "POSIX":
                self._foreign(node)
                return ()
            ranges = _SHORTHANDS[node[1].lower()]
            return all_but(ranges) if node[1].isupper() else ranges
        ends = [child for child in node.children if not _is_dash(child)]
        read = [self._character(each) for each in map(_token, ends)]
        if read[0] > read[-1]:
            what = f"a range from `{read[0]}` down to `{read[-1]}`"
            turned = "-".join(str(_token(each)) for each in reversed(ends))
            problem = Problem(Code.REVERSED_RANGE, what, "nothing lies in it", None, turned)
            self._add(problem, *_extent(node))
            return ()
        return ((read[0], read[-1]),)

    # --- findings

    def unexpected(self, error: UnexpectedInput) -> None:
        """Say what is wrong where the parser could not go on."""
        at = error.pos_in_stream
        token = error.token if isinstance(error, UnexpectedToken) else None
        problem, start, width = unexpected(self.text.value, at, token)
        self._add(problem, start, start + width)

    def _foreign(self, token: Token) -> None:
        """Say what a sign of another dialect means, and what would say it here."""
        self._add(foreign(token), *_extent(token))

    def _report(
        self, node: _Node, message: str, label: str, hint: str | None = None,
        code: Code = Code.REGEX,
    ) -> None:  # fmt: skip
        self._add(Problem(code, message, label, hint), *_extent(node))

    def _add(self, problem: Problem, start: int, end: int) -> None:
        if len(self.found) == _MOST:
            return
        span = self._span(start, end)
        mended = problem.edit
        edit = Edit(span, inside(self.text.written, mended)) if mended is not None else None
        self.found.append(
            Diagnostic(problem.code, problem.message, span, problem.label, problem.hint, edit)
        )

    def _span(self, start: int, end: int) -> Span:
        whole, written = self.text.span, self.text.written
        return Span(
            whole.file, whole.start + place(written, start), whole.start + place(written, end)
        )


_SHORTHANDS = {"d": DIGIT, "w": WORD, "s": SPACE}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}


def _bounds(sign: Token) -> tuple[int, int | None]:
    match sign[0]:
        case "*":
            return 0, None
        case "+":
            return 1, None
        case "?":
            return 0, 1
        case _:
            low, comma, high = sign.rstrip("?")[1:-1].partition(",")
            # Longer numbers are too many by their length alone.
            least = int(low) if len(low) < 7 else 10**6
            most = int(high) if 0 < len(high) < 7 else 10**6 if high else None
            return least, (most if comma else least)


def _is_dash(node: _Node) -> bool:
    return isinstance(node, Token) and node.type == "DASH"


def _token(node: _Node) -> Token:
    child = node if isinstance(node, Token) else node.children[0]
    assert isinstance(child, Token)
    return child


def _extent(node: _Node) -> tuple[int, int]:
    start = node.start_pos if isinstance(node, Token) else node.meta.start_pos
    end = node.end_pos if isinstance(node, Token) else node.meta.end_pos
    assert start is not None
    assert end is not None
    return start, end


def _beside(sequences: Sequence[Tree[Token]], at: int, begin: int) -> int:
    """Find a character beside the empty sequence AT: a bar, or the bracket before BEGIN."""
    for index in range(at - 1, -1, -1):
        if sequences[index].children:
            return _extent(sequences[index])[1] + at - index - 1
    for index in range(at + 1, len(sequences)):
        if sequences[index].children:
            return _extent(sequences[index])[0] - (index - at)
    return max(begin - 1, 0)
