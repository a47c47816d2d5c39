"""The events between two commands, and what a command is."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tocsin_engines.spl.values import Fields, number


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """An event or a result. PLACES are the records that it is, or was made of."""

    fields: Fields
    places: frozenset[int]


Rows = Sequence[Row]
Run = Callable[[Rows, float], Rows]  # With the time at which the search starts.


@dataclass(frozen=True, slots=True, eq=False)
class Command:
    """A command. GROUPS if its results are no longer events."""

    run: Run
    groups: bool = False


def places(rows: Iterable[Row]) -> frozenset[int]:
    """Return the records that ROWS are, or were made of."""
    return frozenset(place for row in rows for place in row.places)


def newest_first(rows: Iterable[Row]) -> Rows:
    """Put events in the order in which a search gives them; those of one time stay as they are."""
    return sorted(rows, key=lambda row: -_time(row))


def _time(row: Row) -> float:
    time = row.fields.get("_time")
    read = None if isinstance(time, tuple) else number(time)
    return float("-inf") if read is None else float(read)
