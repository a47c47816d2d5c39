"""Elastic EQL, judged by the `eql` package in its Elasticsearch mode.

It is stricter than Elasticsearch in two places: an event category in quotes (`"process" where`)
and `startswith~` (the name is `startsWith~`). It does not read regular expressions, nor the types
of fields, and `?field` or not, every field is known to it.
"""

from contextlib import AbstractContextManager
from typing import Protocol, cast

from eql import errors, parser


class _Error(Protocol):
    """An `eql.EqlParseError`: lines and columns count from 0."""

    line: int
    column: int
    error_msg: str


class _Parser(Protocol):
    """The part of `eql.parser` that is used here."""

    elasticsearch_syntax: AbstractContextManager[object]
    allow_sample: AbstractContextManager[object]
    allow_negation: AbstractContextManager[object]
    allow_runs: AbstractContextManager[object]

    def parse_query(self, text: str) -> object: ...


# `eql` has no annotations: this is the place where it gets its types.
_parser = cast(_Parser, parser)
_ParseError = cast(type[Exception], errors.EqlParseError)


def problems(text: str) -> list[str]:
    """Return what Elastic's parser says against `text`, as "line:column message"."""
    try:
        with (
            _parser.elasticsearch_syntax,
            _parser.allow_sample,
            _parser.allow_negation,
            _parser.allow_runs,
        ):
            _parser.parse_query(text)
    except RecursionError:
        return ["1:1 nested too deep"]
    except _ParseError as error:
        found = cast(_Error, error)
        return [f"{found.line + 1}:{found.column + 1} {found.error_msg}"]
    return []
