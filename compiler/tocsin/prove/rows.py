"""Rows of a summary, held against those that are meant."""

from collections.abc import Iterator, Mapping, Sequence
from math import isclose, isnan

from tocsin import evaluate, model
from tocsin.backend import Lowered
from tocsin.columns import Column
from tocsin.engine import Outcome
from tocsin.model import COUNTING, Aggregate, Field, Occurrence, Output, Scalar
from tocsin.prove.values import microseconds, moment, number, plain
from tocsin.schema import FieldType

Key = tuple[str, ...]
Apart = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]  # missed, extra, other


def rows_apart(lowered: Lowered, seen: Sequence[Occurrence], outcome: Outcome) -> Apart:
    """Compare rows by their keys and bins, then what they show."""
    summary = lowered.rule.body
    assert isinstance(summary, model.Summary)
    own = own_columns(summary.keys, lowered.columns)
    sliding = summary.sliding is not None
    meant = {_key(row, own, sliding): row for row in evaluate.rows(summary, list(seen))}
    found = {_key_found(lowered, summary, row): row for row in outcome.rows or ()}
    # Of two rows with one key, one would hide the other.
    lost = len(outcome.rows or ()) - len(found)
    missed = [shown(key) for key in meant if key not in found]
    extra = [shown(key) for key in found if key not in meant] + ["a second row"] * lost
    other = [
        f"{shown(key)}: {name}"
        for key, row in meant.items()
        if key in found
        for name in _different(lowered, row, found[key], seen)
    ]
    return tuple(sorted(missed)), tuple(sorted(extra)), tuple(sorted(other))


def shown(key: Key) -> str:
    """Write the keys of a row."""
    return ", ".join(key)


def own_columns(keys: Sequence[Field], columns: Mapping[str, Column]) -> list[int]:
    """Find the keys that have a column of their own: a query names each column once."""
    first: dict[tuple[str, ...], int] = {}
    for place, key in enumerate(keys):
        column = columns[key.name]
        first.setdefault((column.computed or column.name, column.form, column.part or ""), place)
    return list(first.values())


def _key(row: evaluate.Row, own: Sequence[int], sliding: bool) -> Key:
    """Name a row by its keys and its bin, or by the end of the window that slides."""
    window = [f"at {row.window[1 if sliding else 0]}"] if row.window else []
    return (*(plain(row.key[place]) for place in own), *window)


def _key_found(lowered: Lowered, summary: model.Summary, row: Mapping[str, object]) -> Key:
    """Read the keys of a row, in order: what is no output; the bin or moment stands last."""
    assert isinstance(lowered.body, model.Summary)
    outputs = {output.name for output in lowered.body.outputs}
    values = [value for name, value in row.items() if name not in outputs]
    if (summary.every or summary.sliding) and values:
        return (*map(plain, values[:-1]), f"at {microseconds(values[-1])}")
    return tuple(map(plain, values))


def _different(
    lowered: Lowered, row: evaluate.Row, found: Mapping[str, object], seen: Sequence[Occurrence]
) -> Iterator[str]:
    for output in model.outputs(lowered.rule.body):
        values = [v for at in row.events for v in _values(output, seen[at])]
        got, meant = found.get(output.name), row.outputs[output.name]
        if output.field and output.field.name not in lowered.columns:
            # The header says that no column shows it: the row is as if there were no value.
            values, meant = [], _of_nothing(output.aggregate)
        if not _alike(output, got, meant, values):
            yield f"{output.name} is {got!r}, not {meant!r}"


def _of_nothing(aggregate: Aggregate) -> Scalar | list[Scalar] | None:
    if aggregate is Aggregate.SET:
        return []
    return 0 if aggregate in COUNTING else None


def _values(output: Output, event: Occurrence) -> tuple[Scalar, ...]:
    return evaluate.values(output.field, event) if output.field else ()


def _alike(output: Output, got: object, meant: object, values: Sequence[object]) -> bool:
    """Whether a product's value is the one meant; any value of the row will do for a sample."""
    # Kusto's average of nothing is NaN.
    nothing = got is None or got in ("", []) or (isinstance(got, float) and isnan(got))
    is_time = output.field is not None and output.field.type is FieldType.TIME
    spelled = moment if is_time else plain
    if output.aggregate is Aggregate.SAMPLE:
        return nothing if not values else spelled(got) in set(map(plain, values))
    if output.aggregate is Aggregate.SET:
        several = got if isinstance(got, list) else [] if nothing else [got]
        return isinstance(meant, list) and sorted(map(spelled, several)) == sorted(
            map(plain, meant)
        )
    if meant is None or nothing:
        return nothing and meant is None
    if is_time and output.aggregate not in COUNTING:
        return spelled(got) == plain(meant)
    if isinstance(meant, float):
        shown_number = number(got)
        return shown_number is not None and isclose(shown_number, meant, rel_tol=1e-6)
    return plain(got) == plain(meant)
