"""The event classes and the fields of each; what the language calls things."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TypeVar

from tocsin.frozen import dataclass

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


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A neutral field: an ECS name, or an extension where ECS has no slot."""

    name: str
    type: FieldType
    many: bool
    extension: bool
    about: str


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
    """Data of the taxonomy that does not hold together, and the file it stands in."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


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
    table.only("type", "about", "list", "extension")
    return FieldSpec(
        name,
        table.choice("type", FieldType),
        table.flag("list"),
        table.flag("extension"),
        table.text("about"),
    )


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


def read_table(path: Path) -> Table:
    """Read a TOML file; what is wrong with it is a `TaxonomyError`."""
    try:
        items: dict[str, object] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TaxonomyError(path, str(error)) from error
    return Table(path, "", items)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A TOML table that is read key by key, each as the type it must have."""

    path: Path
    name: str  # where in the file: empty for the file itself
    items: Mapping[str, object]

    def error(self, message: str) -> TaxonomyError:
        """Say that something in this table is wrong."""
        return TaxonomyError(self.path, f"{self.name}: {message}" if self.name else message)

    def only(self, *known: str) -> None:
        """Refuse every key but the known ones."""
        for key in self.items:
            if key not in known:
                raise self.error(f"unknown key `{key}`")

    def text(self, key: str, default: str | None = None) -> str:
        """Read a text that is not empty; without a default it must be there."""
        value = self.items.get(key, default)
        if not isinstance(value, str) or (not value and default is None):
            raise self.error(f"`{key}` must be a text")
        return value

    def flag(self, key: str) -> bool:
        """Read true or false; false where it is missing."""
        value = self.items.get(key, False)
        if not isinstance(value, bool):
            raise self.error(f"`{key}` must be true or false")
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Read a list of texts; without a default it must be there and not be empty."""
        value = self.items.get(key, default)
        if isinstance(value, list | tuple) and (value or default is not None):
            texts = tuple(item for item in value if isinstance(item, str))
            if len(texts) == len(value):
                return texts
        raise self.error(f"`{key}` must be a list of texts")

    def table(self, key: str) -> Table:
        """Read a table; an empty one where it is missing."""
        value: object = self.items.get(key, {})
        if not isinstance(value, dict):
            raise self.error(f"`{key}` must be a table")
        return Table(self.path, f"{self.name}.{key}" if self.name else key, value)

    def tables(self, key: str) -> tuple[Table, ...]:
        """Read an array of tables that is not empty."""
        value = self.items.get(key)
        if not isinstance(value, list) or not value:
            raise self.error(f"`{key}` must be an array of tables")
        rows: Iterable[object] = value
        return tuple(Table(self.path, "", {key: row}).table(key) for row in rows)

    def all_texts(self) -> Mapping[str, str]:
        """Read the whole table as texts."""
        return {key: self.text(key) for key in self.items}

    def choice(self, key: str, kind: type[E], default: E | None = None) -> E:
        """Read one of the words of an enumeration."""
        word = self.text(key, default)
        try:
            return kind(word)
        except ValueError:
            known = ", ".join(kind)
            raise self.error(f"`{key}` is `{word}`, which is none of {known}") from None
