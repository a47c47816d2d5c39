"""The sequence machine: events in order, a state for each join key (`SequenceMatcher`).

An event goes to the latest sequence that waits for it, and those that began before are given up.
`maxspan` is inclusive and counts from the first event; a sequence it rejects is lost all the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from tocsin_engines.engine import Kind, Record, Rejected, Scalar, Schema
from tocsin_engines.eql.leaves import Test
from tocsin_engines.eql.stored import Column, written_address
from tocsin_engines.eql.tree import Name, Sequence, Term
from tocsin_engines.eql.verify import column, selects

Key = tuple[Scalar | None, ...]
_Partial = tuple[int, ...]  # the places of its events, in order of time
_JOINS = 1000


@dataclass(frozen=True, slots=True)
class Completed:
    """A sequence: the PLACES of its events in order, and the values that join them."""

    places: tuple[int, ...]
    key: Key


@dataclass(frozen=True, slots=True)
class _Join:
    """A key of a term: its column if it is mapped, and whether null joins null (`?key`)."""

    column: Column | None
    optional: bool


@dataclass(frozen=True, slots=True)
class _Stage:
    test: Test
    joins: tuple[_Join, ...]

    def keys(self, record: Record) -> Iterator[Key]:
        """Return what RECORD joins by; it must hold every key that is not optional."""
        if not self.test(record):
            return iter(())
        held: list[tuple[Scalar | None, ...]] = []
        size = 1
        for join in self.joins:
            values: tuple[Scalar | None, ...] = join.column.values(record) if join.column else ()
            if not values and join.optional:
                values = (None,)
            size *= len(values)
            held.append(values)
        if size > _JOINS:
            raise Rejected(f"this engine does not join one event by more than {_JOINS} keys")
        return iter(dict.fromkeys(product(*held)))


@dataclass(slots=True)
class _Waiting:
    """What one key has begun: for each stage but the last, the sequences that have reached it."""

    stages: list[list[_Partial]]
    until: int = -1


@dataclass(frozen=True, slots=True)
class Machine:
    """A sequence query that has been checked against a schema."""

    stages: tuple[_Stage, ...]
    until: _Stage | None
    maxspan: int | None
    kinds: tuple[Kind | None, ...]

    def run(self, times: list[int], records: list[Record]) -> list[Completed]:
        """Return the sequences in RECORDS, which are in order of TIMES, in milliseconds."""
        waiting: dict[Key, _Waiting] = {}
        found: list[Completed] = []
        for place, record in enumerate(records):
            # From the last: an event cannot serve two stages of one sequence.
            for number in reversed(range(len(self.stages))):
                for key in self.stages[number].keys(record):
                    state = waiting.setdefault(key, _Waiting([[] for _ in self.stages[1:]]))
                    done = self._advance(state, number, place, times)
                    if done:
                        found.append(Completed(done, self._written(key)))
            for key in self.until.keys(record) if self.until else ():
                if key in waiting:
                    waiting[key].until = place
        return found

    def _advance(
        self, state: _Waiting, number: int, place: int, times: list[int]
    ) -> _Partial | None:
        if number == 0:
            state.stages[0].append((place,))
            return None
        before = state.stages[number - 1]
        if not before:
            return None
        latest = before[-1]
        before.clear()
        if self.maxspan is not None and times[place] - times[latest[0]] > self.maxspan:
            return None
        if state.until >= latest[-1]:
            return None
        latest = (*latest, place)
        if number == len(self.stages) - 1:
            return latest
        state.stages[number].append(latest)
        return None

    def _written(self, key: Key) -> Key:
        return tuple(
            written_address(value) if kind is Kind.IP and isinstance(value, int) else value
            for kind, value in zip(self.kinds, key, strict=True)
        )


def machine(sequence: Sequence, schema: Schema) -> Machine:
    """Check SEQUENCE against SCHEMA."""
    stages = tuple(_stage(term, schema) for term in sequence.terms)
    until = _stage(sequence.until, schema) if sequence.until else None
    kinds = tuple(
        _kind([stage.joins[at] for stage in (*stages, *((until,) if until else ()))])
        for at in range(len(stages[0].joins))
    )
    return Machine(stages, until, sequence.maxspan, kinds)


def _stage(term: Term, schema: Schema) -> _Stage:
    return _Stage(selects(term.event, schema), tuple(_join(key, schema) for key in term.keys))


def _join(key: Name, schema: Schema) -> _Join:
    return _Join(column(key, schema), key.optional)


def _kind(joins: list[_Join]) -> Kind | None:
    """Return the type that a key has in every term (`Verifier.checkJoinKeyTypes`)."""
    kinds = {join.column.kind for join in joins if join.column}
    if len(kinds) > 1:
        raise Rejected(f"sequence key types are incompatible: {', '.join(sorted(kinds))}")
    return kinds.pop() if kinds else None
