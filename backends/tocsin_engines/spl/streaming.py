"""`streamstats`: a statistic of an event and those before it (Search Reference, streamstats)."""

from dataclasses import dataclass

from tocsin_engines.engine import Rejected
from tocsin_engines.spl.evaluate import Evaluator
from tocsin_engines.spl.grouping import Key, Plan, extended, plan_of, single_key
from tocsin_engines.spl.rows import Command, Row, Rows
from tocsin_engines.spl.scan import Scanner
from tocsin_engines.spl.times import span
from tocsin_engines.spl.values import number
from tocsin_engines.spl.words import count, truth

# "max_stream_window: the default value is 10000 events" (limits.conf).
_LARGEST_WINDOW = 10000
_OPTIONS = frozenset({"current", "window", "time_window", "global", "reset_on_change"})


def streamstats(scanner: Scanner, evaluator: Evaluator) -> Command:
    """Read `streamstats`: every event gets what it and those before it have."""
    plan, given = plan_of(scanner, evaluator, _OPTIONS)
    stream = _Stream(
        current=truth(given.get("current", "t")),
        window=count(given.get("window", "0")),
        seconds=_seconds(given.get("time_window")),
        shared=truth(given.get("global", "t")),
        reset=truth(given.get("reset_on_change", "f")),
    )
    if stream.window > _LARGEST_WINDOW:
        raise Rejected(f"a window holds at most {_LARGEST_WINDOW} events")
    return Command(lambda rows, now: _streamed(plan, stream, rows, now))


@dataclass(frozen=True, slots=True)
class _Stream:
    current: bool
    window: int  # 0 is all.
    seconds: int | None
    shared: bool  # One window for all groups.
    reset: bool


def _streamed(plan: Plan, stream: _Stream, rows: Rows, now: float) -> Rows:
    keys = [single_key(plan, row) for row in rows]
    times = _times(rows) if stream.seconds else []
    result: list[Row] = []
    start = 0
    for place, row in enumerate(rows):
        key = keys[place]
        if key is None:
            result.append(row)
            continue
        if stream.reset:
            start = _reset(keys, place, start)
        places = range(start, place + 1 if stream.current else place)
        if stream.seconds:
            nearest = [at for at in places if abs(times[at] - times[place]) < stream.seconds]
        else:
            nearest = list(places)
        within = _window(stream, nearest, keys, key)
        result.append(extended(row, plan.over([rows[at] for at in within], now)))
    return result


def _reset(keys: list[Key | None], place: int, start: int) -> int:
    """Return where the run of events with the same key starts; events without one are ignored."""
    before = [at for at in range(start, place) if keys[at] is not None]
    return place if before and keys[before[-1]] != keys[place] else start


def _window(stream: _Stream, places: list[int], keys: list[Key | None], key: Key) -> list[int]:
    if stream.window and stream.shared:
        places = places[-stream.window :]
    same = [at for at in places if keys[at] == key]
    return same[-stream.window :] if stream.window else same


def _times(rows: Rows) -> list[float]:
    found: list[float] = []
    for row in rows:
        time = row.fields.get("_time")
        read = None if isinstance(time, tuple) else number(time)
        if read is None:
            raise Rejected("`time_window` needs the time of every event")
        found.append(float(read))
    if found not in (sorted(found), sorted(found, reverse=True)):
        raise Rejected("`time_window` needs events in the order of time")
    return found


def _seconds(text: str | None) -> int | None:
    if text is None:
        return None
    found = span(text)
    if found is None:
        raise Rejected(f"`{text}` is no span of a fixed length")
    return found
