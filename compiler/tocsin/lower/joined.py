"""Options in a text that the target makes of a command line: each argument ended by U+001F.

No quotes are left there, and nothing but options and their values stands in it: an argument that
does not begin with a hyphen is the value of the option before it.
"""

from collections.abc import Iterable, Iterator

from tocsin import model
from tocsin.frame import either
from tocsin.frozen import replace
from tocsin.lower.options import Begun, Mixed, Named, Paired, Valued, Written, asked
from tocsin.lower.placed import confined, other_than
from tocsin.lower.remainder import after
from tocsin.lower.words import any_name, hyphened
from tocsin.model import Expr, Field, TextTest
from tocsin.programs import Program
from tocsin.regex import (
    ANY_RUN,
    Alt,
    AnyOne,
    OneOf,
    Regex,
    Repeat,
    Seq,
    Start,
    Text,
    all_but,
    both_cases,
    parts_of,
    seq,
)

SEPARATOR = "\x1f"
_END = Text(SEPARATOR)
_BEGIN = Alt((Start(), _END))
_NAME_END = OneOf((("=", "="), (SEPARATOR, SEPARATOR)))
_RUN = Repeat(other_than(SEPARATOR), 0, None)


def in_options(test: TextTest, field: Field, program: Program) -> tuple[Expr, bool]:
    """Ask for the options of PROGRAM in FIELD, and say whether what is found is exact."""
    wanted = asked(test, program)
    other = wanted.other if test.cased else tuple(map(_in_either_case, wanted.other))
    own = [each for way in wanted.own for each in _written(way, program)]
    others = [each for way in other for each in _written(way, program)]
    exact = wanted.exact and all(map(_keeps_hyphens_out, (*wanted.own, *wanted.other)))
    # Another name is read in its own case: `-c` and `-C` are two options.
    groups = [([*own, *others], True)] if test.cased else [(own, False), (others, True)]
    tests = [
        model.Matches(field, (seq(_BEGIN, either(found)),), cased, test.span)
        for found, cased in groups
        if found
    ]
    expr = model.any_of(tuple(tests), test.span) if tests else model.Always(False, test.span)
    return expr, exact


def _written(way: Written, program: Program) -> Iterator[Regex]:
    match way:
        case Named(names):
            long = tuple(name for name in names if name.startswith("--"))
            short = tuple(name for name in names if name not in long)
            yield from (seq(_names(long, program), _NAME_END) for _ in long[:1])
            yield from (seq(_names(short, program), _END) for _ in short[:1])
        case Begun(names):
            yield _names(names, program)
        case Valued(names, value):
            head = seq(_names(names, program), Text("="))
            yield from (seq(head, each) for each in _ended(value, _END))
        case Paired(names, value):
            head = seq(_names(names, program), _END) if names else seq()
            values = (each for one in without_hyphen(value) for each in _ended(one, _END))
            yield from (seq(head, each) for each in values)
        case Mixed(name, rest):
            rest = hyphened(rest) if program.underscores else rest
            yield from (seq(_names((name,), program), each) for each in _ended(rest, _NAME_END))


def _names(names: tuple[str, ...], program: Program) -> Regex:
    return any_name(names, underscores=program.underscores)


def _ended(regex: Regex, end: Regex) -> Iterator[Regex]:
    """Keep REGEX within one argument, which has its END behind it unless anything may follow."""
    kept = confined(regex, SEPARATOR)
    for branch in () if kept is None else _branches(kept):
        parts = parts_of(branch)
        yield seq(*parts[:-1]) if parts[-1:] == (_RUN,) else seq(*parts, end)


def _branches(regex: Regex) -> tuple[Regex, ...]:
    return regex.branches if isinstance(regex, Alt) else (regex,)


# --- a value in an argument of its own does not begin with a hyphen

_HYPHEN = (("-", "-"),)


def without_hyphen(regex: Regex) -> Iterator[Regex]:
    """Say REGEX of texts that begin with no hyphen, as far as that can be said."""
    for branch in _branches(regex):
        parts = parts_of(branch)
        match parts[:1]:
            case (Text(value),) if value.startswith("-"):
                pass
            case (AnyOne(),):
                yield seq(OneOf(_HYPHEN, negated=True), *parts[1:])
            case (OneOf(ranges, True),):
                yield seq(OneOf((*ranges, *_HYPHEN), negated=True), *parts[1:])
            case (OneOf(ranges),):
                kept = all_but((*all_but(ranges), *_HYPHEN))
                yield from (seq(OneOf(kept), *parts[1:]) for _ in kept[:1])
            case (first,) if first == ANY_RUN:
                yield from without_hyphen(seq(*parts[1:]))
                yield seq(OneOf(_HYPHEN, negated=True), *parts)
            case _:
                yield branch


def _keeps_hyphens_out(way: Written) -> bool:
    """Whether what is said of a value of its own lets no hyphen begin it."""
    return not isinstance(way, Paired) or all(
        after(each, "-", cased=True) is None for each in without_hyphen(way.value)
    )


# --- letter case


def _in_either_case(way: Written) -> Written:
    if isinstance(way, Valued | Paired):
        return replace(way, value=_folded(way.value))
    return way


def _folded(regex: Regex) -> Regex:
    """Let REGEX, which is looked for with its case, take the other case of each letter too."""
    match regex:
        case Text(value):
            return seq(*_letters(value))
        case OneOf(ranges, negated):
            return OneOf(both_cases(ranges), negated)
        case Seq(parts):
            return seq(*map(_folded, parts))
        case Alt(branches):
            return Alt(tuple(map(_folded, branches)))
        case Repeat(part, least, most):
            return Repeat(_folded(part), least, most)
        case _:
            return regex


def _letters(text: str) -> Iterable[Regex]:
    for character in text:
        other = both_cases(((character, character),))
        yield OneOf(tuple(sorted(other))) if len(other) > 1 else Text(character)
