"""Regular expressions as a tree. No target's text is ever passed through: each dialect prints anew.

A regex is searched for in a value, by code point; `AnyOne` is any character, newlines included.
Anchors stand only first and last, or first and last in a branch of the group that does.
"""

from collections.abc import Callable

from tocsin.frozen import dataclass, replace
from tocsin.text import has_foreign_case

# --- the tree


@dataclass(frozen=True, slots=True)
class Text:
    """These characters."""

    value: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """One character in (or, NEGATED, outside) RANGES, each a first and a last character."""

    ranges: tuple[tuple[str, str], ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class AnyOne:
    """One character, whichever."""


@dataclass(frozen=True, slots=True)
class Start:
    """The start of the value."""


@dataclass(frozen=True, slots=True)
class End:
    """The end of the value."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """PART at least LEAST and at most MOST times (None: any number)."""

    part: "Regex"
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Seq:
    """One part after the other."""

    parts: tuple["Regex", ...]


@dataclass(frozen=True, slots=True)
class Alt:
    """One of the branches."""

    branches: tuple["Regex", ...]


Regex = Text | OneOf | AnyOne | Start | End | Repeat | Seq | Alt

ANY_RUN = Repeat(AnyOne(), 0, None)
ALPHANUMERIC = (("0", "9"), ("A", "Z"), ("a", "z"))
NOT_ALPHANUMERIC = OneOf(ALPHANUMERIC, negated=True)


def seq(*parts: Regex) -> Regex:
    """Join PARTS, nested sequences spliced."""
    flat: list[Regex] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Seq) else [part])
    return flat[0] if len(flat) == 1 else Seq(tuple(flat))


def whole(regex: Regex) -> Regex:
    """Turn a regex that is searched for into one for the whole value, without anchors."""
    parts = regex.parts if isinstance(regex, Seq) else (regex,)
    if len(parts) == 1 and isinstance(parts[0], Alt):
        return Alt(tuple(whole(branch) for branch in parts[0].branches))
    first, *rest = parts
    head = _open_end(first, Start, lambda part: seq(ANY_RUN, part))
    if not rest:
        return seq(*_open_end(first, Start, lambda part: seq(ANY_RUN, part, ANY_RUN)))
    tail = _open_end(rest[-1], End, lambda part: seq(part, ANY_RUN))
    return seq(*head, *rest[:-1], *tail)


def _open_end(
    part: Regex, anchor: type[Start] | type[End], opened: Callable[[Regex], Regex]
) -> list[Regex]:
    """Drop the anchor of PART, or let any text stand on that side of it."""
    if isinstance(part, anchor):
        return []
    if not isinstance(part, Alt):
        return [opened(part)]
    bare = any(isinstance(branch, anchor) for branch in part.branches)
    others = [branch for branch in part.branches if not isinstance(branch, anchor)]
    freed = [_freed(branch, anchor) for branch in others]
    if not bare and not any(freed):
        return [opened(part)]
    ends = tuple(each or opened(branch) for each, branch in zip(freed, others, strict=True))
    inner = ends[0] if len(ends) == 1 else Alt(ends)
    return [Repeat(inner, 0, 1) if bare else inner]


def _freed(branch: Regex, anchor: type[Start] | type[End]) -> Regex | None:
    """Drop the anchor at the open end of BRANCH, if it has one there."""
    if not isinstance(branch, Seq):
        return None
    place = 0 if anchor is Start else -1
    if not isinstance(branch.parts[place], anchor):
        return None
    return seq(*(branch.parts[1:] if anchor is Start else branch.parts[:-1]))


# --- printing


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between regex languages."""

    escape: Callable[[str], str]  # a character outside a class
    escape_in_class: Callable[[str], str]
    any_one: str = "."
    start: str = "^"
    end: str = "$"
    group: str = "("


def write(regex: Regex, dialect: Dialect) -> str:
    """Print REGEX."""
    match regex:
        case Text(value):
            return "".join(map(dialect.escape, value))
        case OneOf():
            return _one_of(regex, dialect)
        case AnyOne():
            return dialect.any_one
        case Start():
            return dialect.start
        case End():
            return dialect.end
        case Seq(parts):
            return "".join(
                _grouped(part, dialect) if isinstance(part, Alt) else write(part, dialect)
                for part in parts
            )
        case Alt(branches):
            return "|".join(write(branch, dialect) for branch in branches)
        case Repeat(part):
            single = isinstance(part, OneOf | AnyOne) or (
                isinstance(part, Text) and len(part.value) == 1
            )
            text = write(part, dialect) if single else _grouped(part, dialect)
            return text + _quantifier(regex)


def write_flagged(regex: Regex, dialect: Dialect, *, cased: bool) -> str:
    """Print REGEX after the inline flags that it needs: `(?i)`, and `(?s)` for any character.

    Under `(?i)` an engine may fold every script; ours is A-Z, so other letters keep their case.
    """
    flags = ("" if cased else "i") + ("s" if has_any_one(regex) else "")
    text = write(regex, dialect if cased else _ascii_folding(dialect))
    return f"(?{flags}){text}" if flags else text


def _ascii_folding(dialect: Dialect) -> Dialect:
    def escape(character: str) -> str:
        escaped = dialect.escape(character)
        return f"(?-i:{escaped})" if has_foreign_case(character) else escaped

    return replace(dialect, escape=escape)


def has_any_one(regex: Regex) -> bool:
    """Whether REGEX takes any character somewhere, newlines too."""
    match regex:
        case AnyOne():
            return True
        case Seq(parts) | Alt(parts):
            return any(map(has_any_one, parts))
        case Repeat(part):
            return has_any_one(part)
        case Text() | OneOf() | Start() | End():
            return False


def _grouped(regex: Regex, dialect: Dialect) -> str:
    return f"{dialect.group}{write(regex, dialect)})"


def _one_of(regex: OneOf, dialect: Dialect) -> str:
    escape = dialect.escape_in_class
    members = "".join(
        escape(low) if low == high else f"{escape(low)}-{escape(high)}"
        for low, high in regex.ranges
    )
    return f"[{'^' if regex.negated else ''}{members}]"


def _quantifier(repeat: Repeat) -> str:
    match (repeat.least, repeat.most):
        case (0, None):
            return "*"
        case (1, None):
            return "+"
        case (0, 1):
            return "?"
        case (least, None):
            return f"{{{least},}}"
        case (least, most) if least == most:
            return f"{{{least}}}"
        case (least, most):
            return f"{{{least},{most}}}"
