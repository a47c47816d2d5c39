"""A digest of everything beside the rules that a build depends on: code, data, settings, place."""

import os
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

import tocsin
from tocsin import registry
from tocsin.folders import digest
from tocsin.stamps import Stamps

# What every result is made with, whatever the target.
_OURS = ("tocsin", "tocsin_grammars")


def fingerprint(root: Path, settings: Path | None, stamps: Stamps) -> str:
    """Return what changes when the same rules may come to something else.

    ROOT is the resolved root of the project, SETTINGS the file that they are in.
    """
    parts = (
        tocsin.__version__,
        sys.version,
        *(f"{name}={where}" for name, where in registry.references().items()),
        *sorted(_distributions()),
        *_code(stamps),
        stamps.digest(str(settings)) if settings else "",
        os.path.relpath(Path.cwd(), root),  # which messages name files from
    )
    return digest("\0".join(parts).encode("utf-8", "surrogatepass"))


def _distributions() -> Iterator[str]:
    """Name the installed distributions with their versions, as their folders do."""
    for folder in dict.fromkeys(sys.path):
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208  # names are all that is wanted
        except OSError:
            continue
        yield from (name for name in names if name.endswith("-info"))


def _code(stamps: Stamps) -> Iterator[str]:
    """Digest the files of the compiler and of each plug-in: both may be changed in place."""
    plugins = (where.partition(":")[0] for where in registry.references().values())
    for name in dict.fromkeys((*_OURS, *(each.partition(".")[0] for each in plugins))):
        for path in _places(name):
            for file in sorted(_files(path)):
                yield f"{file[len(path) :]}={stamps.digest(file)}"


def _places(package: str) -> Iterable[str]:
    """Find where a package is, without importing it."""
    spec = find_spec(package)
    if spec is None:
        return ()
    return spec.submodule_search_locations or ([spec.origin] if spec.origin else [])


def _files(path: str) -> Iterator[str]:
    if not os.path.isdir(path):  # noqa: PTH112  # texts: there are some hundred of them
        yield path
        return
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _files(entry.path)
            else:
                yield entry.path
