"""Regular expressions as a tree. No target's text is ever passed through: each dialect prints anew.

A regex is searched for in a value, by code point; `AnyOne` is any character, newlines included.
Anchors stand only first and last, or first and last in a branch of the group that does.
"""

from collections.abc import Callable, Iterable, Iterator

from tocsin.frozen import dataclass, field, replace
from tocsin.source import Span
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
    """PART at least LEAST and at most MOST times (None: any number), as a rule says at PLACE."""

    part: "Regex"
    least: int
    most: int | None
    place: Span | None = field(default=None, compare=False)


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

# First and last characters of ranges.
Ranges = tuple[tuple[str, str], ...]
DIGIT: Ranges = (("0", "9"),)
WORD: Ranges = (("0", "9"), ("A", "Z"), ("a", "z"), ("_", "_"))
SPACE: Ranges = ((" ", " "), ("\t", "\r"))
ALPHANUMERIC: Ranges = (("0", "9"), ("A", "Z"), ("a", "z"))
NOT_ALPHANUMERIC = OneOf(ALPHANUMERIC, negated=True)
_LAST = 0x10FFFF


def all_but(ranges: Iterable[tuple[str, str]]) -> Ranges:
    """Return the characters outside of RANGES, in order."""
    left: list[tuple[str, str]] = []
    free = 1  # no text has U+0000
    for low, high in sorted(ranges):
        if ord(low) > free:
            left.append((chr(free), chr(ord(low) - 1)))
        free = max(free, ord(high) + 1)
    if free <= _LAST:
        left.append((chr(free), chr(_LAST)))
    return tuple(left)


def both_cases(ranges: Ranges) -> Ranges:
    """Add to RANGES the other case of every ASCII letter in them."""
    added: list[tuple[str, str]] = []
    for low, high in ranges:
        for first, last, step in (("A", "Z", 32), ("a", "z", -32)):
            start, end = max(low, first), min(high, last)
            if start <= end:
                added.append((chr(ord(start) + step), chr(ord(end) + step)))
    missing = [pair for pair in added if not _covered(pair, ranges)]
    return tuple(dict.fromkeys((*ranges, *missing)))


def _covered(pair: tuple[str, str], ranges: Ranges) -> bool:
    return any(low <= pair[0] and pair[1] <= high for low, high in ranges)


def seq(*parts: Regex) -> Regex:
    """Join PARTS, nested sequences spliced."""
    flat: list[Regex] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Seq) else [part])
    return flat[0] if len(flat) == 1 else Seq(tuple(flat))


def parts_of(regex: Regex) -> tuple[Regex, ...]:
    """Return what REGEX has one after the other."""
    return regex.parts if isinstance(regex, Seq) else (regex,)


def longest_text(pattern: Regex) -> str:
    """Return the longest text that every match of PATTERN has in it; perhaps none."""
    texts = [part.value for part in parts_of(pattern) if isinstance(part, Text)]
    return max(texts, key=len, default="")


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
    text: Callable[[str], str] | None = None  # a text, if not character by character
    one_of: Callable[[OneOf], str] | None = None  # a class, if not member by member


def write(regex: Regex, dialect: Dialect) -> str:
    """Print REGEX."""
    match regex:
        case Text(value):
            return dialect.text(value) if dialect.text else "".join(map(dialect.escape, value))
        case OneOf():
            return dialect.one_of(regex) if dialect.one_of else _one_of(regex, dialect)
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


def write_folded(regex: Regex, dialect: Dialect, *, cased: bool, strict: bool) -> str:
    """Print REGEX for an engine with inline flags: `(?i)`, and `(?s)` for any character.

    Under `(?i)` Rust's engine, RE2 and PCRE fold every script; ours is A-Z. Other letters therefore
    keep out of it. Of the letters of A-Z only two fold too far: U+017F is an `s` to them, and the
    Kelvin sign a `k`; where that counts, STRICT spells these out as `[Ss]` and `[Kk]`.
    """
    flags = "s" if has_any_one(regex) else ""
    if cased:
        text = write(regex, dialect)
    elif _has(regex, lambda part: isinstance(part, OneOf) and _has_letters(part)):
        text = write(regex, _folding_by_itself(dialect, strict))
    else:
        flags = "i" + flags
        text = write(regex, replace(dialect, escape=_kept_apart(dialect, strict)))
    return f"(?{flags}){text}" if flags else text


FOLDS_TOO_FAR = frozenset("KSks")


def folds_too_far(regex: Regex) -> bool:
    """Whether REGEX has one of the letters that engines fold beyond A-Z."""
    return _has(
        regex, lambda part: isinstance(part, Text) and bool(FOLDS_TOO_FAR & set(part.value))
    )


def _kept_apart(dialect: Dialect, strict: bool) -> Callable[[str], str]:
    """Take out of `(?i)` what must not fold, or not so far."""

    def escape(character: str) -> str:
        if strict and character in FOLDS_TOO_FAR:
            return f"(?-i:{_both(character)})"
        escaped = dialect.escape(character)
        return f"(?-i:{escaped})" if has_foreign_case(character) else escaped

    return escape


def _folding_by_itself(dialect: Dialect, strict: bool) -> Dialect:
    """Fold texts one by one, and classes by both cases of their letters."""

    def text(value: str) -> str:
        return "".join(_folded(run, dialect) for run in _runs(value, strict))

    def one_of(regex: OneOf) -> str:
        return _one_of(OneOf(both_cases(regex.ranges), regex.negated), dialect)

    return replace(dialect, text=text, one_of=one_of)


def _runs(value: str, strict: bool) -> Iterator[str]:
    """Split VALUE into what folds as one, and single characters."""
    run = ""
    for character in value:
        if has_foreign_case(character) or (strict and character in FOLDS_TOO_FAR):
            yield from (run, character) if run else (character,)
            run = ""
        else:
            run += character
    if run:
        yield run


def _folded(run: str, dialect: Dialect) -> str:
    letters = [at for at, character in enumerate(run) if _is_letter(character)]
    if len(letters) < 2:
        return "".join(_both(c) if _is_letter(c) else dialect.escape(c) for c in run)
    first, last = letters[0], letters[-1] + 1
    before, inner, after = (
        "".join(map(dialect.escape, part)) for part in (run[:first], run[first:last], run[last:])
    )
    return f"{before}(?i:{inner}){after}"


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _both(letter: str) -> str:
    return f"[{letter.upper()}{letter.lower()}]"


def _has_letters(regex: OneOf) -> bool:
    """Whether folding would change a class; one of other scripts is not left to it either."""
    letters = (("A", "Z"), ("a", "z"), ("\x80", chr(_LAST)))
    return any(low <= last and first <= high for low, high in regex.ranges
               for first, last in letters)  # fmt: skip


def _has(regex: Regex, wanted: Callable[[Regex], bool]) -> bool:
    """Whether some part of REGEX is as WANTED."""
    match regex:
        case Seq(parts) | Alt(parts):
            return any(_has(part, wanted) for part in parts)
        case Repeat(part):
            return _has(part, wanted)
        case _:
            return wanted(regex)


def has_any_one(regex: Regex) -> bool:
    """Whether REGEX takes any character somewhere, newlines too."""
    return _has(regex, lambda part: isinstance(part, AnyOne))


def has_empty_class(regex: Regex) -> bool:
    """Whether REGEX has a class that takes nothing, letter case left aside."""
    return _has(
        regex,
        lambda part: (
            isinstance(part, OneOf) and part.negated and not all_but(both_cases(part.ranges))
        ),
    )


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
