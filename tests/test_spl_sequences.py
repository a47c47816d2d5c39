"""Sequences in SPL: what the queries find, and how they look."""

import random
from collections.abc import Iterator

import pytest

from spl_queries import (
    CONNECT,
    SET,
    found,
    query,
    rendering,
    seconds,
    start,
)
from stream_cases import PAIR, PAIRS, STEPS, UNTIL, UNTILS, Event, Fields, chain, sequence_of

SOURCES = ("splunk_sysmon", "splunk_security_4688")
LINE, PID, PARENT = "process.command_line", "process.pid", "process.parent.pid"

Window = tuple[object, ...]


def windows(
    body: str, events: list[Event], source: str = SOURCES[0], head: str = ""
) -> set[Window]:
    """Tell keys, start and end of what is found, in seconds after noon."""
    return {
        (*(cell for name, cell in row.items() if name not in ("Start", "End")),
         seconds(row["Start"]), seconds(row["End"]))
        for row in found(body, events, source, head)
    }  # fmt: skip


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(("events", "expected"), PAIRS)
def test_a_sequence_is_found_in_time_and_by_its_keys(
    events: str, expected: set[Window], source: str
) -> None:
    assert windows(PAIR, chain(events), source) == expected


def test_events_without_a_key_are_in_no_sequence() -> None:
    assert windows(PAIR, [start(0, "a.exe"), start(1, "b.exe")]) == set()


@pytest.mark.parametrize(
    ("events", "found_"),
    [("a0 b0.2", True), ("a0 b0.201", False), ("a0.7 b0.9", True), ("a0.1 b0.300001", False)],
)
def test_a_sequence_may_take_less_than_a_second(events: str, found_: bool) -> None:
    body = PAIR.replace("5m", "200ms")

    assert bool(windows(body, chain(events))) is found_
    assert "round(_time-after_a, 6)<=0.2\n" in query(body)


@pytest.mark.parametrize(("events", "expected"), UNTILS)
def test_until_ends_a_sequence(events: str, expected: set[Window]) -> None:
    assert windows(UNTIL, chain(events)) == expected


def test_an_event_may_end_and_complete_a_sequence() -> None:
    assert windows(UNTIL.replace("'stop.exe'", "'b.exe'"), chain("a0 b1")) == set()
    assert windows(UNTIL.replace("'stop.exe'", "'a.exe'"), chain("a0 a1 b2")) == {("u", 1, 2)}


@pytest.mark.parametrize(("steps", "events", "expected"), STEPS)
@pytest.mark.parametrize("keys", [" by user.name", ""])
def test_steps_follow_one_another(
    steps: str, events: str, expected: set[tuple[float, float]], keys: str
) -> None:
    assert {window[-2:] for window in windows(sequence_of(steps, keys), chain(events))} == expected


def test_events_in_a_row_have_one_key() -> None:
    body = "detect sequence by user.name within 5m {\n" + (
        "  a: process.start repeats 3 where process.name is 'a.exe'\n}"
    )

    assert windows(body, chain("x:a0 x:a1 y:a2 Y:a3 Y:a4")) == set()
    assert windows(body, chain("x:a0 y:a1 x:a2 y:a3 x:a4")) == {("x", 0, 4)}


def test_a_step_may_be_of_several_kinds() -> None:
    body = (
        "detect sequence by host.id within 5m {\n  a: any {\n"
        "    start: process.start where process.name is 'a.exe'\n"
        "    set: registry.set where registry.value is 'a'\n  }\n"
        "  b: network.connect where destination.port == 443\n}"
    )
    connect: Event = (10, CONNECT, {"destination.port": 443})
    to_a: Event = (1, SET, {"registry.path": "HKLM\\a"})
    to_b: Event = (0, SET, {"registry.path": "HKLM\\b"})

    assert windows(body, [start(0, "a.exe"), connect]) == {("pc", 0, 10)}
    assert windows(body, [to_a, connect]) == {("pc", 1, 10)}
    assert windows(body, [start(0, "a.exe"), to_a, connect]) == {("pc", 1, 10)}
    assert windows(body, [to_b, connect]) == set()


