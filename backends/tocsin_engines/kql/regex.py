r"""Kusto's regular expressions, read by their documentation and written anew for RE2.

The page "Regex syntax" describes a dialect that RE2, which DuckDB runs, mostly shares but reads
otherwise in places: Unicode classes, sets in classes, `\<`, octal. Each token is taken apart, and
what RE2 would read otherwise is translated or refused.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tocsin_engines.engine import Rejected

# "The maximum number of regex groups is 16."
_GROUPS = 16
# RE2 has no Alphabetic: letters, marks and letter numbers are it, save for these symbols.
_WORD = (
    r"\p{L}\p{M}\p{Nl}\p{Nd}\p{Pc}\x{200C}\x{200D}\x{24B6}-\x{24E9}"
    r"\x{1F130}-\x{1F149}\x{1F150}-\x{1F169}\x{1F170}-\x{1F189}"
)
_SPACE = r"\t-\r \x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}"
_UNICODE = {"d": r"\p{Nd}", "w": _WORD, "s": _SPACE}
_ASCII = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t-\r "}
_CONTROL = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}

_OPEN = re.compile(r"\((?:\?(?:P?<(?P<name>[A-Za-z_]\w*)>|(?P<flags>[imsRUux-]*)(?P<end>[:)])))?")
_REPEAT = re.compile(
    r"(?:[*+?]|\{(?P<least>\d{1,4})(?P<comma>,(?P<most>\d{1,4})?)?\})\??", re.ASCII
)
_HEX = re.compile(
    r"x(?:\{(?P<a>[0-9A-Fa-f]{1,8})\}|(?P<b>[0-9A-Fa-f]{2}))"
    r"|u(?:\{(?P<c>[0-9A-Fa-f]{1,8})\}|(?P<d>[0-9A-Fa-f]{4}))"
    r"|U(?:\{(?P<e>[0-9A-Fa-f]{1,8})\}|(?P<f>[0-9A-Fa-f]{8}))"
)
_PROPERTY = re.compile(r"[pP](?:[A-Z]|\{[A-Za-z_]+\})")
_POSIX = re.compile(r"\[:\^?[a-z]+:\]")


@dataclass(slots=True)
class _Reader:
    """A pattern and how far it is read. SCOPES holds, for each open group, its flags."""

    text: str
    place: int = 0
    groups: int = 0
    scopes: list[frozenset[str]] = field(default_factory=lambda: [frozenset("u")])
    names: set[str] = field(default_factory=set)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Read what PATTERN matches here."""
        found = pattern.match(self.text, self.place)
        if found:
            self.place = found.end()
        return found

    def char(self) -> str:
        """Read one character."""
        if self.place >= len(self.text):
            raise self.wrong("it ends too early")
        self.place += 1
        return self.text[self.place - 1]

    def peek(self) -> str:
        """Return the next character, or none at the end."""
        return self.text[self.place : self.place + 1]

    def wrong(self, why: str) -> Rejected:
        """Refuse the pattern."""
        return Rejected(f"regular expression {self.text!r}: {why}")


def re2(pattern: str) -> str:
    """Write PATTERN for RE2; raise `Rejected` if Kusto refuses it or RE2 has no words for it."""
    reader = _Reader(pattern)
    written: list[str] = []
    while reader.peek():
        written.append(_token(reader))
        if reader.groups > _GROUPS:
            raise reader.wrong(f"more than {_GROUPS} groups")
    if len(reader.scopes) > 1:
        raise reader.wrong("a group is not closed")
    return "".join(written)


def groups(pattern: str) -> int:
    """Count the groups that capture."""
    reader = _Reader(pattern)
    while reader.peek():
        _token(reader)
    return reader.groups


def _token(reader: _Reader) -> str:
    if repeat := reader.take(_REPEAT):
        return repeat[0]
    if opened := reader.take(_OPEN):
        return _open(reader, opened)
    char = reader.char()
    read = _TOKENS.get(char)
    return read(reader) if read else _literal(reader, char)


def _open(reader: _Reader, found: re.Match[str]) -> str:
    if found["end"] is not None:
        return _flags(reader, found["flags"], found["end"])
    if reader.peek() == "?" and not found["name"]:
        raise reader.wrong("no such group")
    if found["name"] in reader.names:
        raise reader.wrong("a name is used twice")
    if found["name"]:
        reader.names.add(found["name"])
    reader.groups += 1
    reader.scopes.append(reader.scopes[-1])
    return "("


def _flags(reader: _Reader, flags: str, end: str) -> str:
    on, minus, off = flags.partition("-")
    if "-" in off or (minus and not off) or (end == ")" and not flags):
        raise reader.wrong("flags that are none")
    if set(on + off) & set("xR"):
        raise reader.wrong("not covered by this engine: the flags x and R")
    now = (reader.scopes[-1] | set(on)) - set(off)
    if "i" in now and "u" not in now:
        raise reader.wrong("not covered by this engine: the flag i without u")
    if end == ":":
        reader.scopes.append(now)
    elif _REPEAT.match(reader.text, reader.place):
        raise reader.wrong("a repetition of flags")
    else:
        reader.scopes[-1] = now
    # RE2 does not know the flag u: what it means is in the tokens.
    kept, gone = (set(on) - {"u"}, set(off) - {"u"})
    text = "".join(sorted(kept)) + ("-" + "".join(sorted(gone)) if gone else "")
    return f"(?{text}{end}" if text or end == ":" else ""


