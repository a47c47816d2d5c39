"""Wildcard patterns: a whole value, `*` for any text and `?` for one character, newlines too.

Between two stars stands a piece of fixed length. The first piece is bound to the start, the last to
the end, and the others are taken where they first occur: no pattern makes this slow.
"""

import re
from collections.abc import Callable
from functools import lru_cache

_STAR, _ONE = object(), object()
_LOWER = {ord(upper): upper.lower() for upper in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}

Matcher = Callable[[str], bool]


def fold(text: str) -> str:
    """Fold the ASCII letters; Lucene's `ASCII_CASE_INSENSITIVE` folds no others."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


@lru_cache(maxsize=4096)
def pattern(written: str, folded: bool) -> Matcher:
    """Match what `:` and `like` mean: nothing escapes `*` and `?` (`StringUtils.toLikePattern`)."""
    return _matcher([_wild(char) for char in written], folded)


@lru_cache(maxsize=1024)
def lucene(written: str, folded: bool) -> Matcher:
    r"""Match what a wildcard query means: there `\` makes the next character a plain one."""
    parts: list[object] = []
    at = 0
    while at < len(written):
        if written[at] == "\\" and at + 1 < len(written):
            at += 1
            parts.append(written[at])
        else:
            parts.append(_wild(written[at]))
        at += 1
    return _matcher(parts, folded)


def _wild(char: str) -> object:
    return {"*": _STAR, "?": _ONE}.get(char, char)


def _matcher(parts: list[object], folded: bool) -> Matcher:
    pieces: list[list[str]] = [[]]
    sizes = [0]
    for part in parts:
        if part is _STAR:
            pieces.append([])
            sizes.append(0)
        else:
            plain = "." if part is _ONE else re.escape(str(part))
            pieces[-1].append(fold(plain) if folded else plain)
            sizes[-1] += 1
    first, *middle = (re.compile("".join(piece), re.DOTALL) for piece in pieces)
    if not middle:
        return lambda text: first.fullmatch(fold(text) if folded else text) is not None
    last, size = middle.pop(), sizes[-1]

    def matches(text: str) -> bool:
        text = fold(text) if folded else text
        found = first.match(text)
        for piece in middle:
            found = found and piece.search(text, found.end())
        at = len(text) - size
        return found is not None and at >= found.end() and last.match(text, at) is not None

    return matches
