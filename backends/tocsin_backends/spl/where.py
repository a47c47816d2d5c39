r"""Conditions for `where`, exact and two-valued.

A test of an absent field is NULL, and so is its `NOT`: `not` is pushed down to the tests, where
`isnull(f) OR NOT …` says it in full. Regexes are PCRE between quotes; no `\\` and no `\"` stands
in them, so that they read the same whether or not the string is unescaped first.
"""

from collections.abc import Iterable
from typing import TypeGuard

from tocsin import model
from tocsin.lower.others import Other, with_others
from tocsin.lower.patterns import regexes_of
from tocsin.model import Expr, Field
from tocsin.passes.negation import push_not
from tocsin.regex import Dialect, Regex, write_folded
from tocsin.schema import FieldType
from tocsin.text import bracketed, indent, is_hidden, on_one_line, trailing
from tocsin_backends.spl.plan import is_plain
from tocsin_backends.spl.search import quoted


def where(expr: Expr) -> list[str]:
    """Write a condition as the argument of `where`."""
    expr = push_not(expr)
    if isinstance(expr, model.And):
        return trailing(_conjuncts(expr.operands), "AND")
    if isinstance(expr, model.Or):
        return trailing(_alternatives(expr.operands), "OR")
    block = _block(expr)
    return [line.removeprefix("  ") for line in block[1:-1]] if block[0] == "(" else block


def inline(expr: Expr) -> str:
    """Write a condition on one line, as the argument of a function."""
    return on_one_line(where(expr))


def _block(expr: Expr) -> list[str]:
    match expr:
        case model.And(operands):
            return ["(", *indent(trailing(_conjuncts(operands), "AND")), ")"]
        case model.Or(operands):
            return ["(", *indent(trailing(_alternatives(operands), "OR")), ")"]
        case model.Not(model.Exists(field)):
            return [f"isnull({field.name})"]
        case model.Not(operand):
            return _negated(operand)
        case model.Always(value):
            return ["1==1" if value else "1==0"]
        case model.AtLeast(count, operands):
            lines = trailing([[f"if({inline(each)}, 1, 0)"] for each in operands], "+")
            return [*lines[:-1], f"{lines[-1]}>={count}"]
        case _:
            return _test(expr)


def _alternatives(operands: Iterable[Expr]) -> list[list[str]]:
    """Write what is enough by itself; the values of one test are alternatives like the others."""
    return [
        block
        for each in operands
        for block in ([[c] for c in _calls(each)] if _is_searched(each) else [_block(each)])
    ]


def _conjuncts(operands: tuple[Expr, ...]) -> list[list[str]]:
    """Write what must hold together; `f!="-"` wants a value: no `isnotnull(f)` beside it."""
    blocks: list[list[str]] = []
    for each in with_others(operands, is_compared):
        if isinstance(each, Other):
            blocks += [[f"{each.test.field.name}!={quoted(v)}"] for v in each.test.values.items]
        else:
            blocks.append(_block(each))
    return blocks


def is_compared(test: Expr) -> TypeGuard[model.Equals]:
    """Whether the plain comparison says it."""
    return isinstance(test, model.Equals) and test.cased and all(map(is_plain, test.values.items))


def _negated(test: Expr) -> list[str]:
    if isinstance(test, model.IpIn):
        # What is no address is in no network, whether the function says false or NULL.
        first, *others = _test(test)
        return [f"if({first}, 1, 0)==0"] if not others else [
            f"if({first}", *others[:-1], f"{others[-1]}, 1, 0)==0"]  # fmt: skip
    number = isinstance(
        test, model.NumberIn | model.NumberIs | model.NumberWithin | model.OrderedAs
    ) or (isinstance(test, model.SameAs) and test.field.type is FieldType.NUMBER)
    absent = [
        f"isnull(tonumber({f.name}))" if number else f"isnull({f.name})"
        for t in model.predicates(test)
        for f in model.fields_of(t)
    ]
    first, *others = _test(test, negated=True)
    return ["(", *indent(trailing([*([each] for each in absent), [f"NOT {first}", *others]], "OR")),
            ")"]  # fmt: skip


def _test(test: Expr, negated: bool = False) -> list[str]:
    match test:
        case model.Equals(field, values) if is_compared(test):
            if len(values.items) == 1:
                return [f"{field.name}=={quoted(values.items[0])}"]
            return bracketed(f"{field.name} IN (", [quoted(value) for value in values.items])
        case _ if _is_searched(test):
            calls = _calls(test, negated)
            return calls if len(calls) == 1 else _any(calls)
        case model.NumberIn(field, numbers):
            if len(numbers) == 1:
                return [f"tonumber({field.name})=={numbers[0]}"]
            return bracketed(f"tonumber({field.name}) IN (", [str(number) for number in numbers])
        case model.NumberIs(field, order, bound):
            return [f"tonumber({field.name}){order}{bound}"]
        case model.NumberWithin(field, low, high):
            number = f"tonumber({field.name})"
            return [f"({number}>={low} AND {number}<={high})"]
        case model.IpIn(field, networks):
            calls = [f"cidrmatch({quoted(str(network))}, {field.name})" for network in networks]
            return calls if len(calls) == 1 else _any(calls)
        case model.BoolIs(field, value):
            return [f'lower({field.name})=="{str(value).lower()}"']
        case model.Exists(field):
            return [f"isnotnull({field.name})"]
        case model.SameAs(field, other, cased):
            left, right = field.name, other.name
            if field.type is FieldType.NUMBER:
                return [f"tonumber({left})==tonumber({right})"]
            return [f"{left}=={right}" if cased else f"lower({left})==lower({right})"]
        case model.OrderedAs(field, order, other):
            return [f"tonumber({field.name}){order}tonumber({other.name})"]
        case _:
            raise AssertionError(type(test).__name__)


def _is_searched(test: Expr) -> TypeGuard[model.TextTest]:
    """Whether regular expressions say it."""
    return isinstance(test, model.TextTest) and not is_compared(test)


def _calls(test: model.TextTest, negated: bool = False) -> list[str]:
    return [_match(test.field, each, test.cased, negated) for each in regexes_of(test)]


def _any(calls: list[str]) -> list[str]:
    return ["(", *indent(trailing([[call] for call in calls], "OR")), ")"]


def _match(field: Field, pattern: Regex, cased: bool, negated: bool) -> str:
    return f'match({field.name}, "{regex_text(pattern, cased, negated)}")'


# --- regexes

_SPECIAL = frozenset(".+*?()|[]{}^$-")
_BY_CODE = frozenset('\\"$`')
_BY_NAME = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def _escape(character: str) -> str:
    if character in _BY_NAME:
        return _BY_NAME[character]
    if character in _BY_CODE or is_hidden(character):
        code_point = ord(character)
        return f"\\x{code_point:02X}" if code_point < 0x100 else f"\\x{{{code_point:X}}}"
    return f"\\{character}" if character in _SPECIAL - {"-"} else character


# A class that begins and ends with one of these would be a POSIX class, `[:…:]`.
_POSIX = frozenset(":=")


def _escape_in_class(character: str) -> str:
    special = character in _SPECIAL - {"$"} or character in _POSIX
    return f"\\{character}" if special else _escape(character)


_PCRE = Dialect(escape=_escape, escape_in_class=_escape_in_class, start="^", end="\\z", group="(?:")


def regex_text(pattern: Regex, cased: bool, strict: bool) -> str:
    """Print a regex that is searched for; `.` is any character, newlines too."""
    return write_folded(pattern, _PCRE, cased=cased, strict=strict)
