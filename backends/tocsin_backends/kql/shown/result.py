"""What a query returns, and what of it was asked for."""

from collections.abc import Mapping

from tocsin.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Shown:
    """A column of the result, the neutral FIELD whose value it has, and the column it is from."""

    column: str
    field: str
    origin: str


@dataclass(frozen=True, slots=True, eq=False)
class Showing:
    """A query that shows what was asked for: FOUND by the names asked, or why not in LACKING."""

    text: str
    found: Mapping[str, Shown]
    lacking: Mapping[str, str]
    returned: frozenset[str]
