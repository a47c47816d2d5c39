"""SQL text for DuckDB: quoting, and values with their Kusto type."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tocsin_engines.engine import Rejected

# Kusto's types. A datetime is ticks of 100 ns since 0001-01-01, a timespan is ticks: whole numbers
# make bins and differences exact. A dynamic is JSON; its null is SQL's.
SQL_TYPES: Final = {
    "string": "VARCHAR",
    "long": "BIGINT",
    "int": "BIGINT",
    "real": "DOUBLE",
    "bool": "BOOLEAN",
    "datetime": "BIGINT",
    "timespan": "BIGINT",
    "dynamic": "JSON",
}
WHOLE: Final = frozenset({"long", "int"})
NUMBERS: Final = WHOLE | {"real"}
ORDERED: Final = NUMBERS | {"datetime", "timespan"}

TICKS_A_SECOND: Final = 10_000_000
TICKS_A_HOUR: Final = 3600 * TICKS_A_SECOND
TICKS_A_DAY: Final = 86_400 * TICKS_A_SECOND
EPOCH: Final = 719_162 * TICKS_A_DAY  # 1970-01-01

Constant = str | bool | int | float | None | tuple["Constant", ...]


@dataclass(frozen=True, slots=True)
class Value:
    """SQL text that yields a value of a Kusto type; KNOWN if it is CONSTANT for every row."""

    sql: str
    type: str
    constant: Constant = None
    known: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A query of SQL that yields the values of one column."""

    sql: str
    type: str


def select(what: Iterable[str], source: str, *clauses: str) -> str:
    """Write a query of SQL."""
    return " ".join(("SELECT", ", ".join(what), "FROM", source, *clauses))


def quote(text: str) -> str:
    """Write TEXT as a string of SQL, where only the quote is special; NUL may not stand in it."""
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise Rejected("half of a surrogate pair is no character")
    quoted = " || chr(0) || ".join("'" + part.replace("'", "''") + "'" for part in text.split("\0"))
    return f"({quoted})" if "\0" in text else quoted


def fold(text: str) -> str:
    """Lower ASCII letters, and no others."""
    return "".join(char.lower() if char.isascii() else char for char in text)


def folded(value: Value) -> Value:
    """Lower the ASCII letters of a string."""
    if isinstance(value.constant, str):
        return string(fold(value.constant))
    return Value(f"ascii_lower({value.sql})", "string")


def string(text: str) -> Value:
    """Make a string constant."""
    return Value(quote(text), "string", text, known=True)


def whole(number: int, kind: str = "long") -> Value:
    """Make a constant of a type that is a whole number in SQL."""
    if not -(2**63) <= number < 2**63:
        raise Rejected(f"{number} is out of the range of {kind}")
    # The sign stands alone in SQL: the least number has no positive twin.
    sql = f"({number + 1} - 1)::BIGINT" if number == -(2**63) else f"({number})::BIGINT"
    return Value(sql, kind, number, known=True)


def boolean(truth: bool) -> Value:
    """Make a bool constant."""
    return Value(str(truth).upper(), "bool", truth, known=True)


def null(kind: str) -> Value:
    """Make the null of a type; a string has none."""
    if kind == "string":
        return string("")
    return Value(f"NULL::{SQL_TYPES[kind]}", kind, None, known=True)
