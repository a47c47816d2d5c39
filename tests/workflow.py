"""Workflows and actions of GitHub: their steps read from YAML, and run as the runner does."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Step:
    """A step that runs a script, if its condition holds; ENV is in the words of GitHub."""

    name: str
    run: str
    condition: str
    env: Mapping[str, str]


def steps(path: Path) -> list[Step]:
    """Read the steps of a workflow with one job, or of an action, that run something."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    found = document["runs"] if "runs" in document else document["jobs"]["rules"]
    return [
        Step(each.get("name", ""), each["run"], each.get("if", ""), each.get("env", {}))
        for each in found["steps"]
        if "run" in each
    ]


@dataclass(frozen=True)
class Runner:
    """A folder with what scripts find around them: this `tocsin`, and the files of the runner."""

    home: Path
    workspace: Path

    @property
    def summary(self) -> Path:
        """The file that a step writes Markdown to."""
        return self.home / "summary.md"

    def run(self, script: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a script as `shell: bash` does."""
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.workspace, env={**self._env(), **env}, capture_output=True, text=True,
            encoding="utf-8", timeout=300, check=False,
        )  # fmt: skip

    def git(self, *arguments: str) -> str:
        """Run git in the workspace."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.workspace, env=self._env(), capture_output=True,
            text=True, encoding="utf-8", check=True,
        )  # fmt: skip
        return done.stdout

    def _env(self) -> dict[str, str]:
        bin_ = self.home / "bin"
        if not bin_.exists():
            bin_.mkdir(parents=True)
            command = bin_ / "tocsin"
            command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tocsin "$@"\n')
            command.chmod(0o755)
        path = (str(bin_), str(Path(sys.executable).parent), os.environ["PATH"])
        return {
            **os.environ,
            "PATH": os.pathsep.join(path),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            **{f"GIT_{who}_NAME": "Ana" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_EMAIL": "ana@example.org" for who in ("AUTHOR", "COMMITTER")},
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_BASE_REF": "main",
            "PRE_COMMIT_HOME": str(self.home / "pre-commit"),
        }
