"""What commands share about `tocsin.lock`: whether there is one, and reading it."""

from typing import TYPE_CHECKING

import typer

from tocsin.cli.output import show
from tocsin.cli.project import Project

if TYPE_CHECKING:  # the types of what commands import by themselves
    from tocsin.lock import Lock

_FILE = "tocsin.lock"


def is_locked(project: Project) -> bool:
    """Whether the project has a lock, whatever state that is in."""
    path = project.root / _FILE
    return path.exists() or path.is_symlink()


def read_lock(project: Project) -> "Lock | None":
    """Read the project's lock, if it has one; a damaged one ends the command with exit code 2."""
    if not is_locked(project):
        return None
    from tocsin import lock

    try:
        return lock.read(project.root)
    except lock.BadLock as error:
        show([lock.unreadable(error)], {})
        raise typer.Exit(2) from None
