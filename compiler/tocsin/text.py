"""Small helpers for writing queries: take them or leave them."""

from collections.abc import Collection, Mapping, Sequence

WIDTH = 100


def escape(text: str, special: Mapping[str, str]) -> str:
    """Write each character of TEXT as SPECIAL says, or as it is."""
    return "".join(special.get(character, character) for character in text)


def is_hidden(character: str) -> bool:
    """Whether CHARACTER is invisible, reorders text or is none: controls, marks, surrogates."""
    code_point = ord(character)
    return (
        code_point < 0x20
        or 0x7F <= code_point <= 0x9F
        or code_point in {0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF}
        or 0x202A <= code_point <= 0x202E
        or 0x2066 <= code_point <= 0x2069
        or 0xD800 <= code_point <= 0xDFFF  # a byte of a file name that is no UTF-8
        or 0xFDD0 <= code_point <= 0xFDEF  # these, and two at the end of each plane, are none
        or code_point & 0xFFFE == 0xFFFE
    )


def has_foreign_case(text: str) -> bool:
    """Whether TEXT has letters of two cases beyond A-Z, which a target may fold and we do not."""
    return any(not c.isascii() and (c.lower() != c or c.upper() != c) for c in text)


def one_line(text: str) -> str:
    """Put TEXT on one line of visible characters, for a comment. Leading blanks are kept."""
    indent = text[: len(text) - len(text.lstrip(" "))]
    spaced = indent + " ".join(text.split())
    return "".join(f"\\u{{{ord(c):X}}}" if is_hidden(c) else c for c in spaced)


def indent(lines: Sequence[str], by: str = "  ") -> list[str]:
    """Indent every line."""
    return [by + line for line in lines]


def trailing(blocks: Sequence[Sequence[str]], word: str) -> list[str]:
    """Put WORD at the end of every block but the last."""
    lines = [line for block in blocks[:-1] for line in (*block[:-1], f"{block[-1]} {word}")]
    return [*lines, *blocks[-1]]


def leading(blocks: Sequence[Sequence[str]], word: str) -> list[str]:
    """Put WORD before every block but the first."""
    first, *others = blocks
    return [*first, *(line for block in others for line in (f"{word} {block[0]}", *block[1:]))]


def on_one_line(lines: Sequence[str]) -> str:
    """Join lines that were laid out by brackets; what stands within a line is left alone."""
    text = ""
    for line in map(str.strip, lines):
        glued = not text or text.endswith("(") or line.startswith(")")
        text += line if glued else f" {line}"
    return text


def free_name(name: str, taken: Collection[str]) -> str:
    """Return NAME, longer by as many `_` as it takes to be none of TAKEN."""
    while name in taken:
        name += "_"
    return name


def bracketed(head: str, items: Sequence[str], tail: str = ")") -> list[str]:
    """Write a list on one line where it fits, else one item a line: a diff shows the item."""
    line = f"{head}{', '.join(items)}{tail}"
    if len(line) <= WIDTH or len(items) == 1:
        return [line]
    return [head.rstrip(), *(f"  {item}," for item in items[:-1]), f"  {items[-1]}", tail]
