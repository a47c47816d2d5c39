r"""A regex for a value as one for the text that holds it: `^a` of a name, `(^|\\)a` of a path.

The value is told from the rest by a separator that it never has in it, or ends where the last
separator stands. Anchors stay first and last, as everywhere.
"""

from tocsin.frame import NOTHING, Frame, either, framed
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
    seq,
)

BACKSLASH = "\\"
SEPARATOR = Text(BACKSLASH)


def other_than(separator: str) -> OneOf:
    """Take one character that is no SEPARATOR."""
    return OneOf(((separator, separator),), negated=True)


COMPONENT_RUN = Repeat(other_than(BACKSLASH), 0, None)
AFTER_SEPARATOR = Alt((Start(), SEPARATOR))

# A name after the last separator, or without one; what stands before the first; a folder.
LAST = Frame(AFTER_SEPARATOR, NOTHING, seq(COMPONENT_RUN, End()), End())
FIRST = Frame(Start(), seq(Start(), COMPONENT_RUN), seq(COMPONENT_RUN, SEPARATOR), SEPARATOR)
_LAST_COMPONENT = seq(SEPARATOR, COMPONENT_RUN, End())
ALL_BUT_LAST = Frame(Start(), NOTHING, seq(ANY_RUN, _LAST_COMPONENT), _LAST_COMPONENT)


def placed(regex: Regex, frame: Frame) -> Regex | None:
    """Say REGEX of the text around the value; None if no value can match."""
    inner = regex if frame is ALL_BUT_LAST else confined(regex)
    return None if inner is None else framed(inner, frame)


def confined(regex: Regex, separator: str = BACKSLASH) -> Regex | None:
    """Keep REGEX within one component, before or behind SEPARATOR; None if it cannot be."""
    match regex:
        case Text(value):
            return None if separator in value else regex
        case AnyOne():
            return other_than(separator)
        case OneOf(ranges, True):
            if any(low <= separator <= high for low, high in ranges):
                return regex
            out = (*ranges, (separator, separator))
            return OneOf(out, True) if all_but(out) else None
        case OneOf(ranges):
            if not any(low <= separator <= high for low, high in ranges):
                return regex
            kept = all_but((*all_but(ranges), (separator, separator)))
            return OneOf(kept) if kept else None
        case Seq(parts):
            inner = [confined(part, separator) for part in parts]
            kept_parts = [part for part in inner if part is not None]
            return seq(*kept_parts) if len(kept_parts) == len(parts) else None
        case Alt(branches):
            left = tuple(b for each in branches if (b := confined(each, separator)) is not None)
            return either(left) if left else None
        case Repeat(part, least, most):
            inside = confined(part, separator)
            if inside is None:
                return NOTHING if least == 0 else None
            if inside == NOTHING:
                return NOTHING
            return Repeat(inside, least, most)
        case Start() | End():
            return regex
