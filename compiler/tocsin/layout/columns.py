"""Things one under the other: the cells of rows stand under those of the rows around them."""

from collections.abc import Iterator, Sequence

from tocsin.layout.paper import (
    Column,
    Entry,
    Group,
    Line,
    Part,
    Row,
    Several,
    Words,
    group,
    together,
)


def laid(column: Column, room: int) -> Several:
    """Write the entries of COLUMN on lines of their own, which have ROOM."""
    parts: list[Part] = []
    for run in _runs(column, room):
        rows = [entry.body for entry in run if isinstance(entry.body, Row)]
        padded = _padded(rows, column.widest, room if column.only_flat else None)
        for entry in run:
            if parts:
                parts.append(Line(None, entry.blank))
            parts += (entry.before, padded.get(id(entry.body), entry.body))
    return together(parts)


def _runs(column: Column, room: int) -> Iterator[Sequence[Entry]]:
    """Part the entries of COLUMN at empty lines, and at those that are no row of one line."""
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


def _padded(rows: Sequence[Row], widest: int, room: int | None) -> dict[int, Group]:
    """Fill the cells of ROWS up to the widest; a row that has no ROOM for it is left alone."""
    pads = _pads(rows, widest)
    while room is not None and (kept := [row for row in rows if _width(row, pads) <= room]) != rows:
        rows, pads = kept, _pads(kept, widest)
    return {id(row): _filled(row, pads) for row in rows}


def _pads(rows: Sequence[Row], widest: int) -> list[int]:
    """Say how wide each cell is to be, the last ones left out."""
    pads: list[int] = []
    for row in rows:
        for at, cell in enumerate(row.cells[:-1]):
            pads += [0] * (at + 1 - len(pads))
            if cell.width <= widest:
                pads[at] = max(pads[at], cell.width)
    return pads


def _width(row: Row, pads: Sequence[int]) -> int:
    missing = (max(0, pad - cell.width) for cell, pad in zip(row.cells[:-1], pads, strict=False))
    return row.group.inside.width + sum(missing)


def _filled(row: Row, pads: Sequence[int]) -> Group:
    first, *others = row.cells
    parts: list[Part] = [first]
    for before, pad, cell in zip(row.cells, pads, others, strict=False):
        parts += (Words(" " * (pad - before.width + 1) or " "), cell)
    return group(*parts)
