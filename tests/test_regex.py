"""The portable regex: what is read, what it means, what becomes of it, and what is refused."""

import re

import pytest

from laws.python_regex import PYTHON
from tocsin import model, tree
from tocsin.analyze.backtracking import ambiguous_repeats
from tocsin.analyze.nonempty import of_something
from tocsin.diagnostics import Code, Diagnostic
from tocsin.evaluate import found, holds
from tocsin.frame import whole
from tocsin.lower.patterns import plain
from tocsin.lower.placed import ALL_BUT_LAST, FIRST, LAST, confined, placed
from tocsin.model import Expr, Field, Occurrence, Wild
from tocsin.regex import (
    ALPHANUMERIC,
    ANY_RUN,
    DIGIT,
    SPACE,
    WORD,
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
    seq,
    write,
)
from tocsin.source import Span
from tocsin.syntax import parse_regex
from tocsin.syntax.portable import MAX_COPIES, MAX_ENDLESS, MAX_LENGTH, MAX_NESTING
from tocsin.syntax.strings import decode, raw

HERE = Span("t", 0, 0)
NAME = Field("process.name")


def literal(text: str) -> tree.Text:
    written = raw(text)
    return tree.Text(text, Span("t", 10, 10 + len(written)), written)


def findings(text: str) -> list[Diagnostic]:
    return list(parse_regex(literal(text))[1])


def read(text: str) -> Regex:
    regex, wrong = parse_regex(literal(text))
    assert regex is not None, wrong
    return regex


def chars(text: str) -> Ranges:
    return tuple((each, each) for each in text)


# --- the meaning


@pytest.mark.parametrize(
    ("number", "text", "value", "expected"),
    [
        (63, "abc", "xxabcyy", True),
        (64, "^abc$", "abc", True),
        (65, "^abc$", "abc\n", False),
        (66, r"(?:ab)\d", "ab1", True),
        (67, "^a+?$", "", False),
        (67, "^a+?$", "zzz", False),
        (68, "a#b", "a#b", True),
        (69, "^a@b$", "axxb", False),
        (70, "^a<1-5>$", "a3", False),
        (71, r"a\<b", "a<b", True),
        (72, '^"a.b"$', "a.b", False),
        (72, '^"a.b"$', "axb", False),
        (73, r"^\d$", "\u0663", False),
        (74, r"a\sb", "a\vb", True),
        (75, r"^\w+$", "é1", False),
        (76, "^[a&&b]$", "&", True),
        (77, "a.b", "a\nb", True),
        (78, "x/y", "https://x/y", True),
        (79, r"C:\\a", r"C:\a", True),
        (80, 'q"x', 'q"x', True),
    ],
)
def test_a_numbered_case_of_the_dossier_holds(
    number: int, text: str, value: str, expected: bool
) -> None:
    assert found(read(text), value, cased=True) == expected


def test_one_of_several_expressions_is_enough() -> None:
    """Case 81: a branch of the first, though `^a|b$` would be something else."""
    expressions = (read("^(a|b)$"), read("^c$"))
    test = model.Matches(NAME, expressions, False, HERE)

    def matches(name: str) -> bool:
        return holds(test, Occurrence(frozenset(), 0, {"process.name": (name,)}))

    assert [matches(name) for name in ("a", "b", "c", "ax", "xb", "")] == [True] * 3 + [False] * 3


@pytest.mark.parametrize(
    ("text", "value", "with_case", "without"),
    [
        ("node", "NODE", False, True),
        ("[a-f]", "C", False, True),
        ("[^a-f]", "C", True, False),
        (r"\W", "K", False, False),
        ("[Z-a]", "z", False, True),
        ("é", "É", False, False),
        ("[à-ü]", "É", False, False),
        ("k", "\u212a", False, False),
        ("[s]", "\u017f", False, False),
        ("[^k]", "\u212a", True, True),
    ],
)
def test_case_is_that_of_a_to_z(text: str, value: str, with_case: bool, without: bool) -> None:
    regex = read(text)

    assert found(regex, value, cased=True) == with_case
    assert found(regex, value, cased=False) == without


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("^a.b$", "a\U0001f600b", True),
        ("^(ab){2,3}$", "abab", True),
        ("^(ab){2,3}$", "ab", False),
        ("^(ab){2,3}$", "abababab", False),
        ("^(a?){3}b$", "b", True),
        ("^(a|ab)(c|bcd)$", "abcd", True),
        (r"(^|\s)-r(\s|$)", "node -r x", True),
        (r"(^|\s)-r(\s|$)", "node --r", False),
        ("(^a|b)c", "xac", False),
        ("a(b|c$)", "xacx", False),
        (r"^\x{1F600}\x41$", "\U0001f600A", True),
        (r"^[\t\n\x0B\f\r ]+$", "\t\n\v\f\r ", True),
    ],
)
def test_an_expression_finds(text: str, value: str, expected: bool) -> None:
    assert found(read(text), value, cased=True) == expected


