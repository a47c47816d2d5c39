"""Which files are meant: the rule files in folders, and the project that they are in."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

SUFFIX = ".rule"
ROOT_MARKS = ("tocsin.toml", "pyproject.toml", ".git")


def rule_files(paths: Iterable[Path]) -> list[Path]:
    """List the rule files in PATHS, folders searched, sorted, each once."""
    files: dict[Path, None] = {}
    for path in paths:
        inside = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
        files.update((each, None) for each in inside if not _hidden(each, path))
    return list(files)


def _hidden(path: Path, below: Path) -> bool:
    parts = path.relative_to(below).parts if path != below else ()
    return any(part.startswith(".") for part in parts)


def find_root(path: Path) -> Path:
    """Find the project root: the nearest folder with a mark of one, else the file's own."""
    start = path.resolve()
    folder = start if start.is_dir() else start.parent
    for candidate in (folder, *folder.parents):
        marks = (candidate / mark for mark in ROOT_MARKS)
        if any(mark.exists() or mark.is_symlink() for mark in marks):
            return candidate
    return folder


def from_repository(root: Path) -> Callable[[str], str]:
    """Return what names a file from the repository that ROOT is in, if in one, by its `name_of`.

    A file that is not in there is called by its last name.
    """
    here, root = Path.cwd(), root.resolve()
    git = (each for each in (root, *root.parents) if (each / ".git").exists())
    top = next(git, root)

    def named(file: str) -> str:
        for base in (here, root):
            path = Path(os.path.normpath(base / file))
            if path.is_relative_to(top) and os.path.lexists(path):
                return path.relative_to(top).as_posix()
        return Path(file).name

    return named


def name_of(path: str, root: str) -> str:
    """Name the resolved PATH as messages do: from here, else from the resolved ROOT."""
    # As texts: a project may have 100,000 files.
    for base in (os.getcwd(), root):  # noqa: PTH109
        if path == base:
            return "."
        if path.startswith(start := base if base.endswith(os.sep) else base + os.sep):
            return path[len(start) :].replace(os.sep, "/")
    return Path(path).name
