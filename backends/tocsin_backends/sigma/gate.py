"""What tells the events of a class from the others of its log source: `EventID: 4624`."""

from collections.abc import Sequence

from tocsin.profiles import SourceClass
from tocsin_backends.sigma.items import Every, Item, No, Some, Tree, Value, every, no, some


def gated(places: Sequence[SourceClass], condition: Tree) -> Tree:
    """Put the gate before CONDITION, unless that asks for as much by itself."""
    fields = {field for place in places for field in place.select}
    numbered = _numbered(condition, fields)
    gate = some(
        every(Item(name, (), tuple(map(_number, values))) for name, values in place.select.items())
        for place in places
    )
    return numbered if _implies(numbered, gate) else every((gate, numbered))


def _implies(condition: Tree, gate: Tree) -> bool:
    conjuncts = condition.parts if isinstance(condition, Every) else (condition,)
    return isinstance(gate, Item) and any(
        isinstance(each, Item) and each.key == gate.key and set(each.values) <= set(gate.values)
        for each in conjuncts
    )


def _numbered(part: Tree, fields: set[str]) -> Tree:
    """Write the numbers of the gate's fields as numbers in the condition, too."""
    match part:
        case Item(field, (), values) if field in fields:
            return Item(field, (), tuple(map(_number, values)))
        case Item():
            return part
        case Every(parts):
            return Every(tuple(_numbered(each, fields) for each in parts))
        case Some(parts):
            return Some(tuple(_numbered(each, fields) for each in parts))
        case No(inner):
            return no(_numbered(inner, fields))


def _number(value: Value) -> Value:
    if isinstance(value, str) and value.isdecimal() and str(int(value)) == value:
        return int(value)
    return value
