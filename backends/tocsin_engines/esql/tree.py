"""What a query says: commands, and the expressions in them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """A column."""

    path: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, a number, a truth, or null."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Several:
    """A list of literals in brackets: one value of several."""

    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A time span, in milliseconds."""

    milliseconds: int


@dataclass(frozen=True, slots=True)
class Not:
    """`NOT`."""

    operand: "Expr"


@dataclass(frozen=True, slots=True)
class Logic:
    """`AND` or `OR`."""

    word: str
    left: "Expr"
    right: "Expr"


@dataclass(frozen=True, slots=True)
class Compare:
    """`==`, `!=`, `<`, `<=`, `>`, `>=`."""

    sign: str
    left: "Expr"
    right: "Expr"


@dataclass(frozen=True, slots=True)
class Among:
    """`IN`."""

    operand: "Expr"
    options: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Fits:
    """`LIKE`, or `RLIKE` if it is a REGEX; a list of one is a LIST all the same."""

    operand: "Expr"
    patterns: tuple[str, ...]
    regex: bool
    list: bool


@dataclass(frozen=True, slots=True)
class IsNull:
    """`IS NULL`."""

    operand: "Expr"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two numbers, or a time and a span, with `+`, `-`, `*` or `/` between."""

    sign: str
    left: "Expr"
    right: "Expr"


@dataclass(frozen=True, slots=True)
class Call:
    """A function; STAR is the argument of `COUNT(*)`."""

    name: str
    arguments: tuple["Expr", ...]
    star: bool = False


Expr = (
    Name
    | Literal
    | Several
    | Span
    | Not
    | Logic
    | Compare
    | Among
    | Fits
    | IsNull
    | Arithmetic
    | Call
)


@dataclass(frozen=True, slots=True)
class Field:
    """`name = expression`, or an expression that names itself; WHERE is an aggregate's filter."""

    name: str
    expr: Expr
    where: Expr | None = None


@dataclass(frozen=True, slots=True)
class From:
    """`FROM`, with the METADATA asked for."""

    indices: tuple[str, ...]
    metadata: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Where:
    """`WHERE`."""

    condition: Expr


@dataclass(frozen=True, slots=True)
class Eval:
    """`EVAL`."""

    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Stats:
    """`STATS … BY …`; INLINE, what comes of it stands beside the rows it is made of."""

    fields: tuple[Field, ...]
    by: tuple[Field, ...]
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Expand:
    """`MV_EXPAND`."""

    name: str


@dataclass(frozen=True, slots=True)
class Kept:
    """`KEEP`, or `DROP` if it is DROPPED."""

    names: tuple[str, ...]
    dropped: bool


@dataclass(frozen=True, slots=True)
class Limit:
    """`LIMIT`."""

    rows: int


Command = Where | Eval | Stats | Expand | Kept | Limit


@dataclass(frozen=True, slots=True)
class Query:
    """The settings, the source, and the commands behind it."""

    nullify: bool
    source: From
    commands: tuple[Command, ...]
