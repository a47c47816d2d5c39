"""The known divergences: data with a reason each, and how one is told from a fault."""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tocsin import evaluate, model
from tocsin.backend import Lowered
from tocsin.evaluate import fold
from tocsin.frozen import replace
from tocsin.lower.patterns import FOLDING
from tocsin.model import Occurrence, Scalar
from tocsin.pipeline import Rendering
from tocsin.prove import Comparison
from tocsin.prove.rows import own_columns
from tocsin.prove.values import plain
from tocsin.recording import Recorded
from tocsin.text import has_foreign_case
from tocsin_backends.eql import ONE_MILLISECOND
from tocsin_backends.sigma import KEYS_IN_CASE
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
    if lowered is None or not any(line.startswith(_ANY_SCRIPT) for line in lowered.requires):
        return False
    apart = (*comparison.missed, *comparison.extra)
    if comparison.other or not all(map(_is_place, apart)):
        return any(map(_has_foreign_case, comparison.recorded))
    return bool(apart) and all(_has_foreign_case(comparison.recorded[int(each)]) for each in apart)


# As far as SPL and ES|QL say it in one voice.
_ANY_SCRIPT = ANY_SCRIPT.partition(":")[0]


def _is_lowered(rendering: Rendering, comparison: Comparison) -> bool:
    """Whether all that differs has a letter beyond A-Z that is one of a-z in lower case."""
    return _have_told(rendering, comparison, "\u0130\u212a", "U+0130")


def _is_joined(rendering: Rendering, comparison: Comparison) -> bool:
    """Whether all that differs has the sign in it that stands between the values of a list."""
    return _have_told(rendering, comparison, "\u241f", "U+241F")


def _have_told(rendering: Rendering, comparison: Comparison, letters: str, word: str) -> bool:
    """Whether all that differs has one of LETTERS, and a requirement says so with WORD."""
    lowered = rendering.lowered
    if lowered is None or not any(word in line for line in lowered.requires):
        return False

    def has_one(each: Recorded) -> bool:
        return any(set(letters) & set(str(v)) for vs in each.columns.values() for v in vs)

    apart = (*comparison.missed, *comparison.extra)
    if comparison.other or not all(map(_is_place, apart)):
        return any(map(has_one, comparison.recorded))  # a row of many events
    return bool(apart) and all(has_one(comparison.recorded[int(each)]) for each in apart)


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
    """Whether all that differs is a first or last value that another event of its second has."""
    lowered = rendering.lowered
    if lowered is None or BY_THE_SECOND not in lowered.requires:
        return False
    if comparison.missed or comparison.extra or not comparison.other:
        return False
    allowed = tuple(_of_the_second(lowered.rule.body, [each.seen for each in comparison.recorded]))
    return all(each.endswith(allowed) for each in comparison.other)


def _of_the_second(body: model.Body, seen: list[Occurrence]) -> Iterator[str]:
    """Write what a comparison says of each value that stands within a second of the one meant."""
    assert isinstance(body, model.Summary)
    for row in evaluate.rows(body, seen):
        for output in body.outputs:
            if output.field is None or output.aggregate not in _EDGES:
                continue
            values = [
                (seen[at].time // 1_000_000, value)
                for at in row.events
                for value in evaluate.values(output.field, seen[at])
            ]
            if not values:
                continue
            edge = _EDGES[output.aggregate](second for second, _ in values)
            for one in (value for second, value in values if second == edge):
                for got in (one, str(one)):
                    yield f": {output.name} is {got!r}, not {row.outputs[output.name]!r}"


def _follows_at_once(rendering: Rendering, comparison: Comparison) -> bool:
    """Whether the keys that are found are those that are meant, were the order given a time."""
    lowered = rendering.lowered
    if lowered is None or ONE_MILLISECOND not in lowered.requires:
        return False
    body, seen = lowered.rule.body, [each.seen for each in comparison.recorded]
    assert isinstance(body, model.Sequence)
    # Between two milliseconds is room for the places of events, which the span leaves in.
    apart = [replace(e, time=e.time // 1000 * 2000 + place) for place, e in enumerate(seen)]
    longer = replace(body, within=body.within * 2 + 1)
    return _found(lowered, comparison) == _keys(lowered, longer, apart)


def _joins_without_case(rendering: Rendering, comparison: Comparison) -> bool:
    """Whether the keys that are found are those that are meant, were there no case."""
    lowered = rendering.lowered
    told = lowered is not None and any(KEYS_IN_CASE in line for line in lowered.requires)
    if lowered is None or not told or comparison.other:
        return False
    seen = [each.seen for each in comparison.recorded]
    folded = [replace(e, fields={n: _folded(v) for n, v in e.fields.items()}) for e in seen]
    meant = _keys(lowered, lowered.rule.body, folded)
    return set(map(fold, _found(lowered, comparison))) == set(map(fold, meant))


def _found(lowered: Lowered, comparison: Comparison) -> set[str]:
    """Find the keys that the query finds, from what is said to be apart."""
    meant = _keys(lowered, lowered.rule.body, [each.seen for each in comparison.recorded])
    return (meant - {*comparison.missed}) | {e.partition(" until ")[0] for e in comparison.extra}


def _keys(lowered: Lowered, body: model.Body, seen: list[Occurrence]) -> set[str]:
    assert isinstance(body, model.Sequence | model.Summary)
    found = (
        evaluate.matches(body, seen)
        if isinstance(body, model.Sequence)
        else evaluate.rows(body, seen)
    )
    own = own_columns(model.keys(body), (lowered.parts or (lowered,))[0].columns)
    return {", ".join(plain(each.key[place]) for place in own) for each in found}


def _folded(values: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
    return tuple(fold(each) if isinstance(each, str) else each for each in values)


_EDGES: Mapping[model.Aggregate, Callable[[Iterable[int]], int]] = {
    model.Aggregate.FIRST: min,
    model.Aggregate.LAST: max,
}

_TESTS: Mapping[str, Callable[[Rendering, Comparison], bool]] = {
    "case-of-two-letters": _folds_too_far,
    "case-of-other-scripts": _folds_any_script,
    "long-keywords": _is_not_indexed,
    "ipv4-mapped": _asks_for_ipv4,
    "seconds-of-a-data-model": _is_within_a_second,
    "one-millisecond": _follows_at_once,
    "keys-without-case": _joins_without_case,
    "lower-case-of-two-letters": _is_lowered,
    "value-separator": _is_joined,
}
KNOWN = known()
