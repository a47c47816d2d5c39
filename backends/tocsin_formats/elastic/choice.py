"""Which type of rule says a rule best: `eql`, `esql` or `new_terms`."""

from collections.abc import Iterator, Sequence

from tocsin import model
from tocsin.backend import Lowered
from tocsin.format import Query, Release
from tocsin.frozen import dataclass
from tocsin.lower.place import tells_apart
from tocsin.model import Verdict
from tocsin.profiles import SourceClass

_MOST_GROUPED = 3  # columns of `alert_suppression.group_by` (Kibana, AlertSuppressionGroupBy)
_SECOND = 1000
_WORSE = (Verdict.EXACT, Verdict.WIDER, Verdict.NARROWER, Verdict.SKEWED)


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """A type of rule and its query; GROUP_BY are the columns by which alerts are suppressed."""

    type: str
    query: Query
    group_by: tuple[str, ...] = ()

    @property
    def lowered(self) -> Lowered:
        """The rule in the columns that the query reads."""
        return self.query.lowered


def choose(release: Release) -> tuple[Chosen, ...]:
    """Take the exact type, among equals the usual one; one rule for each query of that type."""
    ways = [way for name in _usual(release) if (way := tuple(_of(release, name)))]
    return min(ways, key=_worst, default=())  # the first of equals


def _usual(release: Release) -> tuple[str, ...]:
    """Name the types of rule, the most usual first."""
    match release.rule.body:
        case model.Event() | model.AnyOf() | model.Sequence():
            return ("eql", "esql")
        case model.Summary(having=None):
            grouped = all(each.group_by for each in _of(release, "eql"))
            return ("eql", "esql") if grouped else ("esql", "eql")
        case model.Summary():
            return ("esql", "eql")
        case model.FirstSeen():
            return ("new_terms", "esql", "eql")


def _of(release: Release, name: str) -> Iterator[Chosen]:
    for query in release.of(name):
        if name == "new_terms" and not _remembers(query.lowered):
            continue
        grouped = name == "eql" and query.lowered.ungrouped
        yield Chosen(name, query, _group_by(query.lowered) if grouped else ())


def _worst(way: Sequence[Chosen]) -> int:
    return max(_WORSE.index(each.lowered.verdict) for each in way)


def _remembers(lowered: Lowered) -> bool:
    """Whether Kibana can remember: the history has to begin before what is searched."""
    body, schedule = lowered.body, lowered.rule.schedule
    if not isinstance(body, model.FirstSeen) or body.within % _SECOND:
        return False
    return schedule is None or schedule.over < body.within


def _group_by(lowered: Lowered) -> tuple[str, ...]:
    """Name the columns of a summary's keys; none if alerts cannot be suppressed by them."""
    summary = lowered.rule.body
    if not isinstance(summary, model.Summary) or not 1 <= len(summary.keys) <= _MOST_GROUPED:
        return ()
    if summary.every is not None and summary.every % _SECOND:
        return ()
    columns = [_told_by(key.name, lowered.places) for key in summary.keys]
    return tuple(columns) if all(columns) else ()


def _told_by(key: str, places: Sequence[SourceClass]) -> str:
    """Name the column that holds KEY in the first source; an event without it stays by itself."""
    held = (each.columns[key] for each in places if key in each.columns)
    return next((each.name for each in held if tells_apart(each)), "")
