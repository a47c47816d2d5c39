"""Tests on values that a source keeps in another form: a full path for a name, one text for many.

`stored(test, column)` says the same test of the column. Most forms are one idea: the value is a
part of the column's text, so a pattern for the value becomes a pattern for the column.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from tocsin import model
from tocsin.columns import NUMBERS, Column, Form
from tocsin.evaluate import satisfies
from tocsin.frozen import replace
from tocsin.lower import parts
from tocsin.lower.arguments import in_line
from tocsin.lower.place import AS_IS, whole
from tocsin.lower.placed import BACKSLASH
from tocsin.lower.stored import Stored
from tocsin.model import Exists, Expr, Field, FieldTest, Predicate, TextTest, Verdict
from tocsin.schema import FieldType
from tocsin.source import Span
from tocsin.text import has_foreign_case


def stored(
    test: FieldTest, column: Column, field: Field, absent: frozenset[str] = frozenset()
) -> Stored | None:
    """Say TEST of COLUMN, which lowering calls FIELD; None if there is no way.

    ABSENT are texts of the source that mean that there is no value. What the form of the column
    cannot say is said of its expression, where the source has one.
    """
    if (
        not column.also
        and column.name == field.name
        and (only := _alone(test, column, field, absent))
    ):
        return only
    columns = (column, *column.also)
    told = [_alone(test, each, replace(field, name=each.name), absent) for each in columns]
    found = [each for each in told if each]
    if len(found) == len(told):
        close = next((each for each in found if each.direction), found[0])
        return replace(close, expr=_either([each.expr for each in found], test.span))
    if column.expr is None:
        return None
    named = whole(column, test.field)
    return Stored(without_absent(test, replace(test, field=named), column, named, absent))


def _either(exprs: list[Expr], span: Span) -> Expr:
    """Join with `or`; what two tests want of one column is one list."""
    match exprs:
        case [model.Equals(field, one, cased), model.Equals() as other] if (
            other.field,
            other.cased,
        ) == (field, cased):
            both = dict.fromkeys((*one.items, *other.values.items))
            return model.Equals(field, model.Values(tuple(both)), cased, span)
        case _:
            return model.any_of(tuple(exprs), span)


def _alone(test: FieldTest, column: Column, field: Field, absent: frozenset[str]) -> Stored | None:
    if column.form is Form.COALESCE and column.expr is None:
        return _first_present(test, column, field, absent)
    found = _formed(test, column, field)
    if found is None:
        return None
    expr = without_absent(test, found.expr, column, field, absent)
    return found if expr is found.expr else replace(found, expr=expr)


def by_element(test: FieldTest, column: Column) -> model.Equals | None:
    """Say that one of the values of a list, which COLUMN has an expression for, is another."""
    if not isinstance(test, model.Equals) or not test.field.many or column.expr is None:
        return None
    if test.cased:
        return replace(test, field=whole(column, test.field))
    if column.folded is None or any(map(has_foreign_case, test.values.items)):
        return None
    lower = model.Values(tuple(value.lower() for value in test.values.items))
    return replace(
        test, field=Field(folded_name(column), many=True, array=True), values=lower, cased=True
    )


def folded_name(column: Column) -> str:
    """Name what a query makes of an expression in lower case."""
    return f"{column.computed}_lower"


def _formed(test: FieldTest, column: Column, field: Field) -> Stored | None:
    if column.form in AS_IS:
        return Stored(replace(test, field=field))
    if column.form is Form.CONSTANT:
        return Stored(model.Always(satisfies(test, column.value or ""), test.span))
    if isinstance(test, Exists):
        return _presence(test, column, field)
    if isinstance(test, model.BoolIs) and column.form is Form.BOOL_WORD:
        return _bool_word(test, column, field)
    if isinstance(test, model.NumberIn) and column.form in _NUMERALS:
        texts = [text for each in test.values if (text := _NUMERALS[column.form](each))]
        return _one_of(test, field, texts)
    if isinstance(test, model.NumberWithin) and column.form in _NUMERALS:
        if test.high - test.low >= _FEW or column.expr:
            return None
        few = tuple(range(test.low, test.high + 1))
        return _formed(model.NumberIn(test.field, few, test.span), column, field)
    if isinstance(test, TextTest) and column.form in _TEXT_FORMS:
        return _TEXT_FORMS[column.form](test, column, field)
    return None


def without_absent(
    test: FieldTest, expr: Expr, column: Column, field: Field, absent: frozenset[str]
) -> Expr:
    """Shut out the texts that mean that there is no value, where the test would take one."""
    any_other = isinstance(test, model.BoolIs) and isinstance(expr, model.And)
    texts = absent | set(column.absent)
    meant = tuple(sorted(text for text in texts if any_other or satisfies(test, text)))
    if not meant or isinstance(expr, model.Always):
        return expr
    no_value = absent_test(field, meant, test.span)
    return model.And((expr, model.Not(no_value, test.span)), test.span)


def absent_test(field: Field, texts: tuple[str, ...], span: Span) -> model.Equals:
    """Ask for TEXTS that mean that there is no value: in any case, where they have one."""
    caseless = all(text.lower() == text.upper() for text in texts)
    return model.Equals(field, model.Values(texts), caseless, span)


def _first_present(
    test: FieldTest, column: Column, field: Field, absent: frozenset[str]
) -> Stored | None:
    """Ask the first column that has a value: `a is x or a is missing and b is x`."""
    ways: list[Expr] = []
    missing: list[Expr] = []
    for name in column.inputs:
        each = replace(field, name=name)
        asked = without_absent(test, replace(test, field=each), column, each, absent)
        ways.append(model.all_of((*missing, asked), test.span))
        exists = Exists(each, test.span)
        present = without_absent(exists, exists, column, each, absent)
        missing.append(model.Not(present, test.span))
    return Stored(model.any_of(tuple(ways), test.span))


def _presence(test: Exists, column: Column, field: Field) -> Stored | None:
    if column.form is Form.ARGS_FROM_CMDLINE:
        reason = f"a {column.name} of only blanks and quotes has no argument"
        return Stored(_written(test, field), Verdict.WIDER, reason)
    if column.form is Form.HASH_BLOB:
        needle = model.Values((f"{column.algorithm}=",))
        return Stored(model.Contains(field, needle, True, test.span))
    if column.part == "domain" and column.loose:
        # A domain stands before the first backslash; before one that stands first there is none.
        separator = model.Values((BACKSLASH,))
        has_one = model.Contains(field, separator, True, test.span)
        begins = model.StartsWith(field, separator, True, test.span)
        return Stored(model.And((has_one, model.Not(begins, test.span)), test.span))
    if column.form in NUMBERS:
        return Stored(Exists(replace(field, type=FieldType.NUMBER), test.span))
    return Stored(_written(test, field)) if column.form in _SAME_PRESENCE else None


_SAME_PRESENCE = frozenset(
    {
        *(Form.PATH_BASENAME, Form.DOMAIN_USER, Form.GUID_BRACED, Form.NUMBER_TEXT, Form.PID_HEX),
        *(Form.BOOL_WORD, Form.WORDS, Form.INTEGRITY, Form.LIST_TEXT, Form.PATH_DIRECTORY),
    }
)

_FEW = 64  # numbers that may be named one by one

# How a number stands in a text column; the empty text is no way to write it.
_NUMERALS: Mapping[Form, Callable[[int], str]] = {
    Form.NUMBER_TEXT: str,
    Form.PID_HEX: lambda number: f"{number:#x}" if number >= 0 else "",
}


def _one_of(test: FieldTest, field: Field, texts: Sequence[str]) -> Stored:
    """Hold a text column against TEXTS; against none, nothing holds."""
    if not texts:
        return Stored(model.Always(False, test.span))
    column = replace(field, type=FieldType.TEXT)
    return Stored(model.Equals(column, model.Values(tuple(texts)), False, test.span))


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


# --- closed vocabularies, and texts of other kinds


def _words(test: TextTest, column: Column, field: Field) -> Stored:
    """Take the words of a closed vocabulary whose neutral name meets the test."""
    words = column.vocabulary.items()
    return _one_of(test, field, [t for neutral, texts in words if satisfies(test, neutral)
                                 for t in texts])  # fmt: skip


def _codes(test: TextTest, column: Column, field: Field) -> Stored:
    """Take the numbers of a closed vocabulary whose neutral name meets the test."""
    codes = tuple(code for neutral, code in column.codes.items() if satisfies(test, neutral))
    number = replace(field, type=FieldType.NUMBER)
    return Stored(
        model.NumberIn(number, codes, test.span) if codes else model.Always(False, test.span)
    )


def _number(test: TextTest, _column: Column, field: Field) -> Stored | None:
    """Find a text in a numeric column; what is no decimal number is not there."""
    if not isinstance(test, model.Equals):
        return None
    numbers = tuple(int(v) for v in test.values.items if str(_whole(v)) == v)
    column = replace(field, type=FieldType.NUMBER)
    return Stored(
        model.NumberIn(column, numbers, test.span) if numbers else model.Always(False, test.span)
    )


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None


def _argument(test: TextTest, column: Column, field: Field) -> Stored | None:
    """Look for arguments in a command line."""
    found = in_line(test)
    if found is None:
        return None
    reason = f"an argument is looked for in the text of {column.name}, between blanks and quotes"
    return Stored(model.Matches(field, tuple(found), test.cased, test.span), Verdict.WIDER, reason)


_TEXT_FORMS: Mapping[Form, Callable[[TextTest, Column, Field], Stored | None]] = {
    Form.PATH_BASENAME: parts.base_name,
    Form.DOMAIN_USER: parts.domain_user,
    Form.PATH_DIRECTORY: parts.directory,
    Form.PATH_EXTENSION: parts.extension,
    Form.HASH_BLOB: parts.hash_blob,
    Form.DIGEST: parts.digest,
    Form.GUID_BRACED: parts.braced,
    Form.WORDS: _words,
    Form.INTEGRITY: _words,
    Form.CODES: _codes,
    Form.NUMBER_TO_TEXT: _number,
    Form.ARGS_FROM_CMDLINE: _argument,
}
