"""Faults of settings and profiles end a command as findings do, with exit code 2."""

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, ParamSpec, TypeVar

import typer

from tocsin.cli.app import Format
from tocsin.cli.output import as_data, print_json, show

if TYPE_CHECKING:  # the types of what commands import by themselves
    from tocsin.schema import TaxonomyError

P = ParamSpec("P")
T = TypeVar("T")


def faults_shown(command: Callable[P, T]) -> Callable[P, T]:
    """Show every `TaxonomyError`, single or in groups, that comes out of COMMAND."""

    @wraps(command)
    def wrapped(*given: P.args, **named: P.kwargs) -> T:
        from tocsin.schema import TaxonomyError

        errors: list[TaxonomyError] = []
        try:
            return command(*given, **named)
        except* TaxonomyError as group:
            errors += _leaves(group)
        _end(errors, named.get("format_") is Format.JSON)

    return wrapped


def _leaves(group: "BaseExceptionGroup[TaxonomyError]") -> list["TaxonomyError"]:
    found: list[TaxonomyError] = []
    for each in group.exceptions:
        found += _leaves(each) if isinstance(each, BaseExceptionGroup) else [each]
    return found


def _end(errors: Sequence["TaxonomyError"], as_json: bool) -> NoReturn:
    from tocsin.diagnostics import in_order
    from tocsin.files import find_root
    from tocsin.settings import diagnostic

    here = Path.cwd()
    told = [diagnostic(error, (here, find_root(error.path.parent))) for error in errors]
    sources = {text.name: text for _, text in told}
    found = in_order(each for each, _ in told)
    if as_json:
        print_json({"diagnostics": as_data(found, sources)})
    else:
        show(found, sources)
    raise typer.Exit(2)
