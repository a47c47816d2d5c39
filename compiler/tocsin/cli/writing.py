"""`new` and `init`: a first rule, and a repository of rules."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tocsin.cli.app import app
from tocsin.cli.building import built
from tocsin.cli.faults import faults_shown
from tocsin.cli.output import code, say, show, wrong_use
from tocsin.cli.project import backend_of, find_project, split_names
from tocsin.text import number

if TYPE_CHECKING:  # the types of what commands import by themselves
    from tocsin.scaffold import Target

Author = Annotated[str, typer.Option(help="Who writes the rule.")]


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="a-z, 0-9 and _, such as node_spawns_shell.")],
    folder: Annotated[Path, typer.Option("--folder", "-d", help="The folder for it.")] = Path(),
    author: Author = "Unknown author",
) -> None:
    """Write a first rule. It compiles and proves itself.

    Example: tocsin new node_spawns_shell -d rules/execution
    """
    from tocsin.scaffold import is_rule_name, new_rule

    if not is_rule_name(name):
        wrong_use(f"no rule name: {name} (a letter, then letters, digits and _, all lower case)")
    text = new_rule(name, *_id_and_date(), _checked(author))
    path = folder / f"{name}.rule"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        wrong_use(f"{error.filename} exists already")
    except OSError as error:
        wrong_use(f"cannot write {path}: {error.strerror}")
    say(f"wrote {path}")


class CI(StrEnum):
    """Whose workflow `init` writes."""

    GITHUB = "github"
    NONE = "none"


@app.command()
@faults_shown
def init(
    folder: Annotated[
        Path, typer.Argument(help="A new folder, or one that is empty but for .git and .venv.")
    ] = Path(),
    author: Author = "Unknown author",
    targets: Annotated[
        list[str] | None,
        typer.Option("--targets", "-t", help="These only, such as eql,kql [default: all]"),
    ] = None,
    ci: Annotated[CI, typer.Option("--ci", help="Whose workflow to write.")] = CI.GITHUB,
) -> None:
    """Lay out a repository of rules. With settings and CI; it builds as it is.

    Example: tocsin init detections --author "Blue Team" --targets kql,spl
    """
    from tocsin import folders, scaffold

    wanted, by = _targets(split_names(targets, "--targets")), _checked(author)
    files = scaffold.repository(wanted, by, *_id_and_date(), github=ci is CI.GITHUB)
    try:
        with scaffold.laid_out(folder) as fresh:
            for name, data in files.items():
                folders.write(fresh, name, data)
            _lock(fresh)
    except scaffold.InTheWay as error:
        wrong_use(f"{folder} is not empty: {error}; `init` goes into an empty folder")
    except OSError as error:
        wrong_use(f"cannot write {folder}: {error.strerror}; nothing is written")
    say(f"wrote {number(len(files) + 1, 'file')} into {folder}; README.md says what stands where")
    _tell_surroundings(folder, ci)


def _id_and_date() -> tuple[str, str]:
    from datetime import UTC, datetime
    from uuid import uuid4

    return str(uuid4()), datetime.now(UTC).date().isoformat()


def _checked(author: str) -> str:
    from tocsin.scaffold import is_name

    if not is_name(author):
        wrong_use("--author takes a name: one short line of characters that can be seen")
    return author


def _targets(wanted: Sequence[str]) -> list["Target"]:
    """Tell of each installed target if it is wanted; without WANTED, all are."""
    from tocsin import registry
    from tocsin.scaffold import Target

    for name in wanted:
        backend_of(name)  # says what targets there are
    return [
        Target(
            name,
            tuple(source.name for source in registry.load(name).sources),
            name in wanted or not wanted,
        )
        for name in registry.names()
    ]


def _lock(root: Path) -> None:
    """Take the rules in ROOT into its lock; they compile, else nothing is made of it all."""
    from tocsin import folders, lock

    with built(find_project([root / "rules"]), None, 1, cache=False, lock=True) as made:
        if code(made.found):
            show(made.found, made.sources(made.found))
            say("the first rule does not suit every target; nothing is written")
            raise typer.Exit(1)
        folders.write(root, lock.FILE, lock.text(lock.updated({}, made.states)).encode("utf-8"))


def _tell_surroundings(folder: Path, ci: CI) -> None:
    from tocsin.scaffold import surroundings

    outer = surroundings(folder)
    if outer is None:
        return
    say(f"note: it stands inside of {outer}, which is a project or a repository of its own")
    if ci is CI.GITHUB and not (folder / ".git").exists():
        say("note: GitHub reads .github only at the root of a repository")
