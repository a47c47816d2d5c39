"""Text to a query: an event, or a sequence of events."""

from tocsin_engines.engine import Rejected
from tocsin_engines.eql.conditions import condition
from tocsin_engines.eql.cursor import Cursor
from tocsin_engines.eql.lexer import cut
from tocsin_engines.eql.tree import EventFilter, Events, Name, Pipe, Query, Sequence, Term
from tocsin_engines.tokens import Lexeme

_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_RUNS = 100
_PIPES = ("count", "filter", "head", "sort", "tail", "unique", "unique_count")


def read(query: str) -> Query:
    """Read QUERY, or say where it is wrong."""
    cursor = Cursor(cut(query))
    found = _sequence(cursor) if cursor.takes("sequence") else _events(cursor)
    if cursor.now.kind is not Lexeme.END:
        raise cursor.error("expecting the end")
    return found


def _events(cursor: Cursor) -> Events:
    for word in ("sample", "join"):
        if cursor.sees(word):
            raise Rejected(f"this engine does not run [{word}]")
    event, pipes = _event(cursor), []
    while cursor.takes("|"):
        pipes.append(_pipe(cursor))
    return Events(event, tuple(pipes))


def _event(cursor: Cursor) -> EventFilter:
    if cursor.now.kind is Lexeme.TEXT:
        raise Rejected(
            "an event category in quotes: Elasticsearch reads it, but the eql package does not"
        )
    category = None if cursor.takes("any") else cursor.identifier()
    cursor.expect("where")
    return EventFilter(category, condition(cursor))


def _pipe(cursor: Cursor) -> Pipe:
    name = cursor.identifier()
    if name not in _PIPES:
        raise Rejected(f"unrecognized pipe [{name}]")
    if name not in ("head", "tail"):
        raise Rejected(f"pipe [{name}] is not supported yet")
    limit = cursor.number()
    if not isinstance(limit, int):
        raise Rejected(f"pipe [{name}] expects a positive integer")
    return Pipe(name, limit)


def _sequence(cursor: Cursor) -> Sequence:
    keys = _keys(cursor)
    maxspan = _maxspan(cursor)
    if cursor.sees("by"):
        raise cursor.error("please specify sequence [by] before [with] not after")
    terms: list[Term] = []
    while cursor.sees("[", "!["):
        term = _term(cursor, keys)
        terms += [term] * _runs(cursor)
    until = _term(cursor, keys) if cursor.takes("until") else None
    if len(terms) < 2:
        raise Rejected(f"a sequence requires a minimum of 2 queries, found [{len(terms)}]")
    if len({len(term.keys) for term in (*terms, *([until] if until else []))}) > 1:
        raise Rejected("inconsistent number of join keys specified")
    if cursor.sees("|"):
        raise cursor.error("this engine has no pipes after a sequence")
    return Sequence(tuple(terms), until, maxspan)


def _keys(cursor: Cursor) -> tuple[Name, ...]:
    if not cursor.takes("by"):
        return ()
    found = [cursor.name()]
    while cursor.takes(","):
        found.append(cursor.name())
    return tuple(found)


def _maxspan(cursor: Cursor) -> int | None:
    if not cursor.takes("with"):
        return None
    cursor.expect("maxspan")
    cursor.expect("=")
    count = cursor.number()
    if not isinstance(count, int):
        raise Rejected(f"decimal time interval [{count}] not supported")
    if count <= 0:
        raise Rejected(f"a positive maxspan value is required; found [{count}]")
    if cursor.now.kind is not Lexeme.WORD or cursor.now.written not in _UNITS:
        raise cursor.error(f"expecting one of [{', '.join(_UNITS)}]")
    return count * _UNITS[cursor.next().written]


def _term(cursor: Cursor, keys: tuple[Name, ...]) -> Term:
    if cursor.sees("!["):
        raise cursor.error("this engine has no missing events")
    cursor.expect("[")
    event = _event(cursor)
    cursor.expect("]")
    return Term(event, keys + _keys(cursor))


def _runs(cursor: Cursor) -> int:
    """Read `with runs=3`: the term three times, 1 to 100 (syntax page)."""
    if not cursor.takes("with"):
        return 1
    option = cursor.identifier()
    if option != "runs":
        raise Rejected(f"unrecognized option [{option}], expecting [runs]")
    cursor.expect("=")
    count = cursor.number()
    if not isinstance(count, int) or not 1 <= count <= _RUNS:
        raise Rejected(f"runs must be an integer from 1 to {_RUNS}; found [{count}]")
    return count
