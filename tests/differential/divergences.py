"""The known divergences: data with a reason each, and how one is told from a fault."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tocsin.lower.patterns import FOLDING
from tocsin.pipeline import Rendering
from tocsin.prove import Comparison
from tocsin.recording import Recorded


@dataclass(frozen=True, slots=True)
class Divergence:
    """One known difference; IS_MEANT says whether a comparison shows it and nothing else."""

    name: str
    targets: tuple[str, ...]
    direction: str
    told: str
    reason: str
    is_meant: Callable[[Rendering, Comparison], bool]


def known() -> Mapping[str, Divergence]:
    """Read the data file; each entry has its test here."""
    data = tomllib.loads(Path(__file__).with_name("divergences.toml").read_text("utf-8"))
    return {
        name: Divergence(
            name, tuple(entry["targets"]), entry["direction"], entry["told"],
            entry["reason"].strip(), _TESTS[name],
        )
        for name, entry in data.items()
    }  # fmt: skip


def known_divergence(rendering: Rendering, comparison: Comparison) -> str | None:
    """Name the known divergence that COMPARISON shows, if that is all that is wrong with it."""
    return next(
        (
            each.name
            for each in KNOWN.values()
            if rendering.target in each.targets and each.is_meant(rendering, comparison)
        ),
        None,
    )


def _folds_too_far(rendering: Rendering, comparison: Comparison) -> bool:
    """Whether all that differs has one of the two letters in it."""
    lowered = rendering.lowered
    if lowered is None or FOLDING not in lowered.requires:
        return False
    apart = (*comparison.missed, *comparison.extra)
    if comparison.other or not all(map(_is_place, apart)):
        return any(map(_has_letter, comparison.recorded))  # a row of many events
    return all(_has_letter(comparison.recorded[int(each)]) for each in apart)


def _is_place(text: str) -> bool:
    return text.isdigit()


def _has_letter(each: Recorded) -> bool:
    texts = (str(value) for values in each.columns.values() for value in values)
    return any("\u017f" in text or "\u212a" in text for text in texts)


_TESTS: Mapping[str, Callable[[Rendering, Comparison], bool]] = {
    "case-of-two-letters": _folds_too_far,
}
KNOWN = known()
