"""The ES|QL engine: three values, lists, patterns, groups, and what Elasticsearch would refuse."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from tocsin_engines.engine import Kind, Record, Rejected, Scalar
from tocsin_engines.esql import ENGINE

SCHEMA = {
    "a": Kind.TEXT,
    "b": Kind.TEXT,
    "args": Kind.TEXT,
    "n": Kind.NUMBER,
    "m": Kind.NUMBER,
    "yes": Kind.BOOL,
    "ip": Kind.IP,
    "ips": Kind.IP,
}
Columns = Mapping[str, Scalar | tuple[Scalar, ...]]
SECOND = 1_000_000


def records(*events: Columns) -> list[Record]:
    """Make events, a second apart, the first at a midnight."""
    return [Record("process", at * SECOND, columns) for at, columns in enumerate(events)]


def kept(condition: str, *events: Columns) -> list[int]:
    """Return the places of the events that `WHERE` keeps."""
    query = f'SET unmapped_fields="nullify"; FROM x METADATA _id | WHERE {condition}'
    return sorted(ENGINE.run(query, records(*events), SCHEMA).matched)


def rows(commands: str, *events: Columns) -> list[dict[str, object]]:
    """Return the rows of a query that groups."""
    found = ENGINE.run(f"FROM x | {commands}", records(*events), SCHEMA).rows
    assert found is not None
    return [dict(row) for row in found]


def holds(condition: str, event: Columns | None = None) -> bool:
    return kept(condition, event or {}) == [0]


# --- three values


@pytest.mark.parametrize(
    ("condition", "meant"),
    [
        ('a == "x"', False),
        ('a != "x"', False),
        ('NOT a == "x"', False),
        ('a NOT IN ("x")', False),
        ('a NOT LIKE "x"', False),
        ("a IS NULL", True),
        ("a IS NOT NULL", False),
        ('a == "x" OR n IS NULL', True),
        ('NOT (a == "x" AND n IS NOT NULL)', True),
        ('NOT (a == "x" OR n IS NOT NULL)', False),
        ('COALESCE(a, "") != "x"', True),
        ('COALESCE(a == "x", false) == false', True),
        ('CASE(a == "x", "one", "other") == "other"', True),
        ("nowhere IS NULL", True),
        ('TO_LOWER(nowhere) == "x" OR true', True),
    ],
)
def test_null_is_neither_true_nor_false(condition: str, meant: bool) -> None:
    assert holds(condition) is meant


@pytest.mark.parametrize(
    ("condition", "meant"),
    [
        ('args == "-e"', False),
        ('args != "-e"', False),
        ('args IN ("-e", "x")', False),
        ('args LIKE "*"', False),
        ("args IS NOT NULL", True),
        ('MV_CONTAINS(args, "-e")', True),
        ('MV_CONTAINS(args, "-E")', False),
        ('MV_CONTAINS(TO_LOWER(args), "x.js")', True),
        ('MV_INTERSECTS(args, ["q", "-e"])', True),
        ('MV_INTERSECTS(args, ["q", "r"])', False),
        ("MV_COUNT(args) == 2", True),
        ('MV_MAX(args) == "X.js"', True),
        ('MV_CONCAT(args, "|") == "-e|X.js"', True),
        ('CONCAT("|", MV_CONCAT(args, "|"), "|") LIKE "*|-e|*"', True),
        ('MV_CONTAINS(MV_DIFFERENCE(args, "-e"), "X.js")', True),
    ],
)
def test_a_list_is_no_value_but_for_its_own_functions(condition: str, meant: bool) -> None:
    assert holds(condition, {"args": ("X.js", "-e", "-e")}) is meant


@pytest.mark.parametrize("condition", ['MV_CONTAINS(args, "x")', 'MV_INTERSECTS(args, ["x"])'])
def test_null_is_the_empty_list(condition: str) -> None:
    assert not holds(condition)
    assert holds(f"NOT {condition}")


# --- patterns


@pytest.mark.parametrize(
    ("pattern", "text", "meant"),
    [
        ("a*", "abc", True),
        ("a*", "Abc", False),
        ("a?c", "a\nc", True),
        ("*", "", True),
        ("a\\\\*b", "a*b", True),
        ("a\\\\*b", "axb", False),
        ("a\\\\\\\\b", "a\\b", True),
    ],
)
def test_like_is_of_the_whole_value(pattern: str, text: str, meant: bool) -> None:
    assert holds(f'a LIKE "{pattern}"', {"a": text}) is meant
    assert holds(f'a LIKE ("{pattern}", "no such text")', {"a": text}) is meant


@pytest.mark.parametrize(
    ("pattern", "text", "meant"),
    [
        ("ab", "xabx", False),
        (".*ab.*", "x\nabx", True),
        ("[^0-9]+", "ab", True),
        ("a{2}", "aa", True),
        ("^a$", "a", False),
    ],
)
def test_rlike_is_lucene_and_of_the_whole_value(pattern: str, text: str, meant: bool) -> None:
    assert holds(f'a RLIKE "{pattern}"', {"a": text}) is meant


@pytest.mark.parametrize(
    ("condition", "text", "meant"),
    [
        ('TO_LOWER(a) == "ab"', "AB", True),
        ('TO_LOWER(a) == "Ab"', "AB", False),
        ('TO_LOWER(a) == "k"', "\u212a", False),
        ('TO_LOWER(a) IN ("k", "x")', "\u212a", True),
        ('TO_LOWER(a) LIKE "a*"', "AB", True),
        ('TO_LOWER(a) LIKE "A*"', "AB", False),
        ('TO_LOWER(a) LIKE "é*"', "É", False),
        ('TO_LOWER(a) LIKE ("é*", "x")', "É", True),
        ('TO_LOWER(a) RLIKE "[a-z]+"', "AB", False),
        ('TO_LOWER(a) RLIKE ("[a-z]+", "x")', "AB", True),
        ('TO_LOWER(a) RLIKE "[A-Z]+"', "ab", False),
    ],
)
def test_the_optimizer_folds_what_is_in_lower_case(condition: str, text: str, meant: bool) -> None:
    assert holds(condition, {"a": text}) is meant


def test_a_long_keyword_is_null() -> None:
    assert kept("a IS NULL", {"a": "x" * 1025}, {"a": "x" * 1024}) == [0]


# --- functions


@pytest.mark.parametrize(
    ("condition", "meant"),
    [
        ('CIDR_MATCH(ip, "10.0.0.0/8", "fe80::/10")', True),
        ('CIDR_MATCH(ip, "11.0.0.0/8")', False),
        ('ip == "10.0.0.1"', True),
        ('ip IN ("10.0.0.2", "10.0.0.1")', True),
        ('MV_CONTAINS(ips, TO_IP("8.8.8.8"))', True),
        ('MV_INTERSECTS(ips, TO_IP(["1.1.1.1", "2.2.2.2"]))', False),
        ('CONTAINS(a, FROM_BASE64("4oCu"))', True),
        ('STARTS_WITH(a, "x") AND ENDS_WITH(a, "y")', True),
        ('MV_LAST(SPLIT(b, "\\\\")) == "user" AND MV_FIRST(SPLIT(b, "\\\\")) == "DOM"', True),
        ("n == 4 AND n >= 4 AND NOT n > 4", True),
        ("yes == true", True),
        ("n < m", True),
        ("@timestamp > NOW() - 1 second", True),
        ("@timestamp > NOW() - 1 millisecond", False),
    ],
)
def test_a_function_says_so(condition: str, meant: bool) -> None:
    event: Columns = {
        "ip": "10.0.0.1", "ips": ("8.8.8.8", "9.9.9.9"), "a": "x\u202ey", "b": "DOM\\user",
        "n": 4, "m": 5, "yes": True,
    }  # fmt: skip

    assert holds(condition, event) is meant


# --- groups


def test_rows_have_their_outputs_their_keys_and_their_bin() -> None:
    found = rows(
        "STATS c = COUNT(*), v = VALUES(b), d = COALESCE(MV_COUNT(VALUES(b)), 0), big = MAX(n),"
        " mean = AVG(n), f = FIRST(b, @timestamp) WHERE b IS NOT NULL, l = LAST(b, @timestamp)"
        " BY a, w = BUCKET(@timestamp, 2 seconds)",
        {"a": "x", "b": "p", "n": 1},
        {"a": "x", "b": "q", "n": 4},
        {"a": "x"},
    )

    midnight = datetime(1970, 1, 1, tzinfo=UTC)
    assert found[0] == {
        "c": 2, "v": ["p", "q"], "d": 2, "big": 4, "mean": 2.5, "f": "p", "l": "q", "a": "x",
        "w": midnight,
    }  # fmt: skip
    assert found[1] == {"c": 1, "d": 0, "a": "x", "w": midnight.replace(second=2)}


def test_a_filter_counts_for_one_output_alone() -> None:
    (row,) = rows("STATS all = COUNT(*), some = COUNT(*) WHERE n > 1", {"n": 1}, {"n": 2}, {})

    assert row == {"all": 3, "some": 1}


def test_the_first_row_may_have_no_value() -> None:
    (row,) = rows("STATS f = FIRST(n, @timestamp), c = COUNT(n)", {}, {"n": 2})

    assert row == {"c": 1}


def test_null_is_a_group_and_a_list_is_several() -> None:
    found = rows("STATS c = COUNT(*) BY a", {}, {"a": ("x", "y")}, {"a": "x"})

    assert found == [{"c": 1}, {"c": 2, "a": "x"}, {"c": 1, "a": "y"}]


def test_without_keys_there_is_a_row_of_no_event() -> None:
    assert rows('WHERE a == "no" | STATS c = COUNT(*), m = MAX(n)') == [{"c": 0}]
    assert rows('WHERE a == "no" | STATS c = COUNT(*) BY a') == []


def test_rows_can_be_asked_and_cut() -> None:
    commands = "STATS c = COUNT(*) BY a | WHERE c > 1 | DROP c | LIMIT 1"

    assert rows(commands, {"a": "x"}, {"a": "x"}, {"a": "y"}, {"a": "z"}, {"a": "z"}) == [
        {"a": "x"}
    ]


# --- what Elasticsearch would refuse


@pytest.mark.parametrize(
    "query",
    [
        "",
        "WHERE true",
        "FROM x | WHERE",
        "FROM x | WHERE nowhere == 1",
        'FROM x | WHERE n == "4"',
        "FROM x | WHERE a > 4",
        "FROM x | WHERE a",
        'FROM x | WHERE n LIKE "4"',
        'FROM x | WHERE TO_LOWER(n) == "4"',
        'FROM x | WHERE CIDR_MATCH(a, "10.0.0.0/8")',
        'FROM x | WHERE CIDR_MATCH(ip, "10.0.0/8")',
        'FROM x | WHERE ip == "no address"',
        'FROM x | WHERE MV_CONTAINS(n, "4")',
        "FROM x | WHERE NOPE(a)",
        "FROM x | WHERE MV_COUNT()",
        'FROM x | WHERE a == "\\d"',
        "FROM x | WHERE a.in IS NULL",
        'FROM x | WHERE a RLIKE "(a"',
        f'FROM x | WHERE a RLIKE "{"a" * 1001}"',
        "FROM x | WHERE " + " OR ".join(["n == 1"] * 500),
        "FROM x | STATS c = a BY b",
        "FROM x | STATS c = SUM(a)",
        "FROM x | STATS c = COUNT(*) | WHERE n > 1",
        "FROM x | KEEP nowhere",
        "FROM x METADATA _nope",
        'SET nope="x"; FROM x',
        "FROM x | SORT a",
    ],
)
def test_a_query_is_refused(query: str) -> None:
    with pytest.raises(Rejected):
        ENGINE.run(query, records({"a": "x"}), SCHEMA)
