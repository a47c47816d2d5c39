"""Descriptions of a source, one over the other: ours, and what a project changes of it.

A layer is a folder of TOML files, or a table of the project's settings. The upper one overrides the
lower key by key, and `fields`, `absent`, `columns` and `parameters` entry by entry.
"""

import re
from collections.abc import Iterable, Mapping, Set
from pathlib import Path
from typing import Protocol

from tocsin.diagnostics import Code
from tocsin.frozen import dataclass
from tocsin.schema import Table, class_names, read_table

Raw = Mapping[str, object]

# What a source may say once for all of its classes; a class may say otherwise.
DEFAULTS = ("index", "integration", "table", "time", "events", "macro", "bag")
_BY_ENTRY = ("fields", "absent", "columns", "parameters", "bag")
# What is text in the target's own language, of a class and of a column.
_IN_LANGUAGE = frozenset({"gate", "search", "columns", "bag", "macro", "parameters", "since"})
_COLUMN_IN_LANGUAGE = frozenset({"expr", "folded"})
# Forms whose `expr` is for the reader: no query is made of it.
_REACHED_BY_IT = frozenset({"join"})


class Layer(Protocol):
    """One description of a source."""

    @property
    def table(self) -> Table:
        """Say what holds for the source as a whole."""
        ...

    def classes(self) -> Iterable[str]:
        """Name the event classes that it speaks of."""
        ...

    def event_class(self, name: str) -> Table | None:
        """Say what holds for one event class; None if nothing."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Folder:
    """A folder: `source.toml`, and a file for each event class, or a table `classes` in it."""

    path: Path
    table: Table
    files: frozenset[str]  # their names without the ending

    def classes(self) -> Iterable[str]:
        """Name the event classes that there are files or tables of."""
        files = (name for name in class_names() if name in self.files)
        return (*files, *self.table.table("classes").items)

    def event_class(self, name: str) -> Table | None:
        """Read the file or the table of a class, if there is one."""
        if name in self.files:
            return read_table(self.path / f"{name}.toml") if name in class_names() else None
        return _written(self.table, name)


def folder(path: Path) -> Folder:
    """Read a folder's `source.toml`; the files of classes wait until they are asked for."""
    table = read_table(path / "source.toml")
    return Folder(path, table, frozenset(each.stem for each in path.glob("*.toml")))


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A table `[sources.NAME]` of the settings, with `classes` below it."""

    table: Table

    def classes(self) -> Iterable[str]:
        """Name the event classes that it has tables for."""
        return self.table.table("classes").items

    def event_class(self, name: str) -> Table | None:
        """Return the table of a class, if there is one."""
        return _written(self.table, name)


def _written(table: Table, name: str) -> Table | None:
    classes = table.table("classes")
    return classes.table(name) if name in classes.items else None


@dataclass(frozen=True, slots=True, eq=False)
class Elsewhere:
    """A layer of another target's source: where its columns are, for the classes in WANTED.

    What it says in that target's language, the layer above says in its own. A project has no words
    for both.
    """

    layer: Layer
    wanted: frozenset[str]

    @property
    def table(self) -> Table:
        """Say what holds for the source as a whole, but of which target it is."""
        return _without(self.layer.table, _IN_LANGUAGE | {"target", "extends", "classes"})

    def classes(self) -> Iterable[str]:
        """Name the event classes that both layers speak of."""
        return (name for name in self.layer.classes() if name in self.wanted)

    def event_class(self, name: str) -> Table | None:
        """Say where the columns of a class are."""
        table = self.layer.event_class(name) if name in self.wanted else None
        if table is None:
            return None
        for key in sorted(_IN_LANGUAGE & table.items.keys()):
            if isinstance(self.layer, Written):
                message = f"`{key}` is in the words of one target; others read this source too"
                hint = "disable the others in their tables of `targets`, or leave this out"
                raise table.error(message, key, Code.SOURCE, hint=hint)
        own = _without(table, _IN_LANGUAGE)
        fields = own.table("fields").items if "fields" in own.items else {}
        plain = {key: _plain(entry) for key, entry in fields.items()}
        return Table(own.path, own.keys, {**own.items, "fields": plain})


def _without(table: Table, keys: Set[str]) -> Table:
    kept = {key: value for key, value in table.items.items() if key not in keys}
    return Table(table.path, table.keys, kept)


def _plain(entry: object) -> object:
    if not isinstance(entry, dict) or entry.get("form") in _REACHED_BY_IT:
        return entry
    return {key: value for key, value in entry.items() if key not in _COLUMN_IN_LANGUAGE}


def merged_class(layers: Iterable[Layer], name: str) -> Table | None:
    """Put what LAYERS, the lowest first, say of a class over each other; None if none does."""
    found: dict[str, object] = {}
    top: Table | None = None
    for layer in layers:
        own = layer.event_class(name)
        defaults = {key: layer.table.items[key] for key in DEFAULTS if key in layer.table.items}
        found = _over(found, defaults)
        found = _over(found, own.items if own else {})
        if renames := layer.table.table("rename").all_texts():
            found = _renamed(found, renames, frozenset(_names(own)))
        top = own or (layer.table if top and (defaults or renames) else top)
    return Table(top.path, top.keys, found) if top else None


def _over(below: Raw, above: Raw) -> dict[str, object]:
    """Put ABOVE over BELOW; a field that is mapped is no longer absent, and the other way round."""
    found = {**below, **above}
    for key in _BY_ENTRY:
        lower, upper = below.get(key), above.get(key)
        if isinstance(lower, dict) and isinstance(upper, dict):
            found[key] = {**lower, **upper}
    for key, other in (("fields", "absent"), ("absent", "fields")):
        entries, taken = below.get(key), above.get(other)
        if isinstance(entries, dict) and isinstance(taken, dict):
            upper = above.get(key)
            kept = {name: each for name, each in entries.items() if name not in taken}
            found[key] = {**kept, **(upper if isinstance(upper, dict) else {})}
    return found


# --- renaming: the columns that lower layers have named


def _names(own: Table | None) -> Iterable[str]:
    """Name the fields that a layer maps by itself: with the names that they have in the end."""
    fields = own.items.get("fields") if own else None
    return fields if isinstance(fields, dict) else ()


def _renamed(items: Raw, renames: Mapping[str, str], own: frozenset[str]) -> dict[str, object]:
    found = dict(items)
    fields = items.get("fields")
    if isinstance(fields, dict):
        found["fields"] = {
            name: each if name in own else _renamed_entry(name, each, renames)
            for name, each in fields.items()
        }
    made = items.get("columns")
    own_names = made if isinstance(made, dict) else {}
    # What the query makes has its name there alone; a column of the table is named everywhere.
    names = {old: new for old, new in renames.items() if old not in own_names}
    for key in ("time", "gate", "search", "bag"):
        if key in items:
            found[key] = _in_texts(items[key], names)
    for key, inside in (("columns", names), ("parameters", {})):
        if isinstance(entries := items.get(key), dict):
            found[key] = {
                renames.get(name, name): _in_texts(each, inside) for name, each in entries.items()
            }
    return found


def _in_texts(value: object, renames: Mapping[str, str]) -> object:
    """Rename columns where texts in the target's own language speak of them."""
    match value:
        case str():
            for old, new in renames.items():
                # Not a placeholder, and not a key of a bag.
                value = re.sub(rf"(?<![\w.{{]){re.escape(old)}(?!\w)", lambda _: new, value)  # noqa: B023
            return value
        case list():
            return [_in_texts(each, renames) for each in value]
        case dict():
            return {key: _in_texts(each, renames) for key, each in value.items()}
        case _:
            return value


