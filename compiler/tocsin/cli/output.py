"""What is shown, and where: results on standard output, all else on standard error."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import typer

from tocsin.text import number

if TYPE_CHECKING:  # the types of what commands import by themselves
    from tocsin.diagnostics import Diagnostic
    from tocsin.source import Source as Text

T = TypeVar("T")


def progress(steps: Iterable[T], total: int) -> Iterable[T]:
    """Show a bar for long work on a terminal, nothing elsewhere."""
    if total < 200 or not sys.stderr.isatty():
        return steps
    from rich.console import Console
    from rich.progress import track

    return track(steps, "compiling", total, console=Console(stderr=True), transient=True)


def show(found: Sequence["Diagnostic"], sources: Mapping[str, "Text"]) -> None:
    """Draw findings on standard error."""
    if not found:
        return
    from tocsin import render

    colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    drawn = (render.text(each, sources, colour=colour) for each in found)
    typer.echo("\n".join(drawn), err=True)


def as_data(found: Sequence["Diagnostic"], sources: Mapping[str, "Text"]) -> list[object]:
    """Turn findings into what `--format json` prints."""
    from tocsin import render

    return [render.data(each, sources) for each in found]


def counts(found: Sequence["Diagnostic"]) -> str:
    """Count findings in words."""
    from tocsin import render

    return render.counts(found)


def code(found: Sequence["Diagnostic"]) -> int:
    """Return the exit code that findings ask for."""
    return int(any(each.code.is_error for each in found))


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns, as results."""
    from tocsin.render import visible

    shown = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())


def print_json(value: object) -> None:
    """Print a value as JSON, as the result."""
    import json

    write_result(json.dumps(value, indent=2, ensure_ascii=False), None)


def write_result(text: str, out: Path | None) -> None:
    """Write the result to the file OUT, whole or not at all, or else print it."""
    # A name of a file may be bytes that are no text: JSON has escapes for them.
    data = text.encode("utf-8", "backslashreplace")
    if out is None:
        typer.echo(data.decode("utf-8"), nl=not text.endswith("\n"))
        return
    from tocsin.folders import replace_file

    try:
        replace_file(out, data)
    except OSError as error:
        wrong_use(f"cannot write {out}: {error.strerror}")


def complain(complaints: Sequence[str]) -> None:
    """Tell what could not be read of event files."""
    for each in complaints:
        say(each)
    if complaints:
        say(f"{number(len(complaints), 'line')} could not be read")


def say(message: str) -> None:
    """Tell something beside the results."""
    typer.echo(message, err=True)


def similar(close: str | None) -> str:
    """Point at a similar name, if there is one."""
    return f"; `{close}` has a similar name" if close else ""


def wrong_use(message: str) -> NoReturn:
    """End with exit code 2."""
    typer.echo(f"error: {message}", err=True)
    raise typer.Exit(2)
