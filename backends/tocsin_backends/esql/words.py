"""Names, literals and patterns in ES|QL's words."""

import re
from base64 import b64encode
from collections.abc import Iterator
from itertools import groupby

from tocsin.evaluate import fold
from tocsin.frame import Frame, framed, whole
from tocsin.frozen import dataclass, replace
from tocsin.header import span_of_time
from tocsin.lucene import LUCENE, classed
from tocsin.model import Pattern, Wild
from tocsin.regex import (
    ANY_RUN,
    Alt,
    AnyOne,
    Dialect,
    End,
    OneOf,
    Regex,
    Repeat,
    Seq,
    Start,
    Text,
    all_but,
    seq,
    write,
)
from tocsin.text import escape, has_foreign_case, is_hidden

# Stands between the values of a list where they are one text: visible, and made for this.
SEPARATOR = "\u241f"

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_PLAIN = frozenset("\n\r\t")  # hidden, but a string literal has an escape for them
_WILD = {character: f"\\{character}" for character in "\\*?"}
_WORD = re.compile(r"(?:[A-Za-z]|[_@](?=\w))\w*", re.ASCII)
# Elasticsearch, `EsqlBaseLexer.g4`: what an expression, `KEEP` and `METADATA` know as words.
_KEYWORDS = frozenset(
    {
        *("and", "as", "asc", "by", "desc", "false", "first", "in", "info", "is", "last", "like"),
        *("metadata", "not", "null", "nulls", "on", "or", "rlike", "true", "where", "with"),
    }
)
_INDEX = re.compile(r"(?:[\w*-]+:)?[\w.*][\w.*-]*", re.ASCII)


# --- names


def named(name: str) -> str:
    """Write the name of a column; a part that is no plain word stands in backticks."""
    return ".".join(map(_part, name.split(".")))


def _part(part: str) -> str:
    if _WORD.fullmatch(part) and part.lower() not in _KEYWORDS:
        return part
    return f"`{part.replace('`', '``')}`"


def index(pattern: str) -> str:
    """Write an index pattern."""
    return pattern if _INDEX.fullmatch(pattern) else quoted(pattern)


_UNITS = {"d": "day", "h": "hour", "m": "minute", "s": "second", "ms": "millisecond"}


def span(milliseconds: int) -> str:
    """Write a time span: `30 minutes`."""
    text = span_of_time(milliseconds)
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = _UNITS[text[len(digits) :]]
    return f"{digits} {unit}{'' if digits == '1' else 's'}"


# --- texts


def quoted(text: str) -> str:
    """Write a string literal: between three quotes where a backslash would have to be doubled."""
    if "\\" in text and not _PLAIN & set(text) and '"' not in text:
        return f'"""{text}"""'
    return f'"{escape(text, _ESCAPES)}"'


def is_written(text: str) -> bool:
    """Whether a string literal can show TEXT: it has no escape for a code point."""
    return not any(is_hidden(character) for character in text if character not in _PLAIN)


def is_encoded(text: str) -> bool:
    """Whether TEXT has a form in UTF-8; half a surrogate pair has none."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def literal(text: str) -> str:
    """Write TEXT as an expression: what no literal can show is taken from base64."""
    if is_written(text):
        return quoted(text)
    runs = [
        (seen, "".join(run)) for seen, run in groupby(text, lambda character: is_written(character))
    ]
    parts = [quoted(run) if seen else _from_base64(run) for seen, run in runs]
    return parts[0] if len(parts) == 1 else f"CONCAT({', '.join(parts)})"


def _from_base64(text: str) -> str:
    return f'FROM_BASE64("{b64encode(text.encode()).decode()}")'


# --- patterns


def wildcard(pattern: Pattern) -> str:
    """Write a pattern of `LIKE`."""
    return "".join(
        part.value if isinstance(part, Wild) else escape(part, _WILD) for part in pattern
    )


@dataclass(frozen=True, slots=True)
class Printed:
    """A pattern of `RLIKE`; LOWERED says that it is for the text in lower case."""

    text: str
    lowered: bool


def regex_text(pattern: Regex, *, cased: bool, many: bool = False) -> Printed:
    """Print a regex for the whole value, or for all values of a list with separators around.

    Elasticsearch may make of `TO_LOWER(f) RLIKE p` a test without case, which folds no class, or
    one that never holds, if `p` has a capital in it. So letters in classes are spelled out.
    """
    if cased:
        return Printed(_printed(classed(pattern, cased=True), many), lowered=False)
    small = _printed(classed(_folded(pattern), cased=False), many)
    plain = classed(pattern, cased=False) == classed(pattern, cased=True)
    if plain and small == fold(small) and not has_foreign_case(small):
        return Printed(small, lowered=True)
    spelled = replace(LUCENE, text=lambda value: "".join(map(_both_cases, value)))
    return Printed(_printed(classed(pattern, cased=False), many, spelled), lowered=False)


_INSIDE = OneOf(((SEPARATOR, SEPARATOR),), negated=True)
_INSIDE_RUN = Repeat(_INSIDE, 0, None)
_BORDER = Text(SEPARATOR)
_ELEMENT = Frame(_BORDER, seq(_BORDER, _INSIDE_RUN), seq(_INSIDE_RUN, _BORDER), _BORDER)


def _printed(pattern: Regex, many: bool, dialect: Dialect = LUCENE) -> str:
    if not many:
        return write(whole(pattern), dialect)
    return write(seq(ANY_RUN, framed(_within(pattern), _ELEMENT), ANY_RUN), dialect)


def _within(pattern: Regex) -> Regex:
    """Keep PATTERN within one value: no character that it takes is the separator."""
    match pattern:
        case AnyOne():
            return _INSIDE
        case OneOf(ranges, True):
            return OneOf((*ranges, (SEPARATOR, SEPARATOR)), negated=True)
        case OneOf(ranges):
            taken = any(low <= SEPARATOR <= high for low, high in ranges)
            return OneOf(all_but((*all_but(ranges), (SEPARATOR, SEPARATOR)))) if taken else pattern
        case Seq(parts):
            return Seq(tuple(map(_within, parts)))
        case Alt(branches):
            return Alt(tuple(map(_within, branches)))
        case Repeat(part, least, most):
            return Repeat(_within(part), least, most)
        case Text() | Start() | End():
            return pattern


def _folded(pattern: Regex) -> Regex:
    match pattern:
        case Text(value):
            return Text(fold(value))
        case Seq(parts):
            return Seq(tuple(map(_folded, parts)))
        case Alt(branches):
            return Alt(tuple(map(_folded, branches)))
        case Repeat(part, least, most):
            return Repeat(_folded(part), least, most)
        case OneOf() | AnyOne() | Start() | End():
            return pattern


def _both_cases(character: str) -> str:
    if character.isascii() and character.isalpha():
        return f"[{character.upper()}{character.lower()}]"
    return LUCENE.escape(character)


def texts_in(pattern: Regex) -> Iterator[str]:
    """Yield every text and every bound of a class that PATTERN is printed with."""
    match pattern:
        case Text(value):
            yield value
        case OneOf(ranges):
            yield from (bound for pair in ranges for bound in pair)
        case Seq(parts) | Alt(parts):
            for part in parts:
                yield from texts_in(part)
        case Repeat(part):
            yield from texts_in(part)
        case AnyOne() | Start() | End():
            return
