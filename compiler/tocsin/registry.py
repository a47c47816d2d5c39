"""Find backends by their entry points. None is privileged, none is imported early."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from tocsin.backend import Backend

GROUP = "tocsin.backends"


@cache
def _entries() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in sorted(entry_points(group=GROUP), key=lambda e: e.name)}


def names() -> tuple[str, ...]:
    """List the installed targets, sorted, without loading any."""
    return tuple(_entries())


def load(name: str) -> Backend:
    """Load the backend of target NAME; an unknown name is a `LookupError`."""
    if name not in _entries():
        raise LookupError(name)
    backend: Backend = _entries()[name].load()
    return backend
