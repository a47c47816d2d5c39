"""Conditions in ES|QL's words, made two-valued.

A comparison with null is null, and so is one with a field that holds several values; `WHERE` keeps
what is true, and `NOT` leaves null as it is (Elastic, "Working with NULL values", "Multivalued
fields"). So what is shut out is written `(f IS NULL OR NOT …)`, and lists are asked by the `MV_`
functions, for which null is the empty list.
"""

from collections.abc import Callable, Iterable, Sequence, Set

from tocsin import model
from tocsin.evaluate import fold
from tocsin.frozen import replace
from tocsin.lower.others import Other, with_others
from tocsin.lower.patterns import patterns_of
from tocsin.model import Expr, Field, Pattern, Predicate, TextTest, Wild, wanted
from tocsin.passes.flatten import merge
from tocsin.passes.negation import push_not
from tocsin.patterns import joined
from tocsin.schema import FieldType
from tocsin.text import bracketed, indent, on_one_line, trailing
from tocsin_backends.esql.words import (
    SEPARATOR,
    is_written,
    literal,
    named,
    quoted,
    regex_text,
    wildcard,
)

_TEXTUAL = frozenset({FieldType.TEXT, FieldType.PATH})


def conjuncts(expr: Expr, known: Set[str]) -> list[list[str]]:
    """Write what EXPR wants, a block for each; the columns in KNOWN are never null."""
    expr = merge(push_not(expr))
    return _all(_operands(expr), known | wanted(expr))


def inline(expr: Expr, known: Set[str]) -> str:
    """Write a condition on one line, as the argument of an aggregate."""
    return on_one_line(trailing(conjuncts(expr, known), "AND"))


def _operands(expr: Expr) -> Sequence[Expr]:
    return expr.operands if isinstance(expr, model.And) else (expr,)


def _all(operands: Iterable[Expr], known: Set[str]) -> list[list[str]]:
    """Write what must hold together: a value that is another one needs no test for a value."""
    return [
        _other(each.test) if isinstance(each, Other) else _block(each, known)
        for each in with_others(operands, _is_one_text)
    ]


def _is_one_text(test: model.Equals) -> bool:
    return is_text(test.field) and not test.field.many


def _other(test: model.Equals) -> list[str]:
    """Want a value that is none of those of TEST; the empty text is no value."""
    test = replace(test, values=replace(test.values, items=("", *test.values.items)))
    return _equals(test, "NOT IN", "!=")


def is_text(field: Field) -> bool:
    """Whether the column holds texts, of which the empty one is no value."""
    return field.type in _TEXTUAL


def _block(expr: Expr, known: Set[str]) -> list[str]:
    match expr:
        case model.And(operands):
            return closed(_all(operands, known | wanted(expr)), "AND")
        case model.Or(operands):
            return closed([_block(each, known) for each in operands], "OR")
        case model.Not(operand):
            assert isinstance(operand, Predicate), "`push_not` leaves no other"
            return _shut_out(operand, known)
        case model.Always(value):
            return ["true" if value else "false"]
        case model.AtLeast(count, operands):
            ones = [_one(_block(each, known)) for each in operands]
            *lines, last = closed(ones, "+")
            return [*lines, f"{last} >= {count}"]
        case _:
            return _test(expr)


def _one(block: Sequence[str]) -> list[str]:
    """Count what holds as 1, and all else as 0."""
    if len(block) == 1:
        return [f"CASE({block[0]}, 1, 0)"]
    return [f"CASE({block[0]}", *block[1:-1], f"{block[-1]}, 1, 0)"]


def closed(blocks: Sequence[Sequence[str]], word: str) -> list[str]:
    """Put BLOCKS into parentheses, WORD between."""
    return ["(", *indent(trailing(blocks, word)), ")"]


# --- tests


