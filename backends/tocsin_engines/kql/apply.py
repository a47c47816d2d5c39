"""`mv-apply`: a subquery for each row, over the elements of an array.

The rows are numbered; the operators of the subquery keep the numbers apart; at the end each row
that the subquery yields gets back the columns of the row it ran for [D:mv-apply].
"""

from collections.abc import Mapping
from dataclasses import replace

from tocsin_engines.kql.scalars import scalar
from tocsin_engines.kql.scope import Column, Relation, Rows, Scope
from tocsin_engines.kql.sql import select
from tocsin_engines.kql.tree import Node, unsupported

_SLOTS = frozenset({"MvApplyKeyword", "Parameters", "Expressions", "OnKeyword", "Subquery"})
# "Array elements that don't conform with the declared type become null values" [D:mv-expand].
_CASTS = {
    "dynamic": "dynamic({0})",
    "string": "CASE WHEN json_type({0}) = 'VARCHAR' THEN {0} ->> '$' ELSE '' END",
    "real": "dynamic_real({0})",
    "bool": "CASE WHEN json_type({0}) = 'BOOLEAN' THEN CAST({0} AS BOOLEAN) END",
    "long": "CASE WHEN json_type({0}) IN ('BIGINT', 'UBIGINT') THEN TRY_CAST({0} AS BIGINT) END",
}


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
    """Make a row of each element; null is one, an empty array has none."""
    expressions = node.items("Expressions")
    if len(expressions) != 1:
        raise unsupported(node, "mv-apply of several arrays")
    named = expressions[0]["Expression"]
    name = named["Name"].name if named.kind == "SimpleNamedExpression" else named.name
    value = scalar(named, scope)
    if value.type != "dynamic" or not name:
        raise unsupported(named, f"mv-apply of {value.type}")
    steps = scope.steps
    number, array, item = steps.fresh(), steps.fresh(), steps.fresh()
    texts = ["*", f"row_number() OVER () AS {number}", f"expanded({value.sql}) AS {array}"]
    rows = Rows(steps.add(select(texts, source.step)), number)
    items = steps.add(select(["*", f"unnest({array}) AS {item}"], rows.step))
    kind = _kind(expressions[0])
    column = Column(steps.fresh(), kind)
    cast = _CASTS["long" if kind == "int" else kind].format(item)
    step = steps.add(select(["*", f"{cast} AS {column.id}"], items))
    return name, Relation(step, {**source.columns, name: column}, rows=rows)


def _kind(node: Node) -> str:
    clause = node.find("ToTypeOf")
    if clause is None:
        return "dynamic"
    words = [word for word in clause["TypeOf"].words() if word not in ("typeof", "(", ")")]
    if len(words) != 1 or words[0] not in (*_CASTS, "int"):
        raise unsupported(clause)
    return words[0]


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
    return replace(source, step=step, columns=columns)


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
