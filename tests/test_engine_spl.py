"""The SPL engine, pinned to what Splunk's documentation says.

Behind a case stands its source: D:P1 and so on are documents; `search`, `eval` and the like are
pages of the Search Reference 9.4; A is a choice of ours, listed in `ASSUMED`.
"""

import pytest

from tocsin_engines.engine import Record, Rejected, Scalar
from tocsin_engines.spl import ASSUMED, Readings, SplEngine

SPL = SplEngine()
NOON = 1_700_049_600  # 2023-11-15 12:00:00 UTC

Columns = dict[str, Scalar | tuple[Scalar, ...]]


def found(query: str, *events: Columns, engine: SplEngine = SPL) -> list[int]:
    records = [Record("", NOON * 10**6, event) for event in events]
    outcome = engine.run(query, records, {})
    assert outcome.rows is None
    return sorted(outcome.matched)


def rows(query: str, *events: tuple[float, Columns]) -> list[dict[str, object]]:
    records = [Record("", int((NOON + time) * 10**6), event) for time, event in events]
    outcome = SPL.run(query, records, {})
    assert outcome.rows is not None
    assert not outcome.matched
    return [dict(row) for row in outcome.rows]


def test_the_engine_is_ready() -> None:
    SPL.ready()

    assert "no Splunk product was run" in SPL.semantics
    assert all(one.text and one.reason for one in ASSUMED)


@pytest.mark.parametrize(
    ("query", "event", "expected"),
    [
        # Missing fields: D:P9.
        ('NOT name="cmd"', {}, True),
        ('name!="cmd"', {}, False),
        ("name=*", {}, False),
        ("NOT name=*", {}, True),
        ("name!=*", {"name": "x"}, False),
        ("pid!=5", {}, False),
        ("NOT pid>3", {}, True),
        ("pid<=3", {}, False),
        ('NOT (a="1" b="x")', {"b": "x"}, True),
        ('NOT (a="1" OR b="x")', {"b": "x"}, False),
        ('NOT NOT a="1"', {}, False),
        ("name=*", {"name": ""}, True),  # A
        ('name=""', {"name": ""}, True),
        # Case: D:P7, search.
        ('f="cmd.EXE"', {"f": "CMD.exe"}, True),
        ("f=CASE(cmd)", {"f": "CMD"}, False),
        ('f=CASE("CM*")', {"f": "CMD"}, True),
        ('F="cmd"', {"f": "cmd"}, False),  # "field names are case-sensitive"
        ('f="é"', {"f": "É"}, True),  # A
        ("f=k", {"f": "\u212a"}, True),  # A
        # Wildcards and escapes: D:P1, D:P2.
        ('c="a*b"', {"c": "aXXb"}, True),
        ('c="a\\*b"', {"c": "aXXb"}, False),
        ('c="a\\*b"', {"c": "a\\XXb"}, True),
        ('c="a?b"', {"c": "axb"}, False),
        ('c="a?b"', {"c": "a?b"}, True),
        ("c=a*b*c", {"c": "zaxbycz"}, False),
        ("c=a*b", {"c": "a\nb"}, True),
        ("c=ab*b", {"c": "ab"}, False),
        ('c="a%_"', {"c": "axx"}, False),
        ('p="*\\\\cmd.exe"', {"p": "C:\\Windows\\cmd.exe"}, True),
        ('p="*\\\\cmd.exe"', {"p": "C:\\Windows\\xcmd.exe"}, False),
        ('p="*dir\\\\"', {"p": "C:\\dir\\"}, True),
        ('p="\\\\\\\\srv*"', {"p": "\\\\srv\\share"}, True),
        ('p="\\\\\\\\srv*"', {"p": "\\srv"}, False),
        ('p="C:\\temp"', {"p": "C:\\temp"}, True),  # "unrecognized sequences are not altered"
        ("p=D:\\\\Digital\\\\RTFM", {"p": "D:\\Digital\\RTFM"}, True),
        ('c="say \\"hi\\" it\'s"', {"c": 'say "hi" it\'s'}, True),
        ('c="a|b [c]"', {"c": "a|b [c]"}, True),
        ('c="a\\|b"', {"c": "a|b"}, True),
        ('"my field"="x"', {"my field": "x"}, True),
        # Several values: D:P9, A.
        ("args=a", {"args": ("a", "b")}, True),
        ("args=A", {"args": ("a", "b")}, True),
        ("args!=a", {"args": ("a", "b")}, True),
        ("args!=a", {"args": ("a", "a")}, False),
        ("NOT args=a", {"args": ("a", "b")}, False),
        ("NOT args=a", {"args": ("c", "b")}, True),
        ("NOT args=*", {"args": ()}, True),
        ("n>=3 n<=5", {"n": (1, 9)}, True),
        # Lists: search, "Filter using the IN operator".
        ("code IN (400, 40*)", {"code": 404}, True),
        ('code IN ("400", "402")', {"code": 404}, False),
        ("NOT code IN (400)", {}, True),
        # Numbers: search, "Comparison expression options".
        ("id=7", {"id": "007"}, False),
        ("id=1", {"id": "1.0"}, False),
        ("id=16", {"id": "0x10"}, False),
        ("pid>9", {"pid": 10}, True),
        ("pid>9", {"pid": "0x10"}, False),
        ("v>a", {"v": "b"}, True),
        ("v>B", {"v": "a"}, True),
        ("n<1e3", {"n": "999.5"}, True),
        ("t=true", {"t": True}, True),
        # Addresses: search, "CIDR matching".
        ('ip="10.0.0.0/8"', {"ip": "10.1.2.3"}, True),
        ('ip="10.9.9.9/8"', {"ip": "10.1.2.3"}, True),  # A
        ('ip="10.0.0.0/8"', {"ip": ("8.8.8.8", "10.0.0.1")}, True),
        ('ip="2001:db8::/33"', {"ip": "2001:db8::1"}, True),
        ('ip="10.0.0.0/8"', {"ip": "::ffff:10.0.0.1"}, False),
        ('NOT ip="10.0.0.0/8"', {"ip": "not-an-ip"}, True),
        ('ip!="10.0.0.0/8"', {"ip": "10.1.2.3"}, False),
        ("ip=TERM(10.0.0.1)", {"ip": "10.0.0.1"}, True),
        # Precedence: D:P10.
        ("a=1 OR b=1 c=1", {"a": 1, "b": 0, "c": 0}, False),
        ("a=1 OR b=1 AND c=1", {"a": 1, "b": 0, "c": 0}, False),
        ("a=1 OR (b=1 c=1)", {"a": 1, "b": 0, "c": 0}, True),
        ("NOT a=1 b=1", {"a": 0, "b": 1}, True),
        ("NOT a=x OR b=z", {"a": "x", "b": "y"}, False),
        ('country="IN"', {"country": "in"}, True),
        ('c="and"', {"c": "and"}, True),
        # Comments, the default index, the explicit command.
        ("```why``` search c=a ```not ' \" |```", {"c": "a"}, True),
        ("index=*", {}, True),
        ("index=main", {}, True),
        ("index=*", {"index": "_internal"}, False),
        ("*", {}, True),
        ("index=* | search c=a OR c=b d=1", {"c": "a", "d": 0}, False),
    ],
)
def test_search_finds_an_event(query: str, event: Columns, expected: bool) -> None:
    assert found(query, event) == ([0] if expected else [])


