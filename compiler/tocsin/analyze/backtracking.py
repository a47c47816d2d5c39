"""Repeats that an engine with backtracking tries in too many ways.

Two repeats without a bound are refused if they can match the same text: side by side, when only
what may be empty stands between them; one inside the other, when a whole round of the outer one
can be taken by the inner one. Texts are told apart by their characters alone, so this may refuse
an expression that would have been harmless; a bound or a character between mends it.
"""

from collections.abc import Iterable, Iterator

from tocsin.regex import (
    Alt,
    AnyOne,
    End,
    OneOf,
    Ranges,
    Regex,
    Repeat,
    Seq,
    Start,
    Text,
    all_but,
    both_cases,
)


def ambiguous_repeats(regex: Regex) -> bool:
    """Whether REGEX has two unbounded repeats that can match the same text."""
    match regex:
        case Seq(parts):
            return any(map(ambiguous_repeats, parts)) or _side_by_side(parts)
        case Alt(branches):
            return any(map(ambiguous_repeats, branches))
        case Repeat(part, _, most):
            if ambiguous_repeats(part):
                return True
            # A second round follows the first: its repeats stand beside those of the first.
            again = most != 1 and _side_by_side((part, part))
            return again or (most is None and _swallowed(part))
        case Text() | OneOf() | AnyOne() | Start() | End():
            return False


def _side_by_side(parts: tuple[Regex, ...]) -> bool:
    """Whether a repeat at the end of one part meets one at the start of a later part."""
    before: Ranges = ()
    for part in parts:
        if _meet(before, _at_an_edge(part, 1)):
            return True
        kept = before if _may_be_empty(part) else ()
        before = _merged((*kept, *_at_an_edge(part, -1)))
    return False


def _at_an_edge(regex: Regex, step: int) -> Ranges:
    """Return what the unbounded repeats take that may come first (or last: STEP -1) in REGEX."""
    return _merged(pair for taken in _edges(regex, step) for pair in taken)


def _edges(regex: Regex, step: int) -> Iterator[Ranges]:
    match regex:
        case Seq(parts):
            for part in parts[::step]:
                yield from _edges(part, step)
                if not _may_be_empty(part):
                    return
        case Alt(branches):
            for branch in branches:
                yield from _edges(branch, step)
        case Repeat(part, _, most):
            if most is None:
                yield _characters(part)
            yield from _edges(part, step)
        case Text() | OneOf() | AnyOne() | Start() | End():
            return


def _swallowed(body: Regex) -> bool:
    """Whether an unbounded repeat inside of BODY can take a whole round of BODY."""
    return any(_can_be_of(body, _characters(inner.part)) for inner in _unbounded(body))


def _unbounded(regex: Regex) -> Iterator[Repeat]:
    match regex:
        case Seq(parts) | Alt(parts):
            for part in parts:
                yield from _unbounded(part)
        case Repeat(part, _, most):
            if most is None:
                yield regex
            yield from _unbounded(part)
        case Text() | OneOf() | AnyOne() | Start() | End():
            return


def _can_be_of(regex: Regex, characters: Ranges) -> bool:
    """Whether REGEX can match a text of these CHARACTERS alone."""
    match regex:
        case Text(value):
            return all(_meet(_characters(Text(c)), characters) for c in value)
        case OneOf() | AnyOne():
            return _meet(_characters(regex), characters)
        case Seq(parts):
            return all(_can_be_of(part, characters) for part in parts)
        case Alt(branches):
            return any(_can_be_of(branch, characters) for branch in branches)
        case Repeat(part, least):
            return least == 0 or _can_be_of(part, characters)
        case Start() | End():
            return True


def _may_be_empty(regex: Regex) -> bool:
    match regex:
        case Seq(parts):
            return all(map(_may_be_empty, parts))
        case Alt(branches):
            return any(map(_may_be_empty, branches))
        case Repeat(part, least):
            return least == 0 or _may_be_empty(part)
        case Start() | End():
            return True
        case Text() | OneOf() | AnyOne():
            return False


def _characters(regex: Regex) -> Ranges:
    """Return every character that stands in a match of REGEX."""
    match regex:
        case Text(value):
            return _merged(both_cases(tuple((c, c) for c in dict.fromkeys(value))))
        case OneOf(ranges, negated):
            return all_but(both_cases(ranges)) if negated else _merged(both_cases(ranges))
        case AnyOne():
            return all_but(())
        case Start() | End():
            return ()
        case Repeat(part):
            return _characters(part)
        case Seq(parts) | Alt(parts):
            return _merged(pair for part in parts for pair in _characters(part))


def _meet(left: Ranges, right: Ranges) -> bool:
    """Whether two runs of ranges, in order, have a character in common."""
    one = two = 0
    while one < len(left) and two < len(right):
        if left[one][0] <= right[two][1] and right[two][0] <= left[one][1]:
            return True
        behind = left[one][1] < right[two][1]
        one, two = one + behind, two + (not behind)
    return False


def _merged(ranges: Iterable[tuple[str, str]]) -> Ranges:
    """Put RANGES in order, and those that overlap together."""
    joined: list[tuple[str, str]] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)
