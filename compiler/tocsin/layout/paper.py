"""What a text is laid out from: words, places where a line may end, and what stands in columns.

Each part knows how wide it is on one line and if it has to be broken, so that nothing is measured
twice. A part that is `forced` holds the end of a line: a comment, or a line that always ends.
"""

from collections.abc import Iterable, Sequence

from tocsin.frozen import dataclass, replace


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Words of one line."""

    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """What stands as it was written, ends of lines included."""

    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Remark:
    """A comment for the end of the line, wherever that is."""

    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """The end of a line, and an empty one if BLANK; in a part on one line it is FLAT."""

    flat: str | None  # None: always the end of a line
    blank: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Either:
    """BROKEN where the part is broken, else FLAT."""

    broken: "Part"
    flat: "Part"


@dataclass(frozen=True, slots=True, eq=False)
class Several:
    """Parts one after the other."""

    parts: tuple["Part", ...]
    width: int
    forced: bool
    ends_open: bool  # ends with a remark, so that the line has to end
    has_words: bool


@dataclass(frozen=True, slots=True, eq=False)
class Indented:
    """A part whose lines begin two blanks further in."""

    inside: Several


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A part on one line if it fits, else with every line of its own ended."""

    inside: Several


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """Cells that may stand under those of other rows; one blank between if they do not."""

    cells: tuple[Several, ...]
    group: Group


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One of the things in a `Column`, with the comments BEFORE it."""

    blank: bool
    before: Several
    body: "Part"

    @property
    def whole(self) -> "Several":
        """The comments and the thing."""
        return several(self.before, self.body)


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """Things one under the other; on one line with BETWEEN between them.

    The cells of rows stand under each other up to an empty line. A cell wider than WIDEST sticks
    out. If ONLY_FLAT, a row of several lines is left alone.
    """

    entries: tuple[Entry, ...]
    between: str
    widest: int
    only_flat: bool
    flat: Several


Part = Words | Raw | Remark | Line | Either | Several | Indented | Group | Row | Column


def several(*parts: Part) -> Several:
    """Put parts together."""
    return together(parts)


def together(parts: Iterable[Part]) -> Several:
    """Put parts together, and measure them."""
    kept = tuple(parts)
    width, forced, ends_open, has_words = 0, False, False, False
    for part in kept:
        wide, must, opens, words = _measures(part)
        width += wide
        forced = forced or must or (ends_open and words)
        ends_open = opens or (ends_open and not words)
        has_words = has_words or words
    return Several(kept, width, forced, ends_open, has_words)


def _measures(part: Part) -> tuple[int, bool, bool, bool]:
    match part:
        case Words(text):
            return len(text), False, False, bool(text)
        case Raw(text):
            return len(text), "\n" in text, False, True
        case Remark():
            return 0, False, True, False
        case Line(flat):
            return len(flat or ""), flat is None, False, False
        case Several():
            return part.width, part.forced, part.ends_open, part.has_words
        case Indented(inside) | Group(inside):
            return _measures(inside)
        case Row():
            return _measures(part.group.inside)
        case Column():
            return _measures(part.flat)
        case Either():
            width, *_ = _measures(part.flat)
            _, forced, ends_open, has_words = _measures(part.broken)
            return width, forced, ends_open, has_words


def indented(*parts: Part) -> Indented:
    """Have the lines of PARTS begin further in."""
    return Indented(together(parts))


def group(*parts: Part, broken: bool = False) -> Group:
    """Have PARTS on one line if they fit; never, if BROKEN."""
    inside = together(parts)
    return Group(replace(inside, forced=True) if broken else inside)


def row(*cells: Part) -> Row:
    """Make a row of cells."""
    parts: list[Part] = [cells[0]]
    for cell in cells[1:]:
        parts += (Words(" "), cell)
    return Row(tuple(several(cell) for cell in cells), Group(together(parts)))


def column(
    entries: Sequence[Entry], between: str = " ", widest: int = 1000, *, only_flat: bool = False
) -> Column:
    """Put things one under the other."""
    parts: list[Part] = []
    for entry in entries:
        parts += (Words(between), entry.whole) if parts else (entry.whole,)
    return Column(tuple(entries), between, widest, only_flat, together(parts))