@pytest.mark.parametrize(
    ("condition", "event", "expected"),
    [
        # NULL: D:P3, A.
        ('name="cmd"', {}, False),
        ('NOT name="cmd"', {}, False),
        ('name!="cmd"', {}, False),
        ('isnull(name) OR NOT name="cmd"', {}, True),
        ('if(name="cmd", 1, 0)=0', {}, True),
        ('NOT (a="1" AND b="x")', {"b": "y"}, True),
        ('NOT (a="1" AND b="x")', {"b": "x"}, False),
        ('a="1" OR b="x"', {"b": "x"}, True),
        ('a="1" XOR b="x"', {"b": "x"}, False),
        ('NOT a IN ("x", "y")', {}, False),
        ("isnull(name)", {"name": ""}, False),
        ("isnotnull(name)", {"name": ()}, False),
        ("a=b", {}, False),
        # Case and quotes: where, "Usage"; P3.
        ('f=="cmd"', {"f": "CMD"}, False),
        ('lower(f)==lower("Cmd")', {"f": "CMD"}, True),
        ('f="a*"', {"f": "abc"}, False),
        ("a=b", {"a": "x", "b": "x"}, True),
        ("a!=b", {"a": "x", "b": "X"}, True),
        ("'a.b'=\"x\"", {"a.b": "x"}, True),
        ("'5minutes'=\"late\"", {"5minutes": "late"}, True),
        ('f="a\\"b"', {"f": 'a"b'}, True),
        ('f="C:\\\\dir\\\\"', {"f": "C:\\dir\\"}, True),
        ('f="a\\d"', {"f": "a\\d"}, True),
        ('"x"=f', {"f": "x"}, True),
        # Precedence: D:P10.
        ("a=1 OR b=1 AND c=1", {"a": 1, "b": 0, "c": 0}, True),
        ("NOT a=1 AND b=1", {"a": 0, "b": 1}, True),
        ("a=1 or b=1 and not c=1", {"a": 0, "b": 1, "c": 0}, True),
        ("a=1 XOR b=1 OR c=1", {"a": 1, "b": 0, "c": 1}, False),
        ("1+2*3=7 AND (1+2)*3=9 AND -2*3=-6", {}, True),
        ('"a".1="a1"', {}, True),
        # Numbers: eval, "Operators".
        ("n=7", {"n": "007"}, True),
        ('n="7"', {"n": "007"}, False),
        ("n>9", {"n": "10"}, True),
        ("a>b", {"a": "10", "b": "9"}, True),
        ("a>b", {"a": "10x", "b": "9x"}, False),
        ("tonumber(n)>3", {"n": "abc"}, False),
        ("isnull(tonumber(n))", {"n": " 7"}, True),
        ("isnull(tonumber(n))", {"n": "0x10"}, True),
        ('tonumber("0A4", 16)=164', {}, True),
        ("tonumber(n) IN (1, 2)", {"n": "02"}, True),
        ("tonumber(n, 16)=31", {"n": "1F"}, True),
        ("tonumber(n, 2)=-5", {"n": "-101"}, True),
        ("isnull(tonumber(n, 16))", {"n": "0x1f"}, True),  # A
        ("isnull(tonumber(n, 8))", {"n": "9"}, True),
        ("isnull(tonumber(n, 16))", {}, True),
        ('tonumber(replace(n, "^0x", ""), 16)=31', {"n": "0x1f"}, True),
        ("isnull(1/0) AND isnull(5%0)", {}, True),
        ("n=9007199254740993", {"n": "9007199254740992"}, True),  # "Long numbers"
        # Several values: A.
        ('args="a"', {"args": ("a", "b")}, True),
        ('args!="a"', {"args": ("a", "b")}, True),
        ('NOT args="a"', {"args": ("a", "b")}, False),
        ('match(args, "^b$")', {"args": ("a", "b")}, True),
        ('isnull(mvfilter(args="z"))', {"args": ("a", "b")}, True),
        ('isnotnull(mvfilter(args="a"))', {"args": ("a", "b")}, True),
        ('isnull(mvfilter(args="a"))', {}, True),
        ("mvcount(mvfilter(n>=3 AND n<=5))=1", {"n": (1, 4, 9)}, True),
        # Functions: "Comparison and Conditional functions".
        ('in(status, "400", "404")', {"status": 404}, True),
        ('status in("400", "404")', {"status": 500}, False),
        ('"203.0.113.255" in(ipaddress, clientip)', {"clientip": "203.0.113.255"}, True),
        ('like(c, "%50\\%")', {"c": "a50\\x"}, True),  # A: there is no escape
        ('like(c, "a_c")', {"c": "abc"}, True),
        ('like(c, "a_c")', {"c": "ABC"}, False),
        ('like(c, "a%c%")', {"c": "axx\ncxx"}, True),
        ('c LIKE "a*"', {"c": "abc"}, False),
        ('cidrmatch("123.132.32.0/25", ip)', {"ip": "123.132.32.7"}, True),
        ('cidrmatch("10.0.0.0/8", ip)', {"ip": "fe80::1"}, False),
        ('NOT cidrmatch("10.0.0.0/8", ip)', {"ip": "no"}, True),  # A
        ('NOT cidrmatch("10.0.0.0/8", ip)', {}, False),
        ('cidrmatch("2001:db8::/33", ip)', {"ip": "2001:db8::1"}, True),
        ('case(a=1, "x", true(), "y")="y"', {}, True),
        ('isnull(case(a=1, "x"))', {}, True),
        ('coalesce(a, b)="x"', {"b": "x"}, True),
        ('isnull(nullif(a, "-"))', {"a": "-"}, True),
        ("mvcount(mvfilter(!isnull(a)))=2", {"a": ("x", "y")}, True),
    ],
)
def test_where_keeps_what_is_true(condition: str, event: Columns, expected: bool) -> None:
    assert found(f"index=* | where {condition}", event) == ([0] if expected else [])


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"abc", "xxabcyy", True),  # "matches any substring"
        (r"^abc$", "abc", True),
        (r"^abc$", "abc\n", True),  # O:PCRE2
        (r"^abc\\z", "abc\n", False),
        (r"(?i)ABC", "xabc", True),
        (r"ABC", "xabc", False),
        (r"(?i)k", "\u212a", True),  # O:PCRE2
        (r"(?i)s", "\u017f", True),
        (r"(?i)é", "É", True),
        (r"^\d$", "٣", False),
        (r"^\w+$", "é1", False),
        (r"a\sb", "a\vb", True),
        (r"a.b", "a\nb", False),
        (r"(?s)a.b", "a\nb", True),
        (r"^[a&&b]$", "&", True),
        (r"a{,2}b", "aab", True),
        (r"^a?.$", "a😀", True),
        (r"\x{202E}\x41", "\u202eA", True),
        (r"C:\\\\a", "C:\\a", True),  # Two layers: D:P1
        (r"C:\x5Ca", "C:\\a", True),
        (r"C:\\a", "C:\a", True),  # One backslash is left: `\a` is BEL
        (r"q\"x", 'q"x', True),
        (r"\tx", "\tx", True),
        (r"(?:ab)\d", "ab1", True),
        (r"(a)(?=b)\1?", "ab", True),
        (r"[[:alpha:]]", "1a", True),
        (r"\Qa.c\E", "abc", False),
    ],
)
def test_a_regular_expression_is_pcre(pattern: str, text: str, expected: bool) -> None:
    wanted = [0] if expected else []

    assert found(f'* | where match(c, "{pattern}")', {"c": text}) == wanted
    assert found(f'* | regex c="{pattern}"', {"c": text}) == wanted
    assert found(f'* | regex c!="{pattern}"', {"c": text}) != wanted


