"""Parts to text: on one line what fits, one below the other what does not. No recursion."""

from tocsin.layout.columns import laid
from tocsin.layout.paper import (
    Column,
    Either,
    Group,
    Indented,
    Line,
    Part,
    Raw,
    Remark,
    Row,
    Several,
    Words,
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
                entries = laid(part, WIDTH - indent) if broken else part.flat
                self._todo.append((indent, broken, entries))

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
