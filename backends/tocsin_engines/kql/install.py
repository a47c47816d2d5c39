"""Where Microsoft's parser is, and how it gets there: pinned by package-lock.json, into the cache.

Nothing here runs by itself: an engine that lacks the parser says so.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from platformdirs import user_cache_path

from tocsin_engines.engine import Missing

_HERE = Path(__file__).parent
_FILES = ("package.json", "package-lock.json", ".npmrc")
_NAME = "kusto-12.4.1"


def target() -> Path:
    """Return the folder that holds, or is to hold, the parser's node_modules."""
    return user_cache_path("tocsin") / _NAME


def installed() -> bool:
    """Say whether the parser is there."""
    return target().is_dir()


def folder() -> Path:
    """Return the folder whose node_modules holds the parser; install it if it is not there."""
    if not installed():
        _install(target())
    return target()


def npm() -> str:
    """Return the path of npm."""
    path = shutil.which("npm")
    if path is None:
        raise Missing("the KQL parser needs npm to install it: install Node.js 18 or newer")
    return path


def node() -> str:
    """Return the path of node."""
    path = shutil.which("node")
    if path is None:
        raise Missing("the KQL parser needs node: install Node.js 18 or newer")
    return path


def _install(where: Path) -> None:
    """Install beside WHERE, then rename: whoever sees the folder sees all of it."""
    command = [npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    where.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{_NAME}-", dir=where.parent) as outer:
        inner = Path(outer) / _NAME
        inner.mkdir()
        for name in _FILES:
            shutil.copy(_HERE / name, inner / name)
        _run(command, inner)
        try:
            inner.rename(where)
        except OSError:
            if not where.is_dir():  # Else another process was faster: the same bytes.
                raise


def _run(command: list[str], where: Path) -> None:
    done = subprocess.run(  # noqa: S603 - npm's path and fixed words
        command, cwd=where, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Missing(f"npm could not install the KQL parser: {done.stderr.strip()[-500:]}")
