"""Changed functions of the compiler: each has one fault, which `mutations.py` names."""

import re
from collections.abc import Callable, Iterable, Sequence

from tocsin import frame, model
from tocsin import regex as regexes
from tocsin.backend import Backend, Lowered
from tocsin.columns import Column
from tocsin.frozen import replace
from tocsin.lower import events, fit, parts, patterns
from tocsin.lower.options import Names, Written
from tocsin.lower.stored import Stored
from tocsin.lower.written import Writing
from tocsin.model import And, AtLeast, Expr, Field, Not, Or, Pattern, Predicate, TextTest, Wild
from tocsin.passes.negation import push_not
from tocsin.profiles import SourceClass
from tocsin.regex import AnyOne, Dialect, OneOf, Regex, Repeat, Text, write, write_folded
from tocsin.source import Span
from tocsin.text import bracketed, leading, trailing
from tocsin_backends.eql import where as eql_where
from tocsin_backends.eql import write as eql
from tocsin_backends.kql import condition as kql
from tocsin_backends.sigma import items as sigma
from tocsin_backends.spl.plan import is_safe
from tocsin_backends.spl.search import _block as spl_block
from tocsin_backends.spl.where import _test as spl_test

Rewrite = Callable[[str], str]
New = str | Callable[[re.Match[str]], str]


def text(old: str, new: New) -> Rewrite:
    """Rewrite the query: every OLD, a regular expression, is NEW."""
    pattern = re.compile(old)
    return lambda query: pattern.sub(new, query)


# --- regexes

one_of, quantifier = regexes._one_of, regexes._quantifier


def class_not_negated(each: OneOf, dialect: Dialect) -> str:
    return one_of(replace(each, negated=False), dialect)


def once_or_more_is_any_number(repeat: Repeat) -> str:
    return quantifier(replace(repeat, least=0) if repeat.least == 1 else repeat)


def ungrouped_parts(part: Regex, dialect: Dialect) -> str:
    return write(part, dialect)


def no_any_character(_regex: Regex) -> bool:
    return False


def no_foreign_case(_text: str) -> bool:
    return False


def folded_as_cased(regex: Regex, dialect: Dialect, *, cased: bool, strict: bool) -> str:
    return write_folded(regex, dialect, cased=True, strict=strict)


def cased_as_folded(regex: Regex, dialect: Dialect, *, cased: bool, strict: bool) -> str:
    return write_folded(regex, dialect, cased=False, strict=strict)


def folded_loosely(regex: Regex, dialect: Dialect, *, cased: bool, strict: bool) -> str:
    return write_folded(regex, dialect, cased=cased, strict=False)


def one_case(ranges: regexes.Ranges) -> regexes.Ranges:
    return ranges


def as_it_is(regex: Regex) -> Regex:
    return regex


def any_one(_separator: str) -> Regex:
    return AnyOne()


# --- what a program reads

NEVER = Text("~")  # in no command line


def none_of_them(*_: object) -> tuple[Written, ...]:
    return ()


def no_option(_writing: Writing) -> Regex:
    return NEVER


def nothing_next_to(_writing: Writing, _names: Names) -> Regex:
    return NEVER


def no_name(_names: Sequence[str], *, underscores: bool) -> Regex:
    return NEVER


# --- lowering


def or_flattened_into_and(expr: Expr) -> Expr:
    if not isinstance(expr, And):
        return expr
    flat = [each for one in expr.operands for each in (model.operands(one) or (one,))
            if not isinstance(one, Not)]  # fmt: skip
    return replace(expr, operands=(*flat, *(one for one in expr.operands if isinstance(one, Not))))


last = parts._last


def name_without_separator(pattern: Pattern) -> Pattern | None:
    match pattern:
        case (str() as name,):
            return (Wild.ANY, name)
        case _:
            return last(pattern)


def other_half_of_account(test: TextTest, column: Column, field: Field) -> Stored | None:
    part = "domain" if column.part == "name" else "name"
    return parts.domain_user(test, replace(column, part=part), field)


def digest_without_algorithm(test: TextTest, column: Column, field: Field) -> Stored | None:
    assert isinstance(test, model.Equals)
    return Stored(model.Contains(field, test.values, test.cased, test.span))


def guid_without_braces(test: TextTest, column: Column, field: Field) -> Stored | None:
    return Stored(replace(test, field=field))


def word_not_translated(test: TextTest, column: Column, field: Field) -> Stored | None:
    return Stored(replace(test, field=field))


def no_bare_names(test: TextTest, column: Column, field: Field) -> Stored | None:
    return parts.base_name(test, replace(column, bare=()), field)


