"""Bodies with one thing changed, as an author would in an edit: what `diff` has to tell apart."""

from collections.abc import Callable, Iterator

from tocsin import model
from tocsin.frozen import replace
from tocsin.model import And, AtLeast, Body, Expr, Not, Or, Predicate


def bent(body: Body) -> Iterator[tuple[str, Body]]:
    """Yield BODY with one change each, and what was changed."""
    yield from _shapes(body)
    for place, part in enumerate(model.parts(body)):
        for what, condition in _conditions(part.event.condition):
            yield f"part {place}: {what}", _with(body, place, condition)


def _with(body: Body, wanted: int, condition: Expr) -> Body:
    places = iter(range(len(model.parts(body))))

    def change(old: Expr) -> Expr:
        return condition if next(places) == wanted else old

    return model.with_conditions(body, change)


def _conditions(expr: Expr) -> Iterator[tuple[str, Expr]]:
    match expr:
        case And(operands) | Or(operands):
            for place, each in enumerate(operands):
                rest = operands[:place] + operands[place + 1 :]
                yield f"operand {place} left out", replace(expr, operands=rest)
                for what, new in _conditions(each):
                    below = (*operands[:place], new, *operands[place + 1 :])
                    yield what, replace(expr, operands=below)
        case AtLeast(count, operands):
            yield "one more of", replace(expr, count=count + 1)
        case Not(operand):
            yield "not left out", operand
            for what, new in _conditions(operand):
                yield what, replace(expr, operand=new)
        case model.Always():
            pass
        case _:
            yield from _tests(expr)


def _tests(test: Predicate) -> Iterator[tuple[str, Expr]]:
    match test:
        case model.Matches(patterns=patterns) | model.Like(patterns=patterns):
            yield "cased", replace(test, cased=not test.cased)
            for place in range(len(patterns)) if len(patterns) > 1 else ():
                rest = patterns[:place] + patterns[place + 1 :]
                yield f"pattern {place} left out", replace(test, patterns=rest)
        case (
            model.Equals() | model.Contains() | model.StartsWith() | model.EndsWith() | model.Has()
        ):
            items = test.values.items
            yield "cased", replace(test, cased=not test.cased)
            for place, item in enumerate(items):
                rest = items[:place] + items[place + 1 :]
                if rest:
                    yield f"`{item}` left out", replace(test, values=model.Values(rest))
                longer = (*items[:place], f"{item}z", *items[place + 1 :])
                yield f"`{item}` longer", replace(test, values=model.Values(longer))
            for kind in (model.Equals, model.Contains, model.StartsWith, model.EndsWith):
                if not isinstance(test, kind):
                    yield kind.__name__, kind(test.field, test.values, test.cased, test.span)
        case model.NumberIs(bound=bound):
            yield "bound", replace(test, bound=bound + 1)
        case model.NumberIn(values=values):
            yield "number", replace(test, values=(*values, max(values) + 7))
        case model.NumberWithin(high=high):
            yield "high", replace(test, high=high + 1)
        case model.IpIn(networks=networks) if len(networks) > 1:
            for place in range(len(networks)):
                rest_ = networks[:place] + networks[place + 1 :]
                yield f"network {place} left out", replace(test, networks=rest_)
        case model.BoolIs(value=value):
            yield "the other truth", replace(test, value=not value)
        case _:
            pass


def _shapes(body: Body) -> Iterator[tuple[str, Body]]:
    match body:
        case model.Sequence(within=within, until=until):
            yield "within", replace(body, within=within * 2)
            yield "within less", replace(body, within=within - 1000)
            if until:
                yield "until left out", replace(body, until=None)
        case model.FirstSeen(within=within):
            yield "seen in", replace(body, within=within * 2)
        case model.Summary(every=every, sliding=sliding, keys=keys):
            if every:
                yield "every", replace(body, every=every * 2)
            if sliding:
                yield "sliding", replace(body, sliding=sliding * 2)
            if len(keys) > 1:
                yield "a key less", replace(body, keys=keys[:-1])
            if body.having:
                for what, having in _conditions(body.having):
                    if isinstance(having, Or | And) and not having.operands:
                        continue
                    yield f"having {what}", replace(body, having=having)
        case model.Event() | model.AnyOf():
            pass


Bent = Callable[[Body], Iterator[tuple[str, Body]]]
