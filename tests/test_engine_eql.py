"""The EQL engine, pinned to what Elasticsearch documents, says in its source, or was seen to do.

Marks name the source: D documented (E1 the syntax page, E2 the functions, E4 the grammar, other
numbers the source code), O:LUC observed in Lucene's own classes, B a row of differential cases.
"""

import time
from collections.abc import Mapping

import pytest

from tocsin_engines import Engine, Kind, Record, Rejected, Scalar
from tocsin_engines.eql import ASSUMED, ENGINE

Columns = Mapping[str, Scalar | tuple[Scalar, ...]]

SCHEMA = {
    "event.action": Kind.TEXT,
    "event.category": Kind.TEXT,
    "host.id": Kind.TEXT,
    "user.name": Kind.TEXT,
    "process.args": Kind.TEXT,
    "process.command_line": Kind.TEXT,
    "process.executable": Kind.TEXT,
    "process.name": Kind.TEXT,
    "process.parent.name": Kind.TEXT,
    "process.pid": Kind.NUMBER,
    "destination.ip": Kind.IP,
    "dll.code_signature.trusted": Kind.BOOL,
    "process.start": Kind.TIME,
    "odd-name": Kind.TEXT,
}


def record(columns: Columns, table: str = "process", at: float = 0) -> Record:
    return Record(table, round(at * 1_000_000), columns)


def matched(query: str, *columns: Columns) -> list[int]:
    found = ENGINE.run(query, [record(each) for each in columns], SCHEMA)
    assert found.rows is None
    return sorted(found.matched)


def holds(condition: str, columns: Columns) -> bool:
    return matched(f"any where {condition}", columns) == [0]


def name(text: str | tuple[str, ...]) -> Columns:
    return {"process.name": text}


def line(text: str) -> Columns:
    return {"process.command_line": text}


# Missing, empty and null ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "columns", "expected"),
    [
        ('process.name == "cmd"', {}, False),
        ('not process.name == "cmd"', {}, True),  # D:E5, must_not
        ('process.name != "cmd"', {}, True),  # D:E5, E8
        ('process.name != "cmd"', name("cmd"), False),
        ('process.name not in ("cmd")', {}, True),
        ('not (process.name : "c*")', {}, True),
        ("process.pid > 3", {}, False),
        ("not process.pid > 3", {}, True),  # D:E8, not `<= 3`
        ("process.pid <= 3", {}, False),
        ("process.pid != 5", {}, True),
        ('not cidrMatch(destination.ip, "10.0.0.0/8")', {}, True),
        ("dll.code_signature.trusted == false", {}, False),
        ("not dll.code_signature.trusted == true", {}, True),
        ("not dll.code_signature.trusted", {}, True),
        ('not (process.name == "1" and user.name == "x")', {"user.name": "x"}, True),
        ('not (process.name == "1" or user.name == "x")', {"user.name": "x"}, False),
        ('not not process.name == "1"', {}, False),
        ("process.name == null", {}, True),  # D:E1
        ("process.name != null", {}, False),
        ("null == process.name", {}, True),
        ("process.name != null", name(""), True),  # D:E2, "" is a value
        ("process.name == null", name(""), False),
        ('process.name == ""', name(""), True),
        ('process.name == ""', {}, False),
        ("?process.name == null", name(()), True),
    ],
)
def test_an_absent_value_matches_nothing_and_every_not(
    condition: str, columns: Columns, expected: bool
) -> None:
    assert holds(condition, columns) is expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        # D:E21: comparisons with the null that stands for the field are null
        ('any where ?nowhere.known == "x"', []),
        ('any where not ?nowhere.known == "x"', []),
        ('any where ?nowhere.known != "x"', []),
        ('any where not ?nowhere.known : "x*"', []),
        ('any where not ?nowhere.known in ("x", "y")', []),
        ('any where not cidrMatch(?nowhere.known, "10.0.0.0/8")', []),
        ("any where ?nowhere.known", []),  # D:E11, test_extra
        ("any where not ?nowhere.known > 3", []),
        # null and X is null, null or X is X
        ('any where process.name == "a" and not ?nowhere.known == "x"', []),
        ('any where process.name == "a" or not ?nowhere.known == "x"', [0]),
        ('any where not (process.name == "a" or ?nowhere.known == "x")', [1]),
        ('any where not (process.name == "a" and ?nowhere.known == "x")', []),
        ('any where not (?nowhere.known == "x" and false)', [0, 1]),
        ('any where ?nowhere.known == "x" or true', [0, 1]),
        # D:E1
        ("any where ?nowhere.known == null", [0, 1]),
        ("any where ?nowhere.known != null", []),
        ("any where not ?nowhere.known == null", []),
        ('any where ?nowhere.known == null or not ?nowhere.known == "x"', [0, 1]),
    ],
)
def test_an_optional_field_that_is_mapped_nowhere_is_null(query: str, expected: list[int]) -> None:
    assert matched(query, name("a"), name("b")) == expected


