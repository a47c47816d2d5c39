"""Text to tokens, as Elasticsearch's grammar (`EsqlBaseLexer.g4`) cuts it."""

import re

from tocsin_engines import tokens

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


def cut(query: str) -> list[tokens.Token]:
    """Cut QUERY; the last token is the end."""
    return tokens.cut(query, _TOKEN, _unescaped)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda each: _LETTERS.get(each[1], each[1]), text)
