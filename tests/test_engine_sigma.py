"""The engine of Sigma, held to the specification and to what was seen of pySigma.

Keys: G1 rules, G2 modifiers, G3 correlations of the Sigma specification; B.n a case of the list of
differences; SIG pySigma as observed; PCRE its manual; ours an entry of `ASSUMED`.
"""

import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime

import pytest

from tocsin_engines import Engine, Kind, Outcome, Record, Rejected, Scalar
from tocsin_engines.sigma import ASSUMED, CORRECTED, ENGINE

SCHEMA = {
    "CommandLine": Kind.TEXT,
    "Image": Kind.TEXT,
    "ParentImage": Kind.TEXT,
    "User": Kind.TEXT,
    "DestinationIp": Kind.IP,
    "DestinationPort": Kind.NUMBER,
    "Signed": Kind.BOOL,
    "UtcTime": Kind.TIME,
}
HEAD = """
title: A Test
logsource:
    category: process_creation
    product: windows
detection:
"""

Columns = Mapping[str, Scalar | tuple[Scalar, ...]]


def run(query: str, *events: Columns) -> Outcome:
    records = [Record("process_creation", place, each) for place, each in enumerate(events)]
    return ENGINE.run(query, records, SCHEMA)


def detection(text: str) -> str:
    return HEAD + "".join(f"    {line}\n" for line in text.strip("\n").split("\n"))


def selection(item: str) -> str:
    """Write a rule of one selection of one line."""
    return detection(f"selection:\n    {item}\ncondition: selection")


def holds(item: str, **columns: Scalar | tuple[Scalar, ...]) -> bool:
    return run(selection(item), columns).matched == {0}


def test_it_is_an_engine() -> None:
    engine: Engine = ENGINE

    engine.ready()

    assert "third party" in engine.semantics
    assert all(each.text and each.reason for each in ASSUMED)
    assert all(what and why for what, why in CORRECTED)


# --- texts


