"""What git knows of a project: its work tree, its revisions, what is not committed."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tocsin.diagnostics import nearest
from tocsin.frozen import dataclass

_ID = re.compile("[0-9a-f]{40,64}")


class NoRevision(Exception):
    """A revision that cannot be read: what is wrong, and what would mend it."""


class UnknownRevision(NoRevision):
    """A name that stands for no revision."""


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
        top = Path(run(root, "rev-parse", "--show-toplevel").removesuffix("\n")).resolve()
    except NoRevision as error:
        if "not a git repository" in str(error):
            return None
        raise
    if not root.resolve().is_relative_to(top):  # a repository may say where its work tree is
        raise NoRevision(f"git: the work tree of the repository is {top}")
    below = root.resolve().relative_to(top).as_posix()
    return Repository(top, "" if below == "." else below)


def commit(inside: Repository, name: str) -> Commit:
    """Find the commit that NAME stands for. Raises `NoRevision`."""
    found = _verified(inside, name)
    id_ = _verified(inside, f"{found}^{{commit}}") if found else None
    if id_ is None:
        if found and (kind := _kind(inside, found)):
            raise NoRevision(f"no commit: {name} is a {kind}")
        raise UnknownRevision(f"no such revision: {name}{_hint(inside, name)}")
    told = ("--no-patch", "--no-show-signature", "--encoding=UTF-8", "--format=%h %s")
    return Commit(id_, run(inside.top, "show", *told, id_).strip())


def _verified(inside: Repository, name: str) -> str | None:
    try:
        asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        found = run(inside.top, *asked).strip()
    except NoRevision:
        return None
    return found if _ID.fullmatch(found) else None  # `^main` is what is not to be shown


def _kind(inside: Repository, id_: str) -> str | None:
    try:
        return run(inside.top, "cat-file", "-t", id_).strip()
    except NoRevision:  # an id in full is taken for one, whatever is there
        return None


def _hint(inside: Repository, name: str) -> str:
    names = run(inside.top, "for-each-ref", "--format=%(refname:short)").split("\n")
    of_remote = (each for each in names if name and each.endswith(f"/{name}"))
    if close := next(of_remote, None) or nearest(name, names):
        return f"; `{close}` has a similar name"
    if run(inside.top, "rev-parse", "--is-shallow-repository").strip() == "true":
        return "; the clone is shallow: fetch the revision first (`git fetch --unshallow`)"
    return ""


def fork(inside: Repository, base: Commit, head: Commit) -> Commit:
    """Find the commit where HEAD has left BASE, as `BASE...HEAD` means. Raises `NoRevision`."""
    try:
        return commit(inside, run(inside.top, "merge-base", base.id, head.id).strip())
    except NoRevision:
        raise NoRevision("the two have no commit in common; is the clone shallow?") from None


def uncommitted(inside: Repository) -> int:
    """Count the files of the project that are other than in the last commit."""
    asked = ("--porcelain", "-z", "--no-renames", "--untracked-files=all")
    # Nobody asks a submodule, in which git would run what its settings name.
    where = ("--ignore-submodules=dirty", "--", inside.below or ".")
    told = run_bytes(inside.top, ("status", *asked, *where), settings=_no_filters(inside))
    return told.count(b"\0")


def _no_filters(inside: Repository) -> dict[str, str]:
    """Leave out the programs that a repository has its files read through."""
    try:
        asked = ("--name-only", "-z", "--get-regexp", r"^filter\..*\.(clean|process|required)$")
        names = run(inside.top, "config", *asked).split("\0")
    except NoRevision:  # there is none
        return {}
    return {name: "false" if name.endswith(".required") else "" for name in names if name}


# --- git itself

# Nothing of a repository is run: no monitor, no hook, no pager, no fetch of what a clone lacks.
_SAFE = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "--no-pager")
_ALSO = {
    "LC_ALL": "C",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
# Which repository is meant the folder says; a hook is told of one by these.
_PLACES = frozenset(
    {"GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_NAMESPACE", "GIT_PREFIX"}
)


def run(folder: Path, *arguments: str) -> str:
    """Run git in FOLDER and return what it says; a path may be bytes that are no text."""
    return run_bytes(folder, arguments).decode("utf-8", "surrogateescape")


def run_bytes(
    folder: Path,
    arguments: Sequence[str],
    given: bytes = b"",
    settings: Mapping[str, str] | None = None,
) -> bytes:
    """Run git in FOLDER, GIVEN as its input, under SETTINGS. Raises `NoRevision`."""
    command = ["git", "-C", str(folder), *_SAFE, *arguments]
    try:
        done = subprocess.run(  # noqa: S603  # a list of arguments, no shell
            command, input=given, capture_output=True, env=_environment(settings or {}), check=False
        )
    except FileNotFoundError:
        raise NoRevision("git is not installed, or is not in PATH") from None
    except ValueError:  # U+0000
        raise UnknownRevision("no such revision") from None
    if done.returncode:
        reason = _reason(done.stderr) or f"exit code {done.returncode}"
        if "promisor" in reason:
            raise NoRevision(
                "the clone is partial, and lacks files of this revision: fetch them first"
            )
        raise NoRevision(f"git: {reason}")
    return done.stdout


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _PLACES}
    count = int(kept.get("GIT_CONFIG_COUNT") or 0)
    for place, (name, value) in enumerate(settings.items(), count):
        kept |= {f"GIT_CONFIG_KEY_{place}": name, f"GIT_CONFIG_VALUE_{place}": value}
    return {**kept, **_ALSO, "GIT_CONFIG_COUNT": str(count + len(settings))}


def _reason(said: bytes) -> str:
    """Find the line that tells why git has given up."""
    lines = said.decode("utf-8", "replace").strip().splitlines()
    fatal = (line.removeprefix("fatal: ") for line in lines if line.startswith("fatal: "))
    return next(fatal, lines[0] if lines else "")
