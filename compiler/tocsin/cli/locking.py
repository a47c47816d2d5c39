"""Reading `tocsin.lock` for a command."""

from typing import TYPE_CHECKING

from tocsin.cli.faults import Faults
from tocsin.cli.project import Project

if TYPE_CHECKING:  # the types of what commands import by themselves
    from tocsin.lock import Lock


def read_lock(project: Project) -> "Lock | None":
    """Read the project's lock, if it has one; a damaged one ends the command with exit code 2."""
    from tocsin import lock

    try:
        return lock.read(project.root)
    except lock.BadLock as error:
        raise Faults([lock.unreadable(error)]) from None
