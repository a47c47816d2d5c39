"""`check`, `build` and `compile`: rules in, findings and queries out."""

from pathlib import Path
from typing import Annotated

import typer

from tocsin.cli.app import (
    Cache,
    Format,
    FormatOption,
    Jobs,
    Paths,
    Report,
    ReportOption,
    Sources,
    app,
)
from tocsin.cli.building import built, held, report_of, show_result
from tocsin.cli.faults import faults_shown
from tocsin.cli.locking import read_lock
from tocsin.cli.output import (
    as_data,
    code,
    counts,
    print_json,
    say,
    show,
)
from tocsin.cli.project import (
    all_found,
    backend_of,
    enabled_targets,
    find_project,
    plans_of,
    read_rules,
    rendered,
    split_names,
)
from tocsin.cli.reporting import print_report
from tocsin.text import number


@app.command()
@faults_shown
def check(
    paths: Paths = None, format_: ReportOption = Report.TEXT, jobs: Jobs = None, cache: Cache = True
) -> None:
    """Find what is wrong with rules. Syntax, types, sense, tests, every target's verdict.

    Example: tocsin check rules --format json
    """
    project = find_project(paths)
    known = read_lock(project)
    with built(project, None, jobs, cache) as made:
        result = held(made, known)
        if format_ in (Report.TEXT, Report.JSON):
            show_result(result, Format(format_.value))
        else:
            print_report(report_of(result, project), format_)
        if format_ is not Report.JSON:
            rules, tests = number(len(result.rules), "rule"), number(result.tests(), "test")
            say(f"{rules}, {tests}: {counts(result.found)}")
        raise typer.Exit(code(result.found))


@app.command()
@faults_shown
def build(
    paths: Paths = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write.")] = Path("dist"),
    format_: FormatOption = Format.TEXT,
    jobs: Jobs = None,
    cache: Cache = True,
) -> None:
    """Write queries for every target. With a manifest; with an error nothing is written.

    Example: tocsin build rules -o dist
    """
    project = find_project(paths)
    with built(project, out, jobs, cache) as result:
        show_result(result, format_)
        if code(result.found):
            say(f"{counts(result.found)}; {out} is left as it was")
            raise typer.Exit(1)
        files = result.publish()
    targets = len(enabled_targets(project))
    told = f"; {counts(result.found)}" if result.found else ""
    say(
        f"{number(len(result.rules), 'rule')} for {number(targets, 'target')}: "
        f"{number(files, 'file')} in {out}{told}"
    )


@app.command("compile")
@faults_shown
def compile_(
    paths: Annotated[list[Path], typer.Argument(help="Rule files, or folders of them.")],
    target: Annotated[str, typer.Option("--target", "-t", help="eql, esql, kql, sigma, spl, …")],
    source: Sources = None,
    format_: FormatOption = Format.TEXT,
) -> None:
    """Print the queries of rules for one target.

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
