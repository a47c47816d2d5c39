"""The tree of a regular expression: the operators that `RegExp` of Lucene 9 knows."""

from dataclasses import dataclass

LAST = 0x10FFFF
Ranges = tuple[tuple[int, int], ...]  # of code points, both ends included


@dataclass(frozen=True, slots=True)
class Chars:
    """One code point of these ranges, which are in order and apart. No range: nothing matches."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Join:
    """One after the other. No part: the empty text."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of the parts."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Both:
    """All of the parts at once."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Other:
    """Every text but these."""

    inner: "Node"


@dataclass(frozen=True, slots=True)
class Repeat:
    """LEAST to MOST times; no MOST, no bound."""

    inner: "Node"
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Digits:
    """A number from LOW to HIGH, written with as many digits as these."""

    low: str
    high: str


Node = Chars | Join | Either | Both | Other | Repeat | Digits

NOTHING = Chars(())
EMPTY = Join(())
ANY_CHAR = Chars(((0, LAST),))
ANY_TEXT = Repeat(ANY_CHAR, 0, None)
