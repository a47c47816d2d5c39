"""The nodes of an eval expression."""

from dataclasses import dataclass

from tocsin_engines.spl.values import Number


@dataclass(frozen=True, slots=True)
class Text:
    """A string as written, without its quotes."""

    raw: str


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number; FRACTION if it is written with a point."""

    value: Number
    fraction: bool


@dataclass(frozen=True, slots=True)
class Name:
    """A field."""

    field: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments."""

    function: str
    arguments: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """NOT."""

    part: "Expr"


@dataclass(frozen=True, slots=True)
class Logic:
    """AND, OR or XOR of two parts or more."""

    word: str
    parts: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left sign right`."""

    sign: str
    left: "Expr"
    right: "Expr"


@dataclass(frozen=True, slots=True)
class Among:
    """`item IN (options)`, or `in(item, options)`."""

    item: "Expr"
    options: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """Operators that bind alike, from left to right."""

    first: "Expr"
    rest: tuple[tuple[str, "Expr"], ...]


@dataclass(frozen=True, slots=True)
class Minus:
    """Unary minus."""

    part: "Expr"


Expr = Text | Numeral | Name | Call | Not | Logic | Comparison | Among | Chain | Minus


def children(expr: Expr) -> tuple[Expr, ...]:
    """Return the expressions right under EXPR."""
    match expr:
        case Text() | Numeral() | Name():
            return ()
        case Call():
            return expr.arguments
        case Not() | Minus():
            return (expr.part,)
        case Logic():
            return expr.parts
        case Comparison():
            return (expr.left, expr.right)
        case Among():
            return (expr.item, *expr.options)
        case Chain():
            return (expr.first, *(part for _, part in expr.rest))


def fields(expr: Expr) -> frozenset[str]:
    """Return the fields that EXPR names."""
    if isinstance(expr, Name):
        return frozenset({expr.field})
    return frozenset(name for child in children(expr) for name in fields(child))
