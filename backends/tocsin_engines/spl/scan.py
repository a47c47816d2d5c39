"""A position in the text of a query: blanks and comments are passed over, the rest is taken."""

import re

from tocsin_engines.engine import Rejected

# A query nested deeper is refused, so that no reader or evaluator runs out of stack.
DEPTH = 60

STRING = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)
PIPE = re.compile(r"\|")
COMMA = re.compile(r",")
OPEN = re.compile(r"\(")
CLOSE = re.compile(r"\)")
OPEN_SEARCH = re.compile(r"\[")
CLOSE_SEARCH = re.compile(r"\]")

_BLANK = re.compile(r"(?:\s|```.*?```)*", re.DOTALL)
_QUOTED_OR_TICK = re.compile(r'"(?:\\.|[^"\\])*"|```.*?```|`', re.DOTALL)
_TOKEN = re.compile(r"\$[A-Za-z_][\w.:-]*(?:\|[a-z])?\$")
_KNOWN_ESCAPE = re.compile(r'\\([\\"])')
_DOUBTFUL = re.compile(r"(?<!\\)(?:\\\\)*\\[nrt]")
_SEARCH_ESCAPE = re.compile(r'\\([\\"|])')


class Scanner:
    """Reads a query from left to right."""

    def __init__(self, text: str) -> None:
        """Refuse what something else would replace before Splunk reads the query."""
        if any(0xD800 <= ord(char) <= 0xDFFF for char in text):
            raise Rejected("the query is not Unicode text")
        if token := _TOKEN.search(text):
            raise Rejected(f"`{token[0]}` is a token that a dashboard or an alert replaces")
        for part in _QUOTED_OR_TICK.finditer(text):
            if "`" in part[0] and not part[0].startswith("```"):
                raise Rejected("a back-tick calls a macro")
        self.text = text
        self.at = 0

    def peek(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Return what stands next if it is PATTERN."""
        blank = _BLANK.match(self.text, self.at)
        self.at = blank.end() if blank else self.at
        return pattern.match(self.text, self.at)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Pass over what stands next if it is PATTERN."""
        if found := self.peek(pattern):
            self.at = found.end()
        return found

    def need(self, pattern: re.Pattern[str], what: str) -> re.Match[str]:
        """Pass over PATTERN, or refuse the query."""
        found = self.take(pattern)
        if found is None:
            raise self.refused(f"expected {what}")
        return found

    def ends(self) -> bool:
        """Whether the command ends here: at a pipe, with a subsearch, or with the query."""
        stop = self.peek(PIPE) or self.peek(CLOSE_SEARCH)
        return stop is not None or self.at == len(self.text)

    def refused(self, message: str) -> Rejected:
        """Return an error that says where it is."""
        line = self.text.count("\n", 0, self.at) + 1
        rest = self.text[self.at : self.at + 40].split("\n", 1)[0]
        return Rejected(
            f"line {line}: {message}, at `{rest}`" if rest else f"{message}, at the end"
        )


def unescaped(raw: str) -> str:
    r"""Read `\"` and `\\` of a string; other pairs are not altered (search, Quotes)."""
    return _KNOWN_ESCAPE.sub(r"\1", raw) if "\\" in raw else raw


def search_unescaped(raw: str) -> str:
    r"""Read `\"`, `\\` and `\|` of a value of `search` (search, Quotes and escaping)."""
    return _SEARCH_ESCAPE.sub(r"\1", raw) if "\\" in raw else raw


def plain_text(raw: str) -> str:
    r"""Read a string of eval that is no regular expression; refuse `\n`, `\r` and `\t`."""
    if _DOUBTFUL.search(raw):
        raise Rejected(r"whether `\n`, `\r` and `\t` are characters is documented both ways")
    return unescaped(raw)


def regex_text(raw: str, twice: bool) -> str:
    r"""Read a regular expression: as a string first if TWICE, else only its `\"`."""
    return unescaped(raw) if twice else raw.replace('\\"', '"')