def _test(test: Predicate) -> list[str]:
    match test:
        case model.Equals(field) if field.many:
            return _one_of(test)
        case model.Equals():
            return _equals(test, "IN", "==")
        case model.Contains() | model.StartsWith() | model.EndsWith() | model.Like():
            return _like(test, "LIKE")
        case model.Matches():
            return _rlike(test, "RLIKE")
        case model.NumberIn(field, numbers):
            return _numbers(field, numbers, "IN", "==")
        case model.NumberIs(field, order, bound):
            return [f"{named(field.name)} {order} {bound}"]
        case model.NumberWithin(field, low, high):
            return [f"({named(field.name)} >= {low} AND {named(field.name)} <= {high})"]
        case model.IpIn(field, networks) if field.many:
            return _addresses(field, networks)
        case model.IpIn(field, networks):
            blocks = [quoted(str(network)) for network in networks]
            return bracketed(f"CIDR_MATCH({named(field.name)}, ", blocks)
        case model.BoolIs(field, value):
            return [f"{named(field.name)} == {str(value).lower()}"]
        case model.Exists(field):
            return [_present(field)]
        case model.SameAs():
            return [_same(test)]
        case model.OrderedAs(field, order, other):
            return [f"{named(field.name)} {order} {named(other.name)}"]
        case model.Has():
            raise AssertionError("`lower` makes a regex of it")


def _shut_out(test: Predicate, known: Set[str]) -> list[str]:
    """Write `not`: by the negated operator, and with what has no value let through."""
    if isinstance(test, model.Exists):
        return [_missing(test.field, known)]
    negated = _negated(test)
    nullable = [f for f in model.fields_of(test) if f.name not in known and not _is_set(test)]
    absent = [[f"{named(field.name)} IS NULL"] for field in dict.fromkeys(nullable)]
    if not absent:
        return negated
    if len(negated) == 1:
        return [f"({' OR '.join(each[0] for each in (*absent, negated))})"]
    return closed([*absent, negated], "OR")


def _negated(test: Predicate) -> list[str]:
    match test:
        case model.Equals(field) if not field.many:
            return _equals(test, "NOT IN", "!=")
        case model.Contains() | model.StartsWith() | model.EndsWith() | model.Like():
            return _like(test, "NOT LIKE")
        case model.Matches():
            return _rlike(test, "NOT RLIKE")
        case model.NumberIn(field, numbers):
            return _numbers(field, numbers, "NOT IN", "!=")
        case model.BoolIs(field, value):
            return [f"{named(field.name)} != {str(value).lower()}"]
        case _:
            first, *others = _test(test)
            return [f"NOT {first}", *others]


def _is_set(test: Predicate) -> bool:
    """Whether an `MV_` function says it, for which null is the empty list."""
    match test:
        case model.Equals(field) | model.IpIn(field):
            return field.many
        case _:
            return False


# --- presence


def _present(field: Field) -> str:
    name = named(field.name)
    if not is_text(field):
        return f"{name} IS NOT NULL"
    # Of several values one may be empty and another not: the greatest is not, then.
    return f'MV_MAX({name}) != ""' if field.many else f'{name} != ""'


def _missing(field: Field, known: Set[str]) -> str:
    name = named(field.name)
    if not is_text(field):
        return f"{name} IS NULL"
    empty = f'MV_MAX({name}) == ""' if field.many else f'{name} == ""'
    return empty if field.name in known else f"({name} IS NULL OR {empty})"


# --- texts


def is_lowered(test: TextTest) -> bool:
    """Whether the text is put into lower case for TEST, no regex: not if it has no letter."""
    # ECS fixes how these values are spelled, so the plain comparison is the same.
    fixed = test.field.name == "host.os.type" and isinstance(test, model.Equals)
    return not test.cased and not fixed and any(t.lower() != t.upper() for t in _texts(test))


def _texts(test: TextTest) -> list[str]:
    return [part for each in patterns_of(test) for part in each if isinstance(part, str)]


def _value(field: Field, lowered: bool) -> str:
    return f"TO_LOWER({named(field.name)})" if lowered else named(field.name)


def _equals(test: model.Equals, several: str, one: str) -> list[str]:
    texts = test.values.items
    lowered = is_lowered(test)
    value = _value(test.field, lowered)
    shown = [literal(fold(text) if lowered else text) for text in dict.fromkeys(texts)]
    if len(shown) == 1:
        return [f"{value} {one} {shown[0]}"]
    return bracketed(f"{value} {several} (", list(dict.fromkeys(shown)))


