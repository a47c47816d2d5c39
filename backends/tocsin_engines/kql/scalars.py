"""Scalar expressions to SQL: one function a kind of node."""

import re
from collections.abc import Callable, Mapping

from tocsin_engines.engine import Rejected
from tocsin_engines.kql import (
    compare,
    computed,
    dynamic,
    lists,
    literals,
    numbers,
    strings,
    urls,
    windows,
)
from tocsin_engines.kql.functions import call
from tocsin_engines.kql.scope import Relation, Scope
from tocsin_engines.kql.sql import SQL_TYPES, WHOLE, Listing, Value, boolean, null, select, string
from tocsin_engines.kql.tree import Node, unsupported

# Some operators name an operand more than once, and `let` may do so many times.
_LONGEST = 1_000_000
_LONG_ESCAPE = re.compile(r"""[hH]?["'](?:[^\\]|\\[^U])*\\U""")


def scalar(node: Node, scope: Scope) -> Value:
    """Lower an expression that yields one value; its type must be the one the binder found."""
    lower = _KINDS.get(node.kind)
    if lower is None:
        raise unsupported(node)
    value = lower(node, scope)
    if len(value.sql) > _LONGEST:
        raise unsupported(node, "an expression that grows so much")
    same = value.type == node.type or {value.type, node.type} <= WHOLE
    if not same and node.kind not in ("TypeOfLiteralExpression", "SimpleNamedExpression"):
        raise unsupported(node, f"{node.kind} of type {node.type}")
    return value


def condition(node: Node, scope: Scope) -> Value:
    """Lower an expression that must be a bool."""
    value = scalar(node, scope)
    if value.type != "bool":
        raise unsupported(node, f"a condition of type {value.type}")
    return value


def _text(node: Node, _: Scope) -> Value:
    # `\U0001F600` is documented, but the parser leaves it as it stands.
    if any(_LONG_ESCAPE.match(word) for word in node.words()):
        raise unsupported(node, "the escape \\U")
    if not isinstance(node.literal, str):
        raise unsupported(node)
    return string(node.literal)


def _bool(node: Node, _: Scope) -> Value:
    if isinstance(node.literal, bool):
        return boolean(node.literal)
    if node["Token"].text.replace(" ", "") != "bool(null)":
        raise unsupported(node)
    return null("bool")


def _type(node: Node, _: Scope) -> Value:
    words = tuple(word for word in node.words() if word not in ("typeof", "(", ")"))
    if len(words) != 1 or words[0] not in SQL_TYPES:
        raise unsupported(node)
    return Value("", "type", words[0], known=True)


def _name(node: Node, scope: Scope) -> Value:
    if node.symbol == "Column":
        return scope.column(node)
    found = scope.variables.get(node.name) if node.symbol == "Variable" else None
    if isinstance(found, Value):
        return found
    raise unsupported(node, f"the name {node.name}")


def _inside(node: Node, scope: Scope) -> Value:
    return scalar(node["Expression"], scope)


def _logic(node: Node, scope: Scope) -> Value:
    """Three-valued, as SQL's: `false and null` is false, `true or null` is true [D:null-values]."""
    word = {"AndExpression": "AND", "OrExpression": "OR"}[node.kind]
    sides: list[Value] = []
    left = node
    # A long chain leans to the left: no recursion along it.
    while left.kind == node.kind:
        sides.append(condition(left["Right"], scope))
        left = left["Left"]
    sides.append(condition(left, scope))
    return Value("(" + f" {word} ".join(side.sql for side in reversed(sides)) + ")", "bool")


def _binary(node: Node, scope: Scope) -> Value:
    left, right = scalar(node["Left"], scope), scalar(node["Right"], scope)
    operator = node["Operator"].text
    for lower in (compare.binary, numbers.binary, strings.binary):
        value = lower(operator, left, right)
        if value is not None:
            return value
    raise unsupported(node, f"{left.type} {operator} {right.type}")


def _unary(node: Node, scope: Scope) -> Value:
    return numbers.minus(scalar(node["Expression"], scope))


def _between(node: Node, scope: Scope) -> Value:
    """Both ends belong to it; a timespan counts from the first [D:between]."""
    couple = node["Right"]
    value = scalar(node["Left"], scope)
    least, most = scalar(couple["First"], scope), scalar(couple["Second"], scope)
    if least.type == "datetime" and most.type == "timespan":
        most = Value(f"({least.sql} + {most.sql})", "datetime")
    low, high = compare.binary(">=", value, least), compare.binary("<=", value, most)
    if low is None or high is None:
        raise unsupported(node, f"{value.type} between {least.type} and {most.type}")
    negated = "NOT " if node.kind == "NotBetweenExpression" else ""
    return Value(f"({negated}({low.sql} AND {high.sql}))", "bool")


def _listed(node: Node, scope: Scope) -> Value:
    value, operator = scalar(node["Left"], scope), node["Operator"].text
    members: list[Value | Listing] = []
    for item in node["Right"].items("Expressions"):
        table = _tabular(item, scope)
        if table is not None:
            members.append(_first_column(item, table, scope))
        else:
            members.append(scalar(item, scope))
    return lists.listed(operator, value, tuple(members))


