"""Entities of a rule as Sentinel maps them: identifiers, and the columns that a query returns."""

from collections.abc import Iterable, Iterator

from tocsin import model
from tocsin.backend import Lowered
from tocsin.frozen import dataclass
from tocsin.text import free_name
from tocsin_backends.kql.names import bracketed, clause
from tocsin_backends.kql.shown import FOLDER, Showing, Shown, showing
from tocsin_formats.sentinel.vocabulary import entities

_LAST = r'tostring(split({}, "\\")[-1])'
_FIRST = r'tostring(split({}, "\\")[0])'
_BELOW = r'extract(@"(?s)^[^\\]*\\(.*)$", 1, {})'
_KEY_OF_VALUE = r'extract(@"(?s)^[^\\]*\\(.*)\\[^\\]*$", 1, {})'
# Sentinel writes hives in full (Microsoft, "Registry key" of the entity types reference).
_LONG = (
    'case({} startswith "HKLM", "HKEY_LOCAL_MACHINE", {} startswith "HKU", "HKEY_USERS", '
    f'{{}} startswith "HKCR", "HKEY_CLASSES_ROOT", {_FIRST})'
)


@dataclass(frozen=True, slots=True)
class Mapping:
    """An entity: its TYPE, and the column of each of its identifiers."""

    type: str
    columns: tuple[tuple[str, str], ...]  # identifier, column


@dataclass(frozen=True, slots=True, eq=False)
class Mapped:
    """A query, the entities in its rows, and what of the rule's entities is not among them."""

    text: str
    mappings: tuple[Mapping, ...]
    untold: tuple[tuple[str, str], ...]  # what, why
    returned: frozenset[str]


def mapped(rule: Lowered) -> Mapped:
    """Map the entities of RULE on columns of its query, which is made to show them."""
    found = _shown(rule)
    writer = _Writer(found)
    mappings: list[Mapping] = []
    untold: list[tuple[str, str]] = []
    for entity in rule.rule.entities:
        items: list[tuple[str, str, str]] = []
        for name in entity.fields:
            what = f"`{entity.kind} = {name}`"
            if name in found.lacking:
                untold.append((what, found.lacking[name]))
            elif own := list(writer.identified(entity.kind, found.found[name])):
                items += own
            else:
                field = found.found[name].field
                untold.append((what, f"Sentinel has no identifier for `{field}` there"))
        for each in _grouped(items):
            if not {name for name, _ in each.columns} & {*entities().types[each.type]}:
                listed = " or ".join(entities().types[each.type])
                what = f"`{entity.kind} = {', '.join(entity.fields)}`"
                untold.append((what, f"it needs {listed}"))
            elif each not in mappings:
                mappings.append(each)
    text = found.text + "".join(f"{line}\n" for line in clause("| extend", writer.made))
    columns = found.returned | writer.columns
    return Mapped(text, tuple(mappings), tuple(dict.fromkeys(untold)), columns)


def _shown(rule: Lowered) -> Showing:
    """Have the query show what the entities name, and the file names that stand beside paths."""
    wanted = [name for entity in rule.rule.entities for name in entity.fields]
    events = isinstance(rule.body, model.Event | model.AnyOf | model.FirstSeen)
    beside = [entities().names[each] for each in wanted if events and each in entities().names]
    plain = showing(rule, wanted)
    if not beside:
        return plain
    more = showing(rule, [*wanted, *beside])
    # A file name is of use if it is there already: from the path it is made as cheaply.
    free = {
        name for name in beside if name in more.found and more.found[name].column in plain.returned
    }
    return Showing(
        plain.text,
        {**{name: more.found[name] for name in free}, **plain.found},
        plain.lacking,
        plain.returned,
    )


def _grouped(items: Iterable[tuple[str, str, str]]) -> Iterator[Mapping]:
    """Put identifiers of one type together, until one comes again: that is another entity."""
    open_: dict[str, dict[str, str]] = {}
    for type_, identifier, column in items:
        current = open_.setdefault(type_, {})
        if identifier in current:
            yield Mapping(type_, tuple(current.items()))
            current = open_[type_] = {}
        current[identifier] = column
    yield from (Mapping(type_, tuple(each.items())) for type_, each in open_.items())


class _Writer:
    """Writes the columns that have to be made of others: MADE are the items of an `extend`."""

    def __init__(self, found: Showing) -> None:
        self._found = found
        self.made: list[str] = []
        self.columns: set[str] = set()

    def identified(self, kind: str, shown: Shown) -> Iterator[tuple[str, str, str]]:
        """Say which identifiers of which types SHOWN stands for, and in which columns."""
        words = entities()
        type_, column = words.kinds[kind], shown.column
        how = words.fields[kind].get(shown.field, "")
        if kind == "host":
            how = words.hosts.get(shown.origin, how)
        if kind == "hash" and how:
            yield type_, "Algorithm", self._make(column, "Algorithm", f'"{how}"')
            yield type_, "Value", column
        elif how == "path":
            yield "File", "Name", self._name(shown)
            yield "File", "Directory", self._make(column, "Directory", FOLDER)
        elif how in {"key", "value"}:
            yield type_, "Hive", self._make(column, "Hive", self._hive(shown))
            below = _BELOW if how == "key" else _KEY_OF_VALUE
            yield type_, "Key", self._make(column, "Key", below)
        elif how == "Hive" and shown.origin in words.short_hives:
            yield type_, how, self._make(column, "Hive", self._hive(shown))
        elif how:
            first, dot, last = how.rpartition(".")
            yield (first if dot else type_), last, column

    def _name(self, shown: Shown) -> str:
        """Take the file name from a column of its own, if there is one."""
        beside = self._found.found.get(entities().names.get(shown.field, ""))
        return beside.column if beside else self._make(shown.column, "Name", _LAST)

    @staticmethod
    def _hive(shown: Shown) -> str:
        return _LONG if shown.origin in entities().short_hives else _FIRST

    def _make(self, column: str, identifier: str, template: str) -> str:
        """Have the query make a column for IDENTIFIER of COLUMN, once."""
        made = template.replace("{}", bracketed(column))
        for item in self.made:
            name, _, expr = item.partition(" = ")
            if expr == made:
                return name
        name = free_name(f"{column}_{identifier}", self._found.returned | self.columns)
        self.made.append(f"{name} = {made}")
        self.columns.add(name)
        return name