def test_a_field_that_is_mapped_nowhere_is_an_error() -> None:
    with pytest.raises(Rejected, match=r"unknown column \[nowhere\.known\]"):
        matched('any where process.name == "a" or nowhere.known == "x"')


# Several values --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        ('process.args == "a"', ("a", "b"), True),  # D:E9, any value
        ('process.args != "a"', ("a", "b"), False),  # none of them
        ('not process.args == "a"', ("a", "b"), False),
        ('process.args != "a"', ("c", "b"), True),
        ('process.args not in ("a")', ("a", "b"), False),
        ('process.args in~ ("A")', ("x", "a"), True),
        ('process.args : "x y*"', ("x y", "z"), True),
        ('process.args like "*y*z*"', ("x y", "z"), False),  # not across values
        ('process.args == "-enc" and process.args != "x"', ("-enc", " x"), True),
    ],
)
def test_any_value_of_several_matches_and_not_is_none(
    condition: str, values: tuple[str, ...], expected: bool
) -> None:
    assert holds(condition, {"process.args": values}) is expected


def test_two_bounds_may_be_met_by_two_values() -> None:
    assert holds("process.pid >= 3 and process.pid <= 5", {"process.pid": (1, 9)})  # B 24


# Case ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "text", "expected"),
    [
        ('process.name == "cmd.exe"', "CMD.EXE", False),  # D:E1
        ('process.name : "cmd.EXE"', "CMD.exe", True),
        ('process.name in ("cmd")', "CMD", False),
        ('process.name in~ ("cmd")', "CMD", True),  # D:E5
        ('process.name like "c*"', "CMD", False),
        ('process.name like~ "c*"', "CMD", True),
        ('process.name : "é"', "É", False),  # D:E13, ASCII only
        ('process.name in~ ("straße")', "STRASSE", False),
        ('process.name : "k"', "\u212a", False),  # KELVIN SIGN
        ('process.name : "i\u0307"', "\u0130", False),
        ('process.name regex "cmd"', "CMD", False),
        ('process.name regex~ "cmd"', "CMD", True),
        ('startsWith(process.name, "c")', "CMD", False),
        ('startsWith~(process.name, "c")', "CMD", True),
        ('endsWith~(process.name, "d")', "CMD", True),
        ('stringContains~(process.name, "m")', "CMD", True),
    ],
)
def test_only_ascii_letters_fold(condition: str, text: str, expected: bool) -> None:
    assert holds(condition, name(text)) is expected


# Wildcards -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "text", "expected"),
    [
        ('process.name == "a*b"', "a*b", True),  # D:E1, no wildcards
        ('process.name == "a*b"', "aXXb", False),
        ('process.name in ("*x*")', "axa", False),
        ('process.name in~ ("a?b")', "axb", False),  # D:E7
        ('process.name in~ ("a?b")', "A?B", True),
        ('process.name : "a*b"', "aXXb", True),
        ('process.name : "a?b"', "axb", True),
        ('process.name : "a?b"', "ab", False),
        ('process.name : "a?b"', "axxb", False),
        ('process.name : "b"', "abc", False),  # the whole value
        ('process.name : "a*b*c"', "zaxbycz", False),
        ('process.name : "a*b*c"', "axbyc", True),
        ('process.name : "*ab*ab*"', "xabx", False),  # a piece is used once
        ('process.name : "ab*ba"', "aba", False),  # and so are the ends
        ('process.name : "*"', "", True),
        ('process.name : "?"', "", False),
        ('process.name : "a?b"', "a\U0001f600b", True),  # O:LUC, one code point
        ('process.name : "a*b"', "a\nb", True),  # O:LUC, newlines too
        ('process.name : "a?b"', "a\nb", True),
        ('process.name : "a\\\\*b"', "a\\xxb", True),  # D:E6, the backslash escapes nothing
        ('process.name : "a\\\\*b"', "a*b", False),
        ('process.name like "50%_x"', "50zzx", False),
        ('process.name : "a.c"', "abc", False),
        ('process.executable : "?:\\\\Users\\\\*"', "C:\\Users\\bob\\node.exe", True),
        ('process.executable : ("*.com", "C:\\\\*")', "c:\\x", True),
        ('process.executable like~ ("*.com", "*.bat")', "c:\\x", False),
    ],
)
def test_wildcards_cover_the_whole_value(condition: str, text: str, expected: bool) -> None:
    field = "process.executable" if "executable" in condition else "process.name"
    assert holds(condition, {field: text}) is expected


