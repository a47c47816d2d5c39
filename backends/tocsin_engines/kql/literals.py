"""Numbers and times read from their tokens.

Microsoft's parser takes more than it decodes: it gives 0 for `0x1F` and for `time(1.02:03:04)`, and
for a number that 64 bits do not hold. What stands here follows the pages of the scalar types.
"""

import re
from datetime import UTC, datetime, timedelta
from math import isfinite

from tocsin_engines.kql.sql import EPOCH, TICKS_A_DAY, TICKS_A_SECOND, Value, null, whole
from tocsin_engines.kql.tree import Node, unsupported

_CALL = re.compile(r"(?P<kind>[a-z0-9]+)\(\s*(?P<inside>.*?)\s*\)", re.DOTALL)
_WHOLE = re.compile(r"[-+]?[0-9]+|0[xX][0-9a-fA-F]+", re.ASCII)
_REAL = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", re.ASCII)
_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?:[T ](?P<clock>\d\d:\d\d)(?P<seconds>:\d\d)?"
    r"(?:(?<=:\d\d)\.(?P<fraction>\d{1,7}))?)?(?P<zone>Z|[-+]\d\d:\d\d)?",
    re.ASCII,
)
_SPAN = re.compile(r"(?P<count>[0-9]+)(?:\.(?P<part>[0-9]+))?\s*(?P<unit>[a-z]*)", re.ASCII)
_CLOCK = re.compile(
    r"(?P<sign>-)?(?:(?P<days>\d{1,6})\.)?(?P<hours>\d\d):(?P<minutes>\d\d)"
    r"(?::(?P<seconds>\d\d)(?:\.(?P<fraction>\d{1,7}))?)?",
    re.ASCII,
)
_UNITS = {
    "": TICKS_A_DAY,
    **dict.fromkeys(("d", "day", "days"), TICKS_A_DAY),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600 * TICKS_A_SECOND),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60 * TICKS_A_SECOND),
    **dict.fromkeys(("s", "sec", "second", "seconds"), TICKS_A_SECOND),
    **dict.fromkeys(("ms", "milli", "millis", "millisecond", "milliseconds"), 10_000),
    **dict.fromkeys(("micro", "micros", "microsecond", "microseconds"), 10),
    **dict.fromkeys(("tick", "ticks"), 1),
}


def whole_number(node: Node) -> Value:
    """Read `5`, `0x1F`, `long(-5)`, `int(null)`."""
    text, kind = _inside(node), node.type
    if text == "null":
        return null(kind)
    if not _WHOLE.fullmatch(text) or kind not in ("long", "int"):
        raise unsupported(node, f"the number {text!r}")
    number = int(text, 16 if text[:2] in ("0x", "0X") else 10)
    if kind == "int" and not -(2**31) <= number < 2**31:
        raise unsupported(node, f"{number} as int")
    return whole(number, kind)


def real_number(node: Node) -> Value:
    """Read `1.5`, `1e3`, `real(2)`, `double(null)`."""
    text = _inside(node)
    if text == "null":
        return null("real")
    if not _REAL.fullmatch(text) or not isfinite(number := float(text)):
        raise unsupported(node, f"the number {text!r}")
    return Value(f"({number!r})::DOUBLE", "real", number, known=True)


def moment(node: Node) -> Value:
    """Read `datetime(2024-05-01)`, `datetime(2024-05-01T10:00:00.1234567Z)`."""
    text = _inside(node).strip("\"'")
    if text == "null":
        return null("datetime")
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise unsupported(node, f"the datetime {text!r}")
    zone = (found["zone"] or "Z").replace("Z", "+00:00")
    clock = (found["clock"] or "00:00") + (found["seconds"] or ":00")
    try:
        when = datetime.fromisoformat(f"{found['day']}T{clock}{zone}")
        seconds = (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    except (ValueError, OverflowError) as error:
        raise unsupported(node, f"the datetime {text!r}") from error
    ticks = EPOCH + seconds * TICKS_A_SECOND + int((found["fraction"] or "0").ljust(7, "0"))
    return whole(ticks, "datetime")


def span(node: Node) -> Value:
    """Read `30m`, `1.5h`, `time(2)` (days), `timespan(1.02:03:04.5)`."""
    text = _inside(node).strip("\"'")
    if text == "null":
        return null("timespan")
    if found := _CLOCK.fullmatch(text):
        return whole(_clock(found), "timespan")
    found = _SPAN.fullmatch(text.lower())
    unit = _UNITS.get(found["unit"]) if found else None
    if found is None or unit is None:
        raise unsupported(node, f"the timespan {text!r}")
    part = found["part"] or ""
    return whole(int(found["count"] + part) * unit // 10 ** len(part), "timespan")


def _clock(found: re.Match[str]) -> int:
    hours = int(found["days"] or 0) * 24 + int(found["hours"])
    seconds = (hours * 60 + int(found["minutes"])) * 60 + int(found["seconds"] or 0)
    ticks = seconds * TICKS_A_SECOND + int((found["fraction"] or "0").ljust(7, "0"))
    return -ticks if found["sign"] else ticks


def _inside(node: Node) -> str:
    """Return what the token says, without the type's name around it: `5` of `long(5)`."""
    text = node["Token"].text
    found = _CALL.fullmatch(text)
    return found["inside"] if found else text
