"""The application that commands are added to, and how it ends."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tocsin import __version__

app = typer.Typer(
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


Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        help="Rule files, or folders of them [default: those of the settings, rules, this folder]"
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How findings are shown.")]


def run() -> None:
    """Run the command line; Ctrl-C and a closed pipe end it without a traceback."""
    try:
        app()
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)


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
