"""Matches a whole text against Lucene's regular expressions, complement and intersection too.

By derivatives (Brzozowski 1964): what is left of the expression once a character has been read is
an expression again. They are numbered, equal ones alike, so that they are the states of an
automaton, built as far as texts need it: reading a character is looking it up.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from tocsin_engines.engine import Rejected
from tocsin_engines.eql.lucene import parse
from tocsin_engines.eql.lucene_tree import (
    LAST,
    Both,
    Chars,
    Digits,
    Either,
    Join,
    Node,
    Other,
    Repeat,
)

_STATES = 50_000
_KEPT = 1024
_EFFORT = "regular expression: determinizing it would require too much effort"


@lru_cache(maxsize=512)
def language(pattern: str, folded: bool) -> "Language":
    """Read a regular expression."""
    try:
        return Language(parse(pattern, folded))
    except _TooManyStates as error:
        raise Rejected(_EFFORT) from error


class _TooManyStates(Exception):
    """The automaton has grown beyond what we keep."""


@dataclass(frozen=True, slots=True)
class _Then:
    head: int
    tail: int


@dataclass(frozen=True, slots=True)
class _Or:
    parts: frozenset[int]


@dataclass(frozen=True, slots=True)
class _And:
    parts: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Not:
    inner: int


@dataclass(frozen=True, slots=True)
class _Times:
    inner: int
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class _Empty:
    """The empty text."""


_State = _Empty | Chars | Digits | _Then | _Or | _And | _Not | _Times


class _Row(dict[str, "_Row"]):
    """A state's way on by each character, found out when a text first needs it."""

    __slots__ = ("_language", "state")

    def __init__(self, language: "Language", state: int) -> None:
        super().__init__()
        self._language = language
        self.state = state

    def __missing__(self, char: str) -> "_Row":
        row = self._language.after(self.state, char)
        if len(self) < _KEPT:
            self[char] = row
        return row


