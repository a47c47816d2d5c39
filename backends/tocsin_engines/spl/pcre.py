r"""PCRE2, as Splunk would call it. The only module that knows the package `pcre2`.

Its `compile` reads `\x{41}` and `\u0041` as JavaScript does and makes `\d` Unicode; so the
function under it is called, which can leave both away.
"""

import importlib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Protocol, cast

from tocsin_engines.engine import Missing, Rejected

_ALT_BSUX = 0x00000002
_UCP = 0x00020000


class Found(Protocol):
    """A match."""

    def group(self, group: int | str = 0, /) -> str | None:
        """Return what GROUP matched."""
        ...

    def start(self) -> int:
        """Return where it starts."""
        ...

    def end(self) -> int:
        """Return where it ends."""
        ...


class _Pattern(Protocol):
    @property
    def groupindex(self) -> Mapping[str, int]: ...
    @property
    def groups(self) -> int: ...
    def search(self, text: str, /) -> Found | None: ...
    def finditer(self, text: str, /) -> Iterator[Found]: ...


class _Core(Protocol):
    def compile(self, pattern: str, options: int, disabled_options: int, /) -> object: ...
    def jit_compile(self, code: object, /) -> None: ...


class _Package(Protocol):
    _cy: _Core
    LibraryError: type[Exception]

    def Pattern(  # noqa: N802 - its name
        self, code: object, pattern: str, flags: int, jit: bool, callout: None, /
    ) -> _Pattern: ...


class Regex:
    """A regular expression."""

    def __init__(self, pattern: str) -> None:
        """Compile PATTERN."""
        package = _package()
        try:
            code = package._cy.compile(pattern, 0, _UCP | _ALT_BSUX)
            package._cy.jit_compile(code)
        except (package.LibraryError, ValueError) as error:
            raise Rejected(f"invalid regular expression `{pattern}`: {error}") from None
        self._error = package.LibraryError
        self._pattern = package.Pattern(code, pattern, 0, True, None)

    @property
    def names(self) -> Mapping[str, int]:
        """The named groups."""
        return self._pattern.groupindex

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return self._pattern.groups

    def search(self, text: str) -> Found | None:
        """Return the first match in TEXT."""
        try:
            return self._pattern.search(text)
        except self._error as error:
            raise Rejected(f"regular expression: {error}") from None

    def every(self, text: str) -> list[Found]:
        """Return the matches in TEXT, from left to right."""
        try:
            return list(self._pattern.finditer(text))
        except self._error as error:
            raise Rejected(f"regular expression: {error}") from None


@lru_cache(maxsize=4096)
def regex(pattern: str) -> Regex:
    """Compile PATTERN, or refuse it."""
    return Regex(pattern)


def ready() -> None:
    """Raise `Missing` if PCRE2 is not here, or is not the one that this module knows."""
    if regex(r"\A\x{41}(?!\w)").search("Aé") is None:
        raise Missing(
            "pcre2 reads `\\x{41}` or `\\w` otherwise than Splunk: pip install 'tocsin[engines]'"
        )


@cache
def _package() -> _Package:
    try:
        found = importlib.import_module("pcre2")
    except ImportError:
        raise Missing("pcre2 is not installed: pip install 'tocsin[engines]'") from None
    # The package has no annotations: this is the place where it gets its types.
    return cast(_Package, found)
