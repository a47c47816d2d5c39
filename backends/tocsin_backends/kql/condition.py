"""Conditions in Kusto's words.

Text columns are never null, absent is `""`; other columns may be null, and a comparison with null
is null, which `not` leaves null (Microsoft, "Null values"): under `not` they are guarded.
"""

import re
from collections.abc import Sequence
from ipaddress import IPv6Network

from tocsin import model, regex
from tocsin.frozen import replace
from tocsin.lower.patterns import TELLING
from tocsin.model import Expr, Field
from tocsin.regex import Dialect, Regex, write_folded
from tocsin.schema import FieldType
from tocsin.text import (
    WIDTH,
    bracketed,
    escape,
    has_hidden,
    indent,
    is_hidden,
    leading,
    on_one_line,
    show_hidden,
)

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_TEXTUAL = frozenset({FieldType.TEXT, FieldType.PATH, FieldType.IP})
_MAPPED = IPv6Network("::ffff:0:0/96")
_LET_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")


def quoted(text: str) -> str:
    """Write a string literal: verbatim where a backslash would have to be doubled."""
    if "\\" in text and not has_hidden(text):
        quote = "'" if '"' in text and "'" not in text else '"'
        return f"@{quote}{text.replace(quote, quote * 2)}{quote}"
    return escaped(text)


def escaped(text: str) -> str:
    """Write a string literal with escapes, the only kind that `dynamic(…)` knows."""
    return f'"{show_hidden(escape(text, _ESCAPES), _by_code)}"'


def _by_code(character: str) -> str:
    return f"\\u{ord(character):04X}"


class Lists:
    """The lists of a query that have names: `let name = dynamic([…]);` above it.

    FILLED are the columns that are never null, though they hold no text.
    """

    def __init__(self) -> None:
        self._named: dict[str, tuple[str, ...]] = {}
        self.filled: frozenset[str] = frozenset()

    def use(self, values: model.Values) -> str | None:
        """Name the list, if it came as a `let` with a name that no column can have."""
        name = values.name
        if name is None or len(values.items) < 2 or not _LET_NAME.fullmatch(name):
            return None
        if self._named.setdefault(name, values.items) != values.items:
            return None
        return name

    @property
    def names(self) -> frozenset[str]:
        """Tell the names in use."""
        return frozenset(self._named)

    def lets(self) -> list[str]:
        """Write the definitions."""
        lines: list[str] = []
        for name, items in self._named.items():
            lines += bracketed(f"let {name} = dynamic([", [escaped(each) for each in items], "]);")
        return lines


def wheres(expr: Expr, lists: Lists) -> list[str]:
    """Write each conjunct on a line of its own."""
    conjuncts = expr.operands if isinstance(expr, model.And) else (expr,)
    lines: list[str] = []
    for each in (implied for one in conjuncts for implied in (*_prefilters(one), one)):
        if each == model.Always(True, each.span):
            continue
        first, *others = _top(each, lists)
        lines += [f"| where {first}", *indent(others, "    ")]
    return lines


def inline(expr: Expr, lists: Lists) -> str:
    """Write a condition on one line, as the argument of a function."""
    return on_one_line(_top(expr, lists))


def assigned(name: str, expr: Expr, lists: Lists) -> list[str]:
    """Write a stage that keeps in a column whether a condition holds."""
    line = f"| extend {name} = {inline(expr, lists)}"
    if len(line) <= WIDTH:
        return [line]
    first, *others = _top(expr, lists)
    return [f"| extend {name} = {first}", *indent(others, "    ")]


def _prefilters(expr: Expr) -> tuple[Expr, ...]:
    """Say by a plain operator what a regex implies: most events then never meet the regex."""
    if not isinstance(expr, model.Matches) or len(expr.patterns) != 1:
        return ()
    pattern = expr.patterns[0]
    match regex.parts_of(pattern):
        case (*_, regex.Text(text), regex.End()) if len(text) >= TELLING:
            return (model.EndsWith(expr.field, model.Values((text,)), expr.cased, expr.span),)
        case (regex.Start(), regex.Text(text), *_) if len(text) >= TELLING:
            return (model.StartsWith(expr.field, model.Values((text,)), expr.cased, expr.span),)
    text = regex.longest_text(pattern)
    if len(text) < TELLING:
        return ()
    return (model.Contains(expr.field, model.Values((text,)), expr.cased, expr.span),)


def _top(expr: Expr, lists: Lists) -> list[str]:
    if isinstance(expr, model.Matches):
        return _test(expr, lists, False)
    if isinstance(expr, model.Or):
        return leading([_block(each, lists, False) for each in expr.operands], "or")
    if isinstance(expr, model.And):
        return leading([_block(each, lists, False) for each in expr.operands], "and")
    return _block(expr, lists, False)


