"""Text to tokens, as Elastic's EQL grammar (`EqlBase.g4`) cuts it."""

import re

from tocsin_engines import tokens
from tocsin_engines.engine import Rejected

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


def cut(query: str) -> list[tokens.Token]:
    """Cut QUERY; the last token is the end."""
    return tokens.cut(query, _TOKEN, lambda text: _ESCAPE.sub(_unescaped, text))


def _unescaped(match: re.Match[str]) -> str:
    digits, letter = match.groups()
    if digits is None:
        return _LETTERS.get(letter, letter)
    code = int(digits, 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise Rejected(f"invalid unicode character code [{digits}]")
    return chr(code)
