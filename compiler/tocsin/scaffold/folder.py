"""A folder that is laid out whole or not at all, where nothing is in the way."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tocsin.render import visible

_ALLOWED = {".git", ".venv"}  # a repository that was just made or cloned, what Tocsin runs in
_SHOWN = 5


class InTheWay(Exception):
    """What is in a folder already, the first of it by name."""

    def __init__(self, names: Sequence[str]) -> None:
        shown = [*map(visible, names[:_SHOWN]), *(["…"] if len(names) > _SHOWN else [])]
        super().__init__(", ".join(shown))


@contextmanager
def laid_out(folder: Path) -> Iterator[Path]:
    """Give a fresh folder to be filled. FOLDER has what is in it then, or is as it was.

    Raises `InTheWay`, `OSError`.
    """
    is_new = not os.path.lexists(folder)
    if not is_new:
        _see_free(folder)
    # Beside the new folder, or in the old one: where names can be changed in one step.
    home = folder.absolute().parent if is_new else folder
    fresh = Path(tempfile.mkdtemp(prefix=".tocsin-new-", dir=home))
    try:
        fresh.chmod(0o755)
        yield fresh
        if is_new:
            fresh.rename(folder)
        else:
            _move(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _see_free(folder: Path, ours: str = "") -> None:
    names = sorted({each.name for each in folder.iterdir()} - {*_ALLOWED, ours})
    if names:
        raise InTheWay(names)


def _move(fresh: Path, folder: Path) -> None:
    """Move all that is in FRESH into FOLDER, or nothing."""
    _see_free(folder, fresh.name)
    moved: list[Path] = []
    try:
        for each in sorted(fresh.iterdir()):
            moved.append(each.rename(folder / each.name))
    except BaseException:
        for each in moved:
            each.rename(fresh / each.name)
        raise
