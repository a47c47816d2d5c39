"""The functions of time. A datetime is ticks of 100 ns since 0001-01-01, which was a Monday."""

from collections.abc import Callable, Mapping

from tocsin_engines.engine import Rejected
from tocsin_engines.kql.numbers import binned
from tocsin_engines.kql.sql import TICKS_A_DAY, TICKS_A_SECOND, Value, whole

Arguments = tuple[Value, ...]

NOW = "$now"  # The parameter that holds the time of the run.
_PERIODS = {
    "day": TICKS_A_DAY,
    "hour": 3600 * TICKS_A_SECOND,
    "minute": 60 * TICKS_A_SECOND,
    "second": TICKS_A_SECOND,
    "millisecond": 10_000,
    "microsecond": 10,
}


def _now(arguments: Arguments) -> Value:
    """Return the time of the run, with an offset if one is given [D:now]."""
    offset = f" + {_of('timespan', arguments[0])}" if arguments else ""
    return Value(f"({NOW}::BIGINT{offset})", "datetime")


def _ago(arguments: Arguments) -> Value:
    return Value(f"({NOW}::BIGINT - {_of('timespan', arguments[0])})", "datetime")


def _start_of_day(arguments: Arguments) -> Value:
    """Return midnight, some days later if so asked [D:startofday]."""
    day = binned(_need("datetime", arguments[0]), whole(TICKS_A_DAY, "timespan"))
    if len(arguments) == 1:
        return day
    return Value(f"({day.sql} + {_of('long', arguments[1])} * {TICKS_A_DAY})", "datetime")


def _hour_of_day(arguments: Arguments) -> Value:
    hours = f"{_of('datetime', arguments[0])} // {_PERIODS['hour']}"
    return Value(f"(({hours}) % 24)", "int")


def _day_of_week(arguments: Arguments) -> Value:
    """Return the time since Sunday in days, as a timespan [D:dayofweek]."""
    days = f"{_of('datetime', arguments[0])} // {TICKS_A_DAY}"
    return Value(f"((({days}) + 1) % 7 * {TICKS_A_DAY})", "timespan")


def _difference(arguments: Arguments) -> Value:
    """Count the bounds of periods between two datetimes [D:datetime_diff]."""
    period = arguments[0].constant
    first, second = (_of("datetime", argument) for argument in arguments[1:])
    if not isinstance(period, str):
        raise Rejected("not covered by this engine: a period that is not a constant")
    if period.lower() == "nanosecond":
        return Value(f"(({first} - {second}) * 100)", "long")
    count = _COUNTS.get(period.lower())
    if count is None:
        raise Rejected(f"not covered by this engine: the period {period}")
    return Value(f"({count(first)} - {count(second)})", "long")


def _since(ticks: int, offset: int = 0) -> Callable[[str], str]:
    return lambda time: f"(({time} + {offset}) // {ticks})"


def _need(kind: str, value: Value) -> Value:
    if value.type != kind and {value.type, kind} != {"int", "long"}:
        raise Rejected(f"not covered by this engine: {value.type} for {kind}")
    return value


def _of(kind: str, value: Value) -> str:
    return _need(kind, value).sql


# How many periods have begun by a time.
_COUNTS: Mapping[str, Callable[[str], str]] = {
    **{name: _since(ticks) for name, ticks in _PERIODS.items()},
    "week": _since(7 * TICKS_A_DAY, TICKS_A_DAY),  # From Sunday to Saturday.
    "month": lambda time: f"(year(calendar({time})) * 12 + month(calendar({time})))",
    "quarter": lambda time: f"(year(calendar({time})) * 4 + quarter(calendar({time})))",
    "year": lambda time: f"year(calendar({time}))",
}

FUNCTIONS: Mapping[str, Callable[[Arguments], Value]] = {
    "now": _now,
    "ago": _ago,
    "startofday": _start_of_day,
    "hourofday": _hour_of_day,
    "dayofweek": _day_of_week,
    "datetime_diff": _difference,
}
