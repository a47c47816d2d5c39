"""Whether a regular expression of a target compiles.

PCRE is not here: Python's `re` stands in for it, after translation. RE2 (the package comes with
pySigma) stands in for Kusto's engine; like that one, it cannot look around or back.
"""

import importlib
import re
import warnings
from typing import Protocol, cast


class _Options(Protocol):
    log_errors: bool


class _Re2(Protocol):
    """The part of `re2` that is used here; the package has no annotations."""

    error: type[Exception]

    def Options(self) -> _Options: ...  # noqa: N802 - its name

    def compile(self, pattern: str, options: _Options) -> object: ...


_re2 = cast(_Re2, importlib.import_module("re2"))

_OTHERWISE = {
    "z": r"\Z",
    "h": r"[ \t]",
    "R": r"(?:\r\n|\n|\r)",
    "K": "",
    "Q": r"\\Q",  # Not to be had in `re`: read as itself.
    "E": r"\\E",
}
_ESCAPE = re.compile(
    r"\\(?:x\{(?P<hex>[0-9A-Fa-f]{1,6})\}|[pP](?:\{\^?\w+\}|[A-Z])|(?P<one>.))", re.DOTALL
)
_NAMED = re.compile(r"\(\?<(?=[A-Za-z_])")
_POSIX = re.compile(r"\[:\^?[a-z]+:\]")
_FLAGS = re.compile(r"^(\\A|\^)?\(\?([imsxU]+)\)")


def problem(pattern: str) -> str | None:
    """Return what is wrong with `pattern`, read as PCRE; None if it compiles."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            re.compile(_python(pattern))
    except (re.error, OverflowError, RecursionError) as error:
        return f"invalid regular expression `{pattern}`: {error}"
    return None


def re2_problem(pattern: str) -> str | None:
    """Return what is wrong with `pattern`, read as RE2; None if it compiles."""
    options = _re2.Options()
    options.log_errors = False
    try:
        _re2.compile(pattern, options)
    except _re2.error as error:
        return f"invalid regular expression `{pattern}`: {error}"
    return None


def _python(pattern: str) -> str:
    posix = _POSIX.sub("a", pattern)
    named = _NAMED.sub("(?P<", posix)
    plain = _ESCAPE.sub(_escape, named)
    return _FLAGS.sub(_flags_first, plain)


def _escape(found: re.Match[str]) -> str:
    if found["hex"] is not None:
        return re.escape(chr(min(int(found["hex"], 16), 0x10FFFF)))
    if found["one"] is None:  # A Unicode property.
        return r"\w"
    return _OTHERWISE.get(found["one"], found[0])


def _flags_first(found: re.Match[str]) -> str:
    return f"(?{found[2].replace('U', '')}){found[1] or ''}" if found[2] != "U" else found[1] or ""
