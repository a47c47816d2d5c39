"""What CI reads of this repository: the action, the hooks, the workflow that `init` writes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from report_readers import commands, sarif
from test_cli import tocsin
from workflow import Runner, Step, steps

ROOT = Path(__file__).parent.parent
ACTION = ROOT / "action.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
INPUTS = {"PATHS": "", "SARIF": "out.sarif"}


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    made = Runner(tmp_path / "home", tmp_path / "detections")
    assert tocsin("init", "detections", cwd=tmp_path).returncode == 0
    made.git("init", "--quiet", "--initial-branch", "main")
    made.git("add", "--all")
    made.git("commit", "--quiet", "--message", "First rule")
    made.git("update-ref", "refs/remotes/origin/main", "HEAD")
    return made


def scripts() -> dict[str, Step]:
    """Return the steps of the action that run something, by their names."""
    return {each.name: each for each in steps(ACTION)}


# --- what they are


def test_the_action_is_one() -> None:
    result = run("check_jsonschema", "--builtin-schema", "vendor.github-actions", ACTION)

    assert result.returncode == 0, result.stdout


def test_the_workflow_of_init_is_one(tmp_path: Path) -> None:
    tocsin("init", cwd=tmp_path)
    workflow = tmp_path / ".github" / "workflows" / "rules.yml"

    result = run("check_jsonschema", "--builtin-schema", "vendor.github-workflows", workflow)

    assert result.returncode == 0, result.stdout


def test_the_hooks_are_hooks(tmp_path: Path) -> None:
    tocsin("init", cwd=tmp_path)

    manifest = run("pre_commit", "validate-manifest", HOOKS)
    config = run("pre_commit", "validate-config", tmp_path / ".pre-commit-config.yaml")

    assert manifest.returncode == 0, manifest.stdout
    assert config.returncode == 0, config.stdout


def test_the_hooks_run_commands_that_there_are() -> None:
    entries = re.findall(r"entry: tocsin (.*)", HOOKS.read_text(encoding="utf-8"))

    assert entries == ["fmt", "check", "lock --check"]
    for entry in entries:
        assert run("tocsin", *entry.split(), "--help").returncode == 0


def test_no_input_is_put_into_a_script(tmp_path: Path) -> None:
    tocsin("init", cwd=tmp_path)

    for path in (ACTION, tmp_path / ".github" / "workflows" / "rules.yml"):
        found = steps(path)
        assert len(found) >= 6
        assert [each.name for each in found if "${{" in each.run] == []


# --- what the action does


def test_the_steps_of_the_action_pass(runner: Runner) -> None:
    for name, step in scripts().items():
        if name != "Install Tocsin":
            done = runner.run(step.run, **INPUTS)
            assert done.returncode == 0, (name, done.stderr)

    assert sarif((runner.workspace / "out.sarif").read_text(encoding="ascii"))["results"] == []


def test_a_broken_rule_fails_the_action_and_is_a_result(runner: Runner) -> None:
    path = runner.workspace / "rules" / "execution" / "first_rule.rule"
    path.write_text(path.read_text(encoding="utf-8").replace("process.name", "process.nmae"))

    written = runner.run(scripts()["SARIF"].run, **INPUTS)
    shown = runner.run(scripts()["Rules"].run, **INPUTS)

    assert (written.returncode, written.stdout) == (0, "")
    (result,) = sarif((runner.workspace / "out.sarif").read_text(encoding="ascii"))["results"]
    assert shown.returncode == 1
    (command,) = commands(shown.stdout)
    assert (result["ruleId"], command.properties["title"]) == ("E102", "E102 unknown field")
    assert command.properties["file"] == "rules/execution/first_rule.rule"


def test_what_cannot_be_checked_fails_the_action(runner: Runner) -> None:
    for name in ("SARIF", "Rules", "Lock"):
        done = runner.run(scripts()[name].run, **{**INPUTS, "PATHS": "gone"})

        assert done.returncode == 2
        assert "no such file or folder: gone" in done.stderr


@pytest.mark.parametrize(
    "name", ["a b", "$(touch pwned)", "'; touch pwned; '", "--format=json", "*"]
)
def test_paths_are_only_paths(name: str, runner: Runner) -> None:
    (runner.workspace / "rules" / "execution").rename(runner.workspace / name)

    for step in (scripts()[each] for each in ("SARIF", "Rules", "Lock")):
        done = runner.run(step.run, **{**INPUTS, "PATHS": f"{name}\nrules\n"})

        # `use` leads nowhere from there, which shows that the folder is read.
        assert "E109" in done.stdout + done.stderr or step.name == "SARIF"
    assert not list(runner.workspace.rglob("pwned"))
    found = sarif((runner.workspace / "out.sarif").read_text(encoding="ascii"))["results"]
    assert "E109" in {each["ruleId"] for each in found}
