"""What docs/ci.md shows: its commands are run, and its files are held against their schemas."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from report_readers import commands, junit, sarif
from workflow import Runner

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
SCHEMAS = {
    ".github/workflows/rules.yml": "vendor.github-workflows",
    ".github/workflows/code-scanning.yml": "vendor.github-workflows",
    ".gitlab-ci.yml": "vendor.gitlab-ci",
    "azure-pipelines.yml": "vendor.azure-pipelines",
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def files() -> dict[str, str]:
    """Return the files that are shown, by the names in their first lines."""
    named = (re.match(r"# (\S+)\n", text) for text in blocks("yaml"))
    return {name[1]: name.string for name in named if name}


def test_the_files_are_shown() -> None:
    assert files().keys() == {*SCHEMAS, ".pre-commit-config.yaml"}
    assert len(blocks("yaml")) == len(files())


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_file_that_is_shown_fits_its_schema(name: str, tmp_path: Path) -> None:
    path = tmp_path / Path(name).name
    path.write_text(files()[name], encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", SCHEMAS[name],
         "--regex-variant", "nonunicode", path],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout


def test_the_hooks_that_are_shown_are_ours(tmp_path: Path) -> None:
    text = files()[".pre-commit-config.yaml"]
    path = tmp_path / ".pre-commit-config.yaml"
    path.write_text(text, encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-config", path],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout
    ours = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    ids = re.findall(r"- id: (\S+)", ours)
    assert set(re.findall(r"- id: (\S+)", text)) <= set(ids)
    assert all(f"`{each}`" in PAGE for each in ids)


def test_the_inputs_of_the_action_are_listed() -> None:
    action = (ROOT / "action.yml").read_text(encoding="utf-8")
    inputs = action.partition("inputs:\n")[2].partition("\nruns:")[0]

    listed = re.findall(r"^\| `([a-z-]+)` \|", PAGE.partition("| input |")[2], re.MULTILINE)
    assert listed == re.findall(r"^  ([a-z-]+):$", inputs, re.MULTILINE)


def test_the_commands_that_are_shown_pass(tmp_path: Path) -> None:
    begin, *others = blocks("sh")
    outside = Runner(tmp_path / "home", tmp_path)
    done = outside.run(begin)
    assert done.returncode == 0, done.stderr
    runner = Runner(tmp_path / "home", tmp_path / "detections")
    runner.git("update-ref", "refs/remotes/origin/main", "HEAD")

    shown = [*others, *re.findall(r"(?:- (?:script: |run: )?|sh ')(tocsin [^'\n]+)", PAGE)]
    for block in shown:
        done = runner.run(block)
        assert done.returncode == 0, (block, done.stdout, done.stderr)

    assert len(shown) > 10
    assert sarif((runner.workspace / "tocsin.sarif").read_text(encoding="utf-8"))["results"] == []
    cases = junit((runner.workspace / "junit.xml").read_text(encoding="utf-8"))
    assert "rules.execution.first_rule.first_rule" in {each.class_name for each in cases}
    assert list(commands(runner.run("tocsin check --format github").stdout)) == []
