"""The functions of one row. Those of lists take null for the empty list, others give null."""

import re
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_network

from tocsin_engines.engine import Rejected, Scalar
from tocsin_engines.eql.stored import MAPPED, address
from tocsin_engines.esql.values import (
    ANY,
    Compiled,
    Row,
    Type,
    Value,
    order,
    single,
    truth,
    wanted,
)

Function = Callable[[Sequence[Compiled]], Compiled]


def _taking(name: str, least: int, most: int | None, given: Sequence[Compiled]) -> None:
    if len(given) < least or (most is not None and len(given) > most):
        raise Rejected(f"verification_exception: error building [{name}]: {len(given)} arguments")


# --- texts


def _to_lower(given: Sequence[Compiled]) -> Compiled:
    _taking("to_lower", 1, 1, given)
    wanted("to_lower", given[0], Type.KEYWORD)
    run = given[0].run
    return Compiled(
        Type.KEYWORD,
        lambda row: tuple(str(each).lower() for each in run(row)),
        given[0].constant,
        given[0].lower or given[0],
    )


def _texts(name: str, count: int | None, of: Callable[..., Scalar | Value]) -> Function:
    """Make a function of single texts, null if one of them is."""

    def function(given: Sequence[Compiled]) -> Compiled:
        _taking(name, count or 2, count, given)
        for each in given:
            wanted(name, each, Type.KEYWORD)

        def run(row: Row) -> Value:
            found = [single(each.run(row)) for each in given]
            if any(each is None for each in found):
                return ()
            made = of(*found)
            return made if isinstance(made, tuple) else (made,)

        result = Type.BOOLEAN if name in _TESTS else Type.KEYWORD
        return Compiled(result, run, all(each.constant for each in given))

    return function


_TESTS = frozenset({"contains", "starts_with", "ends_with"})


def _split(text: str, separator: str) -> Value:
    if len(separator.encode()) != 1:
        raise Rejected("Only single byte delimiters are currently supported")
    return tuple(text.split(separator))


def _to_long(given: Sequence[Compiled]) -> Compiled:
    _taking("to_long", 1, 1, given)
    wanted("to_long", given[0], Type.LONG, Type.DATE, Type.KEYWORD)
    run = given[0].run

    def read(row: Row) -> Value:
        found = (str(each) for each in run(row))
        return tuple(int(each) for each in found if re.fullmatch(r"-?[0-9]{1,18}", each))

    return Compiled(Type.LONG, read, given[0].constant)


def _to_string(given: Sequence[Compiled]) -> Compiled:
    _taking("to_string", 1, 1, given)
    wanted("to_string", given[0], Type.LONG, Type.KEYWORD)
    run = given[0].run
    return Compiled(Type.KEYWORD, lambda row: tuple(map(str, run(row))), given[0].constant)


def _to_datetime(given: Sequence[Compiled]) -> Compiled:
    _taking("to_datetime", 1, 1, given)
    wanted("to_datetime", given[0], Type.LONG, Type.DATE)
    return Compiled(Type.DATE, given[0].run, given[0].constant)


def _length(given: Sequence[Compiled]) -> Compiled:
    _taking("length", 1, 1, given)
    wanted("length", given[0], Type.KEYWORD)
    run = given[0].run

    def counted(row: Row) -> Value:
        text = single(run(row))
        return () if text is None else (len(str(text)),)

    return Compiled(Type.LONG, counted)


def _left(given: Sequence[Compiled]) -> Compiled:
    _taking("left", 2, 2, given)
    wanted("left", given[0], Type.KEYWORD)
    wanted("left", given[1], Type.LONG)

    def cut(row: Row) -> Value:
        text, length = (single(each.run(row)) for each in given)
        if text is None or not isinstance(length, int):
            return ()
        return (str(text)[: max(length, 0)],)

    return Compiled(Type.KEYWORD, cut)


