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
from tocsin_backends.spl.having import kept
from tocsin_backends.spl.plan import plan
from tocsin_backends.spl.raw import later, window
from tocsin_backends.spl.search import group, quoted, terms
from tocsin_backends.spl.summary import (
    DAY,
    FUNCTIONS,
    Counted,
    as_name,
    shown_times,
    stats,
    times_of,
)
from tocsin_backends.spl.values import absent, by, listed

# What an analyst wants to see of an event, where the data set has it.
_SHOWN = frozenset(
    {
        *("host.name", "user.name", "process.name", "process.command_line", "process.parent.name"),
        *("file.path", "registry.path", "destination.ip", "destination.port", "dns.question.name"),
    }
)
BY_THE_SECOND = "`first` and `last` tell events apart by the second: the rows are those of a second"
SUMMARIES = "summariesonly=true"  # what a macro of the source stands for
FIRST, LAST = "firstTime", "lastTime"  # the times of the events that a row stands for
_COUNTED = ("count", f"min(_time) {as_name(FIRST)}", f"max(_time) {as_name(LAST)}")
# What `tstats` computes by itself of a field that always has a value.
_DIRECT = frozenset(
    {
        *(Aggregate.COUNT_DISTINCT, Aggregate.SET, Aggregate.MIN, Aggregate.MAX),
        *(Aggregate.SUM, Aggregate.AVG),
    }
)


def events(rule: Lowered) -> list[str]:
    """Write the search, then what it cannot say: a row for events that are alike in all shown."""
    searched, tested = plan(model.event_of(rule.body).condition, rule.computed.keys())
    needed = set(_columns(rule, _read(rule, tested)))
    shown = shown_columns(rule)
    lists = [name for name in shown if name in _lists(rule) and name in needed]
    keys = [_qualified_name(rule, name) for name in shown if name not in lists]
    lines = _tstats(rule, searched, [*_COUNTED, *_values(rule, lists)], keys)
    return [*lines, _renamed(rule), *later(rule, tested)]


def shown_columns(rule: Lowered) -> list[str]:
    """Name the columns that the rows of events have, besides their number and times."""
    return list(_columns(rule, rule.fields | _SHOWN))


def rows(body: model.Summary, rule: Lowered) -> list[str]:
    """Write the rows of a summary: at once if `tstats` can, or else of the rows of a second."""
    searched, tested = plan(body.event.condition, rule.computed.keys())
    if is_direct(body, rule):
        lines = _tstats(rule, searched, _aggregates(rule, body), _keys(rule, body))
        renamed = [_renamed(rule)] if body.keys else []
        return [*lines, *renamed, *kept(body), *shown_times(times_of(body))]
    names = list(_columns(rule, _read(rule, tested)))
    lists = [name for name in names if name in _lists(rule)]
    keys = [_qualified_name(rule, name) for name in names if name not in lists]
    counted = [*_COUNTED, *_values(rule, lists)]
    lines = _tstats(rule, searched, counted, [*keys, "_time span=1s"])
    summary = stats(body, rule, Counted("count", FIRST, LAST))
    return [*lines, _renamed(rule), *later(rule, tested), *summary]


def is_direct(body: model.Summary, rule: Lowered) -> bool:
    """Whether `tstats` makes the rows of a summary by itself; their bins are then `_time`."""
    _, tested = plan(body.event.condition, rule.computed.keys())
    return not tested and _is_direct(rule, body)


def _values(rule: Lowered, names: Sequence[str]) -> list[str]:
    """Gather lists: an event is one row for each of the values in `BY`, each tested alone."""
    qualified = [_qualified_name(rule, name) for name in names]
    return [f"values({name}) {as_name(name)}" for name in qualified]


def assumes(body: model.Summary) -> tuple[str, ...]:
    """Say how far events of a data model are told apart."""
    ordered = {Aggregate.FIRST, Aggregate.LAST}
    return (BY_THE_SECOND,) if any(o.aggregate in ordered for o in body.outputs) else ()


def _object(rule: Lowered) -> str:
    return rule.places[0].datamodel.rpartition(".")[2]


def _qualified_name(rule: Lowered, name: str) -> str:
    return f"{_object(rule)}.{name}"


def _renamed(rule: Lowered) -> str:
    return f"| rename {_object(rule)}.* AS *"


def _tstats(
    rule: Lowered, searched: Sequence[Expr], aggregates: Sequence[str], keys: Sequence[str]
) -> list[str]:
    place, object_ = rule.places[0], _object(rule)
    texts = absent(rule)
    fill = f" fillnull_value={quoted(texts[0])}" if texts and keys else ""
    head = f"| tstats {place.macro or SUMMARIES}{fill}"
    wanted = [*window(rule), *_classes(rule)]
    wanted += terms([_qualified(each, object_) for each in searched])
    return [
        *listed(head, aggregates),
        f"    FROM datamodel={place.datamodel}",
        *([f"    WHERE {wanted[0]}", *(f"      {line}" for line in wanted[1:])] if wanted else []),
        *by(keys),
    ]


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


def _read(rule: Lowered, tested: Sequence[Expr]) -> frozenset[str]:
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
