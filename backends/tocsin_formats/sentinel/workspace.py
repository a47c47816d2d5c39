"""Queries in the columns of a workspace, where some have other names than in Defender itself."""

import re
from collections.abc import Mapping

from tocsin import model
from tocsin.backend import Lowered
from tocsin.columns import Column
from tocsin.frozen import replace
from tocsin.model import Expr, Field
from tocsin.profiles import SourceClass
from tocsin_formats.sentinel.vocabulary import sources

Renames = Mapping[str, str]


def in_workspace(rule: Lowered) -> Lowered:
    """Read the columns of RULE's tables by the names that they have in a workspace."""
    tables = {place.table for place in rule.places} & sources().keys()
    renames = {old: new for table in tables for old, new in sources()[table].renames.items()}
    parts = tuple(in_workspace(part) for part in rule.parts)
    if not renames:
        return replace(rule, parts=parts)
    return replace(
        rule,
        places=tuple(_place(place, renames) for place in rule.places),
        columns=_columns(rule.columns, renames),
        body=_body(rule.body, renames),
        parts=parts,
    )


def _place(place: SourceClass, renames: Renames) -> SourceClass:
    columns = _columns(place.columns, renames)
    return replace(place, columns=columns, time=renames.get(place.time, place.time))


def _columns(columns: Mapping[str, Column], renames: Renames) -> dict[str, Column]:
    return {name: _column(column, renames) for name, column in columns.items()}


def _column(column: Column, renames: Renames) -> Column:
    expr = column.expr
    return replace(
        column,
        name=renames.get(column.name, column.name),
        inputs=tuple(renames.get(each, each) for each in column.inputs),
        expr=expr and re.sub(r"\w+", lambda found: renames.get(found[0], found[0]), expr),
        also=tuple(_column(each, renames) for each in column.also),
    )


def _body(body: model.Body, renames: Renames) -> model.Body:
    def field(each: Field) -> Field:
        return replace(each, name=renames.get(each.name, each.name))

    def test(expr: Expr) -> Expr:
        match expr:
            case model.And() | model.Or() | model.Not() | model.AtLeast() | model.Always():
                return expr
            case model.SameAs() | model.OrderedAs():
                return replace(expr, field=field(expr.field), other=field(expr.other))
            case _:
                return replace(expr, field=field(expr.field))

    def change(expr: Expr) -> Expr:
        return model.rewrite(expr, test)

    body = model.with_conditions(body, change)
    if not isinstance(body, model.Summary):
        return body
    outputs = (
        replace(each, where=change(each.where)) if each.where else each for each in body.outputs
    )
    return replace(body, outputs=tuple(outputs))
