"""`having`: rows of a summary that are kept, said of their outputs."""

from collections.abc import Set

from tocsin import model
from tocsin.model import COUNTING, Aggregate, Expr, Ordering
from tocsin.passes.flatten import merge
from tocsin.passes.negation import push_not
from tocsin.text import bracketed, indent, on_one_line, trailing

# What a row always has; of the others it may have none, and then no test of it holds.
_THERE = COUNTING | {Aggregate.COUNT, Aggregate.COUNT_WHERE}
# What an expression would read otherwise than as a field.
_WORDS = frozenset(
    {"and", "or", "not", "xor", "like", "in", "as", "by", "true", "false", "null", "where", "from"}
)
_OPPOSITE = {
    Ordering.LESS: Ordering.AT_LEAST,
    Ordering.AT_LEAST: Ordering.LESS,
    Ordering.MORE: Ordering.AT_MOST,
    Ordering.AT_MOST: Ordering.MORE,
}


def kept(body: model.Summary) -> list[str]:
    """Write the `where` behind the rows, if there is a `having`."""
    if body.having is None:
        return []
    first, *others = _Having(body).lines(body.having)
    return [f"| where {first}", *indent(others, "    ")]


def met(body: model.Summary) -> str:
    """Write `having` on one line, as the argument of a function."""
    assert body.having
    return on_one_line(_Having(body).lines(body.having))


class _Having:
    """Writes conditions on outputs, which are numbers already."""

    def __init__(self, body: model.Summary) -> None:
        self.there: Set[str] = {o.name for o in body.outputs if o.aggregate in _THERE}

    def lines(self, expr: Expr) -> list[str]:
        expr = model.rewrite(push_not(expr), merge)
        match expr:
            case model.And(operands):
                return trailing([self._block(each) for each in operands], "AND")
            case model.Or(operands):
                return trailing([self._block(each) for each in operands], "OR")
            case _:
                return self._block(expr)

    def _block(self, expr: Expr) -> list[str]:
        match expr:
            case model.And() | model.Or():
                return ["(", *indent(self.lines(expr)), ")"]
            case model.Always(value):
                return ["1==1" if value else "1==0"]
            case model.Not(model.NumberIn() | model.NumberIs() | model.NumberWithin() as test):
                return self._negated(test)
            case model.NumberIn() | model.NumberIs() | model.NumberWithin():
                return self._test(expr)
            case model.AtLeast(count, operands):
                said = [[f"if({on_one_line(self.lines(each))}, 1, 0)"] for each in operands]
                counted = trailing(said, "+")
                return [*counted[:-1], f"{counted[-1]}>={count}"]
            case _:
                raise AssertionError(type(expr).__name__)

    def _negated(self, test: model.NumberTest) -> list[str]:
        """Write the opposite: it holds as well where there is no number."""
        name = _field(test.field.name)
        match test:
            case model.NumberIs(_, order, bound):
                blocks = [[f"{name}{_OPPOSITE[order]}{bound}"]]
            case model.NumberIn(_, (number,)):
                blocks = [[f"{name}!={number}"]]
            case model.NumberIn():
                first, *others = self._test(test)
                blocks = [[f"NOT {first}", *others]]
            case model.NumberWithin(_, low, high):
                blocks = [[f"{name}<{low}"], [f"{name}>{high}"]]
        if test.field.name not in self.there:
            blocks = [[f"isnull({name})"], *blocks]
        return blocks[0] if len(blocks) == 1 else ["(", *indent(trailing(blocks, "OR")), ")"]

    def _test(self, test: model.NumberTest) -> list[str]:
        name = _field(test.field.name)
        match test:
            case model.NumberIs(_, order, bound):
                return [f"{name}{order}{bound}"]
            case model.NumberIn(_, (number,)):
                return [f"{name}=={number}"]
            case model.NumberIn(_, numbers):
                return bracketed(f"{name} IN (", [str(number) for number in numbers])
            case model.NumberWithin(_, low, high):
                return [f"({name}>={low} AND {name}<={high})"]


def _field(name: str) -> str:
    """Write a field of an expression; one that is a word there stands in quotes."""
    return f"'{name}'" if name.lower() in _WORDS else name
