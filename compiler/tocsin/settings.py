"""What a project says of itself in `tocsin.toml`, or in `[tool.tocsin]` of `pyproject.toml`.

Nothing here knows a command line: flags beat what is read here, and who has flags says so.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from tocsin.diagnostics import Code, Diagnostic, known_names
from tocsin.frozen import dataclass
from tocsin.frozen import field as stored
from tocsin.places import places, too_deep
from tocsin.profiles import Catalogue, Source
from tocsin.schema import Table, TaxonomyError, read_table, read_text
from tocsin.source import Source as Text
from tocsin.source import Span

FILE = "tocsin.toml"
_OTHER = "pyproject.toml"
# A table `tool` with or without `tocsin` in its header; a backslash may spell any key.
_SPEAKS_OF_US = re.compile(r"""\\|tool["']?[ \t]*(?:[.][ \t]*["']?tocsin|[]=])""")
_NAME = re.compile("[a-z][a-z0-9_]{0,63}")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """What a project wants of one target; SOURCES are empty for the target's own choice."""

    enabled: bool = True
    sources: tuple[str, ...] = ()
    max_characters: int | None = None  # of a query
    table: Table | None = None  # where it is written


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """The settings of a project; without a file, what holds everywhere."""

    path: Path | None = None
    rules: tuple[Path, ...] = ()  # folders to read where none is given
    targets: Mapping[str, Target] = stored(default_factory=dict)
    formats: Mapping[str, Table] = stored(default_factory=dict)  # `[publish.NAME]`
    catalogue: Catalogue = stored(default_factory=Catalogue)

    def target(self, name: str) -> Target:
        """Say what is wanted of a target."""
        return self.targets.get(name, Target())

    def format(self, name: str) -> Table:
        """Say what is set of a format of publications, maybe nothing."""
        return self.formats.get(name, Table(self.path or Path(FILE), ("publish", name), {}))


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """Settings as far as they could be read, and what is wrong with them."""

    settings: Settings
    errors: tuple[TaxonomyError, ...] = ()


def read_settings(root: Path, targets: Iterable[str], formats: Iterable[str] = ()) -> Read:
    """Read the settings of the project in ROOT; of TARGETS and FORMATS it may speak."""
    try:
        table = _table(root)
    except TaxonomyError as error:
        return Read(Settings(), (error,))
    return _read(table, tuple(targets), tuple(formats)) if table else Read(Settings())


def _table(root: Path) -> Table | None:
    if _is_there(path := root / FILE):
        return _whole(path)
    if not _is_there(path := root / _OTHER) or not _SPEAKS_OF_US.search(read_text(path)):
        return None
    tool = _whole(path).table("tool")
    return tool.table("tocsin") if "tocsin" in tool.items else None


def _is_there(path: Path) -> bool:
    """Whether there is such a file, or a link that leads nowhere and says that there should be."""
    return path.exists() or path.is_symlink()


def _whole(path: Path) -> Table:
    text = read_text(path)
    at = too_deep(text)
    if at is not None:
        line, column = Text("", text).locate(at)
        message = f"nested too deep (at line {line}, column {column})"
        raise TaxonomyError(path, message, (), Code.UNREADABLE_DATA)
    return read_table(path)


def _read(table: Table, known: Sequence[str], formats: Sequence[str]) -> Read:
    """Go on after an error, so that one run shows all of them."""
    errors: list[TaxonomyError] = []
    none: dict[str, Table] = {}
    no_rules: tuple[Path, ...] = ()
    _tried(errors, lambda: table.only("rules", "targets", "sources", "publish"), None)
    rules = _tried(errors, lambda: _rules(table), no_rules)
    sources = _tried(errors, lambda: _tables(table, "sources"), none)
    asked = _tried(errors, lambda: _tables(table, "targets"), none)
    for name in [name for name in sources if not _NAME.fullmatch(name)]:
        message = f"`{name}` cannot be a source's name, which is a name of files too"
        hint = "a letter, then letters, digits and _, all lower case"
        errors.append(table.table("sources").error(message, name, hint=hint))
        del sources[name]
    catalogue = Catalogue(sources)
    for name in sources:
        _load(errors, catalogue, name, known)
    targets = {
        name: _tried(errors, partial(_target, table, name, each, known), Target())
        for name, each in asked.items()
    }
    _tried(errors, lambda: _check_enabled(table, targets, known), None)
    published = _tried(errors, lambda: _formats(table, formats), none)
    return Read(Settings(table.path, rules, targets, published, catalogue), tuple(errors))


def _tried(errors: list[TaxonomyError], step: Callable[[], T], otherwise: T) -> T:
    try:
        return step()
    except TaxonomyError as error:
        errors.append(error)
        return otherwise


def _tables(table: Table, key: str) -> dict[str, Table]:
    inner = table.table(key)
    return {name: inner.table(name) for name in inner.items}


def _rules(table: Table) -> tuple[Path, ...]:
    """Find the folders of rules; none may lie outside the project."""
    root = table.path.parent.resolve()
    folders = []
    for text in _names(table, "rules"):
        folder = root / text
        try:
            inside, exists = folder.resolve().is_relative_to(root), folder.exists()
        except (OSError, RuntimeError, ValueError):  # a name too long, a circle of links, U+0000
            inside, exists = True, False
        if not inside:
            message = f"`{text}` leads out of the project"
            raise table.error(message, "rules", word=text)
        if not exists:
            raise table.error(f"no such file or folder: `{text}`", "rules", word=text)
        folders.append(folder)
    return tuple(folders)


def _names(table: Table, key: str) -> tuple[str, ...]:
    """Read a list of names, which says something if it is there."""
    names = table.texts(key, ())
    if "" in names:
        raise table.error(f"an empty name in `{key}`", key, word="")
    if key in table.items and not names:
        hint = f"without `{key}` the usual ones are read"
        raise table.error(f"`{key}` is empty", key, hint=hint)
    return names


def _load(
    errors: list[TaxonomyError], catalogue: Catalogue, name: str, known: Sequence[str]
) -> None:
    """Read all that a project's own source says, so that a fault is told before it is met."""
    source = _tried(errors, lambda: catalogue.load(name), None)
    if source is not None:
        top = source.layers[-1].table
        if "target" in top.items and source.target not in known:
            message = f"no target `{source.target}` is installed"
            hint = known_names(source.target, known)
            errors.append(top.error(message, "target", Code.SOURCE, word=source.target, hint=hint))
        for each in source.classes():
            _tried(errors, partial(source.event_class, each), None)


def _target(table: Table, name: str, asked: Table, known: Sequence[str]) -> Target:
    if name not in known:
        message = f"no target `{name}` is installed"
        hint = known_names(name, known)
        raise table.table("targets").error(message, name, Code.UNKNOWN_KEY, hint=hint)
    asked.only("enabled", "sources", "max_characters")
    return Target(
        asked.flag("enabled", default=True),
        _names(asked, "sources"),
        asked.number("max_characters"),
        asked,
    )


def _formats(table: Table, known: Sequence[str]) -> dict[str, Table]:
    """Read what is set of formats; each knows its own keys."""
    found = _tables(table, "publish")
    for name in found:
        if name not in known:
            message = f"no format `{name}` is installed"
            hint = known_names(name, known)
            raise table.table("publish").error(message, name, Code.UNKNOWN_KEY, hint=hint)
    return found


def _check_enabled(table: Table, targets: Mapping[str, Target], known: Sequence[str]) -> None:
    if known and not any(targets.get(name, Target()).enabled for name in known):
        first = table.table("targets").table(next(name for name in targets if name in known))
        raise first.error("every target is left out: there is nothing to do", "enabled")


# --- which sources a target reads


class NoSource(Exception):
    """A name that is no source of the target; HINT says what would be one."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(f"{message}; {hint}")
        self.message = message
        self.hint = hint


def find_source(settings: Settings, target: str, own: Sequence[Source], name: str) -> Source:
    """Find a source of TARGET, which brings its OWN, or raise `NoSource`."""
    catalogue = settings.catalogue
    if brought := next((source for source in own if source.name == name), None):
        return catalogue.adjusted(brought)
    found = catalogue.load(name) if name in catalogue.names() else None
    if found and found.target == target:
        return found
    if found and (stands := catalogue.standing(name, own)):
        return stands
    hint = known_names(name, [source.name for source in available(settings, target, own)])
    if found:
        raise NoSource(f"`{name}` is a source of {found.target}", hint)
    raise NoSource(f"no source of {target}: `{name}`", hint)


def available(settings: Settings, target: str, own: Sequence[Source]) -> tuple[Source, ...]:
    """Name every source of TARGET as the project has it: ours, the project's, and its OWN."""
    catalogue = settings.catalogue
    named = {name: catalogue.load(name) for name in catalogue.names(target)}
    others = ((name, catalogue.standing(name, own)) for name in catalogue.names())
    named |= {name: stands for name, stands in others if stands}
    named |= {source.name: catalogue.adjusted(source) for source in own}
    return tuple(named[name] for name in sorted(named))


def chosen(
    settings: Settings, target: str, own: Sequence[Source], brought: Sequence[Source] = ()
) -> tuple[Source, ...]:
    """Find the sources that the project reads for TARGET, which reads its OWN of those BROUGHT."""
    asked = settings.target(target)
    if not asked.sources or not asked.table:
        return tuple(map(settings.catalogue.adjusted, own))
    found: dict[str, Source] = {}
    for name in asked.sources:
        try:
            found[name] = find_source(settings, target, brought or own, name)
        except NoSource as error:
            raise asked.table.error(
                error.message, "sources", Code.SOURCE, word=name, hint=error.hint
            ) from None
    return tuple(found.values())


# --- faults with their place

_LABELS = {
    Code.UNREADABLE_DATA: "reading ends here",
    Code.UNKNOWN_KEY: "no such key",
    Code.WRONG_VALUE: "this does not fit",
    Code.SOURCE: "no source can be made of this",
    Code.MAPPING: "this does not hold",
}
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def diagnostic(error: TaxonomyError, folders: Sequence[Path] = ()) -> tuple[Diagnostic, Text]:
    """Show an error of a TOML file where it stands, named from the first of FOLDERS above it."""
    try:
        text = Text(_named(error.path, folders), read_text(error.path, "replace"))
    except TaxonomyError:
        text = Text(_named(error.path, folders), "")
    message, start, end = _placed(text, error)
    found = Diagnostic(
        error.code, message, Span(text.name, start, end), _LABELS.get(error.code, ""), error.hint
    )
    return found, text


def _named(path: Path, folders: Sequence[Path]) -> str:
    above = next((each for each in folders if path.is_relative_to(each)), None)
    return (path.relative_to(above) if above else path).as_posix()


def _placed(text: Text, error: TaxonomyError) -> tuple[str, int, int]:
    """Find the words that ERROR is about; a message that has no place there names the table."""
    if at := _AT.search(error.message):
        message = error.message[:1].lower() + error.message[1 : at.start()]
        start = len(text.text)
        if at[1]:
            lines = text.text.split("\n")[: int(at[1]) - 1]
            start = min(sum(len(line) + 1 for line in lines) + int(at[2]) - 1, start)
        start = min(start, max(len(text.text.rstrip()) - 1, 0))
        return message, start, min(start + 1, len(text.text))
    known = places(text.text)
    for count in range(len(error.keys), 0, -1):
        if error.keys[:count] in known:
            return error.message, *known[error.keys[:count]]
    message = f"{error.table}: {error.message}" if error.table else error.message
    return message, 0, min(len(text.line(1)), len(text.text))
