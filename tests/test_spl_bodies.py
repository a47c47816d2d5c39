"""Bodies of several events in SPL, all but sequences: what the queries find, and how they look."""

import pytest

from spl_queries import (
    CONNECT,
    ENGINE,
    SET,
    found,
    matched,
    proved,
    query,
    rendering,
    seconds,
    start,
)
from stream_cases import Event, Fields, chain
from tocsin.diagnostics import Code

EVERY_SOURCE = ("splunk_sysmon", "splunk_security_4688", "splunk_cim")
RAW_SOURCES = EVERY_SOURCE[:2]

# --- having

COUNTED = (
    "detect process.start where process.name is 'node.exe'\n"
    "summarize by user.name every 1h { N = count() Lines = count(distinct process.command_line)"
    " Low = min(process.pid) Mean = avg(process.pid) } having "
)


def _starts(user: str, count: int, fields: Fields | None = None) -> list[Event]:
    return [start(place, fields={"user.name": user, **(fields or {})}) for place in range(count)]


@pytest.mark.parametrize("source", EVERY_SOURCE)
@pytest.mark.parametrize(
    ("having", "users"),
    [
        ("N >= 3", {"three", "pids"}),
        ("not N >= 3", {"two"}),
        ("not N < 3", {"three", "pids"}),
        ("N == 2", {"two"}),
        ("N != 2", {"three", "pids"}),
        ("N in 1..2", {"two"}),
        ("not N in 1..2", {"three", "pids"}),
        ("count(where process.pid > 3) >= 1", {"pids"}),
        ("Low > 3", {"pids"}),
        # The least or the mean of nothing is no number, which is not above 3.
        ("not Low > 3", {"two", "three"}),
        ("Mean > 3", {"pids"}),
        ("not Mean > 3", {"two", "three"}),
        ("not Mean in 4..9", {"two", "three"}),
        ("Low != 4", {"two", "three"}),
        ("2 of (N >= 3, Low > 3, Mean < 3)", {"pids"}),
        ("not (N >= 3 and not Low > 3)", {"two", "pids"}),
    ],
)
def test_rows_are_kept_by_what_they_show(having: str, users: set[str], source: str) -> None:
    pids = _starts("pids", 3, {"process.pid": 4})

    rows = found(COUNTED + having, [*_starts("two", 2), *_starts("three", 3), *pids], source)

    assert {next(iter(row.values())) for row in rows} == users


@pytest.mark.parametrize("source", EVERY_SOURCE)
def test_distinct_values_are_counted_with_case_and_without_empty_ones(source: str) -> None:
    lines = {"same": ("a", "a"), "case": ("a", "A"), "none": ("a", "")}
    events = [
        start(at, fields={"user.name": user, "process.command_line": line})
        for user, both in lines.items()
        for at, line in enumerate(both)
    ]

    rows = found(COUNTED + "Lines >= 2", events, source)

    assert [next(iter(row.values())) for row in rows] == ["case"]


def test_what_is_never_null_is_not_asked_for_a_value() -> None:
    kept = query(COUNTED + "not (N in 1..2 or Lines > 4) and not Low in 1..2 and not Mean >= 3")

    assert (
        "    BY user_name window\n"
        "| where (\n"
        "      N<1 OR\n"
        "      N>2\n"
        "    ) AND\n"
        "    Lines<=4 AND\n"
        "    (\n"
        "      isnull(Low) OR\n"
        "      Low<1 OR\n"
        "      Low>2\n"
        "    ) AND\n"
        "    (\n"
        "      isnull(Mean) OR\n"
        "      Mean<3\n"
        "    )\n"
        "| fieldformat"
    ) in kept


def test_rows_of_a_data_model_are_kept_behind_it() -> None:
    body = (
        "detect process.start where process.command_line contains 'x'\n"
        "summarize by host.name every 30m { N = count() } having N >= 3"
    )

    assert query(body, "splunk_cim") == (
        '| tstats summariesonly=true fillnull_value="unknown" count AS N\n'
        "    FROM datamodel=Endpoint.Processes\n"
        '    WHERE Processes.process="*x*"\n'
        '      Processes.dest!="unknown"\n'
        "    BY Processes.dest _time span=30m\n"
        "| rename Processes.* AS *\n"
        "| where N>=3\n"
    )


def test_an_output_that_is_a_word_of_the_language_stands_in_quotes() -> None:
    body = "detect process.start where process.name is 'a.exe' summarize { %s = count() } having %s"

    for word in ("In", "By", "True", "Xor", "Where"):
        assert f"    '{word}'<3\n" in query(body % (word, f"not {word} >= 3"))
        assert found(body % (word, f"{word} < 3"), [start(0, "a.exe")]) == [{word: 1}]