@pytest.mark.parametrize(
    ("condition", "text", "expected"),
    [
        # D:E7, O:LUC: the needle becomes a wildcard pattern and nothing escapes it
        ('endsWith(process.name, "cmd.exe")', "C:\\cmd.exe", True),
        ('endsWith(process.name, "cmd.exe")', "C:\\CMD.exe", False),
        ('endsWith~(process.name, "\\\\cmd.exe")', "xcmd.exe", True),
        ('endsWith~(process.name, "dir\\\\")', "C:\\dir\\", True),
        ('stringContains(process.name, "a*b")', "xaXXbx", True),
        ('stringContains(process.name, "a?b")', "xab", False),
        ('stringContains(process.name, "principal=\\\\*")', "principal=*", True),
        ('stringContains(process.name, "principal=\\\\*")', "principal=x", False),
        # a prefix query has no such trap
        ('startsWith(process.name, "C:\\\\a*")', "C:\\a*b", True),
        ('startsWith(process.name, "C:\\\\a*")', "C:\\ab", False),
        # D:E7, BooleanFunctionEqualsElimination
        ('startsWith(process.name, "C") == false', "D", True),
        ('true == (process.name in ("D"))', "D", True),
    ],
)
def test_functions_of_text_are_prefixes_and_wildcards(
    condition: str, text: str, expected: bool
) -> None:
    assert holds(condition, name(text)) is expected


# Literals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        ('"a\\tb\\nc\\rd"', "a\tb\nc\rd"),  # D:E4
        ('"say \\"hi\\" it\'s"', 'say "hi" it\'s'),
        ('"C:\\\\temp\\\\new"', "C:\\temp\\new"),
        ('"\\u{202e}x"', "\u202ex"),
        ('"\\u{0001F600}"', "\U0001f600"),
        ('"""C:\\temp "x" \\n"""', 'C:\\temp "x" \\n'),  # a raw string has no escapes
        ('"""ends in a quote""""', 'ends in a quote"'),
        ('"not // a comment"', "not // a comment"),
        ('"cafe\u0301"', "cafe\u0301"),  # nothing is normalized
    ],
)
def test_strings_say_what_the_lexer_says(literal: str, text: str) -> None:
    assert holds(f"process.name == {literal}", name(text))


def test_names_may_stand_in_backticks_and_comments_are_skipped() -> None:
    query = 'any /* all */ where `odd-name` == "x" // and so on\n and `process`.`name` == "y"'

    found = matched(query, {"odd-name": "x", "process.name": "y"}, {"odd-name": "x"})

    assert found == [0]


