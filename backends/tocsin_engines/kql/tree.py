"""The bound tree of a query, as Microsoft's parser gives it, and refusals that point into it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tocsin_engines.engine import Rejected
from tocsin_engines.kql.server import Row


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A node or a token. KIND is the name that Microsoft's parser gives it."""

    slot: str  # What it is to its parent: "Left", "Operator".
    kind: str
    start: int
    text: str  # Of a token.
    name: str  # Of a name.
    type: str  # Of a scalar expression: "string", "long".
    columns: tuple[tuple[str, str], ...]  # Of a tabular expression: name and type.
    symbol: str  # What a name stands for: "Column", "Variable".
    literal: str | bool | None
    children: tuple["Node", ...]

    def __getitem__(self, slot: str) -> "Node":
        """Return the child in SLOT, which the parser always fills."""
        found = self.find(slot)
        if found is None:
            raise unsupported(self)
        return found

    def find(self, slot: str) -> "Node | None":
        """Return the child in SLOT, if there is one."""
        return next((child for child in self.children if child.slot == slot), None)

    def items(self, slot: str) -> tuple["Node", ...]:
        """Return the elements of the separated list in SLOT."""
        elements = self[slot].children
        if any(one.kind != "SeparatedElement" for one in elements):
            raise unsupported(self)
        return tuple(one.children[0] for one in elements)

    def words(self) -> Iterator[str]:
        """Walk the texts of the tokens below, in order; empty ones are left out."""
        if self.text:
            yield self.text
        for child in self.children:
            yield from child.words()


def tree(rows: Sequence[Row]) -> Node:
    """Turn the server's list, parents before children, into the tree."""
    below: list[list[Node]] = [[] for _ in rows]
    for place in reversed(range(len(rows))):
        row = rows[place]
        node = _node(row, tuple(reversed(below[place])))
        if row["parent"] < 0:
            return node
        below[row["parent"]].append(node)
    raise Rejected("the query is empty")


def unsupported(node: Node, what: str = "") -> Rejected:
    """Say that this engine does not know NODE, which the product may well know."""
    return Rejected(f"not covered by this engine: {what or node.kind} at offset {node.start}")


def _node(row: Row, children: tuple[Node, ...]) -> Node:
    return Node(
        slot=row["slot"],
        kind=row["kind"],
        start=row["start"],
        text=row.get("text", ""),
        name=row.get("name", ""),
        type=row.get("type", ""),
        columns=tuple((name, kind) for name, kind in row.get("columns", ())),
        symbol=row.get("symbol", ""),
        literal=row.get("literal"),
        children=children,
    )
