"""Conversions: `tostring`, `tolong` and the like; null where there is nothing to convert."""

from collections.abc import Callable, Mapping

from tocsin_engines.engine import Rejected
from tocsin_engines.kql.sql import Value

Arguments = tuple[Value, ...]


def to_string(value: Value) -> Value:
    """Return the text of a value; of null, the empty one [D:tostring]."""
    match value.type:
        case "string":
            return value
        case "dynamic":
            return Value(f"dynamic_text({value.sql})", "string")
        case "long" | "int" | "bool":
            return Value(f"coalesce(CAST({value.sql} AS VARCHAR), '')", "string")
        case "datetime":
            return Value(f"coalesce(iso({value.sql}), '')", "string")
        case _:
            raise _unknown(value)


def to_type(text: Value, kind: str) -> Value:
    """Convert a text to the type that `typeof` names."""
    match kind:
        case "string":
            return text
        case "long" | "int":
            return _whole(text, kind)
        case "real":
            return _real(text)
        case _:
            raise Rejected(f"not covered by this engine: typeof({kind})")


def _whole(value: Value, kind: str) -> Value:
    match value.type:
        case "long" | "int":
            number = value.sql
        case "bool":
            number = f"CAST({value.sql} AS BIGINT)"
        case "real":
            number = f"TRY_CAST(trunc({value.sql}) AS BIGINT)"
        case "string":
            number = f"whole_number({value.sql})"
        case "dynamic":
            number = f"dynamic_whole({value.sql})"
        case _:
            raise _unknown(value)
    if kind == "int" and value.type != "int":
        number = f"(CASE WHEN {number} BETWEEN -2147483648 AND 2147483647 THEN {number} END)"
    return Value(number, kind)


def _real(value: Value) -> Value:
    match value.type:
        case "real":
            return value
        case "long" | "int":
            return Value(f"CAST({value.sql} AS DOUBLE)", "real")
        case "string":
            return Value(f"real_number({value.sql})", "real")
        case "dynamic":
            text = f"real_number(dynamic_text({value.sql}))"
            return Value(f"coalesce(dynamic_real({value.sql}), {text})", "real")
        case _:
            raise _unknown(value)


def _bool(value: Value) -> Value:
    match value.type:
        case "bool":
            return value
        case "long" | "int":
            return Value(f"({value.sql} <> 0)", "bool")
        case "string" | "dynamic":
            text = f"ascii_lower({to_string(value).sql})"
            return Value(f"(CASE {text} WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END)", "bool")
        case _:
            raise _unknown(value)


def _dynamic(value: Value) -> Value:
    """Parse a text; one that is no JSON stands for itself [D:parse_json]."""
    match value.type:
        case "dynamic":
            return value
        case "string":
            return Value(f"parse({value.sql})", "dynamic")
        case _:
            raise _unknown(value)


def _unknown(value: Value) -> Rejected:
    return Rejected(f"not covered by this engine: {value.type}")


FUNCTIONS: Mapping[str, Callable[[Arguments], Value]] = {
    "tostring": lambda one: to_string(one[0]),
    "tolong": lambda one: _whole(one[0], "long"),
    "toint": lambda one: _whole(one[0], "int"),
    "todouble": lambda one: _real(one[0]),
    "toreal": lambda one: _real(one[0]),
    "tobool": lambda one: _bool(one[0]),
    "toboolean": lambda one: _bool(one[0]),
    "parse_json": lambda one: _dynamic(one[0]),
    "parsejson": lambda one: _dynamic(one[0]),
    "todynamic": lambda one: _dynamic(one[0]),
    "toobject": lambda one: _dynamic(one[0]),
}