def _block(expr: Expr, lists: Lists, negated: bool) -> list[str]:
    match expr:
        case model.Matches() if not negated and (before := _prefilters(expr)):
            tests = [_test(each, lists, negated) for each in (*before, expr)]
            return ["(", *indent(leading(tests, "and")), ")"]
        case model.And(operands):
            blocks = [
                _test(each, lists, negated)
                if isinstance(each, model.Matches)
                else _block(each, lists, negated)
                for operand in operands
                for each in ((*_prefilters(operand), operand) if not negated else (operand,))
            ]
            inner = leading(blocks, "and")
            return ["(", *indent(inner), ")"]
        case model.Or(operands):
            inner = leading([_block(each, lists, negated) for each in operands], "or")
            return ["(", *indent(inner), ")"]
        case model.Not(model.Exists(field)):
            return [f"{'isempty' if field.type in _TEXTUAL else 'isnull'}({field.name})"]
        case model.Not(operand):
            return _negation(operand, lists)
        case model.Always(value):
            return ["true" if value else "false"]
        case model.AtLeast(count, operands):
            counted = [[f"toint({_argument(each, lists, negated)})"] for each in operands]
            lines = leading(counted, "+")
            return [*lines[:-1], f"{lines[-1]} >= {count}"]
        case _:
            return _test(expr, lists, negated)


def _argument(expr: Expr, lists: Lists, negated: bool) -> str:
    """Write a condition that is to be counted: never null, which would make the sum null."""
    block = _block(expr, lists, negated or any(map(_may_be_null, model.predicates(expr))))
    return on_one_line(block[1:-1] if block[0] == "(" else block)


def _may_be_null(test: model.Predicate) -> bool:
    return any(each.array or each.type not in _TEXTUAL for each in model.fields_of(test))


def _missing(operand: Expr) -> model.Equals | None:
    """Say `not (f exists and not f == "-")` as `f in ("", "-")`."""
    match operand:
        case model.And((model.Exists(field), model.Not(model.Equals() as test))) if (
            test.field == field and field.type in _TEXTUAL
        ):
            return replace(test, values=model.Values(("", *test.values.items)))
        case _:
            return None


_NEGATED = (model.Equals, model.Contains, model.StartsWith, model.EndsWith, model.Has)


def _negation(operand: Expr, lists: Lists) -> list[str]:
    if missing := _missing(operand):
        return _test(missing, lists, False)
    if isinstance(operand, _NEGATED) and not operand.field.array and not _has_any(operand):
        first, *others = _test(operand, lists, True)
        name, operator, rest = first.split(" ", 2)
        # A text is never null: the negated operator says it.
        return [f"{name} {_NOT.get(operator, f'!{operator}')} {rest}", *others]
    inner = _block(operand, lists, True)
    if inner[0] == "(":
        return ["not(", *inner[1:]]
    if len(inner) == 1:
        guarded = inner[0].startswith("(isnot")
        return [f"not{inner[0]}" if guarded else f"not({inner[0]})"]
    return [f"not({inner[0]}", *inner[1:-1], f"{inner[-1]})"]


_NOT = {"==": "!=", "=~": "!~"}


def _has_any(test: Expr) -> bool:
    """Whether the operator is one that has no negation."""
    return isinstance(test, model.Has) and len(test.values.items) > 1


# --- tests

_PLAIN = {
    model.Contains: ("contains", "contains_cs"),
    model.StartsWith: ("startswith", "startswith_cs"),
    model.EndsWith: ("endswith", "endswith_cs"),
}


def _test(test: Expr, lists: Lists, negated: bool) -> list[str]:
    match test:
        case model.Equals(field, values) if field.array:
            return _elements(field, values, negated)
        case model.Equals(field, values, cased):
            # What has no letters has no case to look past.
            exactly = cased or all(text.lower() == text.upper() for text in values.items)
            one, several = ("==", "in") if exactly else ("=~", "in~")
            return _text(field, one, several, values, lists)
        case model.Has(field, values, cased):
            return _text(field, "has_cs" if cased else "has", "has_any", values, lists)
        case model.Contains() | model.StartsWith() | model.EndsWith():
            op = _PLAIN[type(test)][test.cased]
            return [f"{test.field.name} {op} {quoted(test.values.items[0])}"]
        case model.Matches(field, patterns, cased):
            text = regex_text(patterns[0], cased, negated)
            return [f"{field.name} matches regex {quoted(text)}"]
        case model.NumberIn(field, numbers):
            return _numbers(field, numbers, negated and field.name not in lists.filled)
        case model.NumberIs(field, order, bound):
            return [_guarded(f"{field.name} {order} {_number(bound)}", (field,), negated, lists)]
        case model.NumberWithin(field, low, high):
            between = f"{field.name} between ({_number(low)} .. {_number(high)})"
            return [_guarded(between, (field,), negated, lists)]
        case model.IpIn(field, networks) if _single_v4(networks):
            addresses = [str(network.network_address) for network in networks]
            return _text(field, "==", "in", model.Values(tuple(addresses)), lists)
        case model.IpIn(field, networks):
            return _networks(field, networks, negated)
        case model.BoolIs(field, value):
            return [_guarded(f"{field.name} == {str(value).lower()}", (field,), negated, lists)]
        case model.Exists(field):
            return [f"{'isnotempty' if field.type in _TEXTUAL else 'isnotnull'}({field.name})"]
        case model.SameAs(field, other, cased):
            return [_same(field, other, cased)]
        case model.OrderedAs(field, order, other):
            return [_guarded(f"{field.name} {order} {other.name}", (field, other), negated, lists)]
        case _:
            raise AssertionError(type(test).__name__)


