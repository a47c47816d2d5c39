"""Multivalue functions, and those that look at NULL (Search Reference, Evaluation functions)."""

from tocsin_engines.engine import Rejected
from tocsin_engines.spl.functions import Function, Given, Kind, Null
from tocsin_engines.spl.values import LARGEST_TEXT, Single, Value, compared, packed, show


def _mvcount(given: Given) -> Value:
    return len(given.many(0)) or None


def _mvindex(given: Given) -> Value:
    """Return the values from one index to another; NULL if an index is out of range."""
    values = given.many(0)
    first = _place(given, 1, len(values))
    last = _place(given, 2, len(values)) if len(given) > 2 else first
    return packed(values[first : last + 1])


def _place(given: Given, argument: int, count: int) -> int:
    index = given.whole(argument)
    place = index + count if index < 0 else index
    if not 0 <= place < count:
        raise Null
    return place


def _mvjoin(given: Given) -> Value:
    mark, texts = given.text(1), [show(value) for value in given.many(0)]
    if sum(map(len, texts)) + len(mark) * len(texts) > LARGEST_TEXT:
        raise Rejected("a text grows too long")
    return mark.join(texts)


def _mvappend(given: Given) -> Value:
    found = [
        value
        for place in range(len(given))
        if given.raw(place) is not None
        for value in given.many(place)
    ]
    return packed(found)


def _mvdedup(given: Given) -> Value:
    found: dict[str, Single] = {}
    for value in given.many(0):
        found.setdefault(show(value), value)
    return packed(tuple(found.values()))


def _mvsort(given: Given) -> Value:
    return packed(sorted(show(value) for value in given.many(0)))


def _mvreverse(given: Given) -> Value:
    return packed(given.many(0)[::-1])


def _coalesce(given: Given) -> Value:
    return next((value for value in given.values if value is not None), None)


def _nullif(given: Given) -> Value:
    """Return NULL if both are equal; NULL equals nothing."""
    if given.raw(0) is None:
        return None
    one = given.single(0)
    if given.raw(1) is None:
        return one
    return None if compared("==", one, given.single(1)) else one


def _isnull(given: Given) -> Value:
    return given.raw(0) is None


def _isnotnull(given: Given) -> Value:
    return given.raw(0) is not None


MULTIVALUE_FUNCTIONS = {
    "mvcount": Function(1, 1, "v", Kind.NUMBER, _mvcount),
    "mvindex": Function(2, 3, "vn", Kind.ANY, _mvindex),
    "mvjoin": Function(2, 2, "vt", Kind.TEXT, _mvjoin),
    "mvappend": Function(1, None, "v", Kind.ANY, _mvappend),
    "mvdedup": Function(1, 1, "v", Kind.ANY, _mvdedup),
    "mvsort": Function(1, 1, "v", Kind.ANY, _mvsort),
    "mvreverse": Function(1, 1, "v", Kind.ANY, _mvreverse),
    "coalesce": Function(1, None, "v", Kind.ANY, _coalesce),
    "nullif": Function(2, 2, "v", Kind.ANY, _nullif),
    "isnull": Function(1, 1, "b", Kind.BOOL, _isnull),
    "isnotnull": Function(1, 1, "b", Kind.BOOL, _isnotnull),
}
