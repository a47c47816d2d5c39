"""Rules compiled for Splunk: what their queries find, once it is known that they mean it."""

from collections.abc import Mapping, Sequence

from differential.harness import compiled, rendered
from gates import spl
from stream_cases import START, Event, Fields
from tocsin.model import Occurrence, Verdict
from tocsin.pipeline import Rendering
from tocsin.prove import compare
from tocsin_engines.engine import Record
from tocsin_engines.spl import SplEngine

ENGINE = SplEngine()
SYSMON = "splunk_sysmon"
CONNECT, SET = "network.connect", "registry.set"
NOON = 1_714_564_800  # 2024-05-01 12:00:00 UTC


def rendering(body: str, source: str = SYSMON, head: str = "") -> Rendering:
    """Compile a rule for one source; the gate has nothing against it."""
    text = f'rule one {{\n  meta {{ title = "One" }}\n  {head}\n  {body}\n}}\n'
    result = compiled(text)
    assert not [each.message for each in result.diagnostics if each.code.is_error]
    written = rendered(result.rules[0], "spl", (source,))
    assert written.text is None or spl.problems(written.text) == []
    return written


def query(body: str, source: str = SYSMON, head: str = "") -> str:
    """Return what is written, without the comment above it, and with short gates."""
    text = rendering(body, source, head).text
    assert text is not None
    return text.partition(" ```\n")[2].replace(_GATE, "…")


_GATE = (
    'index=* (source="XmlWinEventLog:Microsoft-Windows-Sysmon/Operational"'
    ' OR sourcetype="XmlWinEventLog:Microsoft-Windows-Sysmon/Operational")'
)


def occurrences(events: Sequence[Event]) -> list[Occurrence]:
    """Make events on one Windows host, unless they say otherwise; `""` leaves a field out."""
    return [
        Occurrence(
            frozenset({name}),
            round((NOON + seconds) * 1_000_000),
            {key: (v,) for key, v in {"host.id": "pc", **fields}.items() if v != ""},
        )
        for seconds, name, fields in events
    ]


def proved(
    body: str, events: Sequence[Event], source: str = SYSMON, head: str = ""
) -> tuple[str, tuple[Record, ...]]:
    """Return a query that finds in EVENTS what its rule means, and the records it does so in."""
    written = rendering(body, source, head)
    assert written.lowered is not None
    assert written.text is not None
    assert written.lowered.verdict is Verdict.EXACT
    comparison = compare(written, occurrences(events), ENGINE)
    assert not comparison.differs, (comparison, written.text)
    return written.text, comparison.records


def found(
    body: str, events: Sequence[Event], source: str = SYSMON, head: str = ""
) -> list[Mapping[str, object]]:
    """Return the rows that a query finds in EVENTS."""
    text, records = proved(body, events, source, head)
    return list(ENGINE.run(text, records, {}).rows or ())


def matched(
    body: str, events: Sequence[Event], source: str = SYSMON, head: str = ""
) -> list[float]:
    """Return when the events are that a query finds."""
    text, records = proved(body, events, source, head)
    places = ENGINE.run(text, records, {}).matched
    return sorted(seconds(records[place].time / 1_000_000) for place in places)


def seconds(cell: object) -> float:
    """Tell a time in seconds after noon."""
    return round(float(str(cell)) - NOON, 6)


def start(at: float, name: str = "node.exe", fields: Fields | None = None) -> Event:
    """Tell of a process that starts."""
    return (at, START, {"process.name": name, **(fields or {})})
