"""The rules of a project as of a commit, copied to a folder: no more of it than rules read."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tocsin import tree
from tocsin.diff.git import Commit, NoRevision, Repository, run, run_bytes
from tocsin.files import SUFFIX
from tocsin.frozen import dataclass
from tocsin.modules import MAX_BYTES
from tocsin.source import Source
from tocsin.syntax import parse

_SETTINGS = ("tocsin.toml", "pyproject.toml")
_LINK, _MODULE = "120000", "160000"
_MOST_FILES = 1_000_000
_MOST_LINKS = 40  # of one path, as Linux has it
_MOST_CHARACTERS = 4095  # of a link
_AT_ONCE = 64 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Copied:
    """What could not be copied: if there is NOTHING, links that lead OUT, SUBMODULES."""

    nothing: bool
    out: tuple[str, ...]
    submodules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    mode: str
    id: str
    size: int


def copy(inside: Repository, commit: Commit, folder: Path) -> Copied:
    """Copy the project as of COMMIT into FOLDER, as far as rules read it.

    These are rule files, settings, and what rules bring in by `use` and `file`. Raises `NoRevision`
    and `OSError`.
    """
    every = _entries(inside, commit)
    files = {name: each for name, each in every.items() if each.mode not in (_LINK, _MODULE)}
    links = _links(inside, every)
    asked = [name for name in every if name.endswith(SUFFIX) or name in _SETTINGS]
    wanted = [_followed(name, links) for name in asked]
    out = tuple(name for name, to in zip(asked, wanted, strict=True) if to is None)
    seen: set[str | None] = {None}
    while fresh := {each: files[each] for each in wanted if each in files and each not in seen}:
        seen.update(fresh)
        wanted = []
        for name, content in _contents(inside, fresh):
            _write(folder / name, content)
            if name.endswith(SUFFIX):
                wanted += (_followed(each, links) for each in _brought_in(name, content))
    for name, target in links.items():  # last, so that nothing is written through one
        if _followed(name, links) is not None:
            _link(folder, name, target)
    modules = tuple(name for name, each in every.items() if each.mode == _MODULE)
    return Copied(not every, out, modules)


def _entries(inside: Repository, commit: Commit) -> dict[str, _Entry]:
    """List the files of the project as of COMMIT, by their paths in it."""
    below = f"{inside.below}/" if inside.below else ""
    asked = ("ls-tree", "-r", "-z", "-l", "--full-tree", commit.id, "--", inside.below or ".")
    lines = [line for line in run(inside.top, *asked).split("\0") if line]
    if len(lines) > _MOST_FILES:
        raise NoRevision(f"more than {_MOST_FILES:,} files in {commit.about}")
    found: dict[str, _Entry] = {}
    for line in lines:
        told, _, path = line.partition("\t")
        mode, _, id_, size = told.split()
        if ".." not in path.split("/"):  # none can leave the folder
            known = int(size) if size.isdigit() else 0
            found[path.removeprefix(below)] = _Entry(mode, id_, known)
    return found


def _links(inside: Repository, entries: Mapping[str, _Entry]) -> dict[str, str]:
    """Read where links lead to; what no system takes for one is left out."""
    short = {
        name: each
        for name, each in entries.items()
        if each.mode == _LINK and 0 < each.size <= _MOST_CHARACTERS
    }
    read = (
        (name, each.decode("utf-8", "surrogateescape")) for name, each in _contents(inside, short)
    )
    return {name: target for name, target in read if "\0" not in target}


def _followed(path: str, links: Mapping[str, str]) -> str | None:
    """Find what PATH leads to by way of LINKS; None is out of the project, or a circle."""
    done: list[str] = []
    ahead, left = path.split("/")[::-1], _MOST_LINKS
    while ahead and left:
        part = ahead.pop()
        target = links.get("/".join((*done, part)))
        if part == "..":
            if not done:
                return None
            done.pop()
        elif target is not None:
            left -= 1
            if target.startswith("/"):
                return None
            ahead += target.split("/")[::-1]
        elif part not in ("", "."):
            done.append(part)
    return "/".join(done) if left else None


def _contents(inside: Repository, entries: Mapping[str, _Entry]) -> Iterator[tuple[str, bytes]]:
    """Read the contents of ENTRIES, many by one process; what is too large is not read."""
    for some in _parted(entries):
        ids = "".join(f"{entries[name].id}\n" for name in some)
        told = run_bytes(inside.top, ("cat-file", "--batch"), ids.encode("ascii"))
        at = 0
        for name in some:
            end = told.index(b"\n", at)
            _, *kind, size = told[at:end].split(b" ")
            if not kind:
                raise NoRevision(f"the clone lacks the contents of {name}: it is not a whole one")
            at = end + 1 + int(size) + 1
            yield name, told[end + 1 : at - 1]
    # Read as any file of that size, which is told to be too large.
    yield from ((name, bytes(MAX_BYTES + 1)) for name in entries if entries[name].size > MAX_BYTES)


def _parted(entries: Mapping[str, _Entry]) -> Iterator[Sequence[str]]:
    some: list[str] = []
    size = 0
    for name, entry in entries.items():
        if entry.size <= MAX_BYTES:
            some.append(name)
            size += entry.size
        if size > _AT_ONCE:
            yield some
            some, size = [], 0
    if some:
        yield some


def _brought_in(name: str, content: bytes) -> Iterator[str]:
    """Name the files that a rule file brings in, from the folder of the project."""
    file, _ = parse(Source(name, content.decode("utf-8", "replace")))
    beside = name.rpartition("/")[0]
    for item in file.items:
        match item:
            case tree.Use(path=path) | tree.Let(value=tree.ListFile(path=path)):
                if not path.value.startswith("/"):
                    yield f"{beside}/{path.value}"
            case _:
                pass


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)


def _link(folder: Path, name: str, target: str) -> None:
    """Make a link, unless another one stands in its way."""
    path = folder / name
    if path.parent.resolve().is_relative_to(folder) and not os.path.lexists(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)
