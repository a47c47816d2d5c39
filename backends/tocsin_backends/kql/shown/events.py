"""Events, of which every column is shown: what else is asked for is made of these."""

from collections.abc import Iterable, Mapping, Sequence, Set

from tocsin import model
from tocsin.backend import Lowered
from tocsin.columns import Column, Form
from tocsin.frozen import replace
from tocsin.lower.events import Events
from tocsin.lower.found import Found
from tocsin.model import Field
from tocsin.text import free_name
from tocsin_backends.kql import KQL
from tocsin_backends.kql.names import clause, named
from tocsin_backends.kql.shown.fields import field_of, is_named, made_of, placed, value
from tocsin_backends.kql.shown.result import Showing, Shown


def of_events(rule: Lowered, wanted: Sequence[str]) -> Showing:
    """Show fields of events of one kind, by a last `extend` where no column has the value."""
    fields = {name: field_of(rule, name) for name in wanted}
    columns, lacking = placed(rule, fields)
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
    shown = value(column)
    if is_named(column):
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


def of_parts(body: model.AnyOf, rule: Lowered, wanted: Sequence[str]) -> Showing:
    """Show a field that the parts keep in several columns in one that each of them makes."""
    kept = [placed(part, {name: field_of(part, name) for name in wanted}) for part in rule.parts]
    made = [_making(part, columns) for part, (columns, _) in zip(rule.parts, kept, strict=True)]
    known = set[str]().union(*map(_columns, made))
    found: dict[str, Shown] = {}
    lacking: dict[str, str] = {}
    for name in wanted:
        ways = {at: columns[name] for at, (columns, _) in enumerate(kept) if name in columns}
        field = field_of(rule.parts[0], name)
        if not ways:
            lacking[name] = kept[0][1][name]
            continue
        first = next(iter(ways.values()))
        shown = value(first)
        if {value(each) for each in ways.values()} != {shown} or not is_named(first):
            shown = _alike(field, ways.values(), known)
            known.add(shown)
            for at, column in ways.items():
                if value(column) != shown:
                    made[at] = replace(
                        made[at], computed={**made[at].computed, shown: made_of(column)}
                    )
        found[name] = Shown(shown, field.name, first.name)
    label = free_name("Part", {n for p in rule.places for c in p.columns.values()
                               for n in (*c.names, c.computed)})  # fmt: skip
    text = KQL.query(replace(rule, parts=tuple(made)))
    return Showing(text, found, lacking, frozenset({*known, label}))


def _alike(field: Field, ways: Iterable[Column], known: Set[str]) -> str:
    """Name what shows a field of several columns; one that is made may be called so already."""
    return free_name(field.name.replace(".", "_"), known - {each.computed for each in ways})


def _making(rule: Lowered, columns: Mapping[str, Column]) -> Lowered:
    """Have the query make what it needs for COLUMNS too."""
    events = Events(KQL, rule.sources, rule.places, Found("kql"))
    # By whichever names: the two may call one column differently.
    wanted = {**rule.columns, **{f"shown {name}": column for name, column in columns.items()}}
    return replace(rule, computed=dict(events.computed(rule.body, wanted)))


def _columns(rule: Lowered) -> set[str]:
    """Name the columns of an event that are known of: its table may have more."""
    known = {place.time for place in rule.places} | rule.computed.keys()
    for place in rule.places:
        for column in place.columns.values():
            if column.form not in (Form.JOIN, Form.CONSTANT):
                known |= {name for name in column.names if name not in place.derived}
    return known
