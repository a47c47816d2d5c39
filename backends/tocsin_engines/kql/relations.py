"""Tabular expressions to steps of SQL: one function an operator.

What each yields is held against the columns that the binder found: a difference is a refusal.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from tocsin_engines.kql import asim, joins
from tocsin_engines.kql.apply import apply
from tocsin_engines.kql.expand import expand
from tocsin_engines.kql.parsers import parsers
from tocsin_engines.kql.scalars import condition, scalar
from tocsin_engines.kql.scope import Column, Relation, Scope
from tocsin_engines.kql.sql import WHOLE, Value, select
from tocsin_engines.kql.summarize import summarize
from tocsin_engines.kql.tree import Node, unsupported


def relation(node: Node, scope: Scope) -> Relation:
    """Lower an expression that yields a table."""
    match node.kind:
        case "PipeExpression":
            found = _piped(node, scope)
        case "NameReference":
            found = _named(node, scope)
        case "FunctionCallExpression":
            found = _called(node, scope)
        case "ParenthesizedExpression" | "MaterializeExpression":
            found = relation(node["Expression"], scope)
        case "UnionOperator":
            found = joins.union(node, None, scope)
        case "PrintOperator":
            found = _print(node, scope)
        case _ if scope.input:
            found = _operated(node, scope.input, scope)
        case _:
            raise unsupported(node)
    return _checked(node, found)


def _piped(node: Node, scope: Scope) -> Relation:
    source = relation(node["Expression"], scope)
    return _operated(node["Operator"], source, replace(scope, input=None))


def _operated(operator: Node, source: Relation, scope: Scope) -> Relation:
    lower = _OPERATORS.get(operator.kind)
    if lower is None or (source.rows and operator.kind not in _BY_ROW):
        raise unsupported(operator)
    inside = scope.in_order(source) if operator.kind in _IN_ORDER else scope.over(source)
    return _checked(operator, lower(operator, source, inside))


def _checked(node: Node, found: Relation) -> Relation:
    columns = tuple((name, column.type) for name, column in found.columns.items())
    if columns != node.columns:
        raise unsupported(node, f"the columns of {node.kind}")
    return found


def _named(node: Node, scope: Scope) -> Relation:
    if node.symbol == "Table":
        return _scan(node, node.name, scope)
    if node.symbol == "Function":
        return _called(node, scope)
    found = scope.variables.get(node.name) if node.symbol == "Variable" else None
    if isinstance(found, Relation):
        return found
    raise unsupported(node, f"the name {node.name}")


def _called(node: Node, scope: Scope) -> Relation:
    """Read what a unifying parser of ASIM yields: rows of its own, under the columns of a table."""
    name = node["Name"].name
    parser = parsers().get(name)
    if parser is None:
        raise unsupported(node, f"the function {name}")
    source = _scan(node, name, scope)
    tests = asim.filters(parser, node, scope.over(source))
    if not tests:
        return source
    step = scope.steps.add(select(["*"], source.step, "WHERE", " AND ".join(tests)))
    return replace(source, step=step)


def _scan(node: Node, name: str, scope: Scope) -> Relation:
    """Read a table: each that is named is read once."""
    steps = scope.steps
    if name in steps.scans:
        return steps.scans[name]
    known = steps.tables.get(name)
    if known is None:
        raise unsupported(node, f"the table {name}")
    columns = {column: Column(steps.fresh(), kind) for column, kind in known.items()}
    place = steps.fresh()
    found = Relation(f"t{len(steps.scans)}", columns, place=place)
    steps.scans[name] = found
    return found


def _print(node: Node, scope: Scope) -> Relation:
    """One row of values."""
    scope = replace(scope, columns={}, step="")
    values = [scalar(one, scope) for one in node.items("Expressions")]
    columns, texts = _new_columns(node, values, scope)
    return Relation(scope.steps.add(f"SELECT {', '.join(texts)}"), columns, projected=True)


def _where(node: Node, source: Relation, scope: Scope) -> Relation:
    """Keep rows of which the condition is true: null is not [D:null-values]."""
    _no_parameters(node)
    before = scope.steps.windows
    test = condition(node["Condition"], scope)
    word = "WHERE" if scope.steps.windows == before else "QUALIFY"
    step = scope.steps.add(select(["*"], source.step, word, test.sql))
    return replace(source, step=step)


def _extend(node: Node, source: Relation, scope: Scope) -> Relation:
    """Put columns at the end, or in the place of one that has the name."""
    expressions = node.items("Expressions")
    explicit = {_explicit(one) for one in expressions}
    unnamed = iter(
        [name for name, _ in node.columns if name not in source.columns and name not in explicit]
    )
    columns, texts = dict(source.columns), ["*"]
    for one in expressions:
        name = _explicit(one) or next(unnamed, "")
        if not name:
            raise unsupported(one, "a column without a name")
        value = scalar(one, scope)
        columns[name] = Column(scope.steps.fresh(), value.type)
        texts.append(f"{value.sql} AS {columns[name].id}")
    step = scope.steps.add(select(texts, source.step))
    return replace(source, step=step, columns=columns)


def _explicit(node: Node) -> str:
    if node.kind == "NameReference":
        return node.name
    return node["Name"].name if node.kind == "SimpleNamedExpression" else ""


def _project(node: Node, source: Relation, scope: Scope) -> Relation:
    values = [scalar(one, scope) for one in node.items("Expressions")]
    columns, texts = _new_columns(node, values, scope)
    step = scope.steps.add(select(["*", *texts], source.step))
    return replace(source, step=step, columns=columns, projected=True)


def _new_columns(
    node: Node, values: list[Value], scope: Scope
) -> tuple[dict[str, Column], list[str]]:
    """Give values the names that the binder found, in their order."""
    if len(values) != len(node.columns):
        raise unsupported(node, f"the columns of {node.kind}")
    columns = {
        name: Column(scope.steps.fresh(), _kept(value.type, kind))
        for (name, kind), value in zip(node.columns, values, strict=True)
    }
    ids = (column.id for column in columns.values())
    return columns, [f"{value.sql} AS {id_}" for value, id_ in zip(values, ids, strict=True)]


def _kept(found: str, bound: str) -> str:
    """Say int or long as the binder does; to us both are one."""
    return bound if {found, bound} <= WHOLE else found


def _chosen(node: Node, source: Relation, scope: Scope) -> Relation:
    """Take away, keep or reorder columns: the binder has matched the names."""
    if any(name not in source.columns for name, _ in node.columns):
        raise unsupported(node)
    columns = {name: source.columns[name] for name, _ in node.columns}
    return replace(source, columns=columns, projected=True)


def _rename(node: Node, source: Relation, scope: Scope) -> Relation:
    """Rename columns, each in its place."""
    names = [name for name, _ in node.columns]
    if len(names) != len(source.columns):
        raise unsupported(node)
    columns = dict(zip(names, source.columns.values(), strict=True))
    return replace(source, columns=columns, projected=True)


def _distinct(node: Node, source: Relation, scope: Scope) -> Relation:
    _no_parameters(node)
    expressions = node.items("Expressions")
    if [one.kind for one in expressions] == ["StarExpression"]:
        values = [Value(scope.steps.use(one), one.type) for one in source.columns.values()]
    else:
        values = [scalar(one, scope) for one in expressions]
    columns, texts = _new_columns(node, values, scope)
    groups = ", ".join(str(place + 1) for place in range(len(texts)))
    step = scope.steps.add(select(texts, source.step, "GROUP BY", groups))
    return Relation(step, columns, projected=True)


def _count(node: Node, source: Relation, scope: Scope) -> Relation:
    _no_parameters(node)
    columns, texts = _new_columns(node, [Value("count(*)", "long")], scope)
    step = scope.steps.add(select(texts, source.step))
    return Relation(step, columns, projected=True)


def _sort(node: Node, source: Relation, scope: Scope) -> Relation:
    _no_parameters(node)
    keys = ", ".join(_key(one, scope) for one in node.items("Expressions"))
    return _numbered(source, keys, scope)


def _numbered(source: Relation, keys: str, scope: Scope) -> Relation:
    """Give rows their number; equal ones stay as they were, so that runs are alike."""
    order = scope.steps.fresh()
    before = source.order or source.place
    every = f"{keys}, {before}" if before else keys
    number = f"row_number() OVER (ORDER BY {every}) AS {order}"
    return replace(source, step=scope.steps.add(select(["*", number], source.step)), order=order)


def _key(node: Node, scope: Scope) -> str:
    """Descending is the rule; nulls are first of ascending, last of descending [D:sort]."""
    ordered = node.kind == "OrderedExpression"
    value = scalar(node["Expression"] if ordered else node, scope)
    if value.type == "dynamic":
        raise unsupported(node, "an order of dynamic")
    words = list(node["Ordering"].words()) if ordered else []
    way = "asc" if "asc" in words else "desc"
    nulls = "first" if way == "asc" else "last"
    if "nulls" in words:
        nulls = words[-1]
    if set(words) - {"asc", "desc", "nulls", "first", "last"}:
        raise unsupported(node)
    return f"{value.sql} {way} NULLS {nulls}"


def _take(node: Node, source: Relation, scope: Scope) -> Relation:
    """Any rows: here the first."""
    _no_parameters(node)
    order = source.order or source.place
    limit = ("LIMIT", str(_number(node["Expression"], scope)))
    by = ("ORDER BY", order) if order else ()
    return replace(source, step=scope.steps.add(select(["*"], source.step, *by, *limit)))


def _number(node: Node, scope: Scope) -> int:
    number = scalar(node, scope).constant
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise unsupported(node, "a number of rows that is not a constant")
    return number


def _top(node: Node, source: Relation, scope: Scope) -> Relation:
    """Sort, then take."""
    _no_parameters(node)
    found = _numbered(source, _key(node["ByExpression"], scope), scope)
    return _take(node, found, scope)


def _join(node: Node, source: Relation, scope: Scope) -> Relation:
    return joins.join(node, source, relation(node["Expression"], scope), scope)


def _union(node: Node, source: Relation, scope: Scope) -> Relation:
    return joins.union(node, source, scope)


def _no_parameters(node: Node) -> None:
    parameters = node.find("Parameters")
    names = [one["Name"].name for one in parameters.children] if parameters else []
    if any(not name.startswith("hint.") for name in names):
        raise unsupported(node, f"parameters of {node.kind}")


_OPERATORS: Mapping[str, Callable[[Node, Relation, Scope], Relation]] = {
    "FilterOperator": _where,
    "ExtendOperator": _extend,
    "ProjectOperator": _project,
    "ProjectAwayOperator": _chosen,
    "ProjectKeepOperator": _chosen,
    "ProjectReorderOperator": _chosen,
    "ProjectRenameOperator": _rename,
    "DistinctOperator": _distinct,
    "CountOperator": _count,
    "SummarizeOperator": summarize,
    "SortOperator": _sort,
    "TakeOperator": _take,
    "TopOperator": _top,
    "JoinOperator": _join,
    "UnionOperator": _union,
    "MvApplyOperator": apply,
    "MvExpandOperator": expand,
}

# Those whose expressions may ask for the row before.
_IN_ORDER = frozenset({"FilterOperator", "ExtendOperator", "ProjectOperator"})

# Those that a subquery may have, for they keep the rows that it runs for apart.
_BY_ROW = frozenset(
    {
        *("FilterOperator", "ExtendOperator", "SummarizeOperator", "MvApplyOperator"),
        *(f"Project{name}Operator" for name in ("", "Away", "Keep", "Reorder", "Rename")),
    }
)