@pytest.mark.parametrize(
    ("expression", "event", "expected"),
    [
        ('a." ".b', {"a": "x", "b": 1}, "x 1"),
        ("a.b", {"a": "x"}, None),
        ("a+b", {"a": "1", "b": "2"}, 3),
        ("a+b", {"a": "x", "b": "y"}, "xy"),
        ("a-1", {"a": "x"}, None),
        ("7/2", {}, 3.5),
        ("-7%3", {}, -1),
        ("exact(0.5)*2", {}, 1.0),
        ("len(a)", {"a": "é😀"}, 2),
        ("upper(a)", {"a": ("x", "y")}, ["X", "Y"]),
        ("substr(a, 2, 2)", {"a": "abcd"}, "bc"),
        ("substr(a, -3)", {"a": "abcd"}, "bcd"),
        ('replace(a, "^(\\d)/(\\d)", "\\2/\\1")', {"a": "1/2/3"}, "2/1/3"),
        ('replace(a, "", "-")', {"a": "ab"}, "-a-b-"),
        ("trim(a)", {"a": " \tx "}, "x"),
        ('ltrim(a, "-")', {"a": "--x-"}, "x-"),
        ("tostring(1==1)", {}, "True"),
        ("tostring(null())", {}, "Null"),
        ('tostring(615, "duration")', {}, "00:10:15"),
        ('tostring(12345.678, "commas")', {}, "12,345.68"),
        ('tostring(255, "hex")', {}, "0xFF"),
        ('mvindex(split(a, "\\\\"), -1)', {"a": "D\\u"}, "u"),
        ('mvindex(split(a, "\\\\"), -1)', {"a": "u"}, "u"),
        ('mvindex(split(a, "\\\\"), -1)', {}, None),
        ('split(a, "")', {"a": "abc"}, ["a", "b", "c"]),
        ("mvindex(a, 1, 5)", {"a": ("x", "y")}, None),
        ("mvindex(a, -2, -1)", {"a": ("x", "y", "z")}, ["y", "z"]),
        ("mvcount(a)", {}, None),
        ("mvcount(a)", {"a": "x"}, 1),
        ('mvjoin(a, " OR ")', {"a": (1, 2)}, "1 OR 2"),
        ('mvappend(a, "y", b)', {"a": "x"}, ["x", "y"]),
        ("mvdedup(a)", {"a": ("y", "x", "y")}, ["y", "x"]),
        ("mvsort(a)", {"a": ("10", "9", "B", "a")}, ["10", "9", "B", "a"]),
        ('mvfind(a, "rr\\d")', {"a": ("x", "err1")}, 1),
        ('mvfind(a, "z")', {"a": ("x", "y")}, None),
        ("mvindex(a, -3)", {"a": ("x", "y")}, None),
        ("mvindex(a, 0)", {"a": ("x", "y")}, "x"),
        ("coalesce(b, a)", {"a": ("x", "y")}, ["x", "y"]),
        ("lower(a)", {"a": ("X", "Y")}, ["x", "y"]),
        ('rtrim(a, "-")', {"a": "-x--"}, "-x"),
        ('replace(a, "(?i)X(.)", "<\\1>")', {"a": "axbXc"}, "a<b><c>"),
        ("mvmap(a, a*10)", {"a": (1, 2)}, [10, 20]),
        ('mvfilter(match(a, "\\.net$") OR match(a, "\\.org$"))', {"a": ("x.net", "y")}, "x.net"),
        ("max(1, a, b)", {"a": "foo", "b": 7}, "foo"),
        ("min(1, a, b)", {"a": "foo", "b": 7}, 1),
        ("round(2.5)", {}, 3),
        ("round(2.555, 2)", {}, 2.56),
        ("floor(-1.5)", {}, -2),
        ("ceiling(1.2)", {}, 2),
        ("abs(a)", {"a": "-3"}, 3),
        ("pow(2, 3)", {}, 8.0),
        ("sqrt(-1)", {}, None),
        ("typeof(12).typeof(a).typeof(1==2).typeof(b)", {"a": "x"}, "NumberStringBooleanInvalid"),
        ('strftime(0, "%F %T.%3N %z")', {}, "1970-01-01 00:00:00.000 +0000"),
        ('strptime("1970-01-02", "%Y-%m-%d")', {}, 86400.0),
        ('strptime(a, "%Y-%m-%d")', {"a": "soon"}, None),
        ('relative_time(90061, "-1d@d")', {}, 0.0),
        ("now()", {}, float(NOON + 1)),
        ("_time", {}, float(NOON)),
        ("null()", {"x": "old"}, None),
    ],
)
def test_eval_gives_a_value(expression: str, event: Columns, expected: object) -> None:
    query = f"* | eval x={expression} | fields x | mvexpand x | stats list(x) AS x"
    single = rows(
        f"* | eval x={expression}, n=mvcount(x) | stats list(x) AS all list(n) AS n", (0, event)
    )[0]

    if expected is None:
        assert rows(query, (0, event)) in ([], [{}])
        assert "all" not in single
    elif isinstance(expected, list):
        assert single["all"] == [str(one) for one in expected]
    elif isinstance(expected, str):
        assert single["all"] == [expected]
    else:
        assert rows(f"* | eval x={expression} | stats max(x) AS x", (0, event)) == [{"x": expected}]


