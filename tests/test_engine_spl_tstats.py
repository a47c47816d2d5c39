"""`tstats` in the SPL engine, pinned to what Splunk's documentation says of it.

A behind a case is a choice of ours, listed in `ASSUMED`; the rest is the page `tstats` of the
Search Reference 9.4.
"""

import pytest

from gates import spl
from tocsin_engines.engine import Outcome, Record, Rejected, Scalar
from tocsin_engines.spl import SplEngine

NOON = 1_700_049_600  # 2023-11-15 12:00:00 UTC
MODEL = "FROM datamodel=Endpoint.Processes"
PROCESSES = "Endpoint.Processes"

Columns = dict[str, Scalar | tuple[Scalar, ...]]

EVENTS_QUERY = r"""
    | tstats summariesonly=true fillnull_value="unknown" count min(_time) AS firstTime
        max(_time) AS lastTime
        FROM datamodel=Endpoint.Processes
        WHERE Processes.process_name="node.exe"
            (Processes.process="*-r*" OR NOT Processes.user="x") earliest=-30d
        BY Processes.dest Processes.user Processes.process Processes.process_name
            Processes.process_path _time span=1s
    | rename Processes.* AS *
    | eval user_domain=mvindex(split(user, "\\"), 0)
    | where match(process, "(?i)\.js") AND process!="unknown"
"""
SUMMARY_QUERY = (
    EVENTS_QUERY + "| stats min(firstTime) AS StartTime, sum(count) AS Events,"
    " values(process) AS CommandLines, values(user_domain) AS Domains BY dest user"
)
DIRECT_QUERY = """
    | tstats summariesonly=true count AS Count dc(Processes.user) AS Users
        values(Processes.process) AS CommandLines min(_time) AS StartTime
        FROM datamodel=Endpoint.Processes WHERE Processes.process_name="node.exe"
        BY Processes.dest _time span=30m
"""


def record(time: float, columns: Columns, table: str = PROCESSES) -> Record:
    return Record(table, int((NOON + time) * 10**6), columns)


def node(process: str, **columns: Scalar) -> Columns:
    return {"dest": "pc", "process_name": "node.exe", "process": process, **columns}


def run(query: str, *records: Record) -> Outcome:
    assert spl.problems(query) == []
    return SplEngine().run(query, records, {})


def found(query: str, *records: Record) -> list[int]:
    return sorted(run(query, *records).matched)


def rows(query: str, *records: Record) -> list[dict[str, object]]:
    outcome = run(query, *records)
    assert outcome.rows is not None
    return [dict(row) for row in outcome.rows]


def test_a_query_of_events_matches_the_records_of_the_rows_that_remain() -> None:
    records = [
        record(0, node("node -r x.js", user="x")),
        record(0.5, node("node -r x.js", user="x")),
        record(1, node("node x.js", user="x")),
        record(2, node("NODE X.JS")),
        record(3, node("node -r x", user="x")),
        record(4, node("node -r x.js", user="x"), ""),
        record(5, node("node -r x.js", user="x"), "Endpoint.Filesystem"),
        record(6, node("node -r x.js", process_name="cmd.exe")),
        record(-31 * 86400, node("node -r x.js")),
    ]

    assert found(EVENTS_QUERY, *records) == [0, 1, 3]


def test_another_data_model_is_appended() -> None:
    query = f"""
        | tstats count {MODEL} WHERE Processes.process="b" BY Processes.dest
        | rename Processes.* AS *
        | eval part="a"
        | append
            [| tstats count FROM datamodel=Endpoint.Registry BY Registry.dest
             | rename Registry.* AS *
             | eval part="b" ]
    """
    records = [
        record(0, node("b")),
        record(1, node("c")),
        record(2, {"dest": "pc"}, "Endpoint.Registry"),
        record(3, {"dest": "other"}, "Endpoint.Registry"),
    ]

    assert found(query, *records) == [0, 2, 3]
    assert rows(query, *records) == [
        {"dest": "pc", "count": 1, "part": "a"},
        {"dest": "other", "count": 1, "part": "b"},
        {"dest": "pc", "count": 1, "part": "b"},
    ]
    assert rows(f"{query} | stats sum(count) AS n BY part", *records) == [
        {"part": "a", "n": 1},
        {"part": "b", "n": 2},
    ]


