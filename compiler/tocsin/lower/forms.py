"""Tests on values that a source keeps in another form: a full path for a name, one text for many.

`stored(test, column)` says the same test of the column. Most forms are one idea: the value is a
part of the column's text, so a pattern for the value becomes a pattern for the column.
"""

from collections.abc import Callable, Iterable, Mapping

from tocsin import model, regex
from tocsin.evaluate import is_alphanumeric, satisfies
from tocsin.frame import Frame
from tocsin.frozen import dataclass, replace
from tocsin.lower.patterns import any_test, pattern_regex, patterns_of, term
from tocsin.lower.place import AS_IS
from tocsin.lower.placed import ALL_BUT_LAST, BACKSLASH, FIRST, LAST, SEPARATOR, placed
from tocsin.model import Exists, Expr, Field, Pattern, Predicate, TextTest, Verdict, Wild
from tocsin.profiles import HEX_DIGITS, Column, Form
from tocsin.regex import Regex, seq
from tocsin.schema import FieldType


@dataclass(frozen=True, slots=True)
class Stored:
    """The test as it reads on the column; DIRECTION if it only comes close, with the REASON."""

    expr: Expr
    direction: Verdict | None = None
    reason: str = ""


def stored(test: Predicate, column: Column, field: Field) -> Stored | None:
    """Say TEST of COLUMN, which lowering calls FIELD; None if there is no way yet."""
    if isinstance(test, model.SameAs | model.OrderedAs):
        return None
    # A key of a bag reads as a column does, but it cannot stand as one of two fields or a key.
    if column.form in AS_IS | {Form.XML_BAG} or field.name == column.expr:
        return Stored(replace(test, field=field))
    if column.form is Form.CONSTANT:
        return _constant(test, column)
    if isinstance(test, Exists) and column.form in _SAME_PRESENCE:
        return Stored(_written(test, field))
    if isinstance(test, Exists) and column.form is Form.ARGS_FROM_CMDLINE:
        reason = f"a {column.name} of only blanks and quotes has no argument"
        return Stored(_written(test, field), Verdict.WIDER, reason)
    if isinstance(test, model.BoolIs) and column.form is Form.BOOL_WORD:
        return _bool_word(test, column, field)
    if isinstance(test, TextTest) and column.form in _TEXT_FORMS:
        return _TEXT_FORMS[column.form](test, column, field)
    return None


_SAME_PRESENCE = frozenset(
    {
        *(Form.PATH_BASENAME, Form.DOMAIN_USER, Form.GUID_BRACED),
        *(Form.BOOL_WORD, Form.WORDS, Form.INTEGRITY, Form.LIST_TEXT, Form.PATH_DIRECTORY),
    }
)


def _constant(test: Predicate, column: Column) -> Stored:
    assert not isinstance(test, model.SameAs | model.OrderedAs)
    return Stored(model.Always(satisfies(test, column.value or ""), test.span))


def _bool_word(test: model.BoolIs, column: Column, field: Field) -> Stored:
    yes, no = column.words["true"], column.words.get("false")
    if test.value or no:
        word = yes if test.value else no or ""
        return Stored(_equals(test, field, word))
    other = model.Not(_equals(test, field, yes), test.span)
    return Stored(model.And((_written(test, field), other), test.span))


def _written(test: Predicate, field: Field) -> Exists:
    """Ask for a value where the column is text, whatever the type of the field."""
    return Exists(replace(field, type=FieldType.TEXT), test.span)


def _equals(test: Predicate, field: Field, word: str) -> model.Equals:
    return model.Equals(field, model.Values((word,)), False, test.span)


# --- a part of a text


def _base_name(test: TextTest, column: Column, field: Field) -> Stored:
    """Find the value after the last backslash."""
    result = _part(test, field, LAST, _last)
    bare = [name for name in column.bare if satisfies(test, name)]
    if bare and isinstance(test, model.Equals | model.Like):
        without = model.Equals(field, model.Values(tuple(bare)), test.cased, test.span)
        return Stored(model.any_of((result.expr, without), test.span))
    return result


def _domain_user(test: TextTest, column: Column, field: Field) -> Stored:
    r"""Read DOMAIN\user: the user after the backslash, the domain before it."""
    if column.part == "name":
        return _part(test, field, LAST, _last)
    return _part(test, field, FIRST, _first)


def _directory(test: TextTest, _column: Column, field: Field) -> Stored:
    """Read a path whose value is all before its last backslash."""
    return _part(test, field, ALL_BUT_LAST, lambda _pattern: None)


def _part(
    test: TextTest, field: Field, frame: Frame, plain: Callable[[Pattern], Pattern | None]
) -> Stored:
    """Find the value in FRAME: by a PLAIN pattern of the text, or by a regex."""
    found: list[Pattern | Regex] = []
    for each in _wanted(test):
        pattern = plain(each) if isinstance(each, tuple) and not _crosses(each) else None
        regex_ = pattern_regex(each) if isinstance(each, tuple) else each
        place = pattern or placed(regex_, frame)
        found += [place] if place else []
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


