"""A regex tree as Python's `re` reads it: the tests' own engine, without any target's printer."""

import re

from tocsin import evaluate, model
from tocsin.model import Occurrence, Scalar
from tocsin.regex import Dialect, Regex, write

PYTHON = Dialect(escape=re.escape, escape_in_class=re.escape, end=r"\Z", group="(?:")


def found(pattern: Regex, value: str, *, cased: bool) -> bool:
    flags = re.DOTALL | (0 if cased else re.IGNORECASE | re.ASCII)
    return re.search(write(pattern, PYTHON), value, flags) is not None


def holds(expr: model.Expr, event: Occurrence) -> bool:
    """The reference meaning, with `Matches` judged by `re`."""
    match expr:
        case model.And(operands):
            return all(holds(each, event) for each in operands)
        case model.Or(operands):
            return any(holds(each, event) for each in operands)
        case model.Not(operand):
            return not holds(operand, event)
        case model.Matches(field, patterns, cased):
            values: tuple[Scalar, ...] = evaluate.values(field, event)
            return any(
                found(pattern, str(value), cased=cased) for value in values for pattern in patterns
            )
        case _:
            return evaluate.holds(expr, event)
