"""One test each: literals checked against the field's type, and what they must not be."""

import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_interface, ip_network

from tocsin import model, tree
from tocsin.analyze import lints, options
from tocsin.analyze.fields import KINDS
from tocsin.analyze.regexes import matches
from tocsin.analyze.scope import Value
from tocsin.diagnostics import Code, Diagnostic, Edit
from tocsin.evaluate import fold
from tocsin.frozen import dataclass
from tocsin.model import Field, Wild
from tocsin.patterns import parse_pattern
from tocsin.schema import FieldType
from tocsin.source import Span

TEXTS = frozenset({FieldType.TEXT, FieldType.PATH})


@dataclass(frozen=True, slots=True)
class Literals:
    """The values of a test, lists spliced; NAME if they came as one `let` list."""

    values: tuple[Value, ...]
    name: str | None = None


# --- is


def is_(
    test: tree.Is, field: Field, literals: Literals, found: list[Diagnostic]
) -> model.Expr | Diagnostic:
    """`f is x`, x of the field's type."""
    first = literals.values[0]
    if len(literals.values) > 1 or isinstance(first, tree.Range):
        place = test.operand.span
        return Diagnostic(Code.BARE_LIST, "`is` takes one value", place, "a list", "write `in`")
    if isinstance(first, tree.Bool) and field.type is FieldType.BOOL:
        if not first.value and not test.negated:
            message, label = "`is false` needs the field", "false where it is missing"
            hint = "`is not true` holds where the field is missing too"
            found.append(Diagnostic(Code.IS_FALSE, message, test.span, label, hint))
        return model.BoolIs(field, first.value, test.span)
    return _one_of(test, test.cased, field, literals, found, "is")


def in_(
    test: tree.In, field: Field, literals: Literals, found: list[Diagnostic]
) -> model.Expr | Diagnostic:
    """`f in (…)`: texts, numbers and ranges, addresses and networks."""
    found += _repeated(literals.values, test.cased)
    return _one_of(test, test.cased, field, literals, found, "in")


def _one_of(
    test: tree.Is | tree.In,
    cased: bool,
    field: Field,
    literals: Literals,
    found: list[Diagnostic],
    op: str,
) -> model.Expr | Diagnostic:
    if cased and field.type not in TEXTS:
        return Diagnostic(Code.TYPE_MISMATCH, "`cased` is for text", test.span, KINDS[field.type])
    if field.type in TEXTS:
        texts = _texts(literals.values, field, op)
        if isinstance(texts, Diagnostic):
            return texts
        for text in texts:
            found += lints.needle(op, field, text)
        if unread := _unread(op, field, texts, found):
            return unread
        return model.Equals(field, _values(texts, literals), cased, test.span)
    if field.type is FieldType.NUMBER:
        return _numbers(literals.values, field, test.span)
    if field.type is FieldType.IP:
        return _networks(literals.values, field, test.span, found)
    return _mismatch(literals.values[0], field)


def _texts(values: Iterable[Value], field: Field, op: str) -> list[tree.Text] | Diagnostic:
    texts: list[tree.Text] = []
    for value in values:
        if not isinstance(value, tree.Text):
            return _mismatch(value, field)
        if not value.value:
            return _empty(value, op)
        texts.append(value)
    return texts


def _unread(
    op: str, field: Field, texts: Iterable[tree.Text], found: list[Diagnostic]
) -> Diagnostic | None:
    """Report options that are never read so; the last is returned, as the test has no meaning."""
    wrong = [each for text in texts if (each := options.unread(op, field, text))]
    found += wrong[:-1]
    return wrong[-1] if wrong else None


def _empty(text: tree.Text, op: str) -> Diagnostic:
    if op in {"is", "in"}:
        hint = "`is missing` holds where there is no value; an empty text is none"
        edit = Edit(text.span, "missing") if op == "is" else None
        return Diagnostic(
            Code.EMPTY_NEEDLE, "an empty text", text.span, "never a value", hint, edit
        )
    hint = "`exists` holds where there is a value"
    return Diagnostic(Code.EMPTY_NEEDLE, "an empty text", text.span, "found in every value", hint)