@pytest.mark.parametrize(
    "query",
    [
        # Search.
        "",
        "   ",
        "error",
        '"database error"',
        "TERM(10.0.0.1)",
        "f IN ()",
        "f IN (a,)",
        "f in (a)",
        "a=1 or b=2",
        "a==b",
        "a='x'",
        "country=IN",
        'a="unterminated',
        'a="C:\\dir\\"',
        "(a=b",
        "a=b)",
        "a=1 NOT",
        "a=b [search c=d]",
        "a=`macro`",
        'a="x`y`"',
        'a="x ```y``` z"',
        'a="$token$"',
        'a="$result.x$"',
        "a>x*",
        "tag=web",
        "*=x",
        "a=1 OR earliest=-1d",
        "earliest=yesterday",
        "* | search earliest=-1d",
        "index=a |",
        "index=a || table b",
        "| tstats count from datamodel=Endpoint",
        "| makeresults",
        # Commands.
        "* | nope x",
        "* | lookup l a OUTPUT b",
        "* | transaction host",
        "* | stats nope(x)",
        "* | stats sum",
        "* | stats mode(x)",
        '* | stats count(eval(a="b"))',
        "* | stats count AS a dc(x) AS a",
        "* | stats count by",
        "* | stats count(eval(a)) BY",
        "* | bin _time sapn=30m",
        "* | bin _time span=1mon",
        "* | bin span=10 bytes",
        "* | bin _time",
        "* | rename a b",
        "* | rename a* AS b",
        "* | rename a AS b*",
        '* | rex field=a "no group"',
        '* | rex field=a mode=sed "s/a/b/"',
        "* | eval x",
        "* | eval {a}=1",
        "* | eval a.b=1",
        "* | eval x=isnull(a)",
        "* | eval x=(a==b)",
        "* | streamstats count window=99999",
        "* | streamstats count reset_after=(a==1)",
        "* | head (a==1)",
        # Expressions.
        '* | where "text"',
        "* | where 5",
        "* | where a",
        "* | where NOT a",
        "* | where a b",
        "* | where a=true",
        "* | where a=null",
        "* | where and=1",
        "* | where nope(a)",
        "* | where match(a)",
        "* | where lower(a)=5",
        '* | where 5="5"',
        '* | where len(a)="5"',
        "* | where isnull(a)=true()",
        '* | where match(f, "(a")',
        '* | where match(f, "\\C")',
        '* | regex f="[z-a]"',
        "* | regex NOT f=a",
        '* | where a="C:\\new"',
        '* | where tonumber("seven")=7',
        '* | where tonumber("0x1f", 16)=31',
        '* | where tonumber("1", 37)=1',
        "* | eval x=8.250*0.2",
        '* | eval x="a"*2',
        '* | eval x="a"+1',
        "* | where mvfilter(a=b)",
        "* | where isnull(mvfilter(a=b))",
        '* | where searchmatch("a")',
        "* | where a IN ()",
        "* | where a NOT IN (1)",
        '* | where a="x" && b="y"',
        "* | where if(a=1, 1, isnull(b))=1",
        '* | where strftime(_time, "%+")="x"',
        "* | where " + "(" * 500 + "a=1" + ")" * 500,
        "* | where " + "NOT " * 5000 + "a=1",
        "* | eval x=" + "-" * 5000 + "1",
        "(" * 5000,
        "NOT " * 5000 + "a=1",
        "a=\ud800",
    ],
)
def test_a_query_outside_of_the_documented_language_is_rejected(query: str) -> None:
    with pytest.raises(Rejected):
        found(query, {"a": "1"})


