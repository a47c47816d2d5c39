"""Findings that no file has by itself: names and ids that come twice, names that nobody uses.

A file tells what it claims (`Claims`); what clashes is found over the claims of all of them, so
that it does not matter which files were read just now and which long ago.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from tocsin.diagnostics import Code, Diagnostic, Note
from tocsin.frozen import dataclass
from tocsin.source import Span


@dataclass(frozen=True, slots=True)
class Named:
    """A name, and where it is given."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Identified:
    """A rule that could be read, and its id."""

    name: str
    id: str
    span: Span


@dataclass(frozen=True, slots=True)
class Claims:
    """What files claim for themselves, and what they use of each other.

    RULES are the rules as written, IDS those of the rules that could be read, LETS what a given
    file names for others, USED the places of the `let`s that something needs. WHOLE is false if a
    file could not be read to its end: nothing is then known to be unused.
    """

    rules: tuple[Named, ...]
    ids: tuple[Identified, ...]
    lets: tuple[Named, ...]
    used: frozenset[Span]
    whole: bool


def clashes(claims: Sequence[Claims]) -> Iterator[Diagnostic]:
    """Find what the files of a project say of each other, in the order of CLAIMS."""
    yield from _same_name(named for each in claims for named in each.rules)
    yield from _same_id(rule for each in claims for rule in each.ids)
    if all(each.whole for each in claims):
        used = frozenset[Span]().union(*(each.used for each in claims))
        yield from _unused((let for each in claims for let in each.lets), used)


def _same_name(rules: Iterable[Named]) -> Iterator[Diagnostic]:
    names: dict[str, Named] = {}
    for rule in rules:
        first = names.setdefault(rule.name, rule)
        if first is not rule:
            message = f"two rules are named `{rule.name}`"
            note = Note("the first one", first.span)
            yield Diagnostic(
                Code.DUPLICATE_RULE, message, rule.span, "the same name", notes=(note,)
            )


def _same_id(rules: Iterable[Identified]) -> Iterator[Diagnostic]:
    ids: dict[str, Identified] = {}
    for rule in rules:
        first = ids.setdefault(rule.id, rule)
        if first is not rule:
            message = f"`{rule.name}` has the id of `{first.name}`"
            note = Note("the first one", first.span)
            hint = "`tocsin new` makes a fresh one"
            yield Diagnostic(Code.DUPLICATE_ID, message, rule.span, rule.id, hint, notes=(note,))


def _unused(lets: Iterable[Named], used: frozenset[Span]) -> Iterator[Diagnostic]:
    for let in lets:
        if let.span not in used:
            message = f"`{let.name}` is never used"
            yield Diagnostic(Code.UNUSED, message, let.span, "no rule needs it")


def sound(rules: Sequence[Span], found: Iterable[Diagnostic]) -> Iterator[bool]:
    """Say of the rule at each place if nothing is wrong with it."""
    starts: dict[str, list[int]] = {}
    for span in rules:
        starts.setdefault(span.file, []).append(span.start)
    broken: set[tuple[str, int]] = set()
    for each in found:
        if each.code.is_error:
            of_file = sorted(starts.get(each.span.file, ()))
            place = bisect_right(of_file, each.span.start)
            # What stands before the first rule may be read by all of them.
            hit = of_file[place - 1 : place] if place else of_file
            broken |= {(each.span.file, start) for start in hit}
    yield from ((span.file, span.start) not in broken for span in rules)
