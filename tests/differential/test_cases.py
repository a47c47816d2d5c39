"""Three judges of every numbered case: the table, the reference meaning, and each engine."""

from collections import Counter
from collections.abc import Sequence
from functools import cache

import pytest

from differential.cases import (
    CASES,
    DAY,
    SECTIONS,
    TARGETS,
    Case,
    Diverges,
    Given,
    Runs,
    Told,
    passed,
)
from differential.divergences import known_divergence
from differential.exhibits import EXHIBITS, Emitted, Exhibit, Fate
from differential.harness import compiled, engine_of, rendered, report
from tocsin import evaluate, model
from tocsin.backend import Lowered
from tocsin.diagnostics import Code, Diagnostic
from tocsin.engine import Kind, Rejected
from tocsin.frozen import replace
from tocsin.model import Occurrence, Verdict
from tocsin.pipeline import Rendering
from tocsin.prove import Comparison, compare
from tocsin.recording import Recorded

# The fields that exhibits name, for queries that are refused before there is a rule's schema.
SCHEMA = {
    "event.category": Kind.TEXT,
    "process.command_line": Kind.TEXT,
    "host.name": Kind.TEXT,
    "user.name": Kind.TEXT,
}
compiled_once = cache(compiled)
# Targets that show of several ends of one start the first, or keys alone.
FIRST_ENDS = frozenset({"eql", "sigma"})


def name(case: Case) -> str:
    return f"{case.number}"


def errors(found: Sequence[Diagnostic]) -> set[Code]:
    return {each.code for each in found if each.code.is_error}


def rule_of(text: str) -> model.Rule:
    result = compiled_once(text)
    assert not errors(result.diagnostics)
    return result.rules[0]


def rendering_of(case: Case, target: str) -> Rendering:
    source = case.sources.get(target)
    return rendered(rule_of(case.text), target, (source,) if source else ())


# --- the table


def test_every_case_is_there_once() -> None:
    assert [case.number for case in CASES] == list(range(1, 121))


def test_each_case_has_a_section_and_words_of_its_own() -> None:
    about = Counter(case.about for case in CASES)

    assert {case.section for case in CASES} == set(SECTIONS)
    assert set(about.values()) == {1}


def test_each_target_accounts_for_every_case() -> None:
    assert {target: run + told for target, (run, told) in passed().items()} == dict.fromkeys(
        TARGETS, len(CASES)
    )


# --- the reference meaning

MEANT = [case for case in CASES if case.events]


@pytest.mark.parametrize("case", [c for c in MEANT if c.rows is None], ids=name)
def test_the_reference_meaning_is_that_of_the_table(case: Case) -> None:
    body, events = rule_of(case.text).body, case.occurrences()

    if isinstance(body, model.Sequence):
        ends = {match.events[-1] for match in evaluate.matches(body, events)}
        found = [place in ends for place in range(len(events))]
    else:
        found = [evaluate.selects(model.event_of(body), each) for each in events]

    assert found == [each.holds for each in case.events]


@pytest.mark.parametrize("case", [c for c in MEANT if c.rows is not None], ids=name)
def test_the_rows_of_the_reference_are_those_of_the_table(case: Case) -> None:
    body = rule_of(case.text).body
    assert isinstance(body, model.Summary)

    rows = evaluate.rows(body, case.occurrences())

    assert [row.outputs for row in rows] == list(case.rows or ())


def test_the_edit_of_a_network_with_host_bits_means_the_network() -> None:
    case = CASES[93]
    (found,) = [each for each in compiled_once(case.text).diagnostics if each.code.is_error]
    edit = found.edit
    assert edit is not None

    mended = case.text[: edit.span.start] + edit.text + case.text[edit.span.end :]

    inside = Occurrence(frozenset({"network.connect"}), DAY, {"destination.ip": ("10.1.2.3",)})
    assert evaluate.selects(model.event_of(rule_of(mended).body), inside)


