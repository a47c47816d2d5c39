"""The file in the making: what was laid out so far, by the nodes of the concrete tree."""

from collections.abc import Mapping, Sequence

from tocsin.layout.lines import Lines
from tocsin.layout.literals import literal
from tocsin.layout.paper import Entry, Line, Part, Raw, Remark, Several, Words, several, together
from tocsin.layout.remarks import Remarks
from tocsin.syntax import concrete

# Signs that nothing stands before, or behind, on one line.
_CLOSE_BEFORE = frozenset({"COMMA", "RPAR", "COLON", "__ANON_0", "LPAR"})
_CLOSE_BEHIND = frozenset({"LPAR", "__ANON_0"})


def comment_lines(comment: str) -> Part:
    """Write a comment; the lines of one that has a star at each are put below the first star."""
    first, *others = comment.split("\n")
    if not others or not all(line.lstrip().startswith("*") for line in others):
        return Raw(comment)
    parts: list[Part] = [Words(first.rstrip())]
    for line in others:
        parts += (Line(None), Words(f" {line.strip()}"))
    return together(parts)


class Page:
    """Hands out what each part looks like; whoever begins a line asks for the comments before."""

    def __init__(self, remarks: Mapping[int, Remarks], lines: Lines) -> None:
        self._remarks = remarks
        self._lines = lines
        self._done: dict[int, Part] = {}

    def keep(self, node: concrete.Node, part: Part) -> None:
        """Remember what NODE looks like."""
        self._done[id(node)] = part

    def part(self, of: concrete.Part) -> Part:
        """Return what a node or a word looks like, without the comments before it."""
        return self._done[id(of)] if isinstance(of, concrete.Node) else self._word(of)

    def _word(self, leaf: concrete.Leaf) -> Part:
        word = literal(leaf)
        here = self._remarks[leaf.start]
        return word if here.at_end is None and not here.after else several(word, *self.behind(leaf))

    def behind(self, leaf: concrete.Leaf) -> list[Part]:
        """Return the comments behind a word."""
        here = self._remarks[leaf.start]
        parts: list[Part] = [Words(f" {each}") for each in here.after]
        return parts if here.at_end is None else [*parts, Remark(here.at_end)]

    def is_left_out(self, of: concrete.Part) -> bool:
        """Whether the word OF is one of those that say nothing."""
        return of.start in self._lines.left_out

    def blank(self, of: concrete.Part) -> bool:
        """Whether the author left an empty line before OF and its comments."""
        return self._remarks[of.start].first_blank()

    def before(self, of: concrete.Part) -> Several:
        """Return the comments before OF, each on a line of its own."""
        here = self._remarks[of.start]
        parts: list[Part] = []
        for comment, blank in here.before:
            parts += (*((Line(None, blank),) if parts else ()), comment_lines(comment))
        return together([*parts, Line(None, here.blank)] if parts else parts)

    def whole(self, of: concrete.Part) -> Several:
        """Return OF with the comments before it."""
        return several(self.before(of), self.part(of))

    def dangling(self, closing: concrete.Part, *, first: bool) -> Several:
        """Return the comments before a closing bracket, FIRST after the opening one or not."""
        parts: list[Part] = []
        for comment, blank in self._remarks[closing.start].before:
            parts += (Line(None, blank and not (first and not parts)), comment_lines(comment))
        return together(parts)

    def entry(self, of: concrete.Part, *, apart: bool = False) -> Entry:
        """Return OF as a part of a column, APART from what is before it by an empty line or not."""
        return Entry(apart or self.blank(of), self.before(of), self.part(of))

    def is_parted(self, of: concrete.Part) -> bool:
        """Whether the author left an empty line between what is before OF and it."""
        here = self._remarks[of.start]
        return here.blank or any(blank for _, blank in here.before)

    def spaced(self, parts: Sequence[concrete.Part]) -> Several:
        """Write PARTS on one line."""
        laid: list[Part] = []
        glued = True
        for each in parts:
            kind = each.kind if isinstance(each, concrete.Leaf) else ""
            if not glued and kind not in _CLOSE_BEFORE:
                laid.append(Words(" "))
            laid.append(self.part(each))
            glued = kind in _CLOSE_BEHIND
        plain = [each.text for each in laid if isinstance(each, Words)]
        return together([Words("".join(plain))] if len(plain) == len(laid) else laid)
