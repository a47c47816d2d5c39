"""Tokens to conditions. `not` binds tightest, then `and`, then `or`."""

from dataclasses import dataclass

from tocsin_engines.engine import Rejected
from tocsin_engines.eql.cursor import Cursor
from tocsin_engines.eql.tree import (
    And,
    Bare,
    Call,
    Compare,
    Condition,
    Constant,
    In,
    Like,
    Literal,
    Name,
    Not,
    Or,
    Regex,
)
from tocsin_engines.tokens import Lexeme

_DEPTH = 40
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_PATTERNS = (":", "like", "like~", "regex", "regex~")
_ARITHMETIC = ("+", "-", "*", "/", "%")


@dataclass(frozen=True, slots=True)
class _Value:
    """A constant where a condition may turn out to stand."""

    value: Literal


_Operand = Name | _Value | Condition


def condition(cursor: Cursor, depth: int = 0) -> Condition:
    """Read a condition up to what cannot belong to it."""
    if depth > _DEPTH:
        raise Rejected("the condition is nested too deep")
    operands = [_conjunction(cursor, depth)]
    while cursor.takes("or"):
        operands.append(_conjunction(cursor, depth))
    return operands[0] if len(operands) == 1 else Or(tuple(operands))


def _conjunction(cursor: Cursor, depth: int) -> Condition:
    operands = [_negated(cursor, depth)]
    while cursor.takes("and"):
        operands.append(_negated(cursor, depth))
    return operands[0] if len(operands) == 1 else And(tuple(operands))


def _negated(cursor: Cursor, depth: int) -> Condition:
    count = 0
    while cursor.takes("not"):
        count += 1
    found = _predicate(cursor, depth)
    return Not(found) if count % 2 else found


def _predicate(cursor: Cursor, depth: int) -> Condition:
    left = _operand(cursor, depth)
    if operator := cursor.takes(*_COMPARISONS):
        found = _comparison(left, operator, _operand(cursor, depth))
        if cursor.sees(*_COMPARISONS, *_PATTERNS):
            raise cursor.error("comparisons cannot be chained")
        return found
    if operator := cursor.takes(*_PATTERNS):
        return _pattern(cursor, left, operator)
    negated = cursor.takes("not")
    if operator := cursor.takes("in", "in~"):
        found = In(_field(left, operator), _list(cursor, depth), operator == "in~")
        return Not(found) if negated else found
    if negated:
        raise cursor.error("expecting 'in'")
    if cursor.sees("="):
        raise cursor.error("compare with == instead of =")
    return _as_condition(left)


def _comparison(left: _Operand, operator: str, right: _Operand) -> Condition:
    match left, right:
        case Name(), _Value():
            return Compare(left, operator, right.value)
        case _Value(), Name():
            return Compare(right, _MIRROR.get(operator, operator), left.value)
        case Name(), Name():
            raise Rejected(
                "comparisons against fields are not (currently) supported;"
                f" offender [{right.path}] in [{operator}]"
            )
        case _Value(), _Value():
            raise Rejected("this engine does not compare constants")
        case (_Value(), _) | (_, _Value()):
            return _compared_to_boolean(left, operator, right)
        case _:
            raise Rejected("comparisons against fields are not (currently) supported")


def _compared_to_boolean(left: _Operand, operator: str, right: _Operand) -> Condition:
    """`(condition) == true` is the condition (`BooleanFunctionEqualsElimination`)."""
    value, other = (left, right) if isinstance(left, _Value) else (right, left)
    if not isinstance(value, _Value) or not isinstance(value.value, bool):
        raise Rejected(
            "this engine has no scripts: it compares what is no field with true and false only"
        )
    if operator not in ("==", "!="):
        raise Rejected(f"[{operator}] does not compare booleans")
    found = _as_condition(other)
    return found if value.value == (operator == "==") else Not(found)


def _pattern(cursor: Cursor, left: _Operand, operator: str) -> Condition:
    field, patterns = _field(left, operator), _texts(cursor)
    if operator.startswith("regex"):
        return Regex(field, patterns, operator == "regex~")
    return Like(field, patterns, operator != "like")


