"""The unifying parsers of ASIM: functions over a normalized table, whose parameters are filters.

The names are those of Microsoft's published parsers. A filter is described, not written: what it
holds against which columns.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import NotRequired, TypedDict, cast

from tocsin_engines.kql.server import PARSERS


@dataclass(frozen=True, slots=True)
class Parameter:
    """A filter: what it tests of any of COLUMNS, and what it asks for if it is not given."""

    test: str
    columns: tuple[str, ...]
    default: str | None


@dataclass(frozen=True, slots=True)
class Parser:
    """A function that yields the columns of TABLE. Its parameters stand in their order."""

    table: str
    parameters: Mapping[str, Parameter]


class _Parameter(TypedDict):
    type: str
    test: str
    columns: list[str]
    default: NotRequired[str]


class _Parser(TypedDict):
    table: str
    parameters: dict[str, _Parameter]


@cache
def parsers() -> Mapping[str, Parser]:
    """Return the functions, as the parser of queries knows them."""
    # The file is ours: it keeps to the type.
    read = cast(dict[str, _Parser], json.loads(PARSERS.read_text(encoding="utf-8")))
    return {name: _parser(one) for name, one in read.items()}


def _parser(read: _Parser) -> Parser:
    return Parser(
        read["table"],
        {
            name: Parameter(one["test"], tuple(one["columns"]), one.get("default"))
            for name, one in read["parameters"].items()
        },
    )
