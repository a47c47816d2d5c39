r"""Tests on arguments where a source has nothing but the command line.

What stands in an argument stands in the line too, with quotes between and backslashes doubled
before them, so what is made here finds every match; and, rarely, one that splitting would not make:
`"a -r b"` is one argument (docs/decisions/0006-arguments.md).
"""

from collections.abc import Iterable

from tocsin import model, regex
from tocsin.evaluate import is_alphanumeric
from tocsin.frame import either
from tocsin.lower.patterns import patterns_of
from tocsin.model import Pattern, TextTest, Wild
from tocsin.regex import (
    Alt,
    AnyOne,
    End,
    OneOf,
    Regex,
    Repeat,
    Seq,
    Start,
    Text,
    all_but,
    parts_of,
    seq,
)

_BACKSLASHES = Repeat(Text("\\"), 1, None)
_QUOTES = Repeat(Text('"'), 0, None)
_BETWEEN = OneOf(tuple((c, c) for c in '\t "'))
_FIRST = Alt((Start(), _BETWEEN))
LAST = Alt((_BETWEEN, End()))


def in_line(test: TextTest) -> list[Regex] | None:
    """Say what TEST wants of an argument as regexes for the line; None if that takes too many."""
    match test:
        case model.Matches(patterns=patterns):
            found = [in_argument(pattern) for pattern in patterns]
            return [each for each in found if each] if all(found) else None
        case model.Has(values=values):
            return [_term_in_line(term) for term in values.items]
        case _:
            return [_pattern_in_line(pattern) for pattern in patterns_of(test)]


def _pattern_in_line(pattern: Pattern) -> Regex:
    left = [] if pattern[0] is Wild.ANY else [_FIRST]
    right = [] if pattern[-1] is Wild.ANY else [LAST]
    inner = pattern[not left : len(pattern) - (not right)]
    return seq(*left, *_spelled(inner), *right)


def _term_in_line(term: str) -> Regex:
    left = [Alt((Start(), regex.NOT_ALPHANUMERIC))] * is_alphanumeric(term[0])
    right = [Alt((regex.NOT_ALPHANUMERIC, End()))] * is_alphanumeric(term[-1])
    return seq(*left, *_spelled((term,)), *right)


def _spelled(pattern: Pattern) -> list[Regex]:
    """Spell PATTERN as a command line may: quotes anywhere between its characters."""
    parts: list[Regex] = []
    for part in pattern:
        characters = part if isinstance(part, str) else (part,)
        for character in characters:
            parts += [_QUOTES] if parts else []
            parts.append(_character(character))
    return parts


def _character(character: str | Wild) -> Regex:
    match character:
        case Wild.ANY:
            return regex.ANY_RUN
        case Wild.ONE:
            return _one(AnyOne())
        case "\\":
            return _BACKSLASHES
        case '"':
            return seq(Repeat(Text("\\"), 0, None), Repeat(Text('"'), 1, None))
        case _:
            return Text(str(character))


# --- regexes


def in_argument(pattern: Regex) -> Regex | None:
    """Say PATTERN of an argument as it stands in the line; None if that takes too many repeats."""
    match pattern:
        case Start():
            return _FIRST
        case End():
            return LAST
        case Text(value):
            return seq(*_spelled((value,)))
        case OneOf() | AnyOne():
            return _one(pattern)
        case Repeat(part, least, most):
            return _repeat_in_line(part, least, most)
        case Alt(branches):
            inner = [in_argument(each) for each in branches]
            return Alt(tuple(each for each in inner if each)) if all(inner) else None
        case Seq(parts):
            return _seq_in_line(parts)


def open_in_argument(pattern: Regex, end: Regex) -> Regex | None:
    """Say the rest of an argument, PATTERN: END stands behind it unless anything may follow."""
    parts = parts_of(pattern)
    is_open = parts[-1:] == (regex.ANY_RUN,)
    inner = in_argument(seq(*parts[: len(parts) - is_open]))
    return inner if inner is None or is_open else seq(inner, end)


_QUOTE_OR_BACKSLASH = (('"', '"'), ("\\", "\\"))


def _one(pattern: OneOf | AnyOne) -> Regex:
    """Take one character: a backslash may be doubled, and a quote has backslashes before it."""
    if not _is_open(pattern):
        return pattern
    ways: list[Regex] = []
    match pattern:
        case AnyOne():
            ways.append(OneOf(_QUOTE_OR_BACKSLASH, negated=True))
        case OneOf(ranges, True):
            ways.append(OneOf(tuple(dict.fromkeys((*ranges, *_QUOTE_OR_BACKSLASH))), negated=True))
        case OneOf(ranges):
            others = all_but((*all_but(ranges), *_QUOTE_OR_BACKSLASH))
            ways += [OneOf(others)] if others else []
    ways += [_BACKSLASHES] if _takes(pattern, "\\") else []
    ways += [seq(Repeat(Text("\\"), 0, None), Text('"'))] if _takes(pattern, '"') else []
    return either(ways)


def _taken(pattern: OneOf | AnyOne) -> OneOf | AnyOne:
    """Add the backslash that stands before a quote to a class that takes the quote."""
    if isinstance(pattern, AnyOne) or pattern.negated or not _takes(pattern, '"'):
        return pattern
    return OneOf((*pattern.ranges, ("\\", "\\")))


def _is_open(pattern: Regex) -> bool:
    """Whether one character that PATTERN takes may be several in the line."""
    return _takes(pattern, '"') or _takes(pattern, "\\")


def _takes(pattern: Regex, character: str) -> bool:
    match pattern:
        case AnyOne():
            return True
        case OneOf(ranges, negated):
            return any(low <= character <= high for low, high in ranges) != negated
        case _:
            return False


def _repeat_in_line(part: Regex, least: int, most: int | None) -> Regex | None:
    if isinstance(part, OneOf | AnyOne) and _is_open(part):
        taken = _taken(part)
        # Further quotes are taken by the class itself, or stand between the characters.
        inner = taken if _takes(taken, '"') else seq(taken, _QUOTES)
        return Repeat(inner, least, None)
    if any(map(_is_open, _leaves(part))):
        return None  # a repeat within a repeat, over the same text
    inner_part = in_argument(part)
    return Repeat(seq(inner_part, _QUOTES), least, most) if inner_part else None


def _leaves(pattern: Regex) -> Iterable[Regex]:
    match pattern:
        case Seq(parts) | Alt(parts):
            return (leaf for part in parts for leaf in _leaves(part))
        case Repeat(part):
            return _leaves(part)
        case Text(value):
            return (OneOf(((c, c),)) for c in value)
        case _:
            return (pattern,)


def _seq_in_line(parts: Iterable[Regex]) -> Regex | None:
    found: list[Regex] = []
    for part in parts:
        inner = in_argument(part)
        if inner is None:
            return None
        taken = isinstance(part, End) or inner == regex.ANY_RUN
        if found and not taken and not _ends_in_quotes(found[-1]):
            found.append(_QUOTES)
        found += parts_of(inner)
    return seq(*found)


def _ends_in_quotes(before: Regex) -> bool:
    """Whether quotes behind BEFORE are taken already, or stand before the first character."""
    if before in (_FIRST, _QUOTES):
        return True
    if isinstance(before, Repeat) and before.most is None:
        last = parts_of(before.part)[-1]
        return last == _QUOTES or _takes(last, '"')
    return False
