"""`summarize`: groups by the values of the keys, null and the empty text among them."""

from tocsin_engines.kql.aggregates import aggregate
from tocsin_engines.kql.scalars import scalar
from tocsin_engines.kql.scope import Column, Relation, Rows, Scope
from tocsin_engines.kql.sql import WHOLE, Value, select
from tocsin_engines.kql.tree import Node, unsupported


def summarize(node: Node, source: Relation, scope: Scope) -> Relation:
    """Group; without keys there is one row, of nothing too [D:summarize]."""
    if any(not one["Name"].name.startswith("hint.") for one in node["Parameters"].children):
        raise unsupported(node, "parameters of summarize")
    clause = node.find("ByClause")
    keys = [scalar(one, scope) for one in clause.items("Expressions")] if clause else []
    if any(key.type == "dynamic" for key in keys):
        raise unsupported(node, "a key that is dynamic")
    values = [*keys, *_aggregated(node, len(keys), source, scope)]
    if len(values) != len(node.columns):
        raise unsupported(node, "the columns of summarize")
    columns = {
        name: Column(scope.steps.fresh(), kind if {value.type, kind} <= WHOLE else value.type)
        for (name, kind), value in zip(node.columns, values, strict=True)
    }
    texts = [
        f"{value.sql} AS {column.id}"
        for value, column in zip(values, columns.values(), strict=True)
    ]
    if source.rows:
        step = _by_row(texts, len(keys), source.step, source.rows, scope)
        return Relation(step, columns, projected=True, rows=source.rows)
    step = scope.steps.add(select(texts, source.step, *_groups(len(keys))))
    return Relation(step, columns, projected=True)


def _groups(count: int) -> tuple[str, ...]:
    places = ", ".join(str(place + 1) for place in range(count))
    return ("GROUP BY", places) if count else ()


def _by_row(texts: list[str], keys: int, source: str, rows: Rows, scope: Scope) -> str:
    """Group the subtable of each row; without keys an empty one yields a row too."""
    numbered = [rows.number, *texts]
    found = scope.steps.add(select(numbered, source, *_groups(keys + 1)))
    if keys:
        return found
    nothing = select(texts, source, "WHERE FALSE")
    known = select([rows.number], found)
    rest = select([f"{rows.number}, nothing.*"], f"{rows.step}, ({nothing}) AS nothing")
    missing = f"{rest} WHERE {rows.number} NOT IN ({known})"
    return scope.steps.add(f"{select(['*'], found)} UNION ALL {missing}")


def _aggregated(node: Node, keys: int, source: Relation, scope: Scope) -> list[Value]:
    found: list[Value] = []
    for one in node.items("Aggregates"):
        expression, names = _unnamed(one)
        others = _starred(node, keys + len(found), expression, source)
        values = aggregate(expression, others, scope)
        if names and len(values) != names:
            raise unsupported(one)
        found += values
    return found


def _unnamed(node: Node) -> tuple[Node, int]:
    """Return what is aggregated, and how many names are given to it."""
    match node.kind:
        case "SimpleNamedExpression":
            return node["Expression"], 0
        case "CompoundNamedExpression":
            return node["Expression"], len(node["Names"].items("Names"))
        case _:
            return node, 0


def _starred(node: Node, place: int, expression: Node, source: Relation) -> tuple[str, ...]:
    """Return the columns that `*` stands for: those that the binder lists after the first one."""
    words = tuple(expression.words())
    if "*" not in words:
        return ()
    last = len(node.items("Aggregates")) == 1
    names = tuple(name for name, _ in node.columns[place + (words[0] != "take_any") :])
    if not last or any(name not in source.columns for name in names):
        raise unsupported(expression, "`*` beside other aggregations")
    return names
