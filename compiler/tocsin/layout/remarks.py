"""Which comment stands at which word, so that it goes where the word goes."""

from collections.abc import Iterator, Sequence

from tocsin import tree
from tocsin.layout.lines import Lines
from tocsin.syntax.concrete import Leaf

_OPENING = frozenset({"LPAR", "LSQB", "LBRACE"})
_JOINING = frozenset({"AND", "OR"})


class Remarks:
    """The comments at one word, and whether an empty line stands between them and the word."""

    __slots__ = ("after", "at_end", "before", "blank")

    def __init__(self) -> None:
        self.before: list[tuple[str, bool]] = []  # each on its own line, after an empty one or not
        self.after: list[str] = []  # on the line of the word, behind it
        self.at_end: str | None = None  # at the end of the line
        self.blank = False

    def first_blank(self) -> bool:
        """Whether an empty line stands ahead of all this."""
        return self.before[0][1] if self.before else self.blank

    def put_before(self, comments: Sequence[tuple[str, bool]]) -> None:
        """Add COMMENTS right ahead of the word, after those that are there."""
        if comments:
            (first, blank), *others = comments
            self.before += [(first, blank or self.blank), *others]
            self.blank = False

    def all(self) -> Iterator[tuple[str, bool]]:
        """Yield every comment, in the order written."""
        yield from self.before
        yield from ((each, False) for each in self.after)
        if self.at_end is not None:
            yield self.at_end, False


def remarks(
    leaves: Sequence[Leaf], comments: Sequence[tree.Comment], text: str, lines: Lines
) -> dict[int, Remarks]:
    """Find a place for each of COMMENTS at one of LEAVES, the end of the file being the last."""
    found = [Remarks() for _ in leaves]
    _gather(leaves, comments, text, found)
    _hand_on(leaves, found, lines)
    _settle(leaves, found, lines)
    return {leaf.start: each for leaf, each in zip(leaves, found, strict=True)}


def _gather(
    leaves: Sequence[Leaf], comments: Sequence[tree.Comment], text: str, found: Sequence[Remarks]
) -> None:
    """Give each comment to the word before it on its line, or else to the word that follows."""
    pending = list(reversed(comments))
    for place, leaf in enumerate(leaves):
        end, beside = (leaves[place - 1].end, True) if place else (0, False)
        while pending and pending[-1].span.start < leaf.start:
            comment = pending.pop()
            words, span = _words(comment.text), comment.span
            beside = beside and "\n" not in text[end : span.start] and "\n" not in words
            if beside and words.startswith("//"):
                found[place - 1].at_end = words
            elif beside and leaves[place - 1].kind not in _OPENING:
                found[place - 1].after.append(words)
            else:
                found[place].before.append((words, _is_blank(text[end : span.start])))
            end = span.end
        found[place].blank = _is_blank(text[end : leaf.start])


def _words(comment: str) -> str:
    """Write a comment without what is no part of it: the end of its line."""
    return comment.rstrip() if comment.startswith("//") else comment.replace("\r\n", "\n")


def _is_blank(between: str) -> bool:
    return between.count("\n") > 1


def _hand_on(leaves: Sequence[Leaf], found: list[Remarks], lines: Lines) -> None:
    """Move the comments of words that are left out, and those ahead of commas, to the next word."""
    carried: list[tuple[str, bool]] = []
    for place, leaf in enumerate(leaves):
        each = found[place]
        if leaf.start in lines.left_out:
            carried += each.all()
            found[place] = Remarks()
        elif leaf.kind == "COMMA":
            carried += each.before
            each.before = []
        elif carried:
            each.before = [*carried, *each.before]
            carried = []


def _settle(leaves: Sequence[Leaf], found: Sequence[Remarks], lines: Lines) -> None:
    """Move comments from where no line begins, or ends, to where one does."""
    begins = 0
    for place, (leaf, each) in enumerate(zip(leaves, found, strict=True)):
        if leaf.start in lines.starts:
            begins = place
        elif each.before:
            found[begins].put_before(each.before)
            each.before = []
        if each.at_end is None or leaves[place + 1].start in lines.starts:
            continue
        words, each.at_end = each.at_end, None
        if leaves[place + 1].kind == "COMMA" and found[place + 1].at_end is None:
            found[place + 1].at_end = words
        elif begins == place and leaf.kind in _JOINING and found[place - 1].at_end is None:
            found[place - 1].at_end = words
        else:
            found[begins].put_before([(words, False)])
