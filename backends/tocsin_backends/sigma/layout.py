"""Conditions laid out as SigmaHQ does: named selections and filters, and a condition over them."""

import re
from collections.abc import Iterable, Sequence

from tocsin_backends.sigma.items import Every, Item, No, Some, Tree, Value

Detection = dict[str, object]
_Map = dict[str, Item]  # by key; all of it holds

# SigmaHQ's own words for the fields that most rules read; other fields are written in full.
_HINTS = {
    "Image": "img",
    "CommandLine": "cli",
    "ParentImage": "parent",
    "ParentCommandLine": "parent_cli",
}


def detection(whole: Tree, always: Item) -> Detection:
    """Lay out WHOLE; ALWAYS is a test that holds of every event."""
    match whole:
        case Every(()):
            whole = always
        case Some(()):
            whole = No(always)
        case _:
            pass
    layout = _Layout()
    condition = layout.condition(whole.parts if isinstance(whole, Every) else (whole,))
    return {**layout.selections, "condition": condition}


class _Layout:
    def __init__(self) -> None:
        self.selections: Detection = {}

    # --- the top: selections that all hold, filters that all do not

    def condition(self, parts: Sequence[Tree]) -> str:
        excluded = [part.part for part in parts if isinstance(part, No)]
        wanted = [part for part in parts if not isinstance(part, No)]
        pieces = [*self._selected(wanted), *self._filtered(excluded)]
        if len(pieces) == 1 and pieces[0].startswith("("):
            return pieces[0][1:-1]
        return " and ".join(pieces)

    def _selected(self, parts: Sequence[Tree]) -> list[str]:
        blocks, others = _blocks(parts)
        if len(blocks) == 1 and not others:
            return [self._add("selection", "", blocks[0])]
        names = [self._add("selection", "_", block) for block in blocks]
        if not others and names:
            return ["all of selection_*"]
        return [*names, *(self._phrase(part, "selection") for part in others)]

    def _filtered(self, parts: Sequence[Tree]) -> list[str]:
        blocks = [_maps(part) for part in parts]
        names = [self._add("filter_main", "_", block) for block in blocks if block]
        others = [part for part, block in zip(parts, blocks, strict=True) if not block]
        phrases = [f"not {self._phrase(part, 'filter')}" for part in others]
        if len(names) > 1:
            return ["not 1 of filter_main_*", *phrases]
        return [*(f"not {name}" for name in names), *phrases]

    # --- below: every `and` and `or` in parentheses

    def _phrase(self, part: Tree, prefix: str) -> str:
        block = _maps(part)
        if block:
            return self._add(prefix, "_", block)
        match part:
            case No(inner):
                return f"not {self._phrase(inner, 'filter')}"
            case Some(parts):
                return f"({' or '.join(self._branches(parts, prefix))})"
            case Every(parts):
                blocks, others = _blocks(parts)
                names = [self._add(prefix, "_", each) for each in blocks]
                phrases = [self._phrase(each, prefix) for each in others]
                return f"({' and '.join([*names, *phrases])})"
            case Item():
                raise AssertionError(part.key)

    def _branches(self, parts: Sequence[Tree], prefix: str) -> list[str]:
        """Put the branches that are maps into one list of maps, where the first of them stands."""
        maps = [each for part in parts for each in _maps(part) or []]
        branches: list[str] = []
        for part in parts:
            if not _maps(part):
                branches.append(self._phrase(part, prefix))
            elif maps:
                branches.append(self._add(prefix, "_", maps))
                maps = []
        return branches

    # --- names

    def _add(self, prefix: str, joint: str, maps: Sequence[_Map]) -> str:
        """Name a selection after its field; a number only tells it from another."""
        name = f"{prefix}{joint}{_hint(maps)}" if joint else prefix
        unique, number = name, 1
        while unique in self.selections:
            number += 1
            unique = f"{name}_{number}"
        written = [{key: _written(item.values) for key, item in each.items()} for each in maps]
        self.selections[unique] = written[0] if len(written) == 1 else written
        return unique


def _written(values: Sequence[Value]) -> Value | list[Value]:
    return values[0] if len(values) == 1 else list(values)


def _hint(maps: Sequence[_Map]) -> str:
    """Take the field that all the maps test, else the first."""
    fields = [[item.field for item in each.values()] for each in maps]
    common = [field for field in fields[0] if all(field in each for each in fields)]
    field = (common or fields[0])[0]
    return _HINTS.get(field) or re.sub(r"[^a-z0-9]+", "_", field.lower())


# --- maps


def _blocks(parts: Sequence[Tree]) -> tuple[list[Sequence[_Map]], list[Tree]]:
    """Sort parts that all must hold into selections and what is beyond one selection."""
    blocks: list[Sequence[_Map]] = [
        [each] for each in _packed(part for part in parts if isinstance(part, Item))
    ]
    others: list[Tree] = []
    for part in parts:
        if not isinstance(part, Item):
            block = _maps(part)
            if block:
                blocks.append(block)
            else:
                others.append(part)
    return blocks, others


def _maps(part: Tree) -> Sequence[_Map] | None:
    """Say PART as maps of which one must hold, if it is flat enough."""
    match part:
        case Item():
            return [{part.key: part}]
        case Every(parts):
            items = [each for each in parts if isinstance(each, Item)]
            packed = _packed(items)
            return packed if len(items) == len(parts) and len(packed) == 1 else None
        case Some(parts):
            maps = [_maps(each) for each in parts]
            known = [each for each in maps if each]
            return [m for each in known for m in each] if len(known) == len(maps) else None
        case No():
            return None


def _packed(items: Iterable[Item]) -> list[_Map]:
    """Put items that must all hold into as few maps as their keys allow."""
    packed: list[_Map] = []
    for item in _all_together(items):
        room = next((each for each in packed if item.key not in each), None)
        if room is None:
            packed.append({item.key: item})
        else:
            room[item.key] = item
    return packed


def _all_together(items: Iterable[Item]) -> list[Item]:
    """Several `|contains` of one value each are one `|contains|all`."""
    found: dict[tuple[str, ...] | Item, Item] = {}
    for item in items:
        if "contains" not in item.modifiers or len(item.values) > 1:
            found[item] = item
            continue
        known = found.get((item.field, *item.modifiers))
        if known is None:
            found[item.field, *item.modifiers] = item
        else:
            modifiers = ("contains", "all", *item.modifiers[1:])
            both = Item(item.field, modifiers, (*known.values, *item.values))
            found[item.field, *item.modifiers] = both
    return list(found.values())