@pytest.mark.parametrize(
    ("item", "value", "expected"),
    [
        # Case and its alphabet.
        pytest.param("CommandLine: 'cmd.EXE'", "CMD.exe", True, id="G1 B.28"),
        pytest.param("CommandLine: 'é'", "É", False, id="B.30 ours"),
        pytest.param("CommandLine: 'k'", "\u212a", False, id="B.31 ours"),
        pytest.param("CommandLine: 'i̇'", "İ", False, id="B.35"),
        pytest.param("CommandLine|cased: 'cmd'", "CMD", False, id="G2 B.29"),
        pytest.param("CommandLine|cased: 'cmd'", "cmd", True, id="G2 cased"),
        pytest.param("CommandLine|contains|cased: 'ABC'", "xabcx", False, id="B.34"),
        pytest.param("CommandLine|contains|cased: 'ABC'", "xABCx", True, id="G2 cased contains"),
        pytest.param("CommandLine|cased: 'a[b]?d'", "a[b]cd", True, id="cased brackets"),
        pytest.param("CommandLine|cased: 'a[b]d'", "abd", False, id="cased brackets are no class"),
        pytest.param(r"CommandLine|cased: 'a\*\?b'", "a*?b", True, id="cased escapes"),
        pytest.param(r"CommandLine|cased: 'a\*b'", "axb", False, id="cased literal star"),
        pytest.param('CommandLine|cased: "a\\x01b\\x02"', "a\x01b\x02", True, id="cased controls"),
        # The whole value, wildcards, escapes.
        pytest.param("CommandLine: 'cmd'", "cmd.exe", False, id="G1 whole"),
        pytest.param("CommandLine: 'a*b*c'", "zaxbycz", False, id="B.42"),
        pytest.param("CommandLine: 'a*b*c'", "AxByC", True, id="G1 star"),
        pytest.param("CommandLine: 'a?c'", "axc", True, id="B.41 one"),
        pytest.param("CommandLine: 'a?c'", "ac", False, id="B.41 none"),
        pytest.param("CommandLine: 'a?c'", "axxc", False, id="B.41 two"),
        pytest.param("CommandLine: 'a*b'", "a\nb", True, id="B.43"),
        pytest.param("CommandLine: 'a?b'", "a😀b", True, id="B.44"),
        pytest.param("CommandLine|cased: 'a?b'", "a😀b", True, id="B.44 cased"),
        pytest.param(r"CommandLine: 'a\*b'", "a*b", True, id="G1 B.36"),
        pytest.param(r"CommandLine: 'a\*b'", "aXXb", False, id="G1 B.37"),
        pytest.param(r"CommandLine: 'a\?b'", "a?b", True, id="B.38 same"),
        pytest.param(r"CommandLine: 'a\?b'", "aXb", False, id="B.38 other"),
        pytest.param(r"CommandLine|contains: '/tn \*'", "schtasks /tn * /f", True, id="B.39 same"),
        pytest.param(r"CommandLine|contains: '/tn \*'", "schtasks /tn x", False, id="B.39 other"),
        pytest.param("CommandLine|contains: '50%_'", "a50%_x", True, id="B.40 same"),
        pytest.param("CommandLine|contains: '50%_'", "a50zzx", False, id="B.40 other"),
        pytest.param("CommandLine: 'a_b'", "axb", False, id="an underline is no wildcard"),
        pytest.param(r"CommandLine: 'a\b'", r"a\b", True, id="SIG one backslash"),
        pytest.param(r"CommandLine: 'a\\b'", r"a\b", True, id="SIG two are one"),
        pytest.param(r"CommandLine: 'a\\\b'", r"a\\b", True, id="SIG three are two"),
        pytest.param(r"CommandLine: 'a\\\\b'", r"a\\b", True, id="SIG four are two"),
        pytest.param(r"CommandLine: 'a\\*b'", r"a\xxb", True, id="G1 backslash and wildcard"),
        pytest.param(r"CommandLine: 'a\\\*b'", r"a\*b", True, id="G1 B.59"),
        pytest.param(r"CommandLine: 'a\\\*b'", r"a\xb", False, id="G1 three before a star"),
        pytest.param(r"CommandLine: '\\srv\share'", r"\srv\share", True, id="G1 B.48"),
        pytest.param(r"CommandLine: '\\srv\share'", r"\\srv\share", False, id="G1 B.47"),
        pytest.param(r"CommandLine|startswith: '\\\\srv'", r"\\srv\share", True, id="B.47"),
        pytest.param(r"CommandLine: 'C:\dir\*'", r"C:\dir\x", False, id="SIG literal star"),
        pytest.param(r"CommandLine|endswith: 'dir\'", "C:\\dir\\", True, id="B.46"),
        pytest.param(r"CommandLine|startswith: 'C:\'", r"C:\x", True, id="trailing backslash"),
        pytest.param(r"Image|endswith: '\cmd.exe'", r"C:\Windows\cmd.exe", True, id="B.45 same"),
        pytest.param(r"Image|endswith: '\cmd.exe'", r"C:\Windows\xcmd.exe", False, id="B.45 other"),
        pytest.param(r"Image|contains: '\temp\new'", r"C:\temp\new", True, id="B.49"),
        pytest.param("CommandLine|contains: '\"hi\" it''s'", 'say "hi" it\'s', True, id="B.51"),
        pytest.param('CommandLine|contains: "\\n"', "a\nb", True, id="B.53"),
        pytest.param("CommandLine|contains: '|b [c]'", "a|b [c]", True, id="B.55"),
        pytest.param("CommandLine|contains: '%TEMP%'", "%temp%", True, id="B.57"),
        pytest.param("CommandLine|contains: '{0} {field}'", "{0} {field}", True, id="braces"),
        pytest.param("CommandLine: 'café'", "cafe\u0301", False, id="B.60"),
        pytest.param("CommandLine: 'and'", "and", True, id="B.101"),
        pytest.param('CommandLine: "\' OR 1=1 --"', "x", False, id="SQL is text"),
        pytest.param("CommandLine|startswith: 'cm*'", "CMD", True, id="a star twice is one"),
        pytest.param("CommandLine|contains: ''", "x", True, id="an empty needle is anywhere"),
        # Lists.
        pytest.param("CommandLine: ['a', 'b']", "B", True, id="G1 list"),
        pytest.param("CommandLine|contains|all: ['a', 'b']", "xbxa", True, id="G2 all"),
        pytest.param("CommandLine|contains|all: ['a', 'b']", "xb", False, id="G2 not all"),
        pytest.param("CommandLine|all|contains: ['a', 'b']", "xbxa", True, id="SIG all first"),
        pytest.param("CommandLine|neq: ['a', 'b']", "a", False, id="G2 neq"),
        pytest.param("CommandLine|neq: ['a', 'b']", "c", True, id="G2 neq of none"),
        # Transformations.
        pytest.param("CommandLine|windash|contains: ' -e '", "x /e y", True, id="G2 windash"),
        pytest.param("CommandLine|windash|contains: ' -e '", "x \u2013E y", True, id="G2 en dash"),
        pytest.param("CommandLine|windash|contains: 'a-e'", "a/e", False, id="SIG within a word"),
        pytest.param(
            "CommandLine|windash|contains|all: [' -e', ' -f']", "x /f -e", True, id="windash all"
        ),
        pytest.param("CommandLine|windash|cased: '-E'", "/E", True, id="windash, then cased"),
        pytest.param("CommandLine|base64|contains: 'foobar'", "Zm9vYmFy", True, id="G2 base64"),
        pytest.param(
            "CommandLine|wide|base64offset|contains: 'http'", "x aAB0AHQAcAA= y", True, id="G2 wide"
        ),
    ],
)
def test_a_text_is_compared_as_sigma_says(item: str, value: str, expected: bool) -> None:
    field = item.split("|")[0].split(":")[0]

    assert holds(item, **{field: value}) is expected


# --- regular expressions


