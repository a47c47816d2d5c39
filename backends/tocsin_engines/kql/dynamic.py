"""Dynamic values: literals, and what `a.b`, `a["b"]` and `a[0]` find in them."""

import json

from tocsin_engines.engine import Rejected
from tocsin_engines.kql import literals
from tocsin_engines.kql.sql import Constant, Value, null, quote
from tocsin_engines.kql.tree import Node, unsupported

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def literal(node: Node) -> Value:
    """Read `dynamic(["a", 1])`. An array of plain elements is a constant for lists."""
    value = _json(node["Expression"])
    if value is None:
        return null("dynamic")
    compact = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = f"{quote(compact)}::JSON"
    if not isinstance(value, list):
        return Value(text, "dynamic")
    plain = tuple(one for one in value if not isinstance(one, list | dict))
    constant: Constant = plain if len(plain) == len(value) else None
    return Value(text, "dynamic", constant, known=constant is not None)


def property_of(value: Value, name: str) -> Value:
    """Find a property; null if there is none, or VALUE is no property bag [D:dynamic]."""
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    return Value(f"property({value.sql}, {quote(pointer)})", "dynamic")


def at(value: Value, key: Value) -> Value:
    """Find a property, or an element; a negative index counts from the end [D:dynamic]."""
    match key.constant:
        case str(name):
            return property_of(value, name)
        case bool():
            pass
        case int(index):
            path = f"$[{index}]" if index >= 0 else f"$[#{index}]"
            return Value(f"element({value.sql}, {quote(path)})", "dynamic")
        case _:
            pass
    raise Rejected("not covered by this engine: such a subscript")


def _json(node: Node) -> Json:
    match node.kind:
        case "StringLiteralExpression" | "CompoundStringLiteralExpression":
            return node.literal
        case "BooleanLiteralExpression":
            return node.literal
        case "NullLiteralExpression":
            return None
        case "LongLiteralExpression" | "IntLiteralExpression":
            return _number(literals.whole_number(node), node)
        case "RealLiteralExpression":
            return _number(literals.real_number(node), node)
        case "UnaryMinusExpression":
            return _negative(node)
        case "JsonArrayExpression":
            return [_json(one) for one in node.items("Values")]
        case "JsonObjectExpression":
            return {_key(pair): _json(pair["Value"]) for pair in node.items("Pairs")}
        case _:
            raise unsupported(node)


def _number(value: Value, node: Node) -> Json:
    if not isinstance(value.constant, int | float):
        raise unsupported(node)
    return value.constant


def _negative(node: Node) -> Json:
    number = _json(node["Expression"])
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise unsupported(node)
    return -number


def _key(pair: Node) -> str:
    """Read a key; one with an escape is left alone, for the parser does not decode it."""
    text = pair["Name"].text
    if len(text) < 2 or text[0] != text[-1] or text[0] not in "\"'" or "\\" in text:
        raise unsupported(pair)
    return text[1:-1]
