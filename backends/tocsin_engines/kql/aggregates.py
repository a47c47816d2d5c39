"""The aggregation functions of `summarize`. Null values are ignored [D:summarize]."""

from collections.abc import Callable, Mapping

from tocsin_engines.kql.scalars import condition, scalar
from tocsin_engines.kql.scope import Scope
from tocsin_engines.kql.sql import ORDERED, WHOLE, Value
from tocsin_engines.kql.tree import Node, unsupported

# "The maximum number of elements returned": of the deprecated names, 128.
_SIZES = {"makeset": 128, "makelist": 128}
_MOST = 1_048_576


def aggregate(node: Node, others: tuple[str, ...], scope: Scope) -> tuple[Value, ...]:
    """Lower an aggregation to the columns it yields. OTHERS: what `*` stands for, where it may."""
    if node.kind == "ParenthesizedExpression":
        return aggregate(node["Expression"], others, scope)
    name, arguments = node.find("Name"), node.find("ArgumentList")
    if node.kind != "FunctionCallExpression" or name is None or arguments is None:
        return (_around(node, scope),)
    nodes = arguments.items("Expressions")
    if name.name in _ROWS:
        return _ROWS[name.name](nodes, others, scope)
    found = _FUNCTIONS.get(name.name)
    if found is None:
        return (_around(node, scope),)
    return (found(nodes, scope),)


def _around(node: Node, scope: Scope) -> Value:
    """Lower a scalar function of one aggregation: `array_length(make_set(x))`."""
    name = node.find("Name")
    if name is None or name.name != "array_length":
        raise unsupported(node, f"the aggregation {name.name if name else node.kind}")
    (value, *rest) = aggregate(node["ArgumentList"].items("Expressions")[0], (), scope)
    if value.type != "dynamic" or rest:
        raise unsupported(node)
    return Value(f"json_array_length({value.sql})::BIGINT", "long")


def _filter(nodes: tuple[Node, ...], place: int, scope: Scope, *more: str) -> str:
    tests = [*more]
    if place:
        tests.append(condition(nodes[place], scope).sql)
    return f" FILTER (WHERE {' AND '.join(tests)})" if tests else ""


def _count(predicate: int) -> Callable[[tuple[Node, ...], Scope], Value]:
    def count(nodes: tuple[Node, ...], scope: Scope) -> Value:
        where = f" FILTER (WHERE {condition(nodes[0], scope).sql})" if predicate else ""
        return Value(f"count(*){where}", "long")

    return count


def _distinct(predicate: int) -> Callable[[tuple[Node, ...], Scope], Value]:
    """Count distinct values: exactly, as Kusto does for few. An empty text is a value [D:K12]."""

    def distinct(nodes: tuple[Node, ...], scope: Scope) -> Value:
        value = _plain(nodes[0], scope)
        return Value(f"count(DISTINCT {value.sql}){_filter(nodes, predicate, scope)}", "long")

    return distinct


def _plain(node: Node, scope: Scope) -> Value:
    value = scalar(node, scope)
    if value.type == "dynamic":
        raise unsupported(node, "distinct values of dynamic")
    return value


def _extreme(function: str, predicate: int) -> Callable[[tuple[Node, ...], Scope], Value]:
    def extreme(nodes: tuple[Node, ...], scope: Scope) -> Value:
        value = _ordered(nodes[0], scope)
        return Value(f"{function}({value.sql}){_filter(nodes, predicate, scope)}", value.type)

    return extreme


def _ordered(node: Node, scope: Scope) -> Value:
    value = scalar(node, scope)
    if value.type not in ORDERED:
        raise unsupported(node, f"the least or greatest of {value.type}")
    return value


def _sum(predicate: int) -> Callable[[tuple[Node, ...], Scope], Value]:
    """0 of nothing [D:summarize, "Default values of aggregations"]."""

    def total(nodes: tuple[Node, ...], scope: Scope) -> Value:
        value = scalar(nodes[0], scope)
        if value.type not in ORDERED or value.type == "datetime":
            raise unsupported(nodes[0], f"the sum of {value.type}")
        found = f"coalesce(sum({value.sql}){_filter(nodes, predicate, scope)}, 0)"
        if value.type == "real":
            return Value(f"CAST({found} AS DOUBLE)", "real")
        return Value(f"CAST({found} AS BIGINT)", "long" if value.type in WHOLE else value.type)

    return total


def _mean(predicate: int) -> Callable[[tuple[Node, ...], Scope], Value]:
    """NaN of nothing, "due to dividing by 0" [D:summarize]."""

    def mean(nodes: tuple[Node, ...], scope: Scope) -> Value:
        value = scalar(nodes[0], scope)
        if value.type not in WHOLE | {"real"}:
            raise unsupported(nodes[0], f"the mean of {value.type}")
        found = f"avg({value.sql}){_filter(nodes, predicate, scope)}"
        return Value(f"coalesce({found}, CAST('nan' AS DOUBLE))", "real")

    return mean


def _collect(name: str, *, distinct: bool, predicate: int) -> Callable[..., Value]:
    """Gather an array. An empty text is an element; an array is taken apart [D:make_set]."""

    def collect(nodes: tuple[Node, ...], scope: Scope) -> Value:
        value = scalar(nodes[0], scope)
        size = _size(nodes, predicate + 1, scope) or _SIZES.get(name, _MOST)
        where = _filter(nodes, predicate, scope, f"{value.sql} IS NOT NULL")
        found = _gathered(value, where, distinct=distinct, node=nodes[0])
        return Value(f"to_json(coalesce({found}, [])[1:{size}])", "dynamic")

    return collect


