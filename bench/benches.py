"""The benches: each writes what it needs, runs whole processes in turn, and returns rows."""

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from detections import Detection, Field, Test, detections
from measuring import Failed, Row, Run, median, ratio, run
from tools import PIPELINES, ROOT, Tools
from writing import SETTINGS, sigma, write_rules, write_sigma

_RULE = ROOT / "rules" / "execution" / "node_load_dir_res.rule"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured, and where: FOLDER is empty, and each bench has its own below it."""

    tools: Tools
    folder: Path
    rules: int
    runs: int
    large: bool

    def below(self, name: str) -> "Plan":
        """Make a folder for the bench NAME."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return Plan(self.tools, folder, self.rules, self.runs, self.large)


def cold(plan: Plan) -> Iterator[Row]:
    """One rule, everything new: mostly start-up."""
    one = plan.folder / "one.yml"
    one.write_text(sigma(next(detections(1))), encoding="utf-8")
    ours = plan.tools.compile(_RULE, "kql")
    out = plan.folder / "out"
    kusto = plan.tools.convert(one, "kusto", out, pipelines=True)
    splunk = plan.tools.convert(one, "splunk", out, pipelines=False)
    version = [str(plan.tools.ours / "tocsin"), "--version"]
    commands = {
        "tocsin compile -t kql": ours,
        "sigma convert -t kusto -p microsoft_xdr": kusto,
        "sigma convert -t splunk --without-pipeline": splunk,
        "tocsin --version": version,
    }
    runs = _in_turn([partial(run, each, ROOT) for each in commands.values()], plan.runs)
    for name, measured in zip(commands, runs, strict=True):
        goal = "≤ 0.5 of `sigma convert`" if measured is runs[0] else ""
        share = f"{1 / ratio(runs[0], measured):.2f}" if "sigma" in name else ""
        yield _row("cold", f"`{name}`", measured, f"ours is {share}" if share else "", goal)


def peers(plan: Plan) -> Iterator[Row]:
    """Take the same rules to four targets; no pipelines, though real queries want them."""
    yield from _against("peers", list(detections(plan.rules)), plan, pipelines=False)


def pipelines(plan: Plan) -> Iterator[Row]:
    """Do so with the pipelines that give fields the names of the product, as ours always has."""
    # The pipeline for Defender XDR has no table for them.
    made = [each for each in detections(plan.rules) if each.event != "dns.query"]
    yield from _against("pipelines", made, plan, pipelines=True)


def tested(plan: Plan) -> Iterator[Row]:
    """What it adds that each rule of ours brings two tests, which Sigma rules do not have."""
    made = list(detections(plan.rules))
    bare, full = plan.folder / "bare", plan.folder / "tested"
    write_rules(made, bare)
    write_rules(made, full, tests=True)
    without, runs = _in_turn([partial(_built, plan, each) for each in (bare, full)], plan.runs)
    yield _row("tested", f"{len(made):,} rules, four targets, no tests", without)
    added = f"{ratio(without, runs):.2f}x of without"
    yield _row("tested", f"{len(made):,} rules, four targets, two tests each", runs, added)


def scaling(plan: Plan) -> Iterator[Row]:
    """From a hundred rules to a hundred thousand: time for each, and memory."""
    sizes = (100, 1_000, 10_000, *((100_000,) if plan.large else ()))
    thousand = 0.0
    for size in sizes:
        folder = plan.folder / str(size)
        write_rules(detections(size), folder)
        runs = [_built(plan, folder) for _ in range(plan.runs if size <= 1_000 else 1)]
        each = median(runs).seconds / size
        thousand = each if size == 1_000 else thousand
        share = f", {each / thousand:.2f}x of 1,000" if size > 1_000 else ""
        goal = "≤ 1.25x a rule" if size == 100_000 else ""
        told = f"{each * 1000:.2f} ms a rule{share}"
        yield _row("scaling", f"{size:,} rules, four targets", runs, told, goal)
        shutil.rmtree(folder)


def lists(plan: Plan) -> Iterator[Row]:
    """One rule with a list of fifty and of a hundred thousand names."""
    runs: dict[int, list[Run]] = {}
    for size in (50_000, 100_000):
        folder = plan.folder / str(size)
        made = _with_list(size)
        write_rules([made], folder)
        write_sigma([made], folder / "sigma")
        splunk = plan.tools.convert(
            folder / "sigma", "splunk", plan.folder / "out", pipelines=False
        )
        mine, theirs = _in_turn(
            [partial(_built, plan, folder), partial(run, splunk, plan.folder)], plan.runs
        )
        runs[size] = mine
        goals = "≤ one `sigma convert -t splunk`" if size == 50_000 else "≤ 2.2x of 50,000"
        told = f"{1 / ratio(mine, theirs):.2f} of sigma"
        if size > 50_000:
            told += f", {ratio(runs[50_000], mine):.2f}x of 50,000"
        yield _row("lists", f"{size:,} strings, four targets", mine, told, goals)
        yield _row("lists", f"{size:,} strings, `sigma convert -t splunk`", theirs)


def nesting(plan: Plan) -> Iterator[Row]:
    """Ten thousand parentheses, ten thousand `not`: it compiles, or says why in one finding."""
    test = 'process.name is "node.exe"'
    conditions = {
        "parentheses": "(" * 10_000 + test + ")" * 10_000,
        "`not`": "not " * 10_000 + test,
    }
    for what, condition in conditions.items():
        rules = plan.folder / what.strip("`") / "rules"
        rules.mkdir(parents=True)
        (rules.parent / "tocsin.toml").write_text(SETTINGS, encoding="utf-8")
        text = f"rule deep {{\n  detect process.start on windows where {condition}\n}}\n"
        (rules / "deep.rule").write_text(text, encoding="utf-8")
        told, measured = _said(plan, rules.parent)
        goal = "compiles, or one clean diagnostic"
        yield _row("nesting", f"10,000 nested {what}", [measured], told, goal)