# --- windows that slide

BURST = (
    "detect process.start where process.name is 'node.exe'\n"
    "summarize by user.name sliding 90s { N = count() First = min(timestamp) } having N >= 3"
)


def _burst(*moments: float, user: str = "u") -> list[Event]:
    return [start(at, fields={"user.name": user}) for at in moments]


@pytest.mark.parametrize("source", RAW_SOURCES)
@pytest.mark.parametrize(
    ("events", "moments"),
    [
        # Both ends belong to the window, wherever the clock's bins are.
        (_burst(0, 45, 90), {90}),
        (_burst(0, 45, 90.001), set()),
        (_burst(0.000001, 45, 90), {90}),
        (_burst(0, 45, 90.000001), set()),
        (_burst(30, 75, 120), {120}),
        (_burst(89.999, 90, 179.999), {179.999}),
        # The first of those that meet it, and again after one that does not.
        (_burst(0, 10, 20, 30, 100), {20}),
        (_burst(0, 10, 20, 200, 210, 220), {20, 220}),
        (_burst(0, 10, 20, 110.001, 120), {20}),
        (_burst(0, 10, 20, 120, 130, 140), {20, 140}),
        # Events of one time are one moment.
        (_burst(5, 5, 5), {5}),
        (_burst(0, 5, 5, 5), {5}),
        # Each key has windows of its own; keys have case; without one there is no row.
        ([*_burst(0, 20, user="a"), *_burst(10, 30, user="A")], set()),
        ([*_burst(0, 2, 4, user="a"), *_burst(1, 3, 5, user="b")], {4, 5}),
        ([*_burst(0, 1, 2, user="a"), *_burst(9, 9, 9, user="b")], {2, 9}),
    ],
)
def test_a_window_slides(events: list[Event], moments: set[float], source: str) -> None:
    rows = found(BURST, events, source)

    assert {seconds(row["moment"]) for row in rows} == moments


def test_events_without_a_key_are_in_no_window() -> None:
    assert found(BURST, _burst(0, 1, 2, user="")) == []


@pytest.mark.parametrize(
    ("moments", "expected"),
    [((0, 0.1, 0.3), {0.3}), ((0, 0.1, 0.301), set()), ((0.7, 0.9, 1.0), {1.0})],
)
def test_a_window_may_be_shorter_than_a_second(
    moments: tuple[float, ...], expected: set[float]
) -> None:
    rows = found(BURST.replace("90s", "300ms"), _burst(*moments))

    assert {seconds(row["moment"]) for row in rows} == expected


def test_a_window_shows_what_is_in_it() -> None:
    body = (
        "detect process.start on windows where process.parent.name is 'node.exe'\n"
        "summarize by host.id, user.name sliding 5m { Names = set(process.name)"
        " Last = last(process.command_line) Shells = count(where process.name is 'cmd.exe') }"
        " having count(distinct process.name) >= 2 and count() > 2"
    )
    parent: Fields = {"process.parent.name": "node.exe", "user.name": "u"}
    events = [
        start(0, "a.exe", parent),
        start(240, "cmd.exe", {**parent, "process.command_line": "cmd"}),
        start(300.5, "c.exe", parent),
        start(301, "c.exe", parent),
    ]

    (row,) = found(body, events)

    assert list(row) == [
        *("Computer", "user_name", "Names", "Last", "Shells"),
        *("Count_distinct_process_name", "Count", "moment"),
    ]
    assert row["Last"] == "cmd"
    assert (row["Shells"], row["Count"], seconds(row["moment"])) == (1, 3, 301)


def test_a_window_may_slide_without_keys() -> None:
    body = BURST.replace(" by user.name", "")

    assert [seconds(row["moment"]) for row in found(body, _burst(0, 1, 2))] == [2]


def test_columns_that_the_query_makes_keep_out_of_the_way() -> None:
    body = BURST.replace("N = count() First", "moment = count() bin = count() met").replace(
        "N >= 3", "moment >= 3"
    )

    (row,) = found(body, _burst(0, 1, 2))

    assert (row["moment"], row["bin"], seconds(row["met"])) == (3, 3, 0)
    assert seconds(row["moment_"]) == 2