def term_without_edges(literal: str) -> Regex:
    return regexes.Text(literal)


pattern_regex = patterns.pattern_regex


def pattern_without_anchors(pattern: Pattern) -> Regex:
    parts = regexes.parts_of(pattern_regex(pattern))
    return regexes.seq(*(each for each in parts if not frame.has_anchor(each)))


cheapest = patterns.cheapest


def starts_and_ends_swapped(pattern: Pattern) -> tuple[str, str | Pattern]:
    kind, value = cheapest(pattern)
    return {"starts with": "ends with", "ends with": "starts with"}.get(kind, kind), value


written_out = fit._written_out


def one_fewer_of(expr: AtLeast) -> Expr:
    return written_out(replace(expr, count=expr.count - 1))


def no_lower_bound(test: Predicate, _backend: Backend) -> Expr:
    assert isinstance(test, model.NumberWithin)
    return model.NumberIs(test.field, model.Ordering.AT_MOST, test.high, test.span)


def any_system(_self: events.Events, event: model.Event) -> Expr:
    return event.condition


def absent_text_is_a_value(
    _test: model.FieldTest, expr: Expr, _column: Column, _field: Field, _absent: frozenset[str]
) -> Expr:
    return expr


two_fields = events.Events._two_fields


def absent_texts_are_the_same(
    self: events.Events, test: model.SameAs | model.OrderedAs, positive: bool
) -> Expr:
    expr = two_fields(self, test, positive)
    return expr.operands[0] if isinstance(expr, And) else expr


def key_may_be_absent(
    _self: events.Events, _key: Field, _wanted: frozenset[str], span: Span
) -> Expr:
    return model.Always(True, span)


# --- conditions of any target


def or_is_and(blocks: Sequence[Sequence[str]], word: str) -> list[str]:
    return trailing(blocks, {"or": "and", "OR": "AND"}.get(word, word))


def or_leads_as_and(blocks: Sequence[Sequence[str]], word: str) -> list[str]:
    return leading(blocks, "and" if word == "or" else word)


def last_value_lost(head: str, items: Sequence[str], tail: str = ")") -> list[str]:
    return bracketed(head, items[:-1], tail)


def not_pushed_without_turning(expr: Expr) -> Expr:
    """`not (a and b)` as `not a and not b`, and the other way round."""
    match expr:
        case Not(And(parts, span)):
            return And(tuple(not_pushed_without_turning(Not(each, span)) for each in parts), span)
        case Not(Or(parts, span)):
            return Or(tuple(not_pushed_without_turning(Not(each, span)) for each in parts), span)
        case And() | Or():
            return replace(expr, operands=tuple(map(not_pushed_without_turning, expr.operands)))
        case _:
            return push_not(expr)


# --- EQL

eql_equals, eql_like, eql_block = eql._equals, eql._like, eql._block


def eql_equals_cased(field: Field, values: Sequence[str], cased: bool) -> list[str]:
    return eql_equals(field, values, True)


def eql_equals_folded(field: Field, values: Sequence[str], cased: bool) -> list[str]:
    return eql_equals(field, values, False)


def eql_like_cased(field: Field, wanted: Sequence[str], cased: bool) -> list[str]:
    return eql_like(field, wanted, True)


def eql_like_folded(field: Field, wanted: Sequence[str], cased: bool) -> list[str]:
    return eql_like(field, wanted, False)


def eql_star_moved(field: Field, wanted: Sequence[str], cased: bool) -> list[str]:
    """`x*` as `*x`."""
    moved = [f"*{each[:-1]}" if each[-1] == "*" and each[0] != "*" else each for each in wanted]
    return eql_like(field, moved, cased)


def eql_star_dropped(field: Field, wanted: Sequence[str], cased: bool) -> list[str]:
    """`*x*` as `x*`."""
    return eql_like(field, [each.removeprefix("*") for each in wanted], cased)


def eql_not_dropped(expr: Expr) -> list[str]:
    return eql_block(expr.operand if isinstance(expr, Not) else expr)


def eql_no_guard(_expr: Expr) -> None:
    return None


eql_gates = eql_where.gates


def eql_no_gate(places: Sequence[SourceClass]) -> tuple[str, list[str]]:
    return eql_gates(places)[0], []


# --- KQL

kql_block, kql_networks = kql._block, kql._networks
kql_negation = kql._negation


def kql_not_dropped(operand: Expr, lists: kql.Lists) -> list[str]:
    return kql_block(operand, lists, False)


