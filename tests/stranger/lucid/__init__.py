r"""Lucid, invented to show what a target takes: `Path:"*\\node.exe" AND NOT Line:"*-v*"`.

`:` has no case, `*` and `?` are wild, a backslash makes the next character plain."""

from collections.abc import Iterable
from pathlib import Path

from tocsin import model
from tocsin.backend import Lowered
from tocsin.header import header
from tocsin.profiles import Source, read_source
from tocsin.text import escape, is_hidden

_PLAIN = {character: f"\\{character}" for character in '\\"*?'}


class Lucid:
    suffix = ".lucid"
    supports = frozenset({model.And, model.Or, model.Not, model.Like, model.Exists})

    @property
    def sources(self) -> tuple[Source, ...]:
        return (read_source(Path(__file__).parent / "lucid_events"),)

    def exact(self, test: model.Predicate) -> bool:
        return not (isinstance(test, model.Like) and test.cased)

    def emit(self, rule: Lowered) -> str:
        gate = _joined("AND", [gate for place in rule.places for gate in place.gate])
        condition = _condition(model.event_of(rule.body).condition)
        return "\n".join([*(f"# {line}" for line in header(rule)), f"{gate} AND {condition}", ""])


def _condition(expr: model.Expr) -> str:
    match expr:
        case model.And(operands):
            return _joined("AND", map(_condition, operands))
        case model.Or(operands):
            return _joined("OR", map(_condition, operands))
        case model.Not(operand):
            return f"NOT {_condition(operand)}"
        case model.Exists(field):
            return f"{field.name}:*"
        case model.Like(field, patterns):
            return _joined("OR", (f'{field.name}:"{_text(parts)}"' for parts in patterns))
        case _:  # `Always(True)`: a rule without a condition. Nothing else is left.
            return "*:*"


def _joined(word: str, parts: Iterable[str]) -> str:
    first, *others = parts
    return f"({f' {word} '.join((first, *others))})" if others else first


def _text(pattern: model.Pattern) -> str:
    parts = (p.value if isinstance(p, model.Wild) else escape(p, _PLAIN) for p in pattern)
    return "".join(f"\\u{{{ord(c):x}}}" if is_hidden(c) else c for c in "".join(parts))


LUCID = Lucid()
