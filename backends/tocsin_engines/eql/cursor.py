"""A place in the tokens of a query, and the pieces that conditions and sequences share."""

from tocsin_engines.engine import Rejected
from tocsin_engines.eql.lexer import Lexeme, Token
from tocsin_engines.eql.tree import Name

# Words that are no names unless they stand in backticks.
RESERVED = frozenset(
    {
        *("and", "any", "by", "false", "in", "join", "like", "not", "null", "of", "or", "regex"),
        *("sample", "sequence", "true", "until", "where", "with"),
    }
)
_INTEGERS = 1 << 63
_DIGITS = 300


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
        return self.now.kind in (Lexeme.WORD, Lexeme.SIGN) and self.now.written in written

    def takes(self, *written: str) -> str | None:
        """Take one of these words or signs if it comes next."""
        return self.next().written if self.sees(*written) else None

    def expect(self, written: str) -> None:
        """Take this word or sign, which must come next."""
        if self.takes(written) is None:
            raise self.error(f"expecting {written!r}")

    def error(self, why: str) -> Rejected:
        """Say what is wrong with the token that comes next."""
        return Rejected(f"{self.now.at}: mismatched input {self.now.written!r}: {why}")

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
        if self.sees("[") and self._found[self._at + 1].kind is Lexeme.NUMBER:
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