def test_steps_are_tied_by_fields_of_their_own() -> None:
    body = (
        "detect sequence by host.id within 5m {\n"
        "  parent: process.start by process.pid where process.name is 'a.exe'\n"
        "  child: process.start by process.parent.pid where process.name is 'b.exe'\n"
        "  net: network.connect by process.pid where process.name is 'b.exe'\n}"
    )
    events: list[Event] = [
        start(0, "a.exe", {PID: 7}),
        start(1, "b.exe", {PARENT: 7, PID: 8}),
        (2, CONNECT, {"process.name": "b.exe", PID: 7}),
        (3, CONNECT, {"process.name": "b.exe", PID: 8}),
    ]

    assert windows(body, events) == {("pc", "7", 0, 2)}


@pytest.mark.parametrize("source", SOURCES)
def test_keys_may_change_places(source: str) -> None:
    body = (
        "detect sequence within 5m {\n"
        "  a: process.start by process.pid, process.parent.pid where process.name is 'a.exe'\n"
        "  b: process.start by process.parent.pid, process.pid where process.name is 'b.exe'\n}"
    )
    a = start(0, "a.exe", {PID: 1, PARENT: 2})

    assert found(body, [a, start(1, "b.exe", {PID: 2, PARENT: 1})], source)
    assert found(body, [a, start(1, "b.exe", {PID: 1, PARENT: 2})], source) == []


def test_two_keys_of_one_column_are_shown_once_and_both_compared() -> None:
    body = (
        "detect sequence within 5m {\n"
        "  a: process.start by host.id, host.name where process.name is 'a.exe'\n"
        "  b: process.start by host.id, user.name where process.name is 'b.exe'\n}"
    )
    events = [start(at, f"{name}.exe", {"user.name": user, "host.name": "pc"})
              for at, name, user in ((0, "a", "x"), (1, "b", "y"), (2, "b", "pc"))]  # fmt: skip

    assert windows(body, events) == {("pc", 0, 2)}
    assert "BY host_id host_name step _time" in query(body)


ENTITIES = (
    "detect sequence by user.name within 5m {\n"
    "  a: process.start where process.name is 'a.exe'\n"
    "  b: process.start repeats 2 where process.name is 'b.exe'\n"
    "  c: process.start where process.name is 'c.exe'\n"
    "  until process.start where process.name is 'stop.exe'\n}\n"
    "entities { host = b.host.id account = user.name"
    "  process = a.process.command_line, process.command_line, c.timestamp }"
)


@pytest.mark.parametrize("source", SOURCES)
def test_entities_are_shown_of_the_events_that_were_found(source: str) -> None:
    events = [
        start(at, f"{name}.exe", {"user.name": "u", LINE: f"{name}{at}"})
        for name, at in (("a", 0), ("b", 1), ("c", 1.5), ("a", 2), ("b", 3), ("b", 4), ("c", 5))
    ]
    events += [start(3.5, "b.exe", {"user.name": "other", LINE: "other"})]

    (row,) = found(ENTITIES, events, source)

    # The second of the two is the first that comes after the latest `a`: it leads from there.
    assert {name: row[name] for name in list(row)[3:]} == {
        "b_host_id": "pc",
        "a_process_command_line": "a2",
        "c_process_command_line": "c5",
        "c_timestamp": row["End"],
    }
    assert list(row)[:3] == ["user_name", "Start", "End"]
    assert (seconds(row["Start"]), seconds(row["End"])) == (2, 5)


def test_events_in_a_row_hand_on_what_led_to_the_first_of_them() -> None:
    events = [
        start(at, f"{name}.exe", {"user.name": "u", LINE: f"{name}{at}"})
        for name, at in (("a", 0), ("b", 1), ("a", 2), ("b", 3), ("c", 4))
    ]

    (row,) = found(ENTITIES, events)

    assert (row["a_process_command_line"], seconds(row["Start"])) == ("a0", 0)


def test_what_one_kind_of_events_lacks_is_not_taken_from_another() -> None:
    body = (
        "detect sequence by host.id within 5m {\n  a: any {\n"
        "    begins: process.start where process.name is 'a.exe'\n"
        "    sets: registry.set where registry.path ends with 'a'\n  }\n"
        "  b: process.start where process.name is 'b.exe'\n}\n"
        "entities { process = a.process.command_line }"
    )
    sets: Event = (1, SET, {"registry.path": "HKLM\\a"})

    (row,) = found(body, [start(0, "a.exe", {LINE: "first"}), sets, start(2, "b.exe")])

    assert list(row) == ["host_id", "Start", "End"]


