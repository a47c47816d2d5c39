"""The event classes and the fields of each; what the language calls things."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from stat import S_ISREG
from typing import TypeVar

from tocsin.diagnostics import Code, known_names, nearest
from tocsin.frozen import dataclass
from tocsin.places import long_number

E = TypeVar("E", bound=StrEnum)

DATA = Path(__file__).parent / "data"


class FieldType(StrEnum):
    """What the values of a field are."""

    TEXT = "text"
    PATH = "path"
    NUMBER = "number"
    IP = "ip"
    BOOL = "bool"
    TIME = "time"


class Part(StrEnum):
    """What a program makes of its arguments, of which a field may be one."""

    OPTIONS = "options"
    SCRIPT = "script"


@dataclass(frozen=True, slots=True)
class Derived:
    """A field that no source records: PART of what PROGRAM reads in the command line SOURCE."""

    source: str
    program: str
    part: Part


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A neutral field: an ECS name, or an extension where ECS has no slot."""

    name: str
    type: FieldType
    many: bool
    extension: bool
    about: str
    derived: Derived | None = None


@dataclass(frozen=True, slots=True, eq=False)
class EventClass:
    """A kind of event, `category.action`, with every field a rule may ask of it."""

    name: str
    about: str
    # Alternatives: an event is of the class if every key of one of them holds.
    ecs: tuple[Mapping[str, frozenset[str]], ...]
    fields: Mapping[str, FieldSpec]
    aliases: Mapping[str, str]  # foreign name -> neutral name, as this class understands it


class TaxonomyError(Exception):
    """Data that does not hold together: the file it stands in, and the KEYS that lead to it.

    TABLE names the table that is spoken of. The last key may be a text of a list.
    """

    def __init__(
        self,
        path: Path,
        message: str,
        keys: tuple[str, ...] = (),
        code: Code = Code.WRONG_VALUE,
        *,
        table: str = "",
        hint: str | None = None,
    ) -> None:
        place = f"{path}: {table}: " if table else f"{path}: "
        super().__init__(f"{place}{message}{f'; {hint}' if hint else ''}")
        self.path = path
        self.message = message
        self.keys = keys
        self.code = code
        self.table = table
        self.hint = hint


@cache
def class_names() -> tuple[str, ...]:
    """Name every event class, sorted."""
    return tuple(sorted(path.stem for path in (DATA / "classes").glob("*.toml")))


@cache
def event_class(name: str) -> EventClass:
    """Find an event class; an unknown name is a `LookupError`."""
    if name not in class_names():
        raise LookupError(name)
    return read_class(DATA / "classes" / f"{name}.toml", field_specs())


@cache
def field_specs() -> Mapping[str, FieldSpec]:
    """Read every neutral field, by name."""
    return read_fields(DATA / "fields.toml")


def read_fields(path: Path) -> Mapping[str, FieldSpec]:
    """Read a file of fields."""
    table = read_table(path)
    return {name: _field(table.table(name), name) for name in table.items}


def _field(table: Table, name: str) -> FieldSpec:
    table.only("type", "about", "list", "extension", "derived")
    return FieldSpec(
        name,
        table.choice("type", FieldType),
        table.flag("list"),
        table.flag("extension"),
        table.text("about"),
        _derived(table.table("derived")),
    )


def _derived(table: Table) -> Derived | None:
    if not table.items:
        return None
    table.only("from", "program", "part")
    return Derived(table.text("from"), table.text("program"), table.choice("part", Part))


