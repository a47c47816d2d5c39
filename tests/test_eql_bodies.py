"""What EQL makes of each body, run by the engine and held against the reference meaning."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from differential.harness import compiled, engine_of, rendered, report
from gates import eql
from tocsin import model
from tocsin.diagnostics import Code
from tocsin.model import Occurrence, Scalar, Verdict
from tocsin.pipeline import Rendering
from tocsin.prove import Comparison, compare

DEFEND = ("elastic_defend",)
NO_ENTITY = "elastic_windows_security"  # its events have no process.entity_id


def rule(body: str, more: str = "") -> model.Rule:
    meta = 'meta { title = "T" id = "00000000-0000-4000-8000-000000000001" severity = "low" }'
    rules = compiled(f"rule r {{ {meta} detect {body} {more} }}")
    assert not [each for each in rules.diagnostics if each.code.is_error]
    return rules.rules[0]


def rendering(body: str, more: str = "", sources: Sequence[str] = DEFEND) -> Rendering:
    return rendered(rule(body, more), "eql", sources)


def query(body: str, more: str = "", sources: Sequence[str] = DEFEND) -> str:
    """Write the query of a rule without its header; Elastic's parser takes it."""
    text = rendering(body, more, sources).text
    assert text is not None
    assert eql.problems(text) == []
    return "\n".join(line for line in text.splitlines() if not line.startswith("//"))


def event(name: str, at: float, event_class: str = "process.start", **fields: Scalar) -> Occurrence:
    held = {key.replace("__", "."): (value,) for key, value in fields.items()}
    shown = {"host.id": ("h",), "host.os.type": ("windows",), "process.name": (name,)} | held
    return Occurrence(frozenset({event_class}), round(at * 1_000_000), shown)


def run(body: str, *events: Occurrence, sources: Sequence[str] = DEFEND) -> Comparison:
    """Run the query; whatever it finds, it is what its verdict promises."""
    made = rendering(body, sources=sources)
    found = compare(made, events, engine_of("eql"))
    assert found.agrees, report(made, found)
    return found


# --- sequences

PAIR = """sequence by host.id within 5m {
  a: process.start where process.name is "a"
  b: process.start where process.name is "b"
}"""


def test_a_sequence_is_laid_out_as_elastic_does() -> None:
    body = """sequence by host.id within 2m on windows {
      install: process.start by process.entity_id
        where process.name is "node.exe" and process.args in ("install", "ci")
      shell: process.start by process.parent.entity_id repeats 2
        where process.name in ("cmd.exe", "powershell.exe")
      until process.start by process.entity_id where process.name is "stop.exe"
    }"""

    assert query(body) == (
        "sequence by host.id with maxspan=2m\n"
        '  [process where host.os.type == "windows" and event.type == "start" and\n'
        '   host.id != "" and\n'
        '   process.entity_id != "" and\n'
        '   process.name : "node.exe" and\n'
        '   process.args : ("install", "ci")] by process.entity_id\n'
        '  [process where host.os.type == "windows" and event.type == "start" and\n'
        '   process.name : ("cmd.exe", "powershell.exe")] by process.parent.entity_id with runs=2\n'
        'until [process where host.os.type == "windows" and event.type == "start" and\n'
        '       process.name : "stop.exe"] by process.entity_id'
    )


def test_a_sequence_without_keys_has_none() -> None:
    body = PAIR.replace(" by host.id", "").replace("5m", "1500ms")

    assert query(body).splitlines()[0] == "sequence with maxspan=1500ms"


def test_a_step_of_several_kinds_asks_for_the_category_of_each() -> None:
    body = """sequence by process.entity_id within 1m on windows {
      start: process.start where process.name is "a"
      after: any {
        contact: network.connect where destination.port == 443
        key: registry.set where registry.path ends with "Run"
      }
    }"""

    assert query(body).splitlines()[4:] == [
        '  [any where host.os.type == "windows" and',
        "   (",
        "     (",
        '       event.category == "network" and event.type == "start" and'
        ' event.action in ("connection_attempted", "connection_accepted") and',
        "       destination.port == 443",
        "     ) or",
        "     (",
        '       event.category == "registry" and event.type == "change" and'
        ' event.action == "modification" and',
        '       registry.path : "*Run"',
        "     )",
        "   )]",
    ]


