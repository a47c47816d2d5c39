"""What stood where something else was expected, in words; and what other languages write."""

import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from lark import Token

from tocsin.diagnostics import Code, Diagnostic, Edit, nearest
from tocsin.frozen import dataclass
from tocsin.source import Source, Span

_MOST_NAMED = 4
_SIGNS = {
    "LBRACE": "{", "RBRACE": "}", "LPAR": "(", "RPAR": ")", "LSQB": "[", "RSQB": "]",
    "EQUAL": "=", "COMMA": ",", "COLON": ":", "__ANON_0": "..",
}  # fmt: skip
_KINDS = {
    "PATH": "a field", "NAME": "a name", "STRING": "a text", "RAW": "a text", "BLOCK": "a text",
    "INT": "a number", "DURATION": "a length of time such as `30m`", "COMPARE": "a comparison",
    "$END": "the end of the file",
}  # fmt: skip

# What the accepted words come to, the first that fits: their marks, and how we say it.
_EXPECTED: tuple[tuple[frozenset[str], tuple[str, ...]], ...] = (
    (frozenset({"STRING", "LSQB", "NOT"}), ("a value", "a list such as `[…]`", "a condition")),
    (frozenset({"PATH", "ANY", "SEQUENCE"}), ("an event class such as `process.start`",)),
    (frozenset({"STRING", "INT", "TRUE", "PATH"}), ("a value", "a field")),
    (frozenset({"STRING", "INT", "TRUE", "LSQB"}), ("a value", "a list such as `[…]`")),
    (frozenset({"STRING", "INT", "TRUE"}), ("a value",)),
    (frozenset({"IS", "CONTAINS"}), ("an operator such as `is`, `contains` or `in`",)),
    (frozenset({"ANY", "ALL", "CASED"}), ("a text", "`any` or `all` and a list")),
    (frozenset({"CASED", "LPAR", "INT"}), ("a list in parentheses", "a range such as `1..1024`")),
    (frozenset({"CASED", "STRING", "LPAR"}), ("a list in parentheses",)),
    (frozenset({"NOT", "PATH", "LPAR"}), ("a condition",)),
    (frozenset({"AND", "META", "RBRACE"}), ("`and`", "`or`", "a clause such as `test`", "`}`")),
    (frozenset({"META", "DETECT"}), ("a clause such as `detect`", "`}`")),
    (frozenset({"AND", "USE", "RULE"}), ("`and`", "`or`", "`let`", "`rule`")),
    (frozenset({"USE", "LET", "RULE"}), ("`use`", "`let`", "`rule`")),
)

# What EQL, KQL, SPL, Sigma, SQL and most programming languages write -> our words, the first that
# fits where it stands.
FOREIGN_WORDS: Mapping[str, tuple[str, ...]] = {
    **{word.upper(): (word,) for word in ("and", "or", "not", "in", "like", "is", "by", "where")},
    "TRUE": ("true",), "FALSE": ("false",), "True": ("true",), "False": ("false",),
    "&&": ("and",), "||": ("or",), "!": ("not",), "=": ("is",), "=~": ("is",), "==": ("=",),
    ":": ("is", "="), "is": ("=",), "equals": ("is",), "!~": ("is not",),
    "startswith": ("starts with",), "endswith": ("ends with",), "startsWith": ("starts with",),
    "endsWith": ("ends with",), "hasprefix": ("starts with",), "has_any": ("has any",),
    "has_all": ("has all",), "contains_cs": ("contains cased",), "regex": ("matches",),
    "in~": ("in",), "null": ("missing",), "NULL": ("missing",),
}  # fmt: skip
# The grammar could take these for names, but hardly anybody means one.
NEVER_NAMES = frozenset(word for word in FOREIGN_WORDS if word.isalpha() and word.isupper())
NEVER_NAMES |= {"null", "True", "False"}

_HINTS = {
    "them": "name the conditions in parentheses: `1 of (p, q)`",
    "|": "there are no pipes: write `summarize`, or `or` between conditions",
    "~": "text is compared without case by default",
    "group": "`by` stands alone: `summarize by host.id { … }`",
    "makeset": "the aggregate is called `set`",
}
_CALLED = {
    "ago": "the searched window is the schedule's: `hunt over 30d`",
    "now": "the searched window is the schedule's: `hunt over 30d`",
    "lower": "text is compared without case by default",
    "tolower": "text is compared without case by default",
    "isempty": "`is missing` holds where there is no value",
    "isnull": "`is missing` holds where there is no value",
    "isnotempty": "`exists` holds where there is a value",
    "isnotnull": "`exists` holds where there is a value",
    "cidrmatch": '`in "10.0.0.0/8"` knows networks',
    "cidrMatch": '`in "10.0.0.0/8"` knows networks',
}
_STARTS_A_CONDITION = frozenset({"PATH", "NAME", "NOT", "LPAR", "INT"})
_CLAUSES = frozenset({"META", "ALERT", "HUNT", "DETECT", "SUMMARIZE", "ENTITIES", "ACCEPT", "TEST"})
_NAMING = frozenset({"ANY", "FIRST", "FILE"})  # keywords that may name a thing too
_TEXTS = frozenset({"STRING", "RAW"})
_CALL_BEFORE = re.compile(r"(\w+)\s*\([^()]*\)\s*\Z")
_WORD_BEFORE = re.compile(r"(\w+)\s*\Z")


@dataclass(frozen=True, slots=True)
class Mended:
    """A foreign word, and the tokens that say the same here."""

    diagnostic: Diagnostic
    tokens: tuple[Token, ...]


