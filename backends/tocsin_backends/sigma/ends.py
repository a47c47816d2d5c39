"""The end of a value in `|re`, whose only word for it, `$`, also holds before a final line feed.

Where that makes a difference, a second test closes the gap: the literal that the regex ends in as
`|endswith`, or no line feed at the end.
"""

from collections.abc import Iterator, Sequence

from tocsin import model
from tocsin.frozen import replace
from tocsin.model import Expr, all_of, any_of
from tocsin.regex import Alt, AnyOne, End, OneOf, Regex, Repeat, Seq, Start, Text, seq

_LINE_FEED = "\n"
_MOST_TAILS = 10  # more endings than this are no list to read


def sayable(test: model.Matches) -> bool:
    """Whether every `$` in TEST can be made the end of the value."""
    _, tailed, guarded, beyond = _sorted_out(test)
    return not beyond and not (test.field.many and (tailed or guarded))


def strict(test: model.Matches) -> Expr:
    """Add to TEST what makes its `$` the end of the value."""
    certain, tailed, guarded, beyond = _sorted_out(test)
    if not (tailed or guarded):
        return test
    ways: list[Expr] = []
    if certain or beyond:
        ways.append(replace(test, patterns=(*certain, *beyond)))
    if tailed:
        tails = tuple(dict.fromkeys(tail for each in tailed for tail in _tails_of(each)))
        ending = model.EndsWith(test.field, model.Values(tails), test.cased, test.span)
        ways.append(all_of((replace(test, patterns=tuple(tailed)), ending), test.span))
    if guarded:
        line_feed = model.Matches(test.field, (seq(Text(_LINE_FEED), End()),), True, test.span)
        parts = (replace(test, patterns=tuple(guarded)), model.Not(line_feed, test.span))
        ways.append(all_of(parts, test.span))
    return any_of(tuple(ways), test.span)


def _sorted_out(test: model.Matches) -> tuple[list[Regex], ...]:
    """Sort into: right as they are, with a literal end, without line feed at the end, others."""
    certain: list[Regex] = []
    tailed: list[Regex] = []
    guarded: list[Regex] = []
    beyond: list[Regex] = []
    for pattern in test.patterns:
        if _is_certain(pattern):
            certain.append(pattern)
            continue
        for each in _opened(pattern):
            if _is_certain(each):
                certain.append(each)
            elif _tails_of(each):
                tailed.append(each)
            else:
                (beyond if _may_end_in_line_feed(_before_end(each)) else guarded).append(each)
    return certain, tailed, guarded, beyond


def _is_certain(pattern: Regex) -> bool:
    """Whether `$` before a final line feed lets nothing in that is not let in anyway."""
    match pattern:
        case Seq(parts):
            if isinstance(parts[-1], End):
                return _runs_on(parts[-2])
            return _is_certain(parts[-1])
        case Alt(branches):
            takes_it = any(_takes_line_feed(branch) for branch in branches)
            return all(
                takes_it if isinstance(each, End) else _is_certain(each) for each in branches
            )
        case End():
            return False
        case Text() | OneOf() | AnyOne() | Repeat() | Start():
            return True


def _runs_on(part: Regex) -> bool:
    """Whether PART, just before the end, would have taken the line feed too."""
    return isinstance(part, Repeat) and part.most is None and _takes_line_feed(part.part)


def _takes_line_feed(part: Regex) -> bool:
    match part:
        case AnyOne():
            return True
        case OneOf(ranges, negated):
            return any(low <= _LINE_FEED <= high for low, high in ranges) != negated
        case Text(value):
            return value == _LINE_FEED
        case _:
            return False


def _opened(pattern: Regex) -> Iterator[Regex]:
    """Split PATTERN so that `$` stands only as the last part."""
    match pattern:
        case Alt(branches):
            for branch in branches:
                yield from _opened(branch)
        case Seq((*parts, Alt(branches))) if not _is_certain(pattern):
            for branch in branches:
                yield from _opened(seq(*parts, branch))
        case _:
            yield pattern


def _before_end(pattern: Regex) -> Sequence[Regex]:
    return pattern.parts[:-1] if isinstance(pattern, Seq) else ()


def _tails_of(pattern: Regex) -> tuple[str, ...]:
    """Give the literals that PATTERN ends in, if these are all, few and no line feeds."""
    before = _before_end(pattern)
    tails = _tails(before[-1]) if before else None
    if tails is None or len(tails) > _MOST_TAILS or any(t[-1] == _LINE_FEED for t in tails):
        return ()
    return tails


def _tails(part: Regex) -> tuple[str, ...] | None:
    match part:
        case Text(value):
            return (value,)
        case Seq(parts):
            return _tails(parts[-1])
        case Repeat(inner, least) if least:
            return _tails(inner)
        case Alt(branches):
            tails = [_tails(branch) for branch in branches]
            known = [each for each in tails if each is not None]
            return tuple(t for each in known for t in each) if len(known) == len(tails) else None
        case _:
            return None


def _may_end_in_line_feed(parts: Sequence[Regex]) -> bool:
    """Whether a text that PARTS match may end in a line feed."""
    for part in reversed(parts):
        if _may_be_last(part):
            return True
        if not isinstance(part, Start) and not (isinstance(part, Repeat) and part.least == 0):
            return False
    return False


def _may_be_last(part: Regex) -> bool:
    match part:
        case Text(value):
            return value[-1] == _LINE_FEED
        case OneOf() | AnyOne():
            return _takes_line_feed(part)
        case Repeat(inner):
            return _may_be_last(inner)
        case Seq(parts):
            return _may_end_in_line_feed(parts)
        case Alt(branches):
            return any(map(_may_be_last, branches))
        case Start() | End():
            return False