class Language:
    """The texts that an expression matches."""

    def __init__(self, tree: Node) -> None:
        self._tree = tree
        self._begin()

    def matches(self, text: str) -> bool:
        """Tell whether the whole of TEXT is in the language."""
        try:
            return self._run(text)
        except _TooManyStates:
            # Other texts have made most of them: this one alone may do with fewer.
            self._begin()
        try:
            return self._run(text)
        except _TooManyStates as error:
            self._begin()
            raise Rejected(_EFFORT) from error

    def after(self, state: int, char: str) -> "_Row":
        """Return the row of the state that STATE leads to."""
        code = self._bounds[bisect_right(self._bounds, ord(char)) - 1]
        return self._row(self._derive(state, code))

    def _begin(self) -> None:
        self._states: list[_State] = []
        self._numbers: dict[_State, int] = {}
        self._accepts: list[bool] = []
        self._nothing = self._number(Chars(()), False)
        self._empty = self._number(_Empty(), True)
        self._all = self._number(_Times(self._number(Chars(((0, LAST),)), False), 0, None), True)
        start = self._build(self._tree)
        # Code points from one of these to the next are alike to the expression.
        self._bounds = self._boundaries()
        self._derived: dict[tuple[int, int], int] = {}
        self._rows: dict[int, _Row] = {}
        self._first = self._row(start)

    def _run(self, text: str) -> bool:
        row = self._first
        for char in text:
            row = row[char]
        return self._accepts[row.state]

    def _row(self, state: int) -> "_Row":
        return self._rows.setdefault(state, _Row(self, state))

    def _derive(self, number: int, code: int) -> int:
        known = self._derived.get((number, code))
        if known is None:
            known = self._derived[number, code] = self._derivative(number, code)
        return known

    def _derivative(self, number: int, code: int) -> int:
        state = self._states[number]
        match state:
            case _Empty():
                return self._nothing
            case Chars(ranges):
                held = any(low <= code <= high for low, high in ranges)
                return self._empty if held else self._nothing
            case Digits(low, high):
                return self._digit(low, high, code)
            case _Then():
                return self._after(state, code)
            case _Or(parts):
                return self._or(self._derive(part, code) for part in sorted(parts))
            case _And(parts):
                return self._and([self._derive(part, code) for part in sorted(parts)])
            case _Not(inner):
                return self._not(self._derive(inner, code))
            case _Times(inner, least, most):
                fewer = None if most is None else most - 1
                rest = self._times(inner, max(least - 1, 0), fewer)
                return self._then(self._derive(inner, code), rest)

    def _after(self, state: _Then, code: int) -> int:
        # A loop: a long expression of optional parts would recurse as deep as it is long.
        parts: list[int] = []
        while True:
            parts.append(self._then(self._derive(state.head, code), state.tail))
            if not self._accepts[state.head]:
                break
            tail = self._states[state.tail]
            if not isinstance(tail, _Then):
                parts.append(self._derive(state.tail, code))
                break
            state = tail
        return self._or(parts)

    def _digit(self, low: str, high: str, code: int) -> int:
        char = chr(code)
        if not low or not low[0] <= char <= high[0]:
            return self._nothing
        rest = len(low) - 1
        if not rest:
            return self._empty
        at_least = low[1:] if char == low[0] else "0" * rest
        at_most = high[1:] if char == high[0] else "9" * rest
        return self._number(Digits(at_least, at_most), False)

    def _then(self, head: int, tail: int) -> int:
        if self._nothing in (head, tail):
            return self._nothing
        if head == self._empty:
            return tail
        if tail == self._empty or head == tail == self._all:
            return head
        return self._number(_Then(head, tail), self._accepts[head] and self._accepts[tail])

    def _or(self, numbers: Iterable[int]) -> int:
        parts: set[int] = set()
        for number in numbers:
            state = self._states[number]
            parts |= state.parts if isinstance(state, _Or) else {number}
        parts.discard(self._nothing)
        if self._all in parts:
            return self._all
        if len(parts) < 2:
            return parts.pop() if parts else self._nothing
        return self._number(_Or(frozenset(parts)), any(self._accepts[each] for each in parts))

    def _and(self, numbers: Iterable[int]) -> int:
        parts: set[int] = set()
        for number in numbers:
            state = self._states[number]
            parts |= state.parts if isinstance(state, _And) else {number}
        parts.discard(self._all)
        if self._nothing in parts:
            return self._nothing
        if len(parts) < 2:
            return parts.pop() if parts else self._all
        return self._number(_And(frozenset(parts)), all(self._accepts[each] for each in parts))

    def _not(self, number: int) -> int:
        if number in (self._nothing, self._all):
            return self._all if number == self._nothing else self._nothing
        state = self._states[number]
        if isinstance(state, _Not):
            return state.inner
        return self._number(_Not(number), not self._accepts[number])

    def _times(self, inner: int, least: int, most: int | None) -> int:
        if most is not None and least > most:
            return self._nothing
        if most == 0 or inner == self._empty:
            return self._empty
        if inner == self._nothing:
            return self._nothing if least else self._empty
        if least == most == 1:
            return inner
        least = 0 if self._accepts[inner] else least
        return self._number(_Times(inner, least, most), not least)

    def _number(self, state: _State, accepts: bool) -> int:
        known = self._numbers.get(state)
        if known is not None:
            return known
        if len(self._states) >= _STATES:
            raise _TooManyStates
        self._numbers[state] = len(self._states)
        self._states.append(state)
        self._accepts.append(accepts)
        return len(self._states) - 1

    def _build(self, tree: Node) -> int:
        match tree:
            case Chars():
                return self._number(tree, False)
            case Digits():
                return self._number(tree, False)
            case Join(parts):
                found = self._empty
                for part in reversed(parts):
                    found = self._then(self._build(part), found)
                return found
            case Either(parts):
                return self._or([self._build(part) for part in parts])
            case Both(parts):
                return self._and([self._build(part) for part in parts])
            case Other(inner):
                return self._not(self._build(inner))
            case Repeat(inner, least, most):
                return self._times(self._build(inner), least, most)

    def _boundaries(self) -> list[int]:
        found = {0}
        for state in self._states:
            if isinstance(state, Chars):
                found |= {edge for low, high in state.ranges for edge in (low, high + 1)}
            if isinstance(state, Digits):
                found |= set(range(48, 59))
        return sorted(found)