def kql_not_of_the_first(operand: Expr, lists: kql.Lists) -> list[str]:
    """`not (a or b)` as `not a or b`."""
    if not isinstance(operand, And | Or):
        return kql_negation(operand, lists)
    first, *others = operand.operands
    negated = replace(operand, operands=(Not(first, operand.span), *others))
    return kql_block(negated, lists, False)


def kql_no_guard(guarded: str, _fields: Sequence[Field], _negated: bool, _lists: kql.Lists) -> str:
    return guarded


def kql_networks_unguarded(
    field: Field, networks: Sequence[model.IpNetwork], _negated: bool
) -> list[str]:
    return kql_networks(field, networks, False)


def kql_wrong_prefilter(expr: Expr) -> tuple[Expr, ...]:
    """Take a text of one branch, or of an optional part, for one that is always there."""
    if not isinstance(expr, model.Matches):
        return ()
    found = longest_anywhere(expr.patterns[0])
    return (model.Contains(expr.field, model.Values((found,)), False, expr.span),) if found else ()


def kql_no_gate(_rule: Lowered) -> list[str]:
    return []


def kql_no_summary(body: model.Summary, _rule: Lowered, _time: str, _lists: kql.Lists) -> list[str]:
    return []


# --- Sigma

sigma_text = sigma._text


def sigma_folded(field: Field, how: str, texts: Iterable[str], cased: bool) -> sigma.Item:
    return sigma_text(field, how, texts, False)


def sigma_anywhere(field: Field, how: str, texts: Iterable[str], cased: bool) -> sigma.Item:
    return sigma_text(field, "contains" if how in {"startswith", "endswith"} else how, texts, cased)


def sigma_whole(field: Field, how: str, texts: Iterable[str], cased: bool) -> sigma.Item:
    return sigma_text(field, "" if how == "contains" else how, texts, cased)


def sigma_plain_as_it_is(literal: str) -> str:
    return literal


def sigma_not_turned(part: sigma.Tree) -> sigma.Tree:
    match part:
        case sigma.Some(parts):
            return sigma.some(map(sigma_not_turned, parts))
        case sigma.Every(parts):
            return sigma.every(map(sigma_not_turned, parts))
        case sigma.No(inner):
            return inner
        case sigma.Item():
            return sigma.No(part)


def sigma_present(field: Field) -> sigma.Tree:
    return sigma.Item(field.name, ("exists",), (True,))


def sigma_not_strict(lowered: Lowered, more: Sequence[Expr]) -> Expr:
    event = model.event_of(lowered.body)
    return model.all_of((event.condition, *more), event.span)


def sigma_last_lost(values: Sequence[sigma.Value]) -> sigma.Value | list[sigma.Value]:
    return values[0] if len(values) < 3 else list(values[:-1])


def sigma_first_number_only(
    places: Sequence[SourceClass], condition: sigma.Tree
) -> sigma.Tree:  # fmt: skip
    gates = (sigma.Item(name, (), values[:1]) for name, values in places[0].select.items())
    return sigma.every((*gates, condition))


# --- SPL


def longest_anywhere(pattern: Regex) -> str:
    """Find the longest text, in a choice or an optional part too."""
    match pattern:
        case regexes.Text(value):
            return value
        case regexes.Seq(parts) | regexes.Alt(parts):
            return max(map(longest_anywhere, parts), key=len, default="")
        case Repeat(part):
            return longest_anywhere(part)
        case _:
            return ""


def spl_no_groups(expr: Expr) -> list[str]:
    match expr:
        case And(parts):
            return trailing([spl_no_groups(each) for each in parts], "AND")
        case Or(parts):
            return trailing([spl_no_groups(each) for each in parts], "OR")
        case _:
            return spl_block(expr)


def spl_not_dropped(expr: Expr) -> list[str]:
    return spl_block(expr.operand if isinstance(expr, Not) else expr)


def spl_negated_bare(test: Expr) -> list[str]:
    first, *others = spl_test(test, negated=True)
    return [f"NOT {first}", *others]


def spl_no_events(_places: tuple[SourceClass, ...]) -> list[str]:
    return ["index=*"]


def spl_no_where(_expr: Expr) -> list[str]:
    return []


def spl_no_stats(_body: model.Summary, _rule: Lowered) -> list[str]:
    return []


def spl_no_absent(_rule: Lowered) -> tuple[str, ...]:
    return ()


def spl_is_plain(literal: str) -> bool:
    return is_safe(literal)


def spl_always_alike(_literal: str, _cased: bool) -> bool:
    return True
