"""The filtering parameters of ASIM's unifying parsers, as tests of the normalized columns."""

from collections.abc import Callable, Mapping

from tocsin_engines.engine import Rejected
from tocsin_engines.kql import addresses, lists, strings
from tocsin_engines.kql.compare import equal
from tocsin_engines.kql.parsers import Parameter, Parser
from tocsin_engines.kql.scalars import scalar
from tocsin_engines.kql.scope import Scope
from tocsin_engines.kql.sql import Value, string
from tocsin_engines.kql.tree import Node, unsupported


def filters(parser: Parser, call: Node, scope: Scope) -> list[str]:
    """Write the tests that a call asks for, given or by default."""
    defaults = {
        name: string(parameter.default)
        for name, parameter in parser.parameters.items()
        if parameter.default is not None
    }
    return [
        _test(name, parser.parameters[name], value, scope)
        for name, value in (defaults | _given(parser, call, scope)).items()
        if not _asks_nothing(value)
    ]


def _given(parser: Parser, call: Node, scope: Scope) -> dict[str, Value]:
    """Read the arguments: by name, or by place."""
    if call.kind == "NameReference":
        return {}
    found: dict[str, Value] = {}
    arguments = call["ArgumentList"].items("Expressions")
    for one, name in zip(arguments, parser.parameters, strict=False):
        named = one["Name"].name if one.kind == "SimpleNamedExpression" else name
        if named not in parser.parameters:
            raise unsupported(one, f"the parameter {named}")
        found[named] = scalar(one, scope)
    return found


def _asks_nothing(value: Value) -> bool:
    """Say whether an argument is what stands for no filter: null, `*`, an empty list, false."""
    return value.known and (value.constant in (None, "*", ()) or value.constant is False)


def _test(name: str, parameter: Parameter, value: Value, scope: Scope) -> str:
    test = _TESTS.get(parameter.test)
    if test is None or not (value.known or value.type == "datetime"):
        raise Rejected(f"not covered by this engine: the parameter {name} with such a value")
    columns = [scope.columns[column] for column in parameter.columns]
    values = [Value(scope.steps.use(column), column.type) for column in columns]
    return f"({' OR '.join(test(one, value) for one in values)})"


def _from(column: Value, value: Value) -> str:
    return f"({value.sql} IS NULL OR {column.sql} >= {value.sql})"


def _until(column: Value, value: Value) -> str:
    return f"({value.sql} IS NULL OR {column.sql} <= {value.sql})"


def _listed(operator: str) -> Callable[[Value, Value], str]:
    return lambda column, value: lists.listed(operator, column, (value,)).sql


def _has(column: Value, value: Value) -> str:
    found = strings.binary("has", column, value)
    if found is None:
        raise Rejected(f"not covered by this engine: {column.type} has {value.type}")
    return found.sql


def _query(column: Value, value: Value) -> str:
    """`lookup` is what `Query` was called."""
    wanted = string("Query") if value.constant == "lookup" else value
    return _equal(column, wanted)


def _equal(column: Value, value: Value) -> str:
    return equal(column, value).sql


_TESTS: Mapping[str, Callable[[Value, Value], str]] = {
    "from": _from,
    "until": _until,
    "has": _has,
    "has_any": _listed("has_any"),
    "has_all": _listed("has_all"),
    "in": _listed("in~"),
    "equal": _equal,
    "query": _query,
    "prefix": addresses.has_prefix,
}