def test_a_window_that_slides_is_met_in_bins() -> None:
    body = BURST.replace("N = count()", "N = count() Names = set(process.name)")

    assert query(body, head="hunt over 30d") == (
        "… EventCode=1 earliest=-30d\n"
        '  Image="*\\\\node.exe"\n'
        '  User!="-"\n'
        '| eval user_name=mvindex(split(User, "\\\\"), -1)\n'
        '| eval process_name=mvindex(split(Image, "\\\\"), -1)\n'
        "| table _time user_name process_name\n"
        "| eval bin=mvappend(floor(_time/90), floor(_time/90)+1)\n"
        "| mvexpand bin\n"
        "| eventstats values(eval(if(floor(_time/90)==bin, _time, null()))) AS moment\n"
        "    BY user_name bin\n"
        "| mvexpand moment\n"
        "| where moment>=_time AND moment-_time<=90\n"
        "| stats\n"
        "    count AS N\n"
        "    values(process_name) AS Names\n"
        "    min(_time) AS First\n"
        "    BY user_name moment\n"
        "| eval met=if(N>=3, 1, 0)\n"
        "| sort 0 moment\n"
        "| streamstats current=f window=1 global=f last(met) AS met_before\n"
        "    BY user_name\n"
        "| where met==1 AND (isnull(met_before) OR met_before==0)\n"
        "| table user_name N Names First moment\n"
        '| fieldformat First=strftime(First, "%Y-%m-%d %H:%M:%S")\n'
        '| fieldformat moment=strftime(moment, "%Y-%m-%d %H:%M:%S")\n'
    )
    assert "memory for 'eventstats' and 'mvexpand'" in str(rendering(body).text)


# --- any of several kinds

ANY = (
    "detect any on windows {\n"
    "  shell:   process.start   where process.name in ('cmd.exe', 'sh.exe')\n"
    "  node:    process.start   where process.name in ('node.exe', 'sh.exe')\n"
    "  connect: network.connect where process.name is 'node.exe'\n}"
)


def test_an_event_is_shown_for_each_part_that_it_meets() -> None:
    events = [start(0, "cmd.exe"), start(1), start(2, "sh.exe"), start(3, "other.exe")]
    events += [
        (4, CONNECT, {"process.name": "node.exe"}),
        (5, CONNECT, {"process.name": "cmd.exe"}),
    ]
    text, records = proved(ANY, events)

    named = ENGINE.run(f"{text}| stats count BY part _time", records, {})

    assert matched(ANY, events) == [0, 1, 2, 4]
    shown = sorted((row["part"], seconds(row["_time"])) for row in named.rows or ())
    assert shown == [("connect", 4), ("node", 1), ("node", 2), ("shell", 0), ("shell", 2)]


def test_parts_are_searches_with_gates_of_their_own() -> None:
    body = ANY.replace("'node.exe'\n", "'node.exe' and process.executable has 'temp'\n")

    assert query(body, head="hunt over 1d") == (
        "| multisearch\n"
        "    [ search … EventCode=1 earliest=-1d\n"
        '        Image IN ("*\\\\cmd.exe", "*\\\\sh.exe")\n'
        '      | eval part="shell" ]\n'
        "    [ search … EventCode=1 earliest=-1d\n"
        '        Image IN ("*\\\\node.exe", "*\\\\sh.exe")\n'
        '      | eval part="node" ]\n'
        "    [ search … EventCode=3 earliest=-1d\n"
        '        Image="*\\\\node.exe"\n'
        '        Image="*temp*"\n'
        '      | where match(Image, "(?:^|[^0-9A-Za-z])(?i:temp)(?:[^0-9A-Za-z]|\\z)")\n'
        '      | eval part="connect" ]\n'
    )


def test_one_part_that_a_source_records_stands_alone() -> None:
    body = "detect any { a: process.start where process.name is 'a.exe'\n" + (
        "b: registry.set where registry.path is 'b' }"
    )

    assert query(body, "splunk_security_4688") == (
        'index=* (source="XmlWinEventLog:Security" OR source="WinEventLog:Security")'
        " EventCode=4688\n"
        "  (\n"
        '    NewProcessName="*\\\\a.exe" OR\n'
        '    New_Process_Name="*\\\\a.exe"\n'
        "  )\n"
        '| eval part="a"\n'
    )


