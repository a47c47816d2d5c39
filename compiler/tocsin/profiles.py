"""Source profiles: where each data source keeps each field."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from tocsin.columns import Column, Form, filled, read_columns
from tocsin.derived import with_derived
from tocsin.diagnostics import Code, known_names
from tocsin.frozen import dataclass
from tocsin.frozen import field as stored
from tocsin.layers import (
    DEFAULTS,
    Elsewhere,
    Folder,
    Layer,
    Written,
    check_lacks,
    check_target,
    columns_named,
    folder,
    is_spoken_of,
    merged_class,
)
from tocsin.schema import (
    DATA,
    Table,
    TaxonomyError,
    class_names,
    event_class,
    field_hint,
    unquoted,
)

SOURCES = DATA / "sources"


@dataclass(frozen=True, slots=True)
class Bag:
    """A column that holds many values under names of their own.

    FORMAT is how the column writes them: "xml" (`<Data Name="Image">`) or "json". NAME is what the
    query calls it once PREPARE, stages of the query, have taken it apart. PREFILTER says that it
    pays to look for a text in the column before.
    """

    column: str
    format: str
    name: str
    prepare: tuple[str, ...] = ()
    prefilter: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class SourceClass:
    """How a source records one event class; empty keys belong to other targets."""

    source: str
    event_class: str
    columns: Mapping[str, Column]
    absent: Mapping[str, str]  # field -> why the source lacks it
    gate: tuple[str, ...] = ()  # what tells these events from others, in the target's language
    notes: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()  # what must be so for events of the class to be there
    index: tuple[str, ...] = ()  # eql, spl: where the events are kept
    category: str = ""  # eql
    integration: tuple[str, ...] = ()  # eql
    table: str = ""  # kql: a table, or a function that gives one
    time: str = ""  # kql, spl
    derived: Mapping[str, str] = stored(default_factory=dict)  # a column the query makes: its value
    # A column that the query makes of one of several others: these.
    origins: Mapping[str, tuple[str, ...]] = stored(default_factory=dict)
    bag: Bag | None = None  # what derived columns are taken from
    parameters: Mapping[str, str] = stored(default_factory=dict)  # kql: column -> of the function
    since: str = ""  # kql: the function's parameter for the start of the window
    logsource: Mapping[str, str] = stored(default_factory=dict)  # sigma
    select: Mapping[str, tuple[str, ...]] = stored(default_factory=dict)  # sigma: item -> any of
    events: str = ""  # spl: the term that tells the source's events
    macro: str = ""  # spl: what stands in place of index and events
    search: tuple[str, ...] = ()  # spl: the terms that tell the class
    datamodel: str = ""  # spl over CIM: model and dataset, with a dot between


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
    maps_ipv4: bool  # whether it stores an IPv4-mapped IPv6 address as the IPv4 address
    drops_empty: bool  # whether it has no field for an empty text
    typed: bool  # whether its columns have types: no text stands in a column of numbers
    fills_absent: bool  # whether a text of `absent` stands where there is no value
    layers: tuple[Layer, ...]
    lacks: frozenset[str]  # classes that a layer below records and this source does not

    def event_class(self, name: str) -> SourceClass | None:
        """Say how this source records a class; None if it does not."""
        return None if name in self.lacks else _source_class(self, name)

    @property
    def is_own(self) -> bool:
        """Whether a project's settings have a part in it."""
        return any(isinstance(layer, Written) for layer in self.layers)

    def classes(self) -> tuple[str, ...]:
        """Name the event classes that this source records, sorted."""
        named = {name for layer in self.layers for name in layer.classes()}
        return tuple(sorted(named - self.lacks))