def _values(texts: list[tree.Text], literals: Literals) -> model.Values:
    return model.Values(tuple(dict.fromkeys(text.value for text in texts)), literals.name)


def _repeated(values: tuple[Value, ...], cased: bool) -> Iterable[Diagnostic]:
    seen: set[str] = set()
    for value in values:
        if isinstance(value, tree.Text):
            key = value.value if cased else fold(value.value)
            if key in seen:
                message = f"`{value.value}` stands in the list twice"
                yield Diagnostic(Code.REPEATED_VALUE, message, value.span, "once is enough")
            seen.add(key)


def _mismatch(value: Value, field: Field) -> Diagnostic:
    given = {
        tree.Text: "a text",
        tree.Number: "a number",
        tree.Duration: "a length of time",
        tree.Date: "a date",
        tree.Bool: "true or false",
        tree.Range: "a range",
    }[type(value)]
    message = f"`{field.name}` is {KINDS[field.type]}, not {given}"
    hint, edit = None, None
    if field.type is FieldType.TIME:
        hint = "the searched window is the schedule's: `hunt over 30d`"
    elif field.type is FieldType.BOOL:
        hint = "write `is true` or `is not true`"
    elif field.type is FieldType.NUMBER and isinstance(value, tree.Text):
        hint = "a number stands without quotes"
        edit = Edit(value.span, value.value) if _NUMBER.fullmatch(value.value) else None
    elif field.type in TEXTS and isinstance(value, tree.Number):
        hint, edit = "a text stands in quotes", Edit(value.span, f'"{value.value}"')
    return Diagnostic(Code.TYPE_MISMATCH, message, value.span, given, hint, edit)


# --- numbers


def _numbers(values: tuple[Value, ...], field: Field, span: Span) -> model.Expr | Diagnostic:
    numbers: list[int] = []
    parts: list[model.Expr] = []
    for value in values:
        if isinstance(value, tree.Number):
            numbers.append(value.value)
        elif isinstance(value, tree.Range):
            if value.low > value.high:
                mended = Edit(value.span, f"{value.high}..{value.low}")
                message = f"the range goes from {value.low} down to {value.high}"
                label, hint = "nothing lies in it", f"write `{mended.text}`"
                return Diagnostic(Code.REVERSED_RANGE, message, value.span, label, hint, mended)
            parts.append(model.NumberWithin(field, value.low, value.high, span))
        else:
            return _mismatch(value, field)
    if numbers:
        parts.insert(0, model.NumberIn(field, tuple(dict.fromkeys(numbers)), span))
    return model.any_of(tuple(parts), span)


def compare(test: tree.Compare, field: Field, operand: Value) -> model.Expr | Diagnostic:
    """`f >= 5`; `!=` is turned over by the caller."""
    if field.type is not FieldType.NUMBER:
        return not_a_number(test, field)
    if not isinstance(operand, tree.Number):
        return _mismatch(operand, field)
    if test.op in {"==", "!="}:
        return model.NumberIn(field, (operand.value,), test.span)
    return model.NumberIs(field, model.Ordering(test.op), operand.value, test.span)


_NUMBER = re.compile(r"-?(0|[1-9]\d{0,17})")


def not_a_number(test: tree.Compare, field: Field) -> Diagnostic:
    """Report a comparison of something that has no order."""
    word = {"==": "is", "!=": "is not"}.get(test.op)
    if word and field.type in TEXTS:
        return Diagnostic(
            Code.TEXT_EQUALS,
            f"`{test.op}` on {KINDS[field.type]}",
            test.op_span,
            f"`{word}`, or `{word} cased`",
            f"`{word}` compares without case, `{word} cased` exactly",
            Edit(test.op_span, word),
        )
    hint = f"write `{word}`" if word else None
    edit = Edit(test.op_span, word) if word else None
    message = f"`{field.name}` is {KINDS[field.type]}, which has no order"
    return Diagnostic(Code.TYPE_MISMATCH, message, test.op_span, "for numbers", hint, edit)


