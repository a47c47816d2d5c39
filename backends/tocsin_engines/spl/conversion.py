"""The eval function `tonumber` (Search Reference, Conversion functions)."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from tocsin_engines.engine import Rejected
from tocsin_engines.spl.compiled import Compiled, Compiler, Scope
from tocsin_engines.spl.functions import Function, Given, Kind, Null, called, check
from tocsin_engines.spl.tree import Call, Numeral, Text
from tocsin_engines.spl.values import Value

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def _tonumber(compiler: Compiler, call: Call) -> Compiled:
    """Compile `tonumber`: NULL if a field is no number, an error if a literal is none."""
    prefixed = compiler.readings.tonumber_reads_0x
    function = Function(1, 2, "vn", Kind.NUMBER, lambda given: _read(given, prefixed))
    parts = [compiler.compile(argument) for argument in call.arguments]
    check("tonumber", function, [part.kind for part in parts])
    runs = [part.run for part in parts]
    literal = isinstance(call.arguments[0], Text)

    def run(scope: Scope) -> Value:
        values = [one(scope) for one in runs]
        result = called("tonumber", function, values)
        if literal and result is None and None not in values:
            raise Rejected("`tonumber` cannot parse the string")
        return result

    if all(isinstance(argument, Text | Numeral) for argument in call.arguments):
        run(Scope({}, 0.0))  # A wrong literal is refused before there are events.
    return Compiled(Kind.NUMBER, run)


def _read(given: Given, prefixed: bool) -> Value:
    if len(given) == 1:
        return given.number(0)
    text, base = given.text(0).lower(), given.whole(1)
    if not 2 <= base <= 36:
        raise Rejected("the base of `tonumber` is between 2 and 36")
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    if prefixed and base == 16:
        digits = digits.removeprefix("0x")
    if not 0 < len(digits) <= 60 or any(digit not in _DIGITS[:base] for digit in digits):
        raise Null
    return int(sign + digits, base)


CONVERSION: Mapping[str, Callable[[Compiler, Call], Compiled]] = MappingProxyType(
    {"tonumber": _tonumber}
)