class Catalogue:
    """The sources by name: ours, and those that a project writes in its settings."""

    def __init__(self, written: Mapping[str, Table] | None = None) -> None:
        self._written = written or {}
        self._loaded: dict[str, Source] = {}

    def names(self, target: str | None = None) -> tuple[str, ...]:
        """Name every source, or those of one target, sorted."""
        names = sorted(_ours() | {*self._written})
        if target is None:
            return tuple(names)
        return tuple(name for name in names if self.load(name).target == target)

    def load(self, name: str) -> Source:
        """Find a source; an unknown name is a `LookupError`, bad data a `TaxonomyError`."""
        if name not in self._loaded:
            self._loaded[name] = _source(name, tuple(self._layers(name)))
        return self._loaded[name]

    def adjusted(self, source: Source) -> Source:
        """Return a source that a target reads by itself as the project has it."""
        if not self._written or source.name not in self.names():
            return source
        found = self.load(source.name)
        if not found.is_own or found.target == source.target:
            return found if found.is_own else source
        # It stands over the columns of another target's source, which the project has changed.
        return self.standing(source.name, (source,)) or source

    def standing(self, name: str, brought: Iterable[Source]) -> Source | None:
        """Read a source as a target does that has BROUGHT words of its own for ours below it."""
        found = self.load(name)
        lowest = found.layers[0]
        if not isinstance(lowest, Folder):
            return None
        for source in brought:
            stands = any(isinstance(each, Elsewhere) for each in source.layers)
            if stands and source.name == lowest.path.name:
                return _standing(source.layers[-1], found)
        return None

    def _layers(self, name: str) -> Iterable[Layer]:
        """Find the layers of a source, the lowest first."""
        found: list[Layer] = []
        seen: dict[str, None] = {}
        wanted: str | None = name
        ours = False  # whether NAME is now that of ours, whatever the settings call so
        while wanted is not None:
            layer = self._layer(wanted, ours)
            if layer is None:
                raise self._unknown(wanted, found)
            found.insert(0, layer)
            seen[wanted] = None
            below = layer.table.text("extends", "") or None
            if isinstance(layer, Written) and _is_ours(wanted):
                if below not in (None, wanted):
                    message = f"`{wanted}` is a source of ours and stands over itself"
                    hint = "a source that extends another has a name of its own"
                    raise layer.table.error(message, "extends", Code.SOURCE, word=below, hint=hint)
                ours, below = True, wanted
            elif below in seen:
                chain = " -> ".join([*seen, below or ""])
                message = f"`extends` leads in a circle: {chain}"
                raise layer.table.error(message, "extends", Code.SOURCE, word=below)
            else:
                ours = False
            wanted = below
        return found

    def _layer(self, name: str, ours: bool) -> Layer | None:
        if not ours and name in self._written:
            return Written(self._written[name])
        return folder(SOURCES / name) if _is_ours(name) else None

    def _unknown(self, name: str, above: list[Layer]) -> Exception:
        if not above:
            return LookupError(name)
        hint = known_names(name, self.names())
        message = f"no source `{name}` to extend"
        return above[0].table.error(message, "extends", Code.SOURCE, word=name, hint=hint)


@cache
def _ours() -> frozenset[str]:
    return frozenset(path.name for path in SOURCES.iterdir() if path.is_dir())


def _is_ours(name: str) -> bool:
    return name in _ours()


_OURS = Catalogue()


@cache
def source_names(target: str | None = None) -> tuple[str, ...]:
    """Name every source of ours, or those of one target, sorted."""
    return _OURS.names(target)


def load_source(name: str) -> Source:
    """Find a source of ours; an unknown name is a `LookupError`."""
    return _OURS.load(name)


def read_source(path: Path, over: Source | None = None) -> Source:
    """Read a source from a folder of its own, anybody's.

    It may stand OVER a source of another target: its columns are where that one has them, in the
    classes that the folder speaks of; gates and expressions it says in its own target's language.
    """
    return _standing(folder(path), over) if over else _source(path.name, (folder(path),))


def _standing(top: Layer, over: Source) -> Source:
    """Put TOP over the columns of another target's source, and what a project says over both."""
    wanted = frozenset(top.classes())
    layers = [Elsewhere(each, wanted) for each in over.layers]
    ours = sum(not isinstance(each, Written) for each in over.layers)
    return _source(over.name, (*layers[:ours], top, *layers[ours:]))


