"""Text to tokens, as Elasticsearch's grammar (`EsqlBaseLexer.g4`) cuts it."""

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


# A text has these escapes and no others; a raw one has none, and neither spans lines.
_TOKEN = re.compile(
    r'''
      (?P<space> [ \r\n\t]+ | //[^\r\n]* | /\*.*?\*/ )
    | (?P<raw>   """[^\r\n]*?""""?"? )
    | (?P<text>  " (?: \\[tnr"\\] | [^\r\n"\\] )* " )
    | (?P<number> [0-9]+ (?:\.[0-9]+)? )
    | (?P<quoted> ` (?: [^`\r\n] | `` )+ ` )
    | (?P<word>  (?: [A-Za-z] | [_@](?=[A-Za-z0-9_]) ) [A-Za-z0-9_]* )
    | (?P<sign>  == | != | <= | >= | [<>=()\[\],.*/;|+-] )
    ''',
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)")
_LETTERS = {"t": "\t", "n": "\n", "r": "\r"}


def _token(match: re.Match[str]) -> Token | None:
    written, at = match.group(), match.start()
    match match.lastgroup:
        case "raw":
            return Token(Lexeme.TEXT, written, written[3:-3], at)
        case "text":
            value = _ESCAPE.sub(lambda each: _LETTERS.get(each[1], each[1]), written[1:-1])
            return Token(Lexeme.TEXT, written, value, at)
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