def _first(pattern: Pattern) -> Pattern | None:
    match pattern:
        case (str() as text,):
            return (text + BACKSLASH, Wild.ANY)
        case (str(), Wild.ANY):
            return pattern
        case _:
            return None


def _extension(test: TextTest, _column: Column, field: Field) -> Stored | None:
    """Read a path whose value follows the last dot of its name."""
    if not isinstance(test, model.Equals):
        return None
    ends = tuple(f".{v}" for v in test.values.items if not {".", BACKSLASH} & set(v))
    if not ends:
        return Stored(model.Always(False, test.span))
    return Stored(model.EndsWith(field, model.Values(ends), test.cased, test.span))


# --- other forms


def _hash_blob(test: TextTest, column: Column, field: Field) -> Stored | None:
    """`SHA1=…,SHA256=…` in one text."""
    algorithm = column.algorithm or ""
    if not isinstance(test, model.Equals):
        return None
    digests = [v for v in test.values.items if len(v) == HEX_DIGITS[algorithm]]
    if not digests:
        return Stored(model.Always(False, test.span))
    needles = model.Values(tuple(f"{algorithm}={digest}" for digest in digests))
    return Stored(model.Contains(field, needles, test.cased, test.span))


def _braced(test: TextTest, _column: Column, field: Field) -> Stored | None:
    """{GUID}; the value has no braces."""
    if isinstance(test, model.Equals):
        values = model.Values(tuple(f"{{{value}}}" for value in test.values.items))
        return Stored(model.Equals(field, values, test.cased, test.span))
    return None


def _words(test: TextTest, column: Column, field: Field) -> Stored | None:
    """Take the words of a closed vocabulary whose neutral name meets the test."""
    theirs = tuple(word for neutral, word in column.words.items() if satisfies(test, neutral))
    if not theirs:
        return Stored(model.Always(False, test.span))
    return Stored(model.Equals(field, model.Values(theirs), False, test.span))


def _argument(test: TextTest, column: Column, field: Field) -> Stored | None:
    r"""Look for arguments in a command line.

    What stands in an argument stands in the line too, with quotes between and backslashes doubled
    before them, so this finds every match; and, rarely, one that splitting would not make.
    """
    if isinstance(test, model.Matches):
        return None
    if isinstance(test, model.Has):
        found = [_term_in_line(term) for term in test.values.items]
    else:
        found = [_pattern_in_line(pattern) for pattern in patterns_of(test)]
    reason = f"an argument is looked for in the text of {column.name}, between blanks and quotes"
    return Stored(model.Matches(field, tuple(found), test.cased, test.span), Verdict.WIDER, reason)


_QUOTES = regex.Repeat(regex.Text('"'), 0, None)
_BETWEEN = regex.OneOf(tuple((c, c) for c in '\t "'))


def _pattern_in_line(pattern: Pattern) -> Regex:
    left = [] if pattern[0] is Wild.ANY else [regex.Alt((regex.Start(), _BETWEEN))]
    right = [] if pattern[-1] is Wild.ANY else [regex.Alt((_BETWEEN, regex.End()))]
    inner = pattern[not left : len(pattern) - (not right)]
    return seq(*left, *_spelled(inner), *right)


def _term_in_line(term: str) -> Regex:
    left = [regex.Alt((regex.Start(), regex.NOT_ALPHANUMERIC))] * is_alphanumeric(term[0])
    right = [regex.Alt((regex.NOT_ALPHANUMERIC, regex.End()))] * is_alphanumeric(term[-1])
    return seq(*left, *_spelled((term,)), *right)


def _spelled(pattern: Pattern) -> list[Regex]:
    """Spell PATTERN as a command line may: quotes anywhere between its characters."""
    parts: list[Regex] = []
    for part in pattern:
        characters = part if isinstance(part, str) else (part,)
        for character in characters:
            parts += [_QUOTES] if parts else []
            parts.append(_in_line(character))
    return parts


def _in_line(character: str | Wild) -> Regex:
    match character:
        case Wild.ANY:
            return regex.ANY_RUN
        case Wild.ONE:
            return regex.Repeat(regex.AnyOne(), 1, None)
        case "\\":
            return regex.Repeat(SEPARATOR, 1, None)
        case '"':
            return seq(regex.Repeat(SEPARATOR, 0, None), regex.Repeat(regex.Text('"'), 1, None))
        case _:
            return regex.Text(str(character))


_TEXT_FORMS: Mapping[Form, Callable[[TextTest, Column, Field], Stored | None]] = {
    Form.PATH_BASENAME: _base_name,
    Form.DOMAIN_USER: _domain_user,
    Form.PATH_DIRECTORY: _directory,
    Form.PATH_EXTENSION: _extension,
    Form.HASH_BLOB: _hash_blob,
    Form.GUID_BRACED: _braced,
    Form.WORDS: _words,
    Form.ARGS_FROM_CMDLINE: _argument,
}
