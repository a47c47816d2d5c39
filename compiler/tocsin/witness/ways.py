"""How a condition can come out true or false: sets of tests that are met and tests that are not."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from tocsin.frozen import dataclass
from tocsin.model import Always, And, AtLeast, Expr, Not, Or, Predicate, operands

_MOST_STEPS = 200_000  # of one search: tests that are looked at
_COPIED = 64  # tests are copied in the time of a look at one

# What has to come out how. A chain rather than a list: many ways go on from the same place.
_Goals = tuple[Expr, bool, "_Goals"] | None


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """A way that is not yet gone to its end: what is settled, and what is still to be seen to."""

    settled: Mapping[Predicate, bool]
    goals: _Goals
    open: tuple[tuple[Expr, bool], ...]  # where there is a choice


def ways(*goals: tuple[Expr, bool]) -> Iterator[Mapping[Predicate, bool]]:
    """Yield sets of tests, met or not, each of which makes every condition come out as wanted.

    No set contradicts itself in so many words; whether a value can be found is another question.
    """
    chain: _Goals = None
    for expr, wanted in reversed(goals):
        chain = (expr, wanted, chain)
    spent = 0
    pending: list[Iterator[_Way]] = [iter([_Way({}, chain, ())])]
    while pending and spent < _MOST_STEPS:
        way = next(pending[-1], None)
        if way is None:
            pending.pop()
            continue
        way, looked_at = _forced(way)
        spent += 1 + looked_at
        if way and way.open:
            spent += len(operands(way.open[0][0]))
            pending.append(_nexts(way))
        elif way:
            yield way.settled


def _nexts(way: _Way) -> Iterator[_Way]:
    (expr, wanted), *rest = way.open
    for chosen in _choices(expr, wanted, way.settled):
        goals: _Goals = None
        for each in reversed(chosen):
            goals = (each, wanted, goals)
        yield _Way(way.settled, goals, tuple(rest))


def _forced(way: _Way) -> tuple[_Way | None, int]:
    """See to all that leaves no choice; None if that contradicts what is settled. Count the tests.

    Where least can be chosen comes first: a wrong turn there is soon noticed.
    """
    settled, goals, choices = dict(way.settled), way.goals, list(way.open)
    looked_at = len(settled) // _COPIED
    while goals is not None:
        expr, wanted, goals = goals
        match expr:
            case Always(value):
                if value != wanted:
                    return None, looked_at
            case Not(operand):
                goals = (operand, not wanted, goals)
            case And(below) if wanted:
                for each in reversed(below):
                    goals = (each, True, goals)
            case Or(below) if not wanted:
                for each in reversed(below):
                    goals = (each, False, goals)
            case And() | Or() | AtLeast():
                choices.append((expr, wanted))
            case _:
                looked_at += 1
                if settled.setdefault(expr, wanted) != wanted:
                    return None, looked_at
    fewest_first = sorted(choices, key=lambda choice: len(operands(choice[0])))
    return _Way(settled, None, tuple(fewest_first)), looked_at


def _choices(
    expr: Expr, wanted: bool, settled: Mapping[Predicate, bool]
) -> Iterable[tuple[Expr, ...]]:
    """Find operands of EXPR that make it come out as WANTED if all of them do, beside SETTLED."""
    needed = 1
    if isinstance(expr, AtLeast):
        # Of so many operands, as many must hold; or all but that many and one must not.
        needed = expr.count if wanted else len(expr.operands) - expr.count + 1
    known = [(each, _known(each, settled)) for each in operands(expr)]
    needed -= sum(value is wanted for _, value in known)
    return combinations([each for each, value in known if value is None], max(needed, 0))


def _known(expr: Expr, settled: Mapping[Predicate, bool]) -> bool | None:
    """Tell how EXPR comes out, as far as that can be seen at once."""
    match expr:
        case Always(value):
            return value
        case Not(operand):
            below = _known(operand, settled)
            return None if below is None else not below
        case And() | Or() | AtLeast():
            return None
        case _:
            return settled.get(expr)
