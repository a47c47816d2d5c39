"""Folders are replaced whole or not at all, whoever is stopped on the way."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tocsin import folders

OLD = {"a/x.txt": b"1", "a/same.txt": b"same", "b/gone.txt": b"2"}
NEW = {"a/x.txt": b"3", "a/same.txt": b"same", "c/d/y.txt": b"4"}


def ours(_: Path) -> set[str]:
    return {*OLD, *NEW}


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_is_replaced_and_what_stays_is_not_written(tmp_path: Path) -> None:
    out = tmp_path / "out"
    folders.replace(out, OLD, ours)
    same = (out / "a" / "same.txt").stat()

    published = folders.replace(out, NEW, ours)

    assert published.touched
    assert contents(out) == NEW
    assert names(out) == ["a", "c"]
    after = (out / "a" / "same.txt").stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_nlink) == (same.st_ino, same.st_mtime_ns, 1)
    assert names(tmp_path) == ["out"]


def test_an_equal_folder_is_not_touched(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    assert folders.replace(out, OLD, ours).touched
    inode = out.stat().st_ino

    assert not folders.replace(out, OLD, ours).touched
    assert out.stat().st_ino == inode


def test_what_nobody_has_made_is_not_replaced(tmp_path: Path) -> None:
    folders.replace(tmp_path / "out", OLD, ours)
    (tmp_path / "out" / "mine.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(folders.NotOurs, match=r"mine\.txt"):
        folders.replace(tmp_path / "out", NEW, ours)
    with pytest.raises(folders.NotOurs, match="not a folder"):
        folders.replace(tmp_path / "out" / "mine.txt", NEW, ours)

    assert contents(tmp_path / "out") == OLD | {"mine.txt": b"mine"}


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to("real")

    folders.replace(tmp_path / "out", OLD, ours)

    assert (tmp_path / "out").is_symlink()
    assert contents(tmp_path / "real") == OLD


def test_files_are_copied_where_they_can_have_one_name_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no links here")

    folders.replace(tmp_path / "out", OLD, ours)
    monkeypatch.setattr(os, "link", refuse)

    folders.replace(tmp_path / "out", NEW, ours)

    assert contents(tmp_path / "out") == NEW


def test_an_interruption_leaves_the_old_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    folders.replace(out, OLD, ours)

    for step in interruptions(monkeypatch):
        with pytest.raises(KeyboardInterrupt):
            folders.replace(out, NEW, ours)
        assert contents(out) == OLD, step
        assert names(tmp_path) == ["out"], step


def interruptions(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Interrupt at a write; then, on a system that renames only, at each step of the swap."""
    write, rename = Path.write_bytes, Path.rename

    def writes(path: Path, data: bytes) -> int:
        if path.name == "y.txt":
            raise KeyboardInterrupt
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", writes)
    yield "write"
    monkeypatch.setattr(Path, "write_bytes", write)
    monkeypatch.setattr(folders, "_exchange", lambda *_: False)
    for ending in ("out", ".tocsin-new"):

        def renames(path: Path, target: Path, ending: str = ending) -> Path:
            if path.name.endswith(ending):
                raise KeyboardInterrupt
            return rename(path, target)

        monkeypatch.setattr(Path, "rename", renames)
        yield ending
    monkeypatch.setattr(Path, "rename", rename)


def test_what_a_killed_run_has_set_aside_is_put_back(tmp_path: Path) -> None:
    """Between two renames there is no folder; only a system that cannot exchange comes by there."""
    aside = tmp_path / ".out.x.tocsin-old"
    folders.replace(aside, OLD, ours)
    folders.replace(tmp_path / ".out.y.tocsin-new", NEW, ours)
    folders.replace(tmp_path / "other", OLD, ours)

    assert not folders.replace(tmp_path / "out", OLD, ours).touched
    assert names(tmp_path) == ["other", "out"]


# --- processes: one is killed, two at once

LOOP = """
import sys
from pathlib import Path
from tocsin import folders
out, first, times = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
for turn in range(first, first + times):
    files = {f"{n % 3}/{n}": b"same" if n % 2 else str(turn).encode() for n in range(60)}
    folders.replace(out, files, lambda _: set(files))
    print(turn, flush=True)
"""


def loop(out: Path, first: int, times: int) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", LOOP, str(out), str(first), str(times)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def turns(folder: Path) -> set[bytes]:
    files = contents(folder)
    assert len(files) == 60
    return set(files.values()) - {b"same"}


def test_a_killed_run_leaves_a_whole_folder_and_the_next_one_clears_up(tmp_path: Path) -> None:
    chance = random.Random(4)
    for first in range(0, 8000, 1000):
        process = loop(tmp_path / "out", first, 1000)
        assert process.stdout
        process.stdout.readline()
        time.sleep(chance.random() / 20)
        process.send_signal(signal.SIGKILL)
        process.communicate()

        assert len(turns(tmp_path / "out")) == 1

    folders.replace(tmp_path / "out", {"x": b""}, lambda out: set(contents(out)))
    assert names(tmp_path) == ["out"]


def test_two_runs_at_once_each_leave_a_whole_folder(tmp_path: Path) -> None:
    both = [loop(tmp_path / "out", first, 40) for first in (0, 1000)]
    for process in both:
        process.communicate(timeout=60)

    assert [process.returncode for process in both] == [0, 0]
    assert turns(tmp_path / "out") in ({b"39"}, {b"1039"})
    assert names(tmp_path) == ["out"]
