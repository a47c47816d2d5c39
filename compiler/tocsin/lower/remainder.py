"""What a regex still wants once a text is read: `a(b|c)d` after `ab` is `d` (Brzozowski, 1964)."""

from collections.abc import Iterable

from tocsin.evaluate import fold
from tocsin.frame import NOTHING, either
from tocsin.frozen import replace
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
    both_cases,
    seq,
)


def after(regex: Regex, text: str, *, cased: bool) -> Regex | None:
    """Say what is left of REGEX, which is for a whole value without anchors, behind TEXT.

    None if no value that begins so can match.
    """
    left: Regex | None = regex
    for character in text:
        if left is not None:
            left = _after(left, character, cased)
    return left


def takes_nothing(regex: Regex) -> bool:
    """Whether REGEX matches the empty text."""
    match regex:
        case Text(value):
            return not value
        case OneOf() | AnyOne():
            return False
        case Start() | End():
            return True
        case Seq(parts):
            return all(map(takes_nothing, parts))
        case Alt(branches):
            return any(map(takes_nothing, branches))
        case Repeat(part, least):
            return least == 0 or takes_nothing(part)


def _after(regex: Regex, character: str, cased: bool) -> Regex | None:
    match regex:
        case Text(value):
            same = value[:1] == character or (not cased and fold(value[:1]) == fold(character))
            return _text(value[1:]) if value and same else None
        case OneOf(ranges, negated):
            folded = ranges if cased else both_cases(ranges)
            inside = any(low <= character <= high for low, high in folded)
            return NOTHING if inside != negated else None
        case AnyOne():
            return NOTHING
        case Start() | End():
            return None
        case Seq(parts):
            return _any(_after_parts(parts, character, cased))
        case Alt(branches):
            return _any(_after(branch, character, cased) for branch in branches)
        case Repeat(part, _, most):
            inner = _after(part, character, cased) if most != 0 else None
            return None if inner is None else seq(inner, *_fewer(regex))


def _after_parts(parts: tuple[Regex, ...], character: str, cased: bool) -> Iterable[Regex | None]:
    for at, part in enumerate(parts):
        inner = _after(part, character, cased)
        yield None if inner is None else seq(inner, *parts[at + 1 :])
        if not takes_nothing(part):
            return


def _fewer(repeat: Repeat) -> tuple[Regex, ...]:
    """Say a repeat with one round less."""
    most = None if repeat.most is None else repeat.most - 1
    return () if most == 0 else (replace(repeat, least=max(repeat.least - 1, 0), most=most),)


def _any(ways: Iterable[Regex | None]) -> Regex | None:
    left = [way for way in ways if way is not None]
    return either(left) if left else None


def _text(value: str) -> Regex:
    return Text(value) if value else NOTHING