def test_what_a_step_has_no_value_of_is_not_taken_from_one_before() -> None:
    body = f"{PAIR}\nentities {{ process = a.process.command_line, b.process.command_line }}"
    events = [start(0, "a.exe", {"user.name": "u", LINE: "first"}), *chain("a1 b2")]

    (row,) = found(body, events)

    assert list(row) == ["user_name", "Start", "End"]


def test_a_field_that_a_source_lacks_is_an_empty_column() -> None:
    body = f"{PAIR}\nentities {{ hash = a.process.hash.sha256, b.process.hash.sha256 }}"

    (row,) = found(body, chain("a0 b1"), "splunk_security_4688")

    assert list(row) == ["user_name", "Start", "End"]


def test_names_that_clash_are_made_longer() -> None:
    body = (
        "detect sequence by host.id within 5m {\n"
        "  process: process.start by process.entity_id where process.name is 'a.exe'\n"
        "  step: process.start by process.parent.entity_id where process.name is 'b.exe'\n}\n"
        "entities { process = step.process.entity_id, process.process.name }"
    )
    ids: Fields = {"process.entity_id": "1", "process.parent.entity_id": "0"}
    own: Fields = {"process.entity_id": "2", "process.parent.entity_id": "1"}

    (row,) = found(body, [start(0, "a.exe", ids), start(1, "b.exe", own)])

    assert row["process_entity_id"] == "1"
    assert row["step_process_entity_id"] == "2"


def test_one_step_of_one_kind_is_one_search() -> None:
    body = "detect sequence by user.name within 5m {\n" + (
        "  a: process.start repeats 5 where process.name is 'a.exe'\n}"
    )

    assert query(body, head="hunt over 1d") == (
        "… EventCode=1 earliest=-1d\n"
        '  Image="*\\\\a.exe"\n'
        '  User!="-"\n'
        "| eval step=1\n"
        '| eval user_name=mvindex(split(User, "\\\\"), -1)\n'
        "| stats count\n"
        "    BY user_name step _time\n"
        "| sort 0 _time, -step\n"
        "| streamstats window=5 global=f\n"
        "    count(_time) AS a_count\n"
        "    min(_time) AS a_first\n"
        "    BY user_name step\n"
        "| where step==1 AND a_count==5 AND\n"
        "    _time-a_first<=300\n"
        "| eval Start=a_first\n"
        "| eval End=_time\n"
        "| table user_name Start End\n"
        '| fieldformat Start=strftime(Start, "%Y-%m-%d %H:%M:%S")\n'
        '| fieldformat End=strftime(End, "%Y-%m-%d %H:%M:%S")\n'
    )


def test_steps_are_searches_whose_events_are_put_in_order() -> None:
    body = (
        "detect sequence by host.id within 2m {\n"
        "  a: process.start by process.entity_id where process.name is 'a.exe'\n"
        "  b: process.start by process.parent.entity_id where process.name is 'b.exe'\n"
        "  until process.start by process.entity_id where process.name is 'stop.exe'\n}\n"
        "entities { process = a.process.command_line, b.process.name }"
    )

    assert query(body) == (
        "| multisearch\n"
        "    [ search … EventCode=1\n"
        '        Image="*\\\\a.exe"\n'
        '        Computer!="-"\n'
        '        ProcessGuid!="-"\n'
        '      | eval process_entity_id=trim(ProcessGuid, "{}")\n'
        "      | eval step=1\n"
        '      | eval a_process_command_line=coalesce(CommandLine, "-")\n'
        "      | eval host_id=Computer ]\n"
        "    [ search … EventCode=1\n"
        '        Image="*\\\\b.exe"\n'
        '        Computer!="-"\n'
        '        ParentProcessGuid!="-"\n'
        '      | eval process_parent_entity_id=trim(ParentProcessGuid, "{}")\n'
        "      | eval step=2\n"
        '      | eval b_process_name=mvindex(split(Image, "\\\\"), -1)\n'
        "      | eval host_id=Computer\n"
        "      | eval process_entity_id=process_parent_entity_id ]\n"
        "    [ search … EventCode=1\n"
        '        Image="*\\\\stop.exe"\n'
        '        Computer!="-"\n'
        '        ProcessGuid!="-"\n'
        '      | eval process_entity_id=trim(ProcessGuid, "{}")\n'
        "      | eval step=3\n"
        "      | eval host_id=Computer ]\n"
        "| stats\n"
        "    first(a_process_command_line) AS a_process_command_line\n"
        "    first(b_process_name) AS b_process_name\n"
        "    BY host_id process_entity_id step _time\n"
        "| sort 0 _time, -step\n"
        "| streamstats current=f max(eval(if(step==3, _time, null()))) AS ended\n"
        "    BY host_id process_entity_id\n"
        "| streamstats current=f\n"
        "    max(eval(if(step==1, _time, null()))) AS after_a\n"
        "    last(eval(if(step==1, a_process_command_line, null()))) AS a_process_command_line\n"
        "    BY host_id process_entity_id\n"
        "| where step==2 AND\n"
        "    _time-after_a<=120 AND\n"
        "    (isnull(ended) OR ended<=after_a)\n"
        "| eval Start=after_a\n"
        "| eval End=_time\n"
        '| eval a_process_command_line=nullif(a_process_command_line, "-")\n'
        "| table host_id process_entity_id Start End a_process_command_line b_process_name\n"
        '| fieldformat Start=strftime(Start, "%Y-%m-%d %H:%M:%S")\n'
        '| fieldformat End=strftime(End, "%Y-%m-%d %H:%M:%S")\n'
    )
    assert "at most 10,000 events of the steps" in str(rendering(body).text)


