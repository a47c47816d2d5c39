"""`new`: a first file."""

from pathlib import Path
from typing import Annotated

import typer

from tocsin.cli.app import app
from tocsin.cli.output import say, wrong_use


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="a-z, 0-9 and _, such as node_spawns_shell.")],
    folder: Annotated[Path, typer.Option("--folder", "-d", help="Where to write it.")] = Path(),
    author: Annotated[str, typer.Option(help="Who writes the rule.")] = "Unknown author",
) -> None:
    """Write a first rule that compiles and proves itself.

    Example: tocsin new node_spawns_shell -d rules/execution
    """
    from datetime import UTC, datetime
    from uuid import uuid4

    from tocsin.scaffold import is_rule_name, new_rule

    if not is_rule_name(name):
        wrong_use(f"no rule name: {name} (a letter, then letters, digits and _, all lower case)")
    path = folder / f"{name}.rule"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(new_rule(name, str(uuid4()), datetime.now(UTC).date().isoformat(), author))
    except FileExistsError:
        wrong_use(f"{path} exists already")
    except OSError as error:
        wrong_use(f"cannot write {path}: {error.strerror}")
    say(f"wrote {path}")
