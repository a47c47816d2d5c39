"""`diff`: what a change does to every query, and to what it matches."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tocsin.cli.app import app
from tocsin.cli.faults import faults_shown, told
from tocsin.cli.output import complain, say, write_result, wrong_use
from tocsin.cli.project import all_plans, exists, project_in

if TYPE_CHECKING:  # the types of what commands import by themselves
    from tocsin.diff.change import Comparison
    from tocsin.diff.places import Place
    from tocsin.diff.sides import Compiled


class Shape(StrEnum):
    """How a comparison is shown."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


@app.command()
@faults_shown
def diff(
    base: Annotated[
        str, typer.Argument(metavar="BASE", help="A git revision, A..B, A...B, or a folder.")
    ],
    head: Annotated[
        str | None,
        typer.Argument(metavar="[HEAD]", help="Another of these [default: the working tree]"),
    ] = None,
    events: Annotated[
        list[str] | None,
        typer.Option(help="NDJSON files, .gz too, to run both versions over as well."),
    ] = None,
    format_: Annotated[
        Shape, typer.Option("--format", help="How the comparison is shown.")
    ] = Shape.TEXT,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="A file for it, in place of this terminal.")
    ] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 1 if any rule differs.")
    ] = False,
) -> None:
    """Show what a change does. To every query, to its verdict, and to what it matches.

    Example: tocsin diff main --format html -o diff.html
    """
    for name in events or ():
        if name != "-" and not exists(Path(name)):
            wrong_use(f"no such file: {name}")
    complaints: list[str] = []
    comparison = _compared(base, head, events or [], complaints)
    write_result(_report(comparison, format_, in_file=out is not None), out)
    complain(complaints)
    if comparison.head.faults or any(each.new and each.new.faults for each in comparison.changes):
        say(f"{comparison.head.asked} has errors; what does not compile is compared by its text")
        raise typer.Exit(1)
    raise typer.Exit(int(bool(complaints) or (exit_code and bool(comparison.changes))))


def _compared(
    base: str, head: str | None, events: Sequence[str], complaints: list[str]
) -> "Comparison":
    from tempfile import TemporaryDirectory

    from tocsin.diff.compare import compare
    from tocsin.diff.git import NoRevision
    from tocsin.diff.places import places
    from tocsin.files import find_root
    from tocsin.match import read_events

    with TemporaryDirectory(prefix="tocsin-") as copies:
        try:
            before, after, notes = places(base, head, find_root(Path()), Path(copies))
        except NoRevision as error:
            wrong_use(str(error))
        except OSError as error:
            wrong_use(f"cannot copy the revision: {error.strerror}")
        sides = _compiled(before), _compiled(after)
        if sides[0].settings != sides[1].settings:
            notes.append("the settings differ: queries may change where their rules do not")
        return compare(*sides, read_events(events, complaints.append), notes)


def _compiled(place: "Place") -> "Compiled":
    """Compile what stands at PLACE, as its own settings say."""
    from contextlib import chdir

    from tocsin import pipeline, registry
    from tocsin.diff.sides import Compiled
    from tocsin.schema import TaxonomyError, read_text

    with chdir(place.folder):  # what files are named from, on both sides
        try:
            inside = place.folder != place.root
            project = project_in(place.root, [place.folder] if inside else None, place.folder)
            plans = tuple(all_plans(project))
        except* TaxonomyError as group:
            say(f"the settings of {place.asked} cannot be read")
            raise told(group) from None  # while the copy is there
        rules = pipeline.read(project.paths, registry.names(), project.root)
    path = project.settings.path
    settings = read_text(path) if path else ""
    return Compiled(place.asked, place.about, rules, plans, settings)


def _report(comparison: "Comparison", shape: Shape, *, in_file: bool) -> str:
    import os
    import sys

    match shape:
        case Shape.TEXT:
            from tocsin.diff.text import text

            terminal = sys.stdout.isatty() and not in_file and not os.environ.get("NO_COLOR")
            return text(comparison, colour=terminal)
        case Shape.JSON:
            import json

            from tocsin.diff.data import data

            return json.dumps(data(comparison), indent=2, ensure_ascii=False) + "\n"
        case Shape.MARKDOWN:
            from tocsin.diff.markdown import markdown

            return markdown(comparison)
        case Shape.HTML:
            from tocsin.diff.page import page

            return page(comparison)
