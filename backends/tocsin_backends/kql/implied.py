"""Terms that every event which meets a condition has in it: found by index, before any parsing.

A column may be a part of a larger text (an event's XML) or a filter of a function (ASIM's
`*_has_any`). Kusto's terms are runs of ASCII letters and digits (Microsoft, "String operators").
"""

import re
from collections.abc import Callable, Iterator, Sequence

from tocsin import model, regex
from tocsin.evaluate import is_alphanumeric
from tocsin.frozen import dataclass
from tocsin.lower.patterns import TELLING, patterns_of
from tocsin.model import Expr, Pattern, TextTest

_MOST = 20  # alternatives: beyond this a filter costs more than it saves
# JSON's writers put a backslash before these, no letters.
_AFTER_A_BACKSLASH = "\\/"
# What stands in XML and in JSON as it is, whoever writes it: some escape `+` and `/`.
_PLAIN = re.compile(r"[ !#$%()*,\-.0-9:;=?@A-Z\[\]^_a-z{|}~]+")


@dataclass(frozen=True, slots=True)
class Needle:
    """A text that must be there; WHOLE if no letter or digit can be glued to it."""

    text: str
    whole: bool


def needles(
    expr: Expr, is_part: Callable[[str], bool], *, escaped: bool = False
) -> tuple[Needle, ...]:
    """Find texts of which one is in every event that meets EXPR, in a column that IS_PART takes.

    ESCAPED says that the text around a value writes some characters with letters.
    """
    match expr:
        case model.And(operands):
            ways = [needles(operand, is_part, escaped=escaped) for operand in operands]
            found = [each for each in ways if each]
            return max(found, key=_weight, default=())
        case model.Or(operands):
            ways = [needles(operand, is_part, escaped=escaped) for operand in operands]
            joined = tuple(dict.fromkeys(each for way in ways for each in way))
            return joined if all(ways) and len(joined) <= _MOST else ()
        case _ if isinstance(expr, TextTest) and is_part(expr.field.name):
            texts = _texts(expr, escaped)
            told = [max(_needles(one, escaped), key=_length, default=None) for one in texts]
            known = tuple(dict.fromkeys(each for each in told if each))
            return known if all(told) and len(known) <= _MOST else ()
        case _:
            return ()


def _weight(found: Sequence[Needle]) -> tuple[int, int]:
    """Prefer few alternatives, and long ones."""
    return (-len(found), min(map(_length, found)))


def _length(needle: Needle) -> int:
    return len(needle.text)


# Texts that stand one after the other in a value, each with whether its ends touch a border.
_Pieces = list[tuple[str, bool, bool]]


def _texts(test: TextTest, escaped: bool) -> Iterator[_Pieces]:
    match test:
        case model.Matches(patterns=patterns):
            yield from map(_of_regex, patterns)
        case model.Has(values=values):
            yield from ([(value, not escaped, not escaped)] for value in values.items)
        case _:
            yield from map(_of_pattern, patterns_of(test))


def _of_pattern(pattern: Pattern) -> _Pieces:
    last = len(pattern) - 1
    return [
        (part, place == 0, place == last)
        for place, part in enumerate(pattern)
        if isinstance(part, str)
    ]


def _of_regex(pattern: regex.Regex) -> _Pieces:
    parts = regex.parts_of(pattern)
    return [
        (
            part.value,
            place > 0 and isinstance(parts[place - 1], regex.Start),
            place + 1 < len(parts) and isinstance(parts[place + 1], regex.End),
        )
        for place, part in enumerate(parts)
        if isinstance(part, regex.Text)
    ]


def _needles(pieces: _Pieces, escaped: bool) -> Iterator[Needle]:
    """Cut out what is plain, down to a letter or digit at either end."""
    for text, starts, ends in pieces:
        for run in _PLAIN.finditer(text):
            inner = re.search(r"[0-9A-Za-z](?:.*[0-9A-Za-z])?", run[0])
            if inner and len(inner[0]) >= TELLING:
                first, last = run.start() + inner.start(), run.start() + inner.end()
                yield Needle(
                    inner[0],
                    (_is_border(text[first - 1], escaped) if first else starts)
                    and (_is_border(text[last], escaped) if last < len(text) else ends),
                )


def _is_border(character: str, escaped: bool) -> bool:
    r"""Whether no term goes on past CHARACTER; one that is ESCAPED may be glued: `\u003Cscript`."""
    if is_alphanumeric(character):
        return False
    if escaped:
        return bool(_PLAIN.fullmatch(character)) or character in _AFTER_A_BACKSLASH
    return " " <= character <= "~"
