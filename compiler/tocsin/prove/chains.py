"""Sequences that a query finds, held against those that are meant.

Two agree if they find the same keys in the same windows. A target may show less: of several ends of
one start the first alone, or nothing but keys.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from tocsin import evaluate, model
from tocsin.backend import Lowered
from tocsin.columns import Column
from tocsin.engine import Outcome
from tocsin.frozen import dataclass
from tocsin.model import Occurrence
from tocsin.prove.rows import Apart, Key, own_columns, shown
from tocsin.prove.values import microseconds, plain
from tocsin.recording import forms


@dataclass(frozen=True, slots=True)
class _Found:
    """A row of a query: the keys, and the moments where it begins and ends if it shows them."""

    key: Key
    start: int | None
    end: int | None


def chains_apart(lowered: Lowered, seen: Sequence[Occurrence], outcome: Outcome) -> Apart:
    """Compare sequences by their keys and windows, as far as the target shows them."""
    meant = dict(_meant(lowered, seen))
    rows = outcome.rows or ()
    found = [_read(lowered, row, seen) for row in rows]
    keys = {key for key, _ in meant}
    missed = {shown(key) for key in keys - {each.key for each in found}}
    if not any("events" in row for row in rows) and all(each.end is not None for each in found):
        ends = {(each.key, each.end) for each in found}
        missed |= {_at(key, end) for key, end in meant.keys() - ends}
    extra = {
        _at(each.key, each.end)
        for each in found
        if each.key not in keys or (each.end is not None and (each.key, each.end) not in meant)
    }
    other = {
        f"{_at(each.key, each.end)}: begins at {each.start}, not {start}"
        for each in found
        if each.end is not None and (start := meant.get((each.key, each.end))) is not None
        if each.start is not None and each.start != start
    }
    return tuple(sorted(missed)), tuple(sorted(extra)), tuple(sorted(other))


def _at(key: Key, end: int | None) -> str:
    return f"{shown(key)} until {end}"


def _meant(lowered: Lowered, seen: Sequence[Occurrence]) -> Iterator[tuple[tuple[Key, int], int]]:
    body = lowered.rule.body
    own = own_columns(model.keys(body), (lowered.parts or (lowered,))[0].columns)
    if isinstance(body, model.Summary):
        for row in evaluate.rows(body, list(seen)):
            assert row.window
            yield (tuple(plain(row.key[place]) for place in own), row.window[1]), row.window[0]
        return
    assert isinstance(body, model.Sequence)
    for match in evaluate.matches(body, list(seen)):
        start, end = seen[match.events[0]].time, seen[match.events[-1]].time
        yield (tuple(plain(match.key[place]) for place in own), end), start


def _read(lowered: Lowered, row: Mapping[str, object], seen: Sequence[Occurrence]) -> _Found:
    """Read a row: of events, their places and what joins them; else keys, then the window."""
    body = lowered.rule.body
    columns = (lowered.parts or (lowered,))[0].columns
    fields = model.keys(body)
    own = own_columns(fields, columns)
    places, joined = row.get("events"), row.get("key")
    if isinstance(places, list) and isinstance(joined, list):
        key = tuple(plain(joined[place]) for place in own)
        if isinstance(body, model.Sequence):
            return _Found(key, seen[places[0]].time, seen[places[-1]].time)
        # Of events in a window that slides it shows the last so many, which may come later.
        return _Found(key, None, None)
    if isinstance(places, list):
        # All events of a window, whichever of them are the match; each column of keys once, raw.
        held = [columns[fields[place].name] for place in own]
        raw = dict(zip(dict.fromkeys(column.name for column in held), row.values(), strict=False))
        key = tuple(plain(_read_back(column, raw[column.name])) for column in held)
        return _Found(key, None, None)
    values = list(islice(row.values(), len(own)))
    window = [microseconds(value) for value in islice(row.values(), len(own), len(own) + 2)]
    key = tuple(map(plain, values))
    return _Found(key, *window) if len(window) == 2 else _Found(key, None, None)


def _read_back(column: Column, value: object) -> object:
    """Take a value out of the form in which COLUMN holds it."""
    if not isinstance(value, str):
        return value
    found = forms.read(column, frozenset(), {column.name: (value,)})
    return found[0] if found else value
