"""A file that could be read to the same file, laid out."""

from collections.abc import Callable, Mapping

from tocsin import tree
from tocsin.layout import clauses, conditions
from tocsin.layout.lines import find_lines
from tocsin.layout.page import Page
from tocsin.layout.paper import Part, several
from tocsin.layout.printing import printed
from tocsin.layout.remarks import remarks
from tocsin.syntax.concrete import Leaf, Node, concrete

_LAYOUTS: Mapping[str, Callable[[Page, Node], Part]] = {
    "start": clauses.start,
    "let": clauses.let,
    "rule": clauses.rule,
    "meta": clauses.meta,
    "meta_entry": clauses.entry,
    "entities": clauses.entities,
    "entity": clauses.entry,
    "test": clauses.given,
    "event": clauses.given,
    "fact": clauses.entry,
    "summarize": clauses.given,
    "output": clauses.entry,
    "detect": clauses.detect,
    "until": clauses.until,
    "detect_any": clauses.parts,
    "detect_sequence": clauses.parts,
    "any_step": clauses.parts,
    "step": clauses.part,
    "part": clauses.part,
    "where": conditions.where,
    "having": conditions.where,
    "count_where": conditions.count_where,
    "by": conditions.by,
    "group": conditions.in_parentheses,
    "hatom": conditions.in_parentheses,
    **dict.fromkeys(("and_", "or_", "hand", "hor"), conditions.joined),
    **dict.fromkeys(
        ("list", "set", "needles", "some_of", "hsome_of", "first_seen"), conditions.listed
    ),
}


def formatted(file: tree.File) -> str:
    """Write FILE, all of which could be read, in the canonical layout."""
    root = concrete(file.source)
    nodes, leaves = _taken_apart(root)
    end = Leaf("END", "", len(file.source.text), len(file.source.text))
    lines = find_lines(nodes, end.start)
    page = Page(remarks([*leaves, end], file.comments, file.source.text, lines), lines)
    for node in reversed(nodes):
        layout = _LAYOUTS.get(node.rule)
        page.keep(node, layout(page, node) if layout else page.spaced(node.parts))
    return printed(several(page.part(root), page.dangling(end, first=not leaves)))


def _taken_apart(root: Node) -> tuple[list[Node], list[Leaf]]:
    """List the nodes, each before what is in it, and the words in their order."""
    nodes: list[Node] = []
    leaves: list[Leaf] = []
    pending: list[Node | Leaf] = [root]
    while pending:
        part = pending.pop()
        if isinstance(part, Leaf):
            leaves.append(part)
        else:
            nodes.append(part)
            pending += reversed(part.parts)
    return nodes, leaves
