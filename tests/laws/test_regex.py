"""A portable regex means one thing: to the reference, to Python, and as each target prints it."""

import importlib
import re
from collections.abc import Callable
from typing import NamedTuple

from hypothesis import assume, given
from hypothesis import strategies as st

from laws.python_regex import PYTHON
from laws.python_regex import found as python_found
from tocsin import evaluate, model, tree
from tocsin.analyze.nonempty import most_optional, of_something
from tocsin.evaluate import found
from tocsin.frame import Frame, has_anchor, whole
from tocsin.lower.patterns import plain
from tocsin.lower.placed import ALL_BUT_LAST, FIRST, LAST, placed
from tocsin.model import Field, Occurrence
from tocsin.regex import (
    Alt,
    AnyOne,
    End,
    OneOf,
    Ranges,
    Regex,
    Repeat,
    Seq,
    Start,
    Text,
    all_but,
    both_cases,
    has_empty_class,
    write,
)
from tocsin.source import Span
from tocsin.syntax import parse_regex
from tocsin_backends.eql.write import regex_text as eql_text
from tocsin_backends.kql.condition import regex_text as kql_text
from tocsin_backends.spl.where import regex_text as spl_text
from tocsin_engines.eql.language import language
from tocsin_engines.spl.pcre import regex as pcre

RE2 = importlib.import_module("re2")

FOLDING = "\u017f\u212a"  # an s and a k, where every script is folded
LETTERS = "abAzkKsS"
CHARACTERS = LETTERS + FOLDING + "éÉ01" + "_-#@&~<>\"' \\\n.*|()[]{}^$+?/`,:=\t\v\u202e"
VALUES = LETTERS + FOLDING + 'é1_-#@\\\n\v"'


class Pair(NamedTuple):
    """One expression as ours and as Python's."""

    ours: str
    python: str


# --- expressions


def _plain(character: str) -> str:
    return f"\\{character}" if character in "\\^$.|?*+()[{" else character


def _escaped(character: str) -> str:
    punctuation = character.isascii() and not character.isalnum() and character not in "\n_"
    return f"\\{character}" if punctuation else _plain(character)


def _by_code(character: str) -> str:
    return f"\\x{{{ord(character):X}}}"


def _in_class(character: str) -> str:
    return f"\\{character}" if character in "\\]^-[" else character


def _python_in_class(character: str) -> str:
    return f"\\u{ord(character):04x}"


spellings = st.sampled_from([_plain, _escaped, _by_code])
characters = st.builds(
    lambda c, spell: Pair(spell(c), re.escape(c)), st.sampled_from(CHARACTERS), spellings
)
shorthands = st.sampled_from([Pair(s, s) for s in (r"\d", r"\w", r"\s", r"\D", r"\W", r"\S")])
members = st.one_of(
    st.builds(
        lambda c, spell: Pair(spell(c), _python_in_class(c)),
        st.sampled_from(CHARACTERS),
        st.sampled_from([_in_class, _by_code]),
    ),
    st.builds(
        lambda a, b: Pair(
            f"{_in_class(min(a, b))}-{_in_class(max(a, b))}",
            f"{_python_in_class(min(a, b))}-{_python_in_class(max(a, b))}",
        ),
        st.sampled_from(CHARACTERS),
        st.sampled_from(CHARACTERS),
    ),
    shorthands,
)
classes = st.builds(
    lambda negated, inner, dash: Pair(
        f"[{'^' * negated}{''.join(m.ours for m in inner)}{'-' * dash}]",
        f"[{'^' * negated}{''.join(m.python for m in inner)}{_python_in_class('-') * dash}]",
    ),
    st.booleans(),
    st.lists(members, min_size=1, max_size=3),
    st.booleans(),
)
signs = st.sampled_from(
    ["*", "+", "?", "*?", "+?", "??", "{2}", "{1,}", "{0,2}", "{1,2}?", "{2,}?"]
)


def _repeated(part: Pair, sign: str, bare: bool) -> Pair:
    opening = "(" if bare else "(?:"
    return Pair(f"{opening}{part.ours}){sign}", f"(?:{part.python}){sign}")


def _sequence(parts: list[Pair]) -> Pair:
    return Pair("".join(each.ours for each in parts), "".join(each.python for each in parts))


def _either(branches: list[Pair]) -> Pair:
    ours = "|".join(each.ours for each in branches)
    return Pair(f"({ours})", f"(?:{'|'.join(each.python for each in branches)})")


