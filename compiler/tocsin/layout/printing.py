"""Parts to text: on one line what fits, one below the other what does not. No recursion."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from tocsin.layout.paper import (
    Column,
    Either,
    Entry,
    Group,
    Indented,
    Line,
    Part,
    Raw,
    Remark,
    Row,
    Several,
    Words,
    group,
    together,
)
from tocsin.text import WIDTH

_STEP = 2

# What is still to be written: how far in, whether broken, and what.
_Todo = tuple[int, bool, Part]


def printed(part: Part) -> str:
    """Write PART and the end of its last line."""
    printer = _Printer()
    printer.write(part)
    return printer.text()


class _Printer:
    def __init__(self) -> None:
        self._out: list[str] = []
        self._at = 0  # the column
        self._indent = 0  # of the line
        self._todo: list[_Todo] = []
        self._remarks: list[str] = []

    def text(self) -> str:
        """Return what was written."""
        self._end_line()
        return "".join(self._out).lstrip("\n")

    def write(self, part: Part) -> None:
        self._todo.append((0, True, part))
        while self._todo:
            indent, broken, part = self._todo.pop()
            self._put(indent, broken, part)

    def _put(self, indent: int, broken: bool, part: Part) -> None:
        match part:
            case Words(text) | Raw(text):
                self._words(text)
            case Remark(text):
                self._remarks.append(text)
            case Line():
                self._line(indent, broken, part)
            case Either():
                self._todo.append((indent, broken, part.broken if broken else part.flat))
            case Several(parts):
                self._todo += ((indent, broken, each) for each in reversed(parts))
            case Indented(inside):
                self._todo.append((indent + _STEP, broken, inside))
            case Group(inside):
                self._todo.append((indent, not self._fits(inside), inside))
            case Row(group=group):
                self._todo.append((indent, broken, group))
            case Column():
                self._todo.append((indent, broken, _laid(part, indent) if broken else part.flat))

    def _words(self, text: str) -> None:
        if not text:
            return
        if self._at == 0:
            self._out.append(" " * self._indent)
            self._at = self._indent
        self._out.append(text)
        newline = text.rfind("\n")
        self._at = self._at + len(text) if newline < 0 else len(text) - newline - 1

    def _line(self, indent: int, broken: bool, line: Line) -> None:
        if line.flat is not None and not broken and not self._remarks:
            self._words(line.flat)
            return
        self._end_line()
        self._indent = indent
        if line.blank:
            self._out.append("\n")

    def _end_line(self) -> None:
        for remark in self._remarks:
            self._out.append(f"  {remark}")
        self._remarks = []
        self._out.append("\n")
        self._at = 0

    def _fits(self, inside: Several) -> bool:
        room = WIDTH - (self._at or self._indent) - inside.width
        return not inside.forced and room >= 0 and self._rest(room) <= room

    def _rest(self, room: int) -> int:
        """Measure what follows on the same line, as far as there is ROOM."""
        width = 0
        pending = list[_Todo]()
        below = len(self._todo)
        while width <= room:
            if not pending:
                if below == 0:
                    return width
                below -= 1
                pending.append(self._todo[below])
            indent, broken, part = pending.pop()
            match part:
                case Words(text):
                    width += len(text)
                case Raw(text):
                    width += len(text.partition("\n")[0])
                    if "\n" in text:
                        return width
                case Line(flat):
                    if broken or flat is None:
                        return width
                    width += len(flat)
                case Remark():
                    pass
                case Either():
                    pending.append((indent, broken, part.broken if broken else part.flat))
                case Several(parts):
                    pending += ((indent, broken, each) for each in reversed(parts))
                case Indented(inside) | Group(inside):
                    pending.append((indent, broken, inside))
                case Row(group=group):
                    pending.append((indent, broken, group))
                case Column():
                    pending.append((indent, broken, part.flat))
        return width


# --- columns


def _laid(column: Column, indent: int) -> Several:
    """Write the entries of COLUMN on lines of their own, cells under cells."""
    room = WIDTH - indent
    parts: list[Part] = []
    for run in _runs(column, room):
        rows = [entry.body for entry in run if isinstance(entry.body, Row)]
        pads = _pads(rows, column.widest, room if column.only_flat else None)
        for entry in run:
            if parts:
                parts.append(Line(None, entry.blank))
            parts += (entry.before, _padded(entry.body, pads))
    return together(parts)


def _runs(column: Column, room: int) -> Iterator[Sequence[Entry]]:
    """Part the entries of COLUMN at empty lines, and where one is no row of one line."""
    run: list[Entry] = []
    for entry in column.entries:
        alone = column.only_flat and not _is_flat(entry.body, room)
        if run and (entry.blank or alone):
            yield run
            run = []
        run.append(entry)
        if alone:
            yield run
            run = []
    if run:
        yield run


def _is_flat(part: Part, room: int) -> bool:
    if not isinstance(part, Row):
        return False
    inside = part.group.inside
    return not inside.forced and inside.width <= room


def _pads(rows: Sequence[Row], widest: int, room: int | None) -> list[int]:
    """Say how wide each cell is to be; a row that would have no ROOM left is not asked."""
    while True:
        pads: list[int] = []
        for row in rows:
            for at, cell in enumerate(row.cells[:-1]):
                pads += [0] * (at + 1 - len(pads))
                if cell.width <= widest:
                    pads[at] = max(pads[at], cell.width)
        if room is None:
            return pads
        kept = [row for row in rows if _width(row, pads) <= room]
        if len(kept) == len(rows):
            return pads
        rows = kept


def _width(row: Row, pads: Sequence[int]) -> int:
    return row.group.inside.width + sum(map(len, _gaps(row, pads)))


def _padded(part: Part, pads: Sequence[int]) -> Part:
    if not isinstance(part, Row):
        return part
    first, *others = part.cells
    parts: list[Part] = [first]
    for gap, cell in zip(_gaps(part, pads), others, strict=True):
        parts += (Words(f"{gap} "), cell)
    return group(*parts)


def _gaps(row: Row, pads: Sequence[int]) -> Iterator[str]:
    """Fill each cell of ROW but the last as wide as PADS say."""
    for cell, pad in zip_longest(row.cells[:-1], pads[: len(row.cells) - 1], fillvalue=0):
        assert isinstance(cell, Several) and isinstance(pad, int)
        yield " " * (pad - cell.width)
