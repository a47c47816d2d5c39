"""A search of an accelerated data model: `| tstats … FROM datamodel=Endpoint.Processes WHERE …`.

`WHERE` is the search language on qualified names, without regexes; what it cannot say stands behind
it, over rows that are still told apart by all that is read (Splunk, "tstats").
"""

from collections.abc import Iterator, Sequence, Set

from tocsin import model
from tocsin.backend import Lowered
from tocsin.columns import Form
from tocsin.frozen import replace
from tocsin.header import span_of_time
from tocsin.lower.place import AS_IS
from tocsin.model import Aggregate, Expr, Field
from tocsin.schema import FieldType, event_class
from tocsin.text import WIDTH
from tocsin_backends.spl.plan import plan
from tocsin_backends.spl.raw import later, window
from tocsin_backends.spl.search import group, quoted, terms
from tocsin_backends.spl.summary import DAY, FUNCTIONS, Counted, as_name, shown_times, stats

# What an analyst wants to see of an event, where the data set has it.
_SHOWN = frozenset(
    {
        *("host.name", "user.name", "process.name", "process.command_line", "process.parent.name"),
        *("file.path", "registry.path", "destination.ip", "destination.port", "dns.question.name"),
    }
)
BY_THE_SECOND = "`first` and `last` tell events apart by the second: the rows are those of a second"
_FIRST, _LAST = "firstTime", "lastTime"
# What `tstats` computes by itself of a field that always has a value.
_DIRECT = frozenset(
    {
        *(Aggregate.COUNT_DISTINCT, Aggregate.SET, Aggregate.MIN, Aggregate.MAX),
        *(Aggregate.SUM, Aggregate.AVG),
    }
)


def stages(rule: Lowered) -> list[str]:
    """Write the search, then what it cannot say, then the summary."""
    searched, tested = plan(model.event_of(rule.body).condition, rule.computed.keys())
    object_ = _object(rule)
    rename = f"| rename {object_}.* AS *"
    if isinstance(rule.body, model.Summary) and not tested and _is_direct(rule, rule.body):
        lines = _tstats(rule, searched, _aggregates(rule, rule.body), _keys(rule, rule.body))
        times = [o.name for o in rule.body.outputs if o.field and o.field.type is FieldType.TIME]
        return [*lines, *([rename] if rule.body.keys else []), *shown_times(times)]
    counted = ["count", f"min(_time) {as_name(_FIRST)}", f"max(_time) {as_name(_LAST)}"]
    is_summary = isinstance(rule.body, model.Summary)
    read = _summarized(rule, tested)
    names = list(_columns(rule, read if is_summary else rule.fields | _SHOWN))
    needed = names if is_summary else list(_columns(rule, read))
    lists = [name for name in names if name in _lists(rule) and name in needed]
    # An event is one row for each of several values in `BY`, and each would be tested alone.
    counted += [f"values({object_}.{name}) {as_name(f'{object_}.{name}')}" for name in lists]
    by = [f"{object_}.{name}" for name in names if name not in lists]
    if not isinstance(rule.body, model.Summary):
        lines = _tstats(rule, searched, counted, by)
        return [*lines, rename, *later(rule, tested), *shown_times([_FIRST, _LAST])]
    lines = _tstats(rule, searched, counted, [*by, "_time span=1s"])
    summary = stats(rule.body, rule, Counted("count", _FIRST, _LAST))
    return [*lines, rename, *later(rule, tested), *summary]


def assumes(rule: Lowered) -> tuple[str, ...]:
    """Say how far events of a data model are told apart."""
    ordered = {Aggregate.FIRST, Aggregate.LAST}
    asked = any(output.aggregate in ordered for output in model.outputs(rule.body))
    return (BY_THE_SECOND,) if asked and rule.places[0].datamodel else ()


def _object(rule: Lowered) -> str:
    return rule.places[0].datamodel.rpartition(".")[2]


def _tstats(
    rule: Lowered, searched: Sequence[Expr], aggregates: Sequence[str], by: Sequence[str]
) -> list[str]:
    place, object_ = rule.places[0], _object(rule)
    absent = sorted(text for source in rule.sources for text in source.absent)
    fill = f" fillnull_value={quoted(absent[0])}" if absent and by else ""
    head = f"| tstats {place.macro or 'summariesonly=true'}{fill}"
    wanted = [*window(rule), *_classes(rule)]
    wanted += terms([_qualified(each, object_) for each in searched])
    return [
        *_listed(head, aggregates),
        f"    FROM datamodel={place.datamodel}",
        *([f"    WHERE {wanted[0]}", *(f"      {line}" for line in wanted[1:])] if wanted else []),
        *_by(by),
    ]


