"""The tokens of Elastic's query languages: what EQL and ES|QL cut alike, and a place among them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from tocsin_engines.engine import Rejected


class Lexeme(Enum):
    """The kinds of token."""

    TEXT = auto()
    NUMBER = auto()
    WORD = auto()
    QUOTED = auto()  # a name in backticks
    SIGN = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """WRITTEN as it stands at place AT; VALUE is what a text or a name in backticks says."""

    kind: Lexeme
    written: str
    value: str
    at: int


def cut(query: str, token: re.Pattern[str], unescaped: Callable[[str], str]) -> list[Token]:
    """Cut QUERY by the groups of TOKEN, named as in `_token`; the last token is the end."""
    found, at = [], 0
    while at < len(query):
        match = token.match(query, at)
        if match is None:
            raise Rejected(f"{at}: token recognition error at: {query[at : at + 10]!r}")
        made = _token(match, unescaped)
        if made is not None:
            found.append(made)
        at = match.end()
    return [*found, Token(Lexeme.END, "<EOF>", "", at)]


def _token(match: re.Match[str], unescaped: Callable[[str], str]) -> Token | None:
    written, at = match.group(), match.start()
    match match.lastgroup:
        case "raw":
            return Token(Lexeme.TEXT, written, written[3:-3], at)
        case "text":
            return Token(Lexeme.TEXT, written, unescaped(written[1:-1]), at)
        case "number":
            return Token(Lexeme.NUMBER, written, written, at)
        case "quoted":
            return Token(Lexeme.QUOTED, written, written[1:-1].replace("``", "`"), at)
        case "word":
            return Token(Lexeme.WORD, written, written, at)
        case "sign":
            return Token(Lexeme.SIGN, written, written, at)
        case _:
            return None


class Cursor:
    """Reads tokens one by one."""

    def __init__(self, found: list[Token]) -> None:
        self._found = found
        self._at = 0

    @property
    def now(self) -> Token:
        """The token that comes next."""
        return self._found[self._at]

    @property
    def after(self) -> Token:
        """The token behind it, or the end."""
        return self._found[min(self._at + 1, len(self._found) - 1)]

    @property
    def word(self) -> str:
        """What comes next, as the language compares its words."""
        return self.now.written

    def next(self) -> Token:
        """Take a token."""
        token = self.now
        if token.kind is not Lexeme.END:
            self._at += 1
        return token

    def sees(self, *written: str) -> bool:
        """Tell whether one of these words or signs comes next."""
        return self.now.kind in (Lexeme.WORD, Lexeme.SIGN) and self.word in written

    def takes(self, *written: str) -> str | None:
        """Take one of these words or signs if it comes next."""
        word = self.word
        if not self.sees(*written):
            return None
        self.next()
        return word

    def expect(self, written: str) -> None:
        """Take this word or sign, which must come next."""
        if self.takes(written) is None:
            raise self.error(f"expecting {written!r}")

    def error(self, why: str) -> Rejected:
        """Say what is wrong with the token that comes next."""
        return Rejected(f"{self.now.at}: mismatched input {self.now.written!r}: {why}")
