"""Conditions in the base search's words: no case, `*` for any run, `NOT` keeps absent fields.

`OR` binds tighter than `AND` here (Splunk, "Boolean expressions"), so every group has parentheses.
"""

from collections.abc import Sequence

from tocsin import model
from tocsin.lower.others import Other, with_others
from tocsin.lower.patterns import patterns_of
from tocsin.model import Expr, Field, Pattern, Wild
from tocsin.text import bracketed, escape, indent, trailing

_ESCAPES = {"\\": "\\\\", '"': '\\"'}


def quoted(text: str) -> str:
    """Write a string literal, for the base search and for eval alike."""
    return '"' + escape(text, _ESCAPES) + '"'


def group(blocks: Sequence[str], word: str) -> str:
    """Put alternatives in parentheses on one line."""
    inner = [f"({block})" if f" {'AND' if word == 'OR' else 'OR'} " in block else block
             for block in blocks]  # fmt: skip
    return f"({f' {word} '.join(inner)})"


def terms(conjuncts: Sequence[Expr]) -> list[str]:
    """Write each conjunct on lines of its own; that all must hold is understood.

    `f!="x"` wants a value that is not x: it says `f=* NOT f="x"` in one term.
    """
    lines: list[str] = []
    for each in with_others(conjuncts, _is_one_value):
        if isinstance(each, Other):
            lines.append(f"{each.test.field.name}!={_values(each.test)[0]}")
        else:
            lines += _block(each)
    return lines


def _is_one_value(test: model.Equals) -> bool:
    return len(test.values.items) == 1


def _block(expr: Expr) -> list[str]:
    match expr:
        case model.And(operands):
            return ["(", *indent(trailing([_block(each) for each in operands], "AND")), ")"]
        case model.Or(operands):
            return ["(", *indent(trailing([_block(each) for each in operands], "OR")), ")"]
        case model.Not(operand):
            first, *others = _block(operand)
            return [f"NOT {first}", *others]
        case model.Always(value):
            return ["*" if value else "NOT *"]
        case _:
            return _test(expr)


def _test(test: Expr) -> list[str]:
    match test:
        case (
            model.Equals() | model.Contains() | model.StartsWith() | model.EndsWith() | model.Like()
        ):
            return _one_of(test.field, _values(test))
        case model.NumberIn(field, numbers):
            return _one_of(field, [str(number) for number in numbers])
        case model.NumberIs(field, order, bound):
            return [f"{field.name}{order}{bound}"]
        case model.NumberWithin(field, low, high):
            return [f"({field.name}>={low} AND {field.name}<={high})"]
        case model.IpIn(field, networks):
            blocks = [[f"{field.name}={quoted(address(network))}"] for network in networks]
            return blocks[0] if len(blocks) == 1 else ["(", *indent(trailing(blocks, "OR")), ")"]
        case model.BoolIs(field, value):
            return [f'{field.name}="{str(value).lower()}"']
        case model.Exists(field):
            return [f"{field.name}=*"]
        case _:
            raise AssertionError(type(test).__name__)


def _values(test: model.TextTest) -> list[str]:
    return [quoted(_glob(pattern)) for pattern in patterns_of(test)]


def _one_of(field: Field, values: list[str]) -> list[str]:
    if len(values) == 1:
        return [f"{field.name}={values[0]}"]
    return bracketed(f"{field.name} IN (", values)


def _glob(pattern: Pattern) -> str:
    return "".join("*" if part is Wild.ANY else str(part) for part in pattern)


def address(network: model.IpNetwork) -> str:
    """Write a network; one IPv4 address has only one spelling, so it can stand alone."""
    alone = network.version == 4 and network.num_addresses == 1
    return str(network.network_address) if alone else str(network)
