"""`mv-apply`: a subquery for each row, over the elements of an array.

The rows are numbered; the operators of the subquery keep the numbers apart; at the end each row
that the subquery yields gets back the columns of the row it ran for [D:mv-apply].
"""

from collections.abc import Mapping
from dataclasses import replace

from tocsin_engines.kql.expand import elements
from tocsin_engines.kql.scope import Column, Relation, Rows, Scope
from tocsin_engines.kql.sql import select
from tocsin_engines.kql.tree import Node, unsupported

_SLOTS = frozenset({"MvApplyKeyword", "Parameters", "Expressions", "OnKeyword", "Subquery"})


def apply(node: Node, source: Relation, scope: Scope) -> Relation:
    """Run a subquery for each row."""
    if {child.slot for child in node.children} - _SLOTS or node["Parameters"].children:
        raise unsupported(node, "such an mv-apply")
    name, expanded = _expanded(node, source, scope)
    inside = replace(scope, input=expanded)
    found = scope.relate(node["Subquery"]["Expression"], inside)
    if found.rows is None or found.rows != expanded.rows:
        raise unsupported(node, "such a subquery")
    return _returned(node, name, source, found, scope)


def _expanded(node: Node, source: Relation, scope: Scope) -> tuple[str, Relation]:
    """Make rows of the elements of each row, which has a number."""
    number = scope.steps.fresh()
    texts = ["*", f"row_number() OVER () AS {number}"]
    rows = Rows(scope.steps.add(select(texts, source.step)), number)
    name, step, column = elements(node, rows.step, scope)
    return name, Relation(step, {**source.columns, name: column}, rows=rows)


def _returned(node: Node, name: str, source: Relation, found: Relation, scope: Scope) -> Relation:
    rows = found.rows
    if rows is None:
        raise unsupported(node)
    columns = _columns(node, name, source.columns, found.columns)
    ids = {column.id for column in source.columns.values()}
    new = [f"found.{column.id}" for column in columns.values() if column.id not in ids]
    tables = f"{rows.step} AS whole JOIN {found.step} AS found"
    on = f"ON whole.{rows.number} = found.{rows.number}"
    step = scope.steps.add(select(["whole.*", *new], tables, on))
    return replace(source, step=step, columns=columns, order="")


def _columns(
    node: Node, expanded: str, outer: Mapping[str, Column], inner: Mapping[str, Column]
) -> dict[str, Column]:
    """Take those of the source and of the subquery: only what is expanded may replace one."""
    columns: dict[str, Column] = {}
    for name, _ in node.columns:
        old, new = outer.get(name), inner.get(name)
        column = new or old
        if column is None or (old and new and old != new and name != expanded):
            raise unsupported(node, f"the column {name}")
        columns[name] = column
    return columns
