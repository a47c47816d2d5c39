"""The text of a query to its commands."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from tocsin_engines.engine import Rejected
from tocsin_engines.spl import columns, computing, filters
from tocsin_engines.spl.assumed import Readings
from tocsin_engines.spl.evaluate import Evaluator
from tocsin_engines.spl.grouping import eventstats, stats
from tocsin_engines.spl.order import sort
from tocsin_engines.spl.rows import Command
from tocsin_engines.spl.scan import PIPE, Scanner
from tocsin_engines.spl.streaming import streamstats

_NAME = re.compile(r"[a-z]+(?![\w-])")
_SEARCH = re.compile(r"search(?=[\s(\"])")

_Read = Callable[[Scanner, Evaluator], Command]

_COMMANDS: Mapping[str, _Read] = MappingProxyType(
    {
        "search": filters.later_search,
        "where": filters.where,
        "regex": filters.regex_command,
        "dedup": filters.dedup,
        "head": filters.head,
        "tail": filters.tail,
        "eval": computing.eval_command,
        "fieldformat": computing.fieldformat,
        "rex": computing.rex,
        "bin": computing.bin_command,
        "bucket": computing.bin_command,
        "table": columns.table,
        "fields": columns.fields,
        "rename": columns.rename,
        "fillnull": columns.fillnull,
        "mvexpand": columns.mvexpand,
        "makemv": computing.makemv,
        "sort": sort,
        "stats": stats,
        "eventstats": eventstats,
        "streamstats": streamstats,
    }
)


def commands(query: str, readings: Readings) -> tuple[Command, ...]:
    """Read QUERY, or refuse it."""
    scanner, evaluator = Scanner(query), Evaluator(readings)
    if scanner.peek(PIPE):
        raise Rejected("a query that does not start with a search is not known here")
    if scanner.ends():
        raise Rejected("the query is empty")
    scanner.take(_SEARCH)
    found = [filters.first_search(scanner, evaluator)]
    while scanner.take(PIPE):
        found.append(_command(scanner, evaluator))
    return tuple(found)


def _command(scanner: Scanner, evaluator: Evaluator) -> Command:
    word = scanner.need(_NAME, "a command")[0]
    read = _COMMANDS.get(word)
    if read is None:
        raise scanner.refused(f"command `{word}` is not known here")
    command = read(scanner, evaluator)
    if not scanner.ends():
        raise scanner.refused(f"unexpected in `{word}`")
    return command
