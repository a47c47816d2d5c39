"""`in`, `has_any`, `has_all`: a value against a list of constants, arrays or a table's column."""

from tocsin_engines.engine import Rejected
from tocsin_engines.kql import strings
from tocsin_engines.kql.compare import comparable, equal
from tocsin_engines.kql.sql import Constant, Listing, Value, boolean, folded, select, string, whole

# "The search will consider up to ... distinct values" [D:in, has_any, has_all].
_MOST = {"in": 1_000_000, "in~": 1_000_000, "has_any": 10_000, "has_all": 256}


def listed(operator: str, value: Value, members: tuple[Value | Listing, ...]) -> Value:
    """Hold VALUE against each of MEMBERS; a null is in no list."""
    name = operator.removeprefix("!")
    single = tuple(one for member in members if isinstance(member, Value) for one in _flat(member))
    tables = tuple(member for member in members if isinstance(member, Listing))
    if name not in _MOST or len(single) > _MOST[name]:
        raise _unknown(f"{operator} with {len(single)} values")
    if name in ("has_any", "has_all"):
        return _has(name, value, single, tables)
    if name == "in~":
        value = folded(strings.text(value))
        single = tuple(folded(_need_text(one)) for one in single)
        tables = tuple(_folded_table(one) for one in tables)
    tests = [_in_table(value, one) for one in tables] + _in(value, single)
    found = "(" + (" OR ".join(tests) or "FALSE") + ")"
    return Value(f"(NOT {found})" if operator.startswith("!") else found, "bool")


def _flat(member: Value) -> tuple[Value, ...]:
    """Take an array as its elements [D:in]."""
    if member.type != "dynamic":
        return (member,)
    if not isinstance(member.constant, tuple):
        raise _unknown("a list that is not a constant")
    return tuple(_constant(one) for one in member.constant)


def _constant(element: Constant) -> Value:
    match element:
        case bool():
            return boolean(element)
        case str():
            return string(element)
        case int():
            return whole(element)
        case _:
            raise _unknown("a list of such elements")


def _need_text(member: Value) -> Value:
    if member.type != "string":
        raise _unknown(f"in~ with {member.type}")
    return member


def _folded_table(table: Listing) -> Listing:
    if table.type != "string":
        raise _unknown(f"in~ with {table.type}")
    return Listing(select(["ascii_lower(item)"], f"({table.sql}) AS found(item)"), "string")


def _in_table(value: Value, table: Listing) -> str:
    if not comparable(value.type, table.type):
        raise _unknown(f"{value.type} in a column of {table.type}")
    return f"coalesce({value.sql} IN ({table.sql}), FALSE)"


def _in(value: Value, members: tuple[Value, ...]) -> list[str]:
    """Write one SQL list where all is known, else a comparison for each member."""
    plain = value.type != "dynamic" and all(
        one.known and one.constant is not None and comparable(value.type, one.type)
        for one in members
    )
    if not members or not plain:
        return [f"coalesce({equal(value, one).sql}, FALSE)" for one in members]
    return [f"coalesce({value.sql} IN ({', '.join(one.sql for one in members)}), FALSE)"]


def _has(name: str, value: Value, members: tuple[Value, ...], tables: tuple[Listing, ...]) -> Value:
    if tables or any(member.type != "string" for member in members):
        raise _unknown(f"{name} with other than constant texts")
    text = folded(strings.text(value))
    tests = [strings.has(text, folded(member)) for member in members]
    empty = "FALSE" if name == "has_any" else "TRUE"
    joined = (" OR " if name == "has_any" else " AND ").join(tests)
    return Value(f"({joined or empty})", "bool")


def _unknown(what: str) -> Rejected:
    return Rejected(f"not covered by this engine: {what}")
