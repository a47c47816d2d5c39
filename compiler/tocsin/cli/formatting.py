"""`fmt`: rule files in the one layout."""

import sys
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from tocsin.cli.app import Paths, app
from tocsin.cli.faults import faults_shown
from tocsin.cli.output import say, show, wrong_use
from tocsin.cli.project import find_project, read_rules
from tocsin.text import number

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
    """Lay out rule files. One layout for all, comments kept, no meaning changed.

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
    tally = Counter[str]()
    for path in files:
        told = format_file(path, project.root)
        told = told if check or diff else write(path, told)
        _show(told, check, diff)
        tally[told.state] += 1
    say(_counted(tally, check or diff))
    raise typer.Exit(_code(tally, check or diff))


def _counted(tally: Mapping[str, int], only_told: bool) -> str:
    changed = number(tally["changes"], "file")
    if only_told:
        words = [f"{changed} would change", f"{tally['stays']} would not"]
    else:
        words = [f"{changed} changed", f"{tally['stays']} unchanged"]
    left = tally["broken"] + tally["fault"]
    return ", ".join([*words, *([f"{left} left as found"] if left else [])])


def _format_stdin(name: str, check: bool, diff: bool) -> NoReturn:
    from tocsin.layout import format_data
    from tocsin.modules import MAX_BYTES

    told = format_data(sys.stdin.buffer.read(MAX_BYTES + 1), name)
    _show(told, check, diff)
    if told.after is not None and not (check or diff):
        typer.echo(told.after, nl=False)
    raise typer.Exit(_code({told.state}, check or diff))


def _show(told: "Formatted", check: bool, diff: bool) -> None:
    """Show what would change on standard output, what is wrong on standard error."""
    from tocsin.render import visible

    if check and told.state == "changes":
        typer.echo(visible(told.name))
    if diff and told.state == "changes":
        _show_difference(told)
    show(told.found, {told.name: told.source})
    if told.fault:
        say(f"error: {visible(told.fault)}")


def _show_difference(told: "Formatted") -> None:
    from tocsin.layout import difference
    from tocsin.render import visible

    for line in difference(told):
        if sys.stdout.isatty():
            typer.echo(visible(line.removesuffix("\n")))
        else:
            typer.echo(line.encode("utf-8", "surrogateescape"), nl=False)


def _code(states: Collection[str], only_told: bool) -> int:
    if "fault" in states:
        return 2
    return int("broken" in states or (only_told and "changes" in states))
