"""Bodies of several events on a target that lacks some of them: told, taken on, or part by part."""

from collections.abc import Sequence, Set
from pathlib import Path

import pytest

from tocsin import model, pipeline, registry
from tocsin.backend import Departure, Lowered
from tocsin.diagnostics import Code
from tocsin.frozen import dataclass
from tocsin.model import Predicate, Verdict
from tocsin.pipeline import Rendering
from tocsin.profiles import Source, SourceClass, load_source

EVENTS = frozenset({model.And, model.Or, model.Not, model.Equals, model.Exists, model.EndsWith})


@dataclass(frozen=True, slots=True)
class Toy:
    """A target that writes the kinds of its parts and nothing else."""

    supports: Set[type[model.Expr] | type[model.Body] | type[model.Entity]]
    source: str = "sentinel_sysmon"
    lacking: str | None = None
    departures: Sequence[Departure] = ()
    suffix: str = ".toy"

    @property
    def sources(self) -> tuple[Source, ...]:
        return (load_source(self.source),)

    def exact(self, _test: Predicate) -> bool:
        return True

    def lacks(self, _body: model.Body, _places: Sequence[SourceClass]) -> str | None:
        return self.lacking

    def departs(self, _body: model.Body, _places: Sequence[SourceClass]) -> Sequence[Departure]:
        return self.departures

    def emit(self, rule: Lowered) -> str:
        return type(rule.body).__name__


STEPS = 'a: process.start where process.name is "a"  b: process.start where process.name is "b"'
SEQUENCE = f"detect sequence by host.name within 5m {{ {STEPS} }}"
ANY = f"detect any {{ {STEPS} }}"
FIRST = 'detect process.start where process.name is "a" first seen (host.name) in 1d'
COUNTED = 'detect process.start where process.name is "a" summarize by host.name { N = count() }'


def rule_of(body: str, folder: Path) -> model.Rule:
    path = folder / "r.rule"
    path.write_text(f"rule r {{ {body} }}", encoding="utf-8")
    rules = pipeline.read([path], [*registry.names(), "toy"], folder)
    assert not [each.message for each in rules.diagnostics if each.code.is_error]
    return rules.rules[0]


def rendered(body: str, toy: Toy, folder: Path) -> Rendering:
    return pipeline.render(rule_of(body, folder), "toy", toy)


def codes(rendering: Rendering) -> set[Code]:
    return {each.code for each in rendering.diagnostics}


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (SEQUENCE, "every event of the last step is found"),
        (FIRST, "every event is found"),
        (f"{COUNTED} having N > 3", "whether it meets `having` or not"),
    ],
)
def test_a_clause_is_left_out_only_if_the_rule_takes_it_on(
    body: str, left: str, tmp_path: Path
) -> None:
    toy = Toy(EVENTS)

    refused = rendered(body, toy, tmp_path)
    taken = rendered(f'{body} accept wider on toy "others look at it"', toy, tmp_path)

    assert codes(refused) == {Code.REFUSED}
    assert left in (refused.diagnostics[0].help or "")
    assert refused.text is None
    assert codes(taken) == set()
    assert taken.text == "Event"
    assert taken.lowered
    assert taken.lowered.verdict is Verdict.WIDER


def test_a_summary_without_having_is_its_events(tmp_path: Path) -> None:
    result = rendered(COUNTED, Toy(EVENTS), tmp_path)

    assert codes(result) == set()
    assert result.lowered
    assert result.lowered.ungrouped
    assert result.lowered.verdict is Verdict.EXACT


def test_events_of_several_kinds_are_refused_where_there_are_none(tmp_path: Path) -> None:
    result = rendered(f'{ANY} accept wider on toy "no"', Toy(EVENTS), tmp_path)

    assert Code.REFUSED in codes(result)


def test_a_last_step_of_several_parts_is_any_of_them(tmp_path: Path) -> None:
    body = (
        'detect sequence by host.name within 5m { a: process.start where process.name is "a"'
        ' z: any { b: process.start where process.name is "b"'
        ' c: dns.query where process.name is "c" } } accept wider on toy "yes"'
    )

    result = rendered(body, Toy(EVENTS | {model.AnyOf}), tmp_path)

    assert result.text == "AnyOf"
    assert result.lowered
    assert len(result.lowered.parts) == 2


def test_a_backend_may_lack_one_body_of_a_kind(tmp_path: Path) -> None:
    toy = Toy(EVENTS | {model.Sequence}, lacking="it has no steps of this kind")

    result = rendered(SEQUENCE, toy, tmp_path)

    assert codes(result) == {Code.REFUSED}
    assert "it has no steps of this kind" in result.diagnostics[0].message