def _by(names: Sequence[str]) -> list[str]:
    line = f"    BY {' '.join(names)}"
    if not names or len(line) <= WIDTH:
        return [line] if names else []
    return ["    BY", *(f"      {name}" for name in names)]


def _listed(head: str, items: Sequence[str]) -> list[str]:
    line = f"{head} {' '.join(items)}"
    return [line] if len(line) <= WIDTH else [head, *(f"    {item}" for item in items)]


def _classes(rule: Lowered) -> tuple[str, ...]:
    """Tell the events of the classes, where the data set holds others."""
    object_ = _object(rule)
    ways = dict.fromkeys(
        tuple(f"{object_}.{term}" for term in place.search) for place in rule.places
    )
    if len(ways) == 1 or () in ways:
        return next(iter(ways)) if len(ways) == 1 else ()
    return (group([" AND ".join(way) for way in ways], "OR"),)


def _qualified(expr: Expr, object_: str) -> Expr:
    def qualify(each: Expr) -> Expr:
        if isinstance(each, model.FieldTest):
            return replace(each, field=replace(each.field, name=f"{object_}.{each.field.name}"))
        return each

    return model.rewrite(expr, qualify)


# --- the columns of the rows


def _columns(rule: Lowered, fields: Set[str]) -> Iterator[str]:
    """Name the columns of FIELDS."""
    names = (
        name
        for field, column in rule.places[0].columns.items()
        if field in fields and field != "timestamp"
        for name in column.names
    )
    yield from dict.fromkeys(names)


def _summarized(rule: Lowered, tested: Sequence[Expr]) -> frozenset[str]:
    """Name the fields that are read behind the search: what it says itself is no more needed."""
    left = set(model.reads(*tested))
    counted = (output.where for output in model.outputs(rule.body) if output.where)
    left |= model.reads(*counted)
    place = rule.places[0]
    return frozenset(rule.columns) | {
        field for field, column in place.columns.items() if left & {column.computed, *column.names}
    }


def _lists(rule: Lowered) -> frozenset[str]:
    """Name the columns that may hold several values."""
    place = rule.places[0]
    specs = event_class(place.event_class).fields
    return frozenset(
        each.name
        for field, column in place.columns.items()
        for each in (column, *column.also)
        if each.form is Form.DIGEST or (each.form is Form.ARRAY_ANY and specs[field].many)
    )


# --- summaries that need no second step


def _is_direct(rule: Lowered, body: model.Summary) -> bool:
    bins = body.every is None or body.every < DAY
    named = {output.name for output in body.outputs}
    keys = all((name := _plain(rule, key)) and name not in named for key in body.keys)
    return bins and keys and all(_is_direct_output(rule, output) for output in body.outputs)


def _plain(rule: Lowered, field: Field) -> str | None:
    column = rule.columns.get(field.name)
    as_is = column is not None and column.form in AS_IS and not column.computed
    return column.name if column and as_is else None


def _is_direct_output(rule: Lowered, output: model.Output) -> bool:
    if output.aggregate is Aggregate.COUNT:
        return True
    if output.field is None:
        return False
    if output.field.type is FieldType.TIME:
        return output.aggregate in {Aggregate.MIN, Aggregate.MAX}
    name = _plain(rule, output.field)
    return output.aggregate in _DIRECT and name in rule.never_empty


def _aggregates(rule: Lowered, body: model.Summary) -> list[str]:
    return [f"{_aggregate(rule, output)} {as_name(output.name)}" for output in body.outputs]


def _aggregate(rule: Lowered, output: model.Output) -> str:
    if output.field is None:
        return "count"
    if output.field.type is FieldType.TIME:
        return f"{FUNCTIONS[output.aggregate]}(_time)"
    return f"{FUNCTIONS[output.aggregate]}({_object(rule)}.{_plain(rule, output.field)})"


def _keys(rule: Lowered, body: model.Summary) -> list[str]:
    keys = [f"{_object(rule)}.{_plain(rule, key)}" for key in body.keys]
    bins = [f"_time span={span_of_time(body.every)}"] if body.every else []
    return [*dict.fromkeys(keys), *bins]