def test_nested_repeats_end_at_once_on_a_long_value() -> None:
    value = "ab" * 2000

    for text in ("((((a*b)*c)*d)*e)*f", "((([ab]{0,10}){0,10}){0,10})c", "(a|b|ab){1000}c"):
        assert not found(read(text), value, cased=False)


# --- reading: single signs


@pytest.mark.parametrize(
    ("text", "tree_"),
    [
        ("abc", Text("abc")),
        (r"a\.b\\c", Text(r"a.b\c")),
        (r"\-\#\@\&\~\<\>\"\'\/\:\ \_", Text("-#@&~<>\"'/: _")),
        (r"\t\n\r\f\v", Text("\t\n\r\f\v")),
        (r"\x41\x{e9}\x{1F600}", Text("Aé\U0001f600")),
        ("]-}:,=!", Text("]-}:,=!")),
        (".", AnyOne()),
        (r"\d", OneOf(DIGIT)),
        (r"\W", OneOf(WORD, True)),
        (r"\S", OneOf(SPACE, True)),
        ("(?:a)b", Text("ab")),
        ("((a))(b)", Text("ab")),
        ("a|b|c", Alt((Text("a"), Text("b"), Text("c")))),
        ("(a|b)c", Seq((Alt((Text("a"), Text("b"))), Text("c")))),
    ],
)
def test_a_sign_is_read(text: str, tree_: Regex) -> None:
    assert read(text) == tree_


@pytest.mark.parametrize(
    ("sign", "least", "most"),
    [
        ("*", 0, None),
        ("+", 1, None),
        ("?", 0, 1),
        ("{3}", 3, 3),
        ("{3,}", 3, None),
        ("{0,3}", 0, 3),
        ("{0,}", 0, None),
        ("{002,0003}", 2, 3),
        ("{1000}", 1000, 1000),
    ],
)
@pytest.mark.parametrize("lazy", ["", "?"])
def test_a_repeat_is_read_and_a_lazy_sign_dropped(
    sign: str, least: int, most: int | None, lazy: str
) -> None:
    assert read(f"xa{sign}{lazy}y") == Seq((Text("x"), Repeat(Text("a"), least, most), Text("y")))


def test_a_repeat_of_one_is_no_repeat() -> None:
    assert read("ab{1}c") == read("a(?:b){1,1}c") == Text("abc")


def test_a_repeat_takes_the_sign_before_it() -> None:
    assert read("ab*") == Seq((Text("a"), Repeat(Text("b"), 0, None)))
    assert read("(ab)*") == Repeat(Text("ab"), 0, None)
    assert read(r"\.*") == Repeat(Text("."), 0, None)
    assert read("[ab]*") == Repeat(OneOf(chars("ab")), 0, None)


# --- reading: classes


