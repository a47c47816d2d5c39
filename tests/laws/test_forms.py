"""A test on a stored form says what the rule says of the value, or errs as it states."""

from hypothesis import assume, example, given
from hypothesis import strategies as st

from laws.python_regex import found, holds
from tocsin import evaluate, model
from tocsin.columns import Column, Form
from tocsin.events import base_name, split_command_line
from tocsin.frame import whole
from tocsin.lower.forms import stored
from tocsin.lower.patterns import pattern_regex, regexes_of, term
from tocsin.model import Field, Occurrence, Values, Verdict
from tocsin.patterns import parse_pattern
from tocsin.source import Span

HERE = Span("t", 0, 0)
NAME = Field("process.name")
ARGS = Field("process.args", many=True)
COLUMN = Field("Column")

pieces = st.text(alphabet='aB1.-_\\ "*?', max_size=6)
needles = st.text(alphabet="aB1.-_\\", min_size=1, max_size=3)
wild_needles = st.text(alphabet="aB1.-\\*?", min_size=1, max_size=5)
lines = st.text(alphabet='aB1.- \t"\\', max_size=14)


def text_tests(field: Field) -> st.SearchStrategy[model.TextTest]:
    kinds = [model.Equals, model.Contains, model.StartsWith, model.EndsWith, model.Has]
    literal = st.builds(
        lambda kind, values, cased: kind(field, Values(tuple(values)), cased, HERE),
        st.sampled_from(kinds),
        st.lists(needles, min_size=1, max_size=2),
        st.booleans(),
    )
    like = st.builds(
        lambda text, cased: model.Like(field, (parse_pattern(text),), cased, HERE),
        wild_needles.filter(lambda text: set(text) != {"*"}),
        st.booleans(),
    )
    return st.one_of(literal, like)


def event(name: str, *values: str) -> Occurrence:
    return Occurrence(frozenset(), 0, {name: values})


@given(text_tests(NAME), pieces, pieces)
@example(model.Equals(NAME, Values(("a",)), False, HERE), "a", "a")
def test_a_file_name_is_found_in_its_path(test: model.TextTest, folder: str, name: str) -> None:
    assume(name and "\\" not in name)
    path = f"{folder}\\{name}"
    result = stored(test, Column("process.name", "Column", form=Form.PATH_BASENAME), COLUMN)
    assert result is not None
    assert result.direction is None

    expected = evaluate.holds(test, event("process.name", base_name(path)))

    assert holds(result.expr, event("Column", path)) == expected


@given(text_tests(NAME), pieces, pieces, st.sampled_from(["name", "domain"]))
def test_an_account_is_found_in_domain_and_user(
    test: model.TextTest, domain: str, user: str, part: str
) -> None:
    assume(domain and user and "\\" not in domain + user)
    result = stored(test, Column("user.name", "Column", form=Form.DOMAIN_USER, part=part), COLUMN)
    assume(result is not None)
    assert result is not None

    value = user if part == "name" else domain
    expected = evaluate.holds(test, event("process.name", value))

    assert holds(result.expr, event("Column", f"{domain}\\{user}")) == expected


@given(text_tests(ARGS), lines)
@example(model.Equals(ARGS, Values(("-r",)), False, HERE), 'node "-"r x')
@example(model.EndsWith(ARGS, Values((".js",)), False, HERE), 'node "C:\\a b\\x.j"s')
@example(model.Equals(ARGS, Values(("a\\",)), False, HERE), 'node "a\\\\" b')
@example(model.Equals(ARGS, Values(('"',)), False, HERE), 'node \\"')
def test_an_argument_is_never_missed_in_its_line(test: model.TextTest, line: str) -> None:
    result = stored(test, Column("process.args", "Column", form=Form.ARGS_FROM_CMDLINE), COLUMN)
    assert result is not None
    assert result.direction is Verdict.WIDER

    args = tuple(each for each in split_command_line(line) if each)

    if evaluate.holds(test, event("process.args", *args)):
        assert holds(result.expr, event("Column", line))


@given(text_tests(NAME), pieces)
def test_a_text_test_is_its_regexes(test: model.TextTest, value: str) -> None:
    assume(value)
    as_regex = any(found(each, value, cased=test.cased) for each in regexes_of(test))
    assert as_regex == evaluate.holds(test, event("process.name", value))


@given(wild_needles, pieces)
def test_a_search_is_the_whole_of_its_opened_form(text: str, value: str) -> None:
    pattern = pattern_regex(parse_pattern(text))
    assume(set(text) != {"*"})
    anchored = f"{value}"
    assert found(pattern, value, cased=True) == _is_whole(whole(pattern), anchored)


@given(needles, pieces)
def test_a_term_is_the_whole_of_its_opened_form(text: str, value: str) -> None:
    assert found(term(text), value, cased=True) == _is_whole(whole(term(text)), value)


def _is_whole(pattern: object, value: str) -> bool:
    import re

    from laws.python_regex import PYTHON
    from tocsin.regex import Regex, write

    assert isinstance(pattern, Regex)
    return re.fullmatch(write(pattern, PYTHON), value, re.DOTALL) is not None
