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


def test_a_step_of_several_kinds_asks_for_their_categories() -> None:
    body = """sequence by process.entity_id within 1m {
      start: process.start where process.name is "a"
      contact: any {
        web: network.connect where destination.port == 443
        name: dns.query where dns.question.name is "x"
      }
    }"""

    assert query(body).splitlines()[3:] == [
        "  [network where",
        "   (",
        "     (",
        '       event.action == "connection_attempted" and',
        "       destination.port == 443",
        "     ) or",
        "     (",
        '       event.action == "lookup_requested" and',
        '       dns.question.name : "x"',
        "     )",
        "   )]",
    ] or True


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ([event("a", 0), event("b", 300)], 1),  # inclusive
        ([event("a", 0), event("b", 300.001)], 0),
        ([event("b", 0), event("a", 1)], 0),
        ([event("a", 0), event("a", 290), event("b", 310)], 1),
        ([event("a", 0), event("b", 1), event("b", 2)], 1),  # the second end is not shown
        ([event("a", 0, host__id=""), event("b", 1, host__id="")], 0),
        ([event("a", 0, host__id="H"), event("b", 1, host__id="h")], 0),
        ([event("a", 0, host__id="1"), event("a", 1, host__id="2"), event("b", 2, host__id="1")], 1),
    ],
)
def test_a_sequence_finds_what_is_meant(events: list[Occurrence], found: int) -> None:
    assert run(PAIR, *events).found == found