@pytest.mark.parametrize(
    ("item", "value", "expected"),
    [
        pytest.param("CommandLine|re: 'abc'", "xxabcyy", True, id="B.63 search"),
        pytest.param("CommandLine|re: '^abc$'", "abc", True, id="B.64"),
        pytest.param("CommandLine|re: '^abc$'", "abc\n", True, id="B.65 PCRE"),
        pytest.param("CommandLine|re: '^abc$'", "abc\n\n", False, id="PCRE one line feed"),
        pytest.param("CommandLine|re: 'abc'", "ABC", False, id="G2 cased"),
        pytest.param("CommandLine|re|i: '^[a-c]+$'", "ABC", True, id="G2 B.32"),
        pytest.param("CommandLine|re|i: '^[^a-c]$'", "B", False, id="B.33"),
        pytest.param("CommandLine|re|i: 'é'", "É", False, id="ours letters of re"),
        pytest.param("CommandLine|re: 'a.b'", "a\nb", False, id="G2 dot"),
        pytest.param("CommandLine|re|s: 'a.b'", "a\nb", True, id="G2 B.77"),
        pytest.param("CommandLine|re|i|s: 'A.b'", "a\nB", True, id="G2 two flags"),
        pytest.param("CommandLine|re: '^b$'", "a\nb\nc", False, id="G2 lines"),
        pytest.param("CommandLine|re|m: '^b$'", "a\nb\nc", True, id="G2 m"),
        pytest.param("CommandLine|re|m: '^$'", "a\n", False, id="PCRE circumflex at the end"),
        pytest.param("CommandLine|re: '^.$'", "😀", True, id="ours code points"),
        pytest.param("CommandLine|re: 'a#b'", "a#b", True, id="B.68"),
        pytest.param("CommandLine|re: '^a@b$'", "axxb", False, id="B.69"),
        pytest.param("CommandLine|re: '^a<1-5>$'", "a3", False, id="B.70"),
        pytest.param(r"CommandLine|re: 'a\<b'", "a<b", True, id="B.71"),
        pytest.param("CommandLine|re: '^[a&&b]$'", "&", True, id="B.76"),
        pytest.param("CommandLine|re: '[[]x[]]'", "[x]", True, id="brackets in classes"),
        pytest.param("CommandLine|re: 'x/y'", "https://x/y", True, id="B.78"),
        pytest.param(r"CommandLine|re: 'C:\\a'", r"C:\a", True, id="G2 B.79 not unescaped"),
        pytest.param("CommandLine|re: 'q\"x''y'", "q\"x'y", True, id="B.80"),
        pytest.param("CommandLine|re: ['^a|b$', 'c']", "xb", True, id="B.81"),
        pytest.param(
            "CommandLine|re|i: '(^|[^0-9A-Za-z])cmd([^0-9A-Za-z]|$)'", "a_CMD_b", True, id="B.84"
        ),
        pytest.param("CommandLine|re: '^a{2,3}$'", "aaaa", False, id="G2 count"),
        pytest.param("CommandLine|re: 'a{1001}'", "a", None, id="SIG count"),
        pytest.param("CommandLine|re: '*'", "*", None, id="nothing to repeat"),
        pytest.param("CommandLine|re: '^*a'", "a", None, id="no anchor to repeat"),
        pytest.param("CommandLine|re: 'a+?'", "a", None, id="G2 lazy"),
        pytest.param("CommandLine|re: 'a++'", "a", None, id="G2 possessive"),
        pytest.param(r"CommandLine|re: '\d'", "1", None, id="G2 shorthand"),
        pytest.param(r"CommandLine|re: 'a\Z'", "a", None, id="G2 end of text"),
        pytest.param(r"CommandLine|re: '\bcmd\b'", "cmd", None, id="G2 word boundary"),
        pytest.param("CommandLine|re: '(?i)a'", "a", None, id="G2 inline flag"),
        pytest.param("CommandLine|re: '(?!a)b'", "b", None, id="G2 lookahead"),
        pytest.param("CommandLine|re: '(?:a)'", "a", None, id="G2 group that captures nothing"),
        pytest.param("CommandLine|re: '[[:alpha:]]'", "a", None, id="G2 POSIX class"),
        pytest.param("CommandLine|re: 'a{,2}'", "a", None, id="PCRE and Python differ"),
        pytest.param(r"CommandLine|re: '(a)\1'", "aa", None, id="G2 back reference"),
        pytest.param("CommandLine|re: '(a'", "a", None, id="SIG unbalanced"),
        pytest.param("CommandLine|re: '[b-a]'", "a", None, id="SIG reversed range"),
        pytest.param("CommandLine|re: null", "None", None, id="re of null"),
        pytest.param("CommandLine|re: 5", "5", None, id="re of a number"),
        pytest.param("CommandLine|re|startswith: 'a'", "a", None, id="re is a search"),
        pytest.param("CommandLine|re|cased: 'a'", "a", None, id="SIG re and cased"),
        pytest.param("CommandLine|contains|re: 'a'", "a", None, id="SIG re comes first"),
        pytest.param("CommandLine|i: 'a'", "a", None, id="SIG a flag of no re"),
    ],
)
def test_a_regular_expression_is_what_the_specification_lists(
    item: str, value: str, expected: bool | None
) -> None:
    if expected is None:
        with pytest.raises(Rejected):
            holds(item, CommandLine=value)
    else:
        assert holds(item, CommandLine=value) is expected


# --- absent, null, empty

NOTHING: dict[str, Scalar] = {}