def _texts(cursor: Cursor) -> tuple[str, ...]:
    """Read a text, or a list of them; `:` is for strings only (syntax page)."""
    listed = cursor.takes("(")
    found = [_text(cursor)]
    while listed and cursor.takes(","):
        found.append(_text(cursor))
    if listed:
        cursor.expect(")")
    return tuple(found)


def _text(cursor: Cursor) -> str:
    if cursor.now.kind is not Lexeme.TEXT:
        raise cursor.error("expecting a string")
    return cursor.next().value


def _list(cursor: Cursor, depth: int) -> tuple[Literal, ...]:
    cursor.expect("(")
    found = [_constant(cursor, depth)]
    while cursor.takes(","):
        found.append(_constant(cursor, depth))
    cursor.expect(")")
    return tuple(found)


def _constant(cursor: Cursor, depth: int) -> Literal:
    found = _operand(cursor, depth)
    if not isinstance(found, _Value):
        raise Rejected("comparisons against fields are not (currently) supported")
    return found.value


def _operand(cursor: Cursor, depth: int) -> _Operand:
    found = _primary(cursor, depth)
    if cursor.sees(*_ARITHMETIC):
        raise cursor.error("arithmetic runs as a script, which this engine does not have")
    return found


def _primary(cursor: Cursor, depth: int) -> _Operand:
    if cursor.now.kind is Lexeme.TEXT:
        return _Value(cursor.next().value)
    if sign := cursor.takes("-", "+"):
        number = cursor.number()
        return _Value(-number if sign == "-" else number)
    if cursor.now.kind is Lexeme.NUMBER:
        return _Value(cursor.number())
    if word := cursor.takes("true", "false", "null"):
        return _Value({"true": True, "false": False}.get(word))
    if cursor.takes("("):
        found = _in_parentheses(cursor, depth + 1)
        cursor.expect(")")
        return found
    if cursor.now.kind is Lexeme.WORD and cursor.now.written.endswith("~"):
        return _call(cursor, cursor.next().written, depth)
    found = cursor.name()
    if cursor.sees("("):
        return _call(cursor, found.path, depth)
    if cursor.sees("of"):
        raise cursor.error("process relationships are not supported")
    return found


def _in_parentheses(cursor: Cursor, depth: int) -> _Operand:
    """Read what stands in parentheses: `(f) == "x"` is as good as `f == "x"`."""
    found = condition(cursor, depth)
    match found:
        case Bare(field):
            return field
        case Constant(value):
            return _Value(value)
        case _:
            return found


def _call(cursor: Cursor, written: str, depth: int) -> Call:
    """Read a function's arguments; names of functions ignore case (`FunctionRegistry`)."""
    if depth > _DEPTH:
        raise Rejected("the condition is nested too deep")
    cursor.expect("(")
    arguments: list[_Operand] = []
    if not cursor.sees(")"):
        arguments.append(_operand(cursor, depth + 1))
        while cursor.takes(","):
            arguments.append(_operand(cursor, depth + 1))
    cursor.expect(")")
    function = written.rstrip("~").lower()
    constants = [each.value for each in arguments[1:] if isinstance(each, _Value)]
    if not arguments or not isinstance(arguments[0], Name):
        raise Rejected(f"this engine runs [{function}] on a field only")
    if len(constants) < len(arguments) - 1:
        raise Rejected(f"arguments of [{function}] after the first must be constants")
    return Call(function, arguments[0], tuple(constants), written.endswith("~"))


def _field(operand: _Operand, operator: str) -> Name:
    if not isinstance(operand, Name):
        raise Rejected(f"this engine reads [{operator}] after a field only")
    return operand


def _as_condition(operand: _Operand) -> Condition:
    match operand:
        case Name():
            return Bare(operand)
        case _Value():
            if isinstance(operand.value, bool):
                return Constant(operand.value)
            raise Rejected("condition expression needs to be boolean")
        case _:
            return operand