@pytest.mark.parametrize(
    ("text", "tree_"),
    [
        ("[abc]", OneOf(chars("abc"))),
        ("[aba]", OneOf(chars("ab"))),
        ("[a-c]", OneOf((("a", "c"),))),
        ("[^a-c]", OneOf((("a", "c"),), True)),
        ("[a-]", OneOf(chars("a-"))),
        ("[-a]", OneOf(chars("-a"))),
        ("[^-a]", OneOf(chars("-a"), True)),
        ("[-]", OneOf(chars("-"))),
        (r"[a\-c]", OneOf(chars("a-c"))),
        ("[a-c-e]", OneOf((("a", "c"), *chars("-e")))),
        (r"[\w-e]", OneOf((*WORD, *chars("-e")))),
        (r"[\w.-]", OneOf((*WORD, *chars(".-")))),
        ("[+--]", OneOf((("+", "-"),))),
        ("[a^]", OneOf(chars("a^"))),
        (r"[\^a]", OneOf(chars("^a"))),
        (r"[\]\\]", OneOf(chars("]\\"))),
        (r"[!-\]]", OneOf((("!", "]"),))),
        (r"[\x{C0}-\xff]", OneOf((("\xc0", "\xff"),))),
        ("[.*+?(){}|$[&&]", OneOf(chars(".*+?(){}|$[&"))),
        (r"[\t-\r]", OneOf((("\t", "\r"),))),
        (r"[\s\S]", AnyOne()),
        (r"[\d\D]", AnyOne()),
        (r"[^\W_]", OneOf(ALPHANUMERIC)),
        (r"[\D]", OneOf(DIGIT, True)),
        (r"[^\S\n]", OneOf((("\t", "\t"), ("\v", "\r"), (" ", " ")))),
    ],
)
def test_a_class_is_read(text: str, tree_: Regex) -> None:
    regex = read(text)

    if isinstance(regex, OneOf) and isinstance(tree_, OneOf):
        assert (regex.negated, set(regex.ranges)) == (tree_.negated, set(tree_.ranges))
    else:
        assert regex == tree_


def test_a_class_that_case_would_change_is_not_turned_round() -> None:
    r"""Without case `[\Wa]` takes `A`; whatever is not in `[0-9b-zA-Z_]` would not."""
    assert found(read(r"[\Wa]"), "A", cased=False)
    assert not found(read(r"[^\Wa]"), "A", cased=False)


# --- reading: anchors


@pytest.mark.parametrize(
    "text",
    ["^a", "a$", "^a$", "(^a)", "(^|x)a", "a(x|$)", "((^|x)a|b)c", "^a|b$", "(^a|(^|b)c)d", "(a$)"],
)
def test_an_anchor_may_stand_at_an_edge(text: str) -> None:
    assert findings(text) == []


@pytest.mark.parametrize(
    "text", ["a^", "$a", "a$b", "(^a)*", "(a$)+", "x(^|a)b", "a(b|$)c", "^^a", "a$$", "^*a"]
)
def test_an_anchor_inside_is_refused(text: str) -> None:
    assert {each.code for each in findings(text)} == {Code.ANCHOR}


# --- reading: places


@pytest.mark.parametrize(
    ("written", "at", "shown"),
    [
        (r"'a\bc'", 2, r"\b"),
        (r"'''''\bc'", 5, r"\b"),
        (r"'it''s(?=x)'", 6, "(?="),
        (r'"a\\bc"', 2, r"\\b"),
        (r'"\\\\\"\u{E9}(?i)"', 13, "(?i)"),
        (r'"\u{1F600}\\1"', 10, r"\\1"),
    ],
)
def test_a_finding_stands_under_the_characters_as_written(
    written: str, at: int, shown: str
) -> None:
    whole_ = Span("t", 100, 100 + len(written))
    value, wrong = decode(written, whole_)
    assert not wrong

    _, (finding,) = parse_regex(tree.Text(value, whole_, written))

    assert (finding.span.start, finding.span.end) == (100 + at, 100 + at + len(shown))
    assert written[at : at + len(shown)] == shown


def test_a_line_of_a_list_file_has_no_quotes() -> None:
    _, (finding,) = parse_regex(tree.Text("it's \\b", Span("t", 50, 57)))

    assert (finding.span.start, finding.span.end) == (55, 57)


# --- reading: limits


def test_the_limits_are_kept_to_the_last() -> None:
    longest = "a" * MAX_LENGTH
    deepest = f"{'(' * MAX_NESTING}a{')' * MAX_NESTING}"
    endless = "a*b" * MAX_ENDLESS

    assert read(longest) == Text(longest)
    assert read(deepest) == Text("a")
    assert [each.code for each in findings(f"{longest}a")] == [Code.TOO_LARGE]
    assert [each.code for each in findings(f"({deepest})")] == [Code.TOO_DEEP]
    assert not findings(endless)
    assert [each.code for each in findings(f"{endless}c*")] == [Code.TOO_LARGE]
    assert not findings(f"(a{{10}}){{{MAX_COPIES // 10}}}")
    assert [each.code for each in findings(f"(a{{10}}){{{MAX_COPIES // 10 + 1}}}")] == [Code.REGEX]
    assert [each.code for each in findings(f"a{{{'9' * 4000}}}")] == [Code.REGEX]


