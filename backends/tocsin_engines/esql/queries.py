"""Commands: tokens to a query."""

from collections.abc import Callable, Mapping

from tocsin_engines.engine import Rejected
from tocsin_engines.esql.cursor import Cursor
from tocsin_engines.esql.expressions import expression
from tocsin_engines.esql.lexer import cut
from tocsin_engines.esql.tree import (
    Command,
    Eval,
    Expand,
    Field,
    From,
    Kept,
    Limit,
    Name,
    Query,
    Stats,
    Where,
)
from tocsin_engines.tokens import Lexeme

_CHARACTERS = 1_000_000  # `EsqlParser.MAX_LENGTH`
_METADATA = frozenset({"_id", "_index", "_version"})


def read(query: str) -> Query:
    """Read QUERY."""
    if len(query) > _CHARACTERS:
        raise Rejected(f"ESQL statement is too large [{len(query)} characters > {_CHARACTERS}]")
    cursor = Cursor(cut(query))
    nullify = False
    while cursor.takes("set"):
        nullify = _setting(cursor) or nullify
    source = _from(cursor)
    commands: list[Command] = []
    while cursor.takes("|"):
        commands.append(_command(cursor))
    if cursor.now.kind is not Lexeme.END:
        raise cursor.error("expecting <EOF>")
    return Query(nullify, source, tuple(commands))


def _setting(cursor: Cursor) -> bool:
    name = cursor.name()
    cursor.expect("=")
    value = cursor.text()
    cursor.expect(";")
    if name != "unmapped_fields" or value.lower() not in ("nullify", "default"):
        raise Rejected(f"this engine does not know the setting {name} = {value}")
    return value.lower() == "nullify"


def _from(cursor: Cursor) -> From:
    cursor.expect("from")
    indices = [_index(cursor)]
    while cursor.takes(","):
        indices.append(_index(cursor))
    metadata: list[str] = []
    if cursor.takes("metadata"):
        metadata.append(cursor.name())
        while cursor.takes(","):
            metadata.append(cursor.name())
    for name in metadata:
        if name not in _METADATA:
            raise Rejected(f"unresolved metadata pattern [{name}]")
    return From(tuple(indices), tuple(metadata))


def _index(cursor: Cursor) -> str:
    """Take a pattern: everything up to a blank or a comma; the engine has one store."""
    if cursor.now.kind is Lexeme.TEXT:
        return cursor.text()
    at, end = cursor.now.at, cursor.now.at
    while cursor.now.at == end and not cursor.sees(",", "|"):
        if cursor.now.kind is Lexeme.END:
            break
        end += len(cursor.next().written)
    if end == at:
        raise cursor.error("expecting an index pattern")
    return cursor.since(at)


def _command(cursor: Cursor) -> Command:
    for word, reader in _COMMANDS.items():
        if cursor.takes(word):
            return reader(cursor)
    raise cursor.error(f"expecting one of {', '.join(_COMMANDS)}")


def _where(cursor: Cursor) -> Where:
    return Where(expression(cursor))


def _eval(cursor: Cursor) -> Eval:
    return Eval(tuple(_fields(cursor, filtered=False)))


def _stats(cursor: Cursor, inline: bool = False) -> Stats:
    fields = [] if cursor.sees("by") else _fields(cursor, filtered=True)
    by = _fields(cursor, filtered=False) if cursor.takes("by") else []
    return Stats(tuple(fields), tuple(by), inline)


def _inline(cursor: Cursor) -> Stats:
    cursor.expect("stats")
    return _stats(cursor, inline=True)


def _expand(cursor: Cursor) -> Expand:
    return Expand(cursor.name())


def _fields(cursor: Cursor, *, filtered: bool) -> list[Field]:
    found = [_field(cursor, filtered)]
    while cursor.takes(","):
        found.append(_field(cursor, filtered))
    return found


def _field(cursor: Cursor, filtered: bool) -> Field:
    at = cursor.now.at
    expr = expression(cursor)
    name = expr.path if isinstance(expr, Name) else cursor.since(at)
    if cursor.takes("="):
        if not isinstance(expr, Name):
            raise cursor.error("a name stands before '='")
        expr = expression(cursor)
    where = expression(cursor) if filtered and cursor.takes("where") else None
    return Field(name, expr, where)


def _keep(cursor: Cursor) -> Kept:
    return Kept(_names(cursor), dropped=False)


def _drop(cursor: Cursor) -> Kept:
    return Kept(_names(cursor), dropped=True)


def _names(cursor: Cursor) -> tuple[str, ...]:
    found = [cursor.name()]
    while cursor.takes(","):
        found.append(cursor.name())
    return tuple(found)


def _limit(cursor: Cursor) -> Limit:
    if cursor.now.kind is not Lexeme.NUMBER:
        raise cursor.error("expecting a number")
    return Limit(int(cursor.next().written))


_COMMANDS: Mapping[str, Callable[[Cursor], Command]] = {
    "where": _where,
    "eval": _eval,
    "stats": _stats,
    "inline": _inline,
    "mv_expand": _expand,
    "keep": _keep,
    "drop": _drop,
    "limit": _limit,
}
