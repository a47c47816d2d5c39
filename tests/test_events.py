import json

import pytest

from tocsin.events import BadEvent, iso, occurrence, split_command_line


@pytest.mark.parametrize(
    ("line", "args"),
    [
        ("node.exe -r x.js", ("node.exe", "-r", "x.js")),
        ('"C:\\Program Files\\node.exe" "a b"', ("C:\\Program Files\\node.exe", "a b")),
        ('a "b\\"c" d', ("a", 'b"c', "d")),
        ('a "b\\\\" c', ("a", "b\\", "c")),
        ('a \\\\server\\share "x"y', ("a", "\\\\server\\share", "xy")),
        ('a "x""y"', ("a", 'x"y')),
        ('a b"c d"e', ("a", "bc de")),
        ('a "" b', ("a", "", "b")),
        ("a\tb", ("a", "b")),
        ('"C:\\dir\\" x', ("C:\\dir\\", "x")),
        ("", ("",)),
    ],
)
def test_a_command_line_is_split_as_windows_programs_do(line: str, args: tuple[str, ...]) -> None:
    assert split_command_line(line) == args


def test_names_may_be_nested_or_dotted() -> None:
    nested = occurrence({"@timestamp": "2026-01-01T00:00:00Z", "process": {"name": "a"}})
    dotted = occurrence({"timestamp": "2026-01-01T00:00:00Z", "process.name": "a"})
    assert nested == dotted
    assert nested.fields["process.name"] == ("a",)


def test_values_are_read_as_their_field_wants() -> None:
    event = occurrence(
        {
            "@timestamp": 0,
            "destination.port": "443",
            "process": {"pid": "x", "args": ["a", "", None, "b"], "name": 7},
            "dll.code_signature.trusted": "true",
        }
    )
    assert event.fields["destination.port"] == (443,)
    assert "process.pid" not in event.fields
    assert event.fields["process.args"] == ("a", "b")
    assert event.fields["process.name"] == ("7",)
    assert event.fields["dll.code_signature.trusted"] == (True,)


def test_an_event_knows_its_class() -> None:
    start = {"@timestamp": 0, "event": {"category": ["process"], "type": ["start"]}}
    assert occurrence(start).classes == {"process.start"}
    assert occurrence({"@timestamp": 0}).classes == frozenset()


@pytest.mark.parametrize("data", [[], 1, {}, {"@timestamp": "yesterday"}, {"@timestamp": True}])
def test_what_is_no_event_is_refused(data: object) -> None:
    with pytest.raises(BadEvent):
        occurrence(json.loads(json.dumps(data)))


def test_times_are_microseconds_utc() -> None:
    east = occurrence({"@timestamp": "2026-01-01T01:00:00.5+01:00"})
    assert iso(east.time) == "2026-01-01T00:00:00.500Z"
    assert iso(occurrence({"@timestamp": 1500}).time) == "1970-01-01T00:00:01.500Z"


@pytest.mark.parametrize(
    ("value", "read"),
    [(4, (4,)), (4.0, (4,)), ("4", (4,)), (-(2**63), (-(2**63),)), (4.5, ()), (2**63, ()),
     (1e300, ()), (True, ()), ("4.0", ()), ("9" * 19, ())],
)  # fmt: skip
def test_a_number_is_a_whole_number_of_64_bits(value: object, read: tuple[int, ...]) -> None:
    event = occurrence({"@timestamp": 0, "process.pid": value})

    assert event.fields.get("process.pid", ()) == read
