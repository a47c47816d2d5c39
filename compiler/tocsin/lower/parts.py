r"""Values that are a part of a longer text: a name in a path, a user behind a domain, a digest.

A pattern for the value becomes a pattern for the text, by a plain operator where there is one.
"""

from collections.abc import Callable, Iterable

from tocsin import model, regex
from tocsin.columns import HEX_DIGITS, Column
from tocsin.evaluate import satisfies
from tocsin.frame import Frame, framed
from tocsin.lower.patterns import any_test, pattern_regex, patterns_of, regexes_of, term
from tocsin.lower.placed import ALL_BUT_LAST, BACKSLASH, FIRST, LAST, placed
from tocsin.lower.stored import Stored
from tocsin.model import Field, Pattern, TextTest, Wild
from tocsin.patterns import joined
from tocsin.regex import Regex, seq


def base_name(test: TextTest, column: Column, field: Field) -> Stored:
    """Find the value after the last backslash."""
    result = _part(test, field, LAST, _last, loose=column.loose)
    bare = [name for name in column.bare if satisfies(test, name)]
    if bare and not column.loose and isinstance(test, model.Equals | model.Like):
        without = model.Equals(field, model.Values(tuple(bare)), test.cased, test.span)
        return Stored(model.any_of((result.expr, without), test.span))
    return result


def domain_user(test: TextTest, column: Column, field: Field) -> Stored:
    r"""Read DOMAIN\user: the user after the backslash, the domain before it."""
    if column.part == "name":
        return _part(test, field, LAST, _last, loose=column.loose)
    # Without a backslash there is no domain: a text that only begins alike is none.
    return _part(test, field, FIRST, _first_with_separator if column.loose else _first)


def directory(test: TextTest, _column: Column, field: Field) -> Stored:
    """Read a path whose value is all before its last backslash."""
    return _part(test, field, ALL_BUT_LAST, lambda _pattern: None)


def _part(
    test: TextTest,
    field: Field,
    frame: Frame,
    plain: Callable[[Pattern], Pattern | None],
    *,
    loose: bool = False,
) -> Stored:
    """Find the value in FRAME: by a PLAIN pattern of the text, or by a regex.

    If it is LOOSE, the value may stand alone as well; every regex allows for that.
    """
    found: list[Pattern | Regex] = []
    for each in _wanted(test):
        pattern = plain(each) if isinstance(each, tuple) and not _crosses(each) else None
        regex_ = pattern_regex(each) if isinstance(each, tuple) else each
        place = pattern or placed(regex_, frame)
        found += [place] if place else []
        found += [each] if loose and pattern and pattern != each else []
    return Stored(any_test(found, field, test) if found else model.Always(False, test.span))


def _wanted(test: TextTest) -> Iterable[Pattern | Regex]:
    match test:
        case model.Has(values=values):
            return map(term, values.items)
        case model.Matches(patterns=patterns):
            return patterns
        case _:
            return patterns_of(test)


def _crosses(pattern: Pattern) -> bool:
    return any(isinstance(part, str) and BACKSLASH in part for part in pattern)


def _last(pattern: Pattern) -> Pattern | None:
    match pattern:
        case (str() as text,):
            return (Wild.ANY, BACKSLASH + text)
        case (Wild.ANY, str()):
            return pattern
        case _:
            return None


def _first_with_separator(pattern: Pattern) -> Pattern | None:
    return _first(pattern) if len(pattern) == 1 else None


def _first(pattern: Pattern) -> Pattern | None:
    match pattern:
        case (str() as text,):
            return (text + BACKSLASH, Wild.ANY)
        case (str(), Wild.ANY):
            return pattern
        case _:
            return None


def extension(test: TextTest, _column: Column, field: Field) -> Stored | None:
    """Read a path whose value follows the last dot of its name."""
    if not isinstance(test, model.Equals):
        return None
    ends = tuple(f".{v}" for v in test.values.items if not {".", BACKSLASH} & set(v))
    if not ends:
        return Stored(model.Always(False, test.span))
    return Stored(model.EndsWith(field, model.Values(ends), test.cased, test.span))


def hash_blob(test: TextTest, column: Column, field: Field) -> Stored | None:
    """`SHA1=…,SHA256=…` in one text."""
    algorithm = column.algorithm or ""
    if isinstance(test, model.StartsWith):
        needles = model.Values(tuple(f"{algorithm}={start}" for start in test.values.items))
        return Stored(model.Contains(field, needles, test.cased, test.span))
    if not isinstance(test, model.Equals):
        return None
    digests = [v for v in test.values.items if len(v) == HEX_DIGITS[algorithm]]
    if not digests:
        return Stored(model.Always(False, test.span))
    needles = model.Values(tuple(f"{algorithm}={digest}" for digest in digests))
    return Stored(model.Contains(field, needles, test.cased, test.span))


def digest(test: TextTest, column: Column, field: Field) -> Stored | None:
    """Find a digest by itself; other tests might meet one of another length."""
    if not isinstance(test, model.Equals):
        return None
    digests = [v for v in test.values.items if len(v) == HEX_DIGITS[column.algorithm or ""]]
    if not digests:
        return Stored(model.Always(False, test.span))
    return Stored(model.Equals(field, model.Values(tuple(digests)), test.cased, test.span))


_BRACED = Frame(
    seq(regex.Start(), regex.Text("{")),
    seq(regex.Start(), regex.Text("{"), regex.ANY_RUN),
    seq(regex.ANY_RUN, regex.Text("}"), regex.End()),
    seq(regex.Text("}"), regex.End()),
)


def braced(test: TextTest, column: Column, field: Field) -> Stored | None:
    """{GUID}; the value has no braces."""
    if column.loose and not isinstance(test, model.Equals):
        return None
    if isinstance(test, model.Has | model.Matches):
        found = [framed(each, _BRACED) for each in regexes_of(test)]
        return Stored(any_test(found, field, test))
    braced = [joined(["{", *pattern, "}"]) for pattern in patterns_of(test)]
    return Stored(any_test([*braced, *(patterns_of(test) if column.loose else ())], field, test))
