"""Which operators of the language a rule uses, by the names that its author writes."""

from collections.abc import Iterator

from tocsin import model
from tocsin.model import Expr, operands

OPERATORS = (
    *("is", "is cased", "in", "in cased", "contains", "contains cased", "starts with"),
    *("starts with cased", "ends with", "ends with cased", "has", "has cased", "like"),
    *("like cased", "matches", "matches cased", "== number", "< <= > >=", "in range"),
    *("in network", "is true/false", "exists", "field is field", "field < field"),
    *("not", "and", "or", "N of", "on SYSTEM", "summarize", "having", "sliding"),
    *("sequence", "until", "repeats", "detect any", "first seen"),
)


def operators(rule: model.Rule) -> frozenset[str]:
    """Name the operators that RULE uses."""
    found = {name for each in model.parts(rule.body) for name in _of(each.event.condition)}
    if any(each.event.systems for each in model.parts(rule.body)):
        found.add("on SYSTEM")
    return frozenset({*found, *_of_body(rule.body)})


def _of_body(body: model.Body) -> Iterator[str]:
    match body:
        case model.Summary():
            yield "summarize"
            yield from ["having"] if body.having else []
            yield from ["sliding"] if body.sliding else []
        case model.Sequence():
            yield "sequence"
            yield from ["until"] if body.until else []
            yield from ["repeats"] if len(body.chain) > len(body.steps) else []
        case model.AnyOf():
            yield "detect any"
        case model.FirstSeen():
            yield "first seen"
        case model.Event():
            pass


def _of(expr: Expr) -> Iterator[str]:
    yield from _name(expr)
    for each in operands(expr):
        yield from _of(each)


def _name(expr: Expr) -> tuple[str, ...]:
    match expr:
        case model.Equals(values=values, cased=cased):
            return (_cased("is" if len(values.items) == 1 else "in", cased),)
        case model.Contains(cased=cased):
            return (_cased("contains", cased),)
        case model.StartsWith(cased=cased):
            return (_cased("starts with", cased),)
        case model.EndsWith(cased=cased):
            return (_cased("ends with", cased),)
        case model.Has(cased=cased):
            return (_cased("has", cased),)
        case model.Like(cased=cased):
            return (_cased("like", cased),)
        case model.Matches(cased=cased):
            return (_cased("matches", cased),)
        case model.NumberIn():
            return ("== number",)
        case model.NumberIs():
            return ("< <= > >=",)
        case model.NumberWithin():
            return ("in range",)
        case model.IpIn():
            return ("in network",)
        case model.BoolIs():
            return ("is true/false",)
        case model.Exists():
            return ("exists",)
        case model.SameAs():
            return ("field is field",)
        case model.OrderedAs():
            return ("field < field",)
        case model.Not():
            return ("not",)
        case model.And():
            return ("and",)
        case model.Or():
            return ("or",)
        case model.AtLeast():
            return ("N of",)
        case model.Always():
            return ()


def _cased(name: str, cased: bool) -> str:
    return f"{name} cased" if cased else name
