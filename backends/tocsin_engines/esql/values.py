"""What a column holds in a row: its values, none for null; and the types that are checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from tocsin_engines.engine import Rejected, Scalar

# An address is a number (an IPv4 one that of its IPv6 form), a time is milliseconds since 1970.
Value = tuple[Scalar, ...]
Row = Mapping[str, Value]


class Type(Enum):
    """The types of Elasticsearch that are told apart here."""

    KEYWORD = "keyword"
    LONG = "long"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    IP = "ip"
    DATE = "datetime"
    SPAN = "time_duration"
    NULL = "null"


NUMERIC = frozenset({Type.LONG, Type.DOUBLE})
ANY = frozenset(Type) - {Type.SPAN}


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression of a known type; LOWER is what it puts into lower case, if that is all."""

    type: Type
    run: Callable[[Row], Value]
    constant: bool = False
    lower: "Compiled | None" = None


def wanted(call: str, given: Compiled, *types: Type) -> None:
    """Refuse an argument of another type; null is of every type."""
    if given.type not in (*types, Type.NULL):
        names = " or ".join(each.value for each in types)
        raise Rejected(
            f"verification_exception: argument of [{call}] must be [{names}], "
            f"found value type [{given.type.value}]"
        )


def single(value: Value) -> Scalar | None:
    """Return the one value; of several a function of one makes null, with a warning."""
    return value[0] if len(value) == 1 else None


def truth(value: Value) -> bool | None:
    """Return a boolean, or None for null."""
    found = single(value)
    return found if isinstance(found, bool) else None


def boolean(found: bool | None) -> Value:
    """Return the value of a boolean."""
    return () if found is None else (found,)


def order(value: Scalar) -> float | bytes:
    """Return what values are ordered by: of a text its bytes."""
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value


def rank(one: Scalar, other: Scalar) -> int:
    """Say whether ONE is before OTHER, which is of its type, or behind it, or neither: -1, 1, 0."""
    left, right = order(one), order(other)
    if isinstance(left, bytes) or isinstance(right, bytes):
        assert isinstance(left, bytes)
        assert isinstance(right, bytes)
        return (left > right) - (left < right)
    return (left > right) - (left < right)
