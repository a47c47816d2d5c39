"""A comparison as plain values, as `--format json` prints it: format 1.

Keys stay and keep their meaning while `format` is 1; new ones may come. Texts are as they stand in
rules and events. What there is none of is `null`.
"""

from collections.abc import Mapping
from math import isfinite
from typing import TypedDict

from tocsin.diff.change import (
    Comparison,
    Find,
    Matching,
    MetaChange,
    Query,
    QueryChange,
    RuleChange,
    Shown,
    Side,
    Version,
)
from tocsin.diff.tally import tally

FORMAT = 1


class SideData(TypedDict):
    """Base or head: what was asked for, what that is, errors that belong to no rule."""

    asked: str
    about: str
    faults: list[str]


class SummaryData(TypedDict):
    """Counts of rules by what has become of them, of other verdicts, of other matches."""

    changed: int
    added: int
    removed: int
    renamed: int
    moved: int
    noise: int
    unchanged: int
    verdicts: int
    gained: int
    lost: int
    altered: int
    events: int
    faults: int


class VersionData(TypedDict):
    """A rule on one side. FAULTS keep it from being compiled."""

    name: str
    title: str
    file: str
    text: str
    faults: list[str]


class MetaData(TypedDict):
    """What a rule says of itself, before and after."""

    key: str
    old: str | None
    new: str | None


class QueryData(TypedDict):
    """A query of one side; CODE is the text without the comment at its head."""

    text: str | None
    code: str | None
    verdict: str
    about: list[str]


class QueryChangeData(TypedDict):
    """The query of one plan. KIND is `same`, `noise`, `changed`, `added` or `removed`."""

    label: str
    target: str
    kind: str
    verdict_changed: bool
    old: QueryData | None
    new: QueryData | None


class EventData(TypedDict):
    """An event: where it stands, its classes, its time (ISO 8601), its fields."""

    place: str
    classes: list[str]
    time: str
    fields: dict[str, object]


class FindData(TypedDict):
    """What one version matches alone: SIGN `+` the new one, `-` the old one, `~` otherwise."""

    sign: str
    origin: str
    where: str
    what: str
    events: list[EventData]
    more: int


class MatchingData(TypedDict):
    """Both versions over the same events; RUN counts these by origin, FINDS are some of all."""

    run: dict[str, int]
    gained: int
    lost: int
    altered: int
    finds: list[FindData]


class RuleData(TypedDict):
    """One rule; MEANING is null where a version does not compile."""

    name: str
    title: str
    kind: str
    renamed: bool
    moved: bool
    meaning: bool | None
    old: VersionData | None
    new: VersionData | None
    meta: list[MetaData]
    queries: list[QueryChangeData]
    matching: MatchingData | None


class ComparisonData(TypedDict):
    """The whole."""

    format: int
    base: SideData
    head: SideData
    labels: list[str]
    notes: list[str]
    summary: SummaryData
    rules: list[RuleData]


def data(comparison: Comparison) -> ComparisonData:
    """Turn a comparison into plain values."""
    return {
        "format": FORMAT,
        "base": _side(comparison.base),
        "head": _side(comparison.head),
        "labels": list(comparison.labels),
        "notes": list(comparison.notes),
        "summary": _summary(comparison),
        "rules": [_rule(change) for change in comparison.changes],
    }


def _side(side: Side) -> SideData:
    return {"asked": side.asked, "about": side.about, "faults": list(side.faults)}


def _summary(comparison: Comparison) -> SummaryData:
    sums = tally(comparison)
    return {
        "changed": sums.changed,
        "added": sums.added,
        "removed": sums.removed,
        "renamed": sums.renamed,
        "moved": sums.moved,
        "noise": sums.noise,
        "unchanged": comparison.unchanged,
        "verdicts": sums.verdicts,
        "gained": sums.gained,
        "lost": sums.lost,
        "altered": sums.altered,
        "events": sums.events,
        "faults": sums.faults,
    }


def _rule(change: RuleChange) -> RuleData:
    return {
        "name": change.name,
        "title": change.title,
        "kind": change.kind.value,
        "renamed": change.renamed,
        "moved": change.moved,
        "meaning": change.meaning,
        "old": _version(change.old),
        "new": _version(change.new),
        "meta": [_meta(each) for each in change.meta],
        "queries": [_query_change(each) for each in change.queries],
        "matching": _matching(change.matching) if change.matching else None,
    }


def _version(version: Version | None) -> VersionData | None:
    if version is None:
        return None
    return {
        "name": version.name,
        "title": version.title,
        "file": version.file,
        "text": version.text,
        "faults": list(version.faults),
    }


def _meta(change: MetaChange) -> MetaData:
    return {"key": change.key, "old": change.old, "new": change.new}


def _query_change(change: QueryChange) -> QueryChangeData:
    return {
        "label": change.label,
        "target": change.target,
        "kind": change.kind.value,
        "verdict_changed": change.verdict_changed,
        "old": _query(change.old),
        "new": _query(change.new),
    }


def _query(query: Query | None) -> QueryData | None:
    if query is None:
        return None
    return {
        "text": query.text,
        "code": query.code,
        "verdict": query.verdict.value,
        "about": list(query.about),
    }


def _matching(matching: Matching) -> MatchingData:
    return {
        "run": {origin.value: count for origin, count in sorted(matching.run.items())},
        "gained": matching.gained,
        "lost": matching.lost,
        "altered": matching.altered,
        "finds": [_find(find) for find in matching.finds],
    }


def _find(find: Find) -> FindData:
    return {
        "sign": find.sign,
        "origin": find.origin.value,
        "where": find.where,
        "what": find.what,
        "events": [_event(event) for event in find.events],
        "more": find.more,
    }


def _event(event: Shown) -> EventData:
    return {
        "place": event.place,
        "classes": list(event.classes),
        "time": event.time,
        "fields": _plain_fields(event.fields),
    }


def _plain_fields(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: _plain(value) for name, value in fields.items()}


def _plain(value: object) -> object:
    """Keep what JSON has; write all else (a time, an address, infinity) as text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and isfinite(value):
        return value
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return str(value)