def test_parts_of_one_category_are_asked_for_by_it() -> None:
    body = """any {
      one: process.start where process.name is "a"
      two: process.start where process.name is "b"
    }"""

    assert query(body) == (
        "process where\n"
        "  (\n"
        '    event.type == "start" and\n'
        '    process.name : "a"\n'
        "  ) or\n"
        "  (\n"
        '    event.type == "start" and\n'
        '    process.name : "b"\n'
        "  )"
    )


# The numbers are those of the cases that every translation of sequences has to get right.
@pytest.mark.parametrize(
    ("events", "found"),
    [
        pytest.param([event("a", 0), event("b", 300)], 1, id="111 inclusive"),
        pytest.param([event("a", 0), event("b", 300.001)], 0, id="112 a millisecond later"),
        pytest.param([event("b", 0), event("a", 1)], 0, id="114 the other order"),
        pytest.param([event("a", 0), event("a", 290), event("b", 310)], 1, id="115 latest start"),
        pytest.param([event("a", 0), event("b", 1), event("b", 2)], 1, id="116 the first end only"),
        pytest.param([event("a", 0, host__id=""), event("b", 1, host__id="")], 0, id="117 no key"),
        pytest.param([event("a", 0, host__id="H"), event("b", 1)], 0, id="120 case of keys"),
        pytest.param(
            [event("a", 0), event("a", 1, host__id="i"), event("b", 2)], 1, id="119 keys interleave"
        ),
    ],
)
def test_a_sequence_finds_what_is_meant(events: list[Occurrence], found: int) -> None:
    assert run(PAIR, *events).found == found


def test_one_event_serves_one_step() -> None:
    body = """sequence by host.id within 5m {
      a: process.start where process.name is "a"
      b: process.start where process.name contains "a"
    }"""

    assert run(body, event("a", 0)).found == 0
    assert run(body, event("a", 0), event("ab", 1)).found == 1
    assert run(body, event("a", 0), event("a", 1), event("a", 2)).found == 2


def test_keys_of_a_step_are_its_own() -> None:
    body = """sequence by host.id within 5m {
      a: process.start by process.entity_id where process.name is "a"
      b: process.start by process.parent.entity_id where process.name is "b"
    }"""
    parent = event("a", 0, process__entity_id="1")

    assert run(body, parent, event("b", 1, process__parent__entity_id="1")).found == 1
    assert run(body, parent, event("b", 1, process__entity_id="1")).found == 0
    assert run(body, parent, event("b", 1, process__parent__entity_id="2")).found == 0


def test_repeats_are_runs() -> None:
    body = """sequence by host.id within 5m {
      a: process.start repeats 3 where process.name is "a"
      b: process.start where process.name is "b"
    }"""
    three = [event("a", at) for at in range(3)]

    assert ' with runs=3\n  [process where event.type == "start" and' in query(body)
    assert run(body, *three, event("b", 3)).found == 1
    assert run(body, *three[1:], event("b", 3)).found == 0


def test_any_kind_of_a_step_will_do() -> None:
    body = """sequence by process.entity_id within 5m {
      a: process.start where process.name is "a"
      b: any {
        port: network.connect where destination.port == 1
        name: dns.query where dns.question.name is "x"
      }
    }"""
    start = event("a", 0, process__entity_id="1")
    tied = {"process__entity_id": "1"}

    found = run(
        body,
        start,
        event("a", 1, "network.connect", destination__port=1, **tied),
        event("a", 2, **tied),
        event("a", 3, "dns.query", dns__question__name="x", **tied),
    )

    assert found.found == 2
    assert run(body, start, event("a", 1, "dns.query", **tied, destination__port=1)).found == 0


def test_a_source_without_the_key_takes_no_part_and_the_header_says_so() -> None:
    body = """sequence by process.entity_id within 5m {
      a: process.start where process.name is "a"
      b: process.start where process.name is "b"
    }"""
    sources = (*DEFEND, NO_ENTITY)

    found = run(body, event("a", 0), event("b", 1), sources=sources)

    assert found.found == 0
    assert f"process.entity_id: not in {NO_ENTITY}" in (rendering(body, "", sources).text or "")


def test_the_header_says_what_is_shown_and_what_must_be_so() -> None:
    text = rendering(PAIR).text or ""

    assert "// Steps: a, b. Of several ends that follow one start the first is shown." in text
    assert "// Requires: no two events of a sequence in the same millisecond" in text


# --- until


def broken(until: str, first: str = '"a"', last: str = '"b"', repeats: int = 1) -> str:
    return f"""sequence by host.id within 5m {{
      a: process.start where process.name in ({first})
      b: process.start repeats {repeats} where process.name in ({last})
      until {until}
    }}"""