def test_a_backend_says_how_its_words_for_a_body_err(tmp_path: Path) -> None:
    span = rule_of(SEQUENCE, tmp_path).body.span
    errs = (Departure(Verdict.NARROWER, "it forgets", span),)

    result = rendered(SEQUENCE, Toy(EVENTS | {model.Sequence}, departures=errs), tmp_path)

    assert codes(result) == {Code.NARROWER}


def test_each_part_has_places_and_keys_of_its_own(tmp_path: Path) -> None:
    body = (
        "detect sequence within 5m { a: process.start by process.entity_id"
        " b: dns.query by process.entity_id }"
    )

    result = rendered(body, Toy(EVENTS | {model.Sequence}), tmp_path)

    assert result.lowered
    start, query = result.lowered.parts
    assert [place.event_class for place in start.places] == ["process.start"]
    assert [place.event_class for place in query.places] == ["dns.query"]
    assert start.columns.keys() == query.columns.keys() == {"process.entity_id"}
    # A key that is absent joins nothing: every part asks for it.
    assert all(model.wanted(model.event_of(part.body).condition) for part in (start, query))


def test_a_part_that_the_source_does_not_record_is_told(tmp_path: Path) -> None:
    toy = Toy(EVENTS | {model.AnyOf, model.Sequence}, source="splunk_security_4688")
    script = 'script.run where process.name is "b"'
    body = f'detect any {{ a: process.start where process.name is "a" b: {script} }}'

    result = rendered(body, toy, tmp_path)

    assert codes(result) == {Code.BLIND_BRANCH}
    assert result.lowered
    assert len(result.lowered.parts) == 1


def test_a_step_that_the_source_does_not_record_stops_the_sequence(tmp_path: Path) -> None:
    toy = Toy(EVENTS | {model.Sequence}, source="splunk_security_4688")
    body = "detect sequence by host.name within 5m { a: process.start b: script.run }"

    assert codes(rendered(body, toy, tmp_path)) == {Code.NO_CLASS}


def test_an_until_that_the_source_does_not_record_ends_nothing(tmp_path: Path) -> None:
    toy = Toy(EVENTS | {model.Sequence}, source="splunk_security_4688")
    body = f"detect sequence by host.name within 5m {{ {STEPS} until script.run }}"

    result = rendered(body, toy, tmp_path)

    assert codes(result) == {Code.BLIND_EXCLUSION}
    assert result.lowered
    assert isinstance(result.lowered.body, model.Sequence)
    assert result.lowered.body.until is None


def test_a_sequence_needs_every_key(tmp_path: Path) -> None:
    toy = Toy(EVENTS | {model.Sequence}, source="splunk_security_4688")
    body = "detect sequence by process.entity_id within 5m { a: process.start b: process.start }"

    assert codes(rendered(body, toy, tmp_path)) == {Code.NEVER_FIRES}


def test_an_acceptance_may_be_for_a_step(tmp_path: Path) -> None:
    body = (
        "detect sequence by host.name within 5m {"
        ' a: process.start where process.name is "a" and not process.args contains "x"'
        ' b: process.start where process.name is "b" }'
    )
    toy = Toy(EVENTS | {model.Sequence, model.Matches, model.Contains})

    refused = rendered(body, toy, tmp_path)
    taken = rendered(f'{body} accept narrower on toy for a "rare"', toy, tmp_path)
    other = rendered(f'{body} accept narrower on toy for b "rare"', toy, tmp_path)

    assert codes(refused) == {Code.NARROWER}
    assert codes(taken) == set()
    assert codes(other) == {Code.NARROWER, Code.ACCEPT_UNUSED}


def test_the_fields_of_entities_are_shown_by_their_step(tmp_path: Path) -> None:
    body = f"{SEQUENCE} entities {{ process = a.process.command_line, process.pid }}"

    shown = rendered(body, Toy(EVENTS | {model.Sequence, model.Entity}), tmp_path)
    joined = rendered(body, Toy(EVENTS | {model.Sequence}), tmp_path)

    assert shown.lowered
    assert [set(part.columns) for part in shown.lowered.parts] == [
        {"host.name", "process.command_line"},
        {"host.name", "process.pid"},
    ]
    assert joined.lowered
    assert [set(part.columns) for part in joined.lowered.parts] == [{"host.name"}, {"host.name"}]
