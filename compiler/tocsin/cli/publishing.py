"""`publish` and `lock`: packs that products import, and the versions of the rules in them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tocsin.cli.app import Cache, Jobs, Paths, app
from tocsin.cli.building import built, held
from tocsin.cli.faults import faults_shown
from tocsin.cli.locking import read_lock
from tocsin.cli.output import code, counts, say, show, similar, wrong_use
from tocsin.cli.project import (
    Project,
    all_plans,
    find_project,
    plans_of,
    read_rules,
    rendered,
    sources_read,
)
from tocsin.text import number

if TYPE_CHECKING:  # the types of what commands import by themselves
    from tocsin import format as contract
    from tocsin.diagnostics import Diagnostic
    from tocsin.lock import Lock
    from tocsin.model import Verdict
    from tocsin.pipeline import Plan, Rules
    from tocsin.publish import Asked, Outcome, Said

_ALL = "all"


@app.command()
@faults_shown
def publish(
    paths: Paths = None,
    format_: Annotated[
        list[str] | None,
        typer.Option("--format", "-f", help="elastic-ndjson, sentinel-arm, splunk-app, …, or all."),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The folder with a folder for each format.")
    ] = Path("published"),
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow", help="Leave out rules that are narrower, skewed, refused."),
    ] = None,
    locked: Annotated[
        bool, typer.Option("--locked", help="Fail where tocsin.lock would have to change.")
    ] = False,
) -> None:
    """Write packs that products import. With an error nothing is written.

    Example: tocsin publish rules -f elastic-toml -f splunk-app
    """
    from tocsin import publish as publishing
    from tocsin.lock import stale, updated

    project, allowed = find_project(paths), _allowed(allow)
    formats = _formats(project, format_)
    rules = read_rules(project)
    if not rules.rules and not code(rules.diagnostics):
        wrong_use("no rules there; what was published before would be gone")
    asked = {name: _asked(project, name, each.wanted) for name, each in formats.items()}
    usual = all_plans(project)
    wanted = (plan for each in asked.values() for _, plan in each)
    plans = publishing.distinct([*usual, *wanted])
    said = publishing.said(rules, plans, rendered(rules, plans))
    states = [each.state(plan.label for plan in usual) for each in said]
    known = read_lock(project) or {}
    found = list(stale(known, states, every=True)) if locked else []
    lock = known if locked else updated(known, states)
    outcomes = {
        name: _outcome(project, name, each, said, asked[name], lock)
        for name, each in formats.items()
    }
    for each in outcomes.values():
        found += [*each.diagnostics, *each.refused(allowed)]
    _tell(rules, found, f"{out} is left as it was")
    _tell_left_out(outcomes)
    _write(project, None if locked else lock, outcomes, out)


@app.command()
@faults_shown
def lock(
    paths: Paths = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail where it would have to change.")
    ] = False,
    jobs: Jobs = None,
    cache: Cache = True,
) -> None:
    """Give rules their versions, in tocsin.lock. A version rises when the meaning changes.

    Example: tocsin lock --check
    """
    from tocsin.lock import updated

    project = find_project(paths)
    known = read_lock(project) or {}
    with built(project, None, jobs, cache, lock=True) as made:
        result = held(made, known, every=True) if check else made
        errors = [each for each in result.found if each.code.is_error]  # `check` has the rest
        show(errors, result.sources(errors))
        if errors:
            say(counts(errors) if check else f"{counts(errors)}; tocsin.lock is left as it was")
            raise typer.Exit(1)
    if not check:
        _write(project, updated(known, result.states), {}, Path())
    without = sum(1 for each in result.states if not each.id)
    say(f"{number(len(result.states) - without, 'rule')} in tocsin.lock")
    if without:
        say(f"{number(without, 'rule')} without an `id`: the lock knows rules by it")


def _formats(project: Project, asked: Sequence[str] | None) -> dict[str, "contract.Format"]:
    """Load the formats ASKED for; `all` are those that the settings leave a target of."""
    from tocsin import registry
    from tocsin.diagnostics import nearest

    known = registry.format_names()
    if not asked:
        wrong_use(f"which format? -f {', '.join(known)}, or {_ALL}")
    names = dict.fromkeys(each.strip() for one in asked for each in one.split(","))
    for name in names:
        if name not in (*known, _ALL):
            listed = f"; installed: {', '.join(known) or 'none'}"
            wrong_use(f"no such format: {name}{similar(nearest(name, known)) or listed}")
    formats = {name: registry.format_(name) for name in (known if _ALL in names else names)}
    if _ALL not in names:
        return formats
    return {name: each for name, each in formats.items() if name in names or _can(project, each)}


def _can(project: Project, format_: "contract.Format") -> bool:
    enabled = (project.settings.target(each.target).enabled for each in format_.wanted)
    return not format_.wanted or any(enabled)


def _allowed(given: Sequence[str] | None) -> frozenset["Verdict"]:
    from tocsin.model import Verdict

    known = {each.value: each for each in (Verdict.NARROWER, Verdict.SKEWED, Verdict.REFUSED)}
    words = {each.strip() for one in given or () for each in one.split(",")}
    for word in sorted(words - {*known}):
        wrong_use(f"--allow takes {', '.join(known)}, not `{word}`")
    return frozenset(known[word] for word in words)


def _asked(project: Project, name: str, wanted: Sequence["contract.Wanted"]) -> list["Asked"]:
    """Plan for what the format NAME wants, of the targets that the settings do not leave out."""
    enabled = [each for each in wanted if project.settings.target(each.target).enabled]
    if wanted and not enabled:
        targets = ", ".join(dict.fromkeys(each.target for each in wanted))
        wrong_use(f"{name} is made of {targets}, which the settings leave out")
    return [(each, plan) for each in enabled for plan in _plans(project, each)]


def _plans(project: Project, wanted: "contract.Wanted") -> list["Plan"]:
    """Plan for what a format wants: as the project builds the target, or by its own backend."""
    from tocsin.pipeline import Plan

    if wanted.backend is None:
        return plans_of(project, wanted.target)
    sources = sources_read(project, wanted.target)
    return [Plan(wanted.name, wanted.target, wanted.backend, sources)]


def _outcome(
    project: Project,
    name: str,
    format_: "contract.Format",
    rules: Sequence["Said"],
    asked: Sequence["Asked"],
    lock: "Lock",
) -> "Outcome":
    """Have a format make its files; one that loses a rule ends the command."""
    from tocsin.publish import Lost, publish

    try:
        return publish(name, format_, rules, asked, lock, project.settings.format(name))
    except Lost as error:
        wrong_use(f"{error}: a fault of the format, not of the rules")


def _tell(rules: "Rules", found: Sequence["Diagnostic"], otherwise: str) -> None:
    """Show what was found; with an error among it, end and say what is OTHERWISE so."""
    from tocsin.diagnostics import in_order

    every = in_order([*rules.diagnostics, *found])
    show(every, rules.sources)
    if code(every):
        say(f"{counts(every)}; {otherwise}")
        raise typer.Exit(1)


def _tell_left_out(outcomes: dict[str, "Outcome"]) -> None:
    from tocsin.publish import verdicts

    for name, outcome in outcomes.items():
        for each in outcome.left_out:
            over = f" for {', '.join(each.labels)}" if each.labels else ""
            why = ", ".join(sorted(verdicts(each.errors)))
            say(f"{name}: `{each.rule}` is left out{over}: {why}")


def _write(
    project: Project, lock: "Lock | None", outcomes: dict[str, "Outcome"], out: Path
) -> None:
    """Write the lock, if there is one, and a folder for each format."""
    from tocsin import folders, manifest
    from tocsin import lock as locks

    try:
        for name in outcomes:  # all of them, before the first is touched
            folders.check(out / name, manifest.listed)
        if lock is not None:
            folders.replace_file(project.root / locks.FILE, locks.text(lock).encode("utf-8"))
        for name, outcome in outcomes.items():
            folders.replace(out / name, outcome.files, manifest.listed)
            say(f"{name}: {number(len(outcome.files), 'file')} in {out / name}")
    except folders.NotOurs as error:
        wrong_use(str(error))
    except OSError as error:
        wrong_use(f"cannot write {error.filename or out}: {error.strerror}")