def _locate(given: Sequence[Compiled]) -> Compiled:
    """`LOCATE(text, part)`: counted from 1, and 0 if it is not there."""
    _taking("locate", 2, 2, given)
    for each in given:
        wanted("locate", each, Type.KEYWORD)

    def found(row: Row) -> Value:
        text, part = (single(each.run(row)) for each in given)
        return () if text is None or part is None else (str(text).find(str(part)) + 1,)

    return Compiled(Type.LONG, found)


def _substring(given: Sequence[Compiled]) -> Compiled:
    """`SUBSTRING(text, start, length)`: counted from 1, a negative start from the end."""
    _taking("substring", 3, 3, given)
    wanted("substring", given[0], Type.KEYWORD)
    for each in given[1:]:
        wanted("substring", each, Type.LONG)

    def cut(row: Row) -> Value:
        text, start, length = (single(each.run(row)) for each in given)
        if text is None or not isinstance(start, int) or not isinstance(length, int):
            return ()
        begin = max(len(str(text)) + start if start < 0 else start - 1, 0)
        return (str(text)[begin : begin + length],)

    return Compiled(Type.KEYWORD, cut)


# --- addresses


def _to_ip(given: Sequence[Compiled]) -> Compiled:
    _taking("to_ip", 1, 1, given)
    wanted("to_ip", given[0], Type.KEYWORD, Type.IP)
    run = given[0].run

    def read(row: Row) -> Value:
        found = (each if isinstance(each, int) else address(str(each)) for each in run(row))
        return tuple(each for each in found if each is not None)

    return Compiled(Type.IP, read, given[0].constant)


def _cidr_match(given: Sequence[Compiled]) -> Compiled:
    _taking("cidr_match", 2, None, given)
    wanted("cidr_match", given[0], Type.IP)
    for each in given[1:]:
        wanted("cidr_match", each, Type.KEYWORD)
    bounds = [_bounds(str(single(each.run({})))) for each in given[1:]]
    run = given[0].run

    def test(row: Row) -> Value:
        found = single(run(row))
        if not isinstance(found, int):
            return ()
        return (any(low <= found <= high for low, high in bounds),)

    return Compiled(Type.BOOLEAN, test)


def _bounds(block: str) -> tuple[int, int]:
    try:
        network = ip_network(block, strict=False)
    except ValueError as error:
        raise Rejected(f"invalid CIDR block [{block}]: {error}") from error
    shift = MAPPED if network.version == 4 else 0
    return shift + int(network[0]), shift + int(network[-1])


# --- lists


def _sets(name: str, of: Callable[[frozenset[Scalar], frozenset[Scalar]], bool]) -> Function:
    def function(given: Sequence[Compiled]) -> Compiled:
        _taking(name, 2, 2, given)
        left, right = given
        wanted(name, right, left.type if left.type is not Type.NULL else right.type)
        return Compiled(
            Type.BOOLEAN, lambda row: (of(frozenset(left.run(row)), frozenset(right.run(row))),)
        )

    return function


def _mv(name: str, of: Callable[[Value], Value], result: Type | None = None) -> Function:
    """Make a function of one list, null of an empty one."""

    def function(given: Sequence[Compiled]) -> Compiled:
        _taking(name, 1, 1, given)
        wanted(name, given[0], *ANY)
        run = given[0].run

        def made(row: Row) -> Value:
            found = run(row)
            return of(found) if found else ()

        return Compiled(result or given[0].type, made)

    return function


def _mv_concat(given: Sequence[Compiled]) -> Compiled:
    _taking("mv_concat", 2, 2, given)
    for each in given:
        wanted("mv_concat", each, Type.KEYWORD)
    run, separator = given[0].run, given[1].run

    def joined(row: Row) -> Value:
        found, between = run(row), single(separator(row))
        return (str(between).join(map(str, found)),) if found and between is not None else ()

    return Compiled(Type.KEYWORD, joined)


def _mv_difference(given: Sequence[Compiled]) -> Compiled:
    _taking("mv_difference", 2, 2, given)
    left, right = given
    wanted("mv_difference", right, left.type if left.type is not Type.NULL else right.type)

    def rest(row: Row) -> Value:
        out = set(right.run(row))
        return tuple(each for each in dict.fromkeys(left.run(row)) if each not in out)

    return Compiled(left.type, rest)