def test_brackets_that_are_characters_do_not_nest() -> None:
    assert not findings(r"\(" * 60)
    assert not findings("[(]" * 60)


def test_an_expression_full_of_mistakes_names_the_first_of_them() -> None:
    assert len(findings(r"\b" * 2500)) == 8


HOSTILE = [
    *("(" * 5000, "[" * 5000, "\\" * 4999, "|" * 5000, "*" * 5000, ")" * 5000, "(?" * 2500),
    *(r"\b" * 2500, "a?" * 2500, "a?b?" * 1250, "()" * 2500, "a{1}" * 1250, "(?i)" * 1250),
    *("[" + "a-c" * 1600 + "]", "(a|b)" * 1000, "a|" * 2499 + "a", "[[:alpha:]" * 500),
    *("\x00", "\U0001f600" * 5000, "\ud800", "\n" * 5000, r"\x{" + "0" * 4000 + "}"),
    *("{" + "9" * 4000 + "}", "a{" + "0" * 4000 + "}", "a{1," + "9" * 4000 + "}"),
    "(" + "".join(f"{chr(0x4E00 + n)}*" for n in range(100)) + "x)*" + ".?" * 2300,
    "(" * 49 + "a*b" + "".join(f")*{chr(0x4E00 + n)}" for n in range(49)),
    "^" + "((a?b?c?d?e?)?f?)?" * 200 + "$",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("quoted", [True, False])
def test_a_hostile_text_is_read_soon_and_found_wrong_inside_its_quotes(
    text: str, quoted: bool
) -> None:
    if quoted:
        inner = text.replace("\\", "\\\\").replace("\n", "\\u{A}")
        written = f'"{inner}"'
        value = tree.Text(text, Span("t", 10, 10 + len(written)), written)
    else:
        value = tree.Text(text, Span("t", 10, 10 + len(text)))

    regex, wrong = parse_regex(value)

    assert (regex is None) == bool(wrong)
    for each in wrong:
        for span in (each.span, *([each.edit.span] if each.edit else [])):
            assert value.span.start <= span.start < span.end <= value.span.end
    if regex is not None:
        ambiguous_repeats(regex)


# --- repeats that can match the same text


@pytest.mark.parametrize(
    "text",
    [
        ".*foo.*bar",
        "(a+b)*",
        r"(\\[^\\]+)*",
        r"\s*-\s*",
        r"(\w+\s+)*\w+\.js",
        r"(-\w+\s+)*x",
        r"\d+\s+\w+",
        r"[^a]*a[^b]*b",
        "a*b*c*",
        "(ab|cd)+",
        "(a|b)*c(a|b)*",
        r"\w{1,20}\s*\w+",
        "(a+){1}b",
        r'"[^"]*"\s*[^"\s]+',
        r"([^\\]+\\)*[^\\]+",
        "^.*$",
    ],
)
def test_repeats_that_are_told_apart_are_accepted(text: str) -> None:
    assert ambiguous_repeats(read(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "(a+)+",
        "(.*a.{12})+",
        r"\w+\s*\w+",
        "a*a*",
        r"(\s+|\d+)*",
        r"(\w+\s*)*",
        "(a*)*",
        "(a|b*)+",
        ".*.*",
        ".*x?.*",
        "a+A+",
        "[a-m]+[k-z]+",
        "(a+){2,3}",
        "(.*)(.*)",
        "x(a|.*)*y",
        r"((a+b?)+c?)+",
        "(a*|b)(c|a*)",
        "(ab?)*(ba?)*",
    ],
)
def test_repeats_that_match_the_same_text_are_found(text: str) -> None:
    assert ambiguous_repeats(read(text)) is not None


def test_the_repeats_that_meet_are_pointed_at() -> None:
    text = r"x\w+\s*\w+"

    pair = ambiguous_repeats(read(text))

    assert pair is not None
    places = [(each.place.start - 11, each.place.end - 11) for each in pair if each.place]
    assert [text[start:end] for start, end in places] == [r"\w+", r"\w+"]
    assert places[0] < places[1]


# --- the whole value


@pytest.mark.parametrize(
    ("text", "opened"),
    [
        ("a", seq(ANY_RUN, Text("a"), ANY_RUN)),
        ("^a", seq(Text("a"), ANY_RUN)),
        ("a$", seq(ANY_RUN, Text("a"))),
        ("^ab$", Text("ab")),
        ("(^|x)a", seq(Repeat(seq(ANY_RUN, Text("x")), 0, 1), Text("a"), ANY_RUN)),
        ("^a|b$", Alt((seq(Text("a"), ANY_RUN), seq(ANY_RUN, Text("b"))))),
        ("(a|b$)", Alt((seq(ANY_RUN, Text("a"), ANY_RUN), seq(ANY_RUN, Text("b"))))),
    ],
)
def test_a_search_becomes_a_match_of_the_whole(text: str, opened: Regex) -> None:
    assert whole(read(text)) == opened


@pytest.mark.parametrize(
    "text",
    [
        "((^|x)a|b)c",
        "(a|b$)",
        "(^a|b)c",
        "a(b|c$)",
        "(^|a)b(c|$)",
        "((^a|b)|c$)",
        "(^a$|b)",
        "^a|b",
    ],
)
def test_the_whole_of_nested_anchors_takes_the_same_values(text: str) -> None:
    regex = read(text)
    printed = re.compile(write(whole(regex), PYTHON), re.DOTALL)
    values = ["a", "b", "c", "ac", "xac", "yac", "bc", "ybc", "ybcy", "ab", "abx", "xabc", "b\n"]

    taken = [value for value in values if printed.fullmatch(value)]

    assert taken == [value for value in values if found(regex, value, cased=True)]
    assert taken


# --- what is no value


@pytest.mark.parametrize(
    ("text", "something"),
    [
        ("^a*$", "^a+$"),
        ("^(ab)?$", "^ab$"),
        (r"^[^.]{0,5}$", r"^[^.]{1,5}$"),
        ("^(a*|b)$", "^(a+|b)$"),
        ("^(a|b?)(c|d?)$", "^(a|b)(c|d?)$|^(c|d)$"),
        ("^a?b*$", "^ab*$|^b+$"),
        ("(^|x)[^.]*$", r"x[^.]*$|^[^.]+$"),
        ("^(a?|b?){2,3}$", "^(a|b){1,3}$"),
        ("^ab*$", "^ab*$"),
        ("a|b", "a|b"),
    ],
)
def test_the_empty_text_is_left_out(text: str, something: str) -> None:
    assert of_something(read(text)) == read(something)


def test_nothing_but_the_empty_text_is_nothing() -> None:
    assert of_something(read("^$")) is None
    assert of_something(read("^($|$)")) is None


# --- placed in a text around the value


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("^node", {r"C:\a\node.exe", "node.exe", r"C:\a\node"}),
        ("exe$", {r"C:\a\node.exe", "node.exe", r"C:\node\x.exe"}),
        ("^node.exe$", {r"C:\a\node.exe", "node.exe"}),
        ("ode", {r"C:\a\node.exe", "node.exe", r"C:\a\node"}),
        (r"n.*\.e", {r"C:\a\node.exe", "node.exe"}),
        ("^(node|x)", {r"C:\a\node.exe", "node.exe", r"C:\node\x.exe", r"C:\a\node"}),
        ("(^|z)[^.]+$", {r"C:\a\node"}),
    ],
)
def test_an_expression_of_a_name_is_found_after_the_last_backslash(
    text: str, paths: set[str]
) -> None:
    there = placed(read(text), LAST)
    every = [r"C:\a\node.exe", "node.exe", r"C:\node\x.exe", r"C:\a\node", "C:\\node\\"]

    assert there is not None
    assert {path for path in every if found(there, path, cased=True)} == paths


