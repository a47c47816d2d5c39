"""What a test on the options of a program looks for, whatever the text is that they stand in.

An option is one argument, `--name`, `--name=value` or `-n`, or two, `--name value`; and it may have
other names. A test is put to each of these ways: what is left of it behind `--name=` is asked of
the value.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from itertools import islice

from tocsin.evaluate import satisfies
from tocsin.frame import whole
from tocsin.frozen import dataclass, replace
from tocsin.lower.patterns import regexes_of
from tocsin.lower.remainder import after
from tocsin.model import TextTest
from tocsin.programs import Program
from tocsin.regex import ANY_RUN, Alt, Regex, Repeat, Text, parts_of, seq

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """One of NAMES, and whatever value."""

    names: Names


@dataclass(frozen=True, slots=True)
class Begun:
    """What begins with one of NAMES."""

    names: Names


@dataclass(frozen=True, slots=True)
class Valued:
    """One of NAMES, `=` and VALUE."""

    names: Names
    value: Regex


@dataclass(frozen=True, slots=True)
class Paired:
    """One of NAMES, or any with a value if there are none, and VALUE in the next argument."""

    names: Names
    value: Regex


@dataclass(frozen=True, slots=True)
class Mixed:
    """NAME, and then REST, of which nobody can say whether it is of the name or of the value."""

    name: str
    rest: Regex


Written = Named | Begun | Valued | Paired | Mixed


@dataclass(frozen=True, slots=True)
class Asked:
    """The ways in which an option that meets a test may be written.

    OTHER are those by another name, which has its case whether or not the test has. It is EXACT if
    no other option is written so.
    """

    own: tuple[Written, ...]
    other: tuple[Written, ...]
    exact: bool

    @property
    def all(self) -> tuple[Written, ...]:
        """Return every way, by whatever name."""
        return _joined((*self.own, *self.other))


def asked(test: TextTest, program: Program) -> Asked:
    """Say how an option of PROGRAM that meets TEST may be written."""
    met = tuple(alias for alias, name in program.aliases.items() if satisfies(test, name))
    own: list[Written] = []
    other: list[Written] = [Named(met)] if met else []
    exact = all(alias in met for alias in program.aliases if satisfies(test, alias))
    for regex in map(whole, regexes_of(test)):
        left = _left_to_values(regex, test, program)
        common = _common(left, program)
        own += [*_in_one(regex, program), *_own_pairs(left, common, program)]
        other += _other_pairs(left, common, program)
        exact = exact and common in (None, regex)
        exact = exact and _reads_no_other_name(regex, left, test, program)
    exact = exact and not any(isinstance(each, Mixed) for each in own)
    return Asked(_joined(own), _joined(other), exact)


def each_name(way: Written) -> Iterator[Written]:
    """Say WAY of each of its names."""
    if isinstance(way, Mixed) or not way.names:
        yield way
    else:
        yield from (replace(way, names=(name,)) for name in way.names)


def _joined(ways: Iterable[Written]) -> tuple[Written, ...]:
    """Put together what differs in its names only."""
    found: dict[object, Written] = {}
    for way in dict.fromkeys(ways):
        value = way.value if isinstance(way, Valued | Paired) else None
        key = way if isinstance(way, Mixed) else (type(way), value)
        match found.get(key), way:
            case Named(names), Named(more):
                found[key] = Named((*names, *more))
            case Begun(names), Begun(more):
                found[key] = Begun((*names, *more))
            case Valued(names, wanted), Valued(more):
                found[key] = Valued((*names, *more), wanted)
            case Paired(names, wanted), Paired(more):
                found[key] = Paired((*names, *more) if names and more else (), wanted)
            case _:
                found[key] = way
    return tuple(found.values())


# --- the value in an argument of its own

_Values = Mapping[str, Regex]


def _left_to_values(regex: Regex, test: TextTest, program: Program) -> _Values:
    """Say what each option leaves to its value, but for those whose name alone meets the test."""
    names = sorted(program.values | {*program.aliases.values()})
    left = {name: after(regex, f"{name}=", cased=test.cased)
            for name in names if not satisfies(test, name)}  # fmt: skip
    return {name: value for name, value in left.items() if value is not None}


def _common(left: _Values, program: Program) -> Regex | None:
    """Find what most options with a value leave to it: it is then looked for in every value."""
    by_value = _by_value(left, program.values)
    value, names = max(by_value.items(), key=lambda each: len(each[1]), default=(None, []))
    return value if len(names) > len(program.values) / 2 else None


def _own_pairs(left: _Values, common: Regex | None, program: Program) -> Iterator[Paired]:
    for value, names in _by_value(left, program.values).items():
        yield Paired(() if value == common else tuple(names), value)


def _other_pairs(left: _Values, common: Regex | None, program: Program) -> Iterator[Written]:
    meant = {alias: left[name] for alias, name in program.aliases.items() if name in left}
    told = {alias: value for alias, value in meant.items() if value != common}
    valued = {alias for alias in told if program.aliases[alias] in program.values}
    for value, names in _by_value(told, valued).items():
        yield Paired(tuple(names), value)
    long = {alias for alias in told if alias.startswith("--")}
    for value, names in _by_value(told, long).items():
        yield Valued(tuple(names), value)


def _by_value(left: _Values, names: Set[str]) -> dict[Regex, list[str]]:
    found: dict[Regex, list[str]] = {}
    for name, value in left.items():
        if name in names:
            found.setdefault(value, []).append(name)
    return found


def _reads_no_other_name(regex: Regex, left: _Values, test: TextTest, program: Program) -> bool:
    """Whether no other name of an option, taken for one of its own, meets TEST by its value."""
    for alias, name in program.aliases.items():
        if alias.startswith("--") and not satisfies(test, name):
            value = after(regex, f"{alias}=", cased=test.cased)
            if value is not None and value != left.get(name):
                return False
    return True


# --- the option in one argument

_MOST = 32  # ways to write it out: more are looked for as one, which takes in more


def _in_one(regex: Regex, program: Program) -> Iterator[Written]:
    """Say how REGEX, which is for the whole option, reads in one argument."""
    behind = after(regex, "-", cased=True)
    if behind is None:
        return
    ways = list(islice(_dashed(parts_of(behind), program), _MOST + 1))
    yield from ways if len(ways) <= _MOST else [Mixed("-", behind)]


def _dashed(parts: tuple[Regex, ...], program: Program) -> Iterator[Written]:
    """Say what PARTS want behind the first hyphen."""
    match parts:
        case (Text(value), *rest) if value.startswith("-"):
            yield from _long((*_text(value[1:]), *rest), "--", program)
        case (Text(), *_):
            yield _short(parts)
        case (Alt(branches), *rest):
            for branch in branches:
                yield from _dashed((*parts_of(branch), *rest), program)
        case _:
            yield Mixed("-", seq(*parts))


def _short(parts: tuple[Regex, ...]) -> Written:
    """`-n` has no value in the same argument, and its name no other spelling."""
    match parts:
        case (Text(value),):
            return Named((f"-{value}",))
        case (Text(value), last) if last == ANY_RUN:
            return Begun((f"-{value}",))
        case _:
            return Mixed("-", seq(*parts))


def _long(parts: tuple[Regex, ...], name: str, program: Program) -> Iterator[Written]:
    """Say what PARTS want behind NAME, in which no `=` was so far."""
    if not parts:
        if name != "--":
            yield Named((name,))
        return
    first, rest = parts[0], parts[1:]
    match first:
        case Text(value):
            before, equals, behind = value.partition("=")
            if program.underscores and "_" in before:
                return  # it is read as another character
            if equals:
                yield Valued((name + before,), seq(*_text(behind), *rest))
            else:
                yield from _long(rest, name + value, program)
        case Alt(branches):
            for branch in branches:
                yield from _long((*parts_of(branch), *rest), name, program)
        case Repeat(part, 0, 1):
            yield from _long(rest, name, program)
            yield from _long((*parts_of(part), *rest), name, program)
        case _ if first == ANY_RUN and not rest:
            yield Begun((name,))
        case _:
            yield Mixed(name, seq(*parts))


def _text(value: str) -> tuple[Regex, ...]:
    return (Text(value),) if value else ()
