"""`^a*$` is `^a+$`: the empty text is no value, but some columns have it where they have none."""

from tocsin.frame import either
from tocsin.frozen import replace
from tocsin.regex import Alt, AnyOne, End, OneOf, Regex, Repeat, Seq, Start, Text, seq

MAX_OPTIONAL = 20  # of one group: as many branches as it takes to say that one is there


def takes_nothing(regex: Regex, *, start: bool, end: bool) -> bool:
    """Whether the empty text will do where START and END say whether these anchors hold."""
    match regex:
        case Start():
            return start
        case End():
            return end
        case Seq(parts):
            return all(takes_nothing(each, start=start, end=end) for each in parts)
        case Alt(branches):
            return any(takes_nothing(each, start=start, end=end) for each in branches)
        case Repeat(part, least):
            return least == 0 or takes_nothing(part, start=start, end=end)
        case Text() | OneOf() | AnyOne():
            return False


def of_something(regex: Regex) -> Regex | None:
    """Let REGEX take at least one character; None if it never does."""
    branches = _branches(regex)
    return either(branches) if branches else None


def most_optional(regex: Regex) -> int:
    """Count the parts side by side that may all be nothing, where most of them are."""
    if not _may_be_nothing(regex):
        return 0
    match regex:
        case Seq(parts):
            return max(len(parts), *map(most_optional, parts))
        case Alt(branches):
            return max(map(most_optional, branches))
        case Repeat(part):
            return most_optional(part)
        case Text() | OneOf() | AnyOne() | Start() | End():
            return 0


def _may_be_nothing(regex: Regex) -> bool:
    return takes_nothing(regex, start=True, end=True)


def _branches(regex: Regex) -> list[Regex]:
    """Return the ways to meet REGEX with at least one character."""
    if not _may_be_nothing(regex):
        return [regex]
    match regex:
        case Seq(parts):
            return _one_of(parts)
        case Alt(branches):
            return [each for branch in branches for each in _branches(branch)]
        case Repeat(part, _, most):
            some = of_something(part)
            if some is None:
                return []
            return [some if most == 1 else replace(regex, part=some, least=1)]
        case Text() | OneOf() | AnyOne() | Start() | End():
            return []


def _one_of(parts: tuple[Regex, ...]) -> list[Regex]:
    """Let the first part that takes something be each of PARTS in turn."""
    found: list[Regex] = []
    before: list[Regex] = []
    for at, part in enumerate(parts):
        some = of_something(part)
        found += [seq(*before, some, *parts[at + 1 :])] if some else []
        if not _may_be_nothing(part):
            break
        before.append(_nothing(part))
    return found


def _nothing(regex: Regex) -> Regex:
    """Return the anchors that a part which may be nothing still wants."""
    match regex:
        case Seq(parts):
            return seq(*map(_nothing, parts))
        case Alt(branches):
            wanted = list(map(_nothing, filter(_may_be_nothing, branches)))
            return Seq(()) if Seq(()) in wanted else either(wanted)
        case Start() | End():
            return regex
        case Text() | OneOf() | AnyOne() | Repeat():
            return Seq(())