def test_data_models_are_searched_one_after_the_other() -> None:
    body = (
        "detect any { a: process.start where process.command_line contains 'x'\n"
        "  b: registry.set where registry.path ends with 'y'\n"
        "  c: process.start where process.command_line contains 'z' }"
    )
    events: list[Event] = [
        start(0, "a.exe", {"process.command_line": "x z"}),
        start(1, "a.exe", {"process.command_line": "y"}),
        (2, SET, {"registry.path": "HKLM\\S\\y"}),
        (3, SET, {"registry.path": "HKLM\\S\\x"}),
    ]

    rows = found(body, events, "splunk_cim")

    assert matched(body, events, "splunk_cim") == [0, 2]
    assert [row["part"] for row in rows] == ["a", "b", "c"]
    text = query(body, "splunk_cim")
    assert text.count("| append\n    [| tstats summariesonly=true") == 2
    assert text.count("| fieldformat") == 2
    assert "no part after the first finds over" in str(rendering(body, "splunk_cim").text)


# --- first seen

SEEN = "detect process.start where process.name is 'a.exe'\nfirst seen (user.name) in 5m"


@pytest.mark.parametrize("source", RAW_SOURCES)
@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ("a0", [0]),
        ("a0 a1", [0]),
        # Exactly so long ago is seen.
        ("a0 a300", [0]),
        ("a0 a300.001", [0, 300.001]),
        ("a0 a200 a500", [0]),
        ("a0 a200 a500.001", [0, 500.001]),
        # What happens at the same time was not before.
        ("a0 a0", [0]),
        ("a0 a300.001 a300.001", [0, 300.001]),
        # Only events of the body count, and only those with these very values.
        ("b0 a1", [1]),
        ("a0 U:a1 v:a2 a3", [0, 1, 2]),
    ],
)
def test_an_event_is_the_first_of_its_values(
    events: str, expected: list[float], source: str
) -> None:
    assert matched(SEEN, chain(events), source) == expected


def test_events_without_a_value_are_not_first() -> None:
    assert matched(SEEN, [start(0, "a.exe"), start(1, "a.exe", {"user.name": "u"})]) == [1]


@pytest.mark.parametrize("head", ["alert every 1m over 2m", "hunt over 2m"])
def test_the_time_before_the_window_tells_what_is_new(head: str) -> None:
    # The window is from 481 to 601 seconds: the search starts a second after the last event.
    events = chain("x:a0 y:a200 x:a481.001 y:a490 z:a480 z:a500 v:a481 w:a600")
    _, records = proved(SEEN, events)

    places = ENGINE.run(query(SEEN, head=head).replace("…", "index=*"), records, {}).matched

    assert {events[place][0] for place in places} == {481, 481.001, 600}


def test_what_is_new_is_asked_of_the_event_before() -> None:
    body = SEEN.replace("user.name", "host.id, process.executable").replace("5m", "14d")

    assert query(body, head="alert every 1h over 2h") == (
        "… EventCode=1 earliest=-338h\n"
        '  Image="*\\\\a.exe"\n'
        '  Computer!="-"\n'
        "| sort 0 _time\n"
        "| streamstats current=f window=1 global=f last(_time) AS earlier\n"
        "    BY Computer Image\n"
        '| where _time>=relative_time(now(), "-2h") AND\n'
        "    (isnull(earlier) OR _time-earlier>1209600)\n"
    )


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("", "the search must begin 14d before the time that it is asked about"),
        ("alert every 1h over 2h", "events are kept for 338h: the query looks back as far,"),
        ("hunt over 1d", "events are kept for 15d: the query looks back as far,"),
    ],
)
def test_the_header_says_how_much_of_the_past_is_needed(head: str, told: str) -> None:
    text = rendering(SEEN.replace("5m", "14d"), head=head).text

    assert f"    Requires: {told}" in str(text)


# --- what a data model cannot tell


@pytest.mark.parametrize(
    "body", [BURST, SEEN, f"detect sequence by user.name within 5m {{ {ANY[23:-2]} }}"]
)
def test_times_by_the_second_are_not_enough(body: str) -> None:
    written = rendering(body, "splunk_cim")

    assert written.text is None
    told = [each.message for each in written.diagnostics if each.code is Code.REFUSED]
    assert any("a data model gives times by the second" in message for message in told)


@pytest.mark.parametrize("source", EVERY_SOURCE)
@pytest.mark.parametrize("head", ["", "hunt over 1d", "alert every 1h over 2h"])
@pytest.mark.parametrize(
    "body",
    [
        COUNTED + "not (Low > 3 or Mean > 3) and N != 4",
        "detect any on windows { a: process.start where process.name is 'a.exe'\n"
        "  b: logon.attempt where user.name is 'b' }",
    ],
)
def test_every_form_passes_the_gate_on_every_source(body: str, head: str, source: str) -> None:
    assert rendering(body, source, head).text
