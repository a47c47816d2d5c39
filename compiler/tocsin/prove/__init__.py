"""A rendered query run by an engine, held against the reference meaning.

Each event is recorded as each source of the query keeps it; the reference meaning is asked about
what can be seen of it there. The verdict says which differences are allowed.
"""

from collections.abc import Sequence

from tocsin import evaluate, model
from tocsin.backend import Lowered
from tocsin.engine import Engine, Outcome, Record
from tocsin.frozen import dataclass, field
from tocsin.model import Occurrence, Verdict
from tocsin.pipeline import Rendering
from tocsin.prove.chains import chains_apart
from tocsin.prove.records import as_record, recorded, schema_of, unprovable
from tocsin.prove.rows import Apart, rows_apart
from tocsin.prove.values import plain
from tocsin.recording import Recorded

__all__ = ["Comparison", "compare", "unprovable"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a query finds beside what its rule means, over RECORDS.

    MISSED is what the rule means and the query does not find, EXTRA the other way round: places of
    records, or rows as text. OTHER are rows that both have, with different values.
    """

    verdict: Verdict
    records: tuple[Record, ...]
    missed: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    found: int = 0  # events, or rows, that the query yields
    recorded: tuple[Recorded, ...] = field(default=(), compare=False)

    @property
    def agrees(self) -> bool:
        """Whether every difference is one that the verdict speaks of."""
        match self.verdict:
            case Verdict.EXACT:
                return not self.differs
            case Verdict.WIDER:
                return not self.missed
            case Verdict.NARROWER:
                return not self.extra
            case Verdict.SKEWED | Verdict.REFUSED:
                return True

    @property
    def differs(self) -> bool:
        """Whether there is any difference, allowed or not."""
        return bool(self.missed or self.extra or self.other)


def compare(rendering: Rendering, events: Sequence[Occurrence], engine: Engine) -> Comparison:
    """Run RENDERING over EVENTS; raise what the engine raises."""
    lowered, text = rendering.lowered, rendering.text
    assert lowered is not None
    assert text is not None
    written = tuple(recorded(lowered, events))
    records = tuple(map(as_record, written))
    outcome = engine.run(text, records, schema_of(lowered, written))
    seen = [each.seen for each in written]
    found = _apart(lowered, seen, outcome)
    groups = isinstance(lowered.body, model.Summary | model.Sequence)
    count = len((outcome.rows if groups else outcome.matched) or outcome.rows or outcome.matched)
    return Comparison(lowered.verdict, records, *found, count, written)


def _apart(lowered: Lowered, seen: Sequence[Occurrence], outcome: Outcome) -> Apart:
    match lowered.body:
        case model.Summary() if any("events" in row for row in outcome.rows or ()):
            return chains_apart(lowered, seen, outcome)
        case model.Summary():
            return rows_apart(lowered, seen, outcome)
        case model.Sequence():
            return chains_apart(lowered, seen, outcome)
        case model.FirstSeen():
            return _moments_apart(lowered, seen, outcome)
        case model.Event() | model.AnyOf():
            return _events_apart(lowered, seen, outcome)


def _events_apart(lowered: Lowered, seen: Sequence[Occurrence], outcome: Outcome) -> Apart:
    meant = _places(lowered.rule.body, list(seen))
    missed, extra = meant - outcome.matched, outcome.matched - meant
    other = _misnamed(lowered, seen, outcome)
    return tuple(map(str, sorted(missed))), tuple(map(str, sorted(extra))), other


def _places(body: model.Body, seen: list[Occurrence]) -> set[int]:
    """Find the events that the rule is about: what a query without its grouping should find."""
    match body:
        case model.Event():
            return {place for place, event in enumerate(seen) if evaluate.selects(body, event)}
        case model.AnyOf():
            return {place for place, event in enumerate(seen) if evaluate.parts_met(body, event)}
        case model.Summary(having=None):
            return _places(body.event, seen)
        case model.Summary():
            return {place for row in evaluate.rows(body, seen) for place in row.events}
        case model.Sequence():
            return {match.events[-1] for match in evaluate.matches(body, seen)}
        case model.FirstSeen():
            return set(evaluate.first_seen(body, seen))


def _misnamed(lowered: Lowered, seen: Sequence[Occurrence], outcome: Outcome) -> tuple[str, ...]:
    """Hold the parts that rows name against those that their events are of."""
    body = lowered.rule.body
    if not isinstance(body, model.AnyOf):
        return ()
    named = {str(name) for row in outcome.rows or () if (name := row.get("Part", row.get("part")))}
    meant = {name for place in outcome.matched for name in evaluate.parts_met(body, seen[place])}
    return tuple(f"part {name}" for name in sorted(named ^ meant)) if named else ()


def _moments_apart(lowered: Lowered, seen: Sequence[Occurrence], outcome: Outcome) -> Apart:
    """Compare by values and times: of events alike in both, one is as good as another."""
    body = lowered.rule.body
    assert isinstance(body, model.FirstSeen)

    def moment(place: int) -> str:
        shown = [
            plain(value) for each in body.fields for value in evaluate.values(each, seen[place])
        ]
        return ", ".join([*shown, f"at {seen[place].time}"])

    # The query looks for no events that are older than the searched window; engines run it a second
    # behind the latest.
    schedule = lowered.rule.schedule
    latest = max((event.time for event in seen), default=0) + 1_000_000
    since = latest - schedule.over * 1000 if schedule else 0
    first = evaluate.first_seen(body, list(seen))
    meant = {moment(place) for place in first if seen[place].time > since}
    found = set(map(moment, outcome.matched))
    return tuple(sorted(meant - found)), tuple(sorted(found - meant)), ()
