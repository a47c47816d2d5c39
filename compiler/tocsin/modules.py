"""The files of a project and what `use` and `file` bring in. Nothing outside the root is read."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from tocsin import tree
from tocsin.diagnostics import Code, Diagnostic
from tocsin.files import ROOT_MARKS, name_of
from tocsin.frozen import dataclass
from tocsin.source import Source, Span
from tocsin.syntax import parse

MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """One rule file. USES is where each `use` leads, LISTS the texts of each list file's `let`."""

    path: Path
    file: tree.File
    uses: tuple[tuple[tree.Use, Path], ...]
    lists: Mapping[str, tuple[tree.Text, ...]]


@dataclass(frozen=True, slots=True)
class Used:
    """A file that was read: the path as asked for, where it led, a digest of what is there."""

    asked: Path
    path: Path
    digest: str


@dataclass(frozen=True, slots=True, eq=False)
class Project:
    """Every file that was asked for (GIVEN), and every one that these bring in.

    USED are all the files behind it, list files too, as far as they could be read.
    """

    root: Path
    given: tuple[Module, ...]
    modules: Mapping[Path, Module]
    sources: Mapping[str, Source]
    found: tuple[Diagnostic, ...]
    used: tuple[Used, ...] = ()


def load(paths: Iterable[Path], root: Path) -> Project:
    """Read PATHS and what they use, each once; a chain of any length, no recursion."""
    return Loader(root).load(paths)


class Loader:
    """Reads the files of one project; one that was read stays in mind until it is forgotten."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._known: dict[Path, _Reader] = {}

    def load(self, paths: Iterable[Path]) -> Project:
        """Read PATHS and what they use, each once."""
        asked = list(dict.fromkeys(path.resolve() for path in paths))
        read: dict[Path, _Reader] = {}
        pending = [
            (path, Span(name_of(str(path), str(self.root)), 0, 0)) for path in reversed(asked)
        ]
        while pending:
            path, span = pending.pop()
            if path not in read:
                read[path] = self._read(path, span)
                if module := read[path].module:
                    pending += [(used, use.path.span) for use, used in reversed(module.uses)]
        modules = {path: each.module for path, each in read.items() if each.module}
        sources: dict[str, Source] = {}
        for each in read.values():
            for name, source in each.sources.items():
                if source.text or name not in sources:
                    sources[name] = source
        return Project(
            self.root,
            tuple(modules[path] for path in asked if path in modules),
            modules,
            sources,
            tuple(found for each in read.values() for found in each.found),
            tuple(dict.fromkeys(used for each in read.values() for used in each.used)),
        )

    def forget(self, path: Path) -> None:
        """Let go of a file that no other is likely to use."""
        self._known.pop(path, None)

    def _read(self, path: Path, asked: Span) -> "_Reader":
        if path in self._known:
            return self._known[path]
        reader = _Reader(self.root)
        reader.read(path, asked)
        if reader.module:  # what is told of a file that cannot be read depends on who asks
            self._known[path] = reader
        return reader


class _Reader:
    """Reads one rule file and its lists; what came of it stays here."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.module: Module | None = None
        self.sources: dict[str, Source] = {}
        self.found: list[Diagnostic] = []
        self.used: list[Used] = []

    def read(self, path: Path, asked: Span) -> None:
        """Read the rule file; ASKED is the place that wants it."""
        source = self._source(path, path, asked)
        if source is None:
            return
        file, found = parse(source)
        self.found += found
        uses = [item for item in file.items if isinstance(item, tree.Use)]
        inside = [(use, self._inside(path, use.path)) for use in uses]
        lists = {
            item.name.text: self._list(path, item.value.path)
            for item in file.items
            if isinstance(item, tree.Let) and isinstance(item.value, tree.ListFile)
        }
        self.used += [Used(path.parent / use.path.value, to, "") for use, to in inside if to]
        self.module = Module(path, file, tuple((use, to) for use, to in inside if to), lists)

    def _list(self, path: Path, written: tree.Text) -> tuple[tree.Text, ...]:
        """Read a list file: one value a line, `#` comments, blank lines skipped."""
        inside = self._inside(path, written)
        asked = path.parent / written.value
        source = self._source(asked, inside, written.span) if inside else None
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

    def _source(self, asked: Path, path: Path, wanted: Span) -> Source | None:
        name = self._name(path)
        self.sources.setdefault(name, Source(name, ""))
        data = read_data(path, name, wanted)
        if isinstance(data, Diagnostic):
            self.found.append(data)
            return None
        text = decoded(data, name, wanted)
        if isinstance(text, Diagnostic):
            self.found.append(text)
            return None
        self.used.append(Used(asked, path, sha256(data).hexdigest()))
        self.sources[name] = Source(name, text)
        return self.sources[name]

    def _name(self, path: Path) -> str:
        return name_of(str(path), str(self.root))

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
            hint = f"the project is the nearest folder with one of {', '.join(ROOT_MARKS)}"
            self._report(Code.OUTSIDE_PROJECT, message, written.span, "outside", hint)
            return None
        if problem:
            message, name = f"no such file: `{written.value}`", self._name(to)
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


def read_data(path: Path, name: str, wanted: Span) -> bytes | Diagnostic:
    """Read the file at PATH, NAME in messages; if that cannot be, say so to who WANTED it."""
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            kind = "a folder" if S_ISDIR(status.st_mode) else "no regular file"
            return Diagnostic(Code.UNREADABLE, f"cannot read `{name}`", wanted, kind)
        if status.st_size > MAX_BYTES:
            return _too_large(name, wanted)
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        return Diagnostic(Code.UNREADABLE, f"cannot read `{name}`", wanted, reason)


def decoded(data: bytes, name: str, wanted: Span) -> str | Diagnostic:
    """Read DATA as text; if it is none, say so to who WANTED it."""
    if len(data) > MAX_BYTES:
        return _too_large(name, wanted)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        label = f"byte 0x{data[error.start]:02X} in line {line}"
        return Diagnostic(Code.ENCODING, f"`{name}` is not UTF-8", wanted, label, _encoding(data))


def _too_large(name: str, wanted: Span) -> Diagnostic:
    label = f"larger than {MAX_BYTES >> 20} MiB"
    return Diagnostic(Code.TOO_LARGE, f"`{name}` is too large", wanted, label)


def _encoding(data: bytes) -> str | None:
    """Name the encoding that a byte order mark gives away."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "the file looks like UTF-16; rule files are UTF-8"
    return None
