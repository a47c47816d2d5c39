"""Diagnostics as text for people, and as data for everything else.

Nothing of a rule reaches a terminal as it is: controls and direction marks are shown as escapes.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TypedDict

from tocsin.diagnostics import Code, Diagnostic, Edit
from tocsin.frozen import dataclass
from tocsin.source import Source, Span

WIDTH = 120  # columns of a source line that are shown
TAB = 4

_CUT = "…"
_RESET = "\x1b[0m"
_BOLD, _RED, _YELLOW, _BLUE, _GREEN = "1", "1;31", "1;33", "1;34", "1;32"

# Controls, formats (bidi marks and zero widths among them), surrogates, line and paragraph ends.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_ZERO_WIDTH = frozenset({"Mn", "Me"})


def text(diagnostic: Diagnostic, sources: Mapping[str, Source], *, colour: bool = False) -> str:
    """Draw a finding with the lines it is about."""
    paint = _Paint(colour)
    drawing = _Drawing(sources, paint, _gutter(diagnostic, sources))
    tone = _RED if diagnostic.code.is_error else _YELLOW
    head = paint(f"{_severity(diagnostic.code)}[{diagnostic.code}]", tone)
    rows = [head + paint(f": {visible(diagnostic.message)}", _BOLD)]
    rows += drawing.snippet(diagnostic.span, diagnostic.label, tone)
    hint = _hint(diagnostic)
    if hint:
        rows.append(drawing.aside("help", visible(hint)))
    for note in diagnostic.notes:
        rows.append(paint("note", _GREEN) + paint(f": {visible(note.message)}", _BOLD))
        rows += drawing.snippet(note.span, "", _GREEN)
    return "\n".join(rows) + "\n"


def counts(diagnostics: Iterable[Diagnostic]) -> str:
    """Count findings in words, such as `2 errors, 1 warning`."""
    number = Counter(_severity(each.code) for each in diagnostics)
    words = [
        f"{number[kind]} {kind}{'' if number[kind] == 1 else 's'}"
        for kind in ("error", "warning")
        if number[kind]
    ]
    return ", ".join(words) or "no errors"


def visible(author: str) -> str:
    """Write every character that a terminal would obey, or not show, as an escape."""
    return "".join(map(_shown, author))


def _severity(code: Code) -> str:
    return "error" if code.is_error else "warning"


def _hint(diagnostic: Diagnostic) -> str | None:
    """Say what would mend it; the edit too, unless the label or the help names it already."""
    edit = diagnostic.edit
    if edit is None or _says(f"{diagnostic.label} {diagnostic.help or ''}", edit):
        return diagnostic.help
    wanted = edit.text.strip(" ")
    change = f"write `{shortened(wanted)}`" if wanted else "leave it out"
    return f"{diagnostic.help}; {change}" if diagnostic.help else change


def _says(said: str, edit: Edit) -> bool:
    wanted = edit.text.strip(" ").strip('"')
    return bool(wanted) and bool(re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", said))


def shortened(words: str) -> str:
    """Cut WORDS to what a line has room for."""
    return words if len(words) <= WIDTH else words[: WIDTH - 1] + _CUT


# --- drawing


@dataclass(frozen=True, slots=True)
class _Paint:
    """Colours, if they are wanted."""

    wanted: bool

    def __call__(self, words: str, tone: str) -> str:
        return f"\x1b[{tone}m{words}{_RESET}" if self.wanted and words else words


def _gutter(diagnostic: Diagnostic, sources: Mapping[str, Source]) -> int:
    """How wide the highest line number is, so that all parts of a finding line up."""
    spans = [diagnostic.span, *(note.span for note in diagnostic.notes)]
    return max(len(str(_source(span, sources).locate(span.start)[0])) for span in spans)


def _source(span: Span, sources: Mapping[str, Source]) -> Source:
    return sources.get(span.file) or Source(span.file, "")


@dataclass(frozen=True, slots=True)
class _Drawing:
    sources: Mapping[str, Source]
    paint: _Paint
    gutter: int

    def snippet(self, span: Span, label: str, tone: str) -> Iterator[str]:
        """Draw the place, the line and the mark; of a file without text, the place alone."""
        source = _source(span, self.sources)
        number, column = source.locate(span.start)
        has_lines = span.end > 0 or span.file in self.sources  # a folder has none
        place = f":{number}:{column}" if has_lines else ""
        yield f"{' ' * self.gutter}{self.paint('-->', _BLUE)} {visible(span.file)}{place}"
        if not source.text:
            if label:
                yield self.aside("note", visible(label))
            return
        line = source.line(number)
        cells = _Cells.of(line, column - 1, min(len(line), column - 1 + span.end - span.start))
        bar = self.paint(f"{' ' * self.gutter} |", _BLUE)
        mark = self.paint(f"{'^' * cells.marked} {visible(label)}".rstrip(), tone)
        yield bar
        yield f"{self.paint(f'{number:>{self.gutter}} |', _BLUE)} {cells.shown}".rstrip()
        yield f"{bar} {' ' * cells.before}{mark}"

    def aside(self, kind: str, words: str) -> str:
        """Draw a remark that has no place of its own."""
        mark = self.paint("=", _BLUE)
        return f"{' ' * self.gutter} {mark} {self.paint(f'{kind}:', _BOLD)} {words}"


@dataclass(frozen=True, slots=True)
class _Cells:
    """A source line as it stands on the screen; what is marked, in columns."""

    shown: str
    before: int
    marked: int

    @classmethod
    def of(cls, line: str, start: int, end: int) -> "_Cells":
        """Lay out LINE, cut around its part from START to END if it is too long."""
        if start < end:
            end = start + max(1, len(line[start:end].rstrip()))
        low, high = _window(line, start, end)
        left, right = _CUT if low else "", _CUT if high < len(line) else ""
        before = len(left) + _columns(line[low:start])
        marked = max(1, _columns(line[start : min(end, high)]))
        return cls(f"{left}{visible_line(line[low:high])}{right}", before, marked)


def _window(line: str, start: int, end: int) -> tuple[int, int]:
    """Choose the part of LINE to show: the marked part first, then what stands around it."""
    if len(line) <= WIDTH * 4 and _columns(line) <= WIDTH:
        return 0, len(line)
    high, room = _reach(line[start:end], WIDTH - 2)
    left, spent = _reach(line[max(0, start - WIDTH) : start][::-1], room // 2)
    right, rest = _reach(line[start + high : start + high + WIDTH], room - room // 2 + spent)
    more, _ = _reach(line[max(0, start - left - WIDTH) : start - left][::-1], rest)
    return start - left - more, start + high + right


def _reach(part: str, room: int) -> tuple[int, int]:
    """Say how many characters of PART have ROOM, and what is left of it."""
    for at, character in enumerate(part):
        step = max(1, _width(character))  # marks without width are not endless
        if step > room:
            return at, room
        room -= step
    return len(part), room


def visible_line(line: str) -> str:
    """Write a source line so that it is as wide as it looks: tabs widened, nothing hidden."""
    return "".join(" " * TAB if character == "\t" else _shown(character) for character in line)


def _shown(character: str) -> str:
    if " " <= character <= "~":
        return character
    hidden = unicodedata.category(character) in _HIDDEN
    return f"\\u{{{ord(character):X}}}" if hidden else character


def _columns(part: str) -> int:
    return sum(map(_width, part))


def _width(character: str) -> int:
    if " " <= character <= "~":
        return 1
    if character == "\t":
        return TAB
    shown = _shown(character)
    if shown != character:
        return len(shown)
    if unicodedata.category(character) in _ZERO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


# --- data


class PlaceData(TypedDict):
    """A stretch of a file: lines and columns from 1, columns in characters, the end outside."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


class EditData(PlaceData):
    """A change that mends a finding for sure: put TEXT at the place."""

    text: str


class NoteData(PlaceData):
    """A further place that belongs to a finding."""

    message: str


class DiagnosticData(PlaceData):
    """One finding, as `--format json` and the editor read it."""

    code: str
    severity: str
    message: str
    label: str
    help: str | None
    edit: EditData | None
    notes: list[NoteData]


def data(diagnostic: Diagnostic, sources: Mapping[str, Source]) -> DiagnosticData:
    """Turn a finding into plain values, with its places as lines and columns."""
    edit = diagnostic.edit
    return {
        "code": diagnostic.code.value,
        "severity": _severity(diagnostic.code),
        "message": diagnostic.message,
        **_place(diagnostic.span, sources),
        "label": diagnostic.label,
        "help": diagnostic.help,
        "edit": {**_place(edit.span, sources), "text": edit.text} if edit else None,
        "notes": [
            {"message": note.message, **_place(note.span, sources)} for note in diagnostic.notes
        ],
    }


def _place(span: Span, sources: Mapping[str, Source]) -> PlaceData:
    source = _source(span, sources)
    line, column = source.locate(span.start)
    end_line, end_column = source.locate(span.end)
    return {
        "file": span.file,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }
