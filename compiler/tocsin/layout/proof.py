"""The law of the formatter: another layout says the same, and no comment is lost."""

from collections import Counter
from dataclasses import fields, is_dataclass

from tocsin import tree


def lost(before: tree.File, after: tree.File) -> str | None:
    """Say what AFTER has lost or changed of what BEFORE says; None if it says the same."""
    if not after.whole:
        return "cannot be read"
    if _said(before.items) != _said(after.items):
        return "says something else"
    if _comments(before) != _comments(after):
        return "lacks a comment"
    return None


def _comments(file: tree.File) -> Counter[tuple[str, ...]]:
    """Count comments, by what stands on their lines."""
    return Counter(
        tuple(line.strip() for line in comment.text.split("\n")) for comment in file.comments
    )


# Of a node, what is no part of what it says: its place, and the quotes of a text.
_LAYOUT = frozenset({"span", "op_span", "head", "written"})


def _said(node: object) -> object:
    """Write NODE without places; the order of clauses and of keys says nothing."""
    match node:
        case tree.Rule(name, clauses):
            return name.text, [_said(each) for each in sorted(clauses, key=_kind)]
        case tree.Meta(entries):
            return [_said(each) for each in sorted(entries, key=_key)]
        case tuple():
            return [_said(each) for each in node]
        case _ if is_dataclass(node):
            told = (each.name for each in fields(node) if each.name not in _LAYOUT)
            return type(node).__name__, [_said(getattr(node, name)) for name in told]
        case _:
            return node


def _kind(clause: tree.Clause) -> str:
    return type(clause).__name__


def _key(entry: tree.MetaEntry) -> str:
    return entry.key.text
