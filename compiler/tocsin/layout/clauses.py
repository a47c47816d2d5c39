"""The layout of items, clauses and what stands in their braces."""

from collections.abc import Sequence

from tocsin.layout.conditions import keys
from tocsin.layout.lines import JOINED, brackets, hugs, items
from tocsin.layout.order import key_rank, rank
from tocsin.layout.page import Page
from tocsin.layout.paper import (
    Column,
    Entry,
    Line,
    Part,
    Words,
    column,
    group,
    indented,
    row,
    several,
    together,
)
from tocsin.syntax import concrete
from tocsin.syntax.concrete import Node

# Of `meta`, whose longest usual key is `description`; `false_positives` sticks out.
_WIDEST_KEY = len("description")


def start(page: Page, node: Node) -> Column:
    """Lay out a file: a `let` below a `let`, a `use` below a `use`, all else apart."""
    entries: list[Entry] = []
    before: concrete.Part | None = None
    for item in node.parts:
        alike = before is None or (_rule(item) == _rule(before) and _rule(item) != "rule")
        entries.append(page.entry(item, apart=not (alike or page.is_parted(item))))
        before = item
    return column(entries, only_flat=True)


def _rule(part: concrete.Part) -> str:
    return part.rule if isinstance(part, Node) else ""


def let(page: Page, node: Node) -> Part:
    """Lay out `let name = value`."""
    *head, equals, value = node.parts
    if hugs(value):
        return row(page.spaced(head), page.spaced((equals, value)))
    below = indented(Line(" "), page.whole(value))
    return row(page.spaced(head), several(page.part(equals), below))


def entry(page: Page, node: Node) -> Part:
    """Lay out `key = value`."""
    key, *rest = node.parts
    return row(page.part(key), page.spaced(rest))


def rule(page: Page, node: Node) -> Part:
    """Lay out a rule: its clauses in their order, apart unless they are alike."""
    written = items(node)
    follows = dict(zip(written[1:], written, strict=False))
    entries: list[Entry] = []
    before: concrete.Part | None = None
    for clause in sorted(written, key=rank):
        alike = before is None or rank(clause) == rank(before)
        # An empty line behind a comment parts as well: the comment is about what is before it.
        parted = follows.get(clause) is before and page.is_parted(clause)
        entries.append(page.entry(clause, apart=not (alike or parted)))
        before = clause
    return _block(page, node, column(entries), broken=True)


def meta(page: Page, node: Node) -> Part:
    """Lay out `meta { … }`, its keys in their order unless the author has put them in groups."""
    entries = items(node)
    commented = any(page.before(each).parts for each in entries)
    if not commented and not any(page.blank(each) for each in entries[1:]):
        entries.sort(key=key_rank)
    laid = column([page.entry(each) for each in entries], widest=_WIDEST_KEY)
    return _block(page, node, laid, broken=True)


def entities(page: Page, node: Node) -> Part:
    """Lay out `entities { … }`: on one line if it fits."""
    return _block(page, node, _column(page, node, between="   "), broken=False)


def given(page: Page, node: Node) -> Part:
    """Lay out a test, or a summary's outputs, or an event: a single one may stay on the line."""
    alone = node.rule in ("event", "summarize") and len(items(node)) == 1
    return _block(page, node, _column(page, node), broken=not alone)


def parts(page: Page, node: Node) -> Part:
    """Lay out the parts of `detect any { … }` and the steps of a sequence."""
    return _block(page, node, _column(page, node, only_flat=True), broken=True)


def _column(page: Page, node: Node, between: str = " ", *, only_flat: bool = False) -> Column:
    entries = [page.entry(each) for each in items(node)]
    return column(entries, between, only_flat=only_flat)


def part(page: Page, node: Node) -> Part:
    """Lay out `name: CLASS by f where p`."""
    name, colon, *head = node.parts
    cells: list[Part] = [page.spaced((name, colon))]
    if _rule(head[-1]) == "where":
        return row(*cells, page.spaced(head[:-1]), page.part(head[-1]))
    return row(*cells, page.spaced(head))


def detect(page: Page, node: Node) -> Part:
    """Lay out `detect CLASS where p`: of several operands each has its line."""
    last = node.parts[-1]
    of_several = isinstance(last, Node) and _rule(last.parts[-1]) in JOINED
    return group(page.spaced(node.parts), broken=of_several)


def until(page: Page, node: Node) -> Part:
    """Lay out `until CLASS by f where p`."""
    return group(page.spaced(node.parts))


def _block(page: Page, node: Node, inside: Column, *, broken: bool) -> Part:
    """Lay out a clause with braces: one entry a line, if it is BROKEN or does not fit."""
    opened, closed = brackets(node)
    opening, closing = node.parts[opened], node.parts[closed]
    lines: list[Part] = [Line(" "), inside] if inside.entries else []
    lines.append(page.dangling(closing, first=not lines))
    end = Line(" " if inside.entries else "")
    braces = group(
        *(page.part(opening), indented(*lines), end, page.part(closing)),
        broken=broken and bool(inside.entries),
    )
    parts = [*_head(page, node.parts[:opened]), braces]
    for each in node.parts[closed + 1 :]:  # the `having` of a summary
        parts += (Words(" "), group(page.part(each)))
    return together(parts)


def _head(page: Page, words: Sequence[concrete.Part]) -> list[Part]:
    """Lay out what stands before a brace; keys that are broken stand below their word."""
    at = next((at for at, each in enumerate(words) if _rule(each) == "by"), None)
    if at is None:
        return [page.spaced(words), Words(" ")]
    by, rest = words[at], words[at + 1 :]
    assert isinstance(by, Node)
    head: list[Part] = [page.spaced(words[:at]), Words(" "), group(keys(page, by), Line(" "))]
    return [*head, page.spaced(rest), Words(" ")] if rest else head
