"""What tells the events of a class from the others of its log source: `EventID: 4624`."""

from collections.abc import Sequence

from tocsin.profiles import SourceClass
from tocsin_backends.sigma.items import Every, Item, Tree, Value, every, some


def gated(places: Sequence[SourceClass], condition: Tree) -> Tree:
    """Put the gate before CONDITION, unless that asks for as much by itself."""
    gate = some(
        every(Item(name, (), tuple(map(_number, values))) for name, values in place.select.items())
        for place in places
    )
    return condition if _implies(condition, gate) else every((gate, condition))


def _implies(condition: Tree, gate: Tree) -> bool:
    conjuncts = condition.parts if isinstance(condition, Every) else (condition,)
    return isinstance(gate, Item) and any(
        isinstance(each, Item) and each.key == gate.key and set(each.values) <= set(gate.values)
        for each in conjuncts
    )


def _number(value: Value) -> Value:
    if isinstance(value, str) and value.isdecimal() and str(int(value)) == value:
        return int(value)
    return value