def read_class(path: Path, specs: Mapping[str, FieldSpec]) -> EventClass:
    """Read the file of one event class."""
    table = read_table(path)
    table.only("about", "fields", "ecs", "aliases")
    fields: dict[str, FieldSpec] = {}
    for name in table.texts("fields"):
        if name not in specs:
            raise table.error(f"unknown field `{name}`")
        if name in fields:
            raise table.error(f"`{name}` is listed twice")
        fields[name] = specs[name]
    for spec in fields.values():
        if spec.derived and spec.derived.source not in fields:
            raise table.error(
                f"`{spec.name}` follows from `{spec.derived.source}`, which is missing"
            )
    aliases = table.table("aliases").all_texts()
    for alias, name in aliases.items():
        if name not in fields:
            raise table.error(f"alias `{alias}` names `{name}`, no field of the class")
        if alias in fields:
            raise table.error(f"alias `{alias}` is a field of the class")
    return EventClass(path.stem, table.text("about"), _ecs(table), fields, aliases)


def _ecs(table: Table) -> tuple[Mapping[str, frozenset[str]], ...]:
    alternatives = table.tables("ecs")
    if not all(alternative.items for alternative in alternatives):
        raise table.error("an `ecs` alternative without a key would hold for every event")
    return tuple(
        {key: frozenset(alternative.texts(key)) for key in alternative.items}
        for alternative in alternatives
    )


MAX_BYTES = 1024 * 1024  # of a TOML file


def read_table(path: Path) -> Table:
    """Read a TOML file; what is wrong with it is a `TaxonomyError`."""
    text = read_text(path)
    try:
        items: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(path, str(error)) from error
    except ValueError:  # Python reads no such number
        digits, line, column = long_number(text)
        message = f"a number of {digits} digits (at line {line}, column {column})"
        raise _unreadable(path, message) from None
    except RecursionError:
        raise _unreadable(path, "nested too deep") from None
    return Table(path, (), items)


def read_text(path: Path, errors: str = "strict") -> str:
    """Read a file of UTF-8, with or without a byte order mark; anything else is an error too."""
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            raise _unreadable(path, "no regular file")
        if status.st_size > MAX_BYTES:
            raise _unreadable(path, f"larger than {MAX_BYTES >> 10} KiB")
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, (error.strerror or "cannot be read").lower()) from error
    try:
        return data.decode("utf-8-sig", errors).replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        lines = data[: error.start].decode("utf-8-sig").split("\n")
        place = f"(at line {len(lines)}, column {len(lines[-1]) + 1})"
        raise _unreadable(
            path, f"not UTF-8: byte 0x{error.object[error.start]:02X} {place}"
        ) from error


