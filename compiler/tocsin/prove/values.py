"""Values that products show, in one spelling."""

from datetime import datetime

from tocsin.events import EPOCH


def plain(value: object) -> str:
    """Write a value so that `4`, `4.0` and `"4"` are alike: products have different types."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def number(value: object) -> float | None:
    """Read VALUE as a number; None if it is none."""
    try:
        return float(str(value))
    except ValueError:
        return None


def microseconds(value: object) -> int | None:
    """Read VALUE as a time in microseconds since 1970; None if it is none."""
    if isinstance(value, datetime):
        since = value - EPOCH
        return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    seconds = number(value)
    if seconds is not None:
        return round(seconds * 1_000_000)
    try:
        return microseconds(datetime.fromisoformat(str(value)))  # as JSON has it, in Kusto's sets
    except ValueError:
        return None


def moment(value: object) -> str:
    """Write a time as the reference has it."""
    return plain(microseconds(value))
