"""The functions of IP addresses: null where a text is no address, or a range is none [D:K9]."""

from ipaddress import IPv4Network, IPv6Network, ip_network

from tocsin_engines.engine import Rejected
from tocsin_engines.kql.sql import Value, null, quote

_MAPPED = int("ffff00000000", 16)


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