# Regular expressions ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        # O:LUC, all of section 5.2
        ("abc", "xabcx", False),
        (".*abc.*", "xabcx", True),
        ("^abc$", "abc", False),
        ("^abc$", "^abc$", True),
        ("(?i)abc", "ABC", False),
        ("(?:abc)", "abc", False),
        ("(?:abc)", "?:abc", True),
        ("(?!a)b", "b", False),
        ("(a)\\1", "aa", False),
        ("(a)\\1", "a1", True),
        ("a.*?b", "axxb", True),
        ("a??", "", True),
        ("a+?", "", True),
        ("a+?", "aaa", True),
        ("\\d\\w\\s", "1_ ", True),
        ("\\d", "\u0663", False),
        ("\\w+", "é1", False),
        ("a\\sb", "a\x0bb", False),
        ("a\\sb", "a\u00a0b", False),
        ("\\D\\W\\S", "aé\x0b", True),
        ("(|a)b", "b", False),
        ("(|a)b", "|ab", True),
        ("a#b", "a#b", False),
        ("a&b", "a&b", False),
        (".*a.*&.*b.*", "xbxa", True),
        (".*a.*&.*b.*", "xa", False),
        ("a@b", "axxb", True),
        ("a~b", "axx", True),
        ("a~b", "ab", False),
        ("~(.*x.*)", "abc", True),
        ("~(.*x.*)", "axc", False),
        ("a<1-5>", "a3", True),
        ("a<1-5>", "a6", False),
        ("a<1-5>", "a03", False),  # as many digits as the bounds
        ("a<1-15>", "a0007", True),  # unless they differ
        ("a<01-15>", "a7", False),
        ("a<15-01>", "a07", True),
        ('"a.b"', "a.b", True),
        ('"a.b"', "axb", False),
        ("[a-z&&b]", "&", True),
        ("[[:alpha:]]", "x", False),
        ("[[:alpha:]]", "a]", True),
        (".", "\n", True),
        (".", "\U0001f600", True),
        ("a.b", "a\nb", True),
        ("\\.\\/\\-\\#\\@\\&\\<\\>\\~", "./-#@&<>~", True),
        ("a{2}", "aa", True),
        ("a{2,}", "aaaa", True),
        ("a{2,3}", "aaaa", False),
        ("a{2,1}", "aa", False),
        ("[^a]", "a", False),
        ("[^\\d]", "x", True),
        ("[]a]", "]", True),
        ("*a", "*a", True),
        ("a|b", "b", True),
        ("(ab|c)*d", "abcabd", True),
        (")", ")", True),
    ],
)
def test_regex_reads_lucene(pattern: str, text: str, expected: bool) -> None:
    written = pattern.replace("\\", "\\\\").replace('"', '\\"')
    assert holds(f'process.command_line regex "{written}"', line(text)) is expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        # O:LUC: single letters fold, ranges do not
        ("[a-c]+", "ABC", False),
        ("[abc]+", "ABC", True),
        ("[^a-c]", "B", True),
        ("[^abc]", "B", False),
        ("é", "É", False),
        ("k", "\u212a", False),
        ("\\w+", "ABC", True),
        ('"a.b"', "A.B", True),
        ("(.*[^0-9A-Za-z])?cmd([^0-9A-Za-z].*)?", "a_CMD_b", True),
        ("(.*[^0-9A-Za-z])?cmd([^0-9A-Za-z].*)?", "cmd1", False),
        ("(.*[^0-9A-Za-z])?cmd([^0-9A-Za-z].*)?", "cmd\n", True),
        ("(.*[^0-9A-Za-z])?cmd([^0-9A-Za-z].*)?", "cmdcmd", False),
    ],
)
def test_regex_tilde_folds_letters_but_no_ranges(pattern: str, text: str, expected: bool) -> None:
    written = pattern.replace("\\", "\\\\").replace('"', '\\"')
    assert holds(f'process.command_line regex~ "{written}"', line(text)) is expected


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("\\b", "invalid character class"),
        ("\\n", "invalid character class"),
        ("\\t", "invalid character class"),
        ("\\x41", "invalid character class"),
        ("\\Q", "invalid character class"),
        ("a{,2}", "integer expected"),
        ("a{2", "expected '}'"),
        ("a|", "unexpected end-of-string"),
        ("(a|b|)", "expected '\\)'"),
        ("a)", "end-of-string expected"),
        ("(a", "expected '\\)'"),
        ("[a", "expected '\\]'"),
        ("[^]", "expected '\\]'"),
        ("[z-a]", "invalid range"),
        ("a<b>", "'b' not found"),
        ("a<1-x>", "interval syntax error"),
        ("a<1", "expected '>'"),
        ('a"b', "expected '\"'"),
        ("a\\", "unexpected end-of-string"),
        ("a{20000}", "too much effort"),
        ("(" * 50 + "a" + ")" * 50, "nested too deep"),
        ("a" + "{2}" * 50, "nested too deep"),
        ("#*", "empty language"),
    ],
)
def test_regex_refuses_what_lucene_refuses(pattern: str, why: str) -> None:
    written = pattern.replace("\\", "\\\\").replace('"', '\\"')
    with pytest.raises(Rejected, match=why):
        holds(f'process.command_line regex "{written}"', line("x"))


def test_a_list_of_regexes_is_one_regex_with_bars() -> None:
    query = 'any where process.command_line regex ("a|b", "c")'  # D:E14

    found = matched(query, line("a"), line("b"), line("c"), line("a|b"), line("ac"))

    assert found == [0, 1, 2]


