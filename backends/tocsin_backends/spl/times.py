"""Times held against each other: seconds since 1970, with microseconds behind the point.

A double tells microseconds apart until 2106, and two of them that are whole seconds apart differ by
just that. Of other differences the last digits are off, so they are rounded.
"""


def at_most(later: str, earlier: str, ms: int) -> str:
    """Write that not more than MS milliseconds lie between."""
    return f"{_between(later, earlier, ms)}<={_seconds(ms)}"


def longer(later: str, earlier: str, ms: int) -> str:
    """Write that more than MS milliseconds lie between."""
    return f"{_between(later, earlier, ms)}>{_seconds(ms)}"


def _between(later: str, earlier: str, ms: int) -> str:
    difference = f"{later}-{earlier}"
    return difference if ms % 1000 == 0 else f"round({difference}, 6)"


def _seconds(ms: int) -> str:
    whole, rest = divmod(ms, 1000)
    return f"{whole}.{rest:03}".rstrip("0") if rest else str(whole)
