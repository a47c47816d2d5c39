"""Words of rules and events as every report shows them: nothing hidden, nothing endless."""

import re
from collections.abc import Iterator, Mapping, Sequence

from tocsin.diff.marks import Piece
from tocsin.render import visible, visible_line

LINE = 1_000  # characters of a line
VALUE = 300  # characters of an event's value
FIELDS = 24  # fields of an event
ITEMS = 12  # values of a field

_PLAIN = re.compile(r"[ -~]*")


def line(text: str) -> str:
    """Write TEXT on one line, with what is hidden in it as escapes."""
    return text if _PLAIN.fullmatch(text) else visible_line(text)


def cut(text: str, width: int = LINE) -> str:
    """Leave out the middle of a long text, and say how much that is."""
    if len(text) <= width:
        return text
    head, tail = width * 3 // 4, width // 4
    return f"{text[:head]}…[{len(text) - head - tail:,} characters]…{text[-tail:]}"


def short(text: str, width: int = LINE) -> str:
    """Write TEXT on one line that is not endless."""
    return line(cut(text, width))


def lines(text: str, most: int = 40, width: int = LINE) -> list[str]:
    """Part a drawn text into lines that are not endless; of very many the first."""
    parts = text.rstrip("\n").split("\n", most)
    shown = [short(each, width) for each in parts[:most]]
    return [*shown, f"… {1 + parts[most].count(chr(10)):,} lines more"] if parts[most:] else shown


def cut_pieces(pieces: Sequence[Piece], width: int = LINE) -> Iterator[Piece]:
    """Leave out the middles of long pieces, so that a change is seen however long its line is."""
    total = sum(len(piece.text) for piece in pieces)
    for piece in pieces:
        part = max(60, width * len(piece.text) // total) if total > width else len(piece.text)
        yield Piece(cut(piece.text, part), piece.changed)


def fields(event: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Write the fields of an event as the rule language does; of very many some."""
    shown = list(event.items())[:FIELDS]
    yield from ((short(name, VALUE), value(each)) for name, each in shown)


def more_fields(event: Mapping[str, object]) -> int:
    """Count the fields that are not shown."""
    return max(0, len(event) - FIELDS)


def value(each: object) -> str:
    """Write a value as the rule language does."""
    if each is None:
        return "missing"
    if isinstance(each, bool):
        return "true" if each else "false"
    if isinstance(each, list | tuple):
        more = [f"… {len(each) - ITEMS} more"] if len(each) > ITEMS else []
        return f"[{', '.join([*map(value, each[:ITEMS]), *more])}]"
    if isinstance(each, int | float):
        return str(each)
    return _text(str(each))


def _text(words: str) -> str:
    """Quote a text: as it is, or with escapes if something in it is hidden."""
    kept = cut(words, VALUE)
    if visible(kept) == kept:
        return "'" + kept.replace("'", "''") + "'"
    return '"' + visible(kept.replace("\\", "\\\\").replace('"', '\\"')) + '"'