OTHER = 'process.start where process.name is "u"'


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ([event("a", 0), event("u", 1), event("b", 2)], 0),
        ([event("a", 0), event("u", 1, host__id="i"), event("b", 2)], 1),
        ([event("a", 0), event("b", 1), event("u", 2)], 1),
        ([event("a", 0), event("u", 1), event("a", 2), event("b", 3)], 1),
        ([event("u", 0), event("a", 1), event("b", 2)], 1),
    ],
)
def test_until_ends_what_has_begun(events: list[Occurrence], found: int) -> None:
    assert "not " not in query(broken(OTHER))
    assert run(broken(OTHER), *events).found == found


def test_the_last_event_may_be_the_one_that_ends_a_sequence() -> None:
    body = broken('process.start where process.args is "x"')
    ending = event("b", 1, process__args="x")

    assert '   not process.args : "x"]\nuntil' in query(body)
    assert run(body, event("a", 0), ending).found == 0
    assert run(body, event("a", 0), ending, event("b", 2)).found == 0
    assert run(body, event("a", 0), event("b", 2)).found == 1


def test_only_the_last_of_several_runs_must_not_end_the_sequence() -> None:
    body = broken('process.start where process.args is "x"', first='"b"', repeats=3)
    events = [event("b", 0, process__args="x"), *(event("b", at) for at in range(1, 4))]

    assert " with runs=2\n" in query(body)
    assert run(body, *events).found == 1
    assert run(body, *events[1:], event("b", 4, process__args="x")).found == 0


def test_the_first_event_of_two_does_not_end_what_it_begins() -> None:
    body = broken('process.start where process.name in ("a", "u")')

    assert run(body, event("a", 0), event("b", 1)).found == 1
    assert run(body, event("a", 0), event("u", 1), event("b", 2)).found == 0
    assert rendering(body).lowered is not None
    assert not rendering(body).diagnostics


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (broken('process.start where process.name in ("a", "u")', repeats=2), "also begin"),
        (broken('process.start by user.name where process.name is "b"').replace(
            'a: process.start where', 'a: process.start by user.name where').replace(
            "b: process.start repeats 1", "b: process.start by user.domain repeats 1"),
         "the last of a sequence"),
    ],
)  # fmt: skip
def test_an_event_that_ends_too_little_is_told(body: str, reason: str) -> None:
    found = rendering(body)

    assert found.lowered is not None
    assert found.lowered.verdict is Verdict.WIDER
    assert [each.code for each in found.diagnostics] == [Code.WIDER]
    assert reason in found.diagnostics[0].label


def test_what_errs_in_until_errs_the_other_way() -> None:
    close = "registry.set where registry.key ends with 'x'"  # Sysmon has another key there
    body = f"""sequence by host.id within 5m {{
      a: process.start where process.name is "a"
      b: process.start where process.name is "b"
      until {close}
    }}"""

    as_a_step = rendering(body.replace("until", "c:"), sources=())
    in_until = rendering(body, sources=())

    assert [each.code for each in as_a_step.diagnostics] == [Code.WIDER]
    assert [each.code for each in in_until.diagnostics] == [Code.NARROWER]


# --- one event of several kinds, windows that slide, what was seen before


def test_a_part_finds_no_event_of_another_class() -> None:
    body = """any {
      start: process.start where process.command_line contains "X"
      key: registry.set where registry.path ends with "X"
    }"""

    found = run(
        body,
        event("a", 0, process__command_line="X"),
        event("a", 1, "registry.set", registry__path="X"),
        event("a", 2, "registry.set", process__command_line="X"),
        event("a", 3, registry__path="X"),
        sources=(),
    )

    assert found.found
    assert not found.differs
    assert "// Parts, in this order: start, key." in (rendering(body).text or "")


COUNTED = (
    'process.start where process.name is "a" summarize by host.id sliding 5m'
    " { N = count()  Names = set(user.name) } having N"
)


@pytest.mark.parametrize(
    ("times", "found"),
    [
        ((0, 150, 300), 1),
        ((0, 150, 300.001), 0),
        ((0, 0, 0), 1),  # those of one moment are in one window
        ((0, 1), 0),
        ((0, 1, 2, 3), 2),  # Elasticsearch shows each window that is full
    ],
)
def test_so_many_events_in_a_window_are_runs(times: tuple[float, ...], found: int) -> None:
    assert run(f"{COUNTED} > 2", *(event("a", at) for at in times)).found == found