def foreign(token: Token, takes: Callable[[str], bool], source: Source) -> Mended | None:
    """Read TOKEN as the word it surely stands for, if the parser TAKES that word here."""
    for ours in FOREIGN_WORDS.get(str(token), ()):
        words = [Token.new_borrow_pos(_kind(word), word, token) for word in ours.split()]
        if takes(words[0].type):
            span = _span(token, source)
            message = f"`{token}` is called `{ours}` here"
            edit = Edit(span, _spaced(ours, span, source))
            found = Diagnostic(Code.FOREIGN, message, span, f"write `{ours}`", None, edit)
            return Mended(found, tuple(words))
    return None


def _kind(word: str) -> str:
    return "EQUAL" if word == "=" else word.upper()


def _spaced(word: str, span: Span, source: Source) -> str:
    """Keep WORD off its neighbours, which a sign may touch."""
    before, after = source.text[: span.start][-1:], source.text[span.end : span.end + 1]
    return " " * _glues(before) + word + " " * _glues(after)


def _glues(neighbour: str) -> bool:
    return bool(neighbour) and not neighbour.isspace() and neighbour not in "()"


def unexpected(token: Token, accepted: AbstractSet[str], source: Source) -> Diagnostic:
    """Report TOKEN where one of ACCEPTED should stand."""
    span = _span(token, source)
    shown = "end of the file" if token.type == "$END" else f"`{_short(token)}`"
    before = source.text[: span.start] if token.type != "$END" else ""
    names = source.text[span.end : span.end + 20].lstrip().startswith(":")
    hint = (
        _HINTS.get(str(token))
        or (_no_name(token) if names and "NAME" in accepted else None)
        or _missing(token, accepted)
        or _misplaced(token, accepted, before)
    )
    return Diagnostic(Code.SYNTAX, f"unexpected {shown}", span, _expected(accepted), hint)


def _missing(token: Token, accepted: AbstractSet[str]) -> str | None:
    """Name what might have been left out before TOKEN."""
    if token.type in _CLAUSES | {"$END"} and "RBRACE" in accepted:
        return "a closing `}` might be missing"
    if token.type in {"RBRACE", "$END"} and "RPAR" in accepted:
        return "a closing `)` might be missing"
    close = nearest(token, _keywords(accepted)) if token.type == "NAME" else None
    if close:
        return f"`{close}` has a similar name"
    if accepted >= {"AND", "OR"}:
        if token.type in _STARTS_A_CONDITION - {"LPAR"}:
            return "`and` or `or` might be missing"
        if token.type == "COMMA":
            return "conditions are joined by `and` or `or`"
    return None


def _keywords(kinds: AbstractSet[str]) -> list[str]:
    return [kind.lower() for kind in kinds if kind not in _KINDS | _SIGNS and len(kind) > 2]


def _misplaced(token: Token, accepted: AbstractSet[str], before: str) -> str | None:
    """Say where TOKEN would fit, or what says the same."""
    if token.type in _TEXTS and re.search(r"=\s*\(\s*\Z", before[-80:]):
        return "in a `let` a list stands in brackets: `[…]`"
    if token.type == "LPAR" and (word := _WORD_BEFORE.search(before[-80:])):
        called = _CALLED.get(word[1])
        if called or "AND" in accepted:
            return called or "in a condition only a `let` name takes a field in parentheses"
    if token.type == "LPAR" and accepted >= {"PATH", "TRUE"}:
        return "a list follows `in`: `in (…)`"
    if token.type == "LSQB" and "LPAR" in accepted:
        return "after an operator a list stands in parentheses: `(…)`"
    if token.type in _TEXTS and accepted >= {"NOT", "PATH"}:
        return 'the field comes first: `process.name is "…"`'
    if token.type in {"INT", "NAME"} - accepted and "STRING" in accepted:
        return "a text stands in quotes"
    if token.type == "BLOCK":
        return 'a text in `"""` is for `meta`'
    if accepted >= {"USE", "RULE"}:
        return "a file holds rules: `rule name { … }`"
    if token.type == "WHERE" and "DETECT" in accepted:
        return "`where` belongs to a body: `detect process.start where …`"
    if accepted - _NAMING == {"NAME"} and (hint := _no_name(token)):
        return hint
    if accepted >= {"AND", "OR"} and (call := _CALL_BEFORE.search(before[-200:])):
        return _CALLED.get(call[1], f"`{call[1]}(…)` is a whole condition")
    if str(token) == ">" and before.endswith("<"):
        return "write `is not`, or `!=` between numbers"
    return None


def _no_name(token: Token) -> str | None:
    if token.isalpha() and token.type == token.upper():
        return f"`{token}` is a word of the language, no name"
    return None


def _expected(accepted: AbstractSet[str]) -> str:
    for marks, named in _EXPECTED:
        if marks <= accepted:
            return f"expected {_either(named)}"
    kinds = sorted(accepted, key=lambda kind: (kind not in _KINDS, kind not in _SIGNS, kind))
    if accepted >= {"NAME"} | _NAMING:
        kinds = [kind for kind in kinds if kind not in _NAMING]
    names = list(dict.fromkeys(map(_name, kinds)))
    if "PATH" in accepted and "NAME" not in accepted:
        names[names.index("a field")] = "an event class such as `process.start`"
    return f"expected {_either(names)}" if names else "not expected here"


def _either(names: Sequence[str]) -> str:
    if len(names) > _MOST_NAMED:
        return ", ".join(names[:_MOST_NAMED]) + ", …"
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


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