@pytest.mark.parametrize(
    ("item", "columns", "expected"),
    [
        pytest.param("Image: 'cmd'", NOTHING, False, id="B.1"),
        pytest.param("Image|neq: 'cmd'", NOTHING, True, id="G2 neq ours"),
        pytest.param("Image: null", NOTHING, True, id="G1 null"),
        pytest.param("Image: null", {"Image": ""}, False, id="null is not empty"),
        pytest.param("Image:", NOTHING, True, id="SIG no value is null"),
        pytest.param("Image: ''", {"Image": ""}, True, id="G1 empty"),
        pytest.param("Image: ''", NOTHING, False, id="empty is not null"),
        pytest.param("Image: ['', '-']", {"Image": "-"}, True, id="a list with the empty text"),
        pytest.param("Image: '*'", {"Image": ""}, True, id="a star takes nothing too"),
        pytest.param("Image: '*'", NOTHING, False, id="a star wants a value"),
        pytest.param("Image|exists: true", {"Image": ""}, True, id="G2 exists of the empty"),
        pytest.param("Image|exists: true", NOTHING, False, id="G2 exists"),
        pytest.param("Image|exists: false", NOTHING, True, id="G2 exists not"),
        pytest.param("Image|exists: false", {"Image": "x"}, False, id="G2 exists not, of a value"),
        pytest.param("Image|re: '.*'", NOTHING, False, id="re of nothing"),
        pytest.param("DestinationIp|cidr: '0.0.0.0/0'", NOTHING, False, id="cidr of nothing"),
        pytest.param("DestinationPort|lte: 3", NOTHING, False, id="B.8"),
        pytest.param("image: 'x'", {"Image": "x"}, False, id="ours names are exact"),
        pytest.param("Image: 'x'", {"Image": ("x",)}, True, id="one value in a list"),
        pytest.param("Image: null", {"Image": ()}, True, id="no value in a list"),
    ],
)
def test_absent_null_and_empty_are_told_apart(item: str, columns: Columns, expected: bool) -> None:
    assert holds(item, **columns) is expected


@pytest.mark.parametrize(
    "item",
    [
        "Image: 'cmd'",  # B.2
        "Image|contains: 'cmd'",
        "Image|cased: 'cmd'",
        "Image|re: '.*'",
        "Image: ['x', 'y*']",  # B.14
        "Image|contains|all: ['x', 'y']",
        "Image|fieldref: User",
        "DestinationPort: 5",  # B.6
        "DestinationPort|gt: 3",  # B.7
        "DestinationIp|cidr: '10.0.0.0/8'",  # B.10
        "Signed: true",  # B.15
        "UtcTime|hour: 3",
        "Image|windash|contains: '-e'",
        "Image|exists: true",
    ],
)
def test_not_holds_for_an_absent_field(item: str) -> None:
    text = detection(f"selection:\n    {item}\ncondition: not selection")
    twice = detection(f"selection:\n    {item}\ncondition: not (not selection)")  # B.13

    assert run(text, {"Other": "x"}).matched == {0}
    assert run(twice, {"Other": "x"}).matched == set()


def test_a_field_of_several_values_is_refused() -> None:
    with pytest.raises(Rejected, match="several values"):
        holds("Image: 'a'", Image=("a", "b"))


# --- numbers, booleans, addresses, times


