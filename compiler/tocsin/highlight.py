"""Rules in colour, wherever Pygments is: a site, a terminal, a notebook.

Pygments finds this module by its entry point, and nothing else imports it. Words and signs are
those of the parser's own scanner.
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
        scanner, done = parser().scanner, 0
        while found := scanner.pattern.match(text, done):
            kind = found.lastgroup or ""
            start, end = found.span(kind)
            yield done, Whitespace, text[done:start]
            word = scanner.keywords.get(found[kind], kind)
            yield start, _KINDS.get(word, Punctuation if word == kind else Keyword), found[kind]
            done = end
        yield done, Whitespace, text[done:]
