"""Findings as `--format` has them: drawn on standard error, else as the result."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tocsin.cli.app import Format, Report
from tocsin.cli.output import as_data, print_json, say, show

if TYPE_CHECKING:  # the types of what commands import by themselves
    from tocsin import reports
    from tocsin.diagnostics import Diagnostic
    from tocsin.source import Source as Text


def show_faults(
    found: Sequence["Diagnostic"],
    sources: Mapping[str, "Text"],
    format_: StrEnum,
    root: Path,
) -> None:
    """Show what keeps a command from its work; it ends with exit code 2."""
    if format_ == Format.JSON:
        print_json({"diagnostics": as_data(found, sources)})
    elif format_ == Format.TEXT:
        show(found, sources)
    else:
        from tocsin import reports
        from tocsin.files import from_repository

        report = reports.Report(found, sources, (), 2, from_repository(root))
        print_report(report, Report(format_))


def print_report(report: "reports.Report", format_: Report) -> None:
    """Print a report as other programs read it."""
    from tocsin.reports import github, junit, sarif

    writers = {Report.GITHUB: github.text, Report.JUNIT: junit.text, Report.SARIF: sarif.text}
    typer.echo(writers[format_](report), nl=False)
    if format_ is Report.GITHUB and (more := github.unshown(report)):
        say(f"GitHub shows {github.SHOWN} errors and {github.SHOWN} warnings; {more} more above")
