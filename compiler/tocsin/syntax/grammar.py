"""The parser's tables: built from the grammar once, then read from the user's cache folder."""

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from lark import Lark, Token
from platformdirs import user_cache_path

import tocsin_grammars
from tocsin.syntax.build import Build

_GRAMMAR = Path(tocsin_grammars.__file__).with_name("rule.lark")


class _KeepForeign:
    """Keeps FOREIGN in the token stream though no rule uses it: messages name our word for it."""

    always_accept = ("FOREIGN",)

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """Hand on STREAM as it is."""
        return stream


@cache
def parser() -> tuple[Lark, Build]:
    """Return the parser and the builder that is embedded in it. One per process.

    lark checks the cached tables against the grammar and its own version, and builds them anew
    whenever they cannot be read.
    """
    build = Build()
    lark = Lark(
        _GRAMMAR.read_text(encoding="utf-8"),
        parser="lalr",
        lexer="basic",
        maybe_placeholders=True,
        postlex=_KeepForeign(),
        transformer=build,
        lexer_callbacks=dict.fromkeys(("COMMENT", "BLOCK_COMMENT", "STRAY"), build.aside),
        cache=_cache_file(),
    )
    return lark, build


def _cache_file() -> str | bool:
    folder = user_cache_path("tocsin")
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder / "rule-grammar.lark")
    return False
