"""`mv-expand`: a row for each element of an array."""

from dataclasses import replace

from tocsin_engines.kql.scalars import scalar
from tocsin_engines.kql.scope import Column, Relation, Scope
from tocsin_engines.kql.sql import select
from tocsin_engines.kql.tree import Node, unsupported

_SLOTS = frozenset({"MvExpandKeyword", "Parameters", "Expressions"})
# "Array elements that don't conform with the declared type become null values" [D:mv-expand].
_CASTS = {
    "dynamic": "dynamic({0})",
    "string": "CASE WHEN json_type({0}) = 'VARCHAR' THEN {0} ->> '$' ELSE '' END",
    "real": "dynamic_real({0})",
    "bool": "CASE WHEN json_type({0}) = 'BOOLEAN' THEN CAST({0} AS BOOLEAN) END",
    "long": "CASE WHEN json_type({0}) IN ('BIGINT', 'UBIGINT') THEN TRY_CAST({0} AS BIGINT) END",
    "datetime": "CASE WHEN json_type({0}) = 'VARCHAR' THEN moment({0} ->> '$') END",
}


def expand(node: Node, source: Relation, scope: Scope) -> Relation:
    """Put the elements in the place of the array, or at the end; rows are in no order then."""
    if {child.slot for child in node.children} - _SLOTS or node["Parameters"].children:
        raise unsupported(node, "such an mv-expand")
    name, step, column = elements(node, source.step, scope)
    return replace(source, step=step, columns={**source.columns, name: column}, order="")


def elements(node: Node, step: str, scope: Scope) -> tuple[str, str, Column]:
    """Make a row of each element of the rows of STEP; null is one, an empty array has none."""
    expressions = node.items("Expressions")
    if len(expressions) != 1:
        raise unsupported(node, "several arrays at once")
    named = expressions[0]["Expression"]
    name = named["Name"].name if named.kind == "SimpleNamedExpression" else named.name
    value = scalar(named, scope)
    if value.type != "dynamic" or not name:
        raise unsupported(named, f"elements of {value.type}")
    steps = scope.steps
    array, item = steps.fresh(), steps.fresh()
    arrays = steps.add(select(["*", f"expanded({value.sql}) AS {array}"], step))
    items = steps.add(select(["*", f"unnest({array}) AS {item}"], arrays))
    kind = _kind(expressions[0])
    column = Column(steps.fresh(), kind)
    cast = _CASTS["long" if kind == "int" else kind].format(item)
    return name, steps.add(select(["*", f"{cast} AS {column.id}"], items)), column


def _kind(node: Node) -> str:
    clause = node.find("ToTypeOf")
    if clause is None:
        return "dynamic"
    words = [word for word in clause["TypeOf"].words() if word not in ("typeof", "(", ")")]
    if len(words) != 1 or words[0] not in (*_CASTS, "int"):
        raise unsupported(clause)
    return words[0]
