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

Pair = tuple[Repeat, Repeat]


def ambiguous_repeats(regex: Regex) -> Pair | None:
    """Find two unbounded repeats that can match the same text; one may meet itself, next round."""
    match regex:
        case Seq(parts):
            return _first(parts) or _side_by_side(parts)
        case Alt(branches):
            return _first(branches)
        case Repeat(part, _, most):
            inside = ambiguous_repeats(part)
            if inside or most == 1:
                return inside
            # A second round follows the first: its repeats stand beside those of the first.
            again = _side_by_side((part, part))
            return again or (_swallowed(regex) if most is None else None)
        case Text() | OneOf() | AnyOne() | Start() | End():
            return None


def _first(parts: Iterable[Regex]) -> Pair | None:
    return next(filter(None, map(ambiguous_repeats, parts)), None)


def _side_by_side(parts: tuple[Regex, ...]) -> Pair | None:
    """Find a repeat at the end of one part that meets one at the start of a later part."""
    before: list[Repeat] = []
    for part in parts:
        for right in _at_an_edge(part, 1):
            for left in before:
                if _meet(left, right):
                    return left, right
        kept = before if _may_be_empty(part) else []
        before = [*kept, *_at_an_edge(part, -1)]
    return None


def _at_an_edge(regex: Regex, step: int) -> Iterator[Repeat]:
    """Yield the unbounded repeats that may come first (or last: STEP -1) in REGEX."""
    match regex:
        case Seq(parts):
            for part in parts[::step]:
                yield from _at_an_edge(part, step)
                if not _may_be_empty(part):
                    return
        case Alt(branches):
            for branch in branches:
                yield from _at_an_edge(branch, step)
        case Repeat(part, _, most):
            if most is None:
                yield regex
            yield from _at_an_edge(part, step)
        case Text() | OneOf() | AnyOne() | Start() | End():
            return


def _meet(left: Repeat, right: Repeat) -> bool:
    """Whether both can match a text, of the characters that they share."""
    shared = _shared(_characters(left.part), _characters(right.part))
    return bool(shared) and _can_be_of(left.part, shared) and _can_be_of(right.part, shared)


def _swallowed(outer: Repeat) -> Pair | None:
    """Find an unbounded repeat inside of OUTER that can take a whole round of it."""
    for inner in _unbounded(outer.part):
        if _can_be_of(outer.part, _characters(inner.part)):
            return inner, outer
    return None


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
            return all(_shared(_characters(Text(each)), characters) for each in value)
        case OneOf() | AnyOne():
            return bool(_shared(_characters(regex), characters))
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


# --- sets of characters: ranges in order, none over another


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


def _merged(ranges: Iterable[tuple[str, str]]) -> Ranges:
    joined: list[tuple[str, str]] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)


def _shared(left: Ranges, right: Ranges) -> Ranges:
    shared: list[tuple[str, str]] = []
    one = two = 0
    while one < len(left) and two < len(right):
        low, high = max(left[one][0], right[two][0]), min(left[one][1], right[two][1])
        if low <= high:
            shared.append((low, high))
        behind = left[one][1] < right[two][1]
        one, two = one + behind, two + (not behind)
    return tuple(shared)
