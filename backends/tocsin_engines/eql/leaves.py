"""One condition on one field, as the query that Elasticsearch makes of it.

Each of these is a leaf of the Query DSL: it holds when *any* value of the field is as asked, it
never holds when the field has none, and `not` is its complement (`bool.must_not`).
"""

import operator as operators
from collections.abc import Callable
from ipaddress import ip_network

from tocsin_engines.engine import Kind, Record, Rejected, Scalar
from tocsin_engines.eql import wildcard
from tocsin_engines.eql.language import language
from tocsin_engines.eql.stored import MAPPED, Column, address, utf16
from tocsin_engines.eql.tree import Literal

Test = Callable[[Record], bool]

_REGEX = 1000  # `index.max_regex_length`, of a prefix too
_TERMS = 65_536  # `index.max_terms_count`
_ORDERS: dict[str, Callable[[str, str], bool]] = {
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}
_NUMBER_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}


def exists(column: Column) -> Test:
    """`f != null`: an `exists` query. The empty text is a value."""
    return lambda record: bool(column.values(record))


def equals(column: Column, values: tuple[Literal, ...]) -> Test:
    """`==` and `in`: a `terms` query, exact, with no wildcards."""
    if len(values) > _TERMS:
        raise Rejected(f"the number of terms [{len(values)}] exceeds the maximum of [{_TERMS}]")
    held = frozenset(_term(column, value) for value in values)
    return lambda record: any(value in held for value in column.values(record))


def equals_folded(column: Column, values: tuple[Literal, ...]) -> Test:
    """`in~`: a `term` query with `case_insensitive`, with no wildcards."""
    texts = tuple(_text(column, value, "in~") for value in values)
    _not_empty(texts)
    held = frozenset(map(wildcard.fold, texts))
    return _texts(column, lambda text: wildcard.fold(text) in held)


def compares(column: Column, operator: str, value: Literal) -> Test:
    """`<` and its like: a `range` query; texts compare by code point."""
    match column.kind:
        case Kind.TEXT:
            text, order = _text(column, value, operator), _ORDERS[operator]
            return _texts(column, lambda held: order(held, text))
        case Kind.NUMBER:
            number, by_size = _number(column, value), _NUMBER_ORDERS[operator]
            return lambda record: any(
                by_size(held, number) for held in column.values(record) if not isinstance(held, str)
            )
        case Kind.BOOL | Kind.IP | Kind.TIME:
            raise Rejected(f"this engine does not order [{column.name}], a {column.kind} field")


def like(column: Column, patterns: tuple[str, ...], folded: bool) -> Test:
    """`:`, `like` and `like~`: a `wildcard` query for each pattern."""
    _must_be_text(column, "like")
    if folded:
        _not_empty(patterns)
    matchers = tuple(wildcard.pattern(pattern, folded) for pattern in patterns)
    return _texts(column, lambda text: any(matches(text) for matches in matchers))


def regex(column: Column, patterns: tuple[str, ...], folded: bool) -> Test:
    """`regex` and `regex~`: one `regexp` query; a list is joined with a bare bar (`Match`)."""
    _must_be_text(column, "regex")
    joined = "|".join(patterns)
    if not joined:
        raise Rejected("this engine does not run an empty regular expression")
    _short(joined, "regex")
    return _texts(column, language(joined, folded).matches)


def starts_with(column: Column, prefix: str, folded: bool) -> Test:
    """`startsWith`: a `prefix` query, in which nothing is special."""
    _must_be_text(column, "startsWith")
    _short(prefix, "prefix")
    if not folded:
        return _texts(column, lambda text: text.startswith(prefix))
    start = wildcard.fold(prefix)
    return _texts(column, lambda text: wildcard.fold(text).startswith(start))


def wild(column: Column, pattern: str, folded: bool) -> Test:
    """`endsWith` and `stringContains`: a `wildcard` query, the needle not escaped."""
    _must_be_text(column, "endsWith")
    return _texts(column, wildcard.lucene(pattern, folded))


def in_networks(column: Column, networks: tuple[Literal, ...]) -> Test:
    """`cidrMatch`: a `terms` query on an `ip` field, which holds IPv6 addresses only."""
    if column.kind is not Kind.IP:
        raise Rejected(f"first argument of [cidrMatch] must be [ip], found value [{column.name}]")
    bounds = tuple(_bounds(network) for network in networks)

    def test(record: Record) -> bool:
        return any(
            low <= held <= high
            for held in column.values(record)
            if isinstance(held, int)
            for low, high in bounds
        )

    return test


def _bounds(network: Literal) -> tuple[int, int]:
    if not isinstance(network, str) or network.count("/") != 1:
        raise Rejected(f"[{network}] is no CIDR block")
    try:
        found = ip_network(network, strict=False)
    except ValueError as error:
        raise Rejected(f"[{network}] is no CIDR block: {error}") from error
    low, high = int(found[0]), int(found[-1])
    if found.version == 4:
        return MAPPED + low, MAPPED + high
    written, _, _ = network.partition("/")
    start = address(written)
    if start is None or start >> 32 == MAPPED >> 32:
        # `InetAddresses.parseCidr`: of which family would the prefix be?
        raise Rejected(f"CIDR notation is not allowed with IPv6-mapped IPv4 address [{written}]")
    return low, high


def _texts(column: Column, matches: Callable[[str], bool]) -> Test:
    return lambda record: any(
        matches(value) for value in column.values(record) if isinstance(value, str)
    )


def _term(column: Column, value: Literal) -> Scalar:
    match column.kind:
        case Kind.TEXT:
            return _text(column, value, "==")
        case Kind.NUMBER:
            return _number(column, value)
        case Kind.BOOL:
            if isinstance(value, bool):
                return value
            raise _mismatch(column, value)
        case Kind.IP:
            found = address(value) if isinstance(value, str) else None
            if found is None:
                raise Rejected(f"{value!r} is not an IP string literal")
            return found
        case Kind.TIME:
            raise Rejected(f"this engine does not compare [{column.name}], a date")


def _number(column: Column, value: Literal) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise _mismatch(column, value)


def _text(column: Column, value: Literal, operator: str) -> str:
    _must_be_text(column, operator)
    if not isinstance(value, str):
        raise _mismatch(column, value)
    return value


def _must_be_text(column: Column, operator: str) -> None:
    if column.kind is not Kind.TEXT:
        raise Rejected(
            f"argument of [{operator}] must be [string], found value [{column.name}] type"
            f" [{column.kind}]"
        )


def _not_empty(texts: tuple[str, ...]) -> None:
    """Refuse to look for the empty text without case: Lucene joins no letters to no language."""
    if "" in texts:
        raise Rejected("this engine does not compare with an empty text without case; use ==")


def _mismatch(column: Column, value: Literal) -> Rejected:
    return Rejected(f"[{column.name}] is a {column.kind} field and does not compare with {value!r}")


def _short(pattern: str, query: str) -> None:
    if utf16(pattern) > _REGEX:
        raise Rejected(
            f"the length of {query} [{utf16(pattern)}] has exceeded the allowed maximum of"
            f" [{_REGEX}]"
        )
