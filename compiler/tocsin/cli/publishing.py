"""`publish` and `lock`: packs that products import, and the versions of the rules in them."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tocsin.cli.app import Paths, app
from tocsin.cli.faults import faults_shown
from tocsin.cli.output import code, counts, number, say, show, similar, wrong_use
from tocsin.cli.project import (
    Project,
    all_found,
    all_plans,
    find_project,
    plans_of,
    read_rules,
    rendered,
    sources_read,
)

if TYPE_CHECKING:  # the types of what commands import by themselves
    from tocsin.diagnostics import Diagnostic
    from tocsin.format import Format, Wanted
    from tocsin.lock import Lock, State
    from tocsin.pipeline import Plan, Rendering, Rules
    from tocsin.publish import Made, Outcome

_ALL = "all"


@app.command()
@faults_shown
def publish(
    paths: Paths = None,
    format_: Annotated[
        list[str] | None,
        typer.Option("--format", "-f", help="elastic-toml, sentinel-yaml, splunk-app, …; or all."),
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
    """Write packs that products import; with an error nothing is written.

    Example: tocsin publish rules -f elastic-toml -f splunk-app
    """
    from tocsin import pack
    from tocsin import publish as publishing

    project = find_project(paths)
    formats = _formats(format_)
    allowed = _allowed(allow)
    rules = read_rules(project)
    lock, states, found = _locking(project, rules, may_change=not locked)
    made = {name: _made(project, rules, each) for name, each in formats.items()}
    outcomes = {
        name: publishing.publish(name, each, made[name], lock, project.settings.format(name))
        for name, each in formats.items()
    }
    found += [one for each in outcomes.values() for one in each.diagnostics]
    found += [one for each in outcomes.values() for one in _not_allowed(each, allowed)]
    show(_in_order(rules, found), rules.sources)
    _tell_left_out(outcomes, allowed)
    if code([*rules.diagnostics, *found]):
        say(f"{counts(_in_order(rules, found))}; {out} is left as it was")
        raise typer.Exit(1)
    try:
        if not locked:
            _write_lock(project, lock)
        for name, outcome in outcomes.items():
            pack.replace(outcome.files, out / name)
    except pack.NotAPack as error:
        wrong_use(str(error))
    except OSError as error:
        wrong_use(f"cannot write {error.filename or out}: {error.strerror}")
    for name, outcome in outcomes.items():
        say(f"{name}: {number(len(outcome.files), 'file')} in {out / name}")


@app.command()
@faults_shown
def lock(
    paths: Paths = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if stale.")] = False,
) -> None:
    """Take every rule into tocsin.lock: a version that rises when the meaning changes.

    Example: tocsin lock --check
    """
    project = find_project(paths)
    rules = read_rules(project)
    new, states, found = _locking(project, rules, may_change=not check)
    show(_in_order(rules, found), rules.sources)
    if code([*rules.diagnostics, *found]):
        say(f"{counts(_in_order(rules, found))}; tocsin.lock is left as it was")
        raise typer.Exit(1)
    if not check:
        _write_lock(project, new)
    say(f"{number(len(states), 'rule')} in tocsin.lock")


def _formats(asked: Sequence[str] | None) -> dict[str, "Format"]:
    from tocsin import registry
    from tocsin.diagnostics import nearest

    known = registry.format_names()
    if not asked:
        wrong_use(f"which format? -f {', '.join(known)} or {_ALL}")
    names = dict.fromkeys(each.strip() for one in asked for each in one.split(","))
    for name in names:
        if name not in (*known, _ALL):
            listed = f"; installed: {', '.join(known) or 'none'}"
            wrong_use(f"no such format: {name}{similar(nearest(name, known)) or listed}")
    return {name: registry.format_(name) for name in (known if _ALL in names else names)}


def _allowed(given: Sequence[str] | None) -> frozenset[str]:
    known = ("narrower", "refused", "skewed")
    words = {each.strip() for one in given or () for each in one.split(",")}
    for word in sorted(words - {*known}):
        wrong_use(f"--allow takes {', '.join(known)}, not `{word}`")
    return frozenset(words)


def _made(project: Project, rules: "Rules", format_: "Format") -> list["Made"]:
    """Say every sound rule by every plan of what FORMAT_ wants."""
    from tocsin.publish import Made

    plans = [(wanted, plan) for wanted in format_.wanted for plan in _plans(project, wanted)]
    made: list[Made] = []
    said = _by_rule(rules, [plan for _, plan in plans])
    for (rule, is_sound), renderings in zip(
        zip(rules.rules, rules.sound(), strict=True), said, strict=True
    ):
        if is_sound:
            joined = zip(plans, renderings, strict=True)
            made.append(Made(rule, tuple((wanted, plan, each) for (wanted, plan), each in joined)))
    return made


def _plans(project: Project, wanted: "Wanted") -> list["Plan"]:
    """Plan for what a format wants: as the project builds the target, or by its own backend."""
    from tocsin.pipeline import Plan

    if wanted.backend is None:
        return plans_of(project, wanted.target)
    sources = sources_read(project, wanted.target)
    return [Plan(wanted.name, wanted.target, wanted.backend, sources)]


def _by_rule(rules: "Rules", plans: Sequence["Plan"]) -> list[list["Rendering"]]:
    renderings = rendered(rules, plans)
    size = len(plans)
    return [renderings[at * size : (at + 1) * size] for at in range(len(rules.rules))]


def _locking(
    project: Project, rules: "Rules", *, may_change: bool
) -> tuple["Lock", list["State"], list["Diagnostic"]]:
    """Hold the rules against the lock: return it as it will be, or what it does not have."""
    from tocsin import lock as locks
    from tocsin import publish as publishing

    try:
        known = locks.read(project.root) or {}
    except locks.BadLock as error:
        show([locks.unreadable(project.root, locks.FILE, error)], {})
        raise typer.Exit(2) from None
    plans = all_plans(project)
    states = list(publishing.states(zip(rules.rules, _by_rule(rules, plans), strict=True), plans))
    if may_change:
        return locks.updated(known, states), states, []
    return known, states, list(publishing.unlocked(known, states))


def _write_lock(project: Project, lock: "Lock") -> None:
    from tocsin import lock as locks
    from tocsin import pack

    pack.replace_file(project.root / locks.FILE, locks.text(lock).encode("utf-8"))


def _not_allowed(outcome: "Outcome", allowed: frozenset[str]) -> Iterable["Diagnostic"]:
    for errors in outcome.left_out.values():
        if not _verdicts(errors) <= allowed:
            yield from errors


def _verdicts(errors: Iterable["Diagnostic"]) -> frozenset[str]:
    from tocsin.diagnostics import Code

    words = {Code.NARROWER: "narrower", Code.SKEWED: "skewed"}
    return frozenset(words.get(each.code, "refused") for each in errors)


def _tell_left_out(outcomes: dict[str, "Outcome"], allowed: frozenset[str]) -> None:
    for name, outcome in outcomes.items():
        for rule, errors in outcome.left_out.items():
            if (words := _verdicts(errors)) <= allowed:
                say(f"{name}: `{rule}` is left out: {', '.join(sorted(words))}")


def _in_order(rules: "Rules", found: Sequence["Diagnostic"]) -> tuple["Diagnostic", ...]:
    from tocsin.diagnostics import in_order

    return in_order([*rules.diagnostics, *found])