def _close(reader: _Reader) -> str:
    if len(reader.scopes) == 1:
        raise reader.wrong("a group is closed that is not open")
    reader.scopes.pop()
    return ")"


def _dot(reader: _Reader) -> str:
    if "u" not in reader.scopes[-1]:
        raise reader.wrong("`.` without the flag u may match half a character")
    return "."


def _brace(reader: _Reader) -> str:
    raise reader.wrong("a repetition that is none")


def _escape(reader: _Reader) -> str:
    if reader.peek() in ("A", "z"):
        return "\\" + reader.char()
    if reader.peek() in ("b", "B"):
        return _boundary(reader)
    if reader.peek() in tuple("dwsDWS"):
        name = reader.char()
        negated = "^" if name.isupper() else ""
        return f"[{negated}{_shorthand(reader, name.lower())}]"
    return _property_or_char(reader)


def _boundary(reader: _Reader) -> str:
    if "u" in reader.scopes[-1]:
        raise reader.wrong("not covered by this engine: Unicode word boundaries")
    name = reader.char()
    if reader.peek() == "{":
        raise reader.wrong("not covered by this engine: half boundaries")
    return f"\\{name}"


def _shorthand(reader: _Reader, name: str) -> str:
    return (_UNICODE if "u" in reader.scopes[-1] else _ASCII)[name]


def _property_or_char(reader: _Reader) -> str:
    found = reader.take(_PROPERTY)
    if not found:
        return _literal(reader, _escaped(reader))
    if "u" not in reader.scopes[-1]:
        raise reader.wrong("a Unicode class without the flag u")
    return f"\\{found[0]}"


def _escaped(reader: _Reader) -> str:
    """Return the character that an escape stands for."""
    if found := reader.take(_HEX):
        number = int(next(digits for digits in found.groups() if digits), 16)
        if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
            raise reader.wrong("no such character")
        return chr(number)
    char = reader.char()
    if char in _CONTROL:
        return chr(_CONTROL[char])
    if not char.isascii() or char.isalnum() or char in "<>":
        raise reader.wrong(f"not covered by this engine: \\{char}")
    return char


def _literal(reader: _Reader, char: str) -> str:
    if "\ud800" <= char <= "\udfff":
        raise reader.wrong("half of a surrogate pair")
    if not char.isascii() and "u" not in reader.scopes[-1]:
        raise reader.wrong("not covered by this engine: such a character without the flag u")
    return char if char.isascii() and char.isalnum() else f"\\x{{{ord(char):X}}}"


def _class(reader: _Reader) -> str:
    """Read a class, whose bracket is read, member by member."""
    members: list[str] = []
    negated = reader.peek() == "^"
    if negated:
        reader.char()
        _no_negation_of_bytes(reader)
    first = True
    while first or reader.peek() != "]":
        members.append(_member(reader, first))
        first = False
    reader.char()
    return f"[{'^' if negated else ''}{''.join(members)}]"


def _no_negation_of_bytes(reader: _Reader) -> None:
    if "u" not in reader.scopes[-1]:
        raise reader.wrong("a negated class without the flag u may match half a character")


def _member(reader: _Reader, first: bool) -> str:
    if posix := reader.take(_POSIX):
        return posix[0]
    if reader.text.startswith(("&&", "--", "~~"), reader.place):
        raise reader.wrong("not covered by this engine: set operations in a class")
    if reader.peek() == "[":
        raise reader.wrong("not covered by this engine: a class in a class")
    if reader.peek() == "-" and not first and not reader.text.startswith("-]", reader.place):
        raise reader.wrong("not covered by this engine: a hyphen between members of a class")
    low = _class_char(reader)
    if len(low) != 1:
        return low
    if reader.peek() != "-" or reader.text[reader.place + 1 : reader.place + 2] in ("]", "-"):
        return _literal(reader, low)
    reader.char()
    bracket = reader.peek() == "["  # one that is not escaped begins a class
    high = _class_char(reader)
    if len(high) != 1 or high < low or bracket:
        raise reader.wrong("a range that is none")
    return f"{_literal(reader, low)}-{_literal(reader, high)}"


def _class_char(reader: _Reader) -> str:
    """Return one character, or the text of a class that an escape stands for."""
    char = reader.char()
    if char != "\\":
        return char
    if reader.peek() in ("d", "w", "s"):
        return _shorthand(reader, reader.char())
    if reader.peek() == "D" and "u" in reader.scopes[-1]:
        reader.char()
        return r"\P{Nd}"
    if reader.peek() in tuple("DWSbB"):
        raise reader.wrong("not covered by this engine: a negated class in a class")
    found = reader.take(_PROPERTY)
    return f"\\{found[0]}" if found else _escaped(reader)


_TOKENS: Mapping[str, Callable[[_Reader], str]] = {
    ".": _dot,
    "[": _class,
    "\\": _escape,
    ")": _close,
    "{": _brace,
    "|": lambda _: "|",
    "^": lambda _: "^",
    "$": lambda _: "$",
}
