"""Mathematical, statistical and time functions (Search Reference, Evaluation functions)."""

import math
from collections.abc import Callable

from tocsin_engines.engine import Rejected
from tocsin_engines.spl.functions import Function, Given, Kind, Null
from tocsin_engines.spl.times import format_known, formatted, parse, parse_known, shifted, steps
from tocsin_engines.spl.values import Number, Single, Value, rank


def _of(compute: Callable[[Number], Number]) -> Callable[[Given], Value]:
    def body(given: Given) -> Value:
        try:
            return compute(given.number(0))
        except ValueError:
            raise Null from None

    return body


def _round(given: Given) -> Value:
    """Round halves away from zero."""
    places = given.whole(1) if len(given) > 1 else 0
    if not 0 <= places <= 15:
        raise Rejected("the precision of `round` is not negative")
    value = given.number(0)
    if isinstance(value, int) or not math.isfinite(value):
        return value
    scaled = math.floor(abs(value) * 10**places + 0.5) / 10**places
    result = math.copysign(scaled, value)
    return result if places else int(result)


def _pow(given: Given) -> Value:
    try:
        return float(given.number(0)) ** given.number(1)
    except (ZeroDivisionError, ValueError):
        raise Null from None


def _exact(given: Given) -> Value:
    return given.number(0)


def _all(given: Given) -> list[Single]:
    return [
        value
        for place in range(len(given))
        if given.raw(place) is not None
        for value in given.many(place)
    ]


def _max(given: Given) -> Value:
    """Return the greatest: "strings are greater than numbers"."""
    return max(_all(given), key=rank, default=None)


def _min(given: Given) -> Value:
    return min(_all(given), key=rank, default=None)


def _strftime(given: Given) -> Value:
    form = given.text(1)
    if not format_known(form):
        raise Rejected(f"`strftime` with `{form}`")
    return formatted(float(given.number(0)), form)


def _strptime(given: Given) -> Value:
    form = given.text(1)
    if not parse_known(form):
        raise Rejected(f"`strptime` with `{form}`")
    return parse(given.text(0), form)


def _relative_time(given: Given) -> Value:
    modifier = given.text(1)
    if steps(modifier) is None:
        raise Rejected(f"`relative_time` with `{modifier}`")
    return shifted(float(given.number(0)), modifier)


_NUMBER = Kind.NUMBER

NUMBER_FUNCTIONS = {
    "abs": Function(1, 1, "n", _NUMBER, _of(abs)),
    "ceil": Function(1, 1, "n", _NUMBER, _of(math.ceil)),
    "ceiling": Function(1, 1, "n", _NUMBER, _of(math.ceil)),
    "floor": Function(1, 1, "n", _NUMBER, _of(math.floor)),
    "sqrt": Function(1, 1, "n", _NUMBER, _of(math.sqrt)),
    "exp": Function(1, 1, "n", _NUMBER, _of(math.exp)),
    "ln": Function(1, 1, "n", _NUMBER, _of(math.log)),
    "pow": Function(2, 2, "nn", _NUMBER, _pow),
    "round": Function(1, 2, "nn", _NUMBER, _round),
    "exact": Function(1, 1, "n", _NUMBER, _exact),
    "max": Function(1, None, "v", Kind.ANY, _max),
    "min": Function(1, None, "v", Kind.ANY, _min),
    "strftime": Function(2, 2, "nt", Kind.TEXT, _strftime),
    "strptime": Function(2, 2, "tt", _NUMBER, _strptime),
    "relative_time": Function(2, 2, "nt", _NUMBER, _relative_time),
}
