"""What an eval expression is compiled to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from tocsin_engines.spl.assumed import Readings
from tocsin_engines.spl.functions import Kind
from tocsin_engines.spl.tree import Expr
from tocsin_engines.spl.values import Cell, Value


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression can see: the fields of an event, and when the search started."""

    fields: Mapping[str, Cell]
    now: float


@dataclass(frozen=True, slots=True)
class Compiled:
    """A function of an event, and what kind of value it gives. A Boolean can be NULL."""

    kind: Kind
    run: Callable[[Scope], Value]


class Compiler(Protocol):
    """What compiles the arguments of a call."""

    @property
    def readings(self) -> Readings:
        """The choices that the documentation leaves."""
        ...

    def compile(self, expr: Expr, /) -> Compiled:
        """Compile an expression."""
        ...

    def condition(self, expr: Expr, /) -> Callable[[Scope], bool | None]:
        """Compile a Boolean expression; refuse any other."""
        ...


def truth(value: Value) -> bool | None:
    """Return a Boolean; anything else, such as the null() of an `if`, is NULL."""
    return value if isinstance(value, bool) else None