def test_a_frame_is_put_around_an_expression() -> None:
    other = Repeat(OneOf(chars("\\"), True), 0, None)
    separator = Text("\\")
    after = Alt((Start(), separator))

    assert placed(read("^a$"), LAST) == Seq((after, Text("a"), End()))
    assert placed(read("a"), LAST) == Seq((Text("a"), other, End()))
    assert placed(read("^a$"), FIRST) == Seq((Start(), Text("a"), separator))
    assert placed(read("a"), FIRST) == Seq((Start(), other, Text("a"), other, separator))
    assert placed(read("^a$"), ALL_BUT_LAST) == Seq((Start(), Text("a"), separator, other, End()))
    assert placed(read(r"\\a$"), ALL_BUT_LAST) == Seq((Text("\\a"), separator, other, End()))


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("a.b", r"a[^\\]b"),
        (r"[^a]", r"[^a\\]"),
        (r"[^\\a]", r"[^\\a]"),
        (r"[Z-a]", r"[Z-\[\]-a]"),
        (r"x\\?", "x"),
        (r"a|\\b", "a"),
        (r"a(b|\\*)", "ab?"),
        (r"a(\\*)+b", "ab"),
        (r"\W", r"[^0-9A-Za-z_\\]"),
    ],
)
def test_an_expression_of_one_component_never_takes_a_backslash(text: str, inside: str) -> None:
    left = confined(read(text))

    assert left is not None
    assert write(left, PYTHON) == write(read(inside), PYTHON)


