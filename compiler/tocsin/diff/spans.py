"""Words of rules and events as code in Markdown, where they can do nothing.

GitHub makes links of mentions, issues and addresses wherever they stand in running text, escaped or
not, but never in code.
"""

import re
from collections.abc import Sequence
from html import escape

from tocsin.diff.shown import short

NAME = 80  # characters of a name
WIDTH = 300  # characters of a line
_MOST = 500  # of one that was cut to that, signs and counts included


def span(text: str, width: int = WIDTH) -> str:
    """Write TEXT as a code span."""
    shown = short(text, width)
    if not shown:
        return "(empty)"
    ticks = "`" * (_longest(shown, "`") + 1)
    # A blank at both ends is no part of a span; where all is blank, it is.
    pad = " " if shown.strip(" ") and (shown[0] in " `" or shown[-1] in " `") else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def cell(text: str) -> str:
    """Write TEXT as a code span within a table, where a bar ends a cell even in code."""
    return re.sub(
        r"(\\?)\|", lambda bar: f"{bar[1]}\\u{{7C}}" if bar[1] else r"\|", span(text, NAME)
    )


def tag(text: str) -> str:
    """Write TEXT as code in a line of HTML."""
    return f"<code>{escape(short(text, NAME))}</code>"


def fence(lines: Sequence[str], language: str) -> str:
    """Write LINES as a block of code, fenced by more backticks than any of them has."""
    shown = [short(line, _MOST) for line in lines]
    ticks = "`" * max(3, 1 + max((_longest(line, "`") for line in shown), default=0))
    return "\n".join([f"{ticks}{language}", *shown, ticks]) + "\n"


def _longest(text: str, character: str) -> int:
    return max(map(len, re.findall(f"{character}+", text)), default=0)
