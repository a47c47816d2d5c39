"""Elasticsearch's `query_string`, read by luqum and run over the columns of an event.

luqum knows the structure, not what Lucene makes of it: an `OR` with a bare `NOT` beside it shuts
out what the other side lets in, and where a regex ends is for its lexer to say. Both are refused.
"""

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Protocol, cast

from luqum import parser as luqum

from tocsin_engines.eql.language import language

# Lucene's `REGEXPTERM`: "/" (~["/"] | "\\/")* "/", of which its lexer takes the longest there is.
_REGEX_TOKEN = re.compile(r"/(?:\\/|[^/])*/")


class Node(Protocol):
    """The part of `luqum.tree.Item` that is used here, which has no annotations."""

    name: str
    value: str
    expr: "Node"
    children: Sequence["Node"]
    low: "Node"
    high: "Node"
    include_low: bool
    include_high: bool


Columns = Mapping[str, Sequence[object]]


def read(query: str) -> Node:
    """Read a query; both readers have to find the same regexes."""
    tree = cast(Node, luqum.parse(query))
    assert texts(tree, "Regex") == regexes(query)
    return tree


def regexes(query: str) -> list[str]:
    """Cut the regexes out as Lucene's lexer does; a text in quotes has none."""
    found, at = [], 0
    while at < len(query):
        if query[at] == '"':
            closed = re.compile(r'"(?:[^"\\]|\\.)*"', re.S).match(query, at)
            assert closed, "a quote is open"
            at = closed.end()
        elif query[at] == "/":
            token = _REGEX_TOKEN.match(query, at)
            assert token, "a regex is open"
            found.append(token[0])
            at = token.end()
        elif query[at] == "\\":
            at += 2
        else:
            at += 1
    return found


def texts(node: Node, kind: str) -> list[str]:
    """List the values of the nodes of one KIND, in order."""
    own = [node.value] if type(node).__name__ == kind else []
    return [*own, *(text for child in node.children for text in texts(child, kind))]


def holds(node: Node, columns: Columns, name: str = "") -> bool:
    """Say whether an event is found."""
    kind = type(node).__name__
    match kind:
        case "AndOperation":
            return all(holds(each, columns, name) for each in node.children)
        case "OrOperation":
            assert not [each for each in node.children if type(each).__name__ == "Not"]
            return any(holds(each, columns, name) for each in node.children)
        case "Not":
            return not holds(node.children[0], columns, name)
        case "Group" | "FieldGroup":
            return holds(node.expr, columns, name)
        case "SearchField":
            field = re.sub(r"\\(.)", r"\1", node.name)
            return field == "*" or holds(node.expr, columns, field)
        case _:
            of_addresses = name.endswith("ip")
            return any(_fits(node, kind, each, of_addresses) for each in columns.get(name, ()))


def _fits(node: Node, kind: str, value: object, is_address: bool) -> bool:
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    match kind:
        case "Phrase" if is_address:
            return ip_address(shown) in ip_network(node.value[1:-1])
        case "Regex":
            return language(node.value[1:-1], False).matches(shown)
        case "Phrase":
            return shown == re.sub(r"\\(.)", r"\1", node.value[1:-1], flags=re.S)
        case "Word":
            return node.value == "*" or shown == node.value
        case "Range":
            # Of `-1` luqum makes an operator and a word.
            low, high, number = str(node.low).strip(), str(node.high).strip(), float(shown)
            above = low == "*" or number > float(low) or (node.include_low and number == float(low))
            below = high == "*" or number < float(high)
            return above and (below or (node.include_high and number == float(high)))
        case _:
            raise AssertionError(kind)
