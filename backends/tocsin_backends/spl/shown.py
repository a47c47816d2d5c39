"""What the rows of a query show: columns of what a rule speaks of, and what tells rows apart."""

from collections.abc import Iterable, Iterator

from tocsin import model
from tocsin.backend import Lowered
from tocsin.columns import Form
from tocsin.text import free_name
from tocsin_backends.spl import datamodel
from tocsin_backends.spl.steps import Steps
from tocsin_backends.spl.summary import Writer
from tocsin_backends.spl.values import column_names, keyed

# Forms of which no column of an event has the value.
_NOWHERE = frozenset({Form.CONSTANT, Form.JOIN})


def shown(rule: Lowered) -> dict[str, str]:
    """Name the column in the rows of RULE of every field, or output, that they have.

    The names are those of the rule: `host.name`, `Account`, and `fetch.host.name` of a sequence's
    step. A column may hold more than the field: the path of a program whose name is meant.
    """
    body = rule.body
    match body:
        case model.Event() | model.FirstSeen():
            return dict(_of_events(rule))
        case model.AnyOf():
            return dict(each for part in reversed(rule.parts) for each in _of_events(part))
        case model.Summary():
            return dict(_of_rows(body, rule))
        case model.Sequence():
            return dict(_of_steps(body, rule))


def unmade(rule: Lowered, fields: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Say of those of FIELDS that events have in one of several columns what would make one of it.

    By field: a name for it, and an expression. Rows of other bodies have such columns.
    """
    if not isinstance(rule.body, model.Event | model.FirstSeen | model.AnyOf):
        return {}
    parts = rule.parts or (rule,)
    taken = frozenset(name for part in parts for name in column_names(part))
    made: dict[str, tuple[str, str]] = {}
    for field in fields:
        columns = [column for part in parts if (column := part.places[0].columns.get(field))]
        several = [column for column in columns if len(set(column.names)) > 1]
        exprs = {column.expr or "" for column in columns}
        known = any(column.computed in part.computed for part in parts for column in several)
        if several and len(exprs) == 1 and "" not in exprs and not known:
            name = several[0].computed or free_name(field.replace(".", "_"), taken)
            made[field] = (name, exprs.pop())
    return made


def told_apart(rule: Lowered) -> list[str]:
    """Name the columns by which rows differ: keys and bins; none of the rows of single events."""
    body = rule.body
    match body:
        case model.Summary():
            writer = Writer(body, rule)
            keys = writer.keys()
            if rule.places[0].datamodel and datamodel.is_direct(body, rule):
                return [*keys, *(["_time"] if body.every else [])]
            return [*keys, *writer.bins(keys)]
        case model.Sequence():
            return Steps(body, rule).told
        case model.FirstSeen():
            return keyed(rule, body.fields)[1]
        case model.Event() | model.AnyOf():
            return []


def _of_events(rule: Lowered) -> Iterator[tuple[str, str]]:
    place = rule.places[0]
    there = datamodel.shown_columns(rule) if place.datamodel else None
    for name, column in place.columns.items():
        made = column.computed if column.computed in rule.computed else ""
        is_there = there is None or column.name in there
        if column.form not in _NOWHERE and column.name and is_there:
            yield name, made or column.name


def _of_rows(body: model.Summary, rule: Lowered) -> Iterator[tuple[str, str]]:
    writer = Writer(body, rule)
    yield from ((key.name, writer.key(key)) for key in body.keys)
    for output in body.outputs:
        if output.field is None or output.field.name in rule.columns:
            yield output.name, output.name


def _of_steps(body: model.Sequence, rule: Lowered) -> Iterator[tuple[str, str]]:
    steps = Steps(body, rule)
    told = steps.told
    for key, name in zip(body.keys, steps.keys, strict=True):
        if name in told:
            yield key.name, name
    for step in steps.steps:
        for name, field in step.shown.items():
            if any(field.name in part.columns for part in step.parts):
                yield f"{step.name}.{field.name}", name
