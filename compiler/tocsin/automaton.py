"""How hard a pattern is for Lucene, which turns every one into a deterministic automaton.

Elasticsearch lets it spend 10,000 units of work (`max_determinized_states`), each of them ten
states that a set of states holds (Lucene 9, `Operations.determinize`), and fails the query beyond.
What runs it up is a run of any text before a part that takes many texts of one length, `a.{20}b`:
the automaton must remember where an `a` was in the last twenty characters.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tocsin.regex import Alt, AnyOne, End, OneOf, Ranges, Regex, Repeat, Seq, Start, Text, all_but

_ANY: Ranges = all_but(())

# Lucene makes its sets of other states than these, and some more of them: half is kept in reserve.
MOST_WORK = 50_000


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a pattern: what it can begin and end with, and whether it can be empty."""

    first: frozenset[int]
    last: frozenset[int]
    empty: bool


_NOTHING = Part(frozenset(), frozenset(), True)


@lru_cache(maxsize=4096)
def too_hard(regex: Regex) -> bool:
    """Whether REGEX, which is for the whole value, takes too much work to make deterministic."""
    try:
        return Automaton(regex).work() >= MOST_WORK
    except TooLarge:
        return True


class TooLarge(Exception):
    """Already the pattern itself has more places and ways than work is allowed."""


class Automaton:
    """A pattern as places: one for each character that it takes (Glushkov's construction)."""

    def __init__(self, regex: Regex) -> None:
        self.takes: list[Ranges] = []
        self.follow: list[set[int]] = []
        self.ways = 0
        self.whole = self._part(regex)

    def work(self) -> int:
        """Count the states in all sets of states, up to the most that is allowed.

        A set is a number with a bit for each place; characters that the same places take are one.
        """
        follow = [sum(1 << at for at in after) for after in self.follow]
        letters = self._letters()
        after_of: dict[int, int] = {}
        start = sum(1 << at for at in self.whole.first)
        seen, pending, spent = {start}, [start], 0
        while pending and spent < MOST_WORK:
            places = pending.pop()
            spent += places.bit_count() + 1
            for taken in {places & letter for letter in letters} - {0}:
                after = after_of.get(taken)
                if after is None:
                    after = after_of[taken] = _union(follow, taken)
                if after not in seen:
                    seen.add(after)
                    pending.append(after)
        return spent

    def _letters(self) -> set[int]:
        """Find the places that take a character, for each that some place tells from another."""
        cuts = {ord(c) for takes in self.takes for low, high in takes
                for c in (low, chr(min(ord(high) + 1, 0x10FFFF)))}  # fmt: skip
        return {
            sum(1 << at for at, takes in enumerate(self.takes) if _has(takes, cut)) for cut in cuts
        }

    # --- the places

    def _part(self, regex: Regex) -> Part:
        match regex:
            case Text(value):
                return self._sequence(_one(((c, c),)) for c in value)
            case OneOf(ranges, negated):
                return self._place(all_but(ranges) if negated else ranges)
            case AnyOne():
                return self._place(_ANY)
            case Start() | End():
                return _NOTHING
            case Seq(parts):
                return self._sequence(parts)
            case Alt(branches):
                read = [self._part(branch) for branch in branches]
                return Part(
                    frozenset().union(*(each.first for each in read)),
                    frozenset().union(*(each.last for each in read)),
                    any(each.empty for each in read),
                )
            case Repeat(part, least, most):
                return self._repeat(part, least, most)

    def _place(self, takes: Ranges) -> Part:
        at = len(self.takes)
        self.takes.append(takes)
        self.follow.append(set())
        return Part(frozenset({at}), frozenset({at}), False)

    def _sequence(self, parts: Iterable[Regex]) -> Part:
        whole = _NOTHING
        for part in parts:
            whole = self._then(whole, self._part(part))
        return whole

    def _then(self, left: Part, right: Part) -> Part:
        self._join(left.last, right.first)
        return Part(
            left.first | right.first if left.empty else left.first,
            left.last | right.last if right.empty else right.last,
            left.empty and right.empty,
        )

    def _join(self, ends: frozenset[int], starts: frozenset[int]) -> None:
        self.ways += len(ends) * len(starts) + len(ends)
        if self.ways + len(self.takes) > MOST_WORK:
            raise TooLarge
        for at in ends:
            self.follow[at] |= starts

    def _repeat(self, part: Regex, least: int, most: int | None) -> Part:
        whole = _NOTHING
        for _ in range(least):
            whole = self._then(whole, self._part(part))
        if most is None:
            again = self._part(part)
            self._join(again.last, again.first)
            return self._then(whole, Part(again.first, again.last, True))
        for _ in range(most - least):
            more = self._part(part)
            whole = self._then(whole, Part(more.first, more.last, True))
        return whole


def _union(follow: Sequence[int], places: int) -> int:
    """Join what follows each of PLACES."""
    joined = 0
    while places:
        lowest = places & -places
        joined |= follow[lowest.bit_length() - 1]
        places ^= lowest
    return joined


def _one(takes: Ranges) -> OneOf:
    return OneOf(takes)


def _has(takes: Ranges, code_point: int) -> bool:
    return any(ord(low) <= code_point <= ord(high) for low, high in takes)