@pytest.mark.parametrize("text", [r"\\", r"a\\b", r"a\\+", r"[\\]", r"(\\a|\\b)c"])
def test_no_component_has_a_backslash(text: str) -> None:
    assert confined(read(text)) is None
    assert placed(read(text), LAST) is None
    assert placed(read(text), FIRST) is None
    assert placed(read(text), ALL_BUT_LAST) is not None


# --- plain operators


def plainer(*texts: str, cased: bool = False) -> Expr:
    return plain(model.Matches(NAME, tuple(map(read, texts)), cased, HERE))


def values(*texts: str) -> model.Values:
    return model.Values(texts)


def test_an_expression_of_characters_and_anchors_is_a_plain_test() -> None:
    assert plainer(r"node\.exe") == model.Contains(NAME, values("node.exe"), False, HERE)
    assert plainer("^node") == model.StartsWith(NAME, values("node"), False, HERE)
    assert plainer(r"\.js$", cased=True) == model.EndsWith(NAME, values(".js"), True, HERE)
    assert plainer("^node$") == model.Equals(NAME, values("node"), False, HERE)


def test_a_few_branches_are_written_out() -> None:
    assert plainer(r"\.(js|mjs)$") == model.EndsWith(NAME, values(".js", ".mjs"), False, HERE)
    assert plainer("a", "b|c") == model.Contains(NAME, values("a", "b", "c"), False, HERE)
    assert plainer(r"(^|\\)node$") == model.any_of(
        (
            model.Equals(NAME, values("node"), False, HERE),
            model.EndsWith(NAME, values(r"\node"), False, HERE),
        ),
        HERE,
    )


def test_runs_and_single_characters_are_wildcards() -> None:
    pattern = ("a", Wild.ANY, "b", Wild.ONE, "c")

    assert plainer("^a.*b.c$") == model.Like(NAME, (pattern,), False, HERE)
    assert plainer(".*a.*") == model.Contains(NAME, values("a"), False, HERE)
    assert plainer("^a.+$") == model.Like(NAME, (("a", Wild.ONE, Wild.ANY),), False, HERE)


@pytest.mark.parametrize(
    "text", ["[ab]", "a+", r"\d", "a{2}", "(a|b)(a|b)(a|b)(a|b)", "a.{2,5}b", "(ab)?c"]
)
def test_what_takes_an_expression_stays_one(text: str) -> None:
    assert plainer(text) == model.Matches(NAME, (read(text),), False, HERE)


# --- classes


def test_all_but_is_what_is_left() -> None:
    last = chr(0x10FFFF)

    assert all_but(()) == (("\x01", last),)
    assert all_but((("\x01", last),)) == ()
    assert all_but((("b", "c"), ("a", "b"))) == (("\x01", "`"), ("d", last))
    assert all_but(all_but(WORD)) == (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z"))


def test_both_cases_add_what_is_missing() -> None:
    assert both_cases((("a", "c"),)) == (("a", "c"), ("A", "C"))
    assert both_cases((("a", "c"), ("A", "C"))) == (("a", "c"), ("A", "C"))
    assert both_cases((("X", "b"),)) == (("X", "b"), ("x", "z"), ("A", "B"))
    assert both_cases((("é", "é"), ("0", "9"))) == (("é", "é"), ("0", "9"))


def test_a_class_may_be_empty_for_want_of_case() -> None:
    assert has_empty_class(read(r"x([^A-Z\W\d_]+y)*"))
    assert not has_empty_class(read(r"[^A-Y\W\d_]"))
    assert not has_empty_class(read("[^a]"))
