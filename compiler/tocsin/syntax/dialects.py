"""What other dialects of regexes have and the portable one has not, and the way out of each."""

import re
from collections.abc import Iterator

from lark import Token

from tocsin.diagnostics import Code
from tocsin.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding without its place. EDIT stands in for what was found."""

    code: Code
    message: str
    label: str
    hint: str | None = None
    edit: str | None = None


EMPTY_BRANCH = Problem(
    Code.EMPTY_BRANCH, "an empty branch", "nothing stands here", "`(…)?` makes a part optional"
)


def foreign(token: Token) -> Problem:
    """Say what TOKEN means elsewhere, and what would say it here."""
    match token.type:
        case "LOOK":
            return _look(token)
        case "FLAGS" | "SCOPED":
            return _flag(token)
        case "EDGE":
            return _edge(token)
        case "REFERENCE":
            return _reference(token)
        case "POSIX":
            return _posix(token)
        case "UNKNOWN" if str(token) in _ANCHORS:
            return _anchor(token)
        case "UNKNOWN":
            return unknown_escape(token)
        case _:
            return _other(token)


def _look(token: Token) -> Problem:
    what = "lookbehind" if "<" in token else "lookahead"
    second = "and not f matches …" if "!" in token else "and f matches …"
    hint = f"a second test may say it: `{second}`"
    return Problem(Code.LOOKAROUND, f"{what} `{token}`", "not portable", hint)


def _flag(token: Token) -> Problem:
    on, _, off = token[2:-1].partition("-")
    if "i" in on:
        hint = "without `cased`, case is of no account"
    elif "s" in on:
        hint = "`.` takes newlines without it"
    elif "m" in on:
        hint = "`^` and `$` are the ends of the value; `(^|\\n)` begins a line"
    elif "i" in off:
        hint = "`matches cased` compares exactly"
    else:
        hint = "there are no flags"
    sure = token.type == "FLAGS" and bool(on) and set(token[2:-1]) <= {"i", "s"}
    message = f"inline flag `{token}`"
    return Problem(Code.INLINE_FLAG, message, "not portable", hint, "" if sure else None)


def _edge(token: Token) -> Problem:
    if token == "\\b":
        hint = "`has` finds a whole word; `(^|\\W)` and `(\\W|$)` are edges"
    else:
        hint = "`\\w` beside the text says that the word goes on"
    return Problem(Code.WORD_EDGE, f"word edge `{token}`", "not portable", hint)


def _reference(text: str) -> Problem:
    hint = "what a group has found cannot be asked for again; write the choices out"
    return Problem(Code.BACKREFERENCE, f"backreference `{text}`", "not portable", hint)


_CLASSES = {
    "alpha": "A-Za-z", "digit": "\\d", "alnum": "A-Za-z0-9", "upper": "A-Z", "lower": "a-z",
    "space": "\\s", "word": "\\w", "xdigit": "0-9A-Fa-f", "blank": " \\t",
}  # fmt: skip


def _posix(token: Token) -> Problem:
    message = f"a POSIX class `{token}`"
    mended = _CLASSES.get(token[2:-2])
    hint = "ranges say it, such as `a-z` and `0-9`" if mended is None else None
    return Problem(Code.REGEX, message, "not portable", hint, mended)


_ANCHORS = {"\\A": ("^", "start"), "\\z": ("$", "end"), "\\Z": ("$", "end")}


def _anchor(token: Token) -> Problem:
    anchor, side = _ANCHORS[str(token)]
    message = f"`{token}` is written `{anchor}` here"
    return Problem(Code.REGEX, message, f"the {side} of the value", None, anchor)


def unknown_escape(token: Token) -> Problem:
    """Report a backslash that escapes nothing that is known."""
    if token[1:] and token[1] in "dwsDWS":
        message, hint = f"a range up to `{token}`", "`\\-` is the character"
        return Problem(Code.REGEX, message, "not a single character", hint)
    if len(token) == 1:
        return Problem(Code.REGEX, "a lone backslash", "escapes nothing", "`\\\\` is a backslash")
    if token[1] in "pP":
        hint = "ranges say it, such as `a-z` or `\\x{400}-\\x{4FF}`"
    else:
        hint = "known: `\\d \\w \\s \\D \\W \\S`, `\\t \\n \\r \\f \\v`, `\\x41`, `\\x{1F600}`"
    return Problem(Code.REGEX, f"unknown escape `{token}`", "not an escape", hint)


_OTHERS = {
    "ASIDE": ("a comment", "`//` begins a comment of the rule", ""),
    "ATOMIC": ("an atomic group", "`(…)` groups, and may give back what it took", None),
    "NAMED": ("a group with a name", "`(…)` groups", "("),
    "POSSESSIVE": ("a possessive repeat", "the sign without its `+` may give back", None),
}


def _other(token: Token) -> Problem:
    what, hint, edit = _OTHERS[token.type]
    return Problem(Code.REGEX, f"{what} `{token}`", "not portable", hint, edit)


# --- where the parser could not go on


def unexpected(value: str, at: int | None, token: Token | None) -> tuple[Problem, int, int]:
    """Say what is wrong in VALUE at AT, and where it begins and how long it is."""
    if at is None or at >= len(value) or (token is not None and token.type == "$END"):
        return _unclosed(value)
    if token is not None and token.type in {"QUANTIFIER", "POSSESSIVE"}:
        return _repeat_of_nothing(value, at, token)
    width = len(token) if token is not None else 1
    word = value[at : at + width]
    if word == "{":
        return _brace(value, at)
    return _STRAY[word], at, width


def _repeat_of_nothing(value: str, at: int, token: Token) -> tuple[Problem, int, int]:
    before = value[at - 1 : at]
    if before == "(" and token[0] == "?":
        return _group(value, at - 1)
    if before and before in "*+?}":
        message = f"`{token}` repeats a repeat"
        return Problem(Code.REGEX, message, "a second sign", "one says how often"), at, len(token)
    message, hint = f"`{token}` repeats nothing", f"`\\{token[0]}` is the character"
    return Problem(Code.REGEX, message, "nothing before it", hint), at, len(token)


_AGAIN = re.compile(r"\(\?(?:(?P<back>P=\w+)|P>\w+|&\w+|R|[+-]?\d+)\)")


def _group(value: str, at: int) -> tuple[Problem, int, int]:
    """Report a group that begins with `(?` and something that nobody knows."""
    again = _AGAIN.match(value, at)
    if again and again["back"]:
        return _reference(again[0]), at, len(again[0])
    if again:
        message, hint = f"a group called again `{again[0]}`", "what it matches is written out here"
        return Problem(Code.REGEX, message, "not portable", hint), at, len(again[0])
    sign = value[at : at + 3]
    hint = "`(…)` and `(?:…)` group; `\\?` is the character"
    return Problem(Code.REGEX, f"unknown group `{sign}`", "not portable", hint), at, len(sign)


_OPEN_BELOW = re.compile(r"\{,(\d+)\}")


def _brace(value: str, at: int) -> tuple[Problem, int, int]:
    open_below = _OPEN_BELOW.match(value, at)
    if open_below:
        mended = f"{{0,{open_below[1]}}}"
        problem = Problem(
            Code.REGEX, f"`{open_below[0]}` without a least number", "from how many?", None, mended
        )
        return problem, at, len(open_below[0])
    hint = "`{2,3}` repeats, `\\{` is the character"
    return Problem(Code.REGEX, "`{` without numbers", "no repeat", hint), at, 1


_STRAY = {
    ")": Problem(Code.REGEX, "`)` without a `(`", "closes nothing", "`\\)` is the character"),
    "]": Problem(Code.REGEX, "an empty class", "nothing in it", "`\\]` is the character"),
}


def _unclosed(value: str) -> tuple[Problem, int, int]:
    opened: list[int] = []
    for at, bracket in brackets(value):
        if bracket in "([":
            opened.append(at)
        elif opened:
            opened.pop()
    at = opened[-1] if opened else len(value) - 1
    word = value[at]
    message = f"`{word}` without its `{')' if word == '(' else ']'}`"
    hint = f"`\\{word}` is the character"
    return Problem(Code.REGEX, message, "opens here", hint), at, 1


_BRACKET = re.compile(r"\\[\s\S]|\[\^?(?:\\[\s\S]|[^\]\\])*(?P<closed>\])?|[()]")


def brackets(value: str) -> Iterator[tuple[int, str]]:
    """Yield where a group opens and closes in VALUE, and where a class that nothing closes does."""
    for match in _BRACKET.finditer(value):
        sign = match[0][0]
        if sign in "()" or (sign == "[" and not match["closed"]):
            yield match.start(), sign
