"""Time modifiers (`-1d@d`), spans (`30m`) and the formats of `strftime` and `strptime`, in UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_UNITS = {
    "s": "s sec secs second seconds",
    "m": "m min minute minutes",
    "h": "h hr hrs hour hours",
    "d": "d day days",
    "w": "w week weeks",
    "mon": "mon month months",
    "q": "q qtr qtrs quarter quarters",
    "y": "y yr yrs year years",
}
_UNIT = {name: unit for unit, names in _UNITS.items() for name in names.split()}
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
DAY = SECONDS["d"]
_MONTHS = {"mon": 1, "q": 3, "y": 12}
_STEP = re.compile(r"([+-])(\d{0,9})([a-z]+)|@([a-z]+)([0-7])?")
_SPAN = re.compile(r"(\d{1,9})([a-z]+)")
_EPOCH = re.compile(r"\d{1,12}(\.\d+)?")
_ABSOLUTE = "%m/%d/%Y:%H:%M:%S"


@dataclass(frozen=True, slots=True)
class _Shift:
    count: int
    unit: str


@dataclass(frozen=True, slots=True)
class _Snap:
    unit: str
    weekday: int  # 0 is Sunday.


Steps = tuple[_Shift | _Snap, ...]


def span(text: str) -> int | None:
    """Return how many seconds a span such as `30m` lasts; None if it is no fixed time."""
    found = _SPAN.fullmatch(text)
    if found is None or (unit := _UNIT.get(found[2])) not in SECONDS:
        return None
    return int(found[1]) * SECONDS[unit] or None


def floored(time: float, length: int) -> float:
    """Return TIME down to a multiple of LENGTH seconds since 1970."""
    return float(time // length * length)


def moment(text: str, now: float) -> float | None:
    """Return the time that `earliest=TEXT` means (Search Reference, Time modifiers)."""
    if text in {"now", "now()"}:
        return now
    if _EPOCH.fullmatch(text):
        return float(text)
    if (given := parse(text, _ABSOLUTE)) is not None:
        return given
    return shifted(now, text)


@lru_cache(maxsize=1024)
def steps(text: str) -> Steps | None:
    """Read a relative time such as `-1d@d`; None if it is none."""
    found: list[_Shift | _Snap] = []
    at = 0
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None:
            return None
        unit = _UNIT.get(step[3] or step[4])
        if unit is None or (step[5] and unit != "w"):
            return None
        if step[4]:
            found.append(_Snap(unit, int(step[5] or 0) % 7))
        else:
            found.append(_Shift(int(step[1] + (step[2] or "1")), unit))
        at = step.end()
    return tuple(found) or None


def shifted(time: float, text: str) -> float | None:
    """Return TIME after the relative time TEXT; None if either makes none."""
    plan = steps(text)
    if plan is None:
        return None
    try:
        for step in plan:
            time = _shift(time, step) if isinstance(step, _Shift) else _snap(time, step)
    except (OverflowError, ValueError, OSError):
        return None
    return time


def _shift(time: float, step: _Shift) -> float:
    if step.unit in SECONDS:
        return time + step.count * SECONDS[step.unit]
    at = datetime.fromtimestamp(time, UTC)
    months = at.year * 12 + at.month - 1 + step.count * _MONTHS[step.unit]
    year, month = divmod(months, 12)
    first = at.replace(year=year, month=month + 1, day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return min(first + timedelta(days=at.day - 1), following - timedelta(days=1)).timestamp()


def _snap(time: float, step: _Snap) -> float:
    if step.unit in {"s", "m", "h", "d"}:
        return float(time // SECONDS[step.unit] * SECONDS[step.unit])
    midnight = datetime.fromtimestamp(time, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    match step.unit:
        case "w":
            sunday = midnight.isoweekday() % 7
            return (midnight - timedelta(days=(sunday - step.weekday) % 7)).timestamp()
        case "mon":
            return midnight.replace(day=1).timestamp()
        case "q":
            return midnight.replace(month=(midnight.month - 1) // 3 * 3 + 1, day=1).timestamp()
        case _:
            return midnight.replace(month=1, day=1).timestamp()


_PLAIN = set("YmdHMSbBaAjyIp")
_SPECIAL = {"F", "T", "e", "f", "s", "z", "Z", "%", "N", "Q", "3N", "6N", "9N", "3Q", "6Q", "9Q"}
_WRITTEN = {"F": "%Y-%m-%d", "T": "%H:%M:%S"}
_FORMAT = re.compile(r"%(\d?[A-Za-z%])|([^%]+)|(%)")


def format_known(form: str) -> bool:
    """Whether all of a format is known here (Search Reference, Date and time format variables)."""
    return all(
        found[2] or (found[1] and (found[1] in _PLAIN or found[1] in _SPECIAL))
        for found in _FORMAT.finditer(form)
    )


def formatted(time: float, form: str) -> str | None:
    """Write TIME as FORM says; None if it is out of range."""
    try:
        at = datetime.fromtimestamp(time, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return "".join(
        found[2] or _written(at, found[1] or "%", time) for found in _FORMAT.finditer(form)
    )


def _written(at: datetime, letter: str, time: float) -> str:
    match letter:
        case "%":
            return "%"
        case "Y":
            return f"{at.year:04}"
        case "F" | "T":
            return at.strftime(_WRITTEN[letter])
        case "e":
            return f"{at.day:2}"
        case "s":
            return str(int(time // 1))
        case "z":
            return "+0000"
        case "Z":
            return "UTC"
        case "f":
            return f"{at.microsecond:06}"
        case "N" | "9N" | "9Q":
            return f"{at.microsecond:06}000"
        case "Q" | "3Q" | "3N":
            return f"{at.microsecond // 1000:03}"
        case "6N" | "6Q":
            return f"{at.microsecond:06}"
        case _:
            return at.strftime(f"%{letter}")


_READABLE = re.compile(r"(?:%[YmdHMSbBfzyIpFT]|[^%])+")


def parse_known(form: str) -> bool:
    """Whether `strptime` with FORM is known here."""
    return _READABLE.fullmatch(form) is not None


def parse(text: str, form: str) -> float | None:
    """Read TEXT as FORM says; None if it does not fit. Without a zone it is UTC."""
    for letter, written in _WRITTEN.items():
        form = form.replace(f"%{letter}", written)
    try:
        read = datetime.strptime(text, form)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
