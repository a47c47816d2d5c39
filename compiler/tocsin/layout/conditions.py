"""The layout of conditions and of lists: one operand a line, one value a line."""

from collections.abc import Iterator, Sequence

from tocsin.layout.lines import JOINED, brackets, hugs, is_comma
from tocsin.layout.page import Page
from tocsin.layout.paper import Either, Line, Part, Words, group, indented, several, together
from tocsin.syntax import concrete
from tocsin.syntax.concrete import Leaf, Node


def joined(page: Page, node: Node) -> Part:
    """Lay out `p and q`: the word leads the line."""
    first, *others = node.parts
    parts: list[Part] = [_operand(page, first)]
    for word, operand in zip(others[::2], others[1::2], strict=True):
        parts += (
            Line(" ", page.blank(word)),
            page.whole(word),
            Words(" "),
            _operand(page, operand),
        )
    return together(parts)


def _operand(page: Page, operand: concrete.Part) -> Part:
    """Have what `and` joins within an `or`, or within a list, stand further in."""
    if isinstance(operand, Node) and operand.rule in JOINED:
        return group(indented(page.part(operand)))
    return page.part(operand)


def in_parentheses(page: Page, node: Node) -> Part:
    """Lay out `(p)`; of parentheses in parentheses the outer pair stays."""
    opening, inner, closing = node.parts
    if page.is_left_out(opening):
        return page.whole(inner)
    lines = (Line(""), page.whole(inner), page.dangling(closing, first=False))
    return group(page.part(opening), indented(*lines), Line(""), page.part(closing))


def listed(page: Page, node: Node) -> Part:
    """Lay out `[a, b]`, `(a, b)`, `2 of (p, q)`, `first seen (a, b) in 1d`: one a line, or all."""
    opened, closed = brackets(node)
    head, tail = node.parts[:opened], node.parts[closed + 1 :]
    within, closing = node.parts[opened + 1 : closed], node.parts[closed]
    lines = (*_values(page, within), page.dangling(closing, first=not within))
    return several(
        *((page.spaced(head), Words(" ")) if head else ()),
        group(page.part(node.parts[opened]), indented(*lines), Line(""), page.part(closing)),
        *((Words(" "), page.spaced(tail)) if tail else ()),
    )


def _values(page: Page, within: Sequence[concrete.Part]) -> Iterator[Part]:
    """Lay out values with commas; there is one behind the last if each has its own line."""
    for at, each in enumerate(within):
        last = at + 1 == len(within)
        if isinstance(each, Leaf) and each.kind == "COMMA":
            comma = page.part(each)
            yield Either(comma, together(page.behind(each))) if last else comma
        else:
            blank = at > 0 and page.blank(each)
            yield several(Line(" " if at else "", blank), page.before(each), _operand(page, each))
            yield from (Either(Words(","), Words("")),) if last else ()


def by(page: Page, node: Node) -> Part:
    """Lay out `by a, b`."""
    return group(keys(page, node))


def keys(page: Page, node: Node) -> Part:
    """Lay out `by a, b`; what it is a part of says if all of it is on one line."""
    word, *fields = node.parts
    parts: list[Part] = []
    for each in fields:
        parts += (page.part(each),) if is_comma(each) else (Line(" "), page.whole(each))
    return several(page.part(word), indented(*parts))


def where(page: Page, node: Node) -> Part:
    """Lay out `where p` or `having p`; the clause it stands in says if all of it is on one line."""
    word, condition = node.parts
    if node.rule == "having" and hugs(condition):
        return page.spaced(node.parts)
    return several(page.part(word), indented(Line(" "), page.whole(condition)))


def count_where(page: Page, node: Node) -> Part:
    """Lay out `count(where p)`."""
    *words, condition, closing = node.parts
    lines = (Line(" "), page.whole(condition), page.dangling(closing, first=False))
    return group(page.spaced(words), indented(*lines), Line(""), page.part(closing))