# --- reading a source

_SOURCE_KEYS = (
    *("title", "target", "extends", "systems", "absent", "requires", "notes", "tag", "lacks"),
    *("maps_ipv4", "drops_empty", "typed", "fills_absent", "rename", "classes"),
    *DEFAULTS,
)

_CLASS_KEYS = (
    *("fields", "absent", "gate", "notes", "requires", "category", "columns", "parameters"),
    *("since", "logsource", "select", "search", "datamodel"),
    *DEFAULTS,
)

# What a class must say of itself; a target that is not named here needs nothing.
_SELECTORS = {
    "eql": ("index", "category"),
    "kql": ("table", "time"),
    "sigma": ("logsource",),
}

# Of these one is enough: without any, a query would read everything.
_ONE_OF = {"spl": ("events", "search", "macro", "datamodel")}


def _source(name: str, layers: tuple[Layer, ...]) -> Source:
    for layer in layers:
        layer.table.only(*_SOURCE_KEYS)
    top = layers[-1].table
    if not any(True for layer in layers for _ in layer.classes()):
        message = "the source maps nothing: it has neither `extends` nor `classes`"
        raise top.error(message, None, Code.SOURCE)
    check_target(layers)
    said = {key: value for each in layers for key, value in each.table.items.items()}
    table = Table(top.path, top.keys, said)
    source = Source(
        name,
        table.text("title"),
        table.text("target"),
        frozenset(table.texts("systems", ())),
        frozenset(table.texts("absent", ())),
        table.texts("requires", ()),
        table.texts("notes", ()),
        table.texts("integration", ()),
        table.text("tag", ""),
        table.flag("maps_ipv4"),
        table.flag("drops_empty"),
        table.flag("typed"),
        table.flag("fills_absent"),
        layers,
        frozenset(table.texts("lacks", ())),
    )
    _check(source, top)
    return source


def _check(source: Source, top: Table) -> None:
    """Hold what a layer says of classes and columns against what there is."""
    for name in top.texts("lacks", ()):
        if name not in class_names():
            hint = known_names(name, class_names())
            raise _no_class(top, "lacks", name, hint)
    for layer in source.layers:
        for name in layer.classes():
            if name not in class_names():
                classes = layer.table.table("classes").items
                hint = unquoted(classes, name, class_names()) or known_names(name, class_names())
                raise _no_class(layer.table, "classes", name, hint)
    check_lacks(source.layers)
    if not source.classes():
        raise top.error("the source lacks all that it could map", "lacks", Code.SOURCE)
    for place, layer in enumerate(source.layers):
        renames = layer.table.table("rename").all_texts()
        if renames:
            below = [merged_class(source.layers[:place], name) for name in source.classes()]
            said = [table.items for table in below if table]
            known = {name for items in said for name in columns_named(items)}
            for name in renames:
                if name not in known and not any(is_spoken_of(name, items) for items in said):
                    message = f"no column `{name}` to rename"
                    hint = known_names(name, known)
                    wrong = layer.table.table("rename")
                    raise wrong.error(message, name, Code.MAPPING, hint=hint)


def _no_class(table: Table, key: str, name: str, hint: str) -> TaxonomyError:
    message = f"unknown event class `{name}`"
    return table.error(message, key, Code.MAPPING, word=name, hint=hint)


@cache
def _source_class(source: Source, name: str) -> SourceClass | None:
    table = merged_class(source.layers, name)
    if table is None:
        return None
    table.only(*_CLASS_KEYS)
    _selects(table, source.target)
    _check_fields(table, name)
    fields = event_class(name).fields.values()
    said = read_columns(table.table("fields")), table.table("absent").all_texts()
    columns, absent = with_derived(fields, *said)
    _complete(table, name, columns, absent)
    bag = _bag(table)
    derived, origins = _derived(table, bag)
    return SourceClass(
        source.name,
        name,
        columns,
        absent,
        table.texts("gate", ()),
        table.texts("notes", ()),
        table.texts("requires", ()),
        table.texts("index", ()),
        table.text("category", ""),
        table.texts("integration", ()),
        _one_line(table, "table"),
        _one_line(table, "time"),
        derived,
        origins,
        bag,
        table.table("parameters").all_texts(),
        table.text("since", ""),
        table.table("logsource").all_texts(),
        _select(table.table("select")),
        _one_line(table, "events"),
        _one_line(table, "macro"),
        table.texts("search", ()),
        table.text("datamodel", ""),
    )


