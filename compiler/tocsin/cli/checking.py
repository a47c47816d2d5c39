"""`check`, `build` and `compile`: rules in, findings and queries out."""

from pathlib import Path
from typing import Annotated

import typer

from tocsin.cli.app import Format, FormatOption, Paths, Sources, app
from tocsin.cli.faults import faults_shown
from tocsin.cli.locking import stale
from tocsin.cli.output import (
    as_data,
    code,
    counts,
    number,
    print_json,
    say,
    show,
    wrong_use,
)
from tocsin.cli.project import (
    all_found,
    all_plans,
    backend_of,
    find_project,
    plans_of,
    read_rules,
    rendered,
    split_names,
)


@app.command()
@faults_shown
def check(paths: Paths = None, format_: FormatOption = Format.TEXT) -> None:
    """Find everything that is wrong: syntax, types, sense, tests, every target's verdict.

    Example: tocsin check rules --format json
    """
    project = find_project(paths)
    rules = read_rules(project)
    plans = all_plans(project)
    renderings = rendered(rules, plans)
    found = all_found(rules, renderings, stale(project, rules, plans, renderings))
    if format_ is Format.JSON:
        from tocsin.pack import verdicts

        print_json({"diagnostics": as_data(found, rules.sources), "rules": verdicts(renderings)})
    else:
        show(found, rules.sources)
        say(f"{number(len(rules.rules), 'rule')}, {number(rules.tests, 'test')}: {counts(found)}")
    raise typer.Exit(code(found))


@app.command()
@faults_shown
def build(
    paths: Paths = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write.")] = Path("dist"),
    format_: FormatOption = Format.TEXT,
) -> None:
    """Write every rule for every target, and a manifest; with an error nothing is written.

    Example: tocsin build rules -o dist
    """
    from tocsin import pack

    project = find_project(paths)
    rules, plans = read_rules(project), all_plans(project)
    renderings = rendered(rules, plans)
    found = all_found(rules, renderings)
    if format_ is Format.JSON:
        data = as_data(found, rules.sources)
        print_json({"diagnostics": data, "rules": pack.verdicts(renderings)})
    else:
        show(found, rules.sources)
    if code(found):
        say(f"{counts(found)}; {out} is left as it was")
        raise typer.Exit(1)
    suffixes = {plan.target: plan.backend.suffix for plan in plans}
    try:
        files = pack.build(renderings, suffixes, out)
    except pack.NotAPack as error:
        wrong_use(str(error))
    except OSError as error:
        wrong_use(f"cannot write {error.filename or out}: {error.strerror}; it is left as it was")
    say(
        f"{number(len(rules.rules), 'rule')} for {number(len(suffixes), 'target')}: "
        f"{number(len(files), 'file')} in {out}"
    )


@app.command("compile")
@faults_shown
def compile_(
    paths: Annotated[list[Path], typer.Argument(help="Rule files, or folders of them.")],
    target: Annotated[str, typer.Option("--target", "-t", help="eql, kql, sigma, spl, …")],
    source: Sources = None,
    format_: FormatOption = Format.TEXT,
) -> None:
    """Print rules for one target.

    Example: tocsin compile rules/execution/node_spawns_shell.rule -t kql
    """
    project = find_project(paths)
    plans = plans_of(project, target, split_names(source))
    rules = read_rules(project)
    renderings = rendered(rules, plans)
    found = all_found(rules, renderings)
    if format_ is Format.JSON:
        outputs: dict[str, dict[str, str | None]] = {rule.name: {} for rule in rules.rules}
        for each in renderings:
            outputs[each.rule.name][each.label] = each.text
        print_json({"diagnostics": as_data(found, rules.sources), "outputs": outputs})
    else:
        texts = (each.text for each in renderings if each.text is not None)
        typer.echo(_between(backend_of(target).suffix).join(texts), nl=False)
        show(found, rules.sources)
    raise typer.Exit(code(found))


def _between(suffix: str) -> str:
    """Say what stands between two outputs, so that they can be told apart: YAML has documents."""
    return "---\n" if suffix in (".yml", ".yaml") else "\n"
