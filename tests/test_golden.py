"""The corpus: every rule compiled for every target, held against files, and against the parsers.

A case whose comment says `// only: kql spl` is for those targets; for the others it is refused.
"""

import re
from pathlib import Path

import pytest

from conftest import Check
from gates import eql, esql, kql, sigma, spl
from gates.skip import where_missing
from tocsin import pipeline, registry
from tocsin.diagnostics import Code

TESTS = Path(__file__).parent
RULES = TESTS.parent / "rules"
CASES = sorted((TESTS / "golden" / "compile").glob("*.rule"))
PACK = sorted(path for path in RULES.rglob("*.rule") if path.parent.name != "lib")
GATES = {
    "eql": eql.problems,
    "esql": esql.problems,
    "kql": kql.problems,
    "sigma": sigma.problems,
    "spl": spl.problems,
}
TARGETS = tuple(GATES)


def name(value: Path | str) -> str:
    return value.stem if isinstance(value, Path) else value


def golden_file(path: Path, suffix: str) -> Path:
    """Cases stand beside their outputs; the pack's outputs stand in a folder of the tests."""
    return (
        (TESTS / "golden" / "compile" / path.stem).with_suffix(suffix)
        if path in CASES
        else (TESTS / "golden" / "pack" / path.stem).with_suffix(suffix)
    )


def targets_of(path: Path) -> tuple[str, ...]:
    only = re.search(r"^// only: (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return tuple(only[1].split()) if only else TARGETS


def rendering(path: Path, target: str, monkeypatch: pytest.MonkeyPatch) -> pipeline.Rendering:
    monkeypatch.chdir(TESTS.parent)
    rules = pipeline.read([path], registry.names())
    assert not [each for each in rules.diagnostics if each.code.is_error]
    (rule,) = rules.rules
    return pipeline.render(rule, target, registry.load(target), texts=rules.sources)


PAIRS = [(path, target) for path in [*CASES, *PACK] for target in TARGETS]
SAID = [(path, target) for path, target in PAIRS if target in targets_of(path)]
REFUSED = [pair for pair in PAIRS if pair not in SAID]


@pytest.mark.parametrize(("path", "target"), SAID, ids=name)
def test_compile(path: Path, target: str, golden: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    result = rendering(path, target, monkeypatch)

    assert result.text is not None
    golden(golden_file(path, registry.load(target).suffix), result.text)


@pytest.mark.parametrize(("path", "target"), REFUSED, ids=name)
def test_a_case_for_other_targets_is_refused(
    path: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = rendering(path, target, monkeypatch)

    assert result.text is None
    codes = {each.code for each in result.diagnostics}
    assert codes & {Code.REFUSED, Code.NEVER_FIRES, Code.NO_CLASS, Code.NARROWER}


@pytest.mark.parametrize(("path", "target"), SAID, ids=name)
def test_the_real_parser_takes_it(path: Path, target: str) -> None:
    text = golden_file(path, registry.load(target).suffix).read_text(encoding="utf-8")
    expected = re.search(rf"^// {target} warns: (\w+)$", path.read_text("utf-8"), re.MULTILINE)

    with where_missing():
        problems = GATES[target](text)

    assert [each for each in problems if not (expected and each.startswith(expected[1]))] == []
    assert bool(problems) == bool(expected), "the case expects a warning that never comes"


def test_no_golden_is_left_over() -> None:
    stems = {path.stem for path in [*CASES, *PACK]}
    suffixes = {registry.load(target).suffix for target in TARGETS} | {".rule"}
    for folder in ("compile", "pack"):
        for path in (TESTS / "golden" / folder).iterdir():
            assert path.stem in stems
            assert path.suffix in suffixes


def test_the_summary_yields_the_columns_of_the_rule() -> None:
    text = (TESTS / "golden" / "pack" / "node_load_dir_res.kql").read_text(encoding="utf-8")

    with where_missing():
        columns = [name for name, _ in kql.columns(text)]

    assert columns == [
        *("DeviceId", "DeviceName", "AccountName", "Timestamp"),
        *("StartTime", "EndTime", "CommandLines", "ParentProcesses", "ExecutionPath"),
    ]
