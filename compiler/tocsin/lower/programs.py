"""Tests on what a program reads in its command line: its options, and its script."""

from collections.abc import Iterator

from tocsin import model
from tocsin.columns import Column, Form
from tocsin.frozen import replace
from tocsin.lower.joined import in_options
from tocsin.lower.place import whole
from tocsin.lower.stored import Stored
from tocsin.lower.written import Place, Writing
from tocsin.model import Expr, Field, FieldTest, TextTest, Verdict
from tocsin.programs import program
from tocsin.regex import Regex
from tocsin.schema import FieldType

# Whether values are looked for anywhere, whether each name has a regex of its own, and the letters
# that tell the options with a value: the first way is taken that fits into regexes of the target.
_WAYS = tuple(
    (apart, each, letters)
    for apart in (False, True)
    for each in (False, True)
    for letters in (3, 2, 0)
)


def ways(test: FieldTest, column: Column, field: Field) -> Iterator[Stored]:
    """Say TEST of the command line in COLUMN, which lowering calls FIELD: the closest way first."""
    if column.form is Form.PROGRAM_SCRIPT and column.expr:
        yield Stored(replace(test, field=whole(column, test.field)))
    elif column.form is Form.PROGRAM_OPTIONS and column.parted:
        yield _in_parted(test, column)
    else:
        for apart, each, letters in _WAYS:
            writing = Writing(program(column.program or ""), letters, apart=apart, each=each)
            found = [_in_line(test, one, field, writing) for one in (column, *column.also)]
            said = tuple(expr for expr in found if expr is not None)
            if len(said) == len(found):
                expr = model.any_of(said, test.span)
                yield Stored(expr, Verdict.WIDER, _reason(column, writing))


def _in_parted(test: FieldTest, column: Column) -> Stored:
    parted = Field(column.computed)
    if not isinstance(test, TextTest):
        return Stored(model.Exists(parted, test.span))
    expr, exact = in_options(test, parted, program(column.program or ""))
    reason = "what is asked may be met by the name of an option and its value together"
    return Stored(expr) if exact else Stored(expr, Verdict.WIDER, reason)


def _in_line(test: FieldTest, column: Column, field: Field, writing: Writing) -> Expr | None:
    places = _places(test, column, writing)
    if places is None:
        return None
    cased = not isinstance(test, TextTest) or test.cased
    line = replace(field, name=column.name, type=FieldType.TEXT)

    def is_matched(regex: Regex) -> Expr:
        return model.Matches(line, (regex,), cased, test.span)

    tests: list[Expr] = []
    for each in places:
        besides = model.any_of(tuple(map(is_matched, each.besides)), test.span)
        asked = (is_matched(each.place), *([besides] if each.besides else []))
        tests.append(model.all_of(asked, test.span))
    return model.any_of(tuple(tests), test.span)


def _places(test: FieldTest, column: Column, writing: Writing) -> list[Place] | None:
    options = column.form is Form.PROGRAM_OPTIONS
    if isinstance(test, TextTest):
        return writing.option(test) if options else writing.script(test)
    return [writing.any_option() if options else writing.any_script()]


def _reason(column: Column, writing: Writing) -> str:
    options = column.form is Form.PROGRAM_OPTIONS
    what = "options are" if options else "the script is"
    where = ", and anywhere for what is asked of it" if writing.apart else ""
    value = "any option may have its value in the next argument"
    if writing.letters:
        value = "which option has its value in the next argument is told by its first letters"
    about = writing.program.about
    return f"{what} looked for in {column.name} as {about} reads it{where}; {value}"
