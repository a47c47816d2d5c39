"""The application that commands are added to, and how it ends."""

import errno
import os
import sys
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from tocsin import __version__

# Commands in the order in which somebody meets them.
_COMMANDS = (
    *("init", "new", "fmt", "check", "test", "match", "compile", "build", "lock", "publish"),
    *("diff", "explain", "fields", "targets", "engines"),
)


class _InOrder(TyperGroup):
    """Commands as `--help` lists them."""

    def list_commands(self, ctx: object) -> list[str]:
        return sorted(self.commands, key=_COMMANDS.index)


app = typer.Typer(
    cls=_InOrder,
    name="tocsin",
    help="Write a detection once; compile it for every SIEM, exactly or with the error named.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Format(StrEnum):
    """How findings are shown."""

    TEXT = "text"
    JSON = "json"


class Report(StrEnum):
    """How `check` shows findings: as a `Format`, or as other programs read them."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    JUNIT = "junit"


Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        help="Rule files or folders [default: those of the settings, else rules, else this folder]"
    ),
]
Sources = Annotated[
    list[str] | None,
    typer.Option("--source", help="These sources only: with commas between, or several times."),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How findings are shown.")]
ReportOption = Annotated[Report, typer.Option("--format", help="How findings are shown.")]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        metavar="N",
        min=1,
        help="How many processes [default: as many as pay]",
        show_default=False,
    ),
]
Cache = Annotated[
    bool, typer.Option("--cache/--no-cache", help="Make only what has changed, or all of it.")
]


def run() -> None:
    """Run the command line; Ctrl-C, a closed pipe, a full disk end it without a traceback."""
    try:
        app()
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        _write_no_more()
        sys.exit(141)
    except OSError as error:
        if error.filename is not None or error.errno not in _FULL:
            raise
        _write_no_more()
        with suppress(OSError):  # standard error may go to the same disk
            typer.echo(f"error: cannot write the output: {error.strerror}", err=True)
        sys.exit(2)


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def _write_no_more() -> None:
    """Let what is still to be written to standard output go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tocsin {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass
