"""What BASE and HEAD stand for: a folder, the working tree, or a revision that is copied out."""

import os
from pathlib import Path

from tocsin.diff import git
from tocsin.diff.git import NoRevision, Repository
from tocsin.files import find_root
from tocsin.frozen import dataclass

WORKING_TREE = "working tree"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a side stands: the FOLDER whose rules are meant, the ROOT of its project.

    ASKED is what was asked for, ABOUT what that is. MISSING says that a revision has no such place.
    """

    asked: str
    about: str
    folder: Path
    root: Path
    missing: bool = False


def places(base: str, head: str | None, root: Path, copies: Path) -> tuple[Place, Place, list[str]]:
    """Find both sides of the project in ROOT, revisions copied to COPIES, and what to note of them.

    Without HEAD it is the working tree. Raises `NoRevision`, and `OSError` from copying.
    """
    finder = _Finder(root, copies)
    if head is None and ".." in base and not _is_folder(base):
        before, dots, after = base.partition("..." if "..." in base else "..")
        return finder.span(before or "HEAD", after or "HEAD", forked=dots == "...")
    first = finder.find(base)
    second = finder.working_tree() if head is None else finder.find(head)
    return first, second, finder.notes(first, second)


def _is_folder(name: str) -> bool:
    try:
        return Path(name).is_dir()
    except (OSError, ValueError):  # a name too long, U+0000
        return False


class _Finder:
    def __init__(self, root: Path, copies: Path) -> None:
        self._root = root.resolve()
        self._copies = copies.resolve()
        self._inside: Repository | None = None

    def find(self, name: str) -> Place:
        """Find a folder or a revision; what could be both has to be said more clearly."""
        if not _is_folder(name):
            return self._copy(name, self._commit(name))
        if os.sep not in name and self._is_revision(name):
            raise NoRevision(f"`{name}` is a folder and a revision: write ./{name} or heads/{name}")
        folder = Path(name).resolve()
        return Place(name, "a folder", folder, find_root(folder).resolve())

    def working_tree(self) -> Place:
        """Take the project as it stands in its folder."""
        return Place(WORKING_TREE, self._state(), self._root, self._root)

    def span(self, base: str, head: str, *, forked: bool) -> tuple[Place, Place, list[str]]:
        """Find `BASE..HEAD`, or with FORKED `BASE...HEAD`: HEAD against where it left BASE."""
        before, after = self._commit(base), self._commit(head)
        start = git.fork(self._repository(), before, after) if forked else before
        asked = f"{base}...{head}, where they part" if forked else base
        first, second = self._copy(asked, start), self._copy(head, after)
        return first, second, self.notes(first, second)

    def notes(self, base: Place, head: Place) -> list[str]:
        """Tell what a reader might take for a change of the rules, or might miss."""
        lacking = [each.asked for each in (base, head) if each.missing]
        lines = [f"{asked} has no such project: it has no rules there" for asked in lacking]
        if self._inside and head.asked != WORKING_TREE and head.folder != self._root:
            count = git.uncommitted(self._inside)
            if count:
                lines.append(f"{_files(count)} not committed: no part of this")
        return lines

    # --- revisions

    def _repository(self) -> Repository:
        if self._inside is None:
            self._inside = git.repository(self._root)
        if self._inside is None:
            raise NoRevision(f"no revisions here: {self._root.name} is in no git repository")
        return self._inside

    def _commit(self, name: str) -> git.Commit:
        try:
            return git.commit(self._repository(), name)
        except NoRevision as error:
            raise NoRevision(f"{error} (nor is there a folder `{name}`)") from None

    def _is_revision(self, name: str) -> bool:
        try:
            git.commit(self._repository(), name)
        except NoRevision:
            return False
        return True

    def _copy(self, asked: str, commit: git.Commit) -> Place:
        folder = self._copies / commit.id
        has = folder.exists() and any(folder.iterdir())
        if not has:
            folder.mkdir(exist_ok=True)
            has = git.unpack(self._repository(), commit, folder)
        return Place(asked, commit.about, folder, folder, missing=not has)

    def _state(self) -> str:
        try:
            inside = git.repository(self._root)
            count = git.uncommitted(inside) if inside else 0
        except NoRevision:  # a folder against a folder takes no git
            count = 0
        return f"{_files(count)} not committed" if count else "as it stands"


def _files(count: int) -> str:
    return "1 file is" if count == 1 else f"{count} files are"
