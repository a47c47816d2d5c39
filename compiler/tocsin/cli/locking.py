"""What commands share about `tocsin.lock`: reading it, and holding rules against it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from tocsin.cli.output import show
from tocsin.cli.project import Project

if TYPE_CHECKING:  # the types of what commands import by themselves
    from tocsin.diagnostics import Diagnostic
    from tocsin.lock import Lock
    from tocsin.pipeline import Plan, Rendering, Rules


def read_lock(project: Project) -> "Lock | None":
    """Read the project's lock, if it has one; a damaged one ends the command with exit code 2."""
    from tocsin import lock

    try:
        return lock.read(project.root)
    except lock.BadLock as error:
        show([lock.unreadable(error)], {})
        raise typer.Exit(2) from None


def stale(
    project: Project, rules: "Rules", plans: Sequence["Plan"], renderings: Sequence["Rendering"]
) -> list["Diagnostic"]:
    """Tell which of RULES, rendered by PLANS, are not what the lock has; nothing without one."""
    known = read_lock(project)
    if known is None:
        return []
    from tocsin import lock
    from tocsin.publish import said

    labels = [plan.label for plan in plans]
    states = [each.state(labels) for each in said(rules, plans, renderings)]
    return list(lock.stale(known, states))