def _tabular(node: Node, scope: Scope) -> Relation | None:
    found = scope.variables.get(node.name) if node.symbol == "Variable" else None
    if isinstance(found, Relation):
        return found
    return scope.relate(node, scope) if node.columns else None


def _first_column(node: Node, relation: Relation, scope: Scope) -> Listing:
    """`in (T)`: the first column of a table is the list [D:in]."""
    column = next(iter(relation.columns.values()), None)
    if column is None:
        raise unsupported(node)
    name = scope.steps.use(column)
    sql = select([name], relation.step, "WHERE", name, "IS NOT NULL")
    return Listing(sql, column.type)


def _path(node: Node, scope: Scope) -> Value:
    whole, selector = node["Expression"], node["Selector"]
    if whole.kind == "FunctionCallExpression" and whole["Name"].name in ("parse_url", "parseurl"):
        (url,) = whole["ArgumentList"].items("Expressions")
        return urls.part(scalar(url, scope), selector.name)
    if whole.type != "dynamic" or not selector.name:
        raise unsupported(node)
    return dynamic.property_of(scalar(whole, scope), selector.name)


def _element(node: Node, scope: Scope) -> Value:
    whole, key = node["Expression"], scalar(node["Selector"]["Expression"], scope)
    if whole.type != "dynamic" or not key.known:
        raise unsupported(node, "a subscript that is not a constant")
    return dynamic.at(scalar(whole, scope), key)


def _call(node: Node, scope: Scope) -> Value:
    name = node["Name"].name
    if node["Name"].symbol != "Function":
        raise unsupported(node, f"the function {name}")
    arguments = node["ArgumentList"].items("Expressions")
    if name in ("column_ifexists", "columnifexists"):
        return _if_exists(arguments, scope)
    if name in ("now", "ago"):
        scope.steps.clock = True
    try:
        values = tuple(scalar(one, scope) for one in arguments)
        if name in computed.NAMES:
            return computed.call(name, values, scope)
        if name in windows.FUNCTIONS:
            return windows.FUNCTIONS[name](values, scope)
        return call(name, values, node.type)
    except Rejected as rejected:
        raise Rejected(f"{name} at offset {node.start}: {rejected}") from rejected


def _if_exists(arguments: tuple[Node, ...], scope: Scope) -> Value:
    """Take the column if there is one of that name, else the other argument [D:K7]."""
    name = scalar(arguments[0], scope)
    found = scope.columns.get(name.constant) if isinstance(name.constant, str) else None
    if not isinstance(name.constant, str):
        raise unsupported(arguments[0], "a column's name that is not a constant")
    if found is None:
        return scalar(arguments[1], scope)
    return Value(scope.steps.use(found), found.type)


_KINDS: Mapping[str, Callable[[Node, Scope], Value]] = {
    "StringLiteralExpression": _text,
    "CompoundStringLiteralExpression": _text,
    "BooleanLiteralExpression": _bool,
    "LongLiteralExpression": lambda node, _: literals.whole_number(node),
    "IntLiteralExpression": lambda node, _: literals.whole_number(node),
    "RealLiteralExpression": lambda node, _: literals.real_number(node),
    "DateTimeLiteralExpression": lambda node, _: literals.moment(node),
    "TimespanLiteralExpression": lambda node, _: literals.span(node),
    "TypeOfLiteralExpression": _type,
    "DynamicExpression": lambda node, _: dynamic.literal(node),
    "NameReference": _name,
    "ParenthesizedExpression": _inside,
    "SimpleNamedExpression": _inside,
    "PathExpression": _path,
    "ElementExpression": _element,
    "FunctionCallExpression": _call,
    "AndExpression": _logic,
    "OrExpression": _logic,
    "UnaryMinusExpression": _unary,
    "BetweenExpression": _between,
    "NotBetweenExpression": _between,
    **dict.fromkeys(
        (
            *("InExpression", "InCsExpression", "NotInExpression", "NotInCsExpression"),
            *("HasAnyExpression", "HasAllExpression"),
        ),
        _listed,
    ),
    **dict.fromkeys(
        (
            *("EqualExpression", "NotEqualExpression"),
            *("EqualTildeExpression", "BangTildeExpression"),
            *("LessThanExpression", "LessThanOrEqualExpression"),
            *("GreaterThanExpression", "GreaterThanOrEqualExpression"),
            *("AddExpression", "SubtractExpression", "MultiplyExpression"),
            *("DivideExpression", "ModuloExpression", "MatchesRegexExpression"),
            *(
                f"{negated}{name}{cased}Expression"
                for negated in ("", "Not")
                for name in ("Has", "HasPrefix", "HasSuffix", "Contains", "StartsWith", "EndsWith")
                for cased in ("", "Cs")
            ),
            *("NotStartsWithCsExpression", "NotEndsWithCsExpression"),
        ),
        _binary,
    ),
}
