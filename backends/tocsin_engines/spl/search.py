"""The terms of the `search` command: NOT, OR, AND from tight to loose."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin_engines.engine import Rejected
from tocsin_engines.spl.scan import CLOSE, COMMA, DEPTH, OPEN, STRING, Scanner, search_unescaped


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value to compare with; a `*` in TEXT is any text. DIRECTIVE is CASE, TERM or empty."""

    text: str
    directive: str = ""

    @property
    def cased(self) -> bool:
        """Whether its case matters."""
        return self.directive == "CASE"


@dataclass(frozen=True, slots=True)
class Compare:
    """A field and a value, or for `IN` the values."""

    field: str
    sign: str
    values: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """`earliest=` or `latest=`."""

    latest: bool
    modifier: str


@dataclass(frozen=True, slots=True)
class Every:
    """`*`, or no term at all."""


@dataclass(frozen=True, slots=True)
class Neither:
    """NOT."""

    part: "Term"


@dataclass(frozen=True, slots=True)
class Group:
    """AND, or OR if ANY."""

    any: bool
    parts: tuple["Term", ...]


Term = Compare | Bound | Every | Neither | Group

_WORD = re.compile(r"[^\s|()\[\]\"'`=<>!,]+")
_SIGN = re.compile(r"!=|<=|>=|=(?!=)|<|>")
_DIRECTIVE = re.compile(r'(CASE|TERM)\(\s*(?:"((?:\\.|[^"\\])*)"|([^\s"\'`()|\[\],]+))\s*\)')
_OPERATORS = {word: re.compile(rf'{word}(?=[\s("]|$)') for word in ("AND", "OR", "NOT", "IN")}
# What these terms search is not in the fields of an event.
_KNOWLEDGE = {
    *("eventtype", "eventtypetag", "hosttag", "savedsearch", "savedsplunk", "tag"),
    *("starttime", "endtime", "timeformat", "splunk_server", "splunk_server_group"),
    *("_index_earliest", "_index_latest", "startdaysago", "enddaysago"),
}


def terms(scanner: Scanner, stop: re.Pattern[str] | None = None) -> Term:
    """Read the terms up to the next pipe, or to STOP."""
    if scanner.ends():
        return Every()
    found = _and(scanner, 0, stop)
    if not scanner.ends() and not (stop and scanner.peek(stop)):
        raise scanner.refused("unexpected")
    return found


def leaves(term: Term) -> Iterator[Compare | Bound | Every]:
    """Return the terms that have no parts."""
    match term:
        case Compare() | Bound() | Every():
            yield term
        case Neither():
            yield from leaves(term.part)
        case Group():
            for part in term.parts:
                yield from leaves(part)


def bounds(term: Term) -> Iterator[Bound]:
    """Return the time bounds of a search; refuse those under OR or NOT."""
    match term:
        case Bound():
            yield term
        case Group(any=False):
            for part in term.parts:
                yield from bounds(part)
        case Group():
            _without_bounds(term.parts)
        case Neither():
            _without_bounds((term.part,))
        case Compare() | Every():
            return


def _without_bounds(parts: tuple[Term, ...]) -> None:
    if any(True for part in parts for _ in bounds(part)):
        raise Rejected("`earliest` and `latest` under OR or NOT are not known here")


def _and(scanner: Scanner, depth: int, stop: re.Pattern[str] | None = None) -> Term:
    if depth > DEPTH:
        raise scanner.refused("nested too deep")
    parts = [_or(scanner, depth)]
    while scanner.take(_OPERATORS["AND"]) or not (
        scanner.ends() or scanner.peek(CLOSE) or (stop and scanner.peek(stop))
    ):
        parts.append(_or(scanner, depth))
    return parts[0] if len(parts) == 1 else Group(False, tuple(parts))


def _or(scanner: Scanner, depth: int) -> Term:
    parts = [_not(scanner, depth)]
    while scanner.take(_OPERATORS["OR"]):
        parts.append(_not(scanner, depth))
    return parts[0] if len(parts) == 1 else Group(True, tuple(parts))


def _not(scanner: Scanner, depth: int) -> Term:
    if depth > DEPTH:
        raise scanner.refused("nested too deep")
    if scanner.take(_OPERATORS["NOT"]):
        return Neither(_not(scanner, depth + 1))
    if scanner.take(OPEN):
        inner = _and(scanner, depth + 1)
        scanner.need(CLOSE, "`)`")
        return inner
    return _term(scanner)


def _term(scanner: Scanner) -> Term:
    if scanner.peek(_DIRECTIVE):
        raise scanner.refused("a term without a field searches the segments of `_raw`")
    quoted = scanner.peek(STRING) is not None
    field = _word(scanner)
    if sign := scanner.take(_SIGN):
        return _compared(scanner, field, sign[0])
    if scanner.take(_OPERATORS["IN"]):
        scanner.need(OPEN, "`(`")
        return Compare(_plain(scanner, field), "IN", _values(scanner))
    if field == "*" and not quoted:
        return Every()
    raise scanner.refused(f"`{field}` without a field searches the segments of `_raw`")


def _compared(scanner: Scanner, field: str, sign: str) -> Term:
    if field in {"earliest", "latest"}:
        if sign != "=":
            raise scanner.refused(f"`{field}` is set with `=`")
        return Bound(field == "latest", _word(scanner))
    value = _value(scanner)
    if sign not in {"=", "!="} and ("*" in value.text or value.cased):
        raise scanner.refused(f"`{sign}` with a wildcard or CASE()")
    return Compare(_plain(scanner, field), sign, (value,))


def _plain(scanner: Scanner, field: str) -> str:
    if field in _KNOWLEDGE or "::" in field or "*" in field:
        raise scanner.refused(f"`{field}` is not searched here")
    return field


def _values(scanner: Scanner) -> tuple[Wanted, ...]:
    found = [_value(scanner)]
    while scanner.take(COMMA):
        found.append(_value(scanner))
    scanner.need(CLOSE, "`)`")
    return tuple(found)


def _value(scanner: Scanner) -> Wanted:
    if directive := scanner.take(_DIRECTIVE):
        text = directive[3] if directive[2] is None else directive[2]
        return Wanted(search_unescaped(text), directive[1])
    return Wanted(_word(scanner))


def _word(scanner: Scanner) -> str:
    if found := scanner.take(STRING):
        return search_unescaped(found[1])
    found = scanner.need(_WORD, "a word or a string")
    if found[0].upper() in {"AND", "OR", "NOT", "IN"}:
        scanner.at = found.start()
        raise scanner.refused("an operator as a word stands in quotation marks")
    return search_unescaped(found[0])
