"""Faults of settings, profiles and the lock end a command as findings do, with exit code 2."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, ParamSpec, TypeVar

import typer

from tocsin.cli.app import Format, Report
from tocsin.cli.reporting import show_faults

if TYPE_CHECKING:  # the types of what commands import by themselves
    from tocsin.diagnostics import Diagnostic
    from tocsin.schema import TaxonomyError
    from tocsin.source import Source as Text

P = ParamSpec("P")
T = TypeVar("T")


class Faults(Exception):
    """Findings that leave a command nothing to work on, and the texts that they are about."""

    def __init__(
        self, found: Sequence["Diagnostic"], sources: Mapping[str, "Text"] | None = None
    ) -> None:
        self.found = found
        self.sources = sources or {}


def faults_shown(command: Callable[P, T]) -> Callable[P, T]:
    """Show the `Faults` that come out of COMMAND, and each `TaxonomyError`, also in groups."""

    @wraps(command)
    def wrapped(*given: P.args, **named: P.kwargs) -> T:
        from tocsin.schema import TaxonomyError

        faults: list[Faults] = []
        try:
            return command(*given, **named)
        except* TaxonomyError as group:
            faults.append(told(group))
        except* Faults as group:
            faults += [each for each in group.exceptions if isinstance(each, Faults)]
        asked = named.get("format_")
        _end(faults[0], asked if isinstance(asked, Format | Report) else Format.TEXT)

    return wrapped


def _leaves(group: "BaseExceptionGroup[TaxonomyError]") -> list["TaxonomyError"]:
    found: list[TaxonomyError] = []
    for each in group.exceptions:
        found += _leaves(each) if isinstance(each, BaseExceptionGroup) else [each]
    return found


def told(group: "BaseExceptionGroup[TaxonomyError]") -> Faults:
    """Tell the errors of GROUP as findings, each with the text it stands in."""
    from tocsin.diagnostics import in_order
    from tocsin.files import find_root
    from tocsin.settings import diagnostic

    here = Path.cwd()
    errors = _leaves(group)
    found = [diagnostic(error, (here, find_root(error.path.parent))) for error in errors]
    return Faults(in_order(each for each, _ in found), {text.name: text for _, text in found})


def _end(faults: Faults, format_: Format | Report) -> NoReturn:
    from tocsin.files import find_root

    show_faults(faults.found, faults.sources, format_, find_root(Path()))
    raise typer.Exit(2)