def test_the_length_of_a_regex_is_that_of_the_whole_list() -> None:
    fits, too_long = ("a" * 499, "b" * 500), ("a" * 500, "b" * 500)

    assert holds(f'process.command_line regex ("{fits[0]}", "{fits[1]}")', line("a" * 499))
    with pytest.raises(Rejected, match=r"length of regex \[1001\]"):
        holds(f'process.command_line regex ("{too_long[0]}", "{too_long[1]}")', line("a"))


@pytest.mark.parametrize(
    "condition",
    [
        'process.command_line regex "(a*)*b"',
        'process.command_line regex "(.*a.{12})+"',
        'process.command_line regex "(a|aa)+&~(@b@)"',
        'process.command_line regex "(a?){500}a{500}b"',
        'process.command_line : "*a*a*a*a*a*a*a*a*a*b"',
        'process.command_line : "*?a?a?a?a?a?a?a?a?a*b"',
    ],
)
def test_no_pattern_is_slow(condition: str) -> None:
    start = time.perf_counter()

    holds(condition, line("a" * 5000))

    assert time.perf_counter() - start < 2


# Numbers, booleans, addresses --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        ("process.pid == 10", 10, True),
        ("process.pid > 9", 10, True),  # B 92
        ("9 < process.pid", 10, True),
        ("process.pid > 1.5", 1, False),
        ("process.pid == 5.0", 5, True),
        ("process.pid == 1.5", 1, False),
        ("process.pid == -1", -1, True),
        ("process.pid in (445, 139)", 139, True),
        ("process.pid not in (445, 139)", 139, False),
        ("process.pid > 9223372036854775808", 9223372036854775807, False),  # a double: D:E5
        ("process.pid == 7", "7", True),  # coerced when indexed
        ("process.pid == 7", "no number", False),
        ("process.pid != 7", "no number", True),
    ],
)
def test_numbers_compare_as_numbers(condition: str, value: Scalar, expected: bool) -> None:
    assert holds(condition, {"process.pid": value}) is expected


@pytest.mark.parametrize(
    ("condition", "text", "expected"),
    [
        ('process.name > "B"', "a", True),  # D:E1, by code point and case
        ('process.name > "B"', "A", False),
        ('process.name <= "ab"', "ab", True),
        ('process.name == "007"', "7", False),
    ],
)
def test_texts_compare_by_code_point(condition: str, text: str, expected: bool) -> None:
    assert holds(condition, name(text)) is expected


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        ("dll.code_signature.trusted", True, True),  # D:E1
        ("dll.code_signature.trusted", False, False),
        ("dll.code_signature.trusted == true", True, True),
        ("dll.code_signature.trusted != true", False, True),
        ("dll.code_signature.trusted == false", "false", True),  # a `boolean` reads text
    ],
)
def test_a_boolean_field_is_a_condition(condition: str, value: Scalar, expected: bool) -> None:
    assert holds(condition, {"dll.code_signature.trusted": value}) is expected


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        ('cidrMatch(destination.ip, "10.0.0.0/8")', "10.1.2.3", True),  # D:E2
        ('cidrMatch(destination.ip, "10.0.0.0/8", "fe80::/10")', "fe80::1", True),
        ('cidrMatch(destination.ip, "10.9.9.9/8")', "10.1.2.3", True),  # D:E11, host bits
        ('cidrMatch(destination.ip, "2001:db8::/33")', "2001:db8::1", True),
        ('cidrMatch(destination.ip, "0.0.0.0/0")', "::1", False),
        ('cidrMatch(destination.ip, "::/0")', "10.1.2.3", True),  # `ip` holds IPv6 only
        ('cidrMatch(destination.ip, "10.0.0.0/8")', "::ffff:10.0.0.1", True),  # B 95
        ('cidrMatch(destination.ip, "10.0.0.0/8")', ("8.8.8.8", "10.0.0.1"), True),
        ('cidrMatch(destination.ip, "10.0.0.0/8")', "not-an-ip", False),
        ('not cidrMatch(destination.ip, "10.0.0.0/8")', "not-an-ip", True),
        ("destination.ip != null", "not-an-ip", False),
        ('destination.ip == "10.0.0.1"', "10.0.0.1", True),
        ('destination.ip == "::ffff:10.0.0.1"', "10.0.0.1", True),
        ('destination.ip in ("::1", "127.0.0.1")', "0:0:0:0:0:0:0:1", True),
    ],
)
def test_addresses_are_held_as_ipv6(
    condition: str, value: Scalar | tuple[Scalar, ...], expected: bool
) -> None:
    assert holds(condition, {"destination.ip": value}) is expected