@pytest.mark.parametrize(
    "query",
    [
        "* | eval x=len(a)",
        "* | eval x=a.b",
        "* | eval x=a+1",
        '* | eval x=replace(a, "x", "y")',
        "* | stats first(a) AS a",
        '* | rex field=a "(?<n>x)"',
        '* | where match(c, "(a+)+$")',
    ],
)
def test_what_is_not_documented_for_a_record_is_rejected_with_it(query: str) -> None:
    with pytest.raises(Rejected):
        SPL.run(query, [Record("", 0, {"a": ("x", "y"), "c": "a" * 40 + "b"})], {})


def test_a_long_chain_is_no_deep_one() -> None:
    long = " OR ".join(f'a="{number}"' for number in range(3000))
    plus = "+".join(["1"] * 3000)

    assert found(f"* | where {long}", {"a": 2999}) == [0]
    assert found(long, {"a": 2999}) == [0]
    assert found(f"* | where {plus}=3000", {}) == [0]


def test_the_other_reading_of_not_null_keeps_the_event() -> None:
    engine = SplEngine(Readings(not_null=True))

    assert found('* | where NOT a="x"', {}, engine=engine) == [0]
    assert found('* | where a!="x"', {}, engine=engine) == []


def test_the_other_readings_of_letters_and_of_regular_expressions() -> None:
    ascii_only = SplEngine(Readings(search_folds_unicode=False))
    once = SplEngine(Readings(regex_is_unescaped=False))
    prefixed = SplEngine(Readings(tonumber_reads_0x=True))

    assert found('f="é"', {"f": "É"}, {"f": "é"}, engine=ascii_only) == [1]
    assert found("f=K", {"f": "k"}, {"f": "\u212a"}, engine=ascii_only) == [0]
    assert found(r'* | where match(f, "C:\\a")', {"f": "C:\\a"}, engine=once) == [0]
    assert found("* | where tonumber(f, 16)=-31", {"f": "-0x1F"}, engine=prefixed) == [0]
    assert found(r'* | where match(f, "C:\x5Ca\"")', {"f": 'C:\\a"'}, engine=once) == [0]


def test_earliest_is_inclusive_and_latest_is_not() -> None:
    def times(query: str) -> list[float]:
        events = [(time, Columns()) for time in (-7200, -3600, 0)]
        return sorted(
            float(str(row["t"])) - NOON
            for row in rows(f"{query} | eval t=_time | stats count BY t", *events)
        )

    # The search starts a second after the last event.
    assert times("earliest=-3601s") == [-3600, 0]
    assert times("earliest=-3600s") == [0]
    assert times("* earliest=-2h@h latest=@h") == [-7200, -3600]
    assert times("earliest=0 latest=now") == [-7200, -3600, 0]
    assert times('earliest="11/15/2023:11:00:00"') == [-3600, 0]


def test_stats_drops_an_event_without_the_key_and_counts_one_with_several_for_each() -> None:
    events: list[tuple[float, Columns]] = [
        (0, {"u": "a", "h": "x"}),
        (1, {"u": "A", "h": "x"}),
        (2, {"h": "x"}),
        (3, {"u": ("a", "b"), "h": "y"}),
    ]

    result = rows("* | stats count AS n, dc(h) AS d BY u", *events)

    assert result == [
        {"u": "A", "n": 1, "d": 1},
        {"u": "a", "n": 2, "d": 2},
        {"u": "b", "n": 1, "d": 1},
    ]


def test_stats_without_a_key_over_nothing_counts_zero() -> None:
    assert rows("a=b | stats count dc(x) AS d values(x) AS v", (0, {})) == [{"count": 0, "d": 0}]
    assert rows("a=b | stats values(x) AS v", (0, {})) == []
    assert rows("a=b | stats count BY x", (0, {})) == []


