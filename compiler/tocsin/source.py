"""Source text and places in it. The only module that counts lines."""

import dataclasses
from bisect import bisect_right
from functools import cached_property

from tocsin.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of character offsets in the file named FILE."""

    file: str
    start: int
    end: int

    def to(self, other: "Span") -> "Span":
        """Reach from here to the end of OTHER, which stands later in the same file."""
        return Span(self.file, self.start, other.end)


@dataclasses.dataclass(frozen=True)
class Source:
    """One text file: NAME is what messages call it."""

    name: str
    text: str

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        at = self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    def locate(self, offset: int) -> tuple[int, int]:
        """Turn an offset into a line and a column, both from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """Return line NUMBER, counted from 1, without its end."""
        start = self._starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : end if end >= 0 else None].removesuffix("\r")