def test_stats_after_tstats_groups() -> None:
    records = [
        record(0, node("node -r x.js", user="D\\x")),
        record(0.5, node("node -r x.js", user="D\\x")),
        record(60, node("node y.js", user="D\\x")),
        record(61, node("node y.js")),
    ]

    assert rows(SUMMARY_QUERY, *records) == [
        {
            **{"dest": "pc", "user": "D\\x", "StartTime": float(NOON), "Events": 3},
            **{"CommandLines": ["node -r x.js", "node y.js"], "Domains": ["D"]},
        },
        {
            **{"dest": "pc", "user": "unknown", "StartTime": float(NOON + 61), "Events": 1},
            **{"CommandLines": ["node y.js"], "Domains": ["unknown"]},
        },
    ]


def test_tstats_computes_a_summary_itself() -> None:
    records = [
        record(10, node("b", user="x")),
        record(1799.5, node("a", user="y")),
        record(1800, node("B", user="y")),
        record(11, node("c", dest="other")),
        record(12, {"process_name": "node.exe", "process": "no dest"}),
    ]

    assert rows(DIRECT_QUERY, *records) == [
        {
            **{"Processes.dest": "other", "_time": float(NOON), "Count": 1, "Users": 0},
            **{"CommandLines": ["c"], "StartTime": float(NOON + 11)},
        },
        {
            **{"Processes.dest": "pc", "_time": float(NOON), "Count": 2, "Users": 2},
            **{"CommandLines": ["a", "b"], "StartTime": float(NOON + 10)},
        },
        {
            **{"Processes.dest": "pc", "_time": float(NOON + 1800), "Count": 1, "Users": 1},
            **{"CommandLines": ["B"], "StartTime": float(NOON + 1800)},
        },
    ]


@pytest.mark.parametrize(
    ("query", "groups"),
    [
        (f"count {MODEL} BY Processes.dest", False),
        (f"count {MODEL} BY Processes.dest _time span=1s", False),
        (f"count {MODEL} BY _time, Processes.dest span=1sec", False),
        (f"count min(_time) earliest(_time) latest(_time) {MODEL} BY Processes.dest", False),
        (f"count {MODEL} BY Processes.dest _time span=2s", False),
        (f"count {MODEL} BY Processes.dest _time span=1m", False),
        (f"count values(Processes.process) {MODEL} BY Processes.dest", False),
        (f"count(Processes.process) {MODEL} BY Processes.dest", False),
        (f"max(Processes.dest) {MODEL} BY Processes.dest", False),
        (f"dc(_time) {MODEL} BY Processes.dest", False),
        (f"count {MODEL}", True),
        (f"count {MODEL} BY Processes.dest | stats count", True),
        (f"count {MODEL} BY Processes.dest | eventstats sum(count) AS n", False),
    ],
)
def test_what_tells_a_query_of_events_from_one_that_groups(query: str, groups: bool) -> None:
    outcome = run(f"| tstats {query}", record(0, node("a")))

    assert outcome.rows is not None
    assert outcome.matched == (frozenset() if groups else {0})


@pytest.mark.parametrize(
    "rest",
    [
        "| where count>1",
        "| search count=2",
        "| eval n=count | where n=2",
        '| rename Processes.* AS * | regex process="^a"',
        "| fields Processes.process | table Processes.process",
        "| sort 0 - count | head 1",
        "| dedup count",
        '| rex field=Processes.process "(?<x>a)" | where x="a"',
        '| fillnull value="-" none | makemv Processes.process | mvexpand Processes.process',
        "| bin _time span=1h",
        "| streamstats count AS n BY Processes.dest | eventstats max(n) AS m | where n=m",
        '| fieldformat count=count."x" | tail 1',
    ],
)
def test_a_row_keeps_its_records_through_a_command(rest: str) -> None:
    query = f"| tstats count {MODEL} BY Processes.dest Processes.process _time span=1s "
    outcome = SplEngine().run(
        query + rest, [record(0, node("a")), record(0.9, node("a")), record(0, node("a"), "")], {}
    )

    assert outcome.matched == {0, 1}


