"""Laid out, a file says the same, has every comment, and is laid out the same again."""

import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from differential.bodies import bodies
from differential.rules import Written, rules
from laws.mess import messed, turned_over
from tocsin import layout, model, pipeline, registry
from tocsin.meaning import meaning, rest
from tocsin.source import Source
from tocsin.syntax import parse
from tocsin.tree import File

TESTS = Path(__file__).parent.parent
PACK = TESTS.parent / "rules"
SEEDS = st.integers(0, 2**32)
GENERATED = settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow])


def read(text: str) -> File:
    return parse(Source("a.rule", text))[0]


@cache
def files() -> list[Path]:
    """List the rule files of the pack and of the golden cases that can be read in full."""
    paths = sorted([*PACK.rglob("*.rule"), *(TESTS / "golden").rglob("*.rule")])
    return [path for path in paths if read(text_of(path)).whole]


def name(path: Path) -> str:
    return str(path.relative_to(TESTS.parent))


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8-sig", "replace")


def keeps_the_laws(text: str) -> str:
    """Hold TEXT against the laws; return it, laid out."""
    file = read(text)
    assert file.whole
    once = layout.formatted(file)
    after = read(once)
    assert layout.lost(file, after) is None
    assert layout.formatted(after) == once
    assert "\r\n" not in once
    assert once.endswith("\n")
    return once


def test_there_are_files() -> None:
    assert len(files()) > 200


@pytest.mark.parametrize("path", files(), ids=name)
def test_a_file_keeps_the_laws(path: Path) -> None:
    text = text_of(path)

    keeps_the_laws(text)

    for seed, comments in enumerate((0.02, 0.1, 0.4)):
        keeps_the_laws(messed(text, seed, comments=comments, empty_lines=0.1))


@pytest.mark.parametrize("path", files(), ids=name)
def test_blanks_make_no_difference(path: Path) -> None:
    text = text_of(path)

    assert keeps_the_laws(messed(text, 1)) == keeps_the_laws(messed(text, 2))


def without_errors() -> list[Path]:
    """Leave out clauses that stand twice, and keys that there are not."""
    return [path for path in files() if "diagnostics" not in path.parts]


@pytest.mark.parametrize("path", without_errors(), ids=name)
def test_the_order_of_clauses_and_keys_makes_no_difference(path: Path) -> None:
    text = text_of(path)

    assert keeps_the_laws(messed(turned_over(text), 1)) == keeps_the_laws(messed(text, 2))


@GENERATED
@given(rules(), SEEDS, st.sampled_from((0.0, 0.02, 0.1, 0.4)))
def test_a_generated_rule_keeps_the_laws(rule: Written, seed: int, comments: float) -> None:
    once = keeps_the_laws(messed(rule.text, seed, comments=comments, empty_lines=0.05))

    assert not re.search(r"[ \t]$", once, re.MULTILINE)


@GENERATED
@given(bodies(), SEEDS, st.sampled_from((0.0, 0.02, 0.1, 0.4)))
def test_a_generated_body_of_several_events_keeps_the_laws(
    rule: Written, seed: int, comments: float
) -> None:
    once = keeps_the_laws(messed(rule.text, seed, comments=comments, empty_lines=0.05))

    assert not re.search(r"[ \t]$", once, re.MULTILINE)


# --- what the rules of the pack mean


def compiled(folder: Path) -> dict[str, model.Rule]:
    found = pipeline.read([folder], registry.names(), folder)
    assert [str(each) for each in found.diagnostics if each.code.is_error] == []
    return {rule.name: rule for rule in found.rules}


def test_the_pack_means_the_same(tmp_path: Path) -> None:
    for path in PACK.rglob("*"):
        to = tmp_path / path.relative_to(PACK)
        if path.suffix == ".rule":
            to.parent.mkdir(exist_ok=True)
            text = messed(text_of(path), len(path.name), comments=0.1, empty_lines=0.1)
            to.write_text(keeps_the_laws(text), encoding="utf-8")
        elif path.is_file():
            to.parent.mkdir(exist_ok=True)
            to.write_bytes(path.read_bytes())

    after, before = compiled(tmp_path), compiled(PACK)

    assert after.keys() == before.keys()
    for name, rule in before.items():
        assert meaning(after[name]) == meaning(rule)
        assert rest(after[name]) == rest(rule)
        assert after[name].tests == rule.tests
