"""What stood where something else was expected, in words; and what other languages write."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from lark import Token

from tocsin.diagnostics import Code, Diagnostic, Edit
from tocsin.source import Source, Span

_OPERATORS = frozenset(
    {"IS", "IN", "CONTAINS", "STARTS", "ENDS", "LIKE", "HAS", "MATCHES", "EXISTS", "COMPARE", "NOT"}
)
_VALUES = frozenset({"STRING", "RAW", "INT", "DURATION", "DATE", "TRUE", "FALSE"})
_SIGNS = {
    "LBRACE": "{", "RBRACE": "}", "LPAR": "(", "RPAR": ")", "LSQB": "[", "RSQB": "]",
    "EQUAL": "=", "COMMA": ",", "COLON": ":", "__ANON_0": "..",
}  # fmt: skip
_KINDS = {
    "PATH": "a field", "NAME": "a name", "BLOCK": "a text", "STRING": "a text", "RAW": "a text",
    "INT": "a number", "DURATION": "a length of time such as `30m`", "COMPARE": "a comparison",
    "$END": "the end of the file",
}  # fmt: skip

# What EQL, KQL, SPL, Sigma, SQL and most programming languages write -> our words.
FOREIGN_WORDS = {
    "AND": "and", "OR": "or", "NOT": "not", "IN": "in", "LIKE": "like", "IS": "is", "BY": "by",
    "WHERE": "where", "TRUE": "true", "FALSE": "false", "True": "true", "False": "false",
    "&&": "and", "||": "or", "!": "not", "=": "is", "=~": "is",
    "startswith": "starts with", "endswith": "ends with", "startsWith": "starts with",
    "endsWith": "ends with", "hasprefix": "starts with", "has_any": "has any",
    "has_all": "has all", "contains_cs": "contains cased", "regex": "matches", "in~": "in",
    "equals": "is", "null": "missing", "NULL": "missing", "group": "by",
}  # fmt: skip
_HINTS = {
    "them": "name the conditions in parentheses: `1 of (p, q)`",
    "ago": "the searched window is the schedule's: `hunt over 30d`",
    "|": "there are no pipes: write `summarize`, or `or` between conditions",
    "!~": "write `is not`",
    "~": "text is compared without case by default",
    "makeset": "the aggregate is called `set`",
}


@dataclass(frozen=True, slots=True)
class Mended:
    """A foreign word, and the tokens that say the same here."""

    diagnostic: Diagnostic
    tokens: tuple[Token, ...]


def foreign(token: Token, accepted: AbstractSet[str], source: Source) -> Mended | None:
    """Read TOKEN as the word it surely stands for, if what it stands for fits here."""
    ours = FOREIGN_WORDS.get(str(token))
    if ours is None:
        return None
    words = [Token.new_borrow_pos(word.upper(), word, token) for word in ours.split()]
    if words[0].type not in accepted:
        return None
    span = _span(token, source)
    message = f"`{token}` is called `{ours}` here"
    found = Diagnostic(Code.FOREIGN, message, span, f"write `{ours}`", None, Edit(span, ours))
    return Mended(found, tuple(words))


def unexpected(token: Token, accepted: AbstractSet[str], source: Source) -> Diagnostic:
    """Report TOKEN where one of ACCEPTED should stand."""
    span = _span(token, source)
    shown = "the end of the file" if token.type == "$END" else f"`{_short(token)}`"
    hint = _HINTS.get(str(token)) or _missing(token, accepted)
    return Diagnostic(Code.SYNTAX, f"unexpected {shown}", span, _expected(accepted), hint)


def _missing(token: Token, accepted: AbstractSet[str]) -> str | None:
    if token.type == "$END" and "RBRACE" in accepted:
        return "a closing `}` might be missing"
    if token.type in {"RBRACE", "$END"} and "RPAR" in accepted:
        return "a closing `)` might be missing"
    if "EQUAL" in accepted and token.type == "COLON":
        return "a value follows `=`"
    return None


def _expected(accepted: AbstractSet[str]) -> str:
    if accepted >= {"STRING", "INT", "TRUE"}:
        names = ["a value", *(["a field"] if "PATH" in accepted else [])]
    elif accepted >= {"IS", "CONTAINS"}:
        names = ["an operator such as `is`, `contains` or `in`"]
    elif accepted >= {"NOT", "PATH", "LPAR"}:
        names = ["a condition"]
    elif accepted >= {"META", "DETECT"}:
        names = ["a clause such as `detect`", "`}`"]
    else:
        names = list(dict.fromkeys(_name(kind) for kind in sorted(accepted)))
    if not names:
        return "not expected here"
    shown = names[:4]
    return "expected " + (" or ".join(shown) if len(shown) < 3 else ", ".join(shown))


def _name(kind: str) -> str:
    if kind in _KINDS:
        return _KINDS[kind]
    return f"`{_SIGNS.get(kind, kind.lower())}`"


def _short(token: Token) -> str:
    line = token.split("\n", 1)[0]
    return line if len(line) <= 40 else line[:39] + "…"


def _span(token: Token, source: Source) -> Span:
    start = token.start_pos or 0
    if token.type == "$END":
        return Span(source.name, max(0, start - 1), max(1, start))
    return Span(source.name, start, start + max(1, len(token.split("\n", 1)[0])))