@pytest.mark.parametrize(
    ("condition", "columns", "expected"),
    [
        ('Processes.process="NODE*"', {"process": "node x"}, True),
        ('Processes.process="nod."', {"process": "node"}, False),
        ("NOT Processes.user=x", {}, True),
        ("Processes.user!=x", {}, False),
        ("Processes.user=*", {}, False),
        ("Processes.a=1 OR Processes.b=1 Processes.c=1", {"a": 1}, False),
        ("(Processes.a=1 OR (Processes.b=1 Processes.c=1))", {"a": 1}, True),
        ("Processes.a IN (1, 2*)", {"a": 25}, True),
        ("Processes.a=x", {"a": ("x", "y")}, True),
        ('Processes.ip="10.0.0.0/8"', {"ip": "10.1.1.1"}, True),
        ("Processes.id>9", {"id": 10}, True),
        ('host="h" sourcetype=s index=main', {"host": "h", "sourcetype": "s"}, True),
        ("index=other", {}, False),
        ("Processes.host=h", {"host": "h"}, False),
        ("earliest=-1h Processes.a=1", {"a": 1}, True),
        ("latest=-1h", {}, False),
    ],
)
def test_where_is_the_language_of_search(condition: str, columns: Columns, expected: bool) -> None:
    query = f"| tstats count {MODEL} WHERE {condition} BY Processes.dest"

    assert found(query, record(0, {"dest": "pc", **columns})) == ([0] if expected else [])


def test_a_field_of_by_that_is_absent_drops_the_event_or_is_filled() -> None:
    records = [record(0, {"a": "x"}), record(0, {"a": "y", "b": "z"}), record(0, {"b": ""})]
    query = f"count values(Processes.b) AS v {MODEL} BY Processes.a"

    assert [row["Processes.a"] for row in rows(f"| tstats {query}", *records)] == ["x", "y"]
    assert rows(f'| tstats fillnull_value="-" {query}', *records) == [
        {"Processes.a": "-", "count": 1, "v": [""]},
        {"Processes.a": "x", "count": 1},
        {"Processes.a": "y", "count": 1, "v": ["z"]},
    ]


def test_a_field_of_by_with_several_values_makes_a_row_for_each() -> None:
    records = [record(0, {"a": ("x", "y"), "b": "z"}), record(0, {"a": "y", "b": "z"})]
    query = f"| tstats count {MODEL} BY Processes.a Processes.b"

    assert found(query, *records) == [0, 1]
    assert found(f'{query} | search Processes.a="x"', *records) == [0]
    assert rows(f"{query} | stats list(count) AS n", *records) == [{"n": ["1", "2"]}]


def test_without_by_there_is_one_row() -> None:
    query = f"| tstats count dc(Processes.user) AS d {MODEL} WHERE Processes.a=1"

    assert rows(query, record(0, {"a": 1, "user": "x"}), record(0, {})) == [{"count": 1, "d": 1}]
    assert rows(query, record(0, {})) == [{"count": 0, "d": 0}]
    assert rows(f"| tstats values(Processes.a) {MODEL}", record(0, {"a": 1})) == [
        {"values(Processes.a)": ["1"]}
    ]


def test_options_that_choose_summaries_change_nothing_here() -> None:
    event = record(0, node("a"))
    rest = f"count {MODEL} BY Processes.dest"

    for option in ("summariesonly=f", "summariesonly=t", "allow_old_summaries=true", "prestats=f"):
        assert found(f"| tstats {option} {rest}", event) == [0]


def test_the_search_before_a_pipe_sees_every_record_unqualified() -> None:
    assert SplEngine().run("process=a", [record(0, node("a"))], {}).matched == {0}


