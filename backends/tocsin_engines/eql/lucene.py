r"""Lucene's regular expressions (`RegExp` of Lucene 9, all its operators on): text to a tree.

No anchors, no lazy quantifiers, no inline groups: `^`, `$` and `(?:` are text, `a+?` is `(a+)?`.
`# @ & ~ " <n-m>` are operators. A backslash before a letter other than `d D s S w W` is an error.
"""

from tocsin_engines.engine import Rejected
from tocsin_engines.eql.lucene_tree import (
    ANY_CHAR,
    ANY_TEXT,
    EMPTY,
    LAST,
    NOTHING,
    Both,
    Chars,
    Digits,
    Either,
    Join,
    Node,
    Other,
    Ranges,
    Repeat,
)

_DEPTH = 40
_TIMES = 10_000
_INT = (1 << 31) - 1
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGIT = ((48, 57),)
_SPACE = ((9, 10), (13, 13), (32, 32))
_WORD = ((48, 57), (65, 90), (95, 95), (97, 122))
_CLASSES: dict[str, Ranges] = {"d": _DIGIT, "s": _SPACE, "w": _WORD}


def parse(text: str, folded: bool) -> Node:
    """Read TEXT; FOLDED lets a single ASCII letter be of either case, but not a range."""
    if not text:
        return EMPTY
    reader = _Reader(text, folded)
    found = reader.union(0)
    if reader.more():
        raise reader.error("end-of-string expected")
    return found


