"""What the rows of a query show: which columns it returns, and in which of them a field is.

A query returns the columns of its tables and those that it makes, or only what a summary or a
sequence names. What is asked for beyond that, it can be made to show.
"""

from collections.abc import Iterable, Mapping, Sequence, Set

from tocsin import model
from tocsin.backend import Lowered
from tocsin.columns import Column, Form
from tocsin.frozen import dataclass, replace
from tocsin.lower.events import Events
from tocsin.lower.found import Found
from tocsin.lower.place import is_shown, place_of
from tocsin.model import Aggregate, Field
from tocsin.schema import event_class
from tocsin.text import free_name
from tocsin_backends.kql import KQL
from tocsin_backends.kql.names import clause, named, value
from tocsin_backends.kql.steps import Names, steps_of

# All before the last separator of a path, which may be nothing.
FOLDER = r'extract(@"(?s)^(.*)\\[^\\]*$", 1, {})'

_ONE_VALUE = frozenset(
    {Aggregate.MIN, Aggregate.MAX, Aggregate.SAMPLE, Aggregate.FIRST, Aggregate.LAST}
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A column of the result, the neutral FIELD whose value it has, and the column it is from."""

    column: str
    field: str
    origin: str


@dataclass(frozen=True, slots=True, eq=False)
class Showing:
    """A query that shows what was asked for: FOUND by the names asked, or why not in LACKING."""

    text: str
    found: Mapping[str, Shown]
    lacking: Mapping[str, str]
    returned: frozenset[str]


def showing(rule: Lowered, names: Iterable[str]) -> Showing:
    """Write the query of RULE so that it shows NAMES: fields, outputs, keys, `step.field`."""
    wanted = tuple(dict.fromkeys(names))
    match rule.body:
        case model.Summary():
            return _summary(rule.body, rule, wanted)
        case model.Sequence():
            return _sequence(rule.body, rule, wanted)
        case model.AnyOf():
            return _any_of(rule.body, rule, wanted)
        case model.Event() | model.FirstSeen():
            return _events(rule, wanted)


# --- rows that name what they show


def _summary(body: model.Summary, rule: Lowered, wanted: Sequence[str]) -> Showing:
    time = rule.places[0].time
    taken = {output.name for output in body.outputs}
    keys = {key.name: named(key, rule.columns[key.name], taken) for key in body.keys}
    outputs = {output.name: output for output in body.outputs}
    found: dict[str, Shown] = {}
    lacking: dict[str, str] = {}
    for name in wanted:
        if name in keys:
            found[name] = Shown(keys[name], name, rule.columns[name].name)
        elif name not in outputs:
            lacking[name] = "no column of the summary"
        elif (why := _no_value(outputs[name], rule)) is not None:
            lacking[name] = why
        elif field := outputs[name].field:
            found[name] = Shown(name, field.name, rule.columns[field.name].name)
    by_time = {free_name(time, taken)} if body.every else set[str]()
    if body.sliding:
        by_time = {free_name(time, {*taken, *keys.values()})}
    return Showing(KQL.query(rule), found, lacking, frozenset({*keys.values(), *taken, *by_time}))


def _no_value(output: model.Output, rule: Lowered) -> str | None:
    """Say why an output is not the value of a field."""
    if output.field is None or output.aggregate not in _ONE_VALUE:
        what = f"`{output.name}` is a {output.aggregate}"
        return f"{what} of values" if output.aggregate is Aggregate.SET else what
    return None if output.field.name in rule.columns else _unrecorded(rule, output.field.name)


def _sequence(body: model.Sequence, rule: Lowered, wanted: Sequence[str]) -> Showing:
    names = Names(body, rule)
    parts = list(zip(model.parts(body), rule.parts, strict=True))
    keys = dict(zip((key.name for key in body.keys), names.keys, strict=True))
    found: dict[str, Shown] = {}
    lacking: dict[str, str] = {}
    shown = dict.fromkeys(names.shown)
    steps = list(steps_of(body, rule.rule, parts, names))
    for step in steps:
        for column, field in step.shown.items():
            shown[column] = None
            origins = [each.columns[field.name] for _, each in step.parts
                       if field.name in each.columns]  # fmt: skip
            name = f"{step.name}.{field.name}"
            if name in wanted and origins:
                found[name] = Shown(column, field.name, origins[0].name)
            elif name in wanted:
                lacking[name] = _unrecorded(step.parts[0][1], field.name)
    for name in (each for each in wanted if each in keys):
        origin = rule.parts[0].columns[name].name
        found[name] = Shown(_first_like(keys[name], names), name, origin)
    lacking |= {each: "no column of the sequence" for each in wanted
                if each not in found and each not in lacking}  # fmt: skip
    returned = frozenset({*shown, names.start, names.end})
    return Showing(KQL.query(rule), found, lacking, returned)


def _first_like(key: str, names: Names) -> str:
    """Name the column that shows a key: of two that are made of one column, the first."""
    return key if key in names.shown else names.shown[0]


# --- events, of which all columns are shown


def _events(rule: Lowered, wanted: Sequence[str]) -> Showing:
    fields = {name: _field(rule, name) for name in wanted}
    columns, lacking = _placed(rule, fields)
    made = _making(rule, columns)
    known = _columns(made) | _keys(rule)
    found: dict[str, Shown] = {}
    extends: list[str] = []
    for name, column in columns.items():
        field = fields[name]
        shown, extend = _as_column(field, column, rule, known)
        found[name] = Shown(shown, field.name, column.name)
        if extend and extend not in extends:
            extends.append(extend)
            known |= {shown}
    tail = "".join(f"{line}\n" for line in clause("| extend", extends))
    return Showing(KQL.query(made) + tail, found, lacking, frozenset(known))


def _as_column(field: Field, column: Column, rule: Lowered, known: Set[str]) -> tuple[str, str]:
    """Name the column that shows FIELD, and write what makes it if none does."""
    shown = _value(column)
    if _is_named(column):
        return shown, ""
    if isinstance(rule.body, model.FirstSeen) and field.name in rule.columns:
        return _key(field, rule), ""
    name = free_name(field.name.replace(".", "_"), known)
    return name, f"{name} = {shown}"


def _keys(rule: Lowered) -> set[str]:
    """Name the columns by which a query tells what was there before."""
    fields = rule.body.fields if isinstance(rule.body, model.FirstSeen) else ()
    return {_key(field, rule) for field in fields}


def _key(field: Field, rule: Lowered) -> str:
    return named(field, rule.columns[field.name], {rule.places[0].time})


def _any_of(body: model.AnyOf, rule: Lowered, wanted: Sequence[str]) -> Showing:
    """Show a field that the parts keep in several columns in one that each of them makes."""
    placed = [_placed(part, {name: _field(part, name) for name in wanted}) for part in rule.parts]
    made = [_making(part, columns) for part, (columns, _) in zip(rule.parts, placed, strict=True)]
    known = set[str]().union(*map(_columns, made))
    found: dict[str, Shown] = {}
    lacking: dict[str, str] = {}
    for name in wanted:
        ways = {at: columns[name] for at, (columns, _) in enumerate(placed) if name in columns}
        field = _field(rule.parts[0], name)
        if not ways:
            lacking[name] = placed[0][1][name]
            continue
        first = next(iter(ways.values()))
        shown = _value(first)
        if {_value(each) for each in ways.values()} != {shown} or not _is_named(first):
            shown = _alike(field, ways.values(), known)
            known.add(shown)
            for at, column in ways.items():
                if _value(column) != shown:
                    made[at] = replace(
                        made[at], computed={**made[at].computed, shown: _expr(column)}
                    )
        found[name] = Shown(shown, field.name, first.name)
    label = free_name("Part", {n for p in rule.places for c in p.columns.values()
                               for n in (*c.names, c.computed)})  # fmt: skip
    text = KQL.query(replace(rule, parts=tuple(made)))
    return Showing(text, found, lacking, frozenset({*known, label}))


def _alike(field: Field, ways: Iterable[Column], known: Set[str]) -> str:
    """Name what shows a field of several columns; one that is made may be called so already."""
    return free_name(field.name.replace(".", "_"), known - {each.computed for each in ways})


def _expr(column: Column) -> str:
    """Write the value by what there is before anything is made of it."""
    return column.expr if column.computed and column.expr else _value(column)


def _is_named(column: Column) -> bool:
    return _value(column) in (column.name, column.computed)


def _field(rule: Lowered, name: str) -> Field:
    """Find what NAME means of an event, though the rule may name an output or a step."""
    whole = rule.rule.body
    if isinstance(whole, model.Sequence):
        name = name.removeprefix(f"{whole.steps[-1].name}.")
    for output in model.outputs(whole):
        if output.name == name and output.field:
            return output.field
    spec = event_class(rule.places[0].event_class).fields.get(name)
    return Field(spec.name, spec.type, spec.many) if spec else Field(name)


def _placed(rule: Lowered, fields: Mapping[str, Field]) -> tuple[dict[str, Column], dict[str, str]]:
    """Find the one column that keeps each field, or say why there is none."""
    columns: dict[str, Column] = {}
    lacking: dict[str, str] = {}
    for name, field in fields.items():
        place = place_of(field, rule.places)
        one = place.columns[0][0] if len(place.columns) == 1 else None
        if one is None:
            lacking[name] = place.clash[0] if place.clash else _unrecorded(rule, field.name)
        elif one.form is Form.CONSTANT:
            lacking[name] = f"always {one.value} there, in no column"
        elif field.many:
            lacking[name] = "a list of values"
        elif not (is_shown(one) or _is_folder(one)):
            lacking[name] = f"kept as {one.form} in {one.name}"
        else:
            columns[name] = one
    return columns, lacking


def _value(column: Column) -> str:
    """Write the neutral value: here a folder is one too, though no test reads it so."""
    if _is_folder(column):
        return FOLDER.format(column.name)
    return value(column)


def _is_folder(column: Column) -> bool:
    return column.form is Form.PATH_DIRECTORY and not column.computed


def _unrecorded(rule: Lowered, field: str) -> str:
    why = (place.absent[field] for place in rule.places if field in place.absent)
    return next(why, "not recorded there")


def _making(rule: Lowered, columns: Mapping[str, Column]) -> Lowered:
    """Have the query make what it needs for COLUMNS too."""
    events = Events(KQL, rule.sources, rule.places, Found("kql"))
    wanted = {**rule.columns, **{f" {name}": column for name, column in columns.items()}}
    return replace(rule, computed=dict(events.computed(rule.body, wanted)))


def _columns(rule: Lowered) -> set[str]:
    """Name the columns of an event that are known of: its table may have more."""
    known = {place.time for place in rule.places} | rule.computed.keys()
    for place in rule.places:
        for column in place.columns.values():
            if column.form not in (Form.JOIN, Form.CONSTANT):
                known |= {name for name in column.names if name not in place.derived}
    return known