def test_the_statistical_functions() -> None:
    events: list[tuple[float, Columns]] = [
        (0, {"n": 9, "t": "b", "s": "10"}),
        (1, {"n": 10, "t": "a", "s": "x"}),
        (2, {"n": "09", "t": "b"}),
        (3, {"n": "1.0"}),
    ]

    (row,) = rows(
        "* | stats count count(t) AS ct c(s) AS cs dc(t) AS dt dc(n) AS dn min(n) AS least"
        " max(n) AS most sum(n) AS sum avg(s) AS mean range(n) AS range values(t) AS vt"
        " list(t) AS lt first(t) AS ft last(t) AS lst earliest(t) AS et latest(t) AS ltt"
        " max(s) AS ms min(_time) AS t0 max(_time) AS t1 count(eval(n>9)) AS big"
        " sum(eval(n*2)) AS twice",
        *events,
    )

    assert row == {
        **{"count": 4, "ct": 3, "cs": 2, "dt": 2, "dn": 4, "least": 1.0, "most": 10},
        **{"sum": 29.0, "mean": 10.0, "range": 9.0, "vt": ["a", "b"], "lt": ["b", "a", "b"]},
        **{"ft": "b", "lst": "b", "et": "b", "ltt": "b", "ms": "x"},
        **{"t0": float(NOON), "t1": float(NOON + 3), "big": 1, "twice": 58.0},
    }


def test_list_stops_at_a_hundred_and_values_does_not() -> None:
    events: list[tuple[float, Columns]] = [(time, {"x": f"{time:03}"}) for time in range(150)]

    (row,) = rows("* | stats list(x) AS l values(x) AS v", *events)

    assert row["l"] == [f"{time:03}" for time in range(149, 49, -1)]
    assert row["v"] == [f"{time:03}" for time in range(150)]


def test_one_value_of_values_is_a_list_and_reads_as_one_value() -> None:
    query = "* | stats values(x) AS v | eval w=upper(v), n=len(v)"

    assert rows(query, (0, {"x": "a"})) == [{"v": ["a"], "w": "A", "n": 1}]


def test_bin_aligns_to_the_epoch_and_keeps_the_time_with_as() -> None:
    events: list[tuple[float, Columns]] = [(-1, {}), (0, {}), (1799.999, {}), (1800, {})]
    query = "* | bin span=30m _time AS w | stats count min(_time) AS f BY w | where count>1"

    assert rows(query, *events) == [{"w": float(NOON), "count": 2, "f": float(NOON)}]
    assert [
        row["_time"]
        for row in rows("* | bucket _time span=1d | stats count BY _time", (0, {}), (43200, {}))
    ] == [NOON - 43200.0, NOON + 43200.0]


def test_bin_overwrites_the_time_without_as() -> None:
    assert rows("* | bin _time span=1h | stats min(_time) AS f", (1800, {})) == [{"f": float(NOON)}]


def test_eventstats_adds_to_every_event() -> None:
    query = "* | eventstats count AS n BY h | where n>1"

    assert found(query, {"h": "a"}, {"h": "b"}, {"h": "a"}, {}) == [0, 2]


def test_streamstats_looks_at_what_came_before() -> None:
    def counts(options: str) -> list[object]:
        events: list[tuple[float, Columns]] = [
            (time, {"s": shift}) for time, shift in enumerate("DDNNNNDN")
        ]
        query = f"* | sort 0 _time | streamstats count AS n {options} | stats list(n) AS n"
        return [int(str(one)) for one in _list(rows(query, *events)[0]["n"])]

    assert counts("") == [1, 2, 3, 4, 5, 6, 7, 8]
    assert counts("current=f") == [0, 1, 2, 3, 4, 5, 6, 7]
    assert counts("BY s") == [1, 2, 1, 2, 3, 4, 3, 5]
    # streamstats, "The reset_on_change argument".
    assert counts("BY s reset_on_change=true") == [1, 2, 1, 2, 3, 4, 1, 1]
    assert counts("window=3") == [1, 2, 3, 3, 3, 3, 3, 3]
    assert counts("window=3 BY s") == [1, 2, 1, 2, 3, 3, 1, 2]
    assert counts("BY s window=3 global=f") == [1, 2, 1, 2, 3, 3, 3, 3]
    assert counts("time_window=2s") == [1, 2, 2, 2, 2, 2, 2, 2]


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return list(value)


def test_a_sequence_by_streamstats_needs_the_first_step_before() -> None:
    query = (
        '* | eval s=case(e="A", 1, e="B", 2) | sort 0 k _time'
        " | streamstats current=f max(eval(if(s==1, _time, null()))) AS a BY k"
        " | where s==2 AND a<_time AND _time-a<=300"
    )
    records = [
        Record("", second * 10**6, {"e": event, "k": key})
        for second, event, key in [
            *((0, "A", "x"), (300, "B", "x"), (301, "B", "x"), (400, "B", "y"), (401, "A", "y")),
            (500, "B", "z"),
        ]
    ]

    assert SPL.run(query, records, {}).matched == {1}


def test_sort_orders_numbers_as_numbers_and_stops_at_its_count() -> None:
    def order(arguments: str) -> list[object]:
        events: list[tuple[float, Columns]] = [
            (0, {"v": "10"}),
            (0, {"v": "9"}),
            (0, {"v": "b"}),
            (0, {"w": "none"}),
        ]
        query = f"* | sort {arguments} | fillnull value=- v | stats list(v) AS v"
        return _list(rows(query, *events)[0]["v"])

    assert order("0 v") == ["9", "10", "b", "-"]
    assert order("0 -v") == ["b", "10", "9", "-"]
    assert order("0 - str(v)") == ["b", "9", "10", "-"]
    assert order("0 v desc") == ["b", "10", "9", "-"]
    assert order("2 +num(v)") == ["9", "10"]
    assert order("limit=1 v") == ["9"]


