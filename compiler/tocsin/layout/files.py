"""Rule files as they are and as they are to be: nothing is written that says anything else."""

import os
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import Literal

from tocsin import folders
from tocsin.diagnostics import Code, Diagnostic
from tocsin.files import name_of
from tocsin.frozen import dataclass, replace
from tocsin.layout.layout import formatted
from tocsin.layout.proof import lost
from tocsin.modules import decoded, read_data
from tocsin.source import Source, Span
from tocsin.syntax import parse
from tocsin.text import one_line


@dataclass(frozen=True, slots=True, eq=False)
class Formatted:
    """One file: DATA is what it holds, AFTER what it is to hold, None if that is left open.

    FAULT is what went wrong on our side, or with the disk.
    """

    source: Source
    data: bytes = b""
    after: bytes | None = None
    found: tuple[Diagnostic, ...] = ()
    fault: str | None = None

    @property
    def name(self) -> str:
        """Return what messages call the file."""
        return self.source.name

    @property
    def state(self) -> Literal["fault", "broken", "changes", "stays"]:
        """Say how it stands with the file."""
        if self.fault:
            return "fault"
        if self.after is None:
            return "broken"
        return "stays" if self.after == self.data else "changes"


def format_file(path: Path, root: Path) -> Formatted:
    """Lay out the file at PATH, of the project at ROOT; a link that leads out of it is left."""
    target, root = _end(path), root.resolve()
    name = name_of(os.path.abspath(path), str(root))  # noqa: PTH100  # of the link, not its end
    span = Span(name, 0, 0)
    linked = any(each.is_symlink() for each in (path, *path.parents))
    if linked and not target.is_relative_to(root):
        message = f"`{name}` leads out of the project"
        data: bytes | Diagnostic = Diagnostic(Code.OUTSIDE_PROJECT, message, span, "outside")
    else:
        data = read_data(target, name, span)
    if isinstance(data, bytes):
        return format_data(data, name)
    return Formatted(Source(name, ""), found=(data,))


def _end(path: Path) -> Path:
    """Follow links to their end; of a circle, not: that cannot be read, and is told so."""
    return Path(os.path.realpath(path))


def format_data(data: bytes, name: str) -> Formatted:
    """Lay out what a file called NAME holds; what cannot be read in full is left as it is."""
    text = decoded(data, name, Span(name, 0, 0))
    if isinstance(text, Diagnostic):
        return Formatted(Source(name, ""), data, found=(text,))
    source = Source(name, text)
    file, found = parse(source)
    if not file.whole:
        return Formatted(source, data, found=found)
    after = formatted(file)
    told = Formatted(source, data, after.encode())
    # What is as it was need not be looked at again.
    if after != text and (missing := lost(file, parse(Source(name, after))[0])):
        fault = f"the layout of {name} {missing}: the formatter is broken, the file is left"
        return replace(told, after=None, fault=fault)
    return told


def write(path: Path, told: Formatted) -> Formatted:
    """Have the file at PATH hold what it is to hold, whole or not at all; a link stays one."""
    if told.after is None or told.after == told.data:
        return told
    target = _end(path)
    try:
        if target.read_bytes() != told.data:
            return replace(told, fault=f"{told.name} was changed meanwhile; it is left as it was")
        with target.open("r+b"):  # a file that is closed to us is not replaced behind its back
            pass
        folders.replace_file(target, told.after)
    except OSError as error:
        reason = error.strerror or "unknown error"
        return replace(told, fault=f"cannot write {told.name}: {reason}; it is left as it was")
    return told


def difference(told: Formatted) -> Iterator[str]:
    """Yield the lines of a unified diff, as `patch` reads them."""
    before, after = (_lines(data) for data in (told.data, told.after or b""))
    name = one_line(told.name)
    for line in unified_diff(before, after, name, name):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(data: bytes) -> list[str]:
    # Not `splitlines`, which ends lines at characters that a rule may have in a text.
    lines = data.decode().split("\n")
    return [*(f"{line}\n" for line in lines[:-1]), *filter(None, lines[-1:])]
