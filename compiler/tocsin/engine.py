"""The contract of an engine: a query and records in, what the query selects out.

An engine is found through the entry-point group `tocsin.engines`, under the name of its target. It
knows queries and records, never a rule, and shares no code with the compiler but this page: what
it says, the compiler cannot have caused.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol, runtime_checkable

from tocsin.frozen import dataclass

Scalar = str | int | float | bool


class Kind(StrEnum):
    """What a product's schema says of a column."""

    TEXT = "text"
    NUMBER = "number"
    BOOL = "bool"
    IP = "ip"
    TIME = "time"  # values are microseconds since 1970


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One event as a product stores it. A column that holds nothing is left out.

    TABLE is the part of the store that holds it: an event category in EQL (`process`), a table in
    KQL, a log source in Sigma (`process_creation/windows`); other targets have one. TIME is in
    microseconds since 1970. A tuple is a multi-valued field; an empty text is a text, and what it
    means is the product's affair.
    """

    table: str
    time: int
    columns: Mapping[str, Scalar | tuple[Scalar, ...]]


# The columns that the product's schema has, and what they hold. A column that is not here is
# unmapped: no record has it.
Schema = Mapping[str, Kind]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a query yields.

    A query of events: MATCHED are the places of the records it selects, ROWS is None. A query that
    groups: ROWS, column to value, an absent value left out, several values as a list; a time is an
    aware `datetime`, or seconds since 1970 where the product has these. MATCHED is then empty,
    unless each row stands for events that are alike: those are matched.
    """

    matched: frozenset[int] = frozenset()
    rows: tuple[Mapping[str, object], ...] | None = None


@dataclass(frozen=True, slots=True)
class Assumption:
    """What an engine takes to hold where the product's documentation is silent, and why."""

    text: str
    reason: str


class Missing(Exception):
    """An engine cannot run here; the message says what to install."""


class Rejected(Exception):
    """The engine does not take the query; the message is the product's, or what it would say."""


class Engine(Protocol):
    """Runs the queries of one target."""

    @property
    def semantics(self) -> str:
        """Whose semantics this engine carries, in one line."""
        ...

    @property
    def assumed(self) -> Sequence[Assumption]:
        """What it takes to hold where the documentation is silent or divided."""
        ...

    def ready(self) -> None:
        """Raise `Missing` if something is not installed."""
        ...

    def run(self, query: str, records: Sequence[Record], schema: Schema, /) -> Outcome:
        """Run QUERY over RECORDS; raise `Rejected` if the product would refuse it."""
        ...


@runtime_checkable
class Installable(Protocol):
    """An engine with parts that no Python package brings; it may have this too."""

    def install(self) -> str:
        """Fetch what is missing, pinned, into the user's cache folder; say where it is."""
        ...