def _selects(table: Table, target: str) -> None:
    """Refuse a class that does not say how its events are found."""
    for key in _SELECTORS.get(target, ()):
        if not _says(table, key):
            place = key if key in table.items else None
            raise table.error(f"`{key}` is missing, which target {target} needs", place)
    keys = _ONE_OF.get(target, ())
    if keys and not any(_says(table, key) for key in keys):
        *first, last = (f"`{key}`" for key in keys)
        message = f"the class has neither {', '.join(first)} nor {last}: it would be every event"
        raise table.error(message, None, Code.MAPPING)


def _says(table: Table, key: str) -> bool:
    """Whether there is more than nothing at KEY; what it is, is asked later."""
    value = table.items.get(key)
    words = value if isinstance(value, list) else [value]
    return any(bool(each.strip() if isinstance(each, str) else each) for each in words)


def _one_line(table: Table, key: str) -> str:
    text = table.text(key, "")
    if not text.isprintable():
        raise table.error(f"`{key}` must be one line", key)
    return text


def _select(table: Table) -> Mapping[str, tuple[str, ...]]:
    return {item: table.texts(item) for item in table.items}


def _bag(table: Table) -> Bag | None:
    if "bag" not in table.items:
        return None
    bag = table.table("bag")
    bag.only("column", "format", "name", "prepare", "prefilter")
    if (form := bag.text("format")) not in ("xml", "json"):
        raise bag.error(f"`format` is `{form}`, which is neither xml nor json", "format")
    column = bag.text("column")
    name = bag.text("name", column)
    stages = bag.texts("prepare", ())
    prepare = tuple(filled(bag, "prepare", line, {"column": column}) for line in stages)
    return Bag(column, form, name, prepare, bag.flag("prefilter"))


def _derived(
    table: Table, bag: Bag | None
) -> tuple[Mapping[str, str], Mapping[str, tuple[str, ...]]]:
    """Read the columns that a query makes: their values, and the columns where these stand."""
    columns = table.table("columns")
    known = {"bag": bag.name} if bag else {}
    values: dict[str, str] = {}
    origins: dict[str, tuple[str, ...]] = {}
    for name, entry in columns.items.items():
        if isinstance(entry, str):
            values[name] = filled(columns, name, columns.text(name), known)
        else:
            own = columns.table(name)
            own.only("value", "from")
            values[name] = filled(own, "value", own.text("value"), known)
            origins[name] = own.texts("from")
    return values, origins


def _check_fields(table: Table, name: str) -> None:
    """Refuse names that are no fields of the class, before what they stand for is read."""
    known = event_class(name)
    for given in (table.table("fields"), table.table("absent")):
        for field_name in given.items:
            if field_name not in known.fields:
                message = f"`{field_name}` is no field of {name}"
                hint = unquoted(given.items, field_name, known.fields)
                hint = hint or field_hint(known, field_name)
                raise given.error(message, field_name, Code.MAPPING, hint=hint)


def _complete(
    table: Table, name: str, columns: Mapping[str, Column], absent: Mapping[str, str]
) -> None:
    fields = event_class(name).fields
    for field_name in fields:
        if field_name in columns and field_name in absent:
            message = f"`{field_name}` is both mapped and absent"
            raise table.table("absent").error(message, field_name, Code.MAPPING)
        if field_name not in columns and field_name not in absent:
            raise table.error(f"`{field_name}` is neither mapped nor absent", None, Code.MAPPING)
    if all(column.form is Form.CONSTANT for column in columns.values()):
        raise table.error("the source maps no field of the class", "fields", Code.MAPPING)
