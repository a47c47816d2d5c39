"""Fetch Microsoft's parser, pinned by package-lock.json, into the user's cache folder."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from platformdirs import user_cache_path

from gates import Missing

_HERE = Path(__file__).parent
_FILES = ("package.json", "package-lock.json", ".npmrc")
_NAME = "kusto-12.4.1"


def folder() -> Path:
    """Return the folder whose node_modules holds the parser; install it if it is not there."""
    target = user_cache_path("tocsin") / _NAME
    if not target.is_dir():
        _install(target)
    return target


def npm() -> str:
    """Return the path of npm."""
    path = shutil.which("npm")
    if path is None:
        raise Missing("the KQL gate needs npm to install its parser: install Node.js with npm")
    return path


def _install(target: Path) -> None:
    """Install beside `target`, then rename: whoever sees the folder sees all of it."""
    command = [npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{_NAME}-", dir=target.parent) as outer:
        inner = Path(outer) / _NAME
        inner.mkdir()
        for name in _FILES:
            shutil.copy(_HERE / name, inner / name)
        _run(command, inner)
        try:
            inner.rename(target)
        except OSError:
            if not target.is_dir():  # Else another process was faster: the same bytes.
                raise


def _run(command: list[str], where: Path) -> None:
    done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"the KQL gate could not install its parser: {done.stderr.strip()[-500:]}")