@pytest.mark.parametrize(
    ("item", "columns", "expected"),
    [
        pytest.param("DestinationPort: 443", {"DestinationPort": 443}, True, id="G1 number"),
        pytest.param("DestinationPort: '443'", {"DestinationPort": 443}, True, id="G1 its text"),
        pytest.param("DestinationPort: 443", {"DestinationPort": "443"}, True, id="number of text"),
        pytest.param("DestinationPort: '0443'", {"DestinationPort": 443}, False, id="B.91"),
        pytest.param("DestinationPort: 443", {"DestinationPort": "0443"}, False, id="B.91 turned"),
        pytest.param("DestinationPort: [445, 139]", {"DestinationPort": 445}, True, id="B.90"),
        pytest.param("DestinationPort: '44*'", {"DestinationPort": 445}, True, id="G1 as a text"),
        pytest.param("DestinationPort: 443", {"DestinationPort": 443.0}, True, id="whole float"),
        pytest.param("DestinationPort: 1.5", {"DestinationPort": 1.5}, True, id="SIG float"),
        pytest.param("DestinationPort|gt: 443", {"DestinationPort": 1000}, True, id="B.92"),
        pytest.param("DestinationPort|gt: 443", {"DestinationPort": "1000"}, True, id="B.92 text"),
        pytest.param("DestinationPort|gt: 443", {"DestinationPort": 443}, False, id="G2 gt"),
        pytest.param("DestinationPort|gte: 443", {"DestinationPort": 443}, True, id="G2 gte"),
        pytest.param("DestinationPort|lt: 443", {"DestinationPort": 443}, False, id="G2 lt"),
        pytest.param("DestinationPort|lte: 443", {"DestinationPort": 443}, True, id="G2 lte"),
        pytest.param("DestinationPort|lt: 0", {"DestinationPort": -1}, True, id="negative"),
        pytest.param("DestinationPort|gt: 0", {"DestinationPort": "abc"}, False, id="no number"),
        pytest.param("DestinationPort|gt: 1", {"DestinationPort": "0x10"}, False, id="no decimal"),
        pytest.param("DestinationPort|lt: 1", {"DestinationPort": ""}, False, id="empty number"),
        pytest.param(
            "DestinationPort|gt: 9007199254740992",
            {"DestinationPort": "9007199254740993"},
            True,
            id="B.97 beyond floats",
        ),
        pytest.param("DestinationPort|neq: 443", {"DestinationPort": 80}, True, id="G2 neq"),
        pytest.param("CommandLine: 0x10", {"CommandLine": "16"}, True, id="SIG hexadecimal"),
        pytest.param("CommandLine: 1.50", {"CommandLine": "1.50"}, False, id="SIG B.58"),
        pytest.param("CommandLine: '1.50'", {"CommandLine": "1.50"}, True, id="B.58 quoted"),
        pytest.param("CommandLine: yes", {"CommandLine": "yes"}, False, id="SIG yes is a bool"),
        pytest.param("CommandLine: yes", {"CommandLine": "TRUE"}, True, id="SIG yes is true"),
        pytest.param("Signed: true", {"Signed": True}, True, id="ours true"),
        pytest.param("Signed: 'true'", {"Signed": True}, True, id="ours true as a text"),
        pytest.param("Signed: true", {"Signed": False}, False, id="true is not false"),
        pytest.param("Signed: false", {"Signed": False}, True, id="ours false"),
        pytest.param("Signed: true", {"Signed": "1"}, False, id="true is not one"),
        pytest.param("DestinationIp|cidr: '10.0.0.0/8'", {"DestinationIp": "10.1.2.3"}, True),
        pytest.param("DestinationIp|cidr: '10.0.0.0/8'", {"DestinationIp": "11.1.2.3"}, False),
        pytest.param(
            "DestinationIp|cidr: '10.0.0.0/8'", {"DestinationIp": "10.evil"}, False, id="B.9"
        ),
        pytest.param(
            "DestinationIp|cidr: '172.16.0.0/12'", {"DestinationIp": "172.32.0.1"}, False, id="bits"
        ),
        pytest.param(
            "DestinationIp|cidr: '2001:db8::/33'", {"DestinationIp": "2001:DB8::1"}, True, id="B.93"
        ),
        pytest.param(
            "DestinationIp|cidr: 'fe80::/10'", {"DestinationIp": "fe80:0:0:0:0:0:0:1"}, True
        ),
        pytest.param(
            "DestinationIp|cidr: '10.0.0.0/8'",
            {"DestinationIp": "::ffff:10.0.0.1"},
            False,
            id="B.95",
        ),
        pytest.param(
            "DestinationIp|cidr: ['10.0.0.0/8', '::1/128']",
            {"DestinationIp": "0:0:0:0:0:0:0:1"},
            True,
        ),
        pytest.param("UtcTime|hour: 3", {"UtcTime": 3 * 3600 * 10**6}, True, id="G2 hour"),
        pytest.param("UtcTime|hour|gte: 4", {"UtcTime": 3 * 3600 * 10**6}, False, id="G2 hour gte"),
        pytest.param("UtcTime|year: 1970", {"UtcTime": "1970-01-01 00:00:00.000"}, True, id="year"),
        pytest.param("UtcTime|minute: 0", {"UtcTime": "now"}, False, id="no moment but a date"),
        pytest.param("UtcTime|hour: 12", {"UtcTime": "2460000"}, False, id="no Julian day"),
    ],
)
def test_numbers_booleans_addresses_and_times(item: str, columns: Columns, expected: bool) -> None:
    assert holds(item, **columns) is expected


@pytest.mark.parametrize(
    ("item", "image", "parent", "expected"),
    [
        ("Image|fieldref: ParentImage", "A.exe", "a.EXE", True),  # G2
        ("Image|fieldref: ParentImage", "a.exe", "b.exe", False),
        ("Image|fieldref|neq: ParentImage", "a.exe", "b.exe", True),  # G2 2.1
        ("Image|fieldref: ParentImage", "axb", "a_b", False),
        ("Image|fieldref|startswith: ParentImage", "a%b.exe", "A%", True),
        ("Image|fieldref|startswith: ParentImage", "axb.exe", "a_", False),
        ("Image|fieldref|endswith: ParentImage", r"C:\a", r"\A", True),
        ("Image|fieldref|contains: ParentImage", "xaby", "AB", True),
    ],
)
def test_a_field_is_compared_with_a_field(
    item: str, image: str, parent: str, expected: bool
) -> None:
    assert holds(item, Image=image, ParentImage=parent) is expected


def test_two_absent_fields_are_not_equal() -> None:  # ours
    assert not holds("Image|fieldref: ParentImage", User="x")


# --- conditions

ABC = """
sel_a:
    Image: '1'
sel_b:
    User: '1'
filter_c:
    CommandLine: '1'
_off:
    Image: 'never'
condition: {}
"""


@pytest.mark.parametrize(
    ("condition", "image", "user", "line", "expected"),
    [
        ("sel_a or sel_b and filter_c", "1", "0", "0", True),  # G1 B.98: and binds tighter
        ("not sel_a and sel_b", "0", "1", "0", True),  # B.99
        ("not (sel_a or sel_b)", "1", "0", "0", False),  # B.100
        ("sel_a or sel_b and not filter_c", "0", "1", "1", False),  # O:SIG
        ("1 of sel_*", "0", "1", "0", True),  # G1
        ("1 of sel_*", "0", "0", "1", False),
        ("all of sel_*", "1", "0", "0", False),
        ("all of sel_*", "1", "1", "0", True),
        ("1 of sel_* and not 1 of filter_*", "1", "0", "1", False),
        ("not all of sel_*", "1", "0", "0", True),
        ("1 of them", "0", "0", "1", True),
        ("all of them", "1", "1", "1", True),  # G1: but not those with an underline
        ("1 of _*", "never", "0", "0", True),  # O:SIG
        ("((sel_a)) and (not (not sel_b))", "1", "1", "0", True),
    ],
)
def test_a_condition_is_read_as_the_specification_says(
    condition: str, image: str, user: str, line: str, expected: bool
) -> None:
    text = detection(ABC.format(condition))

    found = run(text, {"Image": image, "User": user, "CommandLine": line}).matched

    assert found == ({0} if expected else set())


