"""The proof is proved: every fault of `mutations.py` is caught by the engine of every target it is in."""

from collections.abc import Iterator
from functools import cache

import pytest

from differential import harness
from differential.corpus import CASES, Case
from differential.mutations import MUTATIONS, Mutation
from tocsin import registry
from tocsin.engine import Engine, Rejected
from tocsin.frozen import replace
from tocsin.model import Rule, Verdict
from tocsin.pipeline import Rendering
from tocsin.prove import Comparison

@cache
def rule(case: Case) -> Rule:
    """Compile a case's rule, before anything is broken."""
    rules = harness.compiled(case.text)
    assert not [each.message for each in rules.diagnostics if each.code.is_error]
    return rules.rules[0]


@cache
def engine(target: str) -> Engine:
    found = registry.engine(target)
    assert found is not None
    found.ready()
    return found


def rendered(case: Case, target: str) -> Rendering:
    """Render for all sources, and leave the events of only one of them if the case says so."""
    rendering = harness.rendered(rule(case), target)
    if case.store is None or rendering.lowered is None:
        return rendering
    lowered = rendering.lowered
    sources = tuple(each for each in lowered.sources if each.name == case.store)
    places = tuple(each for each in lowered.places if each.source == case.store)
    return replace(rendering, lowered=replace(lowered, sources=sources, places=places))


def run(case: Case, target: str, rendering: Rendering) -> Comparison:
    return harness.run(rendering, case.events, engine(target))


def pairs() -> Iterator[tuple[str, str]]:
    yield from ((name, target) for name, case in CASES.items() for target in case.targets)


@pytest.mark.parametrize(("name", "target"), list(pairs()))
def test_the_corpus_agrees(name: str, target: str) -> None:
    case = CASES[name]

    rendering = rendered(case, target)
    comparison = run(case, target, rendering)

    assert not comparison.differs, harness.report(rendering, comparison)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: each.name)
def test_a_mutation_is_caught(mutation: Mutation, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [CASES[name] for name in mutation.cases]
    whole = {(case, target): rendered(case, target) for case in cases for target in case.targets}

    for patch in mutation.patches:
        monkeypatch.setattr(patch.owner, patch.attribute, patch.value)
    caught = {
        target
        for case, target in whole
        if target in mutation.targets and catches(case, target, whole[case, target], mutation)
    }

    assert caught == set(mutation.targets)


def catches(case: Case, target: str, whole: Rendering, mutation: Mutation) -> bool:
    """Whether the engine of TARGET contradicts CASE, or refuses the broken query."""
    broken = rendered(case, target)
    text = mutation.rewrite(broken.text or "") if mutation.rewrite else broken.text
    if text is None:
        return True
    try:
        return not run(case, target, replace(broken, text=text)).agrees
    except Rejected:
        return True