def _text(field: Field, one: str, several: str, values: model.Values, lists: Lists) -> list[str]:
    if len(values.items) == 1:
        return [f"{field.name} {one} {quoted(values.items[0])}"]
    name = lists.use(values)
    if name:
        return [f"{field.name} {several} ({name})"]
    return bracketed(f"{field.name} {several} (", [quoted(value) for value in values.items])


def _elements(field: Field, values: model.Values, negated: bool) -> list[str]:
    """Look for elements of an array; of what is no array the function says null."""
    calls = [f"set_has_element({field.name}, {quoted(value)})" for value in values.items]
    calls = [f"coalesce({call}, false)" for call in calls] if negated else calls
    if len(calls) == 1:
        return calls
    return ["(", *indent(leading([[call] for call in calls], "or")), ")"]


def _numbers(field: Field, numbers: Sequence[int], negated: bool) -> list[str]:
    if len(numbers) == 1:
        return [f"{field.name} == {_number(numbers[0])}"]
    head, end = (f"(isnotnull({field.name}) and ", "))") if negated else ("", ")")
    return bracketed(f"{head}{field.name} in (", [_number(number) for number in numbers], end)


def _number(number: int) -> str:
    return str(number) if number >= 0 else f"long({number})"


def _guarded(text: str, fields: Sequence[Field], negated: bool, lists: Lists) -> str:
    nullable = [field.name for field in fields if field.name not in lists.filled]
    if not negated or not nullable:
        return text
    present = " and ".join(f"isnotnull({name})" for name in nullable)
    return f"({present} and {text})"


def _networks(field: Field, networks: Sequence[model.IpNetwork], negated: bool) -> list[str]:
    """Ask the function of the networks' family; what is no address gives null, not false."""
    function = f"ipv{networks[0].version}_is_in_any_range"
    asked = [quoted(str(net)) for net in networks]
    # The function takes an IPv4 address for the IPv6 address that it maps to.
    six = f'{field.name} contains ":" and ' if any(map(_MAPPED.overlaps, networks)) else ""
    if not negated:
        head, end = (f"({six}", "))") if six else ("", ")")
    else:
        head, end = (f"({six}coalesce(", "), false))") if six else ("coalesce(", "), false)")
    return bracketed(f"{head}{function}({field.name}, ", asked, end)


def _single_v4(networks: Sequence[model.IpNetwork]) -> bool:
    """Whether all are single IPv4 addresses, of which each has only one spelling."""
    return all(network.version == 4 and network.num_addresses == 1 for network in networks)


def _same(field: Field, other: Field, cased: bool) -> str:
    if field.type in _TEXTUAL:
        op = "==" if cased else "=~"
        return f"(isnotempty({field.name}) and {field.name} {op} {other.name})"
    return f"(isnotnull({field.name}) and {field.name} == {other.name})"


# --- regexes: Rust's, in which `<` and `>` must not be escaped and `$` is only the end of the text

_SPECIAL = frozenset("\\.+*?()|[]{}^$#&-~")
_VISIBLE = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def _escape(character: str) -> str:
    if character in _VISIBLE:
        return _VISIBLE[character]
    if is_hidden(character):
        return f"\\x{{{ord(character):X}}}"
    return f"\\{character}" if character in _SPECIAL and character not in "#&-~" else character


def _escape_in_class(character: str) -> str:
    if character in _SPECIAL:
        return f"\\{character}"
    return _escape(character)


_RUST = Dialect(escape=_escape, escape_in_class=_escape_in_class, group="(?:")


def regex_text(pattern: Regex, cased: bool, strict: bool) -> str:
    """Print a regex that is searched for; `.` is any character, newlines too."""
    return write_folded(pattern, _RUST, cased=cased, strict=strict)
