"""Each known divergence shows itself, is told to the user, and does so where it may."""

from collections.abc import Mapping

import pytest

from differential.cases import DAY
from differential.divergences import KNOWN, known_divergence
from differential.harness import compiled, engine_of, rendered
from tocsin.model import Occurrence
from tocsin.pipeline import Rendering
from tocsin.prove import Comparison, compare

# A rule for each divergence, an event that shows it, and the word that tells the user.
SHOWN: Mapping[str, tuple[str, Mapping[str, str], str]] = {
    "case-of-two-letters": (
        "process.command_line matches 'x[0-9]+sk'",
        {"process.command_line": "x12\u017f\u212a"},
        "U+017F",
    ),
    "case-of-other-scripts": (
        "process.executable is process.parent.executable",
        {"process.executable": "C:\\É\\a.exe", "process.parent.executable": "C:\\é\\a.exe"},
        "other letters than A-Z",
    ),
}


def compared(
    condition: str, fields: Mapping[str, str], target: str
) -> tuple[Rendering, Comparison]:
    (rule,) = compiled(f"rule r {{ detect process.start where {condition} }}").rules
    values = {name: (value,) for name, value in fields.items()}
    event = Occurrence(frozenset({"process.start"}), DAY, values)
    rendering = rendered(rule, target)
    return rendering, compare(rendering, [event], engine_of(target))


CASES = [(name, target) for name, each in KNOWN.items() if name in SHOWN for target in each.targets]


@pytest.mark.parametrize(("name", "target"), CASES)
def test_a_known_divergence_shows_itself(name: str, target: str) -> None:
    condition, fields, _ = SHOWN[name]

    rendering, comparison = compared(condition, fields, target)

    assert not comparison.agrees
    assert known_divergence(rendering, comparison) == name


@pytest.mark.parametrize(("name", "target"), CASES)
def test_a_known_divergence_is_told(name: str, target: str) -> None:
    condition, fields, word = SHOWN[name]

    rendering, _ = compared(condition, fields, target)

    assert rendering.text is not None
    assert word in rendering.text
    assert rendering.lowered is not None
    assert any(word in line for line in rendering.lowered.requires)


@pytest.mark.parametrize("target", ["kql", "spl"])
def test_nobody_hides_from_an_exclusion_behind_two_letters(target: str) -> None:
    condition = "not process.executable like 'C:\\Trusted?Tasks\\*'"

    _, comparison = compared(
        condition, {"process.executable": "C:\\Tru\u017fted-Ta\u017f\u212as\\evil.exe"}, target
    )

    assert comparison.found == 1
    assert comparison.agrees


def test_what_is_no_known_divergence_is_none() -> None:
    rendering, comparison = compared(
        "process.command_line matches 'x[0-9]+sk'", {"process.command_line": "x12sk"}, "spl"
    )

    assert comparison.agrees
    assert known_divergence(rendering, comparison) is None


def test_every_divergence_has_a_reason_and_is_shown() -> None:
    assert all(each.reason and each.told and each.targets for each in KNOWN.values())
    assert not set(SHOWN) - set(KNOWN)
