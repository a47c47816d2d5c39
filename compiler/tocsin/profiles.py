"""Source profiles: where each data source keeps each field."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

from tocsin.frozen import dataclass
from tocsin.frozen import field as stored
from tocsin.schema import DATA, Table, TaxonomyError, class_names, event_class, read_table

SOURCES = DATA / "sources"


class Presence(StrEnum):
    """How often a source fills a column on events of the class."""

    ALWAYS = "always"
    CONDITIONAL = "conditional"


class Form(StrEnum):
    """How a column holds the neutral value."""

    DIRECT = "direct"  # as is
    ARRAY_ANY = "array_any"  # as is, in an array
    LIST_TEXT = "list_text"  # several values in one text, with a separator between
    PATH_BASENAME = "path_basename"  # a full path; the value is its last component
    PATH_DIRECTORY = "path_directory"  # a full path; the value is all before its last separator
    PATH_EXTENSION = "path_extension"  # a full path; the value follows the last dot of its name
    PATH_DIRNAME_PLUS_NAME = "path_dirname_plus_name"  # two columns: folder, file name
    NT_DEVICE_PATH = "nt_device_path"  # \Device\HarddiskVolumeN\ instead of a drive letter
    HASH_BLOB = "hash_blob"  # SHA1=…,MD5=… in one text
    DOMAIN_USER = "domain_user"  # DOMAIN\user; `part` says which half is the value
    PID_HEX = "pid_hex"  # a number written 0xf84
    INTEGRITY = "integrity"  # an integrity level, written as `styles` say
    ARGS_FROM_CMDLINE = "args_from_cmdline"  # a command line; the values are its arguments
    XML_BAG = "xml_bag"  # a key of an EventData property bag
    GUID_BRACED = "guid_braced"  # {XXXXXXXX-…}; the value has no braces
    BOOL_WORD = "bool_word"  # a text; `words` has the one for "true" and maybe for "false"
    WORDS = "words"  # a closed vocabulary: `words` maps neutral text to the column's
    COALESCE = "coalesce"  # the first column with a value, or what `expr` makes of them
    CONSTANT = "constant"  # no column: the source implies `value`
    JOIN = "join"  # another table's or event's column; `expr` says how to reach it


# Digits of a digest, by algorithm.
HEX_DIGITS: Mapping[str, int] = {"MD5": 32, "SHA1": 40, "SHA256": 64, "IMPHASH": 32}

# An integrity level's word and the RID that ends its SID, S-1-16-RID.
INTEGRITY_RIDS: Mapping[str, int] = {
    "untrusted": 0,
    "low": 4096,
    "medium": 8192,
    "medium_plus": 8448,
    "high": 12288,
    "system": 16384,
    "protected": 20480,
    "secure": 28672,
}


@dataclass(frozen=True, slots=True)
class Column:
    """Where, how often and in which form a source holds one field."""

    field: str
    name: str  # the first of `inputs`; empty for a constant
    presence: Presence = Presence.ALWAYS
    form: Form = Form.DIRECT
    inputs: tuple[str, ...] = ()  # every column that the value is made of
    expr: str | None = None  # the neutral value, in the target's own language
    part: str | None = None  # domain_user: "name" or "domain"
    algorithm: str | None = None  # hash_blob: "MD5", "SHA1", "SHA256", "IMPHASH"
    separator: str | None = None  # list_text
    value: str | None = None  # constant
    absent: tuple[str, ...] = ()  # texts that mean that there is no value, in this column
    bare: tuple[str, ...] = ()  # path_basename: values that are recorded without a path
    styles: tuple[str, ...] = ()  # integrity: "word", "sid", "rid"
    words: Mapping[str, str] = stored(default_factory=dict, hash=False)
    elsewhere: str | None = None  # what other sources of the target have in a column of this name
    note: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SourceClass:
    """How a source records one event class; empty keys belong to other targets."""

    source: str
    event_class: str
    columns: Mapping[str, Column]
    absent: Mapping[str, str]  # field -> why the source lacks it
    gate: tuple[str, ...] = ()  # what tells these events from others, in the target's language
    notes: tuple[str, ...] = ()
    index: tuple[str, ...] = ()  # eql
    category: str = ""  # eql
    integration: tuple[str, ...] = ()  # eql
    table: str = ""  # kql: a table, or a call that gives one
    time: str = ""  # kql, spl
    logsource: Mapping[str, str] = stored(default_factory=dict)  # sigma
    select: Mapping[str, tuple[str, ...]] = stored(default_factory=dict)  # sigma: item -> any of
    search: tuple[str, ...] = ()  # spl
    datamodel: str = ""  # spl over CIM


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A data source of one target; `event_class` reads what it knows of a class."""

    name: str
    title: str
    target: str
    systems: frozenset[str]  # the systems it holds; empty if a column tells them apart
    absent: frozenset[str]  # texts in its columns that mean that there is no value
    requires: tuple[str, ...]
    notes: tuple[str, ...]
    integration: tuple[str, ...]
    tag: str
    prelude: str  # text that the target needs above every query
    maps_ipv4: bool  # whether it stores an IPv4-mapped IPv6 address as the IPv4 address
    drops_empty: bool  # whether it has no field for an empty text
    folder: Path

    def event_class(self, name: str) -> SourceClass | None:
        """Say how this source records a class; None if it does not."""
        return _source_class(self.folder, self.target, name)

    def classes(self) -> tuple[str, ...]:
        """Name the event classes that this source records, sorted."""
        return tuple(name for name in class_names() if (self.folder / f"{name}.toml").is_file())


