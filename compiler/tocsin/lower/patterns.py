"""Between tests and patterns: what a test says of the whole value, and the cheapest test for it."""

from collections.abc import Iterable, Iterator, Mapping

from tocsin import model, regex
from tocsin.evaluate import is_alphanumeric
from tocsin.model import Expr, Field, Pattern, TextTest, Wild
from tocsin.regex import Regex, seq


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
