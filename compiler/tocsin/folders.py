"""Folders that are replaced whole or not at all.

A new folder is written beside the old one, where nobody looks for it; what is the same in both is
shared between them, not written again; then the two change places. Whoever is stopped on the way
leaves the old folder whole, or the new one. docs/decisions/0016-incremental-builds.md has the why.
"""

import ctypes
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from stat import S_IMODE
from types import TracebackType

from tocsin.frozen import dataclass

if sys.platform != "win32":
    import fcntl

# Where folders cannot be locked, one that was left behind is told by its age.
_STALE_SECONDS = 3600.0
_NEW, _OLD = ".tocsin-new", ".tocsin-old"

Status = tuple[int, int, int]  # size, time of the last change in nanoseconds, inode


class NotOurs(Exception):
    """The folder to be replaced holds something that no earlier run has made."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What a folder was seen to hold, names and digests; STATE tells if it is as it was then."""

    state: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """What a folder holds now, and whether it was touched for that."""

    known: Known
    touched: bool


def replace(
    out: Path, files: Mapping[str, bytes], ours: Callable[[Path], Collection[str]]
) -> Published:
    """Have OUT hold FILES and nothing else, whole or not at all; if it does already, leave it.

    OURS names what an earlier run has made in a folder; one that holds anything else is `NotOurs`.
    A name may have folders in it, with `/` between.
    """
    with Draft(out) as draft:
        digests = {name: digest(data) for name, data in files.items()}
        return draft.publish(digests, files.__getitem__, ours)


def check(out: Path, ours: Callable[[Path], Collection[str]]) -> None:
    """See that OUT may be replaced; `NotOurs` if it holds what no earlier run has made."""
    _old(out, (), ours, None)


def replace_file(path: Path, data: bytes) -> None:
    """Have the file at PATH hold DATA, whole or not at all; if it does already, leave it.

    Who may read and write it stays as it was.
    """
    if path.exists() and path.read_bytes() == data:
        return
    mode = S_IMODE(path.stat().st_mode) if path.exists() else 0o644
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    fresh = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        fresh.chmod(mode)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def digest(data: bytes) -> str:
    """Return what stands for DATA where contents are compared."""
    return sha256(data).hexdigest()


class Draft:
    """What OUT is to hold, in the making. Without `publish` nothing is left of it."""

    def __init__(self, out: Path) -> None:
        self.out = out.resolve()  # a link stays where it is
        self._named = out
        self._folder: Path | None = None
        self._held: int | None = None

    def __enter__(self) -> "Draft":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
        if self._held is not None:
            os.close(self._held)

    def folder(self) -> Path:
        """Return the new folder, made now if nothing was written yet."""
        if self._folder is None:
            self.out.parent.mkdir(parents=True, exist_ok=True)
            with _locked(self.out.parent):
                _sweep(self.out)
                return self._start()
        return self._folder

    def _start(self) -> Path:
        prefix, parent = f".{self.out.name}.", self.out.parent
        fresh = self._folder = Path(tempfile.mkdtemp(prefix=prefix, suffix=_NEW, dir=parent))
        self._held = _hold(fresh)
        fresh.chmod(0o755)
        return fresh

    def publish(
        self,
        files: Mapping[str, str],
        lost: Callable[[str], bytes],
        ours: Callable[[Path], Collection[str]],
        known: Known | None = None,
    ) -> Published:
        """Put FILES, names and digests, in place of what is there; touch nothing if they are it.

        A file that was not written is taken from the old folder, and is LOST if it is not in there.
        KNOWN saves reading a folder that is as it was.
        """
        self.out.parent.mkdir(parents=True, exist_ok=True)
        with _locked(self.out.parent):
            _sweep(self.out)
            old = _old(self._named, files, ours, known)
            if old and old.files == files:
                return Published(old, touched=False)
            fresh = self._folder or self._start()
            _fill(fresh, files, self.out, old.files if old else {}, lost)
            new = Known(_state(_scan(fresh)), files)
            _swap(fresh, self.out)
        return Published(new, touched=True)


def write(folder: Path, name: str, data: bytes) -> None:
    """Write a file below FOLDER, with the folders that its name has."""
    path = folder / name
    try:
        path.write_bytes(data)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _old(
    out: Path,
    wanted: Collection[str],
    ours: Callable[[Path], Collection[str]],
    known: Known | None,
) -> Known | None:
    """Say what is in OUT now; None if there is nothing. What is not WANTED need not be read."""
    if not out.exists():
        return None
    if not out.is_dir():
        raise NotOurs(f"{out} is not a folder")
    found = _scan(out)
    state = _state(found)
    if known and known.state == state:
        return known
    strangers = found.keys() - set(ours(out)) if found else ()
    if strangers:
        message = f"{out} holds what no build has made ({min(strangers)}); give another folder"
        raise NotOurs(message)
    return Known(state, {name: _read(out / name) if name in wanted else "" for name in found})