def _renamed_entry(name: str, entry: object, renames: Mapping[str, str]) -> object:
    if isinstance(entry, str):  # only its presence: the column has the field's name
        return {"column": renames[name], "presence": entry} if name in renames else entry
    if not isinstance(entry, dict):
        return entry
    found = dict(entry)
    for key in ("expr", "folded"):
        if key in entry:
            found[key] = _in_texts(entry[key], renames)
    if "columns" not in entry and entry.get("form") != "constant":
        column = entry.get("column", name)
        if isinstance(column, str) and column in renames:
            found["column"] = renames[column]
    if isinstance(several := entry.get("columns"), list):
        found["columns"] = [renames.get(each, each) for each in several if isinstance(each, str)]
    if isinstance(also := entry.get("also"), list):
        found["also"] = [_renamed_entry(name, each, renames) for each in also]
    return found


def columns_named(items: Raw) -> frozenset[str]:
    """Name every column that a class reads, as far as ITEMS can be read."""
    found: set[str] = set()
    fields = items.get("fields")
    for name, entry in fields.items() if isinstance(fields, dict) else ():
        pending: list[object] = [entry]
        while pending:
            each = pending.pop()
            if isinstance(each, dict):
                several = each.get("columns", [each.get("column", name)])
                found |= {one for one in several if isinstance(one, str)}
                also = each.get("also", [])
                pending += also if isinstance(also, list) else []
            else:
                found.add(name)
    bag = items.get("bag")
    column = bag.get("column") if isinstance(bag, dict) else None
    return frozenset(found | ({column} if isinstance(column, str) else set()))


def is_spoken_of(name: str, items: Raw) -> bool:
    """Whether the target's own language names a column in what a class says."""
    texts = (items.get(key) for key in ("gate", "search", "columns", "bag"))
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", str(list(texts))) is not None


# --- what layers may not say over each other


def check_target(layers: Iterable[Layer]) -> None:
    """Hold the `target` of each layer against that of the layers below."""
    below: str | None = None
    for layer in layers:
        own = layer.table.text("target") if "target" in layer.table.items else below
        if below is not None and own != below:
            message = f"`target` is `{own}`, but the source below is one of {below}"
            hint = "`target` is left out where a source extends another"
            raise layer.table.error(message, "target", Code.SOURCE, word=own, hint=hint)
        below = own


def check_lacks(layers: Iterable[Layer]) -> None:
    """Refuse what a layer says of a class that it lacks, or that one below it lacks."""
    lacks: tuple[str, ...] = ()
    for layer in layers:
        own = "lacks" in layer.table.items
        lacks = layer.table.texts("lacks", lacks)
        for name in layer.classes():
            if name in lacks:
                message = f"`{name}` is in `classes` and in `lacks`"
                hint = None if own else "`lacks` is that of the source below; `lacks = []` ends it"
                raise layer.table.error(message, "classes", Code.MAPPING, word=name, hint=hint)
