"""Two texts side by side: which lines belong together, and what is changed within a line.

Lines that stand once in each text are found first and hold the others in place; `difflib` looks at
what lies between, as long as that is little. So the work grows with the text, not with its square.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise, zip_longest

from tocsin.diff.marks import Effort, Piece, marks, shared, similarity, whole
from tocsin.frozen import dataclass

CONTEXT = 3  # unchanged lines that are shown around a change

_PAIRED = 400  # lines times lines: up to here the best pairs are looked for
_ALIKE = 0.4  # how similar two lines are that count as one line changed


@dataclass(frozen=True, slots=True)
class Row:
    """A line of each side, or of one: its number from 1 (None: no such line) and its pieces."""

    left: int | None
    old: tuple[Piece, ...]
    right: int | None
    new: tuple[Piece, ...]
    changed: bool


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows without a change, far from any."""

    rows: tuple[Row, ...]


def side_by_side(old: str | None, new: str | None, context: int = CONTEXT) -> list[Row | Fold]:
    """Lay out two texts as rows, what is unchanged folded; None is no text at all."""
    return list(_folded(list(_rows(lines(old or ""), lines(new or ""))), context))


def lines(text: str) -> list[str]:
    """Part TEXT at line feeds alone: what else ends a line somewhere is shown as what it is."""
    parts = text.split("\n")
    return parts if parts[-1] else parts[:-1]


# --- which lines belong together


def _rows(old: Sequence[str], new: Sequence[str]) -> Iterator[Row]:
    effort = Effort()
    ends = [(-1, -1), *_same(old, new, effort), (len(old), len(new))]
    for (i, j), (low, high) in pairwise(ends):
        yield from _changed(old, new, range(i + 1, low), range(j + 1, high), effort)
        if low < len(old):
            line = (Piece(old[low], changed=False),)
            yield Row(low + 1, line, high + 1, line, changed=False)


def _same(old: Sequence[str], new: Sequence[str], effort: Effort) -> list[tuple[int, int]]:
    """Pair the lines that are the same, in rising order on both sides."""
    found: list[tuple[int, int]] = []
    at = (0, 0)
    for i, j in [*_anchors(old, new), (len(old), len(new))]:
        found += _between(old, new, range(at[0], i), range(at[1], j), effort)
        if i < len(old):
            found.append((i, j))
        at = i + 1, j + 1
    return found


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Choose as many lines as can be that stand once on each side, in the same order."""
    before, after = Counter(old), Counter(new)
    place = {line: at for at, line in enumerate(new) if after[line] == 1}
    pairs = [(i, place[line]) for i, line in enumerate(old) if before[line] == 1 and line in place]
    return _rising(pairs)


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Find the longest part of PAIRS, rising on the left, that rises on the right too."""
    ends: list[int] = []  # by length: the least right end of such a part
    last: list[int] = []  # by length: the pair that has it
    before: list[int] = []  # by pair: the one that comes before it
    for at, (_, right) in enumerate(pairs):
        length = bisect_left(ends, right)
        ends[length : length + 1] = [right]
        last[length : length + 1] = [at]
        before.append(last[length - 1] if length else -1)
    chain = []
    at = last[-1] if last else -1
    while at >= 0:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]


def _between(
    old: Sequence[str], new: Sequence[str], left: range, right: range, effort: Effort
) -> list[tuple[int, int]]:
    """Pair lines between two anchors: from both ends, then what `difflib` finds in the middle."""
    before, after = old[left.start : left.stop], new[right.start : right.stop]
    head, tail = shared(before, after)
    first = zip(left[:head], right[:head], strict=True)
    last = zip(left[len(left) - tail :], right[len(right) - tail :], strict=True)
    i, j = left.start + head, right.start + head
    before, after = before[head : len(before) - tail], after[head : len(after) - tail]
    middle: list[tuple[int, int]] = []
    if before and after and effort.spend(len(before), len(after)):
        matcher = SequenceMatcher(None, before, after, autojunk=False)
        for a, b, size in matcher.get_matching_blocks():
            middle += zip(range(i + a, i + a + size), range(j + b, j + b + size), strict=True)
    return [*first, *middle, *last]


# --- lines that changed


def _changed(
    old: Sequence[str], new: Sequence[str], left: range, right: range, effort: Effort
) -> Iterator[Row]:
    """Lay out a stretch that differs: similar lines beside each other, the rest as it comes."""
    if not left and not right:
        return
    ends = [(-1, -1), *_similar(old, new, left, right), (len(left), len(right))]
    for (i, j), (low, high) in pairwise(ends):
        for a, b in zip_longest(left[i + 1 : low], right[j + 1 : high]):
            yield _row(a, b, whole(old, a), whole(new, b))
        if low < len(left):
            a, b = left[low], right[high]
            yield _row(a, b, *marks(old[a], new[b], effort))


def _row(a: int | None, b: int | None, old: tuple[Piece, ...], new: tuple[Piece, ...]) -> Row:
    left, right = None if a is None else a + 1, None if b is None else b + 1
    return Row(left, old, right, new, changed=True)


def _similar(
    old: Sequence[str], new: Sequence[str], left: range, right: range
) -> list[tuple[int, int]]:
    """Pair similar lines of a stretch, by their places in it, so that most is alike in sum."""
    if len(left) * len(right) > _PAIRED:
        both = range(min(len(left), len(right)))
        return [(at, at) for at in both if similarity(old[left[at]], new[right[at]]) >= _ALIKE]
    best = [[0.0] * (len(right) + 1) for _ in range(len(left) + 1)]
    alike = [[similarity(old[i], new[j]) for j in right] for i in left]
    for i in reversed(range(len(left))):
        for j in reversed(range(len(right))):
            paired = alike[i][j] + best[i + 1][j + 1] if alike[i][j] >= _ALIKE else 0.0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    return list(_chosen(best))


def _chosen(best: Sequence[Sequence[float]]) -> Iterator[tuple[int, int]]:
    i = j = 0
    while i < len(best) - 1 and j < len(best[0]) - 1:
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            yield i, j
            i, j = i + 1, j + 1


# --- what is folded


def _folded(rows: Sequence[Row], context: int) -> Iterator[Row | Fold]:
    changes = [-context - 1, *(at for at, row in enumerate(rows) if row.changed)]
    changes.append(len(rows) + context)
    for before, after in pairwise(changes):
        if before >= 0:
            yield rows[before]
        low = max(0, before + 1)
        high = min(after, len(rows))
        start, end = min(high, before + 1 + context), max(low, after - context)
        if end - start < 2:  # a fold takes a line itself
            start = end = high
        yield from rows[low : max(low, start)]
        if start < end:
            yield Fold(tuple(rows[max(low, start) : end]))
        yield from rows[max(low, end) : high]