@pytest.mark.parametrize(
    "query",
    [
        "tstats",
        "tstats count",
        "tstats count FROM datamodel=Endpoint BY Processes.dest",
        "tstats count FROM datamodel=Endpoint.Processes.Child",
        "tstats count FROM sid=1",
        f"tstats {MODEL}",
        f"tstats count {MODEL} BY",
        f"tstats count {MODEL} WHERE BY Processes.dest",
        f"tstats count {MODEL} WHERE",
        f"tstats count {MODEL} Processes.a=1",
        f"tstats count BY Processes.dest {MODEL}",
        f"tstats count {MODEL} BY Processes.dest WHERE Processes.a=1",
        f"tstats count {MODEL} BY Processes.dest summariesonly=t",
        # Names.
        f"tstats count {MODEL} BY dest",
        f"tstats count {MODEL} BY Filesystem.dest",
        f"tstats count {MODEL} BY Endpoint.Processes.dest",
        f'tstats count {MODEL} BY "Processes.*"',
        f"tstats values(process) {MODEL}",
        f"tstats count {MODEL} WHERE process=a",
        f"tstats count {MODEL} WHERE Processes.a=1 NOT (x OR Filesystem.a=1)",
        f"tstats count {MODEL} WHERE nodename=Processes",
        f"tstats count {MODEL} WHERE Processes.a*=1",
        f"tstats count {MODEL} BY Processes.dest Processes.dest",
        f"tstats count min(_time) AS count {MODEL}",
        f"tstats min(_time) AS _time {MODEL} BY _time span=1s",
        # Terms.
        f"tstats count {MODEL} WHERE *",
        f"tstats count {MODEL} WHERE node",
        f"tstats count {MODEL} WHERE Processes.a=CASE(x)",
        f"tstats count {MODEL} WHERE Processes.a=TERM(x)",
        f"tstats count {MODEL} WHERE TERM(x)",
        f'tstats count {MODEL} WHERE match(Processes.a, "x")',
        f"tstats count {MODEL} WHERE Processes.a=1 OR earliest=-1d",
        f"tstats count {MODEL} WHERE (Processes.a=1 BY Processes.dest)",
        # Time.
        f"tstats count {MODEL} BY _time",
        f"tstats count {MODEL} BY Processes.dest span=1h",
        f"tstats count {MODEL} BY _time span=auto",
        f"tstats count {MODEL} BY _time span=1mon",
        f"tstats count {MODEL} BY _time span=2d",
        f"tstats count {MODEL} BY _time span=1h span=1h",
        # Functions and options.
        f"tstats list(Processes.a) {MODEL}",
        f"tstats first(Processes.a) {MODEL}",
        f"tstats mean(Processes.a) {MODEL}",
        f"tstats count(eval(Processes.a=1)) AS n {MODEL}",
        f"tstats prestats=t count {MODEL}",
        f"tstats append=true count {MODEL}",
        f"tstats chunk_size=1 count {MODEL}",
        f"tstats summariesonly=maybe count {MODEL}",
        f"tstats summariesonly=t summariesonly=t count {MODEL}",
        f"tstats `summariesonly` count {MODEL}",
        "from datamodel:Endpoint.Processes",
        f"stats count | tstats count {MODEL}",
    ],
)
def test_a_tstats_outside_of_the_documented_language_is_rejected(query: str) -> None:
    with pytest.raises(Rejected):
        SplEngine().run(f"| {query}", [record(0, node("a"))], {})


def test_tstats_stands_first() -> None:
    with pytest.raises(Rejected, match="first command"):
        SplEngine().run(f"index=a | tstats count {MODEL}", [], {})


@pytest.mark.parametrize(
    "query",
    [
        f'tstats `summariesonly` count {MODEL} WHERE Processes.a="b" BY Processes.dest',
        f"tstats `summariesonly` fillnull_value=null count {MODEL}",
        f"tstats count {MODEL} WHERE\n earliest=-30d latest=now\n BY Processes.dest\n",
        'tstats count from datamodel=a.b where a.c="d" by a.c | rename "a.*" as "*"',
    ],
)
def test_the_gate_takes_it(query: str) -> None:
    assert spl.problems(f"| {query}") == []


@pytest.mark.parametrize(
    "query",
    [
        f"tstats count {MODEL} BY _time",
        f"tstats count {MODEL} BY Processes.dest span=1h",
        f"tstats list(Processes.a) {MODEL}",
        f"tstats span=1h count {MODEL}",
        "tstats count FROM span=1h",
        f"tstats count {MODEL} `summariesonly`",
        f"tstats count {MODEL} WHERE BY Processes.dest",
        f"tstats count {MODEL} | rename Processes.* AS x",
        f"stats count | tstats count {MODEL}",
    ],
)
def test_the_gate_does_not_take_it(query: str) -> None:
    assert spl.problems(f"| {query}")