# What is not indexed ---------------------------------------------------------------------------


def test_a_keyword_longer_than_1024_is_not_there() -> None:
    long = "C:\\" + "x" * 1100 + "\\evil.exe"  # D:E19, B 17 and 18

    assert not holds('process.executable : "*\\\\evil.exe"', {"process.executable": long})
    assert not holds("process.executable != null", {"process.executable": long})
    assert holds('process.executable != "x"', {"process.executable": long})
    assert holds('process.command_line : "*\\\\evil.exe"', line(long))


def test_the_limit_counts_utf16_units() -> None:
    assert holds("process.name != null", name("\U0001f600" * 512))
    assert not holds("process.name != null", name("\U0001f600" * 513))
    assert holds('process.name == "b"', name(("a" * 1025, "b")))


# Structure -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('process.name == "a" or user.name == "x" and process.pid == 0', True),  # D:E4, B 98
        ('not process.name == "z" and user.name == "b"', True),
        ('not (process.name == "z" and user.name == "b")', True),
        ('not process.name == "a" or user.name == "z"', False),
        ('not (process.name == "a" or user.name == "z")', False),
        ("true and not false", True),
    ],
)
def test_not_binds_tighter_than_and_than_or(condition: str, expected: bool) -> None:
    assert holds(condition, {"process.name": "a", "user.name": "b", "process.pid": 1}) is expected


def test_a_category_is_exact_and_any_is_every() -> None:
    records = [record({}), record({}, "file"), record({"event.category": ("file", "process")})]

    def run(query: str) -> list[int]:
        return sorted(ENGINE.run(query, records, SCHEMA).matched)

    assert run("process where true") == [0, 2]
    assert run("any where true") == [0, 1, 2]
    assert run("Process where true") == []
    assert run('any where event.category == "file"') == [1, 2]
    assert run("process where false") == []


def test_head_and_tail_count_in_order_of_time() -> None:
    records = [record(name("a"), at=at) for at in (3, 1, 2)]

    def run(query: str) -> list[int]:
        return sorted(ENGINE.run(query, records, SCHEMA).matched)

    assert run("any where true | head 2") == [1, 2]
    assert run("any where true | tail 1") == [0]
    assert run("any where true | head 2 | tail 1") == [2]
    assert run("any where true | tail 9") == [0, 1, 2]


def test_one_query_runs_on_two_schemas() -> None:
    query = 'any where not ?process.title == "x"'

    assert ENGINE.run(query, [record({})], SCHEMA).matched == frozenset()
    mapped = ENGINE.run(query, [record({})], {**SCHEMA, "process.title": Kind.TEXT})
    assert mapped.matched == {0}


def test_one_and_true_are_not_mistaken_for_each_other() -> None:
    assert holds("process.pid == 1", {"process.pid": 1})
    with pytest.raises(Rejected):
        holds("process.pid == true", {"process.pid": 1})


def test_a_list_may_be_long() -> None:
    listed = ", ".join(f'"v{number}"' for number in range(600))  # B 102

    assert holds(f"process.name in ({listed})", name("v599"))


