"""Arithmetic: numbers by the page "Numerical operators", times by "Datetime / timespan arithmetic".

A binary operation with null is null [D:null-values], as in SQL.
"""

from tocsin_engines.engine import Rejected
from tocsin_engines.kql.sql import NUMBERS, WHOLE, Value

# What adding, subtracting and the like of times yields; of numbers see `_numeric`.
_TIMES = {
    ("datetime", "+", "timespan"): "datetime",
    ("timespan", "+", "datetime"): "datetime",
    ("datetime", "-", "timespan"): "datetime",
    ("datetime", "-", "datetime"): "timespan",
    ("timespan", "+", "timespan"): "timespan",
    ("timespan", "-", "timespan"): "timespan",
}


def binary(operator: str, left: Value, right: Value) -> Value | None:
    """Calculate; None if OPERATOR does not, or not with these types."""
    if {left.type, right.type} <= NUMBERS and operator in tuple("+-*/%"):
        return _numeric(operator, left, right)
    kind = _TIMES.get((left.type, operator, right.type))
    if kind is not None:
        return Value(f"({left.sql} {operator} {right.sql})", kind)
    return _scaled(operator, left, right)


def minus(value: Value) -> Value:
    """Negate a number or a timespan."""
    if value.type not in NUMBERS | {"timespan"}:
        raise Rejected(f"not covered by this engine: - {value.type}")
    number = value.constant
    constant = -number if isinstance(number, int | float) else None
    return Value(f"(- {value.sql})", value.type, constant, value.known)


def binned(value: Value, size: Value) -> Value:
    """Round down to a multiple of SIZE; null if that is null or not positive [D:bin].

    Datetimes count from 0001-01-01.
    """
    if value.type in WHOLE and size.type in WHOLE:
        return _binned_whole(value, size, value.type)
    if value.type in ("datetime", "timespan") and size.type == "timespan":
        return _binned_whole(value, size, value.type)
    if {value.type, size.type} <= NUMBERS:
        text = f"(CASE WHEN {size.sql} > 0 THEN floor({value.sql} / {size.sql}) * {size.sql} END)"
        return Value(f"CAST({text} AS DOUBLE)", "real")
    raise Rejected(f"not covered by this engine: bin of {value.type} by {size.type}")


def _binned_whole(value: Value, size: Value, kind: str) -> Value:
    rest = _modulo(value.sql, size.sql)
    return Value(f"(CASE WHEN {size.sql} > 0 THEN {value.sql} - {rest} END)", kind)


def _numeric(operator: str, left: Value, right: Value) -> Value | None:
    if "real" in (left.type, right.type):
        if operator == "%":
            return None
        pair = f"CAST({left.sql} AS DOUBLE) {operator} CAST({right.sql} AS DOUBLE)"
        return Value(f"({pair})", "real")
    if operator == "/":
        # "The result of division operations that only involve integers will be truncated."
        return Value(f"({left.sql} // {right.sql})", "long")
    if operator == "%":
        return Value(_modulo(left.sql, right.sql), "long")
    return Value(f"({left.sql} {operator} {right.sql})", "long")


def _modulo(left: str, right: str) -> str:
    """0 <= N % D < abs(D) [D:numerical-operators]."""
    return f"((({left} % {right}) + abs({right})) % {right})"


def _scaled(operator: str, left: Value, right: Value) -> Value | None:
    match left.type, operator, right.type:
        case "timespan", "/", "timespan":
            return Value(f"(CAST({left.sql} AS DOUBLE) / CAST({right.sql} AS DOUBLE))", "real")
        case "timespan", "*", ("long" | "int"):
            return Value(f"({left.sql} * {right.sql})", "timespan")
        case (("long" | "int"), "*", "timespan"):
            return Value(f"({left.sql} * {right.sql})", "timespan")
        case "timespan", "/", ("long" | "int"):
            return Value(f"({left.sql} // {right.sql})", "timespan")
        case _:
            return None