# --- addresses


def _networks(
    values: tuple[Value, ...], field: Field, span: Span, found: list[Diagnostic]
) -> model.Expr | Diagnostic:
    networks: list[model.IpNetwork] = []
    wrong: list[Diagnostic] = []
    for value in values:
        if not isinstance(value, tree.Text):
            return _mismatch(value, field)
        if not value.value:
            return _empty(value, "in")
        try:
            networks.append(ip_network(value.value))
        except ValueError:
            wrong.append(_bad_network(value))
    if wrong:
        found += wrong[:-1]
        return wrong[-1]
    return model.IpIn(field, tuple(dict.fromkeys(networks)), span)


def _bad_network(text: tree.Text) -> Diagnostic:
    try:
        network = str(ip_interface(text.value).network)
    except ValueError:
        message = f"`{text.value}` is neither an address nor a network"
        hint = "such as `10.0.0.1`, `10.0.0.0/8` or `fe80::/10`"
        return Diagnostic(Code.NETWORK, message, text.span, "no address", hint)
    message = f"`{text.value}` has bits set outside its network"
    mended = Edit(text.span, f'"{network}"')
    return Diagnostic(Code.HOST_BITS, message, text.span, "host bits", f"write `{network}`", mended)


# --- text operators

_KINDS: Mapping[str, type[model.Contains | model.StartsWith | model.EndsWith | model.Has]] = {
    "contains": model.Contains,
    "starts with": model.StartsWith,
    "ends with": model.EndsWith,
    "has": model.Has,
}


def text_test(
    test: tree.TextTest, field: Field, literals: Literals, found: list[Diagnostic]
) -> model.Expr | Diagnostic | None:
    """`f contains any (…)` and its kin."""
    if field.type not in TEXTS:
        hint = '`in "10.0.0.0/8"` knows networks' if field.type is FieldType.IP else None
        message = f"`{test.op}` is for text; `{field.name}` is {KINDS[field.type]}"
        return Diagnostic(Code.TYPE_MISMATCH, message, test.op_span, "not a text", hint)
    several = test.listed or len(literals.values) > 1
    if several and test.quantifier is None:
        end = test.op_span.end
        message = f"a list after `{test.op}`"
        return Diagnostic(
            Code.BARE_LIST, message, test.op_span, "any of them, or all?",
            f"write `{test.op} any` or `{test.op} all`",
            Edit(Span(test.span.file, end, end), " any"),
        )  # fmt: skip
    texts = _texts(literals.values, field, test.op)
    if isinstance(texts, Diagnostic):
        return texts
    found += _repeated(literals.values, test.cased)
    if unread := _unread(test.op, field, texts, found):
        return unread
    if test.op == "matches":
        return matches(test, field, texts, found)
    if test.op == "like":
        return _like(test, field, texts, found)
    for text in texts:
        found += lints.needle(test.op, field, text)
    kind = _KINDS[test.op]
    values = _values(texts, literals)
    if test.quantifier == "all":
        each: tuple[model.Expr, ...] = tuple(
            kind(field, model.Values((value,)), test.cased, test.span) for value in values.items
        )
        return model.all_of(each, test.span)
    return kind(field, values, test.cased, test.span)


def _like(
    test: tree.TextTest, field: Field, texts: list[tree.Text], found: list[Diagnostic]
) -> model.Expr | Diagnostic:
    patterns: list[model.Pattern] = []
    for text in texts:
        pattern = parse_pattern(text.value)
        if pattern == (Wild.ANY,):
            message, hint = "this pattern is every value", "`exists` holds where there is a value"
            return Diagnostic(Code.MATCHES_ALL, message, text.span, "matches everything", hint)
        found += lints.pattern(pattern, text)
        found += lints.needle("like", field, text)
        patterns.append(pattern)
    unique = tuple(dict.fromkeys(patterns))
    if test.quantifier == "all":
        each = tuple(model.Like(field, (one,), test.cased, test.span) for one in unique)
        return model.all_of(each, test.span)
    return model.Like(field, unique, test.cased, test.span)