# What is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "",
        "process where",
        "where true",
        'process.name == "x"',
        'any where process.name = "x"',  # D:E1
        "any where process.name == 'x'",
        'any where process.name == ?"x"',
        'any where process.name == "a\\d"',  # D:E4, unknown escapes
        'any where process.name : "a\\*b"',
        'any where process.name == "C:\\dir\\"',
        'any where process.name == "a\nb"',
        'any where process.name == "\\u{d800}"',
        'any where process.name == "\\u{110000}"',
        "any where process.name == user.name",  # D:E1
        "any where process.name in (user.name)",
        "any where process.name : user.name",
        "any where process.pid : 4",
        'any where process.pid : "4"',  # D:E1, strings only
        'any where process.pid like "4*"',
        'any where process.pid == "4"',
        'any where process.pid in (1, "2")',
        "any where process.name == 4624",  # B 89
        "any where process.name in (1, 2)",
        "any where process.name in~ (1)",
        'any where process.pid in~ ("1")',
        'any where dll.code_signature.trusted == "true"',
        "any where dll.code_signature.trusted > false",
        'any where destination.ip : "10.*"',
        'any where destination.ip == "10.0.0.0/8"',
        'any where destination.ip in ("nowhere")',
        'any where cidrMatch(process.name, "10.0.0.0/8")',  # D:E2, `ip` only
        'any where cidrMatch(destination.ip, "10.0.0.1")',
        'any where cidrMatch(destination.ip, "300.0.0.0/8")',
        'any where cidrMatch(destination.ip, "::ffff:0:0/96")',
        "any where cidrMatch(destination.ip)",
        'any where cidrMatch~(destination.ip, "10.0.0.0/8")',
        "any where process.name",
        "any where process.pid and true",
        "any where null",
        'any where "x"',
        "any where process.pid > null",
        "any where process.start > 5",
        "any where process.pid > 1 > 0",
        "any where process.pid + 1 == 2",
        "any where length(process.name) > 3",
        'any where concat(process.name, "x") == "ax"',
        'any where wildcard(process.name, "x*")',
        'any where nothing(process.name, "x")',
        'any where startsWith(process.name, "a", "b")',
        "any where endsWith(process.name, 1)",
        'any where stringContains(process.name, "")',
        'any where process.name : ""',
        'any where process.name regex ""',
        "any where process.name in ()",
        'any where process.name in ("a",)',
        'any where process.name like ("a",)',
        'any where process.name == "x" AND process.pid == 1',
        'any where process.name == "x" or',
        'any where process.name not "x"',
        'any where process.args[0] == "x"',
        'any where process.by == "x"',
        "any where 1 == 1",
        'any where child of [process where process.name == "x"]',
        "any where true | count",
        "any where true | head",
        "any where true | head 1.5",
        "any where true | take 5",
        '"process" where true',  # Elasticsearch's, but not the eql package's
        "sample by host.id [process where true] [file where true]",
        "join by host.id [process where true] [file where true]",
        "any where " + "(" * 200 + "true" + ")" * 200,
        "any where process.pid == " + "9" * 5000,
        "any where \x00",
    ],
)
def test_a_query_that_is_wrong_or_unknown_is_rejected(query: str) -> None:
    with pytest.raises(Rejected):
        matched(query, {"process.name": "x", "process.pid": 1})


# Sequences -------------------------------------------------------------------------------------

PAIR = (
    "sequence by host.id with maxspan=300s"
    ' [any where user.name == "A"] [any where user.name == "B"]'
)


def event(letter: str, at: float, host: str | tuple[str, ...] | None = "h") -> Record:
    held = {"user.name": letter} if host is None else {"user.name": letter, "host.id": host}
    return record(held, at=at)


def sequences(query: str, *records: Record) -> list[object]:
    rows = ENGINE.run(query, records, SCHEMA).rows
    assert rows is not None
    return [row["events"] for row in rows]


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        # D:E10; the numbers are those of B.9
        ([event("A", 0), event("B", 300)], [[0, 1]]),  # 111, inclusive
        ([event("A", 0), event("B", 300.001)], []),  # 112
        ([event("A", 0), event("B", 300.0004)], [[0, 1]]),  # a `date` has milliseconds
        ([event("A", 0), event("B", 0)], [[0, 1]]),  # 113, the tie is broken
        ([event("B", 0), event("A", 1)], []),  # 114
        ([event("B", 5), event("A", 1)], [[1, 0]]),  # in order of time
        ([event("A", 0), event("A", 290), event("B", 310)], [[1, 2]]),  # 115
        ([event("A", 0), event("B", 1), event("B", 2)], [[0, 1]]),  # 116
        ([event("A", 1), event("A", 2), event("B", 3), event("B", 4)], [[1, 2]]),
        ([event("A", 0, None), event("B", 1, None)], []),  # 117, null joins nothing
        ([event("A", 0, "1"), event("A", 1, "2"), event("B", 2, "1")], [[0, 2]]),  # 119
        ([event("A", 0, "HOST1"), event("B", 1, "host1")], []),  # 120
        ([event("A", 0, ""), event("B", 1, "")], [[0, 1]]),  # "" is a value
        ([event("A", 0, ("x", "y")), event("B", 1, "y")], [[0, 1]]),
        # A late B uses up the A that it is too late for.
        ([event("A", 0), event("B", 301), event("B", 302)], []),
    ],
)
def test_a_sequence_joins_the_latest_start(records: list[Record], expected: list[object]) -> None:
    assert sequences(PAIR, *records) == expected


def test_a_sequence_names_its_key() -> None:
    rows = ENGINE.run(PAIR, [event("A", 0), event("B", 1)], SCHEMA).rows

    assert rows == ({"events": [0, 1], "key": ["h"]},)