def test_dedup_head_and_tail_keep_some() -> None:
    events = [Columns(a="x"), Columns(a="y"), Columns(a="x"), Columns(b="z"), Columns(a="X")]

    assert found("* | dedup a", *events) == [0, 1, 4]
    assert found("* | dedup a keepempty=t", *events) == [0, 1, 3, 4]
    assert found("* | dedup 2 a, index", *events) == [0, 1, 2, 4]
    assert found("* | dedup a consecutive=t", *events) == [0, 1, 2, 4]
    assert found("* | head 2", *events) == [0, 1]
    assert found("* | tail 2", *events) == [3, 4]
    assert found("* | head limit=1", *events) == [0]


def test_multisearch_puts_the_events_of_its_searches_together() -> None:
    # multisearch, Example 1; A: an event that both find, and the order.
    query = (
        '| multisearch [ search a=1 earliest=-2s | eval type="foo" ]'
        ' [search NOT b=2 | where isnotnull(a) | eval type="bar", a="z"]'
        " | stats list(type) AS t list(a) AS a"
    )
    events: list[tuple[float, Columns]] = [
        (0, {"a": "1"}),
        (5, {"a": "1", "b": "2"}),
        (3, {"a": "3"}),
        (4, {"a": "1"}),
    ]

    assert rows(query, *events) == [
        {"t": ["foo", "foo", "bar", "bar", "bar"], "a": ["1", "1", "z", "z", "z"]}
    ]
    assert found("| multisearch [search a=1] [search a=2]", {"a": "1"}, {"a": "2"}, {}) == [0, 1]


def test_append_puts_results_behind_the_others() -> None:
    query = "a=1 | append [search a=2 | append [ search b=* | head 1 ]] | stats list(a) AS a"
    events: list[tuple[float, Columns]] = [
        (0, {"a": "1"}),
        (1, {"a": "2"}),
        (2, {"a": "3", "b": "x"}),
    ]

    assert rows(query, *events) == [{"a": ["1", "2", "3"]}]
    assert rows("a=9 | append [search a=1 | stats count AS n]", *events) == [{"n": 1}]


@pytest.mark.parametrize(
    "query",
    [
        "| multisearch",
        "| multisearch [search a=1]",
        "| multisearch [search a=1] [a=2]",
        "| multisearch [search a=1] [search a=2",
        "| multisearch [search a=1] [search a=2] ]",
        "| multisearch [search a=1] [search a=2] a=3",
        # "Allows only streaming operations in each subsearch."
        "| multisearch [search a=1] [search a=2 | stats count]",
        "| multisearch [search a=1] [search a=2 | sort 0 _time]",
        "| multisearch [search a=1] [search a=2 | append [search a=3]]",
        "| multisearch [search a=1] [| multisearch [search a=2] [search a=3]]",
        "a=1 | multisearch [search a=1] [search a=2]",
        "a=1 | append",
        "a=1 | append [a=2]",
        "a=1 | append [search a=2] x",
        "a=1 ] | head 1",
        "[search a=1]",
    ],
)
def test_a_search_in_a_search_that_is_not_documented_is_rejected(query: str) -> None:
    with pytest.raises(Rejected):
        found(query, {"a": "1"})


def test_table_shows_fields_in_the_order_named() -> None:
    (row,) = rows(
        "* | stats count AS n values(b) AS b BY a | table b, n a", (0, {"a": "1", "b": "2"})
    )

    assert list(row) == ["b", "n", "a"]


def test_streamstats_hands_on_what_it_last_saw() -> None:
    query = (
        "* | sort 0 _time, -s | streamstats current=f"
        ' last(eval(if(s="1", v, null()))) AS v max(eval(if(s="1", _time, null()))) AS t BY k'
        ' | where s="2" | eval t=_time-t | table k v t'
    )
    events: list[tuple[float, Columns]] = [
        (0, {"s": "1", "k": "x", "v": "a"}),
        (1, {"s": "1", "k": "y", "v": "b"}),
        (2, {"s": "1", "k": "x", "v": "c"}),
        # Of one time `2` stands first, which does not see `1`.
        (3, {"s": "1", "k": "x", "v": "d"}),
        (3, {"s": "2", "k": "x"}),
        (4, {"s": "2", "k": "X"}),
    ]
    records = [Record("", int((NOON + time) * 10**6), event) for time, event in events]

    assert SPL.run(query, records, {}).matched == {4, 5}
    assert rows(f"{query} | stats values(v) AS v values(t) AS t BY k", *events) == [
        {"k": "X"},
        {"k": "x", "v": ["c"], "t": ["1"]},
    ]


def test_mvexpand_of_moments_meets_each_with_each() -> None:
    query = (
        "* | eval b=mvappend(floor(_time/10), floor(_time/10)+1) | mvexpand b"
        " | eventstats values(eval(if(floor(_time/10)==b, _time, null()))) AS m BY b | mvexpand m"
        " | where m>=_time AND m-_time<=10 | stats count AS n BY m"
    )
    times = (0, 5, 10, 20.001)

    found_ = rows(query, *((time, {}) for time in times))

    assert [(float(str(row["m"])) - NOON, row["n"]) for row in found_] == [
        *((0, 1), (5, 2), (10, 3)),
        (pytest.approx(20.001), 1),
    ]


