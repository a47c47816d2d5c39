"""`f exists and not f == "-"`: every target has a shorter way to want a value that is another."""

from collections.abc import Callable, Iterable

from tocsin.frozen import dataclass
from tocsin.model import Equals, Exists, Expr, Not


@dataclass(frozen=True, slots=True)
class Other:
    """There is a value, and it is none of those of TEST."""

    test: Equals


def with_others(conjuncts: Iterable[Expr], fits: Callable[[Equals], bool]) -> list[Expr | Other]:
    """Say with the exclusions among CONJUNCTS that FIT what `exists` says beside them."""
    each_of = tuple(conjuncts)
    wanted = {each.field for each in each_of if isinstance(each, Exists)}
    excluded = {
        each.operand.field
        for each in each_of
        if isinstance(each, Not) and isinstance(each.operand, Equals) and fits(each.operand)
    }
    found: list[Expr | Other] = []
    for each in each_of:
        match each:
            case Exists(field) if field in excluded:
                pass
            case Not(Equals(field) as test) if field in wanted and fits(test):
                found.append(Other(test))
            case _:
                found.append(each)
    return found
