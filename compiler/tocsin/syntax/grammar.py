"""The parser's tables: built from the grammar once, then read from the user's cache folder."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from lark import Lark, Token

import tocsin_grammars
from tocsin import caches
from tocsin.frozen import dataclass
from tocsin.syntax.build import Build, Unpacking
from tocsin.syntax.drive import Driver, driver
from tocsin.syntax.scan import Scanner, scanner

_GRAMMARS = Path(tocsin_grammars.__file__).parent


class _KeepForeign:
    """Keeps FOREIGN in the token stream though no rule uses it: messages name our word for it."""

    always_accept = ("FOREIGN",)

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """Hand on STREAM as it is."""
        return stream


# What the parser never sees: it is kept, or reported, by `Build.aside`.
_ASIDE = ("COMMENT", "BLOCK_COMMENT", "STRAY")


@dataclass(frozen=True, slots=True, eq=False)
class Parser:
    """A parser, the builder that is embedded in it, and both halves of its work at full speed."""

    lark: Lark
    build: Build
    scanner: Scanner
    driver: Driver


@cache  # one per process
def parser() -> Parser:
    """Make the parser, what is embedded in it, and what makes short work of whole files.

    lark checks the cached tables against the grammar and its own version, and builds them anew
    whenever they cannot be read.
    """
    build = Build()
    lark = Lark(
        _text("rule"),
        parser="lalr",
        lexer="basic",
        maybe_placeholders=True,
        postlex=_KeepForeign(),
        transformer=Unpacking(build),
        cache=_cache_file("rule"),
    )
    return Parser(lark, build, scanner(lark.terminals, _ASIDE), driver(lark))


@cache
def regex_parser() -> Lark:
    """Return the parser of portable regexes, which makes lark's own trees."""
    return Lark(
        _text("portable_regex"),
        parser="lalr",
        propagate_positions=True,
        maybe_placeholders=False,
        cache=_cache_file("portable_regex"),
    )


def _text(name: str) -> str:
    return (_GRAMMARS / f"{name}.lark").read_text(encoding="utf-8")


def _cache_file(name: str) -> str | bool:
    folder = caches.folder()
    return str(folder / f"{name}-grammar.lark") if folder else False
