"""Between tests and patterns: what a test says of the whole value, and the cheapest test for it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import prod

from tocsin import model, regex
from tocsin.evaluate import is_alphanumeric
from tocsin.model import Expr, Field, Pattern, TextTest, Wild
from tocsin.patterns import joined as joined_pattern
from tocsin.regex import Regex, folds_too_far, parts_of, seq

# Characters: a shorter text is in nearly every event, and looking for it costs more than it saves.
TELLING = 3


def patterns_of(test: TextTest) -> tuple[Pattern, ...]:
    """Say what TEST wants of the whole value; `has` and `matches` want more than a pattern can."""
    match test:
        case model.Like(patterns=patterns):
            return patterns
        case model.Equals(values=values):
            return tuple((value,) for value in values.items)
        case model.Contains(values=values):
            return tuple((Wild.ANY, value, Wild.ANY) for value in values.items)
        case model.StartsWith(values=values):
            return tuple((value, Wild.ANY) for value in values.items)
        case model.EndsWith(values=values):
            return tuple((Wild.ANY, value) for value in values.items)
        case model.Has() | model.Matches():
            raise TypeError(type(test).__name__)


def any_test(wanted: Iterable[Pattern | Regex], field: Field, like: TextTest) -> Expr:
    """Hold FIELD against any of WANTED, each by the cheapest test, as few tests as can be."""
    return _join(_sorted_out(wanted), field, like)


def _sorted_out(wanted: Iterable[Pattern | Regex]) -> dict[str, list[str | Pattern | Regex]]:
    groups: dict[str, list[str | Pattern | Regex]] = {}
    for each in wanted:
        kind, value = cheapest(each) if isinstance(each, tuple) else ("matches", each)
        groups.setdefault(kind, []).append(value)
    return groups


def cheapest(pattern: Pattern) -> tuple[str, str | Pattern]:
    """Name the plainest operator that says PATTERN, and its operand."""
    match pattern:
        case (str() as text,):
            return "is", text
        case (str() as text, Wild.ANY):
            return "starts with", text
        case (Wild.ANY, str() as text):
            return "ends with", text
        case (Wild.ANY, str() as text, Wild.ANY):
            return "contains", text
        case _:
            return "like", pattern


_LITERAL_TESTS: Mapping[str, type[model.LiteralTest]] = {
    "is": model.Equals,
    "starts with": model.StartsWith,
    "ends with": model.EndsWith,
    "contains": model.Contains,
}


def _join(groups: dict[str, list[str | Pattern | Regex]], field: Field, like: TextTest) -> Expr:
    tests: list[Expr] = []
    for kind, values in groups.items():
        if kind in _LITERAL_TESTS:
            texts = model.Values(tuple(each for each in values if isinstance(each, str)))
            tests.append(_LITERAL_TESTS[kind](field, texts, like.cased, like.span))
        elif kind == "like":
            patterns = tuple(each for each in values if isinstance(each, tuple))
            tests.append(model.Like(field, patterns, like.cased, like.span))
        else:
            regexes = tuple(each for each in values if not isinstance(each, str | tuple))
            tests.append(model.Matches(field, regexes, like.cased, like.span))
    return model.any_of(tuple(tests), like.span)


# --- from regexes

_MOST_WRITTEN_OUT = 8  # a longer list is no longer plainer than its regex


def plain(test: model.Matches) -> Expr:
    r"""Say by plain operators what needs no regex: `matches '\.(js|mjs)$'` is `ends with any`."""
    return any_test((each for one in test.patterns for each in _patterns(one)), test.field, test)


def _patterns(pattern: Regex) -> Sequence[Pattern | Regex]:
    texts = [_pattern(each) for each in _written_out(pattern)]
    known = [each for each in texts if each is not None]
    return known if known and len(known) == len(texts) <= _MOST_WRITTEN_OUT else [pattern]


def _written_out(pattern: Regex) -> list[Regex]:
    """Write each choice out: `a(b|c)` is `ab` or `ac`; more than a few are left as they are."""
    match pattern:
        case regex.Alt(branches):
            return [each for branch in branches for each in _written_out(branch)]
        case regex.Seq(parts):
            choices = [_written_out(part) for part in parts]
            if prod(map(len, choices)) > _MOST_WRITTEN_OUT:
                return [pattern]
            return [seq(*each) for each in product(*choices)]
        case _:
            return [pattern]


def _pattern(pattern: Regex) -> Pattern | None:
    """Say PATTERN as what the whole value must look like; None if it takes a regex."""
    parts = parts_of(pattern)
    anchored = isinstance(parts[0], regex.Start), isinstance(parts[-1], regex.End)
    inner = parts[anchored[0] : len(parts) - anchored[1]]
    wild: list[str | Wild] = [] if anchored[0] else [Wild.ANY]
    for part in inner:
        match part:
            case regex.Text(value):
                wild.append(value)
            case regex.AnyOne():
                wild.append(Wild.ONE)
            case regex.Repeat(regex.AnyOne(), least, None) if least <= 1:
                wild += [*[Wild.ONE] * least, Wild.ANY]
            case _:
                return None
    return joined_pattern([*wild, *([] if anchored[1] else [Wild.ANY])])


# --- as regexes


def regexes_of(test: TextTest) -> Iterator[Regex]:
    """Say TEST as regexes to be searched for."""
    match test:
        case model.Matches(patterns=patterns):
            yield from patterns
        case model.Has(values=values):
            yield from map(term, values.items)
        case _:
            yield from map(pattern_regex, patterns_of(test))


def pattern_regex(pattern: Pattern) -> Regex:
    """Anchor PATTERN at the ends that are not open."""
    parts: list[Regex] = [] if pattern[0] is Wild.ANY else [regex.Start()]
    inner = pattern[1:] if pattern[0] is Wild.ANY else pattern
    open_end = bool(inner) and inner[-1] is Wild.ANY
    for part in inner[:-1] if open_end else inner:
        if isinstance(part, str):
            parts.append(regex.Text(part))
        else:
            parts.append(regex.ANY_RUN if part is Wild.ANY else regex.AnyOne())
    return seq(*parts, *([] if open_end else [regex.End()]))


def term(text: str) -> Regex:
    """Find TEXT where no end that is a letter or digit is glued to another."""
    left = [regex.Alt((regex.Start(), regex.NOT_ALPHANUMERIC))] * is_alphanumeric(text[0])
    right = [regex.Alt((regex.NOT_ALPHANUMERIC, regex.End()))] * is_alphanumeric(text[-1])
    return seq(*left, regex.Text(text), *right)


FOLDING = (
    "no U+017F or U+212A in what is searched: "
    "where case is of no account they may be taken for `s` and `k`"
)


def folding(tests: Iterable[Expr]) -> tuple[str, ...]:
    """Say what regexes without case for TESTS assume, in engines that fold every script."""
    texts = (test for test in tests if isinstance(test, TextTest) and not test.cased)
    found = any(folds_too_far(each) for test in texts for each in regexes_of(test))
    return (FOLDING,) if found else ()
