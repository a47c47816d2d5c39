"""Find backends by their entry points. None is privileged, none is imported early.

Entry points are read from the installed packages' `entry_points.txt` as the packaging specification
has it; `importlib.metadata` does the same, but importing it costs a tenth of a cold command.
"""

import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

from tocsin.backend import Backend

GROUP = "tocsin.backends"


@cache
def _entries() -> dict[str, str]:
    """Map target names to `module:attribute`; the first on the path wins, as with imports."""
    found: dict[str, str] = {}
    for folder in dict.fromkeys(sys.path):
        for file in sorted(Path(folder or ".").glob("*-info/entry_points.txt")):
            for name, reference in _group(file):
                found.setdefault(name, reference)
    return dict(sorted(found.items()))


def _group(file: Path) -> Iterator[tuple[str, str]]:
    section = ""
    for line in file.read_text(encoding="utf-8").splitlines():
        stripped = line.strip()
        if stripped.startswith("["):
            section = stripped.strip("[]").strip()
        elif section == GROUP and "=" in stripped and not stripped.startswith("#"):
            name, reference = stripped.split("=", 1)
            yield name.strip(), reference.strip()


def names() -> tuple[str, ...]:
    """List the installed targets, sorted, without loading any."""
    return tuple(_entries())


def load(name: str) -> Backend:
    """Load the backend of target NAME; an unknown name is a `LookupError`."""
    if name not in _entries():
        raise LookupError(name)
    module, _, attribute = _entries()[name].partition(":")
    backend: Backend = getattr(import_module(module), attribute)
    return backend
