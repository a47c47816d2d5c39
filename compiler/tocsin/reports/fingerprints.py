"""Fingerprints of lines, as GitHub's code scanning makes them: the same wherever a line moves to.

Where they are missing GitHub's upload adds them, so another way of counting would clash with it:
https://github.com/github/codeql-action/blob/main/src/fingerprints.ts
"""

from collections import Counter, deque
from collections.abc import Iterator, Sequence

_BLOCK = 100  # how many characters of a line and what follows it count
_BASE = 37
_MASK = (1 << 64) - 1
_LEAVING = pow(_BASE, _BLOCK, 1 << 64)
_END = 0xFFFF
_TAB, _LF, _CR, _SPACE = 9, 10, 13, 32


def fingerprints(text: str) -> Sequence[str]:
    """Return the fingerprint of each line: a hash, and the how manieth line it is with that."""
    seen: Counter[str] = Counter()
    found: list[str] = []
    for value in _hashes(text):
        seen[value] += 1
        found.append(f"{value}:{seen[value]}")
    return found


def _hashes(text: str) -> Iterator[str]:
    """Roll a hash over a window of 100 characters; a line's is the one that it leaves with."""
    window = deque([0] * _BLOCK)
    starts = deque([False] * _BLOCK)  # whether a line begins with this character of the window
    value, is_start = 0, True
    for unit in (*_units(text), _END, *[None] * _BLOCK):
        if starts.popleft():
            yield f"{value:x}"
        entering = unit or 0
        starts.append(is_start and unit is not None)
        value = (value * _BASE + entering - _LEAVING * window.popleft()) & _MASK
        window.append(entering)
        is_start = unit == _LF


def _units(text: str) -> Iterator[int]:
    """Yield the UTF-16 units that count: no blanks, and one line feed for each end of a line."""
    data = text.encode("utf-16-le", "surrogatepass")
    was_return = False
    for at in range(0, len(data), 2):
        unit = data[at] | data[at + 1] << 8
        if unit in (_SPACE, _TAB) or (was_return and unit == _LF):
            was_return = False
            continue
        was_return = unit == _CR
        yield _LF if was_return else unit
