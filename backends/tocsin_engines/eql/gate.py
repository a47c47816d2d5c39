r"""Elastic's `eql` package, asked whether it takes a query. Both it and our grammar must.

It is stricter than Elasticsearch in a few places: no event category in quotes, `cidrMatch` and its
like in just this case, no backtick in backticks, `runs` from 2. It cannot read two `\u{…}` in one
literal (it takes all between the first brace and the last for one number), so it is asked without
these; our own grammar reads them. Its tree drops operators (`:` and `like`, `==` and `in~`), so
that our own grammar reads the query.
"""

import re
from contextlib import AbstractContextManager, ExitStack
from importlib import import_module
from typing import Protocol, cast

from tocsin_engines.engine import Missing, Rejected


class _Parser(Protocol):
    """The part of `eql.parser` that is used here."""

    elasticsearch_syntax: AbstractContextManager[object]
    allow_sample: AbstractContextManager[object]
    allow_negation: AbstractContextManager[object]
    allow_runs: AbstractContextManager[object]
    skip_optimizations: AbstractContextManager[object]

    def parse_query(self, text: str) -> object: ...


def parser() -> _Parser:
    """Return the package's parser, or say that it is not installed."""
    try:
        # `eql` has no annotations: this is the place where it gets its types.
        return cast(_Parser, import_module("eql.parser"))
    except ImportError as error:
        raise Missing("eql is not installed: pip install 'tocsin[engines]'") from error


_CODE_POINT = re.compile(r"\\u\{[0-9A-Fa-f]{2,8}\}")


def check(query: str) -> None:
    """Reject QUERY if the package does."""
    package = parser()
    with ExitStack() as contexts:
        contexts.enter_context(package.elasticsearch_syntax)
        contexts.enter_context(package.allow_sample)
        contexts.enter_context(package.allow_negation)
        contexts.enter_context(package.allow_runs)
        contexts.enter_context(package.skip_optimizations)
        try:
            package.parse_query(_CODE_POINT.sub("x", query))
        except RecursionError as error:
            raise Rejected("the query is nested too deep") from error
        except Exception as error:  # a query may be hostile, and the package is not ours
            why = getattr(error, "error_msg", None) or type(error).__name__
            raise Rejected(f"the eql package: {why}") from error
