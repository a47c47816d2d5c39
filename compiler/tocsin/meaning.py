"""What a rule means, and what else it says, each as one digest: layout and comments are in neither.

Two rules with one digest of meaning find the same events; a name for a list or another order of
clauses makes no difference. Nodes are written by the names of their fields, defaults left out, so
that a node which learns something new keeps its old digests.
"""

import json
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from tocsin import model
from tocsin.folders import digest


def meaning(rule: model.Rule) -> str:
    """Digest what RULE finds and when it is run: SHA-256, in hexadecimal."""
    return _digest((rule.body, rule.schedule))


def rest(rule: model.Rule) -> str:
    """Digest what RULE says beside its meaning, tests left out: SHA-256, in hexadecimal."""
    return _digest((rule.name, rule.meta, rule.entities, rule.accepts))


def _digest(value: object) -> str:
    return digest(json.dumps(_plain(value), separators=(",", ":")).encode("ascii"))


def _plain(value: object) -> object:
    """Turn what a model is made of into what JSON knows; what takes no part in equality is left."""
    match value:
        case Enum():
            return [type(value).__name__, value.value]
        case None | str() | int() | float():
            return value
        case IPv4Address() | IPv6Address() | IPv4Network() | IPv6Network():
            return str(value)
        case tuple():
            return [_plain(each) for each in value]
        case frozenset():
            return sorted((_plain(each) for each in value), key=repr)
        case _ if is_dataclass(value):
            return [type(value).__name__, _told(value)]
        case _:
            raise TypeError(type(value).__name__)


def _told(node: object) -> dict[str, object]:
    """Name the fields of NODE that count and say more than their default does."""
    assert is_dataclass(node)
    told: dict[str, object] = {}
    for each in fields(node):
        value: object = getattr(node, each.name)
        if each.compare and (each.default is MISSING or value != each.default):
            told[each.name] = _plain(value)
    return told
