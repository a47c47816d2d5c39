"""The order of clauses in a rule and of keys in `meta`; what is alike keeps the author's."""

from dataclasses import fields

from tocsin import model
from tocsin.syntax.concrete import Leaf, Node, Part

_CLAUSES = (
    ("meta",),
    ("alert", "hunt"),
    ("detect", "detect_any", "detect_sequence"),
    ("summarize",),
    ("first_seen",),
    ("accept",),
    ("entities",),
    ("test",),
)
_RANK = {rule: rank for rank, rules in enumerate(_CLAUSES) for rule in rules}
_KEYS = {field.name: rank for rank, field in enumerate(fields(model.Meta))}


def rank(clause: Part) -> int:
    """Say where in a rule CLAUSE stands."""
    assert isinstance(clause, Node)
    return _RANK[clause.rule]


def key_rank(entry: Part) -> int:
    """Say where in `meta` an entry stands; an unknown key is one of the last."""
    assert isinstance(entry, Node)
    key = entry.parts[0]
    assert isinstance(key, Leaf)
    return _KEYS.get(key.text, len(_KEYS))
