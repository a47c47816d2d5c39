"""Where lines may begin: the parts of what is broken, one a line. By the tree alone."""

from collections.abc import Sequence

from tocsin.frozen import dataclass
from tocsin.syntax.concrete import Leaf, Node, Part

JOINED = frozenset({"and_", "or_", "hand", "hor"})
LISTS = frozenset({"list", "set", "needles", "some_of", "hsome_of", "first_seen"})
BLOCKS = frozenset(
    {
        *("rule", "meta", "entities", "test", "event", "summarize"),
        *("detect_sequence", "detect_any", "any_step"),
    }
)
_GROUPS = frozenset({"group", "hatom"})
_OPENING = frozenset({"LPAR", "LSQB", "LBRACE"})
_CLOSING = frozenset({"RPAR", "RSQB", "RBRACE"})


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """The places of words that may begin a line, and of words that are left out."""

    starts: frozenset[int]
    left_out: frozenset[int]


def find_lines(nodes: Sequence[Node], end: int) -> Lines:
    """Find both in a file that ends at END."""
    starts, left_out = {end}, set[int]()
    for node in nodes:
        starts.update(each.start for each in _starts(node))
        if node.rule in _GROUPS:
            _, inner, _ = node.parts
            if isinstance(inner, Node) and inner.rule in _GROUPS:
                left_out.update((inner.start, inner.parts[-1].start))
    return Lines(frozenset(starts), frozenset(left_out))


def _starts(node: Node) -> Sequence[Part]:
    """List what may begin a line in NODE and in no part of it."""
    if node.rule == "start":
        return node.parts
    if node.rule in JOINED or node.rule == "by":
        return node.parts[1::2]
    if node.rule == "where" or (node.rule in ("having", "let") and not hugs(node.parts[-1])):
        return node.parts[-1:]
    if node.rule == "count_where":
        return node.parts[3:]
    if node.rule in LISTS | BLOCKS | _GROUPS:
        return [*items(node), node.parts[brackets(node)[1]]]
    return ()


def items(node: Node) -> list[Part]:
    """List what stands between the brackets of NODE, commas left out."""
    opened, closed = brackets(node)
    return [part for part in node.parts[opened + 1 : closed] if not is_comma(part)]


def brackets(node: Node) -> tuple[int, int]:
    """Say which parts of NODE open and close it."""
    kinds = [part.kind if isinstance(part, Leaf) else "" for part in node.parts]
    opened = next(at for at, kind in enumerate(kinds) if kind in _OPENING)
    closed = next(at for at in reversed(range(len(kinds))) if kinds[at] in _CLOSING)
    return opened, closed


def is_comma(part: Part) -> bool:
    """Whether PART is a comma."""
    return isinstance(part, Leaf) and part.kind == "COMMA"


def hugs(value: Part) -> bool:
    """Whether VALUE is broken within its own brackets, if at all, and so stays where it begins."""
    if isinstance(value, Leaf):
        return True
    if value.rule in ("text_op", "in_"):
        last = value.parts[-1]
        return isinstance(last, Node) and last.rule in LISTS
    return value.rule in LISTS or value.rule == "list_file"
