"""Each known divergence shows itself, is told to the user, and does so where it may."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from differential import cases
from differential.cases import DAY
from differential.divergences import KNOWN, known_divergence
from differential.harness import TARGETS, compiled, engine_of, rendered
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
    "lower-case-of-two-letters": (
        "process.name in ('kiosk.exe', 'kiosk.com')",
        {"process.name": "\u212aiosk.exe"},
        "U+212A",
    ),
    "value-separator": (
        "process.args ends with '.js'",
        {"process.args": "a.js\u241fb"},
        "U+241F",
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


def in_order(*times: int, swapped: bool = False) -> tuple[Rendering, Comparison]:
    """Compare the first command line of events of a data model, at TIMES in milliseconds."""
    summary = "summarize by host.name { x = first(process.command_line) }"
    (rule,) = compiled(f"rule r {{ detect process.start {summary} }}").rules
    rendering = rendered(rule, "spl", ("splunk_cim",))
    assert rendering.text is not None
    if swapped:
        rendering = replace(rendering, text=rendering.text.replace("earliest(", "latest("))
    events = [
        Occurrence(
            frozenset({"process.start"}), DAY + time * 1000,
            {"host.name": ("h",), "process.command_line": (line,)},
        )
        for time, line in zip(times, "ba", strict=True)
    ]  # fmt: skip
    return rendering, compare(rendering, events, engine_of("spl"))


def test_a_data_model_does_not_order_the_events_of_a_second() -> None:
    orders = [in_order(0, 500), in_order(0, 500, swapped=True)]

    apart = [known_divergence(*each) for each in orders if not each[1].agrees]

    assert apart
    assert set(apart) == {"seconds-of-a-data-model"}


def test_it_does_order_other_events() -> None:
    assert in_order(0, 5000)[1].agrees
    rendering, comparison = in_order(0, 5000, swapped=True)

    assert not comparison.agrees
    assert known_divergence(rendering, comparison) is None


def test_every_divergence_has_a_reason_and_is_shown() -> None:
    told = (case.on(target) for case in cases.CASES for target in TARGETS)
    elsewhere = {each.name for each in told if isinstance(each, cases.Diverges)}

    assert all(each.reason and each.told and each.targets for each in KNOWN.values())
    assert KNOWN.keys() == SHOWN.keys() | elsewhere | {"seconds-of-a-data-model"}
