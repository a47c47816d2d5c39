"""The command `sort` (Search Reference, sort)."""

import re
from collections.abc import Callable
from ipaddress import ip_address

from tocsin_engines.spl.evaluate import Evaluator
from tocsin_engines.spl.rows import Command, Row, Rows
from tocsin_engines.spl.scan import CLOSE, COMMA, OPEN, Scanner
from tocsin_engines.spl.values import Single, each, number, rank, show
from tocsin_engines.spl.words import COUNT, count, field_name, options

# "The default is 10000"; 0 is all (sort, Required arguments).
_DEFAULT = 10000
_SIGN = re.compile(r"[+-]")
_FUNCTION = re.compile(r"(auto|num|str|ip)(?=\s*\()")
_DESCENDING = re.compile(r"(d|desc)(?=\s*(\||$))")

_Rank = tuple[int, float, str]
_Order = tuple[str, bool, Callable[[Single], _Rank]]


def sort(scanner: Scanner, evaluator: Evaluator) -> Command:
    """Read `sort`."""
    most = count(found[0]) if (found := scanner.take(COUNT)) else None
    given = options(scanner, frozenset({"limit"}))
    if most is None:
        most = count(given.get("limit", str(_DEFAULT)))
    orders = [_order(scanner)]
    while not scanner.ends() and not scanner.peek(_DESCENDING):
        scanner.take(COMMA)
        orders.append(_order(scanner))
    if scanner.take(_DESCENDING):
        orders = [(field, not down, key) for field, down, key in orders]

    def run(rows: Rows, now: float) -> Rows:
        result = list(rows)
        for field, down, key in reversed(orders):
            held = [row for row in result if each(row.fields.get(field))]
            lacking = [row for row in result if not each(row.fields.get(field))]
            result = sorted(held, key=_keyed(field, key), reverse=down) + lacking
        return result[:most] if most else result

    return Command(run)


def _keyed(field: str, key: Callable[[Single], _Rank]) -> Callable[[Row], list[_Rank]]:
    return lambda row: [key(one) for one in each(row.fields.get(field))]


def _order(scanner: Scanner) -> _Order:
    sign = scanner.take(_SIGN)
    function = scanner.take(_FUNCTION)
    if function:
        scanner.need(OPEN, "`(`")
    field = field_name(scanner)
    if function:
        scanner.need(CLOSE, "`)`")
    return field, bool(sign and sign[0] == "-"), _RANKS[function[0] if function else "auto"]


def _as_text(value: Single) -> _Rank:
    return 1, 0.0, show(value)


def _as_number(value: Single) -> _Rank:
    read = number(value)
    return (1, 0.0, "") if read is None else (0, float(read), "")


def _as_address(value: Single) -> _Rank:
    try:
        address = ip_address(show(value))
    except ValueError:
        return 9, 0.0, show(value)
    return address.version, 0.0, address.exploded if address.version == 6 else f"{int(address):012}"


_RANKS: dict[str, Callable[[Single], _Rank]] = {
    "auto": rank,
    "num": _as_number,
    "str": _as_text,
    "ip": _as_address,
}
