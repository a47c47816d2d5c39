"""Options and the script of a program as they are written on its command line.

What is made here finds every one that the program would read, and it may find more: an option
without a value may be taken for one with a value, and the next argument for that
(docs/decisions/0012-argument-position.md).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from tocsin.evaluate import satisfies
from tocsin.frame import NOTHING, either, whole
from tocsin.frozen import dataclass, replace
from tocsin.lower.arguments import LAST, in_argument, open_in_argument
from tocsin.lower.joined import without_hyphen
from tocsin.lower.lines import (
    AFTER_ODD,
    BETWEEN,
    GAP,
    GAP_OR_END,
    HYPHEN,
    NAME_END,
    OPTION,
    PROGRAM,
    QUOTE,
    QUOTES,
    RUN,
    VALUE,
    VALUE_RUN,
    any_of,
    maybe,
    none_of,
    run_after,
)
from tocsin.lower.options import (
    Begun,
    Mixed,
    Named,
    Names,
    Paired,
    Valued,
    Written,
    asked,
    each_name,
)
from tocsin.lower.patterns import regexes_of
from tocsin.lower.remainder import after
from tocsin.lower.words import any_name, hyphened
from tocsin.model import TextTest
from tocsin.programs import Program
from tocsin.regex import ANY_RUN, Alt, Regex, Repeat, Start, Text, parts_of, seq

_EMPTY = Text('""')
_STDIN = seq(QUOTES, HYPHEN, QUOTES, GAP_OR_END)
_DASHES = seq(QUOTES, HYPHEN, QUOTES, HYPHEN, QUOTES, GAP)
# A name with a quote within it: who writes so means to hide it, and it may be any.
_HIDDEN = seq(QUOTES, HYPHEN, any_of(none_of('\t "=')), QUOTE, none_of("\t "))


@dataclass(frozen=True, slots=True)
class Place:
    """Where an option or a script stands, and what else is looked for anywhere: one of BESIDES."""

    place: Regex
    besides: tuple[Regex, ...] = ()


class Writing:
    """How PROGRAM's command line is written.

    LETTERS of the name of a long option tell that it takes the next argument; without any, every
    option does. APART says that values are looked for anywhere in the line, EACH that every name
    has a regex of its own.
    """

    def __init__(
        self, program: Program, letters: int, *, apart: bool = False, each: bool = False
    ) -> None:
        self.program = program
        self.letters = letters
        self.apart = apart
        self.each = each
        taken = seq(maybe(QUOTE), self._taker(), maybe(QUOTE), GAP, VALUE)
        some = any_of(seq(Alt((OPTION, taken)), GAP))
        self.before = seq(Start(), PROGRAM, some, AFTER_ODD)

    # --- options

    def option(self, test: TextTest) -> list[Place] | None:
        """Look for an option that meets TEST; None if no regex can."""
        ways = asked(test, self.program).all
        if self.each:
            ways = tuple(one for way in ways for one in each_name(way))
        if self.apart:
            return self._apart(ways)
        found: list[Regex] | None = _all(map(self._written, ways))
        return (
            None
            if found is None
            else [self._behind(either((*some, _HIDDEN))) for some in self._together(found)]
        )

    def _apart(self, ways: Iterable[Written]) -> list[Place] | None:
        """Look for the names of options, and besides for what their values must have."""
        found: dict[Regex, list[Regex]] = {}
        for way in ways:
            named, besides = self._named(way)
            if named is None or besides is None:
                return None
            found.setdefault(besides, []).append(named)
        places: dict[Regex, list[Regex]] = {}
        for besides, names in found.items():
            for some in self._together(names):
                places.setdefault(either((*some, _HIDDEN)), []).append(besides)
        return [
            replace(self._behind(name), besides=() if NOTHING in besides else tuple(besides))
            for name, besides in places.items()
        ]

    def any_option(self) -> Place:
        """Look for any option."""
        return Place(seq(Start(), PROGRAM, QUOTES, HYPHEN, QUOTES, none_of('\t "')))

    def _written(self, way: Written) -> Regex | None:
        match way:
            case Named(names):
                long = tuple(name for name in names if name.startswith("--"))
                short = tuple(name for name in names if name not in long)
                ends = ((long, NAME_END), (short, LAST))
                return either(seq(QUOTES, self._names(some), end) for some, end in ends if some)
            case Begun(names):
                return seq(QUOTES, self._names(names))
            case Valued(names, value):
                head = seq(self._names(names), Text("="))
                return _beginning(value, LAST, run_after(head), seq(QUOTES, head, QUOTES))
            case Mixed(name, rest):
                head = self._names((name,))
                begin = seq(QUOTES, head, QUOTES)
                return _beginning(self._hyphened(rest), NAME_END, run_after(head), begin)
            case Paired(names, value):
                wanted = _beginning(value, LAST, RUN, QUOTES)
                return None if wanted is None else seq(self._next_to(names), wanted)

    def _named(self, way: Written) -> tuple[Regex | None, Regex | None]:
        match way:
            case Named() | Begun():
                return self._written(way), NOTHING
            case Valued(names, value):
                named = seq(QUOTES, self._names(names), NAME_END)
                return named, _beginning(value, LAST, NOTHING, BETWEEN)
            case Paired(names, value):
                return self._next_to(names), _beginning(value, LAST, NOTHING, BETWEEN)
            case Mixed(name, rest):
                besides = _beginning(self._hyphened(rest), NAME_END, NOTHING, NOTHING)
                return seq(QUOTES, self._names((name,))), besides

    def _next_to(self, names: Names) -> Regex:
        """Find an option and the blanks behind it: one of NAMES, or any that takes a value."""
        return seq(QUOTES, self._names(names) if names else self._taker(), QUOTES, GAP)

    # --- the script

    def script(self, test: TextTest) -> list[Place] | None:
        """Look for a script that meets TEST; None if no regex can."""
        ways = [whole(regex) for regex in regexes_of(test)]
        stdin = [_STDIN] if satisfies(test, "-") else []
        if self.apart:
            wanted = (_beginning(way, LAST, NOTHING, BETWEEN) for way in ways)
            besides: list[Regex] | None = _all(wanted)
            if besides is None:
                return None
            places = [replace(self.any_script(), besides=tuple(besides))] if besides else []
            return [*map(self._behind, stdin), *places]
        found: list[Regex] | None = _all(each for way in ways for each in _scripts(way))
        if found is None:
            return None
        return [self._behind(either(some)) for some in self._together([*stdin, *found])]

    def any_script(self) -> Place:
        """Look for any script."""
        begun = Alt((none_of('-\t "'), seq(QUOTE, none_of('-"')), seq(_EMPTY, none_of("\t "))))
        return self._behind(Alt((begun, _STDIN, seq(_DASHES, QUOTES, none_of('\t "')))))

    def _together(self, found: Sequence[Regex]) -> list[Sequence[Regex]]:
        return [(one,) for one in found] if self.each else [found]

    def _behind(self, regex: Regex) -> Place:
        return Place(seq(self.before, regex))

    # --- names

    def _taker(self) -> Regex:
        """Take the name of an option whose value may be the next argument."""
        aliases = self.program.aliases
        others = (alias for alias, name in aliases.items() if name in self.program.values)
        names = {self._begun(name) for name in (*self.program.values, *others)}
        return seq(self._names(tuple(sorted(names))), any_of(none_of('\t "=')))

    def _begun(self, name: str) -> str:
        if not self.letters:
            return "-"
        return name[: 2 + self.letters] if name.startswith("--") else name

    def _names(self, names: Names) -> Regex:
        regex = any_name(names, underscores=self.program.underscores)
        plain = not any(set(name) & set('\t "\\') for name in names)
        return regex if plain else in_argument(regex) or regex

    def _hyphened(self, regex: Regex) -> Regex:
        return hyphened(regex) if self.program.underscores else regex


def _scripts(regex: Regex) -> Iterator[Regex | None]:
    """Say REGEX of an argument that is no option, or that stands behind `--`."""
    if after(regex, "-", cased=True) is not None:
        behind = _beginning(regex, LAST, RUN, QUOTES)
        yield None if behind is None else seq(_DASHES, behind)
    anywhere = parts_of(regex)[:1] == (ANY_RUN,)
    some = regex if anywhere else either(without_hyphen(regex))
    yield _beginning(some, LAST, maybe(VALUE_RUN), QUOTES)


def _beginning(regex: Regex, end: Regex, run: Regex, begin: Regex) -> Regex | None:
    """Look for each branch of REGEX: behind a RUN if it may stand anywhere, else behind BEGIN."""
    ways: list[Regex] = []
    for parts in _branches(parts_of(regex)):
        anywhere = parts[:1] == (ANY_RUN,)
        wanted = open_in_argument(seq(*parts[anywhere:]), end)
        if wanted is None:
            return None
        ways.append(seq(run, maybe(QUOTE), wanted) if anywhere else seq(begin, wanted))
    return either(ways)


def _branches(parts: tuple[Regex, ...]) -> Iterator[tuple[Regex, ...]]:
    """Write out the choices at the edges of PARTS, where a run of any text may stand."""
    match parts:
        case (Alt(branches), *rest):
            for branch in branches:
                yield from _branches((*parts_of(branch), *rest))
        case (Repeat(part, 0, 1), *rest):
            yield from _branches(tuple(rest))
            yield from _branches((*parts_of(part), *rest))
        case (*rest, Repeat(part, 0, 1)):
            yield from _branches(tuple(rest))
            yield from _branches((*rest, *parts_of(part)))
        case _:
            yield parts


_T = TypeVar("_T")


def _all(found: Iterable[_T | None]) -> list[_T] | None:
    """Return what was FOUND if there is no gap in it."""
    every = list(found)
    kept = [each for each in every if each is not None]
    return kept if len(kept) == len(every) else None
