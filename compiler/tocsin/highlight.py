"""Rules in colour, wherever Pygments is: `tocsin` fences of a documentation, a terminal, a notebook.

Pygments finds this module by its entry point and is the only one to import it. The words and signs
are those of the parser's own scanner.
"""

from collections.abc import Iterator, Mapping

from pygments.lexer import Lexer
from pygments.token import (
    Comment,
    Keyword,
    Literal,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Text,
    Whitespace,
    _TokenType,
)

from tocsin.syntax.grammar import parser

_KINDS: Mapping[str, _TokenType] = {
    "PATH": Name.Attribute,
    "NAME": Name,
    "STRING": String,
    "RAW": String,
    "BLOCK": String.Doc,
    "INT": Number,
    "DURATION": Number,
    "DATE": Literal.Date,
    "TRUE": Keyword.Constant,
    "FALSE": Keyword.Constant,
    "MISSING": Keyword.Constant,
    "COMPARE": Operator,
    "COMMENT": Comment.Single,
    "BLOCK_COMMENT": Comment.Multiline,
    "FOREIGN": Text,
    "STRAY": Text,
}


class TocsinLexer(Lexer):
    """The tokens of a rule file, or of any piece of one."""

    name = "Tocsin"
    aliases = ["tocsin"]
    filenames = ["*.rule"]

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """Yield every character of TEXT, in order, each within its token."""
        scanner = parser().scanner
        aside = []
        tokens = scanner.scan(text, lambda each: aside.append(each) or each)
        done = 0
        for token in sorted((*tokens, *aside), key=lambda each: each.start_pos):
            yield from _between(done, text[done : token.start_pos])
            other = Keyword if str(token) in scanner.keywords else Punctuation
            yield token.start_pos, _KINDS.get(token.type, other), str(token)
            done = token.end_pos
        yield from _between(done, text[done:])


def _between(place: int, text: str) -> Iterator[tuple[int, _TokenType, str]]:
    if text:
        yield place, Whitespace, text