def parallel(plan: Plan) -> Iterator[Row]:
    """Two workers against one."""
    write_rules(detections(plan.rules), plan.folder)
    one, two = _in_turn(
        [partial(_built, plan, plan.folder, "-j", workers) for workers in "12"], plan.runs
    )
    yield _row("parallel", f"{plan.rules:,} rules, `-j 1`", one)
    told = f"{1 / ratio(one, two):.2f}x as fast"
    yield _row("parallel", f"{plan.rules:,} rules, `-j 2`", two, told, "≥ 1.5x")


def rebuild(plan: Plan) -> Iterator[Row]:
    """Into the same folder again: nothing changed, then one rule."""
    write_rules(detections(plan.rules), plan.folder)
    changed = plan.folder / "rules" / "generated_000000.rule"
    text = changed.read_text(encoding="utf-8")
    full: list[Run] = []
    same: list[Run] = []
    one: list[Run] = []
    for number in range(plan.runs):
        full.append(_built(plan, plan.folder))
        same.append(_built(plan, plan.folder, fresh=False))
        changed.write_text(text.replace("Detects", f"{number} detects", 1), encoding="utf-8")
        one.append(_built(plan, plan.folder, fresh=False))
    yield _row("rebuild", f"{plan.rules:,} rules, all new", full)
    told = f"{ratio(full, same):.2f} of a full build"
    yield _row("rebuild", "no change", same, told, "≤ 0.10 of a full build")
    told = f"{ratio(same, one):.2f}x no change"
    yield _row("rebuild", "one rule changed", one, told, "≤ 1.3x no change")


BENCHES: Mapping[str, Callable[[Plan], Iterator[Row]]] = {
    bench.__name__: bench
    for bench in (cold, peers, pipelines, tested, scaling, lists, nesting, parallel, rebuild)
}

# --- what they share


def _against(name: str, made: list[Detection], plan: Plan, *, pipelines: bool) -> Iterator[Row]:
    write_rules(made, plan.folder)
    rules, out = plan.folder / "sigma", plan.folder / "peer"
    write_sigma(made, rules)
    out.mkdir()

    def four() -> Run:
        commands = [
            plan.tools.convert(rules, target, out / target, pipelines=pipelines)
            for target in PIPELINES
        ]
        whole = run(commands[0], plan.folder)
        for command in commands[1:]:
            whole = whole.then(run(command, plan.folder))
        return whole

    strong = plan.tools.strong(rules, out, pipelines=pipelines)
    ours, single, one, four_runs = _in_turn(
        [
            partial(_built, plan, plan.folder),
            partial(_built, plan, plan.folder, "-j", "1"),
            partial(run, strong, plan.folder),
            four,
        ],
        plan.runs,
    )

    def told(theirs: Sequence[Run]) -> str:
        return f"ours is {ratio(ours, theirs):.1f}x as fast, {ratio(single, theirs):.1f}x by `-j 1`"

    yield _row(name, f"{len(made):,} rules, four targets, ours", ours)
    yield _row(name, "the same by `-j 1`", single)
    yield _row(name, "four `sigma convert`", four_runs, told(four_runs), "≥ 10x")
    yield _row(name, "pySigma and libyaml, one process", one, told(one), "≥ 3x")


def _in_turn(what: Sequence[Callable[[], Run]], runs: int) -> list[list[Run]]:
    """Run each of WHAT once for the file caches, then A B C A B C …: a busy moment meets all."""
    for each in what:
        each()
    rounds = [[each() for each in what] for _ in range(runs)]
    return [list(column) for column in zip(*rounds, strict=True)]


def _built(plan: Plan, project: Path, *options: str, fresh: bool = True) -> Run:
    """Build PROJECT, into a folder that is not there yet unless it is to be built over.

    FRESH forgets what an earlier build has kept, but for the parser's tables.
    """
    out, cache = project / "dist", project / "cache"
    if fresh:
        shutil.rmtree(out, ignore_errors=True)
        for kept in cache.rglob("builds.sqlite*"):
            kept.unlink()
    return run(plan.tools.build(out, *options), project, cache)


def _said(plan: Plan, project: Path) -> tuple[str, Run]:
    """Build PROJECT, which may be refused, and tell how it ended."""
    command = plan.tools.build(project / "dist")
    ended = subprocess.run(command, cwd=project, capture_output=True, text=True)
    if "Traceback" in ended.stderr or ended.returncode not in {0, 1}:
        raise Failed(f"exit code {ended.returncode}: {ended.stderr[-400:]}")
    errors = [line for line in ended.stderr.splitlines() if line.startswith("error")]
    # A failed build is timed as well: the shell takes its exit code for success.
    timed = ["sh", "-c", '"$@" || true', "sh", *command]
    return ("; ".join(errors) or "compiles"), run(timed, project)


def _with_list(size: int) -> Detection:
    values = tuple(f"host-{number:06}.example.org" for number in range(size))
    names = Test(Field("dns.question.name", "QueryName"), "is", values, values[0])
    made = next(detections(1))
    return Detection(
        *(made.number, made.id, made.title, "dns.query", made.level, made.technique),
        *("one", (((names,),),), ()),
    )


def _row(bench: str, what: str, runs: Sequence[Run], told: str = "", goal: str = "") -> Row:
    whole = median(runs)
    return Row(bench, what, whole.seconds, whole.mebibytes, told, goal)
