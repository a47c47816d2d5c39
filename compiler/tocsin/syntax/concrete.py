"""Text to concrete tree: every word as written, under the rule of the grammar it stands in.

The formatter's view of a file. It is made by the tables of the parser, so there is one grammar.
"""

from functools import cache

from lark import Token
from lark.grammar import Rule

from tocsin.frozen import dataclass
from tocsin.source import Source
from tocsin.syntax.drive import Driver, Make, driver
from tocsin.syntax.grammar import parser


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """A word, a sign or a literal; KIND is its terminal in the grammar."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """What a rule of the grammar has taken for one; a rule with a single part is that part."""

    rule: str
    parts: tuple["Part", ...]
    start: int


Part = Node | Leaf


def concrete(source: Source) -> Node:
    """Read a file that `parse` calls whole; comments are not in the tree."""
    tokens = parser().scanner.scan(source.text, lambda token: token)
    root = _driver().parse([*tokens, Token("$END", "")])
    assert isinstance(root, Node)
    return root


@cache  # one per process
def _driver() -> Driver:
    return driver(parser().lark, _made)


def _made(rule: Rule, _make: Make) -> Make | None:
    name = str(rule.origin.name)
    if name.startswith("_"):  # an inlined rule, or a repetition
        return _run
    if len(rule.expansion) == 1 and name != "start":
        return None
    return lambda values: _node(name, _run(values))


def _run(values: list[object]) -> list[Part]:
    """Put values and runs of them into one run: the first is made longer, or it would take ages."""
    run: list[Part] = []
    for each in values:
        if isinstance(each, list):
            run = each if not run else [*run, *each]
        elif isinstance(each, Token):
            run.append(Leaf(each.type, str(each), each.start_pos or 0, each.end_pos or 0))
        else:
            assert isinstance(each, Node)
            run.append(each)
    return run


def _node(rule: str, parts: list[Part]) -> Node:
    return Node(rule, tuple(parts), parts[0].start if parts else 0)
