"""Small helpers for writing queries and messages: take them or leave them."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache

WIDTH = 100


def escape(text: str, special: Mapping[str, str]) -> str:
    """Write each character of TEXT as SPECIAL says, or as it is."""
    if special.keys().isdisjoint(text):  # nearly always, and told at once
        return text
    return text.translate({ord(character): code for character, code in special.items()})


def number(count: int, thing: str) -> str:
    """Write a number of things."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def is_hidden(character: str) -> bool:
    """Whether CHARACTER is invisible, reorders text or is none: controls, marks, surrogates."""
    return _HIDDEN.match(character) is not None


def has_hidden(text: str) -> bool:
    """Whether a character of TEXT is hidden."""
    return not _is_visible(text) and _HIDDEN.search(text) is not None


def show_hidden(text: str, code: Callable[[str], str]) -> str:
    """Write what is hidden in TEXT as CODE says."""
    return text if _is_visible(text) else _HIDDEN.sub(lambda found: code(found[0]), text)


def _is_visible(text: str) -> bool:
    """Whether TEXT is plain ASCII that can be seen, as most is, which is told at once."""
    return text.isascii() and text.isprintable()


_NONE = "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17))
_HIDDEN = re.compile(
    r"[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\ufeff\u202a-\u202e\u2066-\u2069"
    r"\ud800-\udfff"  # a byte of a file name that is no UTF-8
    rf"\ufdd0-\ufdef{_NONE}]"  # these, and two at the end of each plane, are none
)


def has_foreign_case(text: str) -> bool:
    """Whether TEXT has letters of two cases beyond A-Z, which a target may fold and we do not."""
    return not text.isascii() and any(
        not c.isascii() and (c.lower() != c or c.upper() != c) for c in text
    )


@lru_cache(4096)  # the header's lines are the same in most rules
def one_line(text: str) -> str:
    """Put TEXT on one line of visible characters, for a comment. Leading blanks are kept."""
    indent = text[: len(text) - len(text.lstrip(" "))]
    spaced = indent + " ".join(text.split())
    return show_hidden(spaced, _by_code)


def _by_code(character: str) -> str:
    return f"\\u{{{ord(character):X}}}"


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
