"""Pages that lead step by step, done as they are written, with the outputs that they show."""

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
_FENCE = re.compile(r"^```(\w+)(?: file=(\S+))?\n([\s\S]*?)^```$", re.MULTILINE)
_STEP = re.compile(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


def fences(page: str) -> list[tuple[str, str, str]]:
    return _FENCE.findall((DOCS / page).read_text(encoding="utf-8"))


def steps(text: str) -> Iterator[tuple[str, str]]:
    """Yield the commands of a console, each with what it prints."""
    assert text.startswith("$ ")
    yield from _STEP.findall(text)


def run(command: str, folder: Path) -> str:
    """Run COMMAND as a person would in FOLDER, who has set up git."""
    names = {
        f"GIT_{who}_{what}": "a@example.com"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    result = subprocess.run(
        ["bash", "-c", command], cwd=folder, check=False, encoding="utf-8", timeout=120,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, **names, "PATH": path, "NO_COLOR": "1"},
    )  # fmt: skip
    # 2 is wrong use, of settings too: that has a code, of commands it has none.
    assert result.returncode < 2 or "error[E5" in result.stdout, f"{command}\n{result.stdout}"
    assert "Traceback" not in result.stdout
    return result.stdout


def changed(old: str, change: str) -> str:
    """Put the lines with a plus in place of those with a minus; a blank is before what stays."""
    lines = change.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] != "+")
    after = "".join(line[1:] for line in lines if line[0] != "-")
    assert old.count(before) == 1, change
    return old.replace(before, after)


@pytest.mark.parametrize("page", ["tutorial.md", "adding-a-source.md"])
def test_what_a_page_shows_is_what_happens(page: str, tmp_path: Path) -> None:
    checker = doctest.OutputChecker()
    (tmp_path / ".venv").mkdir()  # it is installed there
    for language, file, text in fences(page):
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if language == "diff":
            path.write_text(changed(path.read_text(encoding="utf-8"), text), encoding="utf-8")
        elif file:
            path.write_text(text, encoding="utf-8")
        elif language == "console":
            for command, wanted in steps(text):
                shown = run(command, tmp_path)
                same = checker.check_output(_ended(wanted), _ended(shown), doctest.ELLIPSIS)
                assert same, f"{command}\n{shown}"

    if page == "tutorial.md":  # what is pushed then is what the workflow of `init` publishes
        assert "left as it was" not in run("tocsin publish -f all --locked", tmp_path)


def _ended(text: str) -> str:
    return f"{text.rstrip()}\n"


def test_the_tutorial_shows_every_step() -> None:
    languages = [language for language, _, _ in fences("tutorial.md")]

    assert {"console", "diff", "sh", "tocsin", "json"} == set(languages)
    assert languages.count("console") >= 12
