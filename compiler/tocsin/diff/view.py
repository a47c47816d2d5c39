"""What the page shows of each rule, laid out: rows, folds, and what there is no room for."""

from collections.abc import Iterator, Sequence

from tocsin.diff.change import (
    Comparison,
    Find,
    Kind,
    Query,
    QueryChange,
    RuleChange,
    Shown,
    Version,
)
from tocsin.diff.marks import Piece
from tocsin.diff.rows import Fold, Row, side_by_side
from tocsin.diff.shown import FIELDS, cut_pieces, short, value
from tocsin.diff.tally import Queries, queries, reasons
from tocsin.frozen import dataclass

_ROWS = 300  # rows of one text that are drawn
_FOLDED = 400  # lines that a fold holds
_ROOM = 1_000_000  # characters of folded lines that a page holds
_MANY = 200  # rules: from here on there is little around a change


class Room:
    """What is left for lines that nobody needs: a page of 1,000 rules has to open at once."""

    def __init__(self, rules: int, characters: int = _ROOM) -> None:
        self.context = 3 if rules <= _MANY else 1
        self._left = characters

    def take(self, fold: Fold) -> bool:
        """Whether there is room for the lines of FOLD."""
        size = sum(len(piece.text) for row in fold.rows for piece in row.new)
        if len(fold.rows) > _FOLDED or size > self._left:
            return False
        self._left -= size
        return True


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows in a piece; or lines unchanged, COUNT of them, with rows only if there is room."""

    rows: tuple[Row, ...]
    count: int = 0


@dataclass(frozen=True, slots=True)
class Sides:
    """Two texts as stretches; MORE lines are not drawn. SIDED: there is but the old or the new."""

    stretches: tuple[Stretch, ...]
    more: int = 0
    sided: str = ""


@dataclass(frozen=True, slots=True)
class QueryView:
    """A query that changed: its anchor, its change, both sides."""

    id: str
    change: QueryChange
    sides: Sides


@dataclass(frozen=True, slots=True)
class About:
    """What the verdict of a query is for, where it is another: lines that went, lines that came."""

    change: QueryChange
    gone: tuple[str, ...]
    come: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A rule and a plan: the query's change, and where on the page it is drawn."""

    label: str
    change: QueryChange | None
    id: str


@dataclass(frozen=True, slots=True)
class Events:
    """The events of a find side by side: a row for each field, a column for each event."""

    events: tuple[Shown, ...]
    fields: tuple[tuple[str, tuple[str | None, ...]], ...]
    more: int


@dataclass(frozen=True, slots=True)
class FindView:
    """A find and its events."""

    find: Find
    events: Events


@dataclass(frozen=True, slots=True)
class MetaView:
    """A thing that the rule says of itself."""

    key: str
    sides: Sides


@dataclass(frozen=True, slots=True)
class RuleView:
    """All that is shown of a rule."""

    id: str
    change: RuleChange
    version: Version
    cells: tuple[Cell, ...]
    abouts: tuple[About, ...]
    finds: tuple[FindView, ...]
    meta: tuple[MetaView, ...]
    source: Sides
    drawn: tuple[QueryView, ...]
    noise: tuple[QueryView, ...]
    queries: Queries


def rules(comparison: Comparison) -> Iterator[RuleView]:
    """Lay out every rule, in the order given."""
    room = Room(len(comparison.changes))
    for at, change in enumerate(comparison.changes, 1):
        yield _rule(f"r{at}", change, comparison.labels, room)


def _rule(id_: str, change: RuleChange, labels: Sequence[str], room: Room) -> RuleView:
    version = change.new or change.old
    assert version is not None
    parts = queries(change)
    ids = {each.label: f"{id_}q{at}" for at, each in enumerate(change.queries)}
    anchors = {each.label: ids[each.label] for each in (*parts.drawn, *parts.noise)}
    by_label = {each.label: each for each in change.queries}
    return RuleView(
        id_,
        change,
        version,
        tuple(Cell(label, by_label.get(label), anchors.get(label, id_)) for label in labels),
        tuple(_abouts(change)),
        tuple(FindView(find, _events(find.events)) for find in _finds(change)),
        tuple(MetaView(each.key, _sides(each.old, each.new, room)) for each in change.meta),
        _sides(_text(change.old), _text(change.new), room),
        tuple(_query(ids[each.label], each, room) for each in parts.drawn),
        tuple(_query(ids[each.label], each, room) for each in parts.noise),
        parts,
    )


def _text(side: Version | Query | None) -> str | None:
    return side.text if side else None


def _finds(change: RuleChange) -> tuple[Find, ...]:
    return change.matching.finds if change.matching else ()


def _query(id_: str, change: QueryChange, room: Room) -> QueryView:
    return QueryView(id_, change, _sides(_text(change.old), _text(change.new), room))


def _abouts(change: RuleChange) -> Iterator[About]:
    """Tell of each query how it stands now, if that is another thing than before."""
    for each in change.queries:
        if (found := reasons(each)) is not None:
            yield About(each, *map(tuple, found))


# --- two texts


def _sides(old: str | None, new: str | None, room: Room) -> Sides:
    stretches: list[Stretch] = []
    rows: list[Row] = []
    drawn = more = 0
    for part in side_by_side(old, new, room.context):
        if drawn == _ROWS:
            more += len(part.rows) if isinstance(part, Fold) else 1
        elif isinstance(part, Row):
            rows.append(_cut(part))
            drawn += 1
        else:
            kept = tuple(map(_cut, part.rows)) if room.take(part) else ()
            stretches += [Stretch(tuple(rows)), Stretch(kept, len(part.rows))]
            rows = []
    stretches.append(Stretch(tuple(rows)))
    sided = "new" if old is None else "old" if new is None else ""
    return Sides(tuple(each for each in stretches if each.rows or each.count), more, sided)


def _cut(row: Row) -> Row:
    old, new = tuple(cut_pieces(row.old)), tuple(cut_pieces(row.new))
    return Row(row.left, old, row.right, new, row.changed)


def is_whole(pieces: Sequence[Piece]) -> bool:
    """Whether a line is changed from end to end, so that its words need no marks."""
    return all(piece.changed for piece in pieces)


# --- events


def _events(events: Sequence[Shown]) -> Events:
    """Put the fields of all events into rows; those that the first one has come first."""
    names = list(dict.fromkeys(name for event in events for name in event.fields))
    rows = tuple(
        (
            short(name),
            tuple(value(e.fields[name]) if name in e.fields else None for e in events),
        )
        for name in names[:FIELDS]
    )
    return Events(tuple(events), rows, max(0, len(names) - FIELDS))


def cell_mark(rule: RuleView, change: QueryChange | None) -> tuple[str, str]:
    """Say with a sign and a word what has become of a query of RULE."""
    if change is None:
        return "", "none"
    if change in rule.queries.unknown:
        return "!", "not compiled"
    return {
        Kind.SAME: ("·", "same"),
        Kind.NOISE: ("○", "comment only"),
        Kind.CHANGED: ("●", "changed"),
        Kind.ADDED: ("+", "added"),
        Kind.REMOVED: ("\N{MINUS SIGN}", "removed"),
    }[change.kind]
