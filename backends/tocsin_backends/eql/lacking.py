"""What EQL has no words for, said before a query is written."""

from collections.abc import Sequence

from tocsin import model
from tocsin.frozen import dataclass, replace
from tocsin.lower.place import Tied, tells_apart, tied_by, torn
from tocsin.model import Aggregate, Ordering
from tocsin.profiles import SourceClass

_MOST_RUNS = 100  # of one step: EQL syntax reference, "with runs"
_GROUPS = (
    "of groups it knows so many events in a window that slides; ES|QL, target `esql`, has others"
)
_HISTORY = "what was seen before is the matter of a new_terms rule of Elastic"


@dataclass(frozen=True, slots=True)
class Runs:
    """A window must hold LEAST events, each of which meets WHERE too."""

    least: int
    where: model.Expr | None


def lacks(body: model.Body, places: Sequence[SourceClass]) -> str | None:
    """Say what EQL lacks for BODY over PLACES."""
    match body:
        case model.Event() | model.AnyOf():
            return None
        case model.FirstSeen():
            return _HISTORY
        case model.Summary():
            parts = [replace(part, keys=body.keys) for part in model.parts(body)]
            return _joined(tied_by(parts, places)) if runs_of(body) else _GROUPS
        case model.Sequence():
            tied = tied_by(model.parts(body), places)
            step = None if isinstance(tied, str) else torn(body, tied)
            split = f"the parts of `{step.name}` have a key in different columns" if step else None
            return _joined(tied) or split


def _joined(tied: Tied | str) -> str | None:
    """Say which column is no key by itself."""
    if isinstance(tied, str):
        return tied
    loose = (each for row in tied for each in row if each and not tells_apart(each))
    return next((f"{each.name} is not `{each.field}` by itself" for each in loose), None)


def runs_of(body: model.Summary) -> Runs | None:
    """Read a summary as so many events within a window that slides, if it is no more than that."""
    if body.sliding is None or not isinstance(body.having, model.NumberIs):
        return None
    name, order = body.having.field.name, body.having.order
    counted = next(output for output in body.outputs if output.name == name)
    least = body.having.bound + (order is Ordering.MORE)
    counts = counted.aggregate in {Aggregate.COUNT, Aggregate.COUNT_WHERE}
    bounded = order in {Ordering.MORE, Ordering.AT_LEAST} and 2 <= least <= _MOST_RUNS
    return Runs(least, counted.where) if counts and bounded else None
