"""The text of a query to what it reads and its commands."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tocsin_engines.engine import Rejected
from tocsin_engines.spl import columns, computing, filters
from tocsin_engines.spl.assumed import Readings
from tocsin_engines.spl.datamodel import Dataset
from tocsin_engines.spl.evaluate import Evaluator
from tocsin_engines.spl.grouping import eventstats, stats
from tocsin_engines.spl.order import sort
from tocsin_engines.spl.renaming import rename
from tocsin_engines.spl.rows import Command
from tocsin_engines.spl.scan import PIPE, Scanner
from tocsin_engines.spl.streaming import streamstats
from tocsin_engines.spl.tstats import tstats

_NAME = re.compile(r"[a-z]+(?![\w-])")
_TSTATS = re.compile(r"tstats(?![\w-])")
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
        "rename": rename,
        "fillnull": columns.fillnull,
        "mvexpand": columns.mvexpand,
        "makemv": computing.makemv,
        "sort": sort,
        "stats": stats,
        "eventstats": eventstats,
        "streamstats": streamstats,
    }
)


@dataclass(frozen=True, slots=True)
class Query:
    """What a query reads, the index if no DATASET, and what it does with that."""

    dataset: Dataset | None
    commands: tuple[Command, ...]

    @property
    def groups(self) -> bool:
        """Whether it yields rows, not events."""
        return any(command.groups for command in self.commands)


def parsed(query: str, readings: Readings) -> Query:
    """Read QUERY, or refuse it."""
    scanner, evaluator = Scanner(query), Evaluator(readings)
    dataset, first = _first(scanner, evaluator)
    found = [first]
    while scanner.take(PIPE):
        found.append(_command(scanner, evaluator))
    return Query(dataset, tuple(found))


def _first(scanner: Scanner, evaluator: Evaluator) -> tuple[Dataset | None, Command]:
    """Read the search that a query starts with, or after a pipe a generating command."""
    if scanner.take(PIPE):
        if not scanner.take(_TSTATS):
            raise scanner.refused("no command known here that generates events")
        return tstats(scanner, evaluator)
    if scanner.ends():
        raise Rejected("the query is empty")
    scanner.take(_SEARCH)
    return None, filters.first_search(scanner, evaluator)


def _command(scanner: Scanner, evaluator: Evaluator) -> Command:
    word = scanner.need(_NAME, "a command")[0]
    if word == "tstats":
        raise scanner.refused("`tstats` is the first command of a query")
    read = _COMMANDS.get(word)
    if read is None:
        raise scanner.refused(f"command `{word}` is not known here")
    command = read(scanner, evaluator)
    if not scanner.ends():
        raise scanner.refused(f"unexpected in `{word}`")
    return command
