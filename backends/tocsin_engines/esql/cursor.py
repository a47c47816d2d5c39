"""A place in the tokens of a query; words are read without their case."""

from tocsin_engines import tokens
from tocsin_engines.tokens import Lexeme

# Words that are no names unless they stand in backticks.
RESERVED = frozenset(
    {
        *("and", "asc", "by", "desc", "false", "first", "in", "is", "last", "like", "not", "null"),
        *("nulls", "on", "or", "rlike", "true", "where", "with", "metadata", "as"),
    }
)
# Of these two are functions as well (`functionName` in `Expression.g4`).
_FUNCTIONS = frozenset({"first", "last"})


class Cursor(tokens.Cursor):
    """Reads tokens one by one; words are compared without their case."""

    @property
    def word(self) -> str:
        """What comes next, in small letters."""
        return self.now.written.lower()

    def calls(self) -> str | None:
        """Take the name of a function, if one is called here."""
        word = self.word
        called = self.now.kind is Lexeme.WORD and self.after.written == "("
        if not called or (word in RESERVED and word not in _FUNCTIONS):
            return None
        self.next()
        return word

    def name(self) -> str:
        """Take the name of a column."""
        parts = [self._identifier()]
        while self.takes("."):
            parts.append(self._identifier())
        return ".".join(parts)

    def _identifier(self) -> str:
        named = self.now.kind is Lexeme.WORD and self.word not in RESERVED
        if not named and self.now.kind is not Lexeme.QUOTED:
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
