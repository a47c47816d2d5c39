"""The SPL gate: what it must accept, and the slips that must not pass it."""

import pytest

from gates import regex, spl


@pytest.mark.parametrize(
    "text",
    [
        '```why``` index=* sourcetype="XmlWinEventLog:Sysmon" (Image="*\\\\node.exe" OR a!=b)',
        'f IN ("a", b*) NOT g=CASE("aB") TERM(10.0.0.1) `macro(a, "b")` earliest=-30d@d',
        'index=a a="C:\\\\dir\\\\" ```c | d```| stats count',
        "index=a | where match('f.g', \"(?is)\\\\Aa.*\\\\z\") AND NOT isnull(x) ```why```",
        'index=a | where x=="a|b [" OR like(y, "a%") XOR z IN ("a", "b") and w LIKE "c"',
        "index=a | eval x=lower('a.b').\" \".y, 'a b'=if(a>1 and b<=2, 2*-3/4%5, null())",
        'index=a | regex f.g!="a\\d+" | rex field=f max_match=0 "(?<n>a+)"',
        "index=a | bin _time span=30m AS t | bucket span=1h _time",
        'index=a | stats count AS n, dc(a.b) AS "x y" count(eval(a="b")) by t host',
        "index=a | streamstats current=f time_window=5m last(x) AS y BY host",
        "| tstats summariesonly=t count FROM datamodel=Endpoint.Processes"
        ' WHERE (Processes.process_name="node.exe" OR a=1) BY Processes.dest _time span=1h',
        'index=a | table a, b | fields - _raw | rename a AS "b c" | sort 0 -_time num(b)',
        "index=a | dedup 1 host | head 5 | convert ctime(_time) AS t | mvexpand x limit=5",
        'index=a | fillnull value="-" a | lookup l.csv a AS b OUTPUT c AS d',
        "index=a | join type=inner host [search b=c | fields host] | append [| tstats count]",
        "| multisearch [search a=1 | where b>2 | eval c=1] [search `m` a=2 earliest=-1d] | table c",
        "index=a | sort 0 _time, -step | streamstats window=2 global=f count(x) AS n BY host step",
    ],
)
def test_spl_is_accepted(text: str) -> None:
    assert spl.problems(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "index=a |",
        "index=a | nope x",
        "index=a || table b",
        "a=1 or b=2",
        "a=1 and b=2",
        "not a=1",
        "f in (a)",
        "f IN ()",
        "f IN (a,)",
        "a==b",
        "a='x'",
        "a=b|c[d",
        'a="unterminated',
        'a="C:\\dir\\"',
        'a="x"b"',
        "(a=b",
        "a=b)",
        "index=a [index=b]",
        "index=a `x",
        "index=a ```unclosed",
        "index=a | where nope(a)",
        "index=a | where match(a)",
        "index=a | where a=null",
        "index=a | where a.b=1",
        "index=a | where a b",
        "index=a | where 'a",
        'index=a | where (a="x"',
        'index=a | where a="x" && b="y"',
        "index=a | where a IN ()",
        'index=a | where match(f, "(a")',
        'index=a | regex f="[z-a]"',
        "index=a | eval a.b=1",
        "index=a | eval x",
        "index=a | stats nope(x)",
        "index=a | stats count by",
        "index=a | bin _time sapn=30m",
        "index=a | rename a b",
        "index=a | append [stats count]",
        "| multisearch [search a=1]",
        "| multisearch [search a=1] [search b=1 | stats count]",
        "| multisearch [search a=1] [search b=1 | sort 0 _time]",
        "| multisearch [search a=1] [| tstats count]",
        "index=a | multisearch [search a=1] [search b=1]",
    ],
)
def test_spl_is_refused(text: str) -> None:
    assert spl.problems(text)


def test_spl_regexes_are_read_as_the_engine_gets_them() -> None:
    text = r"""a=b | where match(x, "\\Aa\"\d") AND replace(y, "\\\\", "z")="w" | regex f="c\.d"
        | rex mode=sed "s/(/b/" | rex field=g "(?<n>e)" | where match(x, y)"""

    assert spl.regexes(text) == [r"\Aa\"\d".replace(r"\"", '"'), r"\\", r"c\.d", "(?<n>e)"]


@pytest.mark.parametrize(
    "pattern",
    [r"\Aa\z", r"\A(?is)a", r"(?<n>a)", r"[[:alpha:]]", r"\x{1F600}\x5C", r"\\z", r"a++", r"\pL"],
)
def test_pcre_is_translated(pattern: str) -> None:
    assert regex.problem(pattern) is None
