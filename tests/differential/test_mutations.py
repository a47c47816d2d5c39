"""The proof is proved: each fault of `mutations.py` is caught by the engines of its targets."""

import sys
from collections.abc import Iterator
from functools import cache

import pytest

from differential import corpus, harness
from differential.corpus import Case
from differential.mutations import MUTATIONS, Mutation
from differential.streams import STREAMS
from tocsin.engine import Rejected
from tocsin.frozen import replace
from tocsin.model import Rule
from tocsin.pipeline import Rendering
from tocsin.prove import Comparison, compare

CASES = {**corpus.CASES, **{case.name: case for case in STREAMS}}


def pairs() -> Iterator[tuple[str, str]]:
    yield from ((name, target) for name, case in CASES.items() for target in case.targets)


@pytest.mark.parametrize(("name", "target"), list(pairs()))
def test_the_corpus_agrees(name: str, target: str) -> None:
    rendering, comparison = sound(name, target)

    assert not comparison.differs, harness.report(rendering, comparison)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: each.name)
def test_a_mutation_is_caught(mutation: Mutation, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [(n, t) for n in mutation.cases for t in mutation.targets if t in CASES[n].targets]
    assert not any(sound(name, target)[1].differs for name, target in asked)

    for patch in mutation.patches:
        monkeypatch.setattr(patch.owner, patch.attribute, patch.value)
    forget()
    caught = {target for name, target in asked if catches(name, target, mutation)}
    forget()

    assert caught == set(mutation.targets)


def test_mutations_have_names_of_their_own() -> None:
    names = [each.name for each in MUTATIONS]

    assert len(set(names)) == len(names)


def forget() -> None:
    """Let go of what was made once for all rules, before or by a mutation."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("tocsin_backends.", "tocsin.lower.")):
            for kept in list(vars(module).values()):
                if callable(clear := getattr(kept, "cache_clear", None)):
                    clear()


def catches(name: str, target: str, mutation: Mutation) -> bool:
    """Whether the engine of TARGET contradicts the broken query, or refuses it."""
    broken = rendered(CASES[name], target)
    assert broken.text is not None, "the mutation is for an engine to catch"
    text = mutation.rewrite(broken.text) if mutation.rewrite else broken.text
    try:
        return not compared(CASES[name], replace(broken, text=text)).agrees
    except Rejected:
        return True


@cache
def sound(name: str, target: str) -> tuple[Rendering, Comparison]:
    """Render and run a case while nothing is broken."""
    rendering = rendered(CASES[name], target)
    return rendering, compared(CASES[name], rendering)


def rendered(case: Case, target: str) -> Rendering:
    """Render for all sources, and leave the events of only one of them if the case says so."""
    rendering = harness.rendered(rule(case), target)
    lowered = rendering.lowered
    if lowered is None or case.store not in {each.name for each in lowered.sources}:
        return rendering
    sources = tuple(each for each in lowered.sources if each.name == case.store)
    places = tuple(each for each in lowered.places if each.source == case.store)
    return replace(rendering, lowered=replace(lowered, sources=sources, places=places))


def compared(case: Case, rendering: Rendering) -> Comparison:
    return compare(rendering, case.events, harness.engine_of(rendering.target))


@cache
def rule(case: Case) -> Rule:
    rules = harness.compiled(case.text)
    assert not [each.message for each in rules.diagnostics if each.code.is_error]
    return rules.rules[0]
