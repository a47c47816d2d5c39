"""`==`, `!=` and the orderings, with Kusto's rules for null."""

from tocsin_engines.engine import Rejected
from tocsin_engines.kql.sql import NUMBERS, ORDERED, Value


def binary(operator: str, left: Value, right: Value) -> Value | None:
    """Compare; None if OPERATOR does not compare, or not these types."""
    if operator == "==":
        return equal(left, right)
    if operator in ("!=", "<>"):
        return Value(f"(NOT {equal(left, right).sql})", "bool")
    if operator not in ("<", "<=", ">", ">=") or not {left.type, right.type} <= ORDERED:
        return None
    if not comparable(left.type, right.type):
        return None
    # Null with anything is null [D:null-values], as in SQL.
    found = f"({left.sql} {operator} {right.sql})"
    reals = [one.sql for one in (left, right) if one.type == "real" and not one.known]
    if reals:
        # To SQL, what is not a number is greater than all numbers.
        found = f"(NOT ({' OR '.join(f'isnan({one})' for one in reals)}) AND {found})"
    return Value(found, "bool")


def equal(left: Value, right: Value) -> Value:
    """Null is not equal to a value, and null to null is null [D:null-values]."""
    if left.type == "string" and right.type == "string":
        return Value(f"({left.sql} = {right.sql})", "bool")
    if right.type == "dynamic" and left.type != "dynamic":
        left, right = right, left
    as_right = _as_scalar(left.sql, right.type) if left.type == "dynamic" else left.sql
    # The binder takes `n == "5"`; what it yields is not documented.
    if as_right is None or (left.type != "dynamic" and not comparable(left.type, right.type)):
        raise Rejected(f"not covered by this engine: {left.type} == {right.type}")
    found = f"coalesce({as_right} = {right.sql}, FALSE)"
    if any(one.type == "string" or _is_value(one) for one in (left, right)):
        return Value(found, "bool")
    both = f"{left.sql} IS NULL AND {right.sql} IS NULL"
    return Value(f"(CASE WHEN {both} THEN NULL ELSE {found} END)", "bool")


def comparable(left: str, right: str) -> bool:
    """Say whether values of two types may be compared: numbers of any type are."""
    return left == right or {left, right} <= NUMBERS


def _as_scalar(dynamic: str, kind: str) -> str | None:
    """Read the whole of a dynamic as a scalar: an array is not equal to its element [O:KLS]."""
    match kind:
        case "string":
            return f"(CASE WHEN json_type({dynamic}) = 'VARCHAR' THEN {dynamic} ->> '$' END)"
        case "bool":
            return f"(CASE WHEN json_type({dynamic}) = 'BOOLEAN' THEN CAST({dynamic} AS BOOL) END)"
        case "long" | "int" | "real":
            return f"dynamic_real({dynamic})"
        case _:
            return None


def _is_value(value: Value) -> bool:
    return value.known and value.constant is not None
