"""`fmt`: rule files in the one layout."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from tocsin.cli.app import Paths, app
from tocsin.cli.faults import faults_shown
from tocsin.cli.output import code, number, say, show, wrong_use
from tocsin.cli.project import find_project, read_rules

if TYPE_CHECKING:  # the types of what commands import by themselves
    from tocsin.layout import Formatted

_STDIN = Path("-")


@app.command()
@faults_shown
def fmt(
    paths: Paths = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; name the files that would change.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Write nothing; show what would change.")
    ] = False,
    stdin_filename: Annotated[
        str | None, typer.Option(help="With - as the path: what messages call the input.")
    ] = None,
) -> None:
    """Lay out rule files: one layout for all, comments kept, no meaning changed.

    Example: tocsin fmt rules --check
    """
    if paths and _STDIN in paths:
        if len(paths) > 1:
            wrong_use("- stands alone: it is standard input")
        _format_stdin(stdin_filename or "<stdin>", check, diff)
    if stdin_filename is not None:
        wrong_use("--stdin-filename goes with - as the path")
    _format_files(paths, check, diff)


def _format_files(paths: Sequence[Path] | None, check: bool, diff: bool) -> NoReturn:
    from tocsin.files import rule_files
    from tocsin.layout import format_file, write

    project = find_project(paths)
    files = rule_files(project.paths)
    if not files:
        read_rules(project)  # says so
    told = [format_file(path, project.root) for path in files]
    if not (check or diff):
        told = [write(path, each) for path, each in zip(files, told, strict=True)]
    _show(told, check, diff)
    _count(told, check or diff)
    raise typer.Exit(_code(told, check or diff))


def _format_stdin(name: str, check: bool, diff: bool) -> NoReturn:
    from tocsin.layout import format_data
    from tocsin.modules import MAX_BYTES

    told = format_data(sys.stdin.buffer.read(MAX_BYTES + 1), name)
    _show([told], check, diff)
    if told.after is not None and not (check or diff):
        typer.echo(told.after, nl=False)
    raise typer.Exit(_code([told], check or diff))


def _show(told: Sequence["Formatted"], check: bool, diff: bool) -> None:
    """Show what would change on standard output, what is wrong on standard error."""
    from tocsin.render import visible

    for each in told:
        if check and each.changes:
            typer.echo(visible(each.name))
        if diff and each.changes:
            _show_difference(each)
    show(
        [found for each in told for found in each.found], {each.name: each.source for each in told}
    )
    for each in told:
        if each.fault:
            say(f"error: {visible(each.fault)}")


def _show_difference(told: "Formatted") -> None:
    from tocsin.layout import difference
    from tocsin.render import visible

    for line in difference(told):
        if sys.stdout.isatty():
            typer.echo(visible(line.removesuffix("\n")))
        else:
            typer.echo(line.encode("utf-8", "surrogateescape"), nl=False)


def _count(told: Sequence["Formatted"], only_told: bool) -> None:
    changed = sum(each.changes and not each.fault for each in told)
    kept = sum(each.after == each.data for each in told)
    verbs = ("would change", "would not") if only_told else ("changed", "left as they were")
    say(f"{number(changed, 'file')} {verbs[0]}, {kept} {verbs[1]}")


def _code(told: Sequence["Formatted"], only_told: bool) -> int:
    if any(each.fault for each in told):
        return 2
    changes = only_told and any(each.changes for each in told)
    return int(changes or any(code(each.found) for each in told))
