"""A place in the tokens of a query; words are read without their case."""

from tocsin_engines.engine import Rejected
from tocsin_engines.esql.lexer import Lexeme, Token

# Words that are no names unless they stand in backticks.
RESERVED = frozenset(
    {
        *("and", "asc", "by", "desc", "false", "first", "in", "is", "last", "like", "not", "null"),
        *("nulls", "on", "or", "rlike", "true", "where", "with", "metadata", "as"),
    }
)
# Of these two are functions as well (`functionName` in `Expression.g4`).
_FUNCTIONS = frozenset({"first", "last"})


class Cursor:
    """Reads tokens one by one."""

    def __init__(self, found: list[Token]) -> None:
        self._found = found
        self._at = 0

    @property
    def now(self) -> Token:
        """The token that comes next."""
        return self._found[self._at]

    def next(self) -> Token:
        """Take a token."""
        token = self.now
        if token.kind is not Lexeme.END:
            self._at += 1
        return token

    def sees(self, *written: str) -> bool:
        """Tell whether one of these words or signs comes next."""
        plain = self.now.kind in (Lexeme.WORD, Lexeme.SIGN)
        return plain and self.now.written.lower() in written

    def takes(self, *written: str) -> str | None:
        """Take one of these words or signs if it comes next."""
        return self.next().written.lower() if self.sees(*written) else None

    def expect(self, written: str) -> None:
        """Take this word or sign, which must come next."""
        if self.takes(written) is None:
            raise self.error(f"expecting {written!r}")

    def error(self, why: str) -> Rejected:
        """Say what is wrong with the token that comes next."""
        return Rejected(f"{self.now.at}: mismatched input {self.now.written!r}: {why}")

    def calls(self) -> str | None:
        """Take the name of a function, if one is called here."""
        after = self._found[min(self._at + 1, len(self._found) - 1)]
        word = self.now.written.lower()
        called = self.now.kind is Lexeme.WORD and after.written == "("
        if not called or (word in RESERVED and word not in _FUNCTIONS):
            return None
        return self.next().written.lower()

    def name(self) -> str:
        """Take the name of a column."""
        parts = [self._identifier()]
        while self.takes("."):
            parts.append(self._identifier())
        return ".".join(parts)

    def _identifier(self) -> str:
        token = self.now
        word = token.kind is Lexeme.WORD and token.written.lower() not in RESERVED
        if not word and token.kind is not Lexeme.QUOTED:
            raise self.error("expecting a name")
        return self.next().value

    def text(self) -> str:
        """Take a text."""
        if self.now.kind is not Lexeme.TEXT:
            raise self.error("expecting QUOTED_STRING")
        return self.next().value

    def since(self, at: int) -> str:
        """Write what was read from place AT on, as a column calls itself by it."""
        end = self.now.at
        read = (token for token in self._found if at <= token.at < end)
        return "".join(token.written for token in read)