parts = st.recursive(
    st.one_of(characters, characters, classes, shorthands, st.just(Pair(".", "."))),
    lambda inner: st.one_of(
        st.builds(_repeated, inner, signs, st.booleans()),
        st.lists(inner, min_size=1, max_size=3).map(_sequence),
        st.lists(inner, min_size=2, max_size=3).map(_either),
    ),
    max_leaves=6,
)
START, END = Pair("^", "^"), Pair("$", r"\Z")
nothing = Pair("", "")
starts = st.one_of(
    st.sampled_from([nothing, START]), parts.map(lambda each: _either([START, each]))
)
ends = st.one_of(st.sampled_from([nothing, END]), parts.map(lambda each: _either([each, END])))
branches = st.tuples(starts, parts, ends).map(lambda each: _sequence(list(each)))
openings = st.tuples(starts, parts).map(lambda each: _sequence(list(each)))
expressions = st.one_of(
    branches,
    branches,
    st.lists(branches, min_size=2, max_size=2).map(
        lambda each: Pair("|".join(b.ours for b in each), "|".join(b.python for b in each))
    ),
    st.tuples(st.lists(openings, min_size=2, max_size=2).map(_either), parts).map(
        lambda each: _sequence(list(each))
    ),
)


def read(text: str) -> Regex | None:
    return parse_regex(tree.Text(text, Span("t", 0, len(text))))[0]


# --- values that have a chance


def _met(draw: st.DrawFn, regex: Regex) -> str:
    """Make a text that REGEX takes, letter case left open."""
    match regex:
        case Text(value):
            return value.swapcase() if draw(st.booleans()) and value.isascii() else value
        case AnyOne():
            return draw(st.sampled_from(VALUES))
        case OneOf(ranges, negated):
            fit = [c for c in VALUES if any(a <= c <= b for a, b in ranges) != negated]
            return draw(st.sampled_from(fit or VALUES))
        case Start() | End():
            return ""
        case Seq(parts):
            return "".join(_met(draw, part) for part in parts)
        case Alt(branches):
            return _met(draw, draw(st.sampled_from(branches)))
        case Repeat(part, least, most):
            upper = least + 2 if most is None else min(most, least + 2)
            return "".join(_met(draw, part) for _ in range(draw(st.integers(least, upper))))


class Case(NamedTuple):
    """An expression as written, its tree, and a value, which it may well take."""

    pair: Pair
    regex: Regex
    value: str


@st.composite
def cases(draw: st.DrawFn) -> Case:
    pair = draw(expressions)
    regex = read(pair.ours)
    assume(regex is not None)
    assert regex is not None
    edges = st.text(alphabet=VALUES, max_size=2)
    value = draw(edges) + _met(draw, regex) + draw(edges)
    if draw(st.booleans()) and value:
        at = draw(st.integers(0, len(value) - 1))
        value = value[:at] + draw(st.text(alphabet=VALUES, max_size=1)) + value[at + 1 :]
    return Case(pair, regex, value)


values = st.text(alphabet=VALUES, max_size=6)


# --- the reference


@given(cases(), st.booleans())
def test_an_expression_is_read_as_python_reads_it(case: Case, cased: bool) -> None:
    flags = re.DOTALL | re.ASCII | (0 if cased else re.IGNORECASE)

    expected = re.search(case.pair.python, case.value, flags) is not None

    assert found(case.regex, case.value, cased=cased) == expected


@given(cases(), st.booleans())
def test_a_tree_means_what_python_finds(case: Case, cased: bool) -> None:
    _, regex, value = case

    assert found(regex, value, cased=cased) == python_found(regex, value, cased=cased)


# --- the printers


def in_splunk(printed: str, value: str) -> bool:
    return pcre(printed).search(value) is not None


def in_kusto(printed: str, value: str) -> bool:
    return RE2.search(printed, value) is not None


def _unescaped(text: str) -> str:
    """Read TEXT as a string in double quotes that knows only its own backslashes and quotes."""
    return re.sub(r'\\([\\"])', r"\1", text)


@given(cases(), st.booleans())
def test_spl_prints_what_pcre_finds(case: Case, cased: bool) -> None:
    _, regex, value = case
    printed = spl_text(regex, cased, strict=True)

    assert in_splunk(printed, value) == found(regex, value, cased=cased)
    assert _unescaped(printed) == printed


@given(cases(), st.booleans())
def test_kql_prints_what_re2_finds(case: Case, cased: bool) -> None:
    """RE2 takes U+017F for an `s` in `[0-9]|[Ss]`, flags or not: the next law is for that."""
    _, regex, value = case
    assume(cased or not set(FOLDING) & set(value))
    printed = kql_text(regex, cased, strict=True)

    assert in_kusto(printed, value) == found(regex, value, cased=cased)


@given(cases(), st.booleans())
def test_kql_spells_out_what_folds_too_far(case: Case, cased: bool) -> None:
    """PCRE stands in for Rust's engine; only its `$` differs, at a final line feed."""
    _, regex, value = case
    assume(not value.endswith("\n"))
    printed = kql_text(regex, cased, strict=True)

    assert in_splunk(printed, value) == found(regex, value, cased=cased)


