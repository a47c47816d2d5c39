"""A text that meets some tests and fails others: read off the automata of all of them at once."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice, product

from tocsin import regex
from tocsin.automaton import Automaton, TooLarge
from tocsin.evaluate import fold, satisfies
from tocsin.frame import either, whole
from tocsin.frozen import replace
from tocsin.lower.patterns import regexes_of
from tocsin.model import Like, Matches, TextTest, Values
from tocsin.regex import Regex

_MOST_STATES = 4_000  # sets of places that one search goes through
_MOST_ITEMS = 64  # literals of one test that are tried, each by itself
_MOST_AVOIDED = 200  # literals of a test that the search steers around; more are checked afterwards
_CHOICES = 12
_ANY = regex.all_but(())
# What stands for any character, the best first: it is to be read.
_PLAIN = "x1 .-_/\\:=,X\n"


def texts(met: Sequence[TextTest], failed: Sequence[TextTest]) -> Iterator[str]:
    """Yield texts that meet all of MET and none of FAILED, each for other literals."""
    singles = [list(islice(_singles(test, failed), _MOST_ITEMS)) for test in met]
    seen: set[str] = set()
    for chosen in islice(product(*singles), _CHOICES):
        text = _text(chosen, failed)
        if text is not None and text not in seen:
            seen.add(text)
            yield text


def _text(met: Sequence[TextTest], failed: Sequence[TextTest]) -> str | None:
    """Guess first: what a person would write is easier to read than what is shortest.

    The search steers around a test only once a text has met it: most are never in the way.
    """
    for guess in dict.fromkeys(_guesses(met)):
        if _is_right(guess, met, failed):
            return guess
    avoided: list[TextTest] = []
    while (text := _search(tuple(met), tuple(avoided))) is not None:
        wrong = [test for test in failed if satisfies(test, text)]
        if not wrong:
            return text if _is_right(text, met, failed) else None
        if wrong[0] in avoided or _size(wrong[0]) > _MOST_AVOIDED:
            return None
        avoided.append(wrong[0])
    return None


def _is_right(text: str, met: Sequence[TextTest], failed: Sequence[TextTest]) -> bool:
    return (
        text != ""
        and all(satisfies(test, text) for test in met)
        and not any(satisfies(test, text) for test in failed)
    )


def _size(test: TextTest) -> int:
    return len(test.patterns if isinstance(test, Like | Matches) else test.values.items)


def _singles(test: TextTest, failed: Sequence[TextTest]) -> Iterator[TextTest]:
    """Take TEST apart into its literals; one that meets a test of FAILED as it stands is no use."""
    alike = [t for t in failed if type(t) is type(test) and (test.cased or not t.cased)]
    match test:
        case Like(patterns=patterns):
            taken = {p for each in alike if isinstance(each, Like) for p in each.patterns}
            yield from (replace(test, patterns=(p,)) for p in patterns if p not in taken)
        case Matches(patterns=regexes):
            known = {p for each in alike if isinstance(each, Matches) for p in each.patterns}
            yield from (replace(test, patterns=(p,)) for p in regexes if p not in known)
        case _:
            said = {
                item if each.cased else fold(item)
                for each in alike
                if not isinstance(each, Like | Matches)
                for item in each.values.items
            }
            for item in test.values.items:
                if item not in said and fold(item) not in said:
                    yield replace(test, values=Values((item,)))


# --- a guess


def _guesses(met: Sequence[TextTest]) -> Iterator[str]:
    """Put samples side by side: those for the start first, those for the end last.

    Folders are put together as in a path, which begins with a drive.
    """
    parts = [next(regexes_of(test)) for test in met]
    ordered = sorted(parts, key=lambda part: (not _opens(part), _closes(part)))
    for filler in ("x", ""):
        samples = list(dict.fromkeys(_sample(part, filler) for part in ordered))
        path = "\\".join(each.strip("\\") for each in samples)
        if path != "".join(samples) and samples[0].startswith("\\"):
            yield f"C:\\{path}" + "\\" * samples[-1].endswith("\\")
        for joint in ("", " ", "x") if "\\" in "".join(samples) else (" ", "", "x"):
            guess = joint.join(samples)
            yield guess
            yield guess.swapcase()
            yield f"{guess}{joint or ' '}x"
            yield f"x{joint or ' '}{guess}"
            yield f"x{joint or ' '}{guess}{joint or ' '}x"


def _opens(part: Regex) -> bool:
    return isinstance(regex.parts_of(part)[0], regex.Start)


def _closes(part: Regex) -> bool:
    return isinstance(regex.parts_of(part)[-1], regex.End)


def _sample(part: Regex, filler: str) -> str:
    """Write a text that PART finds; FILLER stands for any run of characters."""
    match part:
        case regex.Text(value):
            return value
        case regex.AnyOne():
            return "x"
        case regex.OneOf():
            return _one_of(part)
        case regex.Start() | regex.End():
            return ""
        case regex.Seq(parts):
            return "".join(_sample(each, filler) for each in parts)
        case regex.Alt(branches):
            return _sample(branches[0], filler)
        case regex.Repeat(regex.AnyOne(), least, most) if filler:
            return filler * max(least, min(1, 1 if most is None else most))
        case regex.Repeat(inner, least, _):
            return _sample(inner, filler) * least


def _one_of(part: regex.OneOf) -> str:
    ranges = regex.all_but(part.ranges) if part.negated else part.ranges
    usual = (c for c in _PLAIN if any(low <= c <= high for low, high in ranges))
    return next(usual, ranges[0][0] if ranges else "")


# --- a search


class _Reader:
    """The automaton of a test, sets of its places as numbers with a bit for each."""

    def __init__(self, made: Automaton) -> None:
        self._first = _bits(made.whole.first)
        self._follow = [_bits(after) for after in made.follow]
        self.last = _bits(made.whole.last)
        # Where one of these is reached, no text that goes on is refused any more.
        self.open = _bits(
            at for at in made.whole.last if at in made.follow[at] and made.takes[at] == _ANY
        )
        self.kinds: dict[regex.Ranges, int] = {}
        for at, ranges in enumerate(made.takes):
            self.kinds[ranges] = self.kinds.get(ranges, 0) | 1 << at
        self._taking: dict[str, int] = {}

    def after(self, places: int | None) -> int:
        """Find the places that can come next; None is the start of the text."""
        if places is None:
            return self._first
        found = 0
        while places:
            lowest = places & -places
            found |= self._follow[lowest.bit_length() - 1]
            places ^= lowest
        return found

    def taking(self, character: str) -> int:
        """Find the places that take CHARACTER."""
        if character not in self._taking:
            self._taking[character] = sum(
                places
                for ranges, places in self.kinds.items()
                if any(low <= character <= high for low, high in ranges)
            )
        return self._taking[character]


def _bits(places: Iterable[int]) -> int:
    return sum(1 << at for at in places)


@lru_cache(maxsize=1024)
def _reader(test: TextTest) -> _Reader:
    patterns = [whole(each if test.cased else _caseless(each)) for each in regexes_of(test)]
    return _Reader(Automaton(either(patterns)))


def _caseless(part: Regex) -> Regex:
    """Let each ASCII letter of PART be of either case."""
    match part:
        case regex.Text(value):
            return regex.seq(*(regex.OneOf(regex.both_cases(((c, c),))) for c in value))
        case regex.OneOf(ranges, negated):
            return regex.OneOf(regex.both_cases(ranges), negated)
        case regex.Seq(parts):
            return regex.seq(*map(_caseless, parts))
        case regex.Alt(branches):
            return regex.Alt(tuple(map(_caseless, branches)))
        case regex.Repeat(inner, least, most):
            return regex.Repeat(_caseless(inner), least, most)
        case regex.AnyOne() | regex.Start() | regex.End():
            return part


_State = tuple[int | None, ...]


@lru_cache(maxsize=1024)
def _search(met: tuple[TextTest, ...], failed: tuple[TextTest, ...]) -> str | None:
    """Find a shortest text, if the search is not too long; None does not say that there is none."""
    try:
        wanted = [_reader(test) for test in met]
        readers = [*wanted, *(_reader(test) for test in failed)]
    except TooLarge:
        return None
    letters = _letters(readers, "".join(_sample(next(regexes_of(test)), "") for test in met))
    start: _State = (None,) * len(readers)
    came: dict[_State, tuple[_State, str] | None] = {start: None}
    pending: deque[_State] = deque([start])
    while pending and len(came) < _MOST_STATES:
        state = pending.popleft()
        nexts = [reader.after(places) for reader, places in zip(readers, state, strict=True)]
        for letter, taken in letters:
            then: _State = tuple(a & b for a, b in zip(nexts, taken, strict=True))
            if then in came or not all(then[: len(wanted)]) or _is_lost(readers, then, len(wanted)):
                continue
            came[then] = (state, letter)
            if _accepts(readers, then, len(wanted)):
                return _spelled(came, then)
            pending.append(then)
    return None


def _is_lost(readers: Sequence[_Reader], state: _State, wanted: int) -> bool:
    """Whether a test that is to be failed is met, and stays so whatever comes."""
    failed = zip(readers[wanted:], state[wanted:], strict=True)
    return any((places or 0) & reader.open for reader, places in failed)


def _accepts(readers: Sequence[_Reader], state: _State, wanted: int) -> bool:
    ends = [bool((places or 0) & each.last) for each, places in zip(readers, state, strict=True)]
    return all(ends[:wanted]) and not any(ends[wanted:])


def _letters(readers: Sequence[_Reader], liked: str) -> list[tuple[str, tuple[int, ...]]]:
    """Choose one character for each kind that the readers tell apart, of those LIKED if it can."""
    edges = {
        edge
        for reader in readers
        for ranges in reader.kinds
        for low, high in ranges
        for edge in (ord(low), ord(high) + 1)
    }
    usable = (chr(edge) for edge in sorted(edges) if 0 < edge < 0x110000 and edge >> 11 != 0x1B)
    chosen: dict[tuple[int, ...], str] = {}
    for character in dict.fromkeys((*liked, *_PLAIN, *usable)):
        chosen.setdefault(tuple(reader.taking(character) for reader in readers), character)
    return [(character, taken) for taken, character in chosen.items()]


def _spelled(came: dict[_State, tuple[_State, str] | None], state: _State) -> str:
    letters: list[str] = []
    while step := came[state]:
        state, letter = step
        letters.append(letter)
    return "".join(reversed(letters))