def _read(path: Path) -> str:
    """Read what may be kept, to compare it; of a link it is enough that it is there."""
    with suppress(OSError):
        if not path.is_symlink():
            return digest(path.read_bytes())
    return ""


def _fill(
    fresh: Path,
    files: Mapping[str, str],
    out: Path,
    old: Mapping[str, str],
    lost: Callable[[str], bytes],
) -> None:
    """Complete FRESH: take from OUT what it has, ask for what is lost, drop what is not wanted."""
    written = _scan(fresh).keys()
    for name in written - files.keys():
        (fresh / name).unlink()
    for folder in {name.rpartition("/")[0] for name in files}:
        (fresh / folder).mkdir(parents=True, exist_ok=True)
    for name, wanted in files.items():
        if old.get(name) == wanted:
            if name in written:
                (fresh / name).unlink()
            _share(f"{out}/{name}", f"{fresh}/{name}")
        elif name not in written:
            write(fresh, name, lost(name))


def _share(old: str, new: str) -> None:
    """Have NEW be the very file that OLD is; where a file has one name only, a copy of it."""
    try:
        os.link(old, new)
    except OSError:
        shutil.copy2(old, new)


def _scan(folder: Path) -> dict[str, Status]:
    """List all that is no folder below FOLDER, links not followed."""
    found: dict[str, Status] = {}
    pending = [(str(folder), "")]
    while pending:
        path, prefix = pending.pop()
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append((entry.path, f"{prefix}{entry.name}/"))
                else:
                    status = entry.stat(follow_symlinks=False)
                    now = (status.st_size, status.st_mtime_ns, entry.inode())
                    found[prefix + entry.name] = now
    return found


def _state(found: Mapping[str, Status]) -> str:
    return digest(repr(sorted(found.items())).encode("utf-8", "surrogateescape"))


# --- two runs at once, and runs that were killed


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Have what replaces folders in FOLDER done one at a time. A run that is killed lets go."""
    held = _hold(folder, wait=True)
    try:
        yield
    finally:
        if held is not None:
            os.close(held)


def _hold(folder: Path, *, wait: bool = False) -> int | None:
    """Lock FOLDER itself, so that no file is needed for it; None where that cannot be done."""
    if sys.platform == "win32":
        return None
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BaseException:
            os.close(opened)
            raise
        return opened
    return None


def _sweep(out: Path) -> None:
    """Clear away what runs that were killed have left; put back what one had set aside."""
    for left in sorted(_beside(out, _OLD)):
        if not out.exists():
            left.rename(out)
    for left in (*_beside(out, _OLD), *_beside(out, _NEW)):
        if _is_left(left):
            shutil.rmtree(left, ignore_errors=True)


def _beside(out: Path, suffix: str) -> list[Path]:
    with os.scandir(out.parent) as entries:
        names = [entry.name for entry in entries]
    start = f".{out.name}."
    return [out.parent / each for each in names if each.startswith(start) and each.endswith(suffix)]


def _is_left(folder: Path) -> bool:
    """Whether nobody is at work in FOLDER."""
    if sys.platform == "win32":
        return time.time() - folder.stat().st_mtime > _STALE_SECONDS
    held = _hold(folder)
    if held is not None:
        os.close(held)
    return held is not None


# --- changing places


def _swap(fresh: Path, out: Path) -> None:
    """Put FRESH where OUT is, at once if the system can; else, if one step fails, undo the other.

    What was there may take the place of FRESH.
    """
    if not out.exists():
        fresh.rename(out)
        return
    if _exchange(fresh, out):
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=_OLD, dir=out.parent))
    old.rmdir()
    out.rename(old)
    try:
        fresh.rename(out)
    except BaseException:
        old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


_HERE, _EXCHANGE = -100, 2  # AT_FDCWD; RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS


def _exchange(one: Path, other: Path) -> bool:
    """Have two names change places in one step; False where there is no such step."""
    first, second = os.fsencode(one), os.fsencode(other)
    done = -1
    with suppress(AttributeError, OSError):  # an older C library
        if sys.platform == "linux":
            done = ctypes.CDLL(None).renameat2(_HERE, first, _HERE, second, _EXCHANGE)
        elif sys.platform == "darwin":
            done = ctypes.CDLL(None).renamex_np(first, second, _EXCHANGE)
    return done == 0