def _mv_append(given: Sequence[Compiled]) -> Compiled:
    _taking("mv_append", 2, 2, given)
    left, right = given
    wanted("mv_append", right, left.type)

    def both(row: Row) -> Value:
        one, other = left.run(row), right.run(row)
        return (*one, *other) if one and other else ()

    return Compiled(left.type, both)


# --- choices


def _coalesce(given: Sequence[Compiled]) -> Compiled:
    _taking("coalesce", 1, None, given)
    result = _common("coalesce", given)
    return Compiled(result, lambda row: next((v for e in given if (v := e.run(row))), ()))


def _case(given: Sequence[Compiled]) -> Compiled:
    _taking("case", 2, None, given)
    pairs = list(zip(given[::2], given[1::2], strict=False))
    for condition, _ in pairs:
        wanted("case", condition, Type.BOOLEAN)
    other = given[-1] if len(given) % 2 else None
    result = _common("case", [*(value for _, value in pairs), *([other] if other else [])])

    def chosen(row: Row) -> Value:
        for condition, value in pairs:
            if truth(condition.run(row)):
                return value.run(row)
        return other.run(row) if other else ()

    return Compiled(result, chosen)


def _common(name: str, given: Sequence[Compiled]) -> Type:
    types = {each.type for each in given} - {Type.NULL}
    if len(types) > 1:
        raise Rejected(f"verification_exception: arguments of [{name}] are of different types")
    return types.pop() if types else Type.NULL


# --- times


def _bucket(given: Sequence[Compiled]) -> Compiled:
    """`BUCKET(time, span)`, and `DATE_TRUNC(span, time)`, which is the same for a fixed span."""
    _taking("bucket", 2, 2, given)
    time, span = given
    wanted("bucket", time, Type.DATE)
    wanted("bucket", span, Type.SPAN)
    width = single(span.run({}))
    assert isinstance(width, int)

    def begin(row: Row) -> Value:
        found = single(time.run(row))
        return (found // width * width,) if isinstance(found, int) else ()

    return Compiled(Type.DATE, begin)


FUNCTIONS: Mapping[str, Function] = {
    "to_lower": _to_lower,
    "concat": _texts("concat", None, lambda *texts: "".join(texts)),
    "contains": _texts("contains", 2, lambda text, part: part in text),
    "starts_with": _texts("starts_with", 2, lambda text, part: text.startswith(part)),
    "ends_with": _texts("ends_with", 2, lambda text, part: text.endswith(part)),
    "from_base64": _texts("from_base64", 1, lambda text: b64decode(text).decode()),
    "split": _texts("split", 2, _split),
    "to_long": _to_long,
    "to_string": _to_string,
    "locate": _locate,
    "left": _left,
    "length": _length,
    "reverse": _texts("reverse", 1, lambda text: text[::-1]),
    "to_datetime": _to_datetime,
    "substring": _substring,
    "to_ip": _to_ip,
    "cidr_match": _cidr_match,
    "mv_contains": _sets("mv_contains", lambda some, part: part <= some),
    "mv_intersects": _sets("mv_intersects", lambda one, other: bool(one & other)),
    "mv_concat": _mv_concat,
    "mv_difference": _mv_difference,
    "mv_append": _mv_append,
    "mv_sort": _mv("mv_sort", lambda found: tuple(sorted(found, key=order))),
    "mv_count": _mv("mv_count", lambda found: (len(found),), Type.LONG),
    "mv_max": _mv("mv_max", lambda found: (max(found, key=order),)),
    "mv_min": _mv("mv_min", lambda found: (min(found, key=order),)),
    "mv_first": _mv("mv_first", lambda found: found[:1]),
    "mv_last": _mv("mv_last", lambda found: found[-1:]),
    "coalesce": _coalesce,
    "case": _case,
    "bucket": _bucket,
    "date_trunc": lambda given: _bucket(tuple(reversed(given))),
}
