r"""A regex for a value as one for the text that holds it: `^a` of a name, `(^|\\)a` of a path.

The value is told from the rest by a separator that it never has in it, or ends where the last
separator stands. Anchors stay first and last, as everywhere.
"""

from collections.abc import Callable

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
    all_but,
    either,
    has_anchor,
    seq,
)

BACKSLASH = "\\"
SEPARATOR = Text(BACKSLASH)
IN_COMPONENT = OneOf(((BACKSLASH, BACKSLASH),), negated=True)
COMPONENT_RUN = Repeat(IN_COMPONENT, 0, None)
AFTER_SEPARATOR = Alt((Start(), SEPARATOR))
_NOTHING = Seq(())


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the value: for an anchor, and before and behind a value left open."""

    start: Regex
    before: Regex
    after: Regex
    end: Regex
    component: bool  # whether the value is one component, without a separator


LAST = Frame(AFTER_SEPARATOR, _NOTHING, seq(COMPONENT_RUN, End()), End(), True)
FIRST = Frame(
    Start(), seq(Start(), COMPONENT_RUN), seq(COMPONENT_RUN, SEPARATOR), SEPARATOR, True
)  # fmt: skip
_LAST_COMPONENT = seq(SEPARATOR, COMPONENT_RUN, End())
ALL_BUT_LAST = Frame(Start(), _NOTHING, seq(ANY_RUN, _LAST_COMPONENT), _LAST_COMPONENT, False)


def placed(regex: Regex, frame: Frame) -> Regex | None:
    """Say REGEX of the text around the value; None if no value can match."""
    inner = confined(regex) if frame.component else regex
    return None if inner is None else _framed(inner, frame)


def confined(regex: Regex) -> Regex | None:
    """Keep REGEX within one component; None if it cannot be."""
    match regex:
        case Text(value):
            return None if BACKSLASH in value else regex
        case AnyOne():
            return IN_COMPONENT
        case OneOf(ranges, True):
            if any(low <= BACKSLASH <= high for low, high in ranges):
                return regex
            out = (*ranges, (BACKSLASH, BACKSLASH))
            return OneOf(out, True) if all_but(out) else None
        case OneOf(ranges):
            if not any(low <= BACKSLASH <= high for low, high in ranges):
                return regex
            kept = all_but((*all_but(ranges), (BACKSLASH, BACKSLASH)))
            return OneOf(kept) if kept else None
        case Seq(parts):
            inner = [confined(part) for part in parts]
            kept_parts = [part for part in inner if part is not None]
            return seq(*kept_parts) if len(kept_parts) == len(parts) else None
        case Alt(branches):
            left = tuple(each for each in map(confined, branches) if each is not None)
            return either(left) if left else None
        case Repeat(part, least, most):
            inside = confined(part)
            if inside is None:
                return _NOTHING if least == 0 else None
            if inside == _NOTHING:
                return _NOTHING
            return Repeat(inside, least, most)
        case Start() | End():
            return regex


def _framed(regex: Regex, frame: Frame) -> Regex:
    match regex:
        case Alt(branches) if has_anchor(regex):
            return Alt(tuple(_framed(branch, frame) for branch in branches))
        case Seq((first, *inner, last)):
            return seq(_started(first, frame), *inner, _ended(last, frame))
        case Start():
            return seq(frame.start, frame.after)
        case End():
            return seq(frame.before, frame.end)
        case _:
            return seq(frame.before, regex, frame.after)


def _started(part: Regex, frame: Frame) -> Regex:
    return _at_an_edge(part, Start, frame.start, lambda each: seq(frame.before, each), 0)


def _ended(part: Regex, frame: Frame) -> Regex:
    return _at_an_edge(part, End, frame.end, lambda each: seq(each, frame.after), -1)


def _at_an_edge(
    part: Regex,
    anchor: type[Start] | type[End],
    anchored: Regex,
    opened: Callable[[Regex], Regex],
    place: int,
) -> Regex:
    """Put ANCHORED for an anchor at the edge of PART; what has none is OPENED."""
    match part:
        case Start() | End() if isinstance(part, anchor):
            return anchored
        case Alt(branches) if has_anchor(part):
            return Alt(
                tuple(_at_an_edge(each, anchor, anchored, opened, place) for each in branches)
            )
        case Seq(parts) if has_anchor(part):
            edge = _at_an_edge(parts[place], anchor, anchored, opened, place)
            return seq(edge, *parts[1:]) if place == 0 else seq(*parts[:-1], edge)
        case _:
            return opened(part)
