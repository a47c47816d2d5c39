"""A regex put into a frame: what stands for its anchors, and what may stand where it has none.

Lucene matches whole values: without an anchor any text may stand there. A value that is a part of a
text has the rest of the text around it. Anchors stay first and last, as everywhere.
"""

from collections.abc import Callable, Iterable

from tocsin.frozen import dataclass
from tocsin.regex import (
    ANY_RUN,
    Alt,
    AnyOne,
    End,
    OneOf,
    Regex,
    Repeat,
    Seq,
    Start,
    Text,
    seq,
)

NOTHING = Seq(())


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands for each anchor, and before and behind a regex that is open there."""

    start: Regex
    before: Regex
    after: Regex
    end: Regex


_WHOLE = Frame(NOTHING, ANY_RUN, ANY_RUN, NOTHING)


def whole(regex: Regex) -> Regex:
    """Turn a regex that is searched for into one for the whole value, without anchors."""
    return framed(regex, _WHOLE)


def framed(regex: Regex, frame: Frame) -> Regex:
    """Put REGEX into FRAME, each branch by itself where they differ in their anchors."""
    match regex:
        case Alt(branches) if has_anchor(regex):
            return either(framed(branch, frame) for branch in branches)
        case Seq((first, *inner, last)):
            return seq(_started(first, frame), *inner, _ended(last, frame))
        case Start():
            return seq(frame.start, frame.after)
        case End():
            return seq(frame.before, frame.end)
        case _:
            return seq(frame.before, regex, frame.after)


def _started(part: Regex, frame: Frame) -> Regex:
    return _at_an_edge(part, frame.start, lambda each: seq(frame.before, each), 0)


def _ended(part: Regex, frame: Frame) -> Regex:
    return _at_an_edge(part, frame.end, lambda each: seq(each, frame.after), -1)


def _at_an_edge(
    part: Regex, anchored: Regex, opened: Callable[[Regex], Regex], place: int
) -> Regex:
    """Put ANCHORED for an anchor at the edge of PART; what has none is OPENED."""
    match part:
        case Start() | End():
            return anchored
        case Alt(branches) if has_anchor(part):
            return either(_at_an_edge(each, anchored, opened, place) for each in branches)
        case Seq(parts) if has_anchor(part):
            edge = _at_an_edge(parts[place], anchored, opened, place)
            return seq(edge, *parts[1:]) if place == 0 else seq(*parts[:-1], edge)
        case _:
            return opened(part)


def has_anchor(regex: Regex) -> bool:
    """Whether REGEX has an anchor anywhere."""
    match regex:
        case Start() | End():
            return True
        case Seq(parts) | Alt(parts):
            return any(map(has_anchor, parts))
        case Repeat() | Text() | OneOf() | AnyOne():
            return False


def either(branches: Iterable[Regex]) -> Regex:
    """Join BRANCHES, each once; an empty one makes the others optional."""
    flat = [each for one in branches for each in (one.branches if isinstance(one, Alt) else (one,))]
    different = dict.fromkeys(_absorbed(flat))
    some = tuple(each for each in different if each != NOTHING)
    if not some:
        return NOTHING
    joined = some[0] if len(some) == 1 else Alt(some)
    return Repeat(joined, 0, 1) if len(some) < len(different) else joined


def _absorbed(branches: list[Regex]) -> list[Regex]:
    """`-|[^-b]` is `[^b]`: let a negated class take a single character, no letter, beside it."""
    texts = (each.value for each in branches if isinstance(each, Text))
    single = {value for value in texts if len(value) == 1 and not value.isalpha()}
    taken: set[str] = set()
    found: list[Regex] = []
    for each in branches:
        if isinstance(each, OneOf) and each.negated:
            own = {low for low, high in each.ranges if low == high} & single
            kept = tuple(pair for pair in each.ranges if pair[0] != pair[1] or pair[0] not in own)
            if own and kept:
                taken |= own
                each = OneOf(kept, negated=True)
        found.append(each)
    return [each for each in found if not (isinstance(each, Text) and each.value in taken)]