def test_events_come_newest_first() -> None:
    events: list[tuple[float, Columns]] = [(0, {"a": "old"}), (9, {"a": "new"})]

    assert rows("* | stats first(a) AS f last(a) AS l", *events) == [{"f": "new", "l": "old"}]


def test_commands_change_fields_and_keep_the_event() -> None:
    event = Columns(a="1", b="x,y", c="k=v k=w")

    assert found("* | table a | where isnull(b) AND isnull(_time)", event) == [0]
    assert found("* | fields b | where isnull(a) AND isnotnull(_time)", event) == [0]
    assert found('* | fields - a, c | where isnull(a) AND b="x,y"', event) == [0]
    assert found("* | fields + a* | where a=1 AND isnull(b)", event) == [0]
    assert found("* | rename a AS \"z z\" | where 'z z'=1 AND isnull(a)", event) == [0]
    assert found("* | rename none AS a | where isnull(a)", event) == [0]
    assert found("* | rename a* AS x* | where x=1 AND isnull(a)", event) == [0]
    assert found("* | fillnull d | where d=0", event) == [0]
    assert found('* | fillnull value=NULL d a | where d="NULL" AND a=1', event) == [0]
    assert found('* | makemv delim="," b | mvexpand b | where b="y"', event) == [0]
    assert found("* | mvexpand none", event) == []
    assert found('* | fieldformat a=strftime(a, "%F") | where a=1', event) == [0]
    assert found('* | eval a="2", d=a+1 | where d=3', event) == [0]
    assert found('* | rex field=c max_match=0 "k=(?<k>\\w)" | where mvcount(k)=2', event) == [0]
    assert found('* | rex field=c "k=(?<k>\\w)" | where k="v" AND mvcount(k)=1', event) == [0]
    assert found('* | rex field=c "(?<a>nope)" | where a=1', event) == [0]


@pytest.mark.parametrize(
    ("renaming", "before", "after"),
    [
        ("p.* AS *", {"p.a": "1", "p.b.c": "2", "xp.a": "3"}, {"a": "1", "b.c": "2", "xp.a": "3"}),
        ("EU* AS EMEA*", {"EU_UK": "1", "EU": "2"}, {"EMEA_UK": "1", "EMEA": "2"}),
        ("a* AS aa*", {"a": "1", "aa": "2"}, {"aa": "1", "aaa": "2"}),
        ("*.x.* AS *_*", {"a.x.b": "1"}, {"a_b": "1"}),
        ("p.* AS *", {"p.a": "1", "a": "2"}, {"a": "1"}),
        ('"p.*" AS "q *"', {"p.a": "1"}, {"q a": "1"}),
        ("p.* AS *, a AS b", {"p.a": "1"}, {"b": "1"}),
        ("P.* AS *", {"p.a": "1"}, {"p.a": "1"}),
    ],
)
def test_rename_with_wildcards(renaming: str, before: Columns, after: Columns) -> None:
    names = ", ".join(f'values("{name}") AS "{name}"' for name in {*before, *after})

    (row,) = rows(f"* | rename {renaming} | stats {names}", (0, before))

    assert row == {name: [value] for name, value in after.items()}


def test_rename_clears_a_name_that_another_event_brings() -> None:
    events = [Columns({"p.a": "1", "a": "2"}), Columns(a="3")]

    assert found("* | rename p.* AS * | where isnull(a)", *events) == [1]


@pytest.mark.parametrize(
    ("renaming", "event"),
    [
        ("*.* AS *_*", {"a.b.c": "1"}),
        ("*.b* AS *x*", {"x.bx": "1", "xx.b": "2"}),
        ("* AS x*", {"_raw": "1"}),
        ("a* AS *", {"a": "1"}),
    ],
)
def test_rename_that_is_not_documented_for_a_record_is_rejected(
    renaming: str, event: Columns
) -> None:
    with pytest.raises(Rejected):
        found(f"* | fields {', '.join(event)} | rename {renaming}", event)


def test_a_field_with_no_value_left_is_gone() -> None:
    assert found("* | eval a=null() | where isnull(a)", {"a": "x"}) == [0]
    assert found('* | eval a=nullif(a, "-") | search NOT a=*', {"a": "-"}, {"a": "x"}) == [0]


def test_a_record_is_text() -> None:
    event = Columns(yes=True, whole=7, part=1.5, bad="a\ud800", both=(1, "x"))

    assert found('yes="true" whole=7 part=1.5 bad="a*" both=1 both=x', event) == [0]


def test_stats_by_a_number_keeps_its_text() -> None:
    assert rows("* | stats count BY id", (0, {"id": "007"}), (0, {"id": 7})) == [
        {"id": "007", "count": 1},
        {"id": "7", "count": 1},
    ]


@pytest.mark.parametrize(
    "query",
    [
        "* | eval " + ", ".join(["a=a.a"] * 60),
        "* | eval " + ", ".join(["a=mvappend(a, a)"] * 60),
        '* | eval a=replace(a, "", "xxxxxxxx")' + ', a=replace(a, "", a)' * 60,
        "* | eval a=mvappend(a, a)"
        + ", a=mvappend(a, a)" * 15
        + ", b=a, c=a | stats count BY a b c",
        "* | eval a=mvappend(a, a)" + ", a=mvappend(a, a)" * 10 + ", b=a | mvexpand a | mvexpand b",
    ],
)
def test_a_query_that_would_fill_the_memory_is_rejected(query: str) -> None:
    with pytest.raises(Rejected):
        found(query, {"a": "x"})
