"""The files of a project and what `use` and `file` bring in. Nothing outside the root is read."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from tocsin import tree
from tocsin.diagnostics import Code, Diagnostic
from tocsin.frozen import dataclass
from tocsin.source import Source, Span
from tocsin.syntax import parse

SUFFIX = ".rule"
MAX_BYTES = 4 * 1024 * 1024
_ROOT_MARKS = ("tocsin.toml", "pyproject.toml", ".git")


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """One rule file. USES is where each `use` leads, LISTS the texts of each list file's `let`."""

    path: Path
    file: tree.File
    uses: tuple[tuple[tree.Use, Path], ...]
    lists: Mapping[str, tuple[tree.Text, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Project:
    """Every file that was asked for (GIVEN), and every one that these bring in."""

    root: Path
    given: tuple[Module, ...]
    modules: Mapping[Path, Module]
    sources: Mapping[str, Source]
    found: tuple[Diagnostic, ...]


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
        marks = (candidate / mark for mark in _ROOT_MARKS)
        if any(mark.exists() or mark.is_symlink() for mark in marks):
            return candidate
    return folder


def load(paths: Iterable[Path], root: Path) -> Project:
    """Read PATHS and what they use, each once; a chain of any length, no recursion."""
    loader = _Loader(root.resolve())
    asked = list(dict.fromkeys(_real(paths)))
    modules: dict[Path, Module] = {}
    pending = [(path, Span(loader.name(path), 0, 0)) for path in reversed(asked)]
    while pending:
        path, span = pending.pop()
        if path in modules or path in loader.failed:
            continue
        module = loader.module(path, span)
        if module:
            modules[path] = module
            pending += [(used, use.path.span) for use, used in reversed(module.uses)]
    given = tuple(modules[path] for path in asked if path in modules)
    return Project(loader.root, given, modules, loader.sources, tuple(loader.found))


def _real(paths: Iterable[Path]) -> Iterator[Path]:
    """Follow PATHS to their ends, each folder once: the walk to it takes longer than the file."""
    folders: dict[Path, Path] = {}
    for path in paths:
        if path.parent not in folders:
            folders[path.parent] = path.parent.resolve()
        found = folders[path.parent] / path.name
        yield found.resolve() if found.is_symlink() else found


class _Loader:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.bases = tuple(str(base).rstrip(os.sep) + os.sep for base in (Path.cwd(), root))
        self.failed: set[Path] = set()
        self.sources: dict[str, Source] = {}
        self.found: list[Diagnostic] = []

    def module(self, path: Path, asked: Span) -> Module | None:
        """Read one rule file; ASKED is the place that wants it."""
        source = self._source(path, asked)
        if source is None:
            self.failed.add(path)
            return None
        file, found = parse(source)
        self.found += found
        uses = [item for item in file.items if isinstance(item, tree.Use)]
        inside = [(use, self._inside(path, use.path)) for use in uses]
        lists = {
            item.name.text: self._list(path, item.value.path)
            for item in file.items
            if isinstance(item, tree.Let) and isinstance(item.value, tree.ListFile)
        }
        return Module(path, file, tuple((use, to) for use, to in inside if to), lists)

    def _list(self, path: Path, written: tree.Text) -> tuple[tree.Text, ...]:
        """Read a list file: one value a line, `#` comments, blank lines skipped."""
        inside = self._inside(path, written)
        source = self._source(inside, written.span) if inside else None
        if source is None:
            return ()
        values: list[tree.Text] = []
        start = 0
        for line in source.text.split("\n"):
            value = line.strip()
            if value and not value.startswith("#"):
                at = start + line.index(value)
                values.append(tree.Text(value, Span(source.name, at, at + len(value))))
            start += len(line) + 1
        if not values:
            message = f"`{written.value}` has no values"
            hint = "one value a line; a line that begins with `#` is a comment"
            self._report(Code.EMPTY_NEEDLE, message, written.span, "an empty list", hint)
        return tuple(values)

    def _source(self, path: Path, asked: Span) -> Source | None:
        name = self.name(path)
        self.sources.setdefault(name, Source(name, ""))
        text = self._text(path, asked)
        if text is not None:
            self.sources[name] = Source(name, text)
        return self.sources[name] if text is not None else None

    def name(self, path: Path) -> str:
        """Name PATH as messages do: from here, else from the root."""
        text = str(path)
        for base in self.bases:
            if text.startswith(base):
                return text.removeprefix(base).replace(os.sep, "/")
        return path.name

    def _text(self, path: Path, span: Span) -> str | None:
        name = self.name(path)
        try:
            status = path.stat()
            if not S_ISREG(status.st_mode):
                kind = "a folder" if S_ISDIR(status.st_mode) else "no regular file"
                self._report(Code.UNREADABLE, f"cannot read `{name}`", span, kind)
                return None
            if status.st_size > MAX_BYTES:
                label = f"larger than {MAX_BYTES >> 20} MiB"
                self._report(Code.TOO_LARGE, f"`{name}` is too large", span, label)
                return None
            data = path.read_bytes()
        except OSError as error:
            reason = (error.strerror or "unknown error").lower()
            self._report(Code.UNREADABLE, f"cannot read `{name}`", span, reason)
            return None
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            label = f"byte 0x{data[error.start]:02X} in line {line}"
            self._report(Code.ENCODING, f"`{name}` is not UTF-8", span, label, _encoding(data))
            return None

    def _report(
        self, code: Code, message: str, span: Span, label: str, hint: str | None = None
    ) -> None:
        self.found.append(Diagnostic(code, message, span, label, hint))

    def _inside(self, path: Path, written: tree.Text) -> Path | None:
        """Resolve a path as written in PATH; outside the root, symlinks followed, is an error."""
        if not written.value or "\0" in written.value:
            label = "empty" if not written.value else "with a NUL"
            self._report(Code.USE_NOT_FOUND, "not a path", written.span, label)
            return None
        to, problem = _resolved(path.parent / written.value)
        if not to.is_relative_to(self.root):
            message = f"`{written.value}` leads out of the project"
            hint = f"the project is the nearest folder with one of {', '.join(_ROOT_MARKS)}"
            self._report(Code.OUTSIDE_PROJECT, message, written.span, "outside", hint)
            return None
        if problem:
            message, name = f"no such file: `{written.value}`", self.name(to)
            looked = f"looked for `{name}`" if name != written.value else None
            self._report(Code.USE_NOT_FOUND, message, written.span, problem, looked)
            return None
        return to


def _resolved(path: Path) -> tuple[Path, str | None]:
    """Follow PATH to its end; if no file is there that may be looked at, tell why."""
    try:
        to = path.resolve()
        if to.is_file():
            return to, None
        return to, "a folder" if to.is_dir() else "not found"
    except OSError as error:  # a name too long, a folder that is closed
        return path.absolute(), (error.strerror or "not found").lower()
    except RuntimeError:
        return path.absolute(), "links in a circle"


def _encoding(data: bytes) -> str | None:
    """Name the encoding that a byte order mark gives away."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "the file looks like UTF-16; rule files are UTF-8"
    return None
