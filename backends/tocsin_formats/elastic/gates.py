"""What tells a class's events from others: read as EQL, for another language to write it."""

import re
from collections.abc import Iterator, Sequence

from tocsin import model
from tocsin.frozen import dataclass
from tocsin.model import Expr, Field, Values
from tocsin.profiles import SourceClass
from tocsin.schema import FieldType
from tocsin.source import Span
from tocsin.text import on_one_line, trailing
from tocsin_backends.eql.where import gates

# `event.type == "start"`, `event.action in ("a", "b")`, `dns.question.name != null`; `and`, `or`.
_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\["\\])*"|[\w.@]+|==|!=|[:(),])')


class Unread(Exception):
    """A gate that is more than these words."""


def gate(places: Sequence[SourceClass], span: Span) -> Expr:
    """Say what makes an event one of PLACES: its category, and what its sources ask beside.

    Raises `Unread`.
    """
    category, lines = gates(places)
    asked: list[Expr] = []
    if category != "any":
        asked.append(model.Equals(Field("event.category"), Values((category,)), True, span))
    if lines:
        alternatives = lines[:1] == ["("]
        text = on_one_line(lines if alternatives else trailing([[each] for each in lines], "and"))
        asked.append(_Reader(_tokens(text), span).whole())
    return model.all_of(tuple(asked), span) if asked else model.Always(True, span)


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise Unread(text)
        yield found[1]
        at = found.end()


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads by descent; what is read is taken from `tokens`."""

    tokens: Iterator[str]
    span: Span

    def whole(self) -> Expr:
        """Read all there is."""
        expr, after = self._joined(next(self.tokens, ""))
        if after:
            raise Unread(after)
        return expr

    def _joined(self, token: str) -> tuple[Expr, str]:
        """Read conditions joined by one word; give back the token behind them."""
        first, after = self._one(token)
        word, found = after, [first]
        while after == word and word in ("and", "or"):
            more, after = self._one(next(self.tokens, ""))
            found.append(more)
        if after in ("and", "or"):
            raise Unread(after)  # no order between them is assumed
        join = model.any_of if word == "or" else model.all_of
        return join(tuple(found), self.span), after

    def _one(self, token: str) -> tuple[Expr, str]:
        if token == "(":
            expr, after = self._joined(next(self.tokens, ""))
            if after != ")":
                raise Unread(after)
            return expr, next(self.tokens, "")
        if not re.fullmatch(r"[\w.@]+", token):
            raise Unread(token)
        return self._test(Field(token), next(self.tokens, "")), next(self.tokens, "")

    def _test(self, field: Field, sign: str) -> Expr:
        value = next(self.tokens, "")
        match sign, value:
            case ("!=", "null"):
                return model.Exists(Field(field.name, FieldType.TIME), self.span)
            case ("==", _):
                return self._equals(field, (_text(value),), cased=True)
            case ("in", "("):
                return self._equals(field, tuple(self._list()), cased=True)
            case (":", "("):
                return self._equals(field, tuple(self._list()), cased=False)
            case (":", _):
                return self._equals(field, (_text(value),), cased=False)
            case _:
                raise Unread(sign)

    def _equals(self, field: Field, texts: tuple[str, ...], *, cased: bool) -> Expr:
        if not cased and any({"*", "?"} & set(text) for text in texts):
            raise Unread("a wildcard")
        return model.Equals(field, Values(texts), cased, self.span)

    def _list(self) -> Iterator[str]:
        while True:
            yield _text(next(self.tokens, ""))
            match next(self.tokens, ""):
                case ",":
                    continue
                case ")":
                    return
                case other:
                    raise Unread(other)


def _text(token: str) -> str:
    if not token.startswith('"'):
        raise Unread(token)
    return re.sub(r'\\(["\\])', r"\1", token[1:-1])
