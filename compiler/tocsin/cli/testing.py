"""`test` and `match`: rules over events, by the reference meaning and by engines."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from tocsin.cli.app import Format, FormatOption, Paths, app
from tocsin.cli.faults import faults_shown
from tocsin.cli.output import (
    as_data,
    code,
    complain,
    print_json,
    print_table,
    progress,
    say,
    show,
    wrong_use,
)
from tocsin.cli.project import (
    Project,
    backend_of,
    find_project,
    plans_of,
    read_rules,
    wanted_targets,
)
from tocsin.text import number

if TYPE_CHECKING:  # the types of what commands import by themselves
    from tocsin.engine import Engine
    from tocsin.model import Occurrence
    from tocsin.pipeline import Rules


@app.command()
@faults_shown
def test(
    paths: Paths = None,
    engines_: Annotated[
        bool, typer.Option("--engines", help="Run the rendered queries over the tests, too.")
    ] = False,
    target: Annotated[
        str | None, typer.Option("--target", "-t", help="With --engines: this target only.")
    ] = None,
    events: Annotated[
        list[str] | None,
        typer.Option(
            help="With --engines: NDJSON files, .gz too, to run the queries over as well."
        ),
    ] = None,
    format_: FormatOption = Format.TEXT,
) -> None:
    """Run the rules' own tests. By the reference meaning, and by each target's engine.

    Example: tocsin test rules --engines
    """
    from tocsin.diagnostics import Code

    if (target or events) and not engines_:
        wrong_use("--target and --events go with --engines")
    project = find_project(paths)
    rules = read_rules(project)
    failed = sum(each.code is Code.TEST_FAILED for each in rules.diagnostics)
    passed = rules.tests - failed
    errors = [each for each in rules.diagnostics if each.code.is_error]
    if engines_ and not errors:
        _prove(project, rules, target, events or [], format_)
    if format_ is Format.JSON:
        data = as_data(errors, rules.sources)
        print_json({"passed": passed, "failed": failed, "diagnostics": data})
    else:
        show(errors, rules.sources)
        say(f"{number(len(rules.rules), 'rule')}: {passed} passed, {failed} failed")
    raise typer.Exit(code(errors))


def _prove(
    project: Project, rules: "Rules", target: str | None, files: Sequence[str], format_: Format
) -> NoReturn:
    """Run every query over its rule's tests; nothing is shown as proved if an engine is missing."""
    from tocsin import proofs

    engines = _engines(project, target)
    plans = [plan for name in engines for plan in plans_of(project, name)]
    complaints, recorded = _recorded(files)
    steps = proofs.run(rules, plans, engines, recorded)
    proved = list(progress(steps, len(rules.rules) * len(plans)))
    found = [each for proof in proved for each in proof.faults]
    if format_ is Format.JSON:
        print_json({
            "passed": rules.tests,
            "failed": 0,
            "diagnostics": as_data(found, rules.sources),
            "engines": {name: engine.semantics for name, engine in engines.items()},
            "proofs": [proof.data() for proof in proved],
        })  # fmt: skip
    else:
        print_table(proofs.table(proved, [plan.label for plan in plans]))
        for name, engine in engines.items():
            typer.echo(f"{name}: {engine.semantics}")
        show(found, rules.sources)
        for proof in proved:
            if proof.query and proof.faults:
                say(f"the query of `{proof.rule.name}` for {proof.label}:\n{proof.query}")
        say(proofs.summary(proved))
    complain(complaints)
    raise typer.Exit(code(found) or int(bool(complaints)))


def _recorded(files: Sequence[str]) -> tuple[list[str], list["Occurrence"]]:
    """Read the events of FILES that a product could store; the rest are complaints."""
    from tocsin import proofs
    from tocsin.match import read_events

    complaints: list[str] = []
    recorded: list[Occurrence] = []
    for each in read_events(files, complaints.append):
        if proofs.is_storable(each.event):
            recorded.append(each.event)
        else:
            complaints.append(f"{each.file}:{each.line}: a text that no product stores")
    return complaints, recorded


def _engines(project: Project, target: str | None) -> dict[str, "Engine"]:
    """Load the engines, all of them ready to run."""
    from tocsin import registry
    from tocsin.engine import Missing

    if target is not None:
        backend_of(target)  # says what targets there are
    wanted = wanted_targets(project)
    names = [target] if target else [name for name in registry.engine_names() if name in wanted]
    engines: dict[str, Engine] = {}
    missing: list[str] = []
    for name in names:
        engine = registry.engine(name)
        if engine is None:
            missing.append(f"{name}: no engine is installed for this target")
            continue
        try:
            engine.ready()
        except Missing as error:
            missing.append(f"{name}: {error}")
        engines[name] = engine
    if missing:
        lines = "\n  ".join(missing)
        wrong_use(f"nothing was proved, for an engine is missing\n  {lines}")
    return engines


@app.command()
@faults_shown
def match(
    rules_path: Annotated[Path, typer.Argument(metavar="RULES", help="A rule file or a folder.")],
    events: Annotated[
        list[str], typer.Argument(help="NDJSON files, .gz too; - is standard input.")
    ],
) -> None:
    """Run rules over events. By the reference meaning; a line of JSON for each match.

    Example: tocsin match rules events.ndjson.gz
    """
    import json

    from tocsin.match import match as matches

    rules = read_rules(find_project([rules_path]))
    errors = [each for each in rules.diagnostics if each.code.is_error]
    show(errors, rules.sources)
    if errors:
        raise typer.Exit(1)
    complaints: list[str] = []
    for each in matches(rules.rules, events, complaints.append):
        typer.echo(json.dumps(each, ensure_ascii=False, separators=(",", ":")))
    complain(complaints)
    raise typer.Exit(int(bool(complaints)))
