"""`like` patterns: from text to parts, so that no star is ever mistaken for a character."""

from collections.abc import Iterable

from tocsin.model import Pattern, Wild

_WILD = {"*": Wild.ANY, "?": Wild.ONE}


def parse_pattern(text: str) -> Pattern:
    """Read a pattern: `*` and `?` are wild, `[*]` and `[?]` (read first) the characters."""
    parts: list[str | Wild] = []
    at = 0
    while at < len(text):
        literal = text[at : at + 3] in {"[*]", "[?]"}
        parts.append(text[at + 1] if literal else _WILD.get(text[at], text[at]))
        at += 3 if literal else 1
    return joined(parts)


def joined(parts: Iterable[str | Wild]) -> Pattern:
    """Make one text of texts side by side, and one run of runs."""
    pattern: list[str | Wild] = []
    for part in parts:
        last = pattern[-1] if pattern else None
        if isinstance(part, str) and isinstance(last, str):
            pattern[-1] = last + part
        elif not (part is Wild.ANY and last is Wild.ANY):
            pattern.append(part)
    return tuple(pattern)