# --- on every source

SAME = (
    UNTIL.replace("user.name", "host.id, process.parent.name")
    + "\nentities { process = a.process.command_line, b.process.pid, b.process.parent.name }",
    "detect sequence within 5m { a: process.start repeats 3 where process.name is 'a.exe' }",
    "detect sequence by user.name within 5m {\n"
    "  a: any { c: process.start where process.name is 'c.exe'\n"
    "           d: process.start where process.command_line contains ' -d ' }\n"
    "  b: process.start where process.name is 'b.exe'\n}",
)
SEVERAL = (
    "detect sequence by host.id within 5m {\n"
    "  a: process.start by process.pid where process.name is 'a.exe'\n"
    "  b: any { c: network.connect by process.pid where destination.port == 443\n"
    "           d: dns.query by process.pid where dns.question.name is 'x' }\n"
    "  e: file.create by process.pid where file.name is 'x'\n"
    "  until registry.set by process.pid where registry.value is 'x'\n}\n"
    "entities { process = b.process.executable, a.process.pid, b.process.pid }"
)


@pytest.mark.parametrize("head", ["", "hunt over 1d", "alert every 1h over 2h"])
@pytest.mark.parametrize(
    ("body", "source"),
    [*((body, source) for body in SAME for source in SOURCES), (SEVERAL, SOURCES[0])],
)
def test_every_form_passes_the_gate_on_every_source(body: str, source: str, head: str) -> None:
    assert rendering(body, source, head).text


def _streams(count: int) -> Iterator[list[Event]]:
    """Draw events of few names, users and times."""
    draw = random.Random(5)
    names = ("a.exe", "a.exe", "b.exe", "b.exe", "c.exe", "stop.exe")
    times = (0, 60, 150, 150.5, 299.999, 300, 300.001, 450, 600)
    for _ in range(count):
        yield [
            start(
                draw.choice(times),
                draw.choice(names),
                {
                    "user.name": draw.choice(("u", "u", "U", "")),
                    LINE: draw.choice(("x -d y", "y", "")),
                    PID: draw.choice((1, 2)),
                },
            )
            for _ in range(draw.randint(4, 14))
        ]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    "body",
    [
        UNTIL,
        UNTIL.replace("b: process.start", "b: process.start repeats 2"),
        UNTIL.replace("'b.exe'", "'a.exe'").replace(" by user.name", ""),
        SAME[2],
        ENTITIES,
        "detect sequence by user.name, process.pid within 5m {\n"
        "  a: process.start\n"
        "  b: process.start where process.name is not 'a.exe'\n"
        "  c: process.start where process.name is 'b.exe'\n}",
    ],
)
def test_drawn_events_are_found_as_the_rule_means_them(body: str, source: str) -> None:
    for events in _streams(25):
        found(body, events, source)
