"""A condition and a schema to what tests a record: fields resolved, types checked, nulls folded.

A field written `?f` that is mapped nowhere is `null`. Its comparisons are `null`, `not null` is
`null`, `null and X` is `null`, but `null or X` is `X`, and a filter that is `null` passes nothing
(`ConstantFolding`, `PruneFilters`). So `not ?f : "x"` empties a query where `f` is unmapped.
"""

from tocsin_engines.engine import Kind, Rejected, Schema
from tocsin_engines.eql import leaves
from tocsin_engines.eql.leaves import Test
from tocsin_engines.eql.stored import CATEGORY, Column
from tocsin_engines.eql.tree import (
    And,
    Bare,
    Call,
    Compare,
    Condition,
    Constant,
    EventFilter,
    In,
    Like,
    Name,
    Not,
    Or,
    Regex,
)

# A test, or what it comes to without a look at any record.
Folded = Test | bool | None

_SCRIPTS = frozenset(
    {
        *("add", "between", "concat", "divide", "indexof", "length", "modulo", "multiply"),
        *("number", "string", "substring", "subtract"),
    }
)


def selects(event: EventFilter, schema: Schema) -> Test:
    """Return what selects the records of EVENT."""
    test = _test(_folded(event.condition, schema))
    category = column(Name(CATEGORY), schema)
    if event.category is None or category is None:
        return test
    of_category = leaves.equals(category, (event.category,))
    return lambda record: of_category(record) and test(record)


def _test(condition: Folded) -> Test:
    if callable(condition):
        return condition
    passes = condition is True
    return lambda _: passes


def column(name: Name, schema: Schema) -> Column | None:
    """Resolve NAME; an optional field that is not mapped is None, and any other is an error."""
    kind = schema.get(name.path, Kind.TEXT if name.path == CATEGORY else None)
    if kind is not None:
        return Column(name.path, kind)
    if name.optional:
        return None
    raise Rejected(f"unknown column [{name.path}]")


def _folded(condition: Condition, schema: Schema) -> Folded:
    match condition:
        case And(operands):
            return _and([_folded(operand, schema) for operand in operands])
        case Or(operands):
            return _or([_folded(operand, schema) for operand in operands])
        case Not(operand):
            return _not(_folded(operand, schema))
        case Constant(value):
            return value
        case Bare(field):
            held = column(field, schema)
            return None if held is None else _bare(held)
        case Compare():
            return _compare(condition, schema)
        case In() | Like() | Regex() | Call():
            held = column(condition.field, schema)
            return None if held is None else _leaf(condition, held)


def _and(operands: list[Folded]) -> Folded:
    if any(each is False for each in operands):
        return False
    if any(each is None for each in operands):
        return None
    tests = tuple(each for each in operands if callable(each))
    return (lambda record: all(test(record) for test in tests)) if tests else True


def _or(operands: list[Folded]) -> Folded:
    if any(each is True for each in operands):
        return True
    tests = tuple(each for each in operands if callable(each))
    if tests:
        return lambda record: any(test(record) for test in tests)
    return None if any(each is None for each in operands) else False


def _not(operand: Folded) -> Folded:
    if callable(operand):
        test = operand
        return lambda record: not test(record)
    return None if operand is None else not operand


def _bare(held: Column) -> Test:
    if held.kind is not Kind.BOOL:
        raise Rejected(f"condition expression needs to be boolean, found [{held.kind}]")
    return leaves.equals(held, (True,))


def _compare(condition: Compare, schema: Schema) -> Folded:
    held = column(condition.field, schema)
    match condition.operator, condition.value:
        case "==" | "!=", None:
            # Asked before anything folds (`ReplaceNullChecks`): an unmapped field *is* null.
            there = leaves.exists(held) if held is not None else False
            return there if condition.operator == "!=" else _not(there)
        case _, None:
            raise Rejected(f"[{condition.operator}] does not compare with null")
        case "==", value:
            return None if held is None else leaves.equals(held, (value,))
        case "!=", value:
            return None if held is None else _not(leaves.equals(held, (value,)))
        case operator, value:
            return None if held is None else leaves.compares(held, operator, value)


def _leaf(condition: In | Like | Regex | Call, held: Column) -> Test:
    match condition:
        case In(_, values, folded):
            return leaves.equals_folded(held, values) if folded else leaves.equals(held, values)
        case Like(_, patterns, folded):
            return leaves.like(held, patterns, folded)
        case Regex(_, patterns, folded):
            return leaves.regex(held, patterns, folded)
        case Call():
            return _call(condition, held)


def _call(call: Call, held: Column) -> Test:
    if call.function == "cidrmatch" and not call.folded and call.arguments:
        return leaves.in_networks(held, call.arguments)
    if call.function in _SCRIPTS:
        raise Rejected(f"[{call.function}] runs as a script, which this engine does not have")
    match call.function, call.arguments:
        case "startswith", (str(needle),):
            return leaves.starts_with(held, needle, call.folded)
        case "endswith", (str(needle),):
            return leaves.wild(held, f"*{needle}", call.folded)
        case "stringcontains", (str(""),):
            raise Rejected("this engine does not look for an empty text")
        case "stringcontains", (str(needle),):
            return leaves.wild(held, f"*{needle}*", call.folded)
        case "cidrmatch" | "startswith" | "endswith" | "stringcontains", _:
            raise Rejected(f"error building [{call.function}]: its arguments do not fit")
        case _:
            raise Rejected(f"unknown function [{call.function}]")
