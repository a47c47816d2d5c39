"""The words that commands share: field names, options, AS and BY."""

import re

from tocsin_engines.engine import Rejected
from tocsin_engines.spl.expression import QUOTED_FIELD
from tocsin_engines.spl.scan import COMMA, STRING, Scanner, unescaped

AS = re.compile(r"as(?=[\s\"])", re.IGNORECASE)
BY = re.compile(r"by(?=[\s\"])", re.IGNORECASE)
COUNT = re.compile(r"\d{1,9}(?![\w.])", re.ASCII)

_FIELD = re.compile(r"[A-Za-z_][\w.{}:@-]*", re.ASCII)
_PATTERN = re.compile(r"[A-Za-z_*][\w.*{}:@-]*", re.ASCII)
_OPTION = re.compile(r"([a-z_]+)\s*=\s*(?:\"((?:\\.|[^\"\\])*)\"|([^\s|()\[\]\"'`,]+))")
_TRUTHS = {"t": True, "true": True, "1": True, "f": False, "false": False, "0": False}


def field_name(scanner: Scanner) -> str:
    """Read the name of a field: a word, or in quotation marks."""
    return _named(scanner, _FIELD)


def field_pattern(scanner: Scanner) -> str:
    """Read the name of a field, in which `*` is anything."""
    return _named(scanner, _PATTERN)


def _named(scanner: Scanner, word: re.Pattern[str]) -> str:
    if found := scanner.take(STRING):
        return unescaped(found[1])
    if found := scanner.take(QUOTED_FIELD):
        return found[1]
    return scanner.need(word, "a field")[0]


def name(scanner: Scanner) -> str:
    """Read a new name; a wildcard in it is refused."""
    found = field_name(scanner)
    if "*" in found or "{" in found or not found:
        raise scanner.refused("a name with `*` or `{`")
    return found


def field_names(scanner: Scanner, patterns: bool = False) -> tuple[str, ...]:
    """Read names with commas or blanks between them, to the end of the command."""
    found: list[str] = []
    while not found or not scanner.ends():
        found.append(field_pattern(scanner) if patterns else field_name(scanner))
        scanner.take(COMMA)
    return tuple(found)


def option(scanner: Scanner) -> tuple[str, str] | None:
    """Read `name=value`."""
    found = scanner.take(_OPTION)
    if found is None:
        return None
    return found[1], unescaped(found[2]) if found[3] is None else found[3]


def options(scanner: Scanner, known: frozenset[str]) -> dict[str, str]:
    """Read options, each of them KNOWN."""
    found: dict[str, str] = {}
    while given := option(scanner):
        if given[0] not in known or given[0] in found:
            raise scanner.refused(f"option `{given[0]}` is not known here, or given twice")
        found[given[0]] = given[1]
    return found


def truth(text: str) -> bool:
    """Read a Boolean option."""
    found = _TRUTHS.get(text.lower())
    if found is None:
        raise Rejected(f"`{text}` is no Boolean")
    return found


def count(text: str) -> int:
    """Read a number of events."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Rejected(f"`{text}` is no count")
    return int(text)
