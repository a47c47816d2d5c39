"""Text functions (Search Reference, Text functions, Conversion functions)."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import unquote

from tocsin_engines.engine import Rejected
from tocsin_engines.spl.functions import Function, Given, Kind
from tocsin_engines.spl.values import Value, each, number, packed, show


def _len(given: Given) -> Value:
    return len(given.text(0))


def _lower(given: Given) -> Value:
    return packed([show(value).lower() for value in given.many(0)])


def _upper(given: Given) -> Value:
    return packed([show(value).upper() for value in given.many(0)])


def _trim(given: Given) -> Value:
    return given.text(0).strip(given.text(1) if len(given) > 1 else " \t")


def _ltrim(given: Given) -> Value:
    return given.text(0).lstrip(given.text(1) if len(given) > 1 else " \t")


def _rtrim(given: Given) -> Value:
    return given.text(0).rstrip(given.text(1) if len(given) > 1 else " \t")


def _substr(given: Given) -> Value:
    """Count from 1, or from the end if negative: "the indexes follow SQLite semantics"."""
    text, start = given.text(0), given.whole(1)
    if start == 0 or (len(given) > 2 and given.whole(2) < 0):
        raise Rejected("`substr` from 0 or of a negative length is not documented")
    first = start - 1 if start > 0 else len(text) + start
    last = first + given.whole(2) if len(given) > 2 else len(text)
    return text[max(first, 0) : max(last, 0)]


def _tostring(given: Given) -> Value:
    value = given.raw(0)
    if len(given) > 1:
        return _in_format(given)
    match value:
        case None:
            return "Null"
        case bool():
            return "True" if value else "False"
        case _:
            return given.text(0)


def _in_format(given: Given) -> Value:
    form, value = given.text(1), given.number(0)
    match form:
        case "hex":
            return f"0x{given.whole(0):X}"
        case "commas":
            return f"{round(value, 2):,}"
        case "duration" if value >= 0:
            days, seconds = divmod(given.whole(0), 86400)
            clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
            return f"{days}+{clock}" if days else clock
        case _:
            raise Rejected(f"`tostring` with `{form}`")


def _split(given: Given) -> Value:
    text, mark = given.text(0), given.text(1)
    return packed(text.split(mark) if mark else list(text))


def _urldecode(given: Given) -> Value:
    return unquote(given.text(0))


def _cidrmatch(given: Given) -> Value:
    net = given.text(0)
    return any(in_network(show(value), net) for value in given.many(1))


def _typeof(given: Given) -> Value:
    match given.raw(0):
        case None:
            return "Invalid"
        case bool():
            return "Boolean"
        case _:
            return "String" if number(given.single(0)) is None else "Number"


def in_network(text: str, net: str) -> bool:
    """Whether TEXT is an address in NET."""
    network, address = _network(net), _address(text)
    if network is None or address is None or network.version != address.version:
        return False
    return address in network


@lru_cache(maxsize=1024)
def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def is_cidr(text: str) -> bool:
    """Whether TEXT is a network in CIDR notation."""
    return "/" in text and _network(text) is not None


def _is_number(given: Given) -> Value:
    return _kind_of(given) is Kind.NUMBER


def _is_text(given: Given) -> Value:
    return _kind_of(given) is Kind.TEXT


def _is_whole(given: Given) -> Value:
    return _kind_of(given) is Kind.NUMBER and isinstance(given.number(0), int)


def _is_bool(given: Given) -> Value:
    return isinstance(given.raw(0), bool)


def _kind_of(given: Given) -> Kind:
    match given.raw(0):
        case None:
            return Kind.NULL
        case bool():
            return Kind.BOOL
        case _:
            return Kind.TEXT if number(given.single(0)) is None else Kind.NUMBER


def _is_several(given: Given) -> Value:
    value = given.raw(0)
    return not isinstance(value, bool) and len(each(value)) > 1


TEXT_FUNCTIONS = {
    "len": Function(1, 1, "t", Kind.NUMBER, _len),
    "lower": Function(1, 1, "t", Kind.TEXT, _lower),
    "upper": Function(1, 1, "t", Kind.TEXT, _upper),
    "trim": Function(1, 2, "tt", Kind.TEXT, _trim),
    "ltrim": Function(1, 2, "tt", Kind.TEXT, _ltrim),
    "rtrim": Function(1, 2, "tt", Kind.TEXT, _rtrim),
    "substr": Function(2, 3, "tn", Kind.TEXT, _substr),
    "tostring": Function(1, 2, "bt", Kind.TEXT, _tostring),
    "split": Function(2, 2, "tt", Kind.TEXT, _split),
    "urldecode": Function(1, 1, "t", Kind.TEXT, _urldecode),
    "cidrmatch": Function(2, 2, "tt", Kind.BOOL, _cidrmatch),
    "typeof": Function(1, 1, "b", Kind.TEXT, _typeof),
    "isnum": Function(1, 1, "b", Kind.BOOL, _is_number),
    "isstr": Function(1, 1, "b", Kind.BOOL, _is_text),
    "isint": Function(1, 1, "b", Kind.BOOL, _is_whole),
    "isbool": Function(1, 1, "b", Kind.BOOL, _is_bool),
    "ismv": Function(1, 1, "b", Kind.BOOL, _is_several),
}
