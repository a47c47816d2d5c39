"""What the KQL engine answers, for the tests of it."""

from collections.abc import Mapping, Sequence

from tocsin_engines.engine import Record, Scalar
from tocsin_engines.kql import KqlEngine

Cells = Mapping[str, Scalar | tuple[Scalar, ...]]

ENGINE = KqlEngine()
NINE = 1_714_554_000_000_000  # 2024-05-01T09:00:00Z


def matched(query: str, records: Sequence[Record]) -> set[int]:
    """Return the places of the RECORDS that QUERY finds."""
    return set(ENGINE.run(query, records, {}).matched)


def rows(query: str, records: Sequence[Record] = ()) -> list[dict[str, object]]:
    """Return the rows that QUERY makes of RECORDS."""
    found = ENGINE.run(query, records, {}).rows
    assert found is not None
    return [dict(row) for row in found]


def value(expression: str, table: str = "print ", records: Sequence[Record] = ()) -> object:
    """Return what an expression yields; None if that is null or an empty text."""
    (row,) = rows(f"{table}x = {expression}", records)
    return row.get("x")