def test_a_map_is_and_a_list_of_maps_is_or() -> None:  # G1
    text = detection("""
selection:
    - Image: 'a'
      User: 'x'
    - CommandLine: 'b'
condition: selection
""")

    found = run(text, {"Image": "a", "User": "x"}, {"Image": "a"}, {"CommandLine": "b"})

    assert found.matched == {0, 2}


def test_conditions_in_a_list_are_joined_with_or() -> None:  # G1
    text = detection("""
a:
    Image: 'a'
b:
    Image: 'b'
condition:
    - a
    - b
""")

    assert run(text, {"Image": "a"}, {"Image": "b"}, {"Image": "c"}).matched == {0, 1}


def test_several_rules_select_what_any_selects() -> None:  # ours
    text = "\n---\n".join(selection(f"Image: '{letter}'") for letter in "ab") + "\n---\n"

    assert run(text, {"Image": "a"}, {"Image": "b"}, {"Image": "c"}).matched == {0, 1}


def test_a_list_may_be_long() -> None:  # B.102
    values = ", ".join(f"'v{number}'" for number in range(3000))

    assert holds(f"Image: [{values}]", Image="V2999")


@pytest.mark.parametrize(
    "name", ["sel ect", "a.b.c", "true", "rowid", "select", "a`b", "it's", "{x}", "timestamp"]
)
def test_any_name_is_a_field(name: str) -> None:
    text = selection(f'"{name}": "x"')

    assert run(text, {name: "X"}, {"other": "x"}).matched == {0}


def test_a_column_that_the_records_lack_is_absent() -> None:  # B.16
    text = detection("""
selection:
    - Nowhere: 'a'
    - Image: 'b'
condition: selection
""")

    assert run(text, {"Image": "b"}, {"Image": "c"}).matched == {0}


# --- refused


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("- a\n- b", id="a list"),
        pytest.param("title: [", id="no YAML"),
        pytest.param("title: x", id="no detection"),
        pytest.param(HEAD + "    selection:\n        Image: 'a'", id="no condition"),
        pytest.param(selection("Image: 'a'").replace("title: A Test", ""), id="no title"),
        pytest.param(selection("Image: 'a'") + "id: 5", id="no UUID"),
        pytest.param(selection("Image: 'a'") + "taxonomy: ecs", id="G1 taxonomy"),
        pytest.param(selection("Image: 'a'") + "action: global", id="collections went"),
        pytest.param(selection("Image: 'a'") + "<<: {a: b}", id="no merge key in YAML 1.2"),
        pytest.param(selection("Image: 'a'\n        Image: 'b'"), id="YAML key twice"),
        pytest.param(selection("Image: []"), id="no values"),
        pytest.param(selection("Image: [null, 'a']"), id="G1 null in a list"),
        pytest.param(selection("Image: {a: b}"), id="SIG map as a value"),
        pytest.param(selection("Image: [['a']]"), id="SIG list in a list"),
        pytest.param(selection("Image: 2024-01-31"), id="SIG date"),
        pytest.param(selection("Image|contains: 5"), id="SIG contains a number"),
        pytest.param(selection("Image|contains|all: 'a'"), id="G2 all of one"),
        pytest.param(selection("Image|gt: '5'"), id="SIG gt of a text"),
        pytest.param(selection("Image|exists: 'yes'"), id="SIG exists of a text"),
        pytest.param(selection("Image|has: 'a'"), id="no such modifier"),
        pytest.param(selection("Image|: 'a'"), id="an empty modifier"),
        pytest.param(selection("Image|expand: '%servers%'"), id="G1 placeholder"),
        pytest.param(selection("UtcTime|week: 5"), id="week"),
        pytest.param(selection("Image|cased|windash: '-a'"), id="cased is lost"),
        pytest.param(selection("Image|cased|fieldref: User"), id="cased is lost in a reference"),
        pytest.param(selection("Image|windash: '-a -b -c -d'"), id="SIG four dashes"),
        pytest.param(selection("Image|fieldref: 'a*'"), id="SIG wildcard in a reference"),
        pytest.param(selection("Image|cidr: '10.0.0.0/33'"), id="SIG no network"),
        pytest.param(selection("Image|cidr: '10.9.9.9/8'"), id="SIG B.94 host bits"),
        pytest.param(selection("Image: 9223372036854775808"), id="B.97"),
        pytest.param(selection("Image: 9007199254740993"), id="B.97 inexact"),
        pytest.param(selection("Image: .nan"), id="SIG not a number"),
        pytest.param(selection('Image: "a\\0b"'), id="U+0000 in a rule"),
        pytest.param(selection("Image|wide|contains: 'cmd'"), id="wide makes U+0000"),
        pytest.param(selection('Image: "\\ud800"'), id="lone surrogate"),
        pytest.param(selection("1: 'a'"), id="a number as a name"),
        pytest.param(selection("- 'keyword'"), id="G1 keywords"),
        pytest.param(selection("'|all': ['a', 'b']"), id="G1 keywords of all"),
        pytest.param(selection("Image: 'a'\n        image: 'b'"), id="SQLite case of names"),
        pytest.param(detection("timeframe: 5m\na:\n    Image: 'a'\ncondition: a"), id="timeframe"),
        *(
            pytest.param(detection(ABC.format(condition)), id=f"condition {condition}")
            for condition in (
                "sel_a AND sel_b",
                "sel_a sel_b",  # O:SIG
                "sel_x",
                "1 of nothing_*",
                "2 of sel_*",
                "sel_a | count() > 5",
                "sel_a and",
                "(sel_a",
                "''",
                "5",
            )
        ),
        *(
            pytest.param(detection(ABC.format(condition)), id=name)
            for name, condition in {
                "deep not": "not " * 3000 + "sel_a",
                "deep not of groups": "not (sel_b or " * 3000 + "sel_a" + ")" * 3000,
            }.items()
        ),
        pytest.param("a: " + "[" * 50000, id="deep YAML"),
        pytest.param("a: &a [*a]", id="YAML in itself"),
        pytest.param(selection("Image|re: '" + "(" * 3000 + ")" * 3000 + "'"), id="deep regex"),
    ],
)
def test_a_bad_rule_is_refused(text: str) -> None:
    with pytest.raises(Rejected) as refusal:
        run(text, {"Image": "a"})

    assert str(refusal.value)


