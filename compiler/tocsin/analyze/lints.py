"""Advice on single tests: what is allowed, and still hardly what was meant."""

from collections.abc import Iterator

from tocsin import tree
from tocsin.diagnostics import Code, Diagnostic
from tocsin.evaluate import is_alphanumeric
from tocsin.model import Exists, Expr, Field, Not, Pattern, SameAs, operands, predicates
from tocsin.schema import FieldType


def needle(op: str, field: Field, text: tree.Text) -> Iterator[Diagnostic]:
    """Look at one literal of a text test."""
    value, span = text.value, text.span
    if op in {"contains", "starts with", "ends with", "has", "is"} and set(value) & set("*?"):
        message = f"`*` and `?` are plain characters after `{op}`"
        yield Diagnostic(
            Code.WILDCARD_IN_LITERAL, message, span, "no wildcards here", "`like` knows wildcards"
        )
    if op == "has" and not (is_alphanumeric(value[0]) or is_alphanumeric(value[-1])):
        yield Diagnostic(
            Code.PUNCTUATION_TERM,
            "a term with punctuation at both ends",
            span,
            "same as `contains`",
            "`has` looks for a word edge only beside a letter or digit",
        )
    if field.type is FieldType.PATH and "\\\\" in value[1:]:
        yield Diagnostic(
            Code.DOUBLED_SEPARATOR,
            "a doubled separator inside a path",
            span,
            "two backslashes",
            "in a raw string one backslash is one backslash",
        )


def pattern(parts: Pattern, text: tree.Text) -> Iterator[Diagnostic]:
    """Look at one `like` pattern."""
    if len(parts) == 1 and isinstance(parts[0], str):
        yield Diagnostic(
            Code.NO_WILDCARD,
            "`like` without a wildcard",
            text.span,
            "no `*` or `?`",
            "same as `is`",
        )


def fields_differ(condition: Expr) -> Iterator[Diagnostic]:
    """Warn of `a is not b` between fields: it holds where one of them is missing, too."""
    asked = {test.field.name for test in predicates(condition) if isinstance(test, Exists)}
    for negated in _negated(condition):
        names = [field.name for field in (negated.field, negated.other)]
        if not asked & set(names):
            yield Diagnostic(
                Code.FIELDS_DIFFER,
                f"`{names[0]} is not {names[1]}` holds where one of them is missing",
                negated.span,
                "true without a value",
                f"`{names[0]} exists and {names[1]} exists` asks for both",
            )


def _negated(condition: Expr) -> Iterator[SameAs]:
    pending = [condition]
    while pending:
        node = pending.pop()
        if isinstance(node, Not) and isinstance(node.operand, SameAs):
            yield node.operand
        pending += operands(node)


def mixed(expr: tree.And | tree.Or) -> Iterator[Diagnostic]:
    """Warn of `and` and `or` side by side without parentheses."""
    for operand in expr.operands:
        if isinstance(expr, tree.Or) and isinstance(operand, tree.And):
            yield Diagnostic(
                Code.MIXED,
                "`and` beside `or` without parentheses",
                operand.span,
                "`and` binds tighter",
                "parentheses say it to every reader",
            )
