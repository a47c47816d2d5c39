"""`like` patterns: from text to parts, so that no star is ever mistaken for a character."""

from tocsin.model import Pattern, Wild

_WILD = {"*": Wild.ANY, "?": Wild.ONE}


def parse_pattern(text: str) -> Pattern:
    """Read a pattern: `*` and `?` are wild, `[*]` and `[?]` (read first) the characters."""
    parts: list[str | Wild] = []
    at = 0
    while at < len(text):
        literal = text[at : at + 3] in {"[*]", "[?]"}
        part = text[at + 1] if literal else _WILD.get(text[at], text[at])
        _append(parts, part)
        at += 3 if literal else 1
    return tuple(parts)


def _append(parts: list[str | Wild], part: str | Wild) -> None:
    last = parts[-1] if parts else None
    if isinstance(part, str) and isinstance(last, str):
        parts[-1] = last + part
    elif not (part is Wild.ANY and last is Wild.ANY):
        parts.append(part)
