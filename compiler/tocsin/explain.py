"""The page of each code: what it is, why it matters, an example, and what to write instead."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tocsin.diagnostics import Code

PAGES = Path(__file__).parent / "data" / "explain"


def page(code: str) -> str | None:
    """Return the page of CODE, Markdown; None if there is no such code."""
    known = _known(code)
    return (PAGES / f"{known}.md").read_text(encoding="utf-8") if known else None


@cache
def codes() -> Mapping[str, str]:
    """Name every code with its title, in their order."""
    return {code.value: title(code) for code in sorted(Code, key=str)}


def _known(code: str) -> Code | None:
    wanted = code.strip().upper()
    return Code(wanted) if wanted in frozenset(Code) else None


@cache
def title(code: Code) -> str:
    """Return the title of the page of CODE."""
    first = (PAGES / f"{code}.md").read_text(encoding="utf-8").split("\n", 1)[0]
    return first.removeprefix(f"# {code}: ")
