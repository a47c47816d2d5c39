"""What Sentinel calls things: tables and their connectors, entities and their identifiers."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tocsin.frozen import dataclass, field
from tocsin.schema import Table, read_table

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True, eq=False)
class Entities:
    """Which identifier of which entity type a field is."""

    types: Mapping[str, tuple[str, ...]]  # entity type: identifiers, of which it needs one
    kinds: Mapping[str, str]  # kind in a rule: entity type
    fields: Mapping[str, Mapping[str, str]]  # kind: field: identifier, or how it is made
    names: Mapping[str, str]  # field of a path: field of the file name in it
    hosts: Mapping[str, str]  # column: identifier of a host
    short_hives: frozenset[str]  # columns that write hives short


@dataclass(frozen=True, slots=True)
class Source:
    """The connectors that fill a table, the folder for rules on it, what its columns are called."""

    connectors: tuple[str, ...]
    folder: str
    renames: Mapping[str, str] = field(default_factory=dict, hash=False)


@cache
def entities() -> Entities:
    """Read what Sentinel calls entities."""
    table = read_table(_FOLDER / "entities.toml")
    types, fields = table.table("types"), table.table("fields")
    return Entities(
        {name: types.texts(name) for name in types.items},
        table.table("kinds").all_texts(),
        {kind: fields.table(kind).all_texts() for kind in fields.items},
        table.table("names").all_texts(),
        table.table("hosts").all_texts(),
        frozenset(table.table("hives").texts("short")),
    )


@cache
def sources() -> Mapping[str, Source]:
    """Read the tables that queries read."""
    table = read_table(_FOLDER / "tables.toml")
    return {name: _source(table.table(name), name) for name in table.items}


def _source(table: Table, name: str) -> Source:
    table.only("connectors", "folder", "renames")
    renames = table.table("renames").all_texts()
    return Source(table.texts("connectors", ()), table.text("folder", name), renames)
