"""`prev()` and `next()`: values of other rows, where the rows are in an order."""

from collections.abc import Callable, Mapping

from tocsin_engines.engine import Rejected
from tocsin_engines.kql.scope import Scope
from tocsin_engines.kql.sql import Value, null


def _other(function: str) -> Callable[[tuple[Value, ...], Scope], Value]:
    """Yield the value so many rows away, or else another: null, if it is not told [D:prev]."""

    def other(arguments: tuple[Value, ...], scope: Scope) -> Value:
        if not scope.order:
            raise Rejected("the rows are in no order here: it takes those that a sort has put so")
        value, *rest = arguments
        away = rest[0].constant if rest else 1
        otherwise = rest[1] if len(rest) > 1 else null(value.type)
        if isinstance(away, bool) or not isinstance(away, int) or away < 0:
            raise Rejected("not covered by this engine: such a number of rows")
        if otherwise.type != value.type:
            raise Rejected(f"not covered by this engine: {otherwise.type} for {value.type}")
        scope.steps.windows += 1
        row = f"{function}({value.sql}, {away}, {otherwise.sql}) OVER (ORDER BY {scope.order})"
        return Value(f"({row})", value.type)

    return other


FUNCTIONS: Mapping[str, Callable[[tuple[Value, ...], Scope], Value]] = {
    "prev": _other("lag"),
    "next": _other("lead"),
}
