"""Conditions in EQL's words.

`:` compares without case and knows `*` and `?`, `in~` without wildcards, `==` and `in` exactly
(Elasticsearch, "EQL syntax reference"). `not` over a field that no index maps empties the query,
so it is written `(?f == null or not …)`.
"""

from collections.abc import Sequence

from tocsin import model
from tocsin.frame import whole
from tocsin.lucene import LUCENE, classed
from tocsin.model import Expr, Field, Pattern, Wild
from tocsin.passes.flatten import merge
from tocsin.passes.negation import push_not
from tocsin.regex import Regex, write
from tocsin.schema import FieldType
from tocsin.text import bracketed, escape, indent, show_hidden, trailing

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_KEYWORDS = frozenset(
    {
        *("and", "any", "by", "false", "in", "like", "maxspan", "not", "null", "of", "or"),
        *("regex", "sample", "sequence", "true", "until", "where", "with"),
    }
)


def quoted(text: str) -> str:
    """Write a string literal; what cannot be seen is written as its code point.

    That takes 2 to 8 digits (Elasticsearch, `EqlBase.g4`).
    """
    return f'"{show_hidden(escape(text, _ESCAPES), _by_code)}"'


def _by_code(character: str) -> str:
    return f"\\u{{{ord(character):04x}}}"


# --- the whole


def predicates(conditions: Sequence[Expr]) -> list[list[str]]:
    """Write what must hold, each predicate a block of lines."""
    if not conditions:
        return []
    guarded = merge(model.And(tuple(map(_guarded, conditions)), conditions[0].span))
    return [_block(each) for each in model.operands(guarded)]


def _guarded(expr: Expr) -> Expr:
    """Push `not` down to the tests where a column may be missing from every index."""
    match expr:
        case model.Not() if any(_optional(test) for test in model.predicates(expr)):
            return push_not(expr)
        case model.And(operands, span):
            return model.And(tuple(map(_guarded, operands)), span)
        case model.Or(operands, span):
            return model.Or(tuple(map(_guarded, operands)), span)
        case _:
            return expr


def _optional(test: model.Predicate) -> bool:
    return any(field.optional for field in model.fields_of(test))


def _block(expr: Expr) -> list[str]:
    match expr:
        case model.And(operands):
            return ["(", *indent(trailing([_block(each) for each in operands], "and")), ")"]
        case model.Or(operands):
            return ["(", *indent(trailing([_block(each) for each in operands], "or")), ")"]
        case model.Not(model.Exists(field) as test) if not (_is_text(field) and field.many):
            return [_missing(test)]
        case model.Not(operand) if _is_test(operand) and _guard_field(operand):
            first, *others = _block(operand)
            inner = [f"not {first}", *others]
            return [
                "(",
                *indent(trailing([[f"{_guard_field(operand)} == null"], inner], "or")),
                ")",
            ]
        case model.Not(operand):
            first, *others = _block(operand)
            return [f"not {first}", *others]
        case model.Always(value):
            return ["true" if value else "false"]
        case _:
            return _test(expr)


def _is_test(expr: Expr) -> bool:
    return not isinstance(expr, model.And | model.Or | model.Not | model.AtLeast | model.Always)


def _guard_field(expr: Expr) -> str | None:
    optional = [f for test in model.predicates(expr) for f in model.fields_of(test) if f.optional]
    return _name(optional[0]) if optional else None


# --- tests


def named(path: str) -> str:
    """Write the name of a field."""
    return ".".join(
        f"`{part}`" if part in _KEYWORDS or not part.isidentifier() else part
        for part in path.split(".")
    )


def _name(field: Field) -> str:
    return ("?" if field.optional else "") + named(field.name)


def _test(test: Expr) -> list[str]:
    match test:
        case model.Equals(field, values, cased):
            return _equals(field, values.items, cased)
        case model.Contains(field, values, cased):
            return _like(field, [f"*{value}*" for value in values.items], cased)
        case model.StartsWith(field, values, cased):
            return _like(field, [f"{value}*" for value in values.items], cased)
        case model.EndsWith(field, values, cased):
            return _like(field, [f"*{value}" for value in values.items], cased)
        case model.Like(field, patterns, cased):
            return _like(field, [_pattern(pattern) for pattern in patterns], cased)
        case model.Matches(field, patterns, cased):
            op = "regex" if cased else "regex~"
            return _listed(_name(field), op, [regex_text(each, cased) for each in patterns])
        case model.NumberIn(field, numbers):
            if len(numbers) == 1:
                return [f"{_name(field)} == {numbers[0]}"]
            return bracketed(f"{_name(field)} in (", [str(number) for number in numbers])
        case model.NumberIs(field, order, bound):
            return [f"{_name(field)} {order} {bound}"]
        case model.IpIn(field, networks) if all(net.num_addresses == 1 for net in networks):
            return _listed(
                _name(field),
                "==" if len(networks) == 1 else "in",
                [str(network.network_address) for network in networks],
            )
        case model.IpIn(field, networks):
            return bracketed(f"cidrMatch({_name(field)}, ", [quoted(str(net)) for net in networks])
        case model.BoolIs(field, value):
            return [f"{_name(field)} == {'true' if value else 'false'}"]
        case model.Exists(field) if _is_text(field) and field.many:
            # Of several values one may be empty and another not.
            return _like(field, ["?*"], False)
        case model.Exists(field):
            name = _name(field)
            return [f'({name} != null and {name} != "")' if _is_text(field) else f"{name} != null"]
        case _:
            raise AssertionError(type(test).__name__)


def _missing(test: model.Exists) -> str:
    name = _name(test.field)
    if _is_text(test.field):
        return f'({name} == null or {name} == "")'
    return f"{name} == null"


def _is_text(field: Field) -> bool:
    return field.type in {FieldType.TEXT, FieldType.PATH}


def _equals(field: Field, values: Sequence[str], cased: bool) -> list[str]:
    # ECS fixes how these values are spelled, so the plain comparison is the same.
    if cased or field.name == "host.os.type":
        return _listed(_name(field), "==" if len(values) == 1 else "in", values)
    if any({"*", "?"} & set(value) for value in values):
        return bracketed(f"{_name(field)} in~ (", [quoted(value) for value in values])
    return _listed(_name(field), ":", values)


def _like(field: Field, patterns: Sequence[str], cased: bool) -> list[str]:
    return _listed(_name(field), "like" if cased else ":", patterns)


def _listed(name: str, op: str, values: Sequence[str]) -> list[str]:
    if len(values) == 1:
        return [f"{name} {op} {quoted(values[0])}"]
    return bracketed(f"{name} {op} (", [quoted(value) for value in values])


def _pattern(pattern: Pattern) -> str:
    return "".join(part.value if isinstance(part, Wild) else part for part in pattern)


# --- regexes: Lucene's, which match the whole value and have no anchors


def regex_text(pattern: Regex, cased: bool) -> str:
    """Print a regex for the whole value; `regex~` folds letters, but not ranges of them."""
    return write(whole(classed(pattern, cased=cased)), LUCENE)