@cache
def source_names(target: str | None = None) -> tuple[str, ...]:
    """Name every source, or those of one target, sorted."""
    names = sorted(path.name for path in SOURCES.iterdir() if path.is_dir())
    return tuple(name for name in names if target in (None, load_source(name).target))


@cache
def load_source(name: str) -> Source:
    """Find a source; an unknown name is a `LookupError`."""
    folder = SOURCES / name
    if not name.isidentifier() or not folder.is_dir():
        raise LookupError(name)
    return read_source(folder)


def read_source(folder: Path) -> Source:
    """Read a source from a folder of its own, ours or anybody's."""
    table = read_table(folder / "source.toml")
    table.only(*_SOURCE_KEYS)
    return Source(
        folder.name,
        table.text("title"),
        table.text("target"),
        frozenset(table.texts("systems", ())),
        frozenset(table.texts("absent", ())),
        table.texts("requires", ()),
        table.texts("notes", ()),
        table.texts("integration", ()),
        table.text("tag", ""),
        table.text("prelude", ""),
        table.flag("maps_ipv4"),
        table.flag("drops_empty"),
        folder,
    )


_SOURCE_KEYS = (
    *("title", "target", "systems", "absent", "requires"),
    *("notes", "integration", "tag", "prelude", "maps_ipv4", "drops_empty"),
)

_CLASS_KEYS = (
    *("fields", "absent", "gate", "notes", "index", "category", "integration", "table"),
    *("time", "logsource", "select", "search", "datamodel"),
)

# What a class must say of itself; a target that is not named here needs nothing.
_SELECTORS = {
    "eql": ("index", "category"),
    "kql": ("table", "time"),
    "sigma": ("logsource",),
    "spl": ("time",),
}


@cache
def _source_class(folder: Path, target: str, name: str) -> SourceClass | None:
    path = folder / f"{name}.toml"
    if name not in class_names() or not path.is_file():
        return None
    table = read_table(path)
    table.only(*_CLASS_KEYS)
    for key in _SELECTORS.get(target, ()):
        if key not in table.items:
            raise table.error(f"`{key}` is missing, which target {target} needs")
    columns = _columns(table.table("fields"))
    absent = table.table("absent").all_texts()
    _complete(path, name, columns, absent)
    return SourceClass(
        folder.name,
        name,
        columns,
        absent,
        table.texts("gate", ()),
        table.texts("notes", ()),
        table.texts("index", ()),
        table.text("category", ""),
        table.texts("integration", ()),
        table.text("table", ""),
        table.text("time", ""),
        table.table("logsource").all_texts(),
        _select(table.table("select")),
        table.texts("search", ()),
        table.text("datamodel", ""),
    )


