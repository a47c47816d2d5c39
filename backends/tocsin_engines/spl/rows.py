"""The events between two commands, and what a command is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tocsin_engines.spl.values import Fields


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """An event or a result. PLACE is which record it is; a group is none."""

    fields: Fields
    place: int | None


Rows = Sequence[Row]


@dataclass(frozen=True, slots=True, eq=False)
class Command:
    """A command. GROUPS if its results are no longer events."""

    run: Callable[[Rows, float], Rows]  # With the time at which the search starts.
    groups: bool = False