def test_a_window_that_slides_is_a_sequence() -> None:
    assert (
        query(f"{COUNTED} >= 3")
        == query(f"{COUNTED} > 2")
        == (
            "sequence by host.id with maxspan=5m\n"
            '  [process where event.type == "start" and\n'
            '   host.id != "" and\n'
            '   process.name : "a"] with runs=3'
        )
    )


def test_some_events_of_a_window_are_counted() -> None:
    body = COUNTED.replace("count()", 'count(where user.name is "x")') + " >= 2"

    assert run(body, *(event("a", at, user__name="x") for at in range(2))).found == 1
    assert run(body, event("a", 0, user__name="x"), event("a", 1)).found == 0


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (f"{COUNTED} >= 1", "of groups it knows so many events"),
        (f"{COUNTED} >= 101", "of groups it knows so many events"),
        (f"{COUNTED} > 2 and count(distinct user.name) > 1", "ES|QL, target `esql`"),
        (f"{COUNTED.replace('sliding', 'every')} > 2", "ES|QL, target `esql`"),
        ('process.start where process.name is "a" first seen (host.id) in 7d', "new_terms"),
    ],
)
def test_what_eql_lacks_is_refused_and_may_be_left_out(body: str, reason: str) -> None:
    refused = rendering(body)
    taken = rendering(body, 'accept wider on eql "for a start"')

    assert refused.text is None
    assert [each.code for each in refused.diagnostics] == [Code.REFUSED]
    assert reason in refused.diagnostics[0].message
    assert taken.text is not None
    assert "// Verdict: wider, ungrouped" in taken.text
    assert taken.text.endswith('process where event.type == "start" and\n  process.name : "a"\n')


def test_parts_of_a_step_that_are_joined_by_different_columns_are_refused() -> None:
    body = """sequence within 5m {
      a: process.start by process.entity_id where process.name is "a"
      b: any {
        one: process.start by process.entity_id where process.name is "b"
        two: process.start by process.parent.entity_id where process.name is "c"
      }
    }"""

    found = rendering(body)

    assert found.text is None
    assert "a key in different columns" in found.diagnostics[0].message


def test_a_column_that_holds_a_key_in_another_form_joins_nothing() -> None:
    body = """sequence within 5m {
      a: process.start by process.entity_id where process.name is "a"
      b: process.access by target.process.entity_id where process.name is "b"
    }"""

    found = rendering(body, sources=("elastic_sysmon",))

    assert found.text is None
    assert "differ in form" in found.diagnostics[0].message


# --- any sequence, any events

NAMES = "abuxy"
OWN = ("process.entity_id", "process.parent.entity_id")


@st.composite
def sequences(draw: st.DrawFn) -> str:
    """Draw a sequence whose steps and `until` may well take the same events."""

    def asked(own: bool) -> str:
        classes = draw(st.sampled_from(["process.start", "process.start or process.access"]))
        by = f"process.start by {draw(st.sampled_from(OWN))}" if own else classes
        names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
        listed = ", ".join(f'"{name}"' for name in names)
        return f"{by} {{}} where process.name in ({listed})"

    own = draw(st.booleans())
    steps = [
        f"s{at}: " + asked(own).format(f"repeats {draw(st.sampled_from([1, 1, 2]))}")
        for at in range(draw(st.integers(2, 3)))
    ]
    until = [f"until {asked(own).format('')}"] * draw(st.integers(0, 1))
    within = draw(st.sampled_from([2, 4, 8]))
    return f"sequence by host.id within {within}s {{\n" + "\n".join([*steps, *until]) + "\n}"


@st.composite
def streams(draw: st.DrawFn) -> list[Occurrence]:
    """Draw events, no two of them at one moment."""
    times = draw(st.lists(st.integers(0, 15), min_size=2, max_size=9, unique=True))
    few = st.sampled_from(["1", "1", "1", "2", ""])
    return [
        event(
            draw(st.sampled_from(NAMES)),
            at,
            draw(st.sampled_from(["process.start", "process.start", "process.access"])),
            host__id=draw(st.sampled_from(["h", "h", "h", "H"])),
            process__entity_id=draw(few),
            process__parent__entity_id=draw(few),
        )
        for at in sorted(times)
    ]


@settings(max_examples=150, deadline=None)
@given(sequences(), st.lists(streams(), min_size=5, max_size=5))
def test_every_sequence_is_what_its_verdict_says(body: str, found: list[list[Occurrence]]) -> None:
    for events in found:
        run(body, *events)
