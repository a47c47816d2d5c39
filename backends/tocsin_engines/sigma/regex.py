"""Regular expressions of `re`: what the specification lists of PCRE, read by Python.

Source: Sigma specification, appendix "Modifiers", "Regular Expression".
"""

import re
import warnings
from functools import lru_cache
from typing import Final

# What may stand in a pattern, a part at a time. A `{` that opens no count and a `\` before a
# letter or digit have no place here.
_PART: Final = re.compile(
    r"""
      (?P<escaped>\\[!-/:-@\[-`{-~\ ])
    | (?P<class>\[\^?\]?(?:\\[!-/:-@\[-`{-~\ ]|[^\]\\])*\])
    | (?P<count>[*+?]|\{[0-9]+(?:,[0-9]*)?\})
    | (?P<start>\^)
    | (?P<group>\((?![?*]))
    | (?P<literal>[^\\\[{(])
    """,
    re.VERBOSE | re.DOTALL,
)
_POSIX: Final = re.compile(r"\[[:.=]")
_FLAGS: Final = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
# PCRE's `^` does not hold after a line feed that ends the text (pcre2pattern, "Circumflex").
_LINE_START: Final = r"(?:\A|^(?!\Z))"


class Unlisted(ValueError):
    """A pattern has what the specification does not list; the message says what."""


@lru_cache(maxsize=1024)
def compiled(pattern: str, flags: str) -> re.Pattern[str]:
    """Compile PATTERN, or raise `Unlisted`; FLAGS are letters out of `ims`."""
    options = re.ASCII
    for flag in flags:
        options |= _FLAGS[flag]
    try:
        with warnings.catch_warnings():
            # `[[` and `[a&&b]` are what they are: brackets and ampersands.
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(_python(pattern, multiline="m" in flags), options)
    except (re.error, OverflowError, RecursionError) as error:
        raise Unlisted(f"`{pattern}`: {error}") from error


def _python(pattern: str, *, multiline: bool) -> str:
    parts: list[str] = []
    place, counted = 0, True  # A count has nothing to count at the start.
    while place < len(pattern):
        found = _PART.match(pattern, place)
        if found is None or (found.lastgroup == "class" and _POSIX.search(found[0], 1)):
            raise Unlisted(
                f"`{pattern[place : place + 8]}` is not among the metacharacters of `re`"
            )
        if found.lastgroup == "count" and counted:
            raise Unlisted(f"`{found[0]}` has nothing to repeat")
        counted = found.lastgroup in {"count", "start"}
        parts.append(_LINE_START if multiline and found.lastgroup == "start" else found[0])
        place = found.end()
    return "".join(parts)
