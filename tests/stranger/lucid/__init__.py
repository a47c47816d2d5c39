r"""Lucid: `Path:"*\\node.exe" AND NOT Line:"*--version*"`. Invented, to show what a target takes.

`:` compares without case, `*` and `?` are wild, a backslash makes the next character plain.
"""

from pathlib import Path

from tocsin import model
from tocsin.backend import Lowered
from tocsin.header import header
from tocsin.model import Expr, Predicate, Wild
from tocsin.profiles import Source, read_source
from tocsin.text import escape, is_hidden

_SPECIAL = {character: f"\\{character}" for character in '\\"*?'}


class Lucid:
    suffix = ".lucid"
    supports = frozenset({model.Equals, model.Like, model.Exists})

    @property
    def sources(self) -> tuple[Source, ...]:
        return (read_source(Path(__file__).parent / "lucid_events"),)

    def exact(self, test: Predicate) -> bool:
        return not (isinstance(test, model.Equals | model.Like) and test.cased)

    def emit(self, rule: Lowered) -> str:
        gates = dict.fromkeys(f"({' AND '.join(place.gate)})" for place in rule.places)
        query = f"({' OR '.join(gates)}) AND {_text(model.event_of(rule.body).condition)}"
        return "\n".join([*(f"# {line}" for line in header(rule)), query, ""])


def _text(expr: Expr) -> str:
    match expr:
        case model.And(operands):
            return f"({' AND '.join(map(_text, operands))})"
        case model.Or(operands):
            return f"({' OR '.join(map(_text, operands))})"
        case model.Not(operand):
            return f"NOT {_text(operand)}"
        case model.Always(value):
            return "*:*" if value else "NOT *:*"
        case model.Exists(field):
            return f"{field.name}:*"
        case model.Equals(field, values):
            return _any(field.name, [(value,) for value in values.items])
        case model.Like(field, patterns):
            return _any(field.name, patterns)
        case _:
            raise AssertionError(f"{type(expr).__name__} is not in `supports`")


def _any(name: str, patterns: list[tuple[str]] | tuple[model.Pattern, ...]) -> str:
    texts = [
        "".join(part.value if isinstance(part, Wild) else _plain(part) for part in pattern)
        for pattern in patterns
    ]
    tests = [f'{name}:"{text}"' for text in texts]
    return tests[0] if len(tests) == 1 else f"({' OR '.join(tests)})"


def _plain(text: str) -> str:
    seen = escape(text, _SPECIAL)
    return "".join(f"\\u{{{ord(c):x}}}" if is_hidden(c) else c for c in seen)


LUCID = Lucid()
