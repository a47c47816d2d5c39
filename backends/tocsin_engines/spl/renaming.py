"""The command `rename` (Search Reference, rename)."""

import re
from collections.abc import Iterable, Mapping

from tocsin_engines.engine import Rejected
from tocsin_engines.spl.evaluate import Evaluator
from tocsin_engines.spl.rows import Command, Row, Rows
from tocsin_engines.spl.scan import COMMA, Scanner
from tocsin_engines.spl.values import Cell
from tocsin_engines.spl.words import AS, field_pattern


def rename(scanner: Scanner, evaluator: Evaluator) -> Command:
    """Read `rename`: from left to right, `*` on both sides is the same text."""
    pairs: list[tuple[str, str]] = []
    while not pairs or not scanner.ends():
        old = field_pattern(scanner)
        scanner.need(AS, "AS")
        new = field_pattern(scanner)
        _check(scanner, old, new)
        pairs.append((old, new))
        scanner.take(COMMA)

    def run(rows: Rows, now: float) -> Rows:
        for old, new in pairs:
            names = _names(old, new, (name for row in rows for name in row.fields))
            rows = [Row(_renamed(row.fields, names), row.places) for row in rows]
        return rows

    return Command(run)


def _check(scanner: Scanner, old: str, new: str) -> None:
    if old.count("*") != new.count("*"):
        raise scanner.refused("both names have the same number of wildcards")
    if "{" in new or not new:
        raise scanner.refused("a name with `{`, or none")


def _names(old: str, new: str, present: Iterable[str]) -> dict[str, str]:
    """Return which of the fields PRESENT gets which name; with no wildcard, OLD gets NEW."""
    if "*" not in old:
        return {old: new}
    found = {
        name: _filled(new, texts)
        for name in dict.fromkeys(present)
        if (texts := _texts(old, name)) is not None
    }
    if len(set(found.values())) < len(found) or "" in found.values():
        raise Rejected(f"`{old}` AS `{new}` leaves two fields one name, or one of them none")
    return found


def _texts(pattern: str, name: str) -> tuple[str, ...] | None:
    """Return the texts that the wildcards of PATTERN are in NAME; None if it is not so."""
    parts = [re.escape(part) for part in pattern.split("*")]
    longest = re.fullmatch("(.*)".join(parts), name, re.DOTALL)
    shortest = re.fullmatch("(.*?)".join(parts), name, re.DOTALL)
    if longest is None or shortest is None:
        return None
    if longest.groups() != shortest.groups():
        raise Rejected(f"`{name}` is `{pattern}` in more than one way")
    if pattern.startswith("*") and name.startswith("_"):
        raise Rejected("whether a wildcard renames an internal field is not documented")
    return tuple(longest.groups())


def _filled(pattern: str, texts: tuple[str, ...]) -> str:
    first, *rest = pattern.split("*")
    return first + "".join(text + part for text, part in zip(texts, rest, strict=True))


def _renamed(before: Mapping[str, Cell], names: Mapping[str, str]) -> dict[str, Cell]:
    """Return the fields under their new NAMES.

    A new name loses what it held, also if the old one holds nothing.
    """
    taken = set(names.values())
    kept = {name: cell for name, cell in before.items() if name not in names and name not in taken}
    return kept | {new: before[old] for old, new in names.items() if old in before}
