"""When a saved search runs, and which time it looks at: cron and time modifiers."""

from tocsin import model
from tocsin.frozen import dataclass
from tocsin.header import span_of_time

MINUTE, DAY = 60_000, 24 * 60  # milliseconds; minutes
# Minutes after which cron can start something again and again, all day long, or once a week.
_PERIODS = (
    *(1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30),
    *(60, 120, 180, 240, 360, 480, 720, DAY, 7 * DAY),
)
# Milliseconds by which a search that cuts its own time may start late and lose nothing.
JITTER = MINUTE


class Unsayable(ValueError):
    """A time that cron or a time modifier cannot say; the message says which."""


@dataclass(frozen=True, slots=True)
class Timing:
    """A cron line, and the time that is looked at."""

    cron: str
    earliest: str
    latest: str
    is_exact: bool  # whether a search has to start when cron says so


def hunted(schedule: model.Schedule) -> tuple[str, str]:
    """Say which time a hunt looks at."""
    _whole_seconds(schedule.over)
    return f"-{span_of_time(schedule.over)}", "now"


def shortened(schedule: model.Schedule) -> str | None:
    """Say that a rule runs oftener than it is written, if cron cannot say how often that is."""
    every = schedule.every or 0
    if not every or every in {each * MINUTE for each in _PERIODS}:
        return None
    period = _period(every, schedule.over) * MINUTE
    return f"Runs every {span_of_time(period)}: cron has no {span_of_time(every)}"


def timing(rule: model.Rule, schedule: model.Schedule, slack: int) -> Timing:
    """Say when RULE runs; what it looks at ends SLACK milliseconds before. Raises `Unsayable`."""
    every = schedule.every or schedule.over
    period = _period(every, schedule.over)
    offset = slack // MINUTE % min(period, DAY) if _has_bins(rule.body) else 0
    cron = _cron(period, offset)
    if isinstance(rule.body, model.FirstSeen):
        over = schedule.over + rule.body.within + slack + JITTER
        latest = f"-{span_of_time(slack)}" if slack else "now"
        return Timing(cron, f"-{span_of_time(_whole_seconds(over))}", latest, True)
    unit = "m" if (schedule.over % MINUTE, slack % MINUTE) == (0, 0) else "s"
    earliest = _ago(_whole_seconds(schedule.over) + slack, unit)
    return Timing(cron, earliest, _ago(slack, unit), _has_bins(rule.body))


def _has_bins(body: model.Body) -> bool:
    """Whether rows are cut by the clock: then what is looked at should begin and end with them."""
    return isinstance(body, model.Summary) and body.every is not None


def _period(every: int, over: int) -> int:
    """Take the longest time that cron has and that is not longer: nothing is left out so."""
    if over < MINUTE:
        raise Unsayable(f"it looks back {span_of_time(over)}, and cron starts nothing that often")
    return max((each for each in _PERIODS if each * MINUTE <= every), default=1)


def _cron(period: int, offset: int) -> str:
    """Write a cron line that starts OFFSET minutes after each PERIOD."""
    if period < 60:
        starts = range(offset, 60, period)
        minutes = (
            f"*/{period}" if offset == 0 and period > 1
            else "*" if period == 1
            else ",".join(map(str, starts))
        )  # fmt: skip
        return f"{minutes} * * * *"
    hours = range(offset // 60, 24, min(period, DAY) // 60)
    every_hour = "*" if period == 60 else f"*/{period // 60}"
    listed = ",".join(map(str, hours))
    hour = every_hour if hours.start == 0 and period < DAY else listed
    return f"{offset % 60} {hour} * * {'*' if period <= DAY else '0'}"


def _ago(ms: int, unit: str) -> str:
    """Write a time modifier; both ends are cut alike, so that no moment is between two runs."""
    number = ms // (MINUTE if unit == "m" else 1000)
    return f"-{number}{unit}@{unit}" if number else f"@{unit}"


def _whole_seconds(ms: int) -> int:
    if ms % 1000:
        raise Unsayable(f"{span_of_time(ms)} are no whole seconds, and time modifiers have no less")
    return ms