@pytest.mark.parametrize(
    "value", ["a\0b", "\ud800", 10**5000], ids=["U+0000", "surrogate", "5000 digits"]
)
def test_a_value_that_no_table_holds_is_refused(value: Scalar) -> None:
    with pytest.raises(Rejected):
        holds("Image|contains: 'a'", Image=value)


# --- correlations

FAILED = """
title: Failed Logon
name: failed
logsource: {category: authentication}
detection:
    selection: {Image: 'failed'}
    condition: selection
"""
WON = FAILED.replace("Failed Logon", "Logon").replace("failed", "won")
CORRELATED = """
---
title: A Correlation
correlation:
"""
MINUTE = 60 * 10**6


def correlate(correlation: str, *events: tuple[int, Columns]) -> list[Mapping[str, object]]:
    text = FAILED + "---" + WON + CORRELATED
    text += "".join(f"    {line}\n" for line in correlation.strip().split("\n"))
    if "won" not in correlation:
        text = text.replace("---" + WON, "")
    outcome = ENGINE.run(text, [Record("auth", *each) for each in events], SCHEMA)
    assert outcome.rows is not None
    assert not outcome.matched
    return list(outcome.rows)


COUNT = """
type: event_count
rules: [failed]
group-by: [User]
timespan: 5m
condition: {gte: 3}
"""


def test_events_are_counted_in_a_sliding_window_per_group() -> None:  # G3
    times = (4 * MINUTE, 5 * MINUTE, 6 * MINUTE)  # across a boundary of five minutes

    rows = correlate(
        COUNT,
        *((time, {"Image": "failed", "User": "Eve"}) for time in times),
        (5 * MINUTE, {"Image": "failed", "User": "bob"}),
        (5 * MINUTE, {"Image": "won", "User": "eve"}),
    )

    assert rows == [
        {
            "User": "Eve",
            "event_count": 3,
            "window_start": datetime(1970, 1, 1, 0, 1, tzinfo=UTC),
            "window_end": datetime(1970, 1, 1, 0, 6, tzinfo=UTC),
            "events": [0, 1, 2],
        }
    ]


@pytest.mark.parametrize(("last", "found"), [(5 * MINUTE + 100_000, 1), (5 * MINUTE + 100_001, 0)])
def test_both_ends_of_a_window_belong_to_it(last: int, found: int) -> None:  # ours
    events = ((time, {"Image": "failed", "User": "a"}) for time in (100_000, MINUTE, last))

    assert len(correlate(COUNT, *events)) == found


def test_an_event_without_the_key_is_in_no_group() -> None:  # ours, B.105
    assert correlate(COUNT, *((time, {"Image": "failed"}) for time in range(3))) == []


def test_values_are_counted_once_each_without_case() -> None:  # G3, B.108, ours
    count = """
type: value_count
rules: failed
timespan: 5m
condition: {gte: 3, field: User}
"""
    users = ("a", "A", "b", "c")

    rows = correlate(
        count, *((time, {"Image": "failed", "User": user}) for time, user in enumerate(users))
    )

    assert [row["value_count"] for row in rows] == [3]


ORDERED = """
type: temporal_ordered
rules: [failed, won]
group-by: User
timespan: 5m
"""