def test_one_event_does_not_serve_two_stages() -> None:
    query = "sequence by host.id [any where true] [any where true]"  # B 118

    assert sequences(query, event("A", 0)) == []
    assert sequences(query, event("A", 0), event("A", 1), event("A", 2)) == [[0, 1], [1, 2]]


def test_runs_repeat_a_stage_and_slide() -> None:
    query = 'sequence by host.id with maxspan=1h [any where user.name == "A"] with runs=3'

    assert sequences(query, *(event("A", at) for at in range(2))) == []
    assert sequences(query, *(event("A", at) for at in range(4))) == [[0, 1, 2], [1, 2, 3]]


def test_until_ends_what_waits_but_not_what_is_complete() -> None:
    query = PAIR + ' until [any where user.name == "U"]'

    broken = [event("A", 0), event("U", 1), event("B", 2)]
    other = [event("A", 0), event("U", 1, "other"), event("B", 2)]
    after = [event("A", 0), event("B", 1), event("U", 2)]
    again = [event("A", 0), event("U", 1), event("A", 2), event("B", 3)]

    assert sequences(query, *broken) == []
    assert sequences(query, *other) == [[0, 2]]
    assert sequences(query, *after) == [[0, 1]]
    assert sequences(query, *again) == [[2, 3]]


def test_each_event_may_have_its_own_key() -> None:
    query = "sequence [process where true] by process.name [file where true] by process.parent.name"
    opened = [
        record({"process.name": "x"}),
        record({"process.parent.name": "x"}, "file", at=1),
        record({"process.parent.name": "y"}, "file", at=2),
    ]

    assert sequences(query, *opened) == [[0, 1]]


def test_an_optional_key_joins_null_to_null() -> None:
    query = PAIR.replace("host.id", "?host.id")  # D:E1

    rows = ENGINE.run(query, [event("A", 0, None), event("B", 1, None)], SCHEMA).rows

    assert rows == ({"events": [0, 1], "key": [None]},)


def test_a_stage_whose_condition_is_null_never_happens() -> None:
    query = 'sequence by host.id [any where true] [any where not ?nowhere.known == "x"]'

    assert sequences(query, event("A", 0), event("B", 1)) == []


@pytest.mark.parametrize(
    "query",
    [
        "sequence [process where true]",
        "sequence with maxspan=30 [process where true] [file where true]",
        "sequence with maxspan=1.5s [process where true] [file where true]",
        "sequence with maxspan=0s [process where true] [file where true]",
        "sequence with maxspan=5w [process where true] [file where true]",
        "sequence with maxspan=1s by host.id [process where true] [file where true]",
        "sequence by nowhere.known [process where true] [file where true]",
        "sequence [process where true] by host.id [file where true]",
        "sequence [process where true] by host.id [file where true] by process.pid",
        "sequence by host.id with maxspan=1s [process where true] ![file where true]",
        "sequence by host.id [process where true] with runs=101 [file where true]",
        "sequence by host.id [process where true] with runs=0 [file where true]",
        "sequence by host.id [process where true] with times=3 [file where true]",
        "sequence by host.id [process where true] [file where true] | head 1",
        "sequence by host.id [process where true] [file where nowhere.known == 1]",
    ],
)
def test_a_sequence_that_is_wrong_or_unknown_is_rejected(query: str) -> None:
    with pytest.raises(Rejected):
        sequences(query, event("A", 0))


# The engine ------------------------------------------------------------------------------------


def test_it_is_ready_and_says_whose_semantics_it_has() -> None:
    engine: Engine = ENGINE

    engine.ready()

    assert "not Elasticsearch itself" in engine.semantics
    assert all(each.text.endswith(".") and each.reason for each in ASSUMED)


def test_a_run_takes_a_few_milliseconds() -> None:
    query = (
        'process where process.name : ("node.exe", "bun.exe") and process.pid > 4 and'
        ' process.command_line regex~ "(.*[^0-9A-Za-z])?eval([^0-9A-Za-z].*)?"'
    )
    events = [
        record({"process.name": "Node.exe", "process.pid": 10 + at, **line(f"node -e {at}eval(1)")})
        for at in range(30)
    ]
    ENGINE.run(query, events, SCHEMA)

    start = time.perf_counter()
    for _ in range(20):
        ENGINE.run(query, events, SCHEMA)

    assert (time.perf_counter() - start) / 20 < 0.05