# --- the engines


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_target_runs_as_the_table_says_or_says_why_not(case: Case, target: str) -> None:
    match case.on(target):
        case Told(code):
            assert told(case, target) == {code}
        case Runs() as expected:
            judged = Judged(case, target)
            assert judged.comparison.agrees, judged.report
            check(judged, expected)
        case Diverges(divergence, wrong, word):
            judged = Judged(case, target)
            assert judged.rendering.diagnostics == ()
            assert judged.lowered.verdict is Verdict.EXACT
            assert known_divergence(judged.rendering, judged.comparison) == divergence
            assert judged.wrong(whole=False) == wrong
            assert any(word in line for line in judged.lowered.requires)
            assert word in (judged.rendering.text or "")


def told(case: Case, target: str) -> set[Code]:
    """Return the errors that there are instead of a query."""
    result = compiled_once(case.text)
    if errors(result.diagnostics):
        return errors(result.diagnostics)
    rendering = rendering_of(case, target)
    assert rendering.text is None
    return errors(rendering.diagnostics)


class Judged:
    """What an engine makes of a case."""

    def __init__(self, case: Case, target: str) -> None:
        engine = engine_of(target)
        self.case = case
        self.rendering = rendering_of(case, target)
        self.lowered = lowered_of(self.rendering)
        self.comparison = compare(self.rendering, case.occurrences(), engine)
        self.report = report(self.rendering, self.comparison)

    def wrong(self, *, whole: bool) -> tuple[int, ...]:
        """Say which events are found, or not, against the table.

        Where WHOLE, records with every value count; else those of sources that have the fields.
        """
        if isinstance(self.lowered.body, model.Summary | model.Sequence):
            return ()
        found = found_in(self.comparison, model.event_of(self.lowered.rule.body))
        return tuple(
            place
            for place, (given, event) in enumerate(self.pairs)
            if any(
                (at in found) is not given.holds
                for at, each in enumerate(self.comparison.recorded)
                if each.seen.time == event.time
                and (self.is_whole(each, event) if whole else self.carries(each))
            )
        )

    @property
    def unseen(self) -> tuple[int, ...]:
        """Say which events no source keeps whole."""
        return tuple(
            place
            for place, (_, event) in enumerate(self.pairs)
            if not any(
                each.seen.time == event.time and self.is_whole(each, event)
                for each in self.comparison.recorded
            )
        )

    @property
    def pairs(self) -> list[tuple[Given, Occurrence]]:
        return list(zip(self.case.events, self.case.occurrences(), strict=True))

    def carries(self, each: Recorded) -> bool:
        """Whether the source of a record has a column for every field that the rule reads."""
        return all(name in each.place.columns for name in self.lowered.fields)

    def is_whole(self, each: Recorded, event: Occurrence) -> bool:
        """Whether a record still has every value that the rule reads."""
        fields = [model.Field(name) for name in self.lowered.fields]
        return all(evaluate.values(f, each.seen) == evaluate.values(f, event) for f in fields)


def lowered_of(rendering: Rendering) -> Lowered:
    assert rendering.lowered is not None
    assert rendering.text is not None
    return rendering.lowered


def found_in(comparison: Comparison, body: model.Event) -> set[int]:
    """Say which records the query found: those that are meant, but for what is apart."""
    meant = {
        at
        for at, each in enumerate(comparison.recorded)
        if evaluate.selects(body, each.seen)
    }  # fmt: skip
    return (meant - set(map(int, comparison.missed))) | set(map(int, comparison.extra))


