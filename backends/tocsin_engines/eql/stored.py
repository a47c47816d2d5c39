"""What an index holds of a record's value: the mapping's part in what a condition sees."""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from math import isfinite

from tocsin_engines.engine import Kind, Record, Scalar

CATEGORY = "event.category"
MAPPED = 0xFFFF << 32  # where the IPv4 addresses lie among the IPv6 ones
# ECS, `generated/ecs/ecs_flat.yml`: the texts of the type `wildcard`, which no length limits.
_WILDCARD = frozenset(
    {
        "process.command_line",
        "process.parent.command_line",
        "registry.data.strings",
        "url.original",
    }
)
_IGNORE_ABOVE = 1024
_LONG = re.compile(r"([+-]?[0-9]{1,30})(?:\.[0-9]*)?")
_LONGS = 1 << 63


@dataclass(frozen=True, slots=True)
class Column:
    """A mapped field."""

    name: str
    kind: Kind

    def values(self, record: Record) -> tuple[Scalar, ...]:
        """Return what the index holds, an address as the number of its IPv6 form."""
        held = record.columns.get(self.name)
        if held is None:
            return (record.table,) if self.name == CATEGORY else ()
        every = held if isinstance(held, tuple) else (held,)
        found = (self._indexed(each) for each in every)
        return tuple(each for each in found if each is not None)

    def _indexed(self, value: Scalar) -> Scalar | None:
        match self.kind:
            case Kind.TEXT:
                return self._text(value)
            case Kind.NUMBER | Kind.TIME:
                return _number(value)
            case Kind.BOOL:
                return _boolean(value)
            case Kind.IP:
                return address(value) if isinstance(value, str) else None

    def _text(self, value: Scalar) -> str | None:
        """Drop what is longer than `ignore_above`: it is not indexed (mapping reference)."""
        text = str(value).lower() if isinstance(value, bool) else str(value)
        fits = self.name in _WILDCARD or utf16(text) <= _IGNORE_ABOVE
        return text if fits else None


def utf16(text: str) -> int:
    """Count as Java does."""
    return len(text) if text.isascii() else len(text) + sum(char > "\uffff" for char in text)


def _number(value: Scalar) -> int | None:
    """Coerce as a `long` does: text is read, a fraction is cut off (mapping reference)."""
    match value:
        case bool():
            return None
        case int():
            return _long(value)
        case float():
            return _long(int(value)) if isfinite(value) else None
        case str():
            digits = _LONG.fullmatch(value)
            return _long(int(digits[1])) if digits else None


def _long(value: int) -> int | None:
    return value if -_LONGS <= value < _LONGS else None


def _boolean(value: Scalar) -> bool | None:
    """Read the texts that a `boolean` takes: "true", "false" and "" (mapping reference)."""
    match value:
        case bool():
            return value
        case str():
            return {"true": True, "false": False, "": False}.get(value)
        case _:
            return None


@lru_cache(maxsize=4096)
def address(text: str) -> int | None:
    """Read an address; an IPv4 one is held as the IPv6 address that it maps to (`ip` type)."""
    if "%" in text:
        return None
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return MAPPED + int(found) if isinstance(found, IPv4Address) else int(found)


def written_address(number: int) -> str:
    """Write an address as Elasticsearch returns it, an IPv4 one in its own form."""
    if number >> 32 == MAPPED >> 32:
        return str(IPv4Address(number & 0xFFFFFFFF))
    return str(IPv6Address(number))
