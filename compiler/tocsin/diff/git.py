"""What git knows of a project: revisions, and the files of one. Nothing is written but a copy."""

import os
import posixpath
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tocsin import tree
from tocsin.diagnostics import nearest
from tocsin.files import SUFFIX
from tocsin.frozen import dataclass
from tocsin.modules import MAX_BYTES
from tocsin.source import Source
from tocsin.syntax import parse

_SETTINGS = ("tocsin.toml", "pyproject.toml")
_LINK = "120000"
_FILES = frozenset({"100644", "100755", _LINK})
_MOST_FILES = 1_000_000


class NoRevision(Exception):
    """A revision that cannot be read: what is wrong, and what would mend it."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A work tree at TOP, of which a project is the part BELOW (a path with `/`, or nothing)."""

    top: Path
    below: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit by its full id, and how it is told to people: a short id and its subject."""

    id: str
    about: str


def repository(root: Path) -> Repository | None:
    """Find the work tree that the project in ROOT is part of; None if it is in none."""
    try:
        top = Path(_git(root, "rev-parse", "--show-toplevel").rstrip("\n")).resolve()
    except NoRevision as error:
        if "not a git repository" in str(error):
            return None
        raise
    below = root.resolve().relative_to(top).as_posix()
    return Repository(top, "" if below == "." else below)


def commit(inside: Repository, name: str) -> Commit:
    """Find the commit that NAME stands for. Raises `NoRevision`."""
    try:
        asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        found = _git(inside.top, *asked).strip()
    except NoRevision:
        raise NoRevision(f"no such revision: {name}{_hint(inside, name)}") from None
    shown = _git(inside.top, "show", "--no-patch", "--no-show-signature", "--format=%h %s", found)
    return Commit(found, shown.strip())


def _hint(inside: Repository, name: str) -> str:
    names = _git(inside.top, "for-each-ref", "--format=%(refname:short)").split()
    if close := nearest(name, names):
        return f"; `{close}` has a similar name"
    if _git(inside.top, "rev-parse", "--is-shallow-repository").strip() == "true":
        return "; the clone is shallow: fetch the revision first (`git fetch --unshallow`)"
    return ""


def fork(inside: Repository, base: Commit, head: Commit) -> Commit:
    """Find the commit where HEAD has left BASE, as `BASE...HEAD` means. Raises `NoRevision`."""
    try:
        return commit(inside, _git(inside.top, "merge-base", base.id, head.id).strip())
    except NoRevision:
        raise NoRevision("the two have no commit in common; is the clone shallow?") from None


def uncommitted(inside: Repository) -> int:
    """Count the files of the project that are other than in the last commit."""
    asked = ("status", "--porcelain", "-z", "--no-renames", "--", inside.below or ".")
    return _git(inside.top, *asked).count("\0")


# --- the files of a commit


@dataclass(frozen=True, slots=True)
class _Entry:
    mode: str
    id: str
    size: int


def unpack(inside: Repository, commit: Commit, folder: Path) -> bool:
    """Copy the project as of COMMIT into FOLDER, as far as rules read it; False if it has none.

    These are rule files, settings, and what rules bring in by `use` and `file`. Raises `NoRevision`
    and `OSError`.
    """
    entries = _entries(inside, commit)
    wanted = [name for name in entries if name.endswith(SUFFIX) or name in _SETTINGS]
    seen: set[str] = set()
    links: dict[str, str] = {}
    while wanted:
        fresh = [name for name in dict.fromkeys(wanted) if name in entries and name not in seen]
        seen.update(fresh)
        wanted = []
        for name, content in _contents(inside, {name: entries[name] for name in fresh}):
            if entries[name].mode == _LINK:
                links[name] = content.decode("utf-8", "surrogateescape")
                wanted.append(_beside(name, links[name]))
            else:
                _write(folder / name, content)
                wanted += _brought_in(name, content) if name.endswith(SUFFIX) else ()
    for name, target in links.items():  # last, so that nothing is written through one
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if not (folder / name).exists():
            (folder / name).symlink_to(target)
    return bool(entries)


def _entries(inside: Repository, commit: Commit) -> Mapping[str, _Entry]:
    """List the files of the project as of COMMIT, by their paths in it."""
    below = f"{inside.below}/" if inside.below else ""
    asked = ("ls-tree", "-r", "-z", "-l", "--full-tree", commit.id, "--", inside.below or ".")
    found: dict[str, _Entry] = {}
    for line in filter(None, _git(inside.top, *asked).split("\0")):
        told, _, path = line.partition("\t")
        mode, _, id_, size = told.split()
        # Larger files are not read as rules or lists; a path cannot leave the folder.
        if mode in _FILES and int(size) <= MAX_BYTES + 1 and ".." not in path.split("/"):
            found[path.removeprefix(below)] = _Entry(mode, id_, int(size))
        if len(found) > _MOST_FILES:
            raise NoRevision(f"more than {_MOST_FILES:,} files in {commit.about}")
    return found


def _contents(inside: Repository, entries: Mapping[str, _Entry]) -> Iterator[tuple[str, bytes]]:
    """Read the contents of ENTRIES, all by one process."""
    if not entries:
        return
    asked = "".join(f"{each.id}\n" for each in entries.values()).encode("ascii")
    told = _run(inside.top, ("cat-file", "--batch"), asked)
    at = 0
    for name, entry in entries.items():
        at = told.index(b"\n", at) + 1
        yield name, told[at : at + entry.size]
        at += entry.size + 1


def _brought_in(name: str, content: bytes) -> Iterator[str]:
    """Name the files that a rule file brings in."""
    file, _ = parse(Source(name, content.decode("utf-8", "replace")))
    for item in file.items:
        match item:
            case tree.Use(path=path) | tree.Let(value=tree.ListFile(path=path)):
                yield _beside(name, path.value)
            case _:
                pass


def _beside(name: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)


# --- git itself

# Nothing of a repository is run: no monitor, no pager, no fetch of what a partial clone lacks.
_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "--no-pager")


def _git(folder: Path, *arguments: str) -> str:
    return _run(folder, arguments).decode("utf-8", "surrogateescape")


def _run(folder: Path, arguments: Sequence[str], given: bytes = b"") -> bytes:
    environment = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    command: Iterable[str] = ("git", "-C", str(folder), *_SAFE, *arguments)
    try:
        done = subprocess.run(  # noqa: S603  # a list of arguments, no shell
            list(command), input=given, capture_output=True, env=environment, check=False
        )
    except FileNotFoundError:
        raise NoRevision("git is not installed, or is not in PATH") from None
    except ValueError:  # U+0000
        raise NoRevision("no such revision") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = said[0].removeprefix("fatal: ") if said else f"exit code {done.returncode}"
        raise NoRevision(f"git: {reason}")
    return done.stdout
