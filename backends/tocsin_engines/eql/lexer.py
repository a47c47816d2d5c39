"""Text to tokens, as Elastic's EQL grammar (`EqlBase.g4`) cuts it."""

import re
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


def tokens(query: str) -> list[Token]:
    """Cut QUERY; the last token is the end."""
    found, at = [], 0
    while at < len(query):
        match = _TOKEN.match(query, at)
        if match is None:
            raise Rejected(f"{at}: token recognition error at: {query[at : at + 10]!r}")
        token = _token(match)
        if token is not None:
            found.append(token)
        at = match.end()
    return [*found, Token(Lexeme.END, "<EOF>", "", at)]


# Only these escapes exist; a raw string has none, and neither form spans lines.
_TOKEN = re.compile(
    r'''
      (?P<space> [ \r\n\t]+ | //[^\r\n]* | /\*.*?\*/ )
    | (?P<raw>   """[^\r\n]*?""""?"? )
    | (?P<text>  " (?: \\[btnfr"'\\] | \\u\{[0-9a-fA-F]{2,8}\} | [^\r\n"\\] )* " )
    | (?P<number> (?: [0-9]+ (?:\.[0-9]*)? | \.[0-9]+ ) (?: [eE][+-]?[0-9]+ )? )
    | (?P<quoted> ` (?: [^`\r\n] | `` )+ ` )
    | (?P<word>  [A-Za-z_@][A-Za-z0-9_]*~? )
    | (?P<sign>  !\[ | == | != | <= | >= | [<>:=()\[\],.?+*/%|-] )
    ''',
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]+)\}|(.))")
_LETTERS = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}


def _token(match: re.Match[str]) -> Token | None:
    written, at = match.group(), match.start()
    match match.lastgroup:
        case "raw":
            return Token(Lexeme.TEXT, written, written[3:-3], at)
        case "text":
            return Token(Lexeme.TEXT, written, _ESCAPE.sub(_unescaped, written[1:-1]), at)
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


def _unescaped(match: re.Match[str]) -> str:
    digits, letter = match.groups()
    if digits is None:
        return _LETTERS.get(letter, letter)
    code = int(digits, 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise Rejected(f"invalid unicode character code [{digits}]")
    return chr(code)
