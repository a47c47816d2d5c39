"""The functions of IP addresses: null where a text is no address, or a range is none [D:K9]."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network

from tocsin_engines.engine import Rejected
from tocsin_engines.kql.sql import Value, null, quote

_MAPPED = int("ffff00000000", 16)
_OCTET = re.compile("(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])")


def in_range(address: Value, ranges: tuple[Value, ...], version: int) -> Value:
    """Say whether ADDRESS lies in one of RANGES, which are constants."""
    networks = [_network(text, version) for one in ranges for text in _texts(one)]
    if None in networks:
        if len(networks) == 1:
            return null("bool")
        raise Rejected("not covered by this engine: a range that is none, beside others")
    text = f"ipv{version}({address.sql})"
    digits = 8 if version == 4 else 32
    tests = [
        f"{text} BETWEEN {quote(f'{first:0{digits}x}')} AND {quote(f'{last:0{digits}x}')}"
        for network in networks
        if network
        for first, last in [network]
    ]
    if not tests:
        raise Rejected("not covered by this engine: an empty list of ranges")
    return Value(f"({' OR '.join(tests)})", "bool")


def has_prefix(text: Value, prefixes: Value) -> str:
    """Find an IPv4 address, between what is no letter or digit, that starts so [D:has_ipv4_prefix].

    A prefix is a whole address or ends with a dot.
    """
    tests = [_starting(text.sql, prefix) for prefix in _texts(prefixes)]
    return f"({' OR '.join(tests)})"


def _starting(text: str, prefix: str) -> str:
    known = prefix.removesuffix(".").split(".")
    valid = all(_OCTET.fullmatch(part) for part in known)
    if not valid or len(known) > 4 or prefix.endswith(".") == (len(known) == 4):
        return "FALSE"
    parts = "[.]".join([*known, *(4 - len(known)) * [_OCTET.pattern]])
    return f"regexp_matches({text}, '(^|[^0-9A-Za-z]){parts}($|[^0-9A-Za-z])')"


def _texts(ranges: Value) -> tuple[str, ...]:
    texts = ranges.constant if isinstance(ranges.constant, tuple) else (ranges.constant,)
    found = tuple(text for text in texts if isinstance(text, str))
    if len(found) != len(texts):
        raise Rejected("not covered by this engine: a range that is not a constant")
    return found


def _network(text: str, version: int) -> tuple[int, int] | None:
    """Return the ends of a range; an IPv4 one as IPv6 is mapped [D:ipv6_compare]."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    if not text.partition("/")[2].isdecimal() and "/" in text:
        return None  # A netmask is no prefix.
    first, last = int(network.network_address), int(network.broadcast_address)
    match network:
        case IPv4Network() if version == 6:
            return first | _MAPPED, last | _MAPPED
        case IPv6Network() if version == 4:
            return None
        case _:
            return first, last
