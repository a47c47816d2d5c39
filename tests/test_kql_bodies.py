"""Bodies of several events in KQL: what the queries find, and what they look like."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from differential.harness import compiled, rendered
from gates import kql, skip
from kql_queries import ENGINE
from stream_cases import PAIR, PAIRS, START, STEPS, UNTIL, UNTILS, Event, Fields, chain, sequence_of
from tocsin.diagnostics import Code
from tocsin.model import Occurrence, Scalar, Verdict
from tocsin.pipeline import Rendering
from tocsin.prove import compare

SOURCES = (
    "defender_xdr",
    "sentinel_securityevent",
    "sentinel_sysmon",
    "sentinel_sysmon_windowsevent",
    "sentinel_asim",
)
CONNECT, SET = "network.connect", "registry.set"
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def _parser() -> None:
    with skip.where_missing():
        kql.install()


def rule(body: str, head: str = "") -> str:
    """Write a rule."""
    return f'rule one {{\n  meta {{ title = "One" }}\n  {head}\n  {body}\n}}\n'


def rendering(body: str, source: str = SOURCES[0], head: str = "") -> Rendering:
    """Compile a rule for one source."""
    result = compiled(rule(body, head))
    assert not [each for each in result.diagnostics if each.code.is_error]
    return rendered(result.rules[0], "kql", (source,))


def query(body: str, source: str = SOURCES[0], head: str = "") -> str:
    """Return what is written, without the comment above it."""
    text = rendering(body, source, head).text
    assert text is not None
    return "".join(line for line in text.splitlines(True) if not line.startswith("//"))


def occurrences(events: Sequence[Event]) -> list[Occurrence]:
    """Make events on one Windows host, unless they say otherwise."""
    return [
        Occurrence(
            frozenset({name}),
            round((NOON - _EPOCH).total_seconds() * 1_000_000 + seconds * 1_000_000),
            {key: (v,) for key, v in {"host.id": "pc", **fields}.items() if v != ""},
        )
        for seconds, name, fields in events
    ]


def found(
    body: str, events: Sequence[Event], source: str = SOURCES[0], head: str = ""
) -> list[Mapping[str, object]]:
    """Return the rows that the query finds in EVENTS, once it is known that it means its rule."""
    written = rendering(body, source, head)
    assert written.lowered is not None
    assert written.text is not None
    assert written.lowered.verdict is Verdict.EXACT
    comparison = compare(written, occurrences(events), ENGINE)
    assert not comparison.differs, (comparison, written.text)
    return list(ENGINE.run(written.text, comparison.records, {}).rows or ())


def windows(rows: Sequence[Mapping[str, object]]) -> set[tuple[object, ...]]:
    """Tell keys, start and end of the rows of a sequence, in seconds after noon."""
    return {tuple(map(_seconds, row.values())) for row in rows}


def _seconds(cell: object) -> object:
    return (cell - NOON) / timedelta(seconds=1) if isinstance(cell, datetime) else cell


def start(seconds: float, name: str = "node.exe", **more: Scalar) -> Event:
    """Tell of a process that starts."""
    fields = {key.replace("_", "."): value for key, value in more.items()}
    return (seconds, START, {"process.name": name, **fields})


# --- having

COUNTED = (
    "detect process.start where process.name is 'node.exe'\n"
    "summarize by user.name every 1h { N = count() Users = count(distinct process.command_line)"
    " Low = min(process.pid) Mean = avg(process.pid) } having "
)


def _starts(user: str, count: int, **more: Scalar) -> list[Event]:
    return [start(place, "node.exe", user_name=user, **more) for place in range(count)]


@pytest.mark.parametrize(
    ("having", "users"),
    [
        ("N >= 3", {"three", "pids"}),
        ("not N >= 3", {"two"}),
        ("not N < 3", {"three", "pids"}),
        ("not N <= 2", {"three", "pids"}),
        ("not N > 2", {"two"}),
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
    ],
)
def test_rows_are_kept_by_what_they_show(having: str, users: set[str]) -> None:
    events = [*_starts("two", 2), *_starts("three", 3), *_starts("pids", 3, process_pid=4)]

    rows = found(COUNTED + having, events)

    assert {row["AccountName"] for row in rows} == users


def test_distinct_values_are_counted_with_case_and_without_empty_ones() -> None:
    lines = {"same": ("a", "a"), "case": ("a", "A"), "none": ("a", "")}
    events: list[Event] = [
        (0, START, {"process.name": "node.exe", "user.name": user, "process.command_line": line})
        for user, both in lines.items()
        for line in both
    ]

    rows = found(COUNTED + "Users >= 2", events)

    assert {row["AccountName"] for row in rows} == {"case"}


def test_a_number_that_a_source_lacks_is_a_column_of_nulls() -> None:
    body = "detect process.start where process.name is 'node.exe'\n" + (
        "summarize { Top = max(process.parent.parent.pid) N = count() }"
    )

    assert "Top = take_any(long(null))," in query(body, "sentinel_securityevent")
    assert found(body, [start(0)], "sentinel_securityevent") == [{"N": 1}]


def test_a_column_that_is_a_word_of_the_language_is_asked_in_brackets() -> None:
    body = "detect process.start where process.name is 'a.exe' summarize { last = count() } having "

    assert "| where ['last'] < 3\n" in query(f"{body} not last >= 3")
    assert found(f"{body} last < 3", [start(0, "a.exe")]) == [{"last": 1}]


def test_what_is_never_null_is_not_asked_for_a_value() -> None:
    kept = query(COUNTED + "not N in 1..2 and not Users > 4 and not Low in 1..2")

    assert "| where not(N between (1 .. 2))\n| where Users <= 4\n" in kept
    assert "| where not(isnotnull(Low) and Low between (1 .. 2))\n" in kept


def test_sets_are_not_asked_for_more_than_they_hold() -> None:
    few, many = (rendering(COUNTED + f"Users >= {count}") for count in (1_048_575, 1_048_576))

    assert few.text is not None
    (fault,) = many.diagnostics
    assert fault.code is Code.REFUSED
    assert "a set holds 1,048,576 values" in fault.message


# --- windows that slide

BURST = (
    "detect process.start where process.name is 'node.exe'\n"
    "summarize by user.name sliding 90s { N = count() First = min(timestamp) } having N >= 3"
)


def _burst(*seconds: float, user: str = "u") -> list[Event]:
    return [start(at, user_name=user) for at in seconds]


@pytest.mark.parametrize(
    ("events", "moments"),
    [
        # Both ends belong to the window, wherever the clock's bins are.
        (_burst(0, 45, 90), {90}),
        (_burst(0, 45, 90.001), set()),
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
        (_burst(0, 1, 2, user=""), set()),
    ],
)
def test_a_window_slides(events: list[Event], moments: set[float]) -> None:
    rows = found(BURST, events)

    assert {_seconds(row["Timestamp"]) for row in rows} == moments


def test_a_window_shows_what_is_in_it() -> None:
    body = (
        "detect process.start on windows where process.parent.name is 'node.exe'\n"
        "summarize by host.id, user.name sliding 5m { Names = set(process.name)"
        " Last = last(process.command_line) Shells = count(where process.name is 'cmd.exe') }"
        " having count(distinct process.name) >= 2 and count() > 2"
    )
    parent: Fields = {"process.parent.name": "node.exe", "user.name": "u"}
    events: list[Event] = [
        (0, START, {**parent, "process.name": "a.exe"}),
        (240, START, {**parent, "process.name": "cmd.exe", "process.command_line": "cmd"}),
        (300.5, START, {**parent, "process.name": "c.exe"}),
        (301, START, {**parent, "process.name": "c.exe"}),
    ]

    (row,) = found(body, events)

    assert list(row) == [
        *("DeviceId", "AccountName", "Names", "Last", "Shells"),
        *("Count_distinct_process_name", "Count", "Timestamp"),
    ]
    assert row["Last"] == "cmd"
    assert (row["Shells"], row["Count"], _seconds(row["Timestamp"])) == (1, 3, 301)


def test_a_window_may_slide_without_keys() -> None:
    body = BURST.replace(" by user.name", "")

    assert [_seconds(row["Timestamp"]) for row in found(body, _burst(0, 1, 2))] == [2]


def test_columns_that_the_query_makes_keep_out_of_the_way() -> None:
    body = BURST.replace("N = count() First", "Moment = count() Bin = count() Met").replace(
        "N >= 3", "Moment >= 3"
    )

    (row,) = found(body, _burst(0, 1, 2))

    assert (row["Moment"], row["Bin"], _seconds(row["Met"])) == (3, 3, 0)


def test_a_window_that_slides_is_joined_bin_by_bin() -> None:
    body = BURST.replace("N = count()", "N = count() Names = set(process.name)")

    assert query(body, head="hunt over 30d") == (
        "let events = materialize(\n"
        "    DeviceProcessEvents\n"
        "    | where Timestamp > ago(30d)\n"
        '    | where ActionType == "ProcessCreated"\n'
        '    | where FileName =~ "node.exe"\n'
        "    | where isnotempty(AccountName)\n"
        "    | project AccountName, Timestamp, FileName\n"
        ");\n"
        "events\n"
        "| summarize by AccountName, Moment = Timestamp\n"
        "| mv-expand Bin = range(bin(Moment - 90s, 90s), bin(Moment, 90s), 90s)"
        " to typeof(datetime)\n"
        "| join kind=inner (events | extend Bin = bin(Timestamp, 90s)) on AccountName, Bin\n"
        "| where Timestamp between (Moment - 90s .. Moment)\n"
        "| summarize\n"
        "    N = count(),\n"
        "    Names = make_set(FileName),\n"
        "    First = min(Timestamp)\n"
        "    by AccountName, Moment\n"
        "| extend Met = N >= 3\n"
        "| sort by AccountName asc, Moment asc\n"
        "| where Met and not(prev(Met, 1, false) and AccountName == prev(AccountName))\n"
        "| project AccountName, N, Names, First, Timestamp = Moment\n"
    )


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
    written = rendering(ANY)
    comparison = compare(written, occurrences(events), ENGINE)

    named = ENGINE.run(f"{written.text}| project Part, Timestamp", comparison.records, {})

    assert not comparison.differs
    assert named.matched == {0, 1, 2, 4}
    shown = sorted((str(row["Part"]), _seconds(row["Timestamp"])) for row in named.rows or ())
    assert shown == [("connect", 4), ("node", 1), ("node", 2), ("shell", 0), ("shell", 2)]


def test_parts_are_tables_with_gates_of_their_own() -> None:
    assert query(ANY, head="hunt over 1d") == (
        "union (\n"
        "    DeviceProcessEvents\n"
        "    | where Timestamp > ago(1d)\n"
        '    | where ActionType == "ProcessCreated"\n'
        '    | where FileName in~ ("cmd.exe", "sh.exe")\n'
        '    | extend Part = "shell"\n'
        "), (\n"
        "    DeviceProcessEvents\n"
        "    | where Timestamp > ago(1d)\n"
        '    | where ActionType == "ProcessCreated"\n'
        '    | where FileName in~ ("node.exe", "sh.exe")\n'
        '    | extend Part = "node"\n'
        "), (\n"
        "    DeviceNetworkEvents\n"
        "    | where Timestamp > ago(1d)\n"
        '    | where ActionType in ("ConnectionSuccess", "ConnectionRequest", "ConnectionFailed")\n'
        '    | where InitiatingProcessFileName =~ "node.exe"\n'
        '    | extend Part = "connect"\n'
        ")\n"
    )


def test_one_part_that_a_source_records_stands_alone() -> None:
    body = "detect any { a: process.start where process.name is 'a.exe'\n" + (
        "b: registry.set where registry.path is 'b' }"
    )

    assert query(body, "sentinel_securityevent") == (
        "SecurityEvent\n"
        "| where EventID == 4688\n"
        '| where NewProcessName endswith @"\\a.exe"\n'
        '| extend Part = "a"\n'
    )


# --- sequences


@pytest.mark.parametrize(("events", "expected"), PAIRS)
def test_a_sequence_is_found_in_time_and_by_its_keys(
    events: str, expected: set[tuple[object, ...]]
) -> None:
    assert windows(found(PAIR, chain(events))) == expected


def test_events_without_a_key_are_in_no_sequence() -> None:
    events = [start(0, "a.exe"), start(1, "b.exe")]

    assert found(PAIR, events) == []


@pytest.mark.parametrize(("events", "expected"), UNTILS)
def test_until_ends_a_sequence(events: str, expected: set[tuple[object, ...]]) -> None:
    assert windows(found(UNTIL, chain(events))) == expected


@pytest.mark.parametrize(("steps", "events", "expected"), STEPS)
@pytest.mark.parametrize("keys", [" by user.name", ""])
def test_steps_follow_one_another(
    steps: str, events: str, expected: set[tuple[float, float]], keys: str
) -> None:
    rows = found(sequence_of(steps, keys), chain(events))

    assert {tuple(row)[-2:] for row in windows(rows)} == expected


def test_events_in_a_row_have_one_key() -> None:
    body = "detect sequence by user.name within 5m {\n" + (
        "  a: process.start repeats 3 where process.name is 'a.exe'\n}"
    )

    assert found(body, chain("x:a0 x:a1 y:a2 Y:a3 Y:a4")) == []
    assert windows(found(body, chain("x:a0 y:a1 x:a2 y:a3 x:a4"))) == {("x", 0, 4)}


def test_a_step_may_be_of_several_kinds() -> None:
    body = (
        "detect sequence by host.id within 5m {\n  a: any {\n"
        "    start: process.start where process.name is 'a.exe'\n"
        "    set: registry.set where registry.value is 'a'\n  }\n"
        "  b: network.connect where destination.port == 443\n}"
    )
    connect: Event = (10, CONNECT, {"destination.port": 443})

    assert windows(found(body, [start(0, "a.exe"), connect])) == {("pc", 0, 10)}
    assert windows(found(body, [(1, SET, {"registry.value": "a"}), connect])) == {("pc", 1, 10)}
    both = [start(0, "a.exe"), (1, SET, {"registry.value": "a"}), connect]
    assert windows(found(body, both)) == {("pc", 1, 10)}
    assert found(body, [(0, SET, {"registry.value": "b"}), connect]) == []


def test_steps_are_tied_by_fields_of_their_own() -> None:
    body = (
        "detect sequence by host.id within 5m {\n"
        "  parent: process.start by process.pid where process.name is 'a.exe'\n"
        "  child: process.start by process.parent.pid where process.name is 'b.exe'\n"
        "  net: network.connect by destination.port where process.name is 'b.exe'\n}"
    )
    events: list[Event] = [
        start(0, "a.exe", process_pid=7),
        start(1, "b.exe", process_parent_pid=7),
        (2, CONNECT, {"process.name": "b.exe", "destination.port": 7}),
        (3, CONNECT, {"process.name": "b.exe", "destination.port": 8}),
    ]

    # A port is an int there, and a process id a long: they are brought together.
    assert windows(found(body, events)) == {("pc", 7, 0, 2)}


def test_entities_are_shown_of_the_events_that_were_found() -> None:
    body = (
        "detect sequence by user.name within 5m {\n"
        "  a: process.start where process.name is 'a.exe'\n"
        "  b: process.start repeats 2 where process.name is 'b.exe'\n"
        "  until process.start where process.name is 'stop.exe'\n}\n"
        "entities { host = b.host.id account = user.name"
        "  process = a.process.command_line, process.command_line }"
    )
    line = "process.command_line"
    events: list[Event] = [
        (at, START, {"process.name": f"{name}.exe", "user.name": "u", line: f"{name}{at}"})
        for name, at in (("a", 0), ("b", 1), ("a", 2), ("b", 3), ("b", 4))
    ]

    (first, second) = sorted(found(body, events), key=lambda row: str(row["End"]))

    assert list(first) == [
        *("AccountName", "Start", "End", "a_process_command_line"),
        *("b_host_id", "b_process_command_line"),
    ]
    assert (_seconds(first["Start"]), _seconds(first["End"])) == (0, 3)
    assert (first["a_process_command_line"], first["b_process_command_line"]) == ("a0", "b3")
    assert (second["a_process_command_line"], second["b_process_command_line"]) == ("a2", "b4")
    assert second["b_host_id"] == "pc"


def test_a_text_that_stands_for_no_value_is_shown_as_none() -> None:
    body = f"{PAIR}\nentities {{ process = a.process.command_line }}"
    events = [
        start(0, "a.exe", user_name="u"),
        start(1, "b.exe", user_name="u"),
    ]

    assert 'iff(CommandLine !in ("", "-"), CommandLine, "")' in query(body, "sentinel_sysmon")
    (row,) = found(body, events, "sentinel_sysmon")
    assert "a_process_command_line" not in row


def test_a_field_that_a_source_lacks_is_an_empty_column() -> None:
    body = f"{PAIR}\nentities {{ process = a.process.hash.sha1 }}"
    written = rendering(body, "sentinel_securityevent")

    assert 'a_process_hash_sha1 = ""' in str(written.text)
    assert windows(found(body, chain("a0 b1"), "sentinel_securityevent"))


def test_names_that_clash_are_made_longer() -> None:
    text = 'let a_events = ["a.exe", "x.exe"]\n' + rule(
        "detect sequence by process.name within 5m {\n"
        "  a: process.start where process.command_line in a_events\n"
        "  union: process.start where process.command_line is 'b.exe'\n}\n"
    )
    result = compiled(text)

    written = rendered(result.rules[0], "kql")

    assert written.text is not None
    assert "let a_events = dynamic(" in written.text
    assert "let a_events_ =\n" in written.text
    assert "let union_events =\n" in written.text
    assert kql.problems(written.text) == []


def test_a_sequence_is_a_table_for_each_step() -> None:
    assert query(UNTIL, head="hunt over 1d") == (
        "let a_events =\n"
        "    DeviceProcessEvents\n"
        "    | where Timestamp > ago(1d)\n"
        '    | where ActionType == "ProcessCreated"\n'
        '    | where FileName =~ "a.exe"\n'
        "    | where isnotempty(AccountName)\n"
        "    | project AccountName, Start = Timestamp;\n"
        "let b_events =\n"
        "    DeviceProcessEvents\n"
        "    | where Timestamp > ago(1d)\n"
        '    | where ActionType == "ProcessCreated"\n'
        '    | where FileName =~ "b.exe"\n'
        "    | where isnotempty(AccountName)\n"
        "    | project AccountName, End = Timestamp;\n"
        "let until_events =\n"
        "    DeviceProcessEvents\n"
        "    | where Timestamp > ago(1d)\n"
        '    | where ActionType == "ProcessCreated"\n'
        '    | where FileName =~ "stop.exe"\n'
        "    | where isnotempty(AccountName)\n"
        "    | project AccountName, until_time = Timestamp;\n"
        "a_events\n"
        "| join kind=inner b_events on AccountName\n"
        "| where End > Start and End - Start <= 5m\n"
        "| summarize Start = max(Start) by AccountName, End\n"
        "| join kind=leftouter until_events on AccountName\n"
        "| summarize Stops = countif(until_time > Start and until_time <= End)"
        " by AccountName, Start, End\n"
        "| where Stops == 0\n"
        "| project AccountName, Start, End\n"
    )


def test_steps_of_the_same_events_are_read_once() -> None:
    body = PAIR.replace("'b.exe'", "'a.exe'")

    text = query(body)

    assert text.count("DeviceProcessEvents") == 1
    assert "let a_events = materialize(\n" in text
    assert "let b_events =\n    a_events\n    | project-rename End = Start;\n" in text


def test_events_in_a_row_look_back_over_moments() -> None:
    body = PAIR.replace("b: process.start", "b: process.start repeats 5")

    assert (
        "    | project AccountName, End = Timestamp\n"
        "    | distinct AccountName, End\n"
        "    | sort by AccountName asc, End asc\n"
        "    | extend b_start = prev(End, 4)\n"
        "    | where AccountName == prev(AccountName, 4) and End - b_start <= 5m;\n"
        "a_events\n"
        "| join kind=inner b_events on AccountName\n"
        "| where b_start > Start and End - Start <= 5m\n"
    ) in query(body)


# --- first seen

SEEN = "detect process.start where process.name is 'a.exe'\nfirst seen (user.name) in 5m"


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ("a0", {0}),
        ("a0 a1", {0}),
        # Exactly so long ago is seen.
        ("a0 a300", {0}),
        ("a0 a300.001", {0, 300.001}),
        ("a0 a200 a500", {0}),
        ("a0 a200 a500.001", {0, 500.001}),
        # What happens at the same time was not before.
        ("a0 a0", {0}),
        ("a0 a300.001 a300.001", {0, 300.001}),
        # Only events of the body count, and only those with these very values.
        ("b0 a1", {1}),
        ("a0 U:a1 v:a2 a3", {0, 1, 2}),
    ],
)
def test_an_event_is_the_first_of_its_values(events: str, expected: set[float]) -> None:
    written = rendering(SEEN)
    comparison = compare(written, occurrences(chain(events)), ENGINE)

    matched = ENGINE.run(str(written.text), comparison.records, {}).matched

    assert not comparison.differs
    moments = {chain(events)[place][0] for place in matched}
    assert moments == expected


def test_events_without_a_value_are_not_first() -> None:
    written = rendering(SEEN)

    comparison = compare(written, occurrences([start(0, "a.exe")]), ENGINE)

    assert not comparison.differs
    assert comparison.found == 0


@pytest.mark.parametrize("head", ["alert every 1m over 2m", "hunt over 2m"])
def test_the_time_before_the_window_tells_what_is_new(head: str) -> None:
    # The window is from 481 to 601 seconds: `now()` is a second after the last event.
    events = chain("x:a0 y:a200 x:a481.001 y:a490 z:a480 z:a500 w:a600")

    text = query(SEEN, head=head)
    records = compare(rendering(SEEN), occurrences(events), ENGINE).records
    matched = ENGINE.run(text, records, {}).matched

    assert {events[place][0] for place in matched} == {481.001, 600}


def test_what_is_new_is_asked_of_the_event_before() -> None:
    assert query(SEEN.replace("user.name", "host.id, user.name"), head="hunt over 30d") == (
        "DeviceProcessEvents\n"
        "| where Timestamp > ago(5m + 30d)\n"
        '| where ActionType == "ProcessCreated"\n'
        '| where FileName =~ "a.exe"\n'
        "| where isnotempty(DeviceId)\n"
        "| where isnotempty(AccountName)\n"
        "| sort by DeviceId asc, AccountName asc, Timestamp asc\n"
        "| where not(\n"
        "      DeviceId == prev(DeviceId)\n"
        "      and AccountName == prev(AccountName)\n"
        "      and Timestamp - prev(Timestamp) <= 5m\n"
        "    )\n"
        "| where Timestamp > ago(30d)\n"
    )


def test_a_function_is_told_how_far_back_to_look() -> None:
    text = query(SEEN.replace("5m", "1d"), "sentinel_asim", "alert every 1h over 2h")

    assert text.startswith("_Im_ProcessCreate(starttime=ago(1d + 2h), ")
    assert text.endswith("| where TimeGenerated > ago(2h)\n")


@pytest.mark.parametrize(
    ("head", "within", "told"),
    [
        ("", "14d", "The search must begin 14d before the events in question"),
        ("alert every 1h over 2h", "13d", "In Sentinel the rule's query period must be 13d + 2h"),
        (
            "alert every 1h over 2h",
            "14d",
            "In Sentinel a rule reads 14d, not the 14d + 2h that this one wants: what was last"
            " seen before that counts as new",
        ),
        (
            "hunt over 30d",
            "14d",
            "The tables must keep 14d + 30d, of which advanced hunting has 30d: what was last seen"
            " before that counts as new",
        ),
    ],
)
def test_the_header_says_how_much_of_the_past_is_needed(head: str, within: str, told: str) -> None:
    text = rendering(SEEN.replace("5m", within), head=head).text

    assert f"// Requires: {told}\n" in str(text)


def test_a_hunt_that_advanced_hunting_can_answer_requires_nothing() -> None:
    text = rendering(SEEN, head="hunt over 7d").text

    assert "counts as new" not in str(text)
    assert "query period" not in str(text)


# --- on every source

EVERYWHERE = (
    COUNTED + "not (Low > 3 or Mean > 3) and N != 4",
    BURST.replace("user.name", "host.id, user.name").replace("N >= 3", "2 of (N >= 3, N > 4)"),
    "detect any on windows { a: process.start where process.args is '-e'\n"
    "  b: process.start where process.executable is 'C:\\Temp\\a.exe' }",
    UNTIL.replace("user.name", "host.id, process.parent.name")
    + "\nentities { process = a.process.command_line, b.process.pid, b.process.parent.name }",
    "detect sequence within 5m { a: process.start repeats 3 where process.args is '-e' }",
    "detect sequence by user.name within 5m {\n"
    "  a: any { c: process.start where process.name is 'c.exe'\n"
    "           d: process.start where process.args is '-d' }\n"
    "  b: process.start where process.name is 'b.exe'\n}",
    "detect process.start where process.args is '-e'\n"
    "first seen (host.id, process.name, process.pid) in 1d",
)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("body", EVERYWHERE)
@pytest.mark.parametrize("head", ["hunt over 1d", "alert every 1h over 2h"])
def test_every_form_is_bound_on_every_source(body: str, source: str, head: str) -> None:
    written = rendering(body, source, head)

    assert written.text is not None
    assert kql.problems(written.text) == []


SEVERAL = (
    "detect any { a: network.connect where destination.port == 443\n"
    "  b: registry.set where registry.value is 'x'\n  c: process.start where process.name is 'a' }",
    "detect sequence by host.id within 5m {\n"
    "  a: process.start by process.pid where process.name is 'a.exe'\n"
    "  b: any { c: network.connect by process.pid where destination.port == 443\n"
    "           d: dns.query by process.pid where dns.question.name is 'x' }\n"
    "  e: file.create by process.pid where file.name is 'x'\n"
    "  until registry.set by process.pid where registry.value is 'x'\n}\n"
    "entities { process = b.process.executable, a.process.pid, b.process.pid }",
)


@pytest.mark.parametrize("source", [name for name in SOURCES if "security" not in name])
@pytest.mark.parametrize("body", SEVERAL)
def test_events_of_several_classes_are_bound_on_every_source(body: str, source: str) -> None:
    written = rendering(body, source, "hunt over 1d")

    assert written.text is not None
    assert kql.problems(written.text) == []


def _streams(count: int) -> Iterator[list[Event]]:
    """Draw events of few names, users and times."""
    draw = random.Random(5)
    names = ("a.exe", "a.exe", "b.exe", "node.exe", "stop.exe")
    for _ in range(count):
        yield [
            (
                draw.choice((0, 60, 150, 150.5, 299.999, 300, 300.001, 450, 600)),
                START,
                {
                    "process.name": draw.choice(names),
                    "user.name": draw.choice(("u", "u", "U", "")),
                    "process.command_line": draw.choice(("x -e", "y", "")),
                    "process.pid": draw.choice((1, 2)),
                },
            )
            for _ in range(draw.randint(4, 12))
        ]


@pytest.mark.parametrize(
    "body",
    [
        COUNTED + "not Users >= 2 or Mean >= 2",
        BURST.replace("90s", "5m").replace("is 'node.exe'", "exists"),
        UNTIL,
        UNTIL.replace("b: process.start", "b: process.start repeats 2"),
        UNTIL.replace("'b.exe'", "'a.exe'"),
        "detect sequence by user.name, process.pid within 5m {\n"
        "  a: any { c: process.start where process.name is 'a.exe'\n"
        "           d: process.start where process.args is '-e' }\n"
        "  b: process.start where process.name exists\n"
        "  e: process.start where process.name is 'b.exe'\n}",
        SEEN,
        SEEN.replace("user.name", "user.name, process.pid"),
    ],
)
@pytest.mark.parametrize(("source", "count"), [("defender_xdr", 25), ("sentinel_sysmon", 5)])
def test_drawn_events_are_found_as_the_rule_means_them(body: str, source: str, count: int) -> None:
    for events in _streams(count):
        found(body, events, source)
