"""A place in the tokens of a query, and the pieces that conditions and sequences share."""

from tocsin_engines import tokens
from tocsin_engines.engine import Rejected
from tocsin_engines.eql.tree import Name
from tocsin_engines.tokens import Lexeme

# Words that are no names unless they stand in backticks.
RESERVED = frozenset(
    {
        *("and", "any", "by", "false", "in", "join", "like", "not", "null", "of", "or", "regex"),
        *("sample", "sequence", "true", "until", "where", "with"),
    }
)
_INTEGERS = 1 << 63
_DIGITS = 300


class Cursor(tokens.Cursor):
    """Reads tokens one by one."""

    def identifier(self) -> str:
        """Take a word that is not reserved, or a name in backticks."""
        token = self.now
        named = token.kind is Lexeme.QUOTED or (
            token.kind is Lexeme.WORD
            and token.written not in RESERVED
            and not token.written.endswith("~")
        )
        if not named:
            raise self.error("expecting a name")
        return self.next().value

    def name(self) -> Name:
        """Take a field, `?` before it and all."""
        optional = self.takes("?") is not None
        parts = [self.identifier()]
        while self.takes("."):
            parts.append(self.identifier())
        if self.sees("[") and self.after.kind is Lexeme.NUMBER:
            raise self.error("array indexes are not supported")
        return Name(".".join(parts), optional)

    def number(self) -> int | float:
        """Take a number; a whole one that is no long is a double (`ExpressionBuilder`)."""
        if self.now.kind is not Lexeme.NUMBER:
            raise self.error("expecting a number")
        written = self.next().written
        if len(written) > _DIGITS:
            raise Rejected(f"cannot parse number [{written[:20]}…]")
        whole = int(written) if written.isdigit() else None
        return whole if whole is not None and whole < _INTEGERS else float(written)
