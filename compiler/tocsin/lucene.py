"""Lucene's regular expressions, which match the whole value and have no anchors."""

from tocsin import regex
from tocsin.regex import Dialect, OneOf, Regex, both_cases

MAX_REGEX = 1000  # characters: Elasticsearch's index.max_regex_length

# Lucene's operators, the optional ones that Elasticsearch turns on included.
_RESERVED = frozenset('.?+*|{}[]()"\\#@&<>~^$')
_RESERVED_IN_CLASS = _RESERVED | frozenset("^-")

LUCENE = Dialect(
    escape=lambda character: f"\\{character}" if character in _RESERVED else character,
    escape_in_class=lambda c: f"\\{c}" if c in _RESERVED_IN_CLASS else c,
)


def classed(pattern: Regex, *, cased: bool) -> Regex:
    """Write classes so that Lucene reads them: in both cases, no range from a backslash on."""
    match pattern:
        case OneOf(ranges, negated):
            folded = ranges if cased else both_cases(ranges)
            return OneOf(tuple(part for each in folded for part in _split(*each)), negated)
        case regex.Seq(parts):
            return regex.Seq(tuple(classed(part, cased=cased) for part in parts))
        case regex.Alt(branches):
            return regex.Alt(tuple(classed(branch, cased=cased) for branch in branches))
        case regex.Repeat(part, least, most):
            return regex.Repeat(classed(part, cased=cased), least, most)
        case regex.Text() | regex.AnyOne() | regex.Start() | regex.End():
            return pattern


def _split(low: str, high: str) -> tuple[tuple[str, str], ...]:
    r"""Take the backslash out of `\-a`: Lucene sees it alone, and the hyphen as a character."""
    if low == "\\" != high:
        return (low, low), ("]", high)
    return ((low, high),)