class _Reader:
    """Reads by descent, a method for each production of `RegExp`."""

    def __init__(self, text: str, folded: bool) -> None:
        self._text = text
        self._folded = folded
        self._at = 0
        self._stacked = 0

    def more(self) -> bool:
        return self._at < len(self._text)

    def error(self, why: str) -> Rejected:
        return Rejected(f"regular expression: {why} at position {self._at}")

    def union(self, depth: int) -> Node:
        if depth > _DEPTH:
            raise self.error("nested too deep")
        parts = [self._intersection(depth)]
        while self._takes("|"):
            parts.append(self._intersection(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _intersection(self, depth: int) -> Node:
        parts = [self._concatenation(depth)]
        while self._takes("&"):
            parts.append(self._concatenation(depth))
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _concatenation(self, depth: int) -> Node:
        # The first part is read whatever it is: `(|a)` is the text `|a`.
        parts = [self._repetition(depth)]
        while self.more() and not self._sees(")|&"):
            parts.append(self._repetition(depth))
        return parts[0] if len(parts) == 1 else Join(tuple(parts))

    def _repetition(self, depth: int) -> Node:
        found, first = self._complement(depth), True
        while self._sees("?*+{"):
            # `a+?` is a quantifier on a quantifier; a tower of them would be a deep tree.
            self._stacked += not first
            first = False
            if self._stacked > _DEPTH:
                raise self.error("nested too deep")
            quantifier = self._next()
            if found == NOTHING and quantifier != "?":
                # `Operations.repeat` gives back the empty language, though none of it is a text.
                raise self.error("repeating the empty language differs by version")
            match quantifier:
                case "?":
                    found = Repeat(found, 0, 1)
                case "*":
                    found = Repeat(found, 0, None)
                case "+":
                    found = Repeat(found, 1, None)
                case _:
                    found = self._bounds(found)
        return found

    def _bounds(self, inner: Node) -> Node:
        least = self._count()
        if least is None:
            raise self.error("integer expected")
        most = self._count() if self._takes(",") else least
        if not self._takes("}"):
            raise self.error("expected '}'")
        if max(least, most or 0) > _TIMES:
            raise self.error("determinizing it would require too much effort")
        return NOTHING if most is not None and most < least else Repeat(inner, least, most)

    def _count(self) -> int | None:
        start = self._at
        while self._sees("0123456789"):
            self._at += 1
        written = self._text[start : self._at]
        if len(written) > 10:
            raise self.error("number out of range")
        return int(written) if written else None

    def _complement(self, depth: int) -> Node:
        count = 0
        while self._takes("~"):
            count += 1
        found = self._class() if self._takes("[") else self._simple(depth)
        return Other(found) if count % 2 else found

    def _class(self) -> Node:
        negated = self._takes("^")
        ranges = self._member()
        while self.more() and not self._sees("]"):
            ranges += self._member()
        if not self._takes("]"):
            raise self.error("expected ']'")
        return Chars(_inverted(ranges) if negated else _merged(ranges))

    def _member(self) -> Ranges:
        known = self._predefined()
        if known is not None:
            return known
        low = self._char()
        if not self._takes("-"):
            return self._either_case(low)
        high = self._char()
        if low > high:
            raise self.error(f"invalid range: from ({ord(low)}) cannot be > to ({ord(high)})")
        return ((ord(low), ord(high)),)

    def _simple(self, depth: int) -> Node:
        if self._takes("."):
            return ANY_CHAR
        if self._takes("#"):
            return NOTHING
        if self._takes("@"):
            return ANY_TEXT
        if self._takes('"'):
            return self._quoted(self._until('"'))
        if self._takes("("):
            if self._takes(")"):
                return self._quoted("")
            found = self.union(depth + 1)
            if not self._takes(")"):
                raise self.error("expected ')'")
            return found
        if self._takes("<"):
            return self._interval(self._until(">"))
        known = self._predefined()
        return Chars(known if known is not None else self._either_case(self._char()))

    def _quoted(self, text: str) -> Node:
        if self._folded and not text:
            # Lucene folds it letter by letter, and joins no letters to the empty language.
            raise self.error("an empty string that ignores case differs by version")
        return Join(tuple(Chars(self._either_case(char)) for char in text))

    def _interval(self, written: str) -> Node:
        low, dash, high = written.partition("-")
        if not dash:
            raise self.error(f"'{written}' not found")
        numeric = all(each.isascii() and each.isdigit() and len(each) < 30 for each in (low, high))
        if not numeric or max(int(low), int(high)) > _INT:
            raise self.error("interval syntax error")
        least, most = sorted((int(low), int(high)))
        if len(low) == len(high):
            return Digits(str(least).zfill(len(low)), str(most).zfill(len(low)))
        return _of_any_width(least, most)

    def _predefined(self) -> Ranges | None:
        r"""Read `\d` and its like; leave the character after another backslash unread."""
        if not self._takes("\\"):
            return None
        if self._takes("\\"):
            return ((92, 92),)
        if self.more() and self._text[self._at] in _LETTERS:
            letter = self._next()
            if letter not in "dDsSwW":
                raise self.error(f"invalid character class \\{letter}")
            ranges = _CLASSES[letter.lower()]
            return ranges if letter.islower() else _inverted(ranges)
        return None

    def _char(self) -> str:
        self._takes("\\")
        return self._next()

    def _either_case(self, char: str) -> Ranges:
        if not self._folded or char not in _LETTERS:
            return ((ord(char), ord(char)),)
        return tuple(sorted((ord(each), ord(each)) for each in (char.upper(), char.lower())))

    def _until(self, end: str) -> str:
        start = self._at
        self._at = self._text.find(end, start)
        if self._at < 0:
            raise Rejected(f"regular expression: expected {end!r} after position {start}")
        self._at += 1
        return self._text[start : self._at - 1]

    def _sees(self, chars: str) -> bool:
        return self.more() and self._text[self._at] in chars

    def _takes(self, char: str) -> bool:
        found = self._sees(char)
        self._at += found
        return found

    def _next(self) -> str:
        if not self.more():
            raise self.error("unexpected end-of-string")
        self._at += 1
        return self._text[self._at - 1]


def _of_any_width(least: int, most: int) -> Node:
    """Match numbers after any zeros: bounds of unlike width fix none (`makeDecimalInterval`)."""
    widths = range(len(str(least)), len(str(most)) + 1)
    numbers = tuple(
        Digits(
            str(max(least, 10 ** (width - 1) if width > 1 else 0)), str(min(most, 10**width - 1))
        )
        for width in widths
    )
    return Join((Repeat(Chars(((48, 48),)), 0, None), Either(numbers)))


def _merged(ranges: Ranges) -> Ranges:
    found: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return tuple(found)


def _inverted(ranges: Ranges) -> Ranges:
    found: list[tuple[int, int]] = []
    start = 0
    for low, high in _merged(ranges):
        if low > start:
            found.append((start, low - 1))
        start = high + 1
    return tuple(found if start > LAST else [*found, (start, LAST)])
