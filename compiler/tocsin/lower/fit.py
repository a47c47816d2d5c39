"""Say a condition with the tests that a target has. Rewrites bring the tree closer, so they end."""

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from math import comb

from tocsin import model
from tocsin.backend import Backend, beyond
from tocsin.frozen import replace
from tocsin.lower.patterns import any_test, cheapest, patterns_of, regexes_of
from tocsin.model import And, AtLeast, Expr, Not, Or, Ordering, Predicate, all_of, any_of

# `N of` written out as `or` of `and`s: more than this is no query that a person can read.
_MOST_COMBINATIONS = 64
_FEW = 6  # combinations: with more of them, a target counts what holds, if it can


class Unsaid(Exception):
    """A node that the target cannot say. Never leaves `lower`."""

    def __init__(self, expr: Expr, why: str) -> None:
        super().__init__(why)
        self.expr = expr
        self.why = why


def fit(expr: Expr, backend: Backend) -> Expr:
    """Say EXPR with what BACKEND supports; raise `Unsaid` at the first node that is beyond it."""
    fitted = _said(expr, backend)
    if why := beyond(backend, fitted):
        raise Unsaid(expr, why)
    return fitted


def _said(expr: Expr, backend: Backend) -> Expr:
    match expr:
        case And() | Or() | Not() if type(expr) not in backend.supports:
            raise Unsaid(expr, f"it has no `{type(expr).__name__.lower()}`")
        case And() | Or():
            return model.with_operands(expr, [fit(each, backend) for each in expr.operands])
        case Not():
            return model.with_operands(expr, [fit(expr.operand, backend)])
        case AtLeast() if AtLeast not in backend.supports or _ways(expr) <= _FEW:
            return fit(_written_out(expr), backend)
        case AtLeast():
            return model.with_operands(expr, [fit(each, backend) for each in expr.operands])
        case model.Always():
            return expr
        case _:
            return _fit_test(expr, backend)


def _fit_test(test: Predicate, backend: Backend) -> Expr:
    if type(test) in backend.supports and backend.exact(test):
        return test
    rewrite = _REWRITES.get(type(test))
    if rewrite is None:
        raise Unsaid(test, _why(test))
    return fit(rewrite(test, backend), backend)


def _why(test: Predicate) -> str:
    match test:
        case model.SameAs() | model.OrderedAs():
            return "it cannot compare two fields"
        case model.Matches():
            return "it has no regular expressions"
        case _:
            return "it has no such test"


def _written_out(expr: AtLeast) -> Expr:
    """`2 of (a, b, c)` is `a and b or a and c or b and c`."""
    if _ways(expr) > _MOST_COMBINATIONS:
        raise Unsaid(expr, f"over {_MOST_COMBINATIONS} combinations, written out")
    chosen = combinations(expr.operands, expr.count)
    return any_of(tuple(all_of(each, expr.span) for each in chosen), expr.span)


def _ways(expr: AtLeast) -> int:
    return comb(len(expr.operands), expr.count)


def _text(test: Predicate, backend: Backend) -> Expr:
    """Keep the literals that the test says exactly; say the others by patterns or regexes."""
    assert isinstance(test, model.TextTest)
    kept: list[model.TextTest] = []
    rest: list[model.TextTest] = []
    for each in _singles(test):
        exact = type(each) in backend.supports and backend.exact(each)
        (kept if exact else rest).append(each)
    if kept and len(kept) + len(rest) > 1:
        said = _packed(test, kept, backend)
        return any_of((*said, *([_text(_merged(test, rest), backend)] if rest else [])), test.span)
    if model.Matches not in backend.supports:
        return _without_regex(test, backend)
    if isinstance(test, model.Matches):
        why = beyond(backend, test)
        raise Unsaid(test, why or "its own regular expressions have no exact form for it")
    plainer = _plainer(test)
    if plainer is not None:
        return plainer
    return model.Matches(test.field, tuple(regexes_of(test)), test.cased, test.span)


def _packed(
    test: model.TextTest, parts: list[model.TextTest], backend: Backend
) -> tuple[model.TextTest, ...]:
    """Put literals into as few tests as the target takes: some have short lists, some none."""
    if len(parts) == 1:
        return (parts[0],)
    together = _merged(test, parts)
    if backend.exact(together):
        return (together,)
    half = len(parts) // 2
    return (*_packed(test, parts[:half], backend), *_packed(test, parts[half:], backend))


def _singles(test: model.TextTest) -> Iterator[model.TextTest]:
    match test:
        case model.Like():
            yield from (replace(test, patterns=(each,)) for each in test.patterns)
        case model.Matches():
            yield from (replace(test, patterns=(each,)) for each in test.patterns)
        case _:
            kind, field, cased, span = type(test), test.field, test.cased, test.span
            for value in test.values.items:
                yield kind(field, model.Values((value,)), cased, span)


def _merged(test: model.TextTest, parts: list[model.TextTest]) -> model.TextTest:
    match test:
        case model.Like():
            patterns = tuple(
                p for part in parts if isinstance(part, model.Like) for p in part.patterns
            )
            return replace(test, patterns=patterns)
        case model.Matches():
            regexes = tuple(
                p for part in parts if isinstance(part, model.Matches) for p in part.patterns
            )
            return replace(test, patterns=regexes)
        case _:
            items = tuple(
                value
                for part in parts
                if not isinstance(part, model.Like | model.Matches)
                for value in part.values.items
            )
            return replace(test, values=model.Values(items))


def _plainer(test: model.TextTest) -> Expr | None:
    """Say `like` by plain operators where it is one of them."""
    if isinstance(test, model.Like) and any(cheapest(p)[0] != "like" for p in test.patterns):
        return any_test(test.patterns, test.field, test)
    return None


def _without_regex(test: model.TextTest, backend: Backend) -> Expr:
    """Where a target has no regexes, wildcards may still do."""
    if isinstance(test, model.Has | model.Matches | model.Like):
        raise Unsaid(test, _why(test))
    if model.Like not in backend.supports:
        raise Unsaid(test, _why(test))
    return model.Like(test.field, patterns_of(test), test.cased, test.span)


def _within(test: Predicate, _backend: Backend) -> Expr:
    assert isinstance(test, model.NumberWithin)
    low = model.NumberIs(test.field, Ordering.AT_LEAST, test.low, test.span)
    high = model.NumberIs(test.field, Ordering.AT_MOST, test.high, test.span)
    return And((low, high), test.span)


def _one_family(test: Predicate, backend: Backend) -> Expr:
    """Ask after one family at a time: some targets have a function for each."""
    assert isinstance(test, model.IpIn)
    if model.IpIn not in backend.supports:
        raise Unsaid(test, _why(test))
    if why := beyond(backend, test):
        raise Unsaid(test, why)
    families = sorted({network.version for network in test.networks})
    if len(families) == 1:
        raise Unsaid(test, "it takes IPv4 addresses for the IPv6 addresses that they map to")
    return any_of(
        tuple(
            replace(test, networks=tuple(net for net in test.networks if net.version == family))
            for family in families
        ),
        test.span,
    )


_REWRITES: Mapping[type, Callable[[Predicate, Backend], Expr]] = {
    model.Equals: _text,
    model.Contains: _text,
    model.StartsWith: _text,
    model.EndsWith: _text,
    model.Has: _text,
    model.Like: _text,
    model.Matches: _text,
    model.NumberWithin: _within,
    model.IpIn: _one_family,
}
