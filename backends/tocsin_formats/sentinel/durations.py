"""Durations as Sentinel writes them, each in one way: whoever reads them back sees no change."""

_MINUTE = 60_000
_UNITS = (("d", 1440), ("h", 60), ("m", 1))  # in minutes


def short(ms: int) -> str:
    """Write milliseconds, whole minutes, as rules in YAML do: 30m, 70m, 1h, 14d."""
    minutes = ms // _MINUTE
    return next(f"{minutes // size}{unit}" for unit, size in _UNITS if minutes % size == 0)


def iso(ms: int) -> str:
    """Write milliseconds, whole minutes, as ISO 8601 and .NET do: PT30M, PT1H10M, P1D, P14DT1H."""
    days, minutes = divmod(ms // _MINUTE, 1440)
    hours, minutes = divmod(minutes, 60)
    time = f"{hours}H" * bool(hours) + f"{minutes}M" * bool(minutes)
    return f"P{f'{days}D' * bool(days)}{f'T{time}' * bool(time)}"
