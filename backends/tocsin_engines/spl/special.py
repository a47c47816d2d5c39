"""The eval functions that choose between expressions or repeat one."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from tocsin_engines.engine import Rejected
from tocsin_engines.spl.compiled import Compiled, Compiler, Scope
from tocsin_engines.spl.functions import Kind
from tocsin_engines.spl.tree import Call, Name, fields
from tocsin_engines.spl.values import Single, Value, bounded, each, packed


def _if(compiler: Compiler, call: Call) -> Compiled:
    if len(call.arguments) != 3:
        raise Rejected(f"`if` with {len(call.arguments)} arguments")
    test, *branches = call.arguments
    condition = compiler.condition(test)
    parts = [compiler.compile(branch) for branch in branches]
    then, otherwise = parts[0].run, parts[1].run
    return Compiled(
        _common(parts), lambda scope: then(scope) if condition(scope) else otherwise(scope)
    )


def _case(compiler: Compiler, call: Call) -> Compiled:
    """Compile `case`: the value after the first condition that is TRUE."""
    return _pairs(compiler, call, True)


def _validate(compiler: Compiler, call: Call) -> Compiled:
    """Compile `validate`: the value after the first condition that is FALSE."""
    return _pairs(compiler, call, False)


def _pairs(compiler: Compiler, call: Call, wanted: bool) -> Compiled:
    count = len(call.arguments)
    if count < 2 or count % 2:
        raise Rejected(f"`{call.function}` with {count} arguments")
    tests = [compiler.condition(test) for test in call.arguments[::2]]
    parts = [compiler.compile(part) for part in call.arguments[1::2]]
    pairs = [(test, part.run) for test, part in zip(tests, parts, strict=True)]
    return Compiled(
        _common(parts),
        lambda scope: next((run(scope) for test, run in pairs if test(scope) is wanted), None),
    )


def _common(parts: list[Compiled]) -> Kind:
    kinds = {part.kind for part in parts} - {Kind.NULL}
    if len(kinds) == 1:
        return kinds.pop()
    if Kind.BOOL in kinds:
        raise Rejected("one branch is a Boolean, another is not")
    return Kind.ANY if kinds else Kind.NULL


def _constant(kind: Kind, value: Value) -> Callable[[Compiler, Call], Compiled]:
    def build(compiler: Compiler, call: Call) -> Compiled:
        _none(call)
        return Compiled(kind, lambda scope: value)

    return build


def _now(compiler: Compiler, call: Call) -> Compiled:
    _none(call)
    return Compiled(Kind.NUMBER, lambda scope: scope.now)


def _none(call: Call) -> None:
    if call.arguments:
        raise Rejected(f"`{call.function}` takes no arguments")


def _mvfilter(compiler: Compiler, call: Call) -> Compiled:
    """Compile `mvfilter`: its condition "can reference ONLY ONE field at a time"."""
    if len(call.arguments) != 1:
        raise Rejected(f"`mvfilter` with {len(call.arguments)} arguments")
    names = fields(call.arguments[0])
    if len(names) != 1:
        raise Rejected("the condition of `mvfilter` is on one field")
    (name,) = names
    condition = compiler.condition(call.arguments[0])

    def run(scope: Scope) -> Value:
        values = each(scope.fields.get(name))
        return packed([one for one in values if condition(_with(scope, name, one))])

    return Compiled(Kind.ANY, run)


def _mvmap(compiler: Compiler, call: Call) -> Compiled:
    """Compile `mvmap` of a field: the expression, once for each of its values."""
    if len(call.arguments) != 2 or not isinstance(call.arguments[0], Name):
        raise Rejected("`mvmap` takes a field and an expression")
    name = call.arguments[0].field
    part = compiler.compile(call.arguments[1])
    if part.kind is Kind.BOOL:
        raise Rejected("`mvmap` to a Boolean")

    def run(scope: Scope) -> Value:
        found = [part.run(_with(scope, name, one)) for one in each(scope.fields.get(name))]
        return bounded(
            packed([one for value in found if not isinstance(value, bool) for one in each(value)])
        )

    return Compiled(Kind.ANY, run)


def _with(scope: Scope, name: str, value: Single) -> Scope:
    return Scope({**scope.fields, name: value}, scope.now)


SPECIAL: Mapping[str, Callable[[Compiler, Call], Compiled]] = MappingProxyType(
    {
        "if": _if,
        "case": _case,
        "validate": _validate,
        "true": _constant(Kind.BOOL, True),
        "false": _constant(Kind.BOOL, False),
        "null": _constant(Kind.NULL, None),
        "now": _now,
        "time": _now,
        "mvfilter": _mvfilter,
        "mvmap": _mvmap,
    }
)
