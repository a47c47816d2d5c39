"""Values in Sigma's own string syntax: `*` and `?` are wild, a backslash makes them plain.

A single backslash before anything else is a backslash (Sigma specification, "Escaping"), so paths
stay readable; a run of them, or one before `*` or `?`, is doubled.
"""

import re

from tocsin.model import Pattern, Wild

_BACKSLASH = "\\"
_SPECIAL = re.compile(r"\\+|[*?]")


def plain(text: str) -> str:
    """Write a literal."""
    return _text(text, False)


def encoded(pattern: Pattern) -> str:
    """Write the parts of a pattern."""
    following = (*pattern[1:], None)
    return "".join(
        part.value if isinstance(part, Wild) else _text(part, isinstance(after, Wild))
        for part, after in zip(pattern, following, strict=True)
    )


def _text(text: str, before_wild: bool) -> str:
    def escape(found: re.Match[str]) -> str:
        run = found[0]
        if run in "*?":
            return _BACKSLASH + run
        after = text[found.end()] if found.end() < len(text) else "*" if before_wild else ""
        return run if len(run) == 1 and after not in {"*", "?"} else run * 2

    return _SPECIAL.sub(escape, text)