@given(cases(), st.booleans())
def test_a_looser_print_differs_only_where_a_script_folds(case: Case, cased: bool) -> None:
    _, regex, value = case
    assume(not set(FOLDING) & set(value))
    expected = found(regex, value, cased=cased)

    assert in_splunk(spl_text(regex, cased, strict=False), value) == expected
    assert in_kusto(kql_text(regex, cased, strict=False), value) == expected


@given(cases(), st.booleans())
def test_eql_prints_what_lucene_finds(case: Case, cased: bool) -> None:
    _, regex, value = case
    assume(not has_empty_class(regex))
    printed = eql_text(regex, cased)

    assert language(printed, not cased).matches(value) == found(regex, value, cased=cased)


# --- rewritings


@given(cases(), st.booleans())
def test_a_search_is_the_whole_of_its_opened_form(case: Case, cased: bool) -> None:
    _, regex, value = case
    opened = whole(regex)

    flags = re.DOTALL | re.ASCII | (0 if cased else re.IGNORECASE)
    fits = re.fullmatch(write(opened, PYTHON), value, flags) is not None

    assert fits == found(regex, value, cased=cased)
    assert not has_anchor(opened)


def _of_something(regex: Regex) -> Regex:
    assume(most_optional(regex) <= 20)
    some = of_something(regex)
    assume(some is not None)
    assert some is not None
    return some


@given(cases(), st.booleans())
def test_an_expression_of_something_leaves_out_the_empty_text_alone(
    case: Case, cased: bool
) -> None:
    _, regex, value = case
    assume(value and not found(regex, "", cased=cased))
    some = _of_something(regex)

    assert found(some, value, cased=cased) == found(regex, value, cased=cased)


@given(cases())
def test_what_only_a_whole_value_can_lack_is_asked_for(case: Case) -> None:
    _, regex, value = case
    some = _of_something(regex)

    assert not found(some, "", cased=True)
    if value and not _met_by_nothing(regex):
        assert found(some, value, cased=True) == found(regex, value, cased=True)


def _met_by_nothing(regex: Regex) -> bool:
    """Whether analysis refuses REGEX: it is found in every value."""
    unlike = "\U0010fffd"
    return found(regex, unlike, cased=True)


FRAMES: list[tuple[Frame, Callable[[str], str]]] = [
    (LAST, lambda text: text.rpartition("\\")[2]),
    (FIRST, lambda text: text.partition("\\")[0] if "\\" in text else ""),
    (ALL_BUT_LAST, lambda text: text.rpartition("\\")[0]),
]


@given(cases(), values, st.sampled_from(FRAMES), st.booleans())
def test_a_placed_expression_is_found_where_its_value_stands(
    case: Case,
    other: str,
    place: tuple[Frame, Callable[[str], str]],
    cased: bool,
) -> None:
    regex = _of_something(case.regex)
    assume(not _met_by_nothing(regex))
    frame, value_of = place
    for text in (f"{other}\\{case.value}", f"{case.value}\\{other}", case.value):
        value = value_of(text)
        expected = bool(value) and found(regex, value, cased=cased)

        there = placed(regex, frame)

        assert (there is not None and found(there, text, cased=cased)) == expected


@given(cases(), st.booleans())
def test_a_placed_expression_keeps_anchors_at_its_edges(case: Case, cased: bool) -> None:
    _, regex, value = case
    for frame, _ in FRAMES:
        there = placed(regex, frame)
        if there is not None:
            flags = re.DOTALL | re.ASCII | (0 if cased else re.IGNORECASE)
            fits = re.fullmatch(write(whole(there), PYTHON), value, flags) is not None
            assert fits == found(there, value, cased=cased)


@given(cases(), st.booleans())
def test_plain_operators_say_the_same(case: Case, cased: bool) -> None:
    _, regex, value = case
    assume(value)
    some = _of_something(regex)
    test = model.Matches(Field("process.name"), (some,), cased, Span("t", 0, 0))
    event = Occurrence(frozenset(), 0, {"process.name": (value,)})

    assert evaluate.holds(plain(test), event) == found(some, value, cased=cased)


# --- classes

ranges = st.lists(
    st.tuples(st.sampled_from(CHARACTERS), st.sampled_from(CHARACTERS)).map(
        lambda pair: (min(pair), max(pair))
    ),
    max_size=4,
).map(tuple)


def _has(taken: Ranges, character: str) -> bool:
    return any(low <= character <= high for low, high in taken)


@given(
    ranges, st.characters(min_codepoint=1, exclude_categories=["Cs"]) | st.sampled_from(CHARACTERS)
)
def test_all_but_has_the_others_in_order(taken: Ranges, character: str) -> None:
    others = all_but(taken)

    assert _has(others, character) != _has(taken, character)
    assert list(others) == sorted(others)


@given(ranges, st.sampled_from(CHARACTERS))
def test_both_cases_add_the_other_case_of_a_to_z(taken: Ranges, character: str) -> None:
    cases_of = {character, character.swapcase()} if character.isascii() else {character}

    assert _has(both_cases(taken), character) == any(_has(taken, each) for each in cases_of)
