"""Rows that name what they show: those of a summary, and of a sequence."""

from collections.abc import Sequence

from tocsin import model
from tocsin.backend import Lowered
from tocsin.model import Aggregate
from tocsin.text import free_name
from tocsin_backends.kql import KQL
from tocsin_backends.kql.names import named
from tocsin_backends.kql.shown.fields import unrecorded
from tocsin_backends.kql.shown.result import Showing, Shown
from tocsin_backends.kql.steps import Names, steps_of

_ONE_VALUE = frozenset(
    {Aggregate.MIN, Aggregate.MAX, Aggregate.SAMPLE, Aggregate.FIRST, Aggregate.LAST}
)


def of_summary(body: model.Summary, rule: Lowered, wanted: Sequence[str]) -> Showing:
    """Show keys, and outputs that are one value of a field."""
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
    return None if output.field.name in rule.columns else unrecorded(rule, output.field.name)


def of_sequence(body: model.Sequence, rule: Lowered, wanted: Sequence[str]) -> Showing:
    """Show keys, and fields of steps, of which a sequence has those that entities name."""
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
                lacking[name] = unrecorded(step.parts[0][1], field.name)
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
