"""Find backends and engines by their entry points. None is privileged, none is imported early.

Entry points are read from the installed packages' `entry_points.txt` as the packaging specification
has it; `importlib.metadata` does the same, but importing it costs a tenth of a cold command.
"""

import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import cast

from tocsin.backend import Backend
from tocsin.engine import Engine
from tocsin.format import Format

BACKENDS = "tocsin.backends"
ENGINES = "tocsin.engines"
FORMATS = "tocsin.formats"


@cache
def _entries(group: str) -> dict[str, str]:
    """Map target names to `module:attribute`; the first on the path wins, as with imports."""
    found: dict[str, str] = {}
    for folder in dict.fromkeys(sys.path):
        for file in sorted(Path(folder or ".").glob("*-info/entry_points.txt")):
            for name, reference in _group(file, group):
                found.setdefault(name, reference)
    return dict(sorted(found.items()))


def _group(file: Path, group: str) -> Iterator[tuple[str, str]]:
    section = ""
    for line in file.read_text(encoding="utf-8").splitlines():
        stripped = line.strip()
        if stripped.startswith("["):
            section = stripped.strip("[]").strip()
        elif section == group and "=" in stripped and not stripped.startswith("#"):
            name, reference = stripped.split("=", 1)
            yield name.strip(), reference.strip()


def names() -> tuple[str, ...]:
    """List the installed targets, sorted, without loading any."""
    return tuple(_entries(BACKENDS))


def references() -> Mapping[str, str]:
    """Tell where each target is to be imported from, as `module:attribute`."""
    return _entries(BACKENDS)


def load(name: str) -> Backend:
    """Load the backend of target NAME; an unknown name is a `LookupError`."""
    return cast(Backend, _attribute(_entries(BACKENDS)[name]))


def engine_names() -> tuple[str, ...]:
    """List the targets that an installed engine runs the queries of, sorted."""
    return tuple(_entries(ENGINES))


def engine(name: str) -> Engine | None:
    """Load the engine of target NAME, if one is installed."""
    reference = _entries(ENGINES).get(name)
    return cast(Engine, _attribute(reference)) if reference else None


def format_names() -> tuple[str, ...]:
    """List the installed formats of publications, sorted, without loading any."""
    return tuple(_entries(FORMATS))


def format_(name: str) -> Format:
    """Load the format NAME; an unknown name is a `LookupError`."""
    return cast(Format, _attribute(_entries(FORMATS)[name]))


# What an entry point names is what its group is for: nothing here can check that.
def _attribute(reference: str) -> object:
    module, _, attribute = reference.partition(":")
    found: object = getattr(import_module(module), attribute)
    return found
