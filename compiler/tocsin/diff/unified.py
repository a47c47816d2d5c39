"""A difference as lines with signs, for where there is no room for two sides."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from tocsin.diff.change import Kind, QueryChange
from tocsin.diff.marks import Piece
from tocsin.diff.rows import Fold, Row, side_by_side
from tocsin.diff.shown import LINE, cut_pieces, line

Line = tuple[str, str]  # a sign (` `, `-`, `+`, `@` for what is left out) and what it is before


def unified(
    old: str | None, new: str | None, context: int = 2, most: int = 200, width: int = LINE
) -> list[Line]:
    """Write two texts as lines with signs; of very many the first, and how many there are more."""
    lines = list(_lines(side_by_side(old, new, context), width))
    if len(lines) <= most:
        return lines
    return [*lines[:most], ("@", f"{len(lines) - most:,} lines more")]


def query(change: QueryChange, width: int = LINE) -> list[Line]:
    """Write a query's change; of one that came or went the beginning is enough."""
    old, new = (each.text if each else None for each in (change.old, change.new))
    return unified(old, new, most=200 if change.kind is Kind.CHANGED else 24, width=width)


def _lines(parts: Sequence[Row | Fold], width: int) -> Iterator[Line]:
    for part in _stretches(parts):
        if isinstance(part, Fold):
            yield "@", f"{len(part.rows):,} lines unchanged"
        elif part[0].changed:
            yield from (("-", _words(row.old, width)) for row in part if row.left is not None)
            yield from (("+", _words(row.new, width)) for row in part if row.right is not None)
        else:
            yield from ((" ", _words(row.new, width)) for row in part)


def _stretches(parts: Sequence[Row | Fold]) -> Iterator[Fold | list[Row]]:
    """Put rows of one kind together: what is removed comes before what is added."""
    for kind, group in groupby(parts, lambda part: isinstance(part, Row) and part.changed):
        rows: list[Row] = []
        for part in group:
            if isinstance(part, Row):
                rows.append(part)
                continue
            assert not kind
            if rows:
                yield rows
            rows = []
            yield part
        if rows:
            yield rows


def _words(pieces: Sequence[Piece], width: int) -> str:
    return "".join(line(piece.text) for piece in cut_pieces(pieces, width))
