"""What is changed within a line, by words; of very long or unlike lines less is told apart."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import takewhile

from tocsin.frozen import dataclass

_WORD = re.compile(r"[^\W_]+|\s+|_|[^\w\s]")  # a name is parted at its underscores
_LONG = 2_000  # characters of a line that are parted into words
_SMALL = 40_000  # items times items that `difflib` looks at once
_ALL = 1_000_000  # and for one pair of texts in all


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line."""

    text: str
    changed: bool


class Effort:
    """What may still be spent on one pair of texts: `difflib` is cubic at its worst."""

    def __init__(self) -> None:
        self._left = _ALL

    def spend(self, old: int, new: int) -> bool:
        """Whether lists of these lengths may be compared."""
        if old * new > min(_SMALL, self._left):
            return False
        self._left -= old * new
        return True


def shared(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """Count what two lists share at their beginnings, and at their ends beyond that."""
    head = _alike(old, new)
    return head, min(_alike(reversed(old), reversed(new)), min(len(old), len(new)) - head)


def _alike(old: Iterable[str], new: Iterable[str]) -> int:
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))
    return sum(1 for _ in pairs)


def whole(texts: Sequence[str], at: int | None) -> tuple[Piece, ...]:
    """Mark all of a line, if there is one."""
    return () if at is None else (Piece(texts[at], changed=True),)


def marks(old: str, new: str, effort: Effort) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Mark the words that two lines do not share."""
    long = max(len(old), len(new)) > _LONG
    before, after = (list(old), list(new)) if long else (_WORD.findall(old), _WORD.findall(new))
    head, tail = shared(before, after)
    inner = before[head : len(before) - tail], after[head : len(after) - tail]
    same = [(0, 0, 0)]
    if effort.spend(*map(len, inner)):
        same = list(SequenceMatcher(None, *inner, autojunk=False).get_matching_blocks())
    spans = [(0, 0, head), *((i + head, j + head, size) for i, j, size in same if size)]
    spans.append((len(before) - tail, len(after) - tail, tail))
    return (
        _pieces(before, [(i, i + size) for i, _, size in spans]),
        _pieces(after, [(j, j + size) for _, j, size in spans]),
    )


def _pieces(words: Sequence[str], same: Iterable[tuple[int, int]]) -> tuple[Piece, ...]:
    """Join words to pieces; a blank between two changed words counts as changed."""
    at = 0
    parts: list[tuple[str, bool]] = []
    for start, end in same:
        parts.append(("".join(words[at:start]), True))
        parts.append(("".join(words[start:end]), False))
        at = end
    parts.append(("".join(words[at:]), True))
    return tuple(_joined([part for part in parts if part[0]]))


def _joined(parts: Sequence[tuple[str, bool]]) -> Iterator[Piece]:
    text, changed = "", False
    for at, (words, is_changed) in enumerate(parts):
        inside = 0 < at < len(parts) - 1
        mark = is_changed or (inside and words.isspace())
        if text and mark is not changed:
            yield Piece(text, changed)
            text = ""
        text, changed = text + words, mark
    if text:
        yield Piece(text, changed)


def similarity(old: str, new: str) -> float:
    """Say from 0 to 1 how much of two lines' words is the same, by their lengths."""
    before, after = _bag(old[:_LONG]), _bag(new[:_LONG])
    total = sum(before.values()) + sum(after.values())
    return 2 * sum((before & after).values()) / total if total else 1.0


@lru_cache(1024)
def _bag(line: str) -> Counter[str]:
    """Weigh each word of LINE by its characters."""
    bag: Counter[str] = Counter()
    for word in _WORD.findall(line):
        if not word.isspace():
            bag[word] += len(word)
    return bag