def _select(table: Table) -> Mapping[str, tuple[str, ...]]:
    return {item: table.texts(item) for item in table.items}


def _complete(
    path: Path, name: str, columns: Mapping[str, Column], absent: Mapping[str, str]
) -> None:
    fields = event_class(name).fields
    for field_name in [*columns, *absent]:
        if field_name not in fields:
            raise TaxonomyError(path, f"`{field_name}` is no field of {name}")
    for field_name in fields:
        if field_name in columns and field_name in absent:
            raise TaxonomyError(path, f"`{field_name}` is both mapped and absent")
        if field_name not in columns and field_name not in absent:
            raise TaxonomyError(path, f"`{field_name}` is neither mapped nor absent")


def _columns(table: Table) -> Mapping[str, Column]:
    columns: dict[str, Column] = {}
    for name, entry in table.items.items():
        if isinstance(entry, str):
            columns[name] = _same_name(name, table.choice(name, Presence))
        else:
            columns[name] = _column(table.table(name), name)
    return columns


@cache
def _same_name(name: str, presence: Presence) -> Column:
    return Column(name, name, presence, inputs=(name,))


_COLUMN_KEYS = (
    *("column", "columns", "presence", "form", "expr", "part", "algorithm", "separator"),
    *("value", "absent", "bare", "styles", "words", "true", "false", "elsewhere", "note"),
)

_VOCABULARY: Mapping[str, tuple[str, ...]] = {
    "part": ("name", "domain"),
    "algorithm": tuple(HEX_DIGITS),
    "styles": ("word", "sid", "rid"),
}

# What each form must carry, one of the alternatives being enough.
_NEEDS: Mapping[Form, tuple[str, ...]] = {
    Form.LIST_TEXT: ("separator",),
    Form.PATH_DIRNAME_PLUS_NAME: ("columns", "expr"),
    Form.HASH_BLOB: ("algorithm",),
    Form.DOMAIN_USER: ("part",),
    Form.INTEGRITY: ("styles",),
    Form.BOOL_WORD: ("true",),
    Form.WORDS: ("words",),
    Form.COALESCE: ("columns", "expr"),
    Form.CONSTANT: ("value",),
    Form.JOIN: ("expr",),
}


def _column(table: Table, name: str) -> Column:
    table.only(*_COLUMN_KEYS)
    form = table.choice("form", Form, Form.DIRECT)
    needs = _NEEDS.get(form, ())
    if needs and not any(key in table.items for key in needs):
        raise table.error(f"form {form} needs `{'` or `'.join(needs)}`")
    inputs = _inputs(table, name, form)
    return Column(
        name,
        inputs[0] if inputs else "",
        table.choice("presence", Presence, Presence.ALWAYS),
        form,
        inputs,
        _optional(table, "expr"),
        _optional(table, "part"),
        _optional(table, "algorithm"),
        _optional(table, "separator"),
        _optional(table, "value"),
        table.texts("absent", ()),
        table.texts("bare", ()),
        _known(table, "styles", table.texts("styles", ())),
        _words(table),
        _optional(table, "elsewhere"),
        _optional(table, "note"),
    )


def _inputs(table: Table, name: str, form: Form) -> tuple[str, ...]:
    if "column" in table.items and "columns" in table.items:
        raise table.error("`column` and `columns` exclude each other")
    if "columns" in table.items:
        return table.texts("columns")
    if form is Form.CONSTANT:
        return ()
    return (table.text("column", name),)


def _optional(table: Table, key: str) -> str | None:
    if key not in table.items:
        return None
    value = table.text(key)
    return _known(table, key, (value,))[0] if key in _VOCABULARY else value


def _known(table: Table, key: str, values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if value not in _VOCABULARY[key]:
            raise table.error(f"`{key}` has `{value}`, none of {', '.join(_VOCABULARY[key])}")
    return values


def _words(table: Table) -> Mapping[str, str]:
    if "words" in table.items:
        return table.table("words").all_texts()
    return {key: table.text(key) for key in ("true", "false") if key in table.items}