def _one_of(test: model.Equals) -> list[str]:
    """Look for a text among the values of a list."""
    texts = test.values.items
    lowered = is_lowered(test)
    value = _value(test.field, lowered)
    shown = list(dict.fromkeys(literal(fold(text) if lowered else text) for text in texts))
    if len(shown) == 1:
        return [f"MV_CONTAINS({value}, {shown[0]})"]
    return bracketed(f"MV_INTERSECTS({value}, [", shown, "])")


_FUNCTIONS: dict[type[TextTest], str] = {
    model.Contains: "CONTAINS",
    model.StartsWith: "STARTS_WITH",
    model.EndsWith: "ENDS_WITH",
}


def _like(test: TextTest, word: str) -> list[str]:
    texts, lowered = _texts(test), is_lowered(test)
    if not all(map(is_written, texts)):
        call = f"{_FUNCTIONS[type(test)]}({_value(test.field, lowered)}, "
        negation = "NOT " if word.startswith("NOT") else ""
        return [f"{negation}{call}{literal(fold(texts[0]) if lowered else texts[0])})"]
    value = _list(test.field, lowered) if test.field.many else _value(test.field, lowered)
    shown = [
        _pattern(each, test.field.many, fold if lowered else str) for each in patterns_of(test)
    ]
    return _listed(value, word, list(dict.fromkeys(shown)))


def _pattern(pattern: Pattern, many: bool, spelled: Callable[[str], str]) -> str:
    parts = [part if isinstance(part, Wild) else spelled(part) for part in pattern]
    if many:  # each value stands between separators
        left, right = ([] if parts[end] is Wild.ANY else [SEPARATOR] for end in (0, -1))
        parts = [Wild.ANY, *left, *parts, *right, Wild.ANY]
    return wildcard(joined(parts))


def _list(field: Field, lowered: bool) -> str:
    """Write all values of a list as one text, each between separators."""
    separator = quoted(SEPARATOR)
    return f"CONCAT({separator}, MV_CONCAT({_value(field, lowered)}, {separator}), {separator})"


def _rlike(test: model.Matches, word: str) -> list[str]:
    """Ask for one of several regexes; those in lower case stand by themselves."""
    many = test.field.many
    printed = [regex_text(each, cased=test.cased, many=many) for each in test.patterns]
    blocks = [
        _listed(
            _list(test.field, lowered) if many else _value(test.field, lowered),
            word,
            list(dict.fromkeys(each.text for each in printed if each.lowered is lowered)),
        )
        for lowered in dict.fromkeys(each.lowered for each in printed)
    ]
    if len(blocks) == 1:
        return blocks[0]
    return closed(blocks, "AND" if word.startswith("NOT") else "OR")


def _listed(value: str, word: str, patterns: Sequence[str]) -> list[str]:
    if len(patterns) == 1:
        return [f"{value} {word} {quoted(patterns[0])}"]
    return bracketed(f"{value} {word} (", [quoted(each) for each in patterns])


# --- numbers, addresses, two fields


def _numbers(field: Field, numbers: Sequence[int], several: str, one: str) -> list[str]:
    if len(numbers) == 1:
        return [f"{named(field.name)} {one} {numbers[0]}"]
    return bracketed(f"{named(field.name)} {several} (", [str(number) for number in numbers])


def _addresses(field: Field, networks: Sequence[model.IpNetwork]) -> list[str]:
    """Look for single addresses in a list: there is no test for networks."""
    shown = [quoted(str(network.network_address)) for network in networks]
    if len(shown) == 1:
        return [f"MV_CONTAINS({named(field.name)}, TO_IP({shown[0]}))"]
    return bracketed(f"MV_INTERSECTS({named(field.name)}, TO_IP([", shown, "]))")


def _same(test: model.SameAs) -> str:
    textual = is_text(test.field)
    lowered = textual and not test.cased
    left, right = _value(test.field, lowered), _value(test.other, lowered)
    # Two empty texts are not the same value.
    empty = f' AND {named(test.field.name)} != ""'
    return f"({left} == {right}{empty})" if textual else f"{left} == {right}"
