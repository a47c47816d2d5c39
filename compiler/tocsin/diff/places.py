"""What BASE and HEAD stand for: a folder, the working tree, or a revision that is copied out."""

from collections.abc import Iterator
from pathlib import Path

from tocsin.diff import copies, git
from tocsin.diff.git import NoRevision, Repository, UnknownRevision
from tocsin.files import SUFFIX, find_root
from tocsin.frozen import dataclass
from tocsin.text import number

WORKING_TREE = "working tree"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a side stands: the FOLDER whose rules are meant, the ROOT of its project.

    ASKED is what was asked for, ABOUT what that is, NOTES tell what a copy has to do without.
    """

    asked: str
    about: str
    folder: Path
    root: Path
    notes: tuple[str, ...] = ()


def places(base: str, head: str | None, root: Path, folder: Path) -> tuple[Place, Place, list[str]]:
    """Find both sides of the project in ROOT, revisions copied to FOLDER, and what to note of them.

    Without HEAD it is the working tree. Raises `NoRevision`, and `OSError` from copying.
    """
    finder = _Finder(root, folder)
    before, dots, after = base.partition("..." if "..." in base else "..")
    # No revision has a `/` at its end: `../old` is a folder that is not there.
    is_path = before.endswith("/") or after.startswith("/")
    if head is None and dots and not is_path and not _is_folder(base):
        return finder.span(before or "HEAD", after or "HEAD", forked=dots == "...")
    first = finder.find(base)
    second = finder.working_tree() if head is None else finder.find(head)
    return first, second, finder.notes(first, second)


def _is_folder(name: str) -> bool:
    try:
        return name != "" and Path(name).is_dir()
    except (OSError, ValueError):  # a name too long, U+0000
        return False


class _Finder:
    def __init__(self, root: Path, folder: Path) -> None:
        self._root = root.resolve()
        self._copies = folder.resolve()
        self._inside: Repository | None = None

    def find(self, name: str) -> Place:
        """Find a folder or a revision; what could be both has to be said more clearly."""
        if not _is_folder(name):
            return self._copy(name, self._commit(name))
        if self._is_revision(name):
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
        lines = [*base.notes, *head.notes]
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
        except UnknownRevision as error:
            raise NoRevision(f"{error} (nor is there a folder `{name}`)") from None

    def _is_revision(self, name: str) -> bool:
        try:
            git.commit(self._repository(), name)
        except NoRevision:
            return False
        return True

    def _copy(self, asked: str, commit: git.Commit) -> Place:
        folder = self._copies / commit.id
        if folder.exists():  # both sides are the same commit
            return Place(asked, commit.about, folder, folder)
        folder.mkdir()
        copied = copies.copy(self._repository(), commit, folder)
        return Place(asked, commit.about, folder, folder, tuple(self._lacking(asked, copied)))

    def _lacking(self, asked: str, copied: copies.Copied) -> Iterator[str]:
        if copied.nothing:
            yield f"{asked} has no such project: it has no rules there"
        yield from (f"{name} of {asked} leads out of the project" for name in copied.out)
        for name in copied.submodules:
            if any((self._root / name).rglob(f"*{SUFFIX}")):
                yield f"{name} is a submodule: its rules are not looked up in {asked}"

    def _state(self) -> str:
        try:
            inside = git.repository(self._root)
            count = git.uncommitted(inside) if inside else 0
        except NoRevision:  # a folder against a folder takes no git
            count = 0
        return f"{_files(count)} not committed" if count else "as it stands"


def _files(count: int) -> str:
    return f"{number(count, 'file')} {'is' if count == 1 else 'are'}"