@pytest.mark.parametrize(
    ("kind", "first", "second", "found"),
    [
        pytest.param("temporal_ordered", 0, 5 * MINUTE, True, id="B.111"),
        pytest.param("temporal_ordered", 0, 5 * MINUTE + 1000, False, id="B.112"),
        pytest.param("temporal_ordered", 0, 0, False, id="B.113 ours"),
        pytest.param("temporal_ordered", MINUTE, 0, False, id="B.114"),
        pytest.param("temporal", MINUTE, 0, True, id="G3 any order"),
        pytest.param("temporal", 100_000, 5 * MINUTE + 100_000, True, id="an exact edge"),
        pytest.param("temporal", 0, 6 * MINUTE, False, id="G3 window"),
    ],
)
def test_rules_meet_in_time(kind: str, first: int, second: int, found: bool) -> None:
    rows = correlate(
        ORDERED.replace("temporal_ordered", kind),
        (first, {"Image": "failed", "User": "a"}),
        (second, {"Image": "won", "User": "A"}),
    )

    assert bool(rows) is found


def test_an_alias_joins_fields_of_two_names() -> None:  # G3
    rows = correlate(
        ORDERED.replace("User", "who")
        + "aliases:\n    who:\n        failed: TargetUser\n        won: SubjectUser",
        (0, {"Image": "failed", "TargetUser": "a"}),
        (1, {"Image": "won", "SubjectUser": "a"}),
        (2, {"Image": "won", "SubjectUser": "b"}),
    )

    assert [(row["who"], row["events"]) for row in rows] == [("a", [0, 1])]


def test_a_key_of_an_alias_is_shown_as_an_event_has_it() -> None:  # ours
    rows = correlate(
        ORDERED.replace("User", "who")
        + "aliases:\n    who:\n        failed: TargetUser\n        won: SubjectUser",
        (0, {"Image": "failed", "TargetUser": "Eve", "SubjectUser": "other"}),
        (1, {"Image": "won", "SubjectUser": "EVE"}),
    )

    assert [row["who"] for row in rows] == ["Eve"]


def test_numbers_are_added_up_in_a_sliding_window() -> None:  # pySigma: value_sum
    sums = """
type: value_sum
rules: failed
timespan: 5m
condition: {gte: 10, field: Size}
"""
    sizes = ("4", "6", "-", "", "x", "1")

    rows = correlate(
        sums, *((time * MINUTE, {"Image": "failed", "Size": n}) for time, n in enumerate(sizes))
    )

    assert [(row["value_sum"], row["events"]) for row in rows[:1]] == [(10, [0, 1])]
    assert [row["value_sum"] for row in rows] == [10, 10, 10, 10, 11]


NETWORK = FAILED.replace("category: authentication", "category: network, product: windows")


@pytest.mark.parametrize("second", [NETWORK, NETWORK.replace("failed", "won")])
def test_rules_of_several_log_sources_have_each_their_own_records(second: str) -> None:  # ours
    records = [
        Record(table, 0, {"Image": name})
        for table in ("authentication", "network/windows", "network/linux")
        for name in ("failed", "won")
    ]

    found = ENGINE.run(FAILED + "---" + second, records, SCHEMA)

    assert found.matched == {0, 2 if second == NETWORK else 3}


def test_a_correlation_reads_each_log_source_by_itself() -> None:  # ours
    text = FAILED + "---" + NETWORK.replace("failed", "won") + CORRELATED
    text += "".join(f"    {line}\n" for line in ORDERED.strip().split("\n"))

    def rows(table: str) -> bool:
        first = Record("authentication", 0, {"Image": "failed", "User": "a"})
        second = Record(table, 1, {"Image": "won", "User": "a"})
        return bool(ENGINE.run(text, [first, second], SCHEMA).rows)

    assert rows("network/windows")
    assert not rows("authentication")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("event_count", "value_count"),  # G3: a field is mandatory
        ("event_count", "value_percentile"),
        ("event_count", "near"),
        ("[failed]", "[nobody]"),
        ("5m", "5"),
        ("5m", "1M"),  # G3: s, m, h, d
        ("{gte: 3}", "{gte: 3, lte: 5}"),
        ("{gte: 3}", "'failed and not won'"),
        ("{gte: 3}", "{neq: 3}"),
        ("{gte: 3}", "{gte: 3}\ngenerate: true"),
        ("5m", "5m\naliases: [a]"),
    ],
)
def test_a_bad_correlation_is_refused(old: str, new: str) -> None:
    with pytest.raises(Rejected):
        correlate(COUNT.replace(old, new), (0, {"Image": "failed"}))


def test_a_rule_beside_a_correlation_is_refused() -> None:
    text = FAILED + "---" + WON + CORRELATED + COUNT.replace("\n", "\n    ")

    with pytest.raises(Rejected, match="beside"):
        run(text, {"Image": "failed"})


# --- the machine

_offline = ContextVar("offline", default=False)


def _refuse_network(event: str, _arguments: tuple[object, ...]) -> None:
    if _offline.get() and event.startswith("socket."):
        raise AssertionError("pySigma reached for the network")


def test_no_socket_is_used() -> None:
    sys.addaudithook(_refuse_network)  # It stays for ever: the variable turns it on.
    text = selection("Image: 'offline'") + "tags: [attack.t1059.007, attack.execution]\n"
    token = _offline.set(True)

    try:
        assert run(text, {"Image": "offline"}).matched == {0}
    finally:
        _offline.reset(token)


def test_a_run_leaves_nothing_to_the_next() -> None:
    text = selection("Image: 'a'")

    first = run(text, {"Image": "a"}, {"Image": "a"})
    second = run(text, {"Image": "b"})

    assert first.matched == {0, 1}
    assert second.matched == set()