def _bags(predicate: int) -> Callable[..., Value]:
    """Merge property bags; what is none is skipped [D:make_bag]."""

    def bags(nodes: tuple[Node, ...], scope: Scope) -> Value:
        value = scalar(nodes[0], scope)
        if value.type != "dynamic" or len(nodes) > predicate + 1:
            raise unsupported(nodes[0], "such bags")
        where = _filter(nodes, predicate, scope, f"bag({value.sql}) IS NOT NULL")
        return Value(f"merged(list(bag({value.sql})){where})", "dynamic")

    return bags


def _gathered(value: Value, where: str, *, distinct: bool, node: Node) -> str:
    word = "DISTINCT " if distinct else ""
    match value.type:
        case "dynamic" if distinct:
            return f"list_distinct(flatten(list(items({value.sql})){where}))"
        case "datetime":
            return f"list({word}iso({value.sql})){where}"
        case "dynamic" | "timespan":
            raise unsupported(node, f"an array of {value.type}")
        case _:
            return f"list({word}{value.sql}){where}"


def _size(nodes: tuple[Node, ...], place: int, scope: Scope) -> int | None:
    if len(nodes) <= place:
        return None
    size = scalar(nodes[place], scope).constant
    if isinstance(size, bool) or not isinstance(size, int) or not 0 < size <= _MOST:
        raise unsupported(nodes[place], "such a size")
    return size


def _any(nodes: tuple[Node, ...], others: tuple[str, ...], scope: Scope) -> tuple[Value, ...]:
    """One value: neither null nor empty, if such is there. Several: of one row [D:take_any]."""
    values = _values(nodes, others, scope)
    if len(values) > 1:
        return _fields(f"any_value({_struct(values)})", values)
    if not values:
        raise unsupported(nodes[0])
    value = values[0]
    if value.type == "string":
        return (Value(f"coalesce(any_value(nullif({value.sql}, '')), '')", "string"),)
    return (Value(f"any_value({value.sql})", value.type),)


def _any_if(nodes: tuple[Node, ...], _: tuple[str, ...], scope: Scope) -> tuple[Value, ...]:
    value, where = scalar(nodes[0], scope), _filter(nodes, 1, scope)
    if value.type == "string":
        return (Value(f"coalesce(any_value(nullif({value.sql}, '')){where}, '')", "string"),)
    return (Value(f"any_value({value.sql}){where}", value.type),)


def _arg(function: str) -> Callable[..., tuple[Value, ...]]:
    """Yield the least or greatest and values of its row; of any, if all are null [D:arg_max]."""

    def arg(nodes: tuple[Node, ...], others: tuple[str, ...], scope: Scope) -> tuple[Value, ...]:
        extreme = _ordered(nodes[0], scope)
        values = _values(nodes[1:], others, scope)
        first = Value(f"{function}({extreme.sql})", extreme.type)
        if not values:
            return (first,)
        struct = _struct(values)
        row = f"coalesce(arg_{function}({struct}, {extreme.sql}), any_value({struct}))"
        return (first, *_fields(row, values))

    return arg


def _values(nodes: tuple[Node, ...], others: tuple[str, ...], scope: Scope) -> tuple[Value, ...]:
    found: list[Value] = []
    for node in nodes:
        if node.kind == "StarExpression":
            columns = [scope.columns[name] for name in others]
            found += [Value(scope.steps.use(column), column.type) for column in columns]
        else:
            found.append(scalar(node, scope))
    return tuple(found)


def _struct(values: tuple[Value, ...]) -> str:
    return "{" + ", ".join(f"'v{place}': {one.sql}" for place, one in enumerate(values)) + "}"


def _fields(row: str, values: tuple[Value, ...]) -> tuple[Value, ...]:
    """Take a row apart. Over no rows it is null, and so are its fields; a text is empty."""
    fields = [(f"({row}).v{place}", value.type) for place, value in enumerate(values)]
    return tuple(
        Value(f"coalesce({text}, '')" if kind == "string" else text, kind) for text, kind in fields
    )


_ROWS: Mapping[str, Callable[[tuple[Node, ...], tuple[str, ...], Scope], tuple[Value, ...]]] = {
    "take_any": _any,
    "any": _any,
    "take_anyif": _any_if,
    "anyif": _any_if,
    "arg_min": _arg("min"),
    "arg_max": _arg("max"),
}

_FUNCTIONS: Mapping[str, Callable[[tuple[Node, ...], Scope], Value]] = {
    "count": _count(0),
    "countif": _count(1),
    "dcount": _distinct(0),
    "dcountif": _distinct(1),
    "count_distinct": _distinct(0),
    "count_distinctif": _distinct(1),
    "min": _extreme("min", 0),
    "max": _extreme("max", 0),
    "minif": _extreme("min", 1),
    "maxif": _extreme("max", 1),
    "sum": _sum(0),
    "sumif": _sum(1),
    "avg": _mean(0),
    "avgif": _mean(1),
    "make_set": _collect("make_set", distinct=True, predicate=0),
    "makeset": _collect("makeset", distinct=True, predicate=0),
    "make_set_if": _collect("make_set_if", distinct=True, predicate=1),
    "make_bag": _bags(0),
    "make_bag_if": _bags(1),
    "make_list": _collect("make_list", distinct=False, predicate=0),
    "makelist": _collect("makelist", distinct=False, predicate=0),
    "make_list_if": _collect("make_list_if", distinct=False, predicate=1),
}
