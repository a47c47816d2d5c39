"""Where in a TOML file its keys stand. It takes any text, and time in proportion to it."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence

from tocsin.frozen import dataclass

Keys = tuple[str, ...]

MAX_DEPTH = 50  # of tables and arrays in one another: tomllib takes quadratic time for the depth

_TOKEN = re.compile(
    r"""
    (?P<text>
        \"{3} (?: [^"\\]++ | \\[\s\S] | "{1,2}(?!") )*+ (?: "{3,5} | \\?\Z )
      | '{3} (?: [^']++ | '{1,2}(?!') )*+ (?: '{3,5} | \Z )
      | " (?: [^"\\\n]++ | \\. )*+ "?
      | ' [^'\n]*+ '?
    )
  | (?P<comment> \# [^\n]* )
  | (?P<mark> [\[\]{}=,.\n] )
  | (?P<bare> [^\s\[\]{}=,."'\#]+ )
    """,
    re.VERBOSE,
)
_NUMBER = re.compile("[+-]?[0-9_]+")


@dataclass(frozen=True, slots=True)
class Place:
    """A key, or a text below it, with the keys that lead there; places in arrays do not count."""

    keys: Keys
    start: int
    end: int
    depth: int


def places(text: str) -> Mapping[Keys, tuple[int, int]]:
    """Find where each key of a TOML file stands, and each text; the first counts."""
    found: dict[Keys, tuple[int, int]] = {}
    for each in _walk(text):
        if each.depth > MAX_DEPTH:
            break
        found.setdefault(each.keys, (each.start, each.end))
    return found


def too_deep(text: str) -> int | None:
    """Say where a text is nested deeper than we read; None if it is not."""
    return next((each.start for each in _walk(text) if each.depth > MAX_DEPTH), None)


def long_number(text: str) -> tuple[int, int, int]:
    """Find the longest number of a text: how many digits it has, its line and its column."""
    numbers = (each for each in _TOKEN.finditer(text) if _NUMBER.fullmatch(each[0]))
    start, number = max(
        ((each.start(), each[0]) for each in numbers),
        key=lambda found: len(found[1]),
        default=(0, ""),
    )
    line = text.count("\n", 0, start) + 1
    return sum(map(str.isdigit, number)), line, start - text.rfind("\n", 0, start)


def _walk(text: str) -> Iterator[Place]:
    """Go from key to key, up to the end or to what no TOML has."""
    header: Keys = ()
    keys: Keys = ()  # of the key that is read, or of its value
    open_: list[tuple[str, Keys]] = []  # brackets of values, with the keys of each
    is_key, in_header = True, False
    wanted = True  # a word of the key: at its beginning, and after a dot
    for token in _TOKEN.finditer(text):
        kind, start, end = token.lastgroup, token.start(), token.end()
        match kind, token[0]:
            case "text" | "bare", word if is_key:
                if not wanted:
                    return
                keys, wanted = (*keys, _name(word)), False
                yield Place(keys, start, end, _depth(keys, open_))
            case "text", word:
                yield Place((*keys, _name(word)), start, end, 0)
            case "mark", "." if is_key:
                wanted = True
            case "mark", "=":
                is_key = False
            case "mark", "[" if is_key and not open_:
                keys, in_header, wanted = (), True, True
            case "mark", "]" if in_header:
                header, in_header, wanted = keys, False, False
            case "mark", "[" | "{" as bracket:
                open_.append((bracket, keys))
                yield Place(keys, start, end, _depth(keys, open_))
                is_key = wanted = bracket == "{"
            case "mark", "]" | "}" if open_:
                is_key, keys = False, open_.pop()[1]
            case "mark", "," if open_:
                is_key = wanted = open_[-1][0] == "{"
                keys = open_[-1][1]
            case "mark", "\n" if not open_:
                is_key, wanted, in_header, keys = True, True, False, header
            case _:  # a comment, or a value
                pass


def _depth(keys: Keys, open_: Sequence[tuple[str, Keys]]) -> int:
    return len(keys) + sum(bracket == "[" for bracket, _ in open_)


def _name(word: str) -> str:
    """Read a key or a text as TOML does."""
    if word[0] not in "\"'":
        return word
    if "\\" not in word and word[1:2] != word[0]:
        return word[1:-1]
    try:
        read: object = tomllib.loads(f"word = {word}")["word"]
    except ValueError:
        return word
    return read if isinstance(read, str) else word
