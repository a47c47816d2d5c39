"""The eval functions that compute a value from values (Search Reference, Evaluation functions)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from tocsin_engines.engine import Rejected
from tocsin_engines.spl.values import Number, Single, Value, bounded, each, number, show


class Kind(Enum):
    """What is known of an expression before it runs. ANY is a field, NULL the null()."""

    BOOL = "a Boolean"
    NUMBER = "a number"
    TEXT = "a string"
    ANY = "a field"
    NULL = "NULL"


class Null(Exception):
    """An argument is NULL, or not of the type, so the result is NULL."""


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments of a call."""

    function: str
    values: Sequence[Value]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.values)

    def raw(self, place: int) -> Value:
        """Return an argument as it is."""
        return self.values[place]

    def single(self, place: int) -> Single:
        """Return an argument that is one value."""
        match self.values[place]:
            case None | bool():
                raise Null
            case tuple():
                raise Rejected(f"`{self.function}` of a multivalue field is not documented")
            case value:
                return value

    def text(self, place: int) -> str:
        """Return an argument as text."""
        return show(self.single(place))

    def number(self, place: int) -> Number:
        """Return an argument as a number."""
        read = number(self.single(place))
        if read is None:
            raise Null
        return read

    def whole(self, place: int) -> int:
        """Return an argument as a whole number."""
        read = self.number(place)
        if read != read or abs(read) > 2**53:
            raise Null
        return int(read)

    def many(self, place: int) -> tuple[Single, ...]:
        """Return an argument as the values it has."""
        value = self.values[place]
        if value is None or isinstance(value, bool):
            raise Null
        return each(value)


Body = Callable[[Given], Value]


@dataclass(frozen=True, slots=True)
class Function:
    """A function: fewest and most arguments, what each must be, what it gives.

    TAKES has a letter for an argument, the last one for all that follow: t text, n number, v any
    value but a Boolean, b anything.
    """

    least: int
    most: int | None
    takes: str
    gives: Kind
    body: Body


_ALLOWED: Mapping[str, frozenset[Kind]] = MappingProxyType(
    {
        "t": frozenset({Kind.TEXT, Kind.ANY, Kind.NULL}),
        "n": frozenset({Kind.NUMBER, Kind.ANY, Kind.NULL}),
        "v": frozenset({Kind.TEXT, Kind.NUMBER, Kind.ANY, Kind.NULL}),
        "b": frozenset(Kind),
    }
)


def check(name: str, function: Function, kinds: Sequence[Kind]) -> None:
    """Refuse a call whose arguments are too few, too many or of the wrong kind."""
    count = len(kinds)
    if count < function.least or (function.most is not None and count > function.most):
        raise Rejected(f"`{name}` with {count} arguments")
    for place, kind in enumerate(kinds):
        letter = function.takes[min(place, len(function.takes) - 1)]
        if kind not in _ALLOWED[letter]:
            raise Rejected(f"argument {place + 1} of `{name}` is {kind.value}")


def called(name: str, function: Function, values: Sequence[Value]) -> Value:
    """Call a function; NULL where an argument is NULL or makes no sense."""
    try:
        return bounded(function.body(Given(name, values)))
    except (Null, OverflowError):
        return None
