"""Names of options as regexes: many as one tree, and `_` wherever it may stand for a hyphen."""

from collections.abc import Iterable, Sequence
from os.path import commonprefix

from tocsin.frame import NOTHING, either
from tocsin.regex import (
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
    seq,
)

_HYPHEN = OneOf((("-", "-"), ("_", "_")))


def any_name(names: Sequence[str], *, underscores: bool) -> Regex:
    """Write any of NAMES of options, the long ones with UNDERSCORES where these are read so."""
    long = [name.removeprefix("--") for name in names if name.startswith("--")]
    short = [name for name in names if not name.startswith("--")]
    words = hyphened(any_word(long)) if underscores else any_word(long)
    written = [seq(Text("--"), words)] if long else []
    return either([*written, any_word(short)] if short else written)


def any_word(words: Iterable[str]) -> Regex:
    """Write any of WORDS, and what they begin with in common only once."""
    tails: dict[str, list[str]] = {}
    for word in dict.fromkeys(words):
        tails.setdefault(word[:1], []).append(word[1:])
    return either(_branch(first, rest) for first, rest in tails.items())


def _branch(first: str, rest: list[str]) -> Regex:
    if not first:
        return NOTHING
    shared = commonprefix(rest)  # noqa: RUF071  # of words, no paths
    return seq(Text(first + shared), any_word(each[len(shared) :] for each in rest))


def hyphened(regex: Regex) -> Regex:
    """Let REGEX take `_` where it takes a hyphen."""
    match regex:
        case Text(value):
            first, *others = value.split("-")
            parts: list[Regex] = [Text(first)] if first else []
            for each in others:
                parts += [_HYPHEN, Text(each)] if each else [_HYPHEN]
            return seq(*parts)
        case OneOf(ranges, negated):
            taken = all_but(ranges) if negated else ranges
            takes = _has(taken, "-") and not _has(taken, "_")
            return OneOf((*taken, ("_", "_"))) if takes else regex
        case Seq(parts_):
            return seq(*map(hyphened, parts_))
        case Alt(branches):
            return Alt(tuple(map(hyphened, branches)))
        case Repeat(part, least, most):
            return Repeat(hyphened(part), least, most)
        case AnyOne() | Start() | End():
            return regex


def _has(ranges: Ranges, character: str) -> bool:
    return any(low <= character <= high for low, high in ranges)