def check(judged: "Judged", expected: Runs) -> None:
    """Hold what an engine found against the table."""
    comparison = judged.comparison
    assert {each.code for each in judged.rendering.diagnostics} == expected.codes
    assert judged.lowered.verdict is expected.verdict
    assert judged.lowered.ungrouped is expected.ungrouped
    assert comparison.differs is expected.errs, judged.report
    assert judged.unseen == expected.unseen
    body = judged.lowered.rule.body
    if isinstance(body, model.Summary) and not expected.ungrouped:
        seen = [each.seen for each in comparison.recorded]
        rows = evaluate.rows(body, seen)
        assert [row.outputs for row in rows] == list(judged.case.rows or ())
        assert comparison.found == len(rows)
    elif isinstance(body, model.Sequence):
        ends = sum(each.holds for each in judged.case.events)
        first_alone = judged.rendering.target in FIRST_ENDS
        assert bool(comparison.found) is bool(ends)
        assert first_alone or expected.errs or comparison.found == ends
    elif expected.verdict is Verdict.EXACT:
        assert judged.wrong(whole=True) == ()
    else:
        assert expected.verdict is Verdict.WIDER
        wrong = judged.wrong(whole=True)
        assert not any(judged.case.events[place].holds for place in wrong), judged.report
        assert bool(wrong) is expected.errs


# --- what public converters make of it


def test_every_exhibit_is_there_once() -> None:
    assert [each.number for each in EXHIBITS] == list(range(1, 13))


SOURCES = {"eql": ("elastic_defend",)}  # one record of each event
OURS = [(each, target) for each in EXHIBITS for target in each.targets]
THEIRS = [
    (each, emitted)
    for each in EXHIBITS
    for emitted in each.emitted
    if emitted.language in TARGETS
]  # fmt: skip


def shown(value: Exhibit | Emitted | str) -> str:
    match value:
        case Exhibit(number=number):
            return f"{number}"
        case Emitted(language=language):
            return language
        case _:
            return value


@pytest.mark.parametrize(("exhibit", "target"), OURS, ids=shown)
def test_our_query_for_an_exhibit_is_right(exhibit: Exhibit, target: str) -> None:
    rendering = rendered(rule_of(exhibit.text), target, SOURCES.get(target, ()))
    comparisons = [
        compare(rendering, witness.occurrences(exhibit.event_class), engine_of(target))
        for witness in exhibit.witnesses
    ]

    assert rendering.diagnostics == ()
    assert not any(each.differs for each in comparisons)
    meant = [witness.is_meant for witness in exhibit.witnesses]
    if exhibit.at_least is None:
        assert [bool(each.found) for each in comparisons] == meant
    else:
        assert [numbers(rendering, each) >= exhibit.at_least for each in comparisons] == meant


def numbers(rendering: Rendering, comparison: Comparison) -> int:
    """Return what the one output of a summary says, of whoever groups the events."""
    assert isinstance(rendering.rule.body, model.Summary)
    found = [each.seen for each in comparison.recorded]
    (row,) = evaluate.rows(rendering.rule.body, found)
    (number,) = row.outputs.values()
    assert isinstance(number, int)
    return number


@pytest.mark.parametrize(("exhibit", "emitted"), THEIRS, ids=shown)
def test_their_query_for_an_exhibit_errs_as_it_says(exhibit: Exhibit, emitted: Emitted) -> None:
    target = emitted.language
    engine = engine_of(target)

    if emitted.fate is not Fate.WRONG:
        product = emitted.fate is Fate.REFUSED
        with pytest.raises(Rejected) as rejected:
            engine.run(emitted.query("DeviceProcessEvents"), (), SCHEMA)
        assert ("this engine" in str(rejected.value)) is not product
        return
    ours = rendered(rule_of(exhibit.text), target, SOURCES.get(target, ()))
    theirs = replace(ours, text=emitted.query(lowered_of(ours).places[0].table))
    found = [
        bool(compare(theirs, witness.occurrences(exhibit.event_class), engine).found)
        for witness in exhibit.witnesses
    ]

    wrong = [at for at, each in enumerate(exhibit.witnesses) if found[at] is not each.is_meant]
    assert wrong == list(emitted.wrong)
    assert wrong
