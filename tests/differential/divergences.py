"""The known divergences: data with a reason each, and how one is told from a fault."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tocsin import model
from tocsin.lower.patterns import FOLDING
from tocsin.pipeline import Rendering
from tocsin.prove import Comparison
from tocsin.recording import Recorded
from tocsin.text import has_foreign_case
from tocsin_backends.spl import ANY_SCRIPT
from tocsin_backends.spl.datamodel import BY_THE_SECOND


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
    return bool(apart) and all(_has_letter(comparison.recorded[int(each)]) for each in apart)


def _folds_any_script(rendering: Rendering, comparison: Comparison) -> bool:
    """Whether all that differs has a letter beyond A-Z with a case."""
    lowered = rendering.lowered
    if lowered is None or ANY_SCRIPT not in lowered.requires:
        return False
    apart = (*comparison.missed, *comparison.extra)
    if comparison.other or not all(map(_is_place, apart)):
        return any(map(_has_foreign_case, comparison.recorded))
    return bool(apart) and all(_has_foreign_case(comparison.recorded[int(each)]) for each in apart)


def _has_foreign_case(each: Recorded) -> bool:
    return any(has_foreign_case(str(v)) for values in each.columns.values() for v in values)


def _is_place(text: str) -> bool:
    return text.isdigit()


def _has_letter(each: Recorded) -> bool:
    texts = (str(value) for values in each.columns.values() for value in values)
    return any("\u017f" in text or "\u212a" in text for text in texts)


# ECS texts of the type `wildcard`, which no length limits.
_WILDCARD = frozenset(
    {
        *("process.command_line", "process.parent.command_line"),
        *("registry.data.strings", "url.original"),
    }
)


def _is_not_indexed(_rendering: Rendering, comparison: Comparison) -> bool:
    """Whether all that differs has a text that is too long for a `keyword`."""
    apart = (*comparison.missed, *comparison.extra)
    return bool(apart) and all(
        _is_place(each) and _has_long_keyword(comparison.recorded[int(each)]) for each in apart
    )


def _has_long_keyword(each: Recorded) -> bool:
    return any(
        isinstance(value, str) and len(value.encode("utf-16-le")) > 2 * 1024
        for name, values in each.columns.items()
        for value in values
        if name not in _WILDCARD
    )


def _asks_for_ipv4(rendering: Rendering, comparison: Comparison) -> bool:
    """Whether a network of IPv4 is asked for where an address of IPv6 may be stored as one.

    Nothing differs then: the reference is asked about the address that is stored.
    """
    lowered = rendering.lowered
    if lowered is None or comparison.differs:
        return False
    networks = (
        network
        for condition in model.conditions(lowered.rule.body)
        for test in model.predicates(condition)
        if isinstance(test, model.IpIn)
        for network in test.networks
    )
    stores = any(source.maps_ipv4 for source in lowered.sources)
    return stores and any(network.version == 4 for network in networks)


def _is_within_a_second(rendering: Rendering, comparison: Comparison) -> bool:
    """Whether all that differs is the first or the last value of a row over a data model."""
    lowered = rendering.lowered
    if lowered is None or BY_THE_SECOND not in lowered.requires:
        return False
    ordered = {model.Aggregate.FIRST, model.Aggregate.LAST}
    names = {each.name for each in model.outputs(lowered.body) if each.aggregate in ordered}
    rows = (*comparison.missed, *comparison.extra)
    told = (name for each in comparison.other for name in names if f": {name} is " in f": {each}")
    return bool(comparison.other) and not rows and len(list(told)) == len(comparison.other)


_TESTS: Mapping[str, Callable[[Rendering, Comparison], bool]] = {
    "case-of-two-letters": _folds_too_far,
    "case-of-other-scripts": _folds_any_script,
    "long-keywords": _is_not_indexed,
    "ipv4-mapped": _asks_for_ipv4,
    "seconds-of-a-data-model": _is_within_a_second,
}
KNOWN = known()