def _unreadable(path: Path, message: str) -> TaxonomyError:
    return TaxonomyError(path, message, (), Code.UNREADABLE_DATA)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A TOML table that is read key by key, each as the type it must have."""

    path: Path
    keys: tuple[str, ...]  # where in the file: none for the file itself
    items: Mapping[str, object]

    def error(
        self,
        message: str,
        key: str | None = None,
        code: Code = Code.WRONG_VALUE,
        *,
        word: str | None = None,
        hint: str | None = None,
    ) -> TaxonomyError:
        """Say that something in this table is wrong: at KEY, or at a WORD of the list there."""
        keys = (*self.keys, *(each for each in (key, word) if each is not None))
        table = ".".join(self.keys)
        return TaxonomyError(self.path, message, keys, code, table=table, hint=hint)

    def only(self, *known: str) -> None:
        """Refuse every key but the known ones."""
        for key in self.items:
            if key not in known:
                hint = known_names(key, known)
                raise self.error(f"unknown key `{key}`", key, Code.UNKNOWN_KEY, hint=hint)

    def text(self, key: str, default: str | None = None) -> str:
        """Read a text that is not empty; without a default it must be there."""
        value = self.items.get(key, default)
        if not isinstance(value, str) or (not value and default is None):
            missing = "" if key in self.items else ", but is missing"
            raise self.error(f"`{key}` must be a text{missing}", key)
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        """Read true or false."""
        value = self.items.get(key, default)
        if not isinstance(value, bool):
            raise self.error(f"`{key}` must be true or false", key)
        return value

    def number(self, key: str) -> int | None:
        """Read a whole number above 0; None where it is missing."""
        value = self.items.get(key)
        if value is not None and (type(value) is not int or value <= 0):
            raise self.error(f"`{key}` must be a whole number above 0", key)
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Read a list of texts; without a default it must be there and not be empty."""
        value = self.items.get(key, default)
        if isinstance(value, list | tuple) and (value or default is not None):
            texts = tuple(item for item in value if isinstance(item, str))
            if len(texts) == len(value):
                return texts
        raise self.error(f"`{key}` must be a list of texts", key)

    def table(self, key: str) -> Table:
        """Read a table; an empty one where it is missing."""
        value: object = self.items.get(key, {})
        if not isinstance(value, dict):
            raise self.error(f"`{key}` must be a table", key)
        return Table(self.path, (*self.keys, key), value)

    def tables(self, key: str, default: tuple[()] | None = None) -> tuple[Table, ...]:
        """Read an array of tables; without a default it must be there and not be empty."""
        value = self.items.get(key, default)
        if not isinstance(value, list | tuple) or (not value and default is None):
            raise self.error(f"`{key}` must be an array of tables", key)
        rows: Iterable[object] = value
        return tuple(Table(self.path, self.keys, {key: row}).table(key) for row in rows)

    def all_texts(self) -> Mapping[str, str]:
        """Read the whole table as texts."""
        for key, value in self.items.items():
            if isinstance(value, dict) and value:
                hint = quoted_name(f"{key}.{next(iter(value))}")
                raise self.error(f"`{key}` must be a text", key, hint=hint)
        return {key: self.text(key) for key in self.items}

    def all_numbers(self) -> Mapping[str, int]:
        """Read the whole table as whole numbers."""
        numbers = {key: value for key, value in self.items.items() if type(value) is int}
        for key in self.items.keys() - numbers.keys():
            raise self.error(f"`{key}` must be a whole number", key)
        return numbers

    def choice(self, key: str, kind: type[E], default: E | None = None) -> E:
        """Read one of the words of an enumeration."""
        word = self.text(key, default)
        try:
            return kind(word)
        except ValueError:
            raise self.no_choice(key, word, kind) from None

    def no_choice(self, key: str, word: str, known: Iterable[str]) -> TaxonomyError:
        """Say that WORD is none of those that may stand at KEY."""
        words = list(known)
        close = nearest(word, words)
        if close:
            hint = f"`{close}` has a similar name"
            return self.error(f"`{key}` cannot be `{word}`", key, word=word, hint=hint)
        message = f"`{key}` has `{word}`, which is none of {', '.join(words)}"
        return self.error(message, key, word=word)


# --- what a wrong name was meant to be


def field_hint(event_class: EventClass, name: str) -> str:
    """Say what the name of no field of the class was probably meant to be."""
    if name in event_class.aliases:
        return f"`{name}` is written `{event_class.aliases[name]}`"
    if close := nearest(name, event_class.fields):
        return f"`{close}` has a similar name"
    last = name.rpartition(".")[2]
    alike = [f"`{each}`" for each in event_class.fields if last in each.split(".")]
    if alike and len(alike) < len(event_class.fields) / 2:
        return f"fields of that name: {', '.join(alike)}"
    return f"`tocsin fields {event_class.name}` lists the fields"


def unquoted(items: Mapping[str, object], name: str, known: Iterable[str]) -> str | None:
    """Say how a name with a dot is written, where NAME seems to be the beginning of one."""
    below = [each for each in known if each.startswith(f"{name}.")]
    paths, value = [name], items[name]
    while isinstance(value, dict) and value:
        key, value = next(iter(value.items()))
        paths.append(f"{paths[-1]}.{key}")
    if not below or len(paths) == 1:
        return None
    exact = (path for path in paths if path in below)
    near = filter(None, (nearest(path, below) for path in paths[1:]))
    return quoted_name(next(exact, None) or next(near, below[0]))


def quoted_name(name: str) -> str:
    """Say how a name with a dot is written."""
    return f'a dot is a level in TOML: write "{name}" in quotes'
