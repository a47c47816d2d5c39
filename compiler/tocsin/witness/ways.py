"""How a condition can come out true or false: sets of tests that are met and tests that are not."""

from collections.abc import Iterator, Mapping
from itertools import combinations

from tocsin.frozen import dataclass
from tocsin.model import Always, And, AtLeast, Expr, Not, Or, Predicate

_MOST_STEPS = 20_000  # of one search

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
    pending = [_Way({}, chain, ())]
    for _ in range(_MOST_STEPS):
        if not pending:
            return
        way = _forced(pending.pop())
        if way is None:
            continue
        if not way.open:
            yield way.settled
            continue
        (expr, wanted), *rest = way.open
        nexts = [_taken(way, choice, tuple(rest)) for choice in _choices(expr, wanted)]
        pending += reversed(nexts)


def _taken(
    way: _Way, choice: tuple[tuple[Expr, bool], ...], rest: tuple[tuple[Expr, bool], ...]
) -> _Way:
    goals: _Goals = None
    for expr, wanted in reversed(choice):
        goals = (expr, wanted, goals)
    return _Way(way.settled, goals, rest)


def _forced(way: _Way) -> _Way | None:
    """See to all that leaves no choice; None if that contradicts what is settled."""
    settled, goals, choices = dict(way.settled), way.goals, list(way.open)
    while goals is not None:
        expr, wanted, goals = goals
        match expr:
            case Always(value):
                if value != wanted:
                    return None
            case Not(operand):
                goals = (operand, not wanted, goals)
            case And(operands) if wanted:
                for each in reversed(operands):
                    goals = (each, True, goals)
            case Or(operands) if not wanted:
                for each in reversed(operands):
                    goals = (each, False, goals)
            case And() | Or() | AtLeast():
                choices.append((expr, wanted))
            case _:
                if settled.setdefault(expr, wanted) != wanted:
                    return None
    return _Way(settled, None, tuple(choices))


def _choices(expr: Expr, wanted: bool) -> Iterator[tuple[tuple[Expr, bool], ...]]:
    """Yield what each makes EXPR come out as WANTED, one of which is to be chosen."""
    match expr:
        case And(operands):
            yield from (((each, False),) for each in operands)
        case Or(operands):
            yield from (((each, True),) for each in operands)
        case AtLeast(count, operands):
            # Of so many operands, as many must hold; or all but that many and one must not.
            needed = count if wanted else len(operands) - count + 1
            for chosen in combinations(operands, max(needed, 0)):
                yield tuple((each, wanted) for each in chosen)
        case _:
            yield ((expr, wanted),)
