"""The text of a query to what it reads and its commands."""

import re
from collections.abc import Callable, Mapping, Set
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
from tocsin_engines.spl.rows import Command, Rows, newest_first
from tocsin_engines.spl.scan import CLOSE_SEARCH, OPEN_SEARCH, PIPE, Scanner
from tocsin_engines.spl.streaming import streamstats
from tocsin_engines.spl.tstats import tstats

_NAME = re.compile(r"[a-z]+(?![\w-])")
_TSTATS = re.compile(r"tstats(?![\w-])")
_MULTISEARCH = re.compile(r"multisearch(?=[\s\[])")
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


_KNOWN = _COMMANDS.keys() | {"append"}
# "Examples of streaming searches" (multisearch), and what else is distributable streaming.
_STREAMING = frozenset({"search", "where", "eval", "fields", "rex", "regex", "rename", "mvexpand"})
_APPENDED = 50_000  # "maxout: default 50000" (append)


@dataclass(frozen=True, slots=True)
class Query:
    """What a query reads: a dataset, the index (None), or what several searches find; and then.

    A query among the STEPS is one whose results are appended.
    """

    reads: "Dataset | tuple[Query, ...] | None"
    steps: "tuple[Command | Query, ...]"

    def run(self, read: Callable[[Dataset | None], Rows], now: float) -> Rows:
        """Run it over what READ gives of a dataset, or of the index."""
        if isinstance(self.reads, tuple):
            rows: Rows = newest_first(row for query in self.reads for row in query.run(read, now))
        else:
            rows = read(self.reads)
        for step in self.steps:
            if isinstance(step, Query):
                rows = [*rows, *step.run(read, now)[:_APPENDED]]
            else:
                rows = step.run(rows, now)
        return rows

    @property
    def groups(self) -> bool:
        """Whether it yields rows, not events."""
        return any(step.groups for step in self.steps)

    @property
    def counts(self) -> bool:
        """Whether a result may stand for several events, as those of a data model do."""
        return isinstance(self.reads, Dataset) or any(
            isinstance(step, Query) and step.counts for step in self.steps
        )


def parsed(query: str, readings: Readings) -> Query:
    """Read QUERY, or refuse it."""
    scanner, evaluator = Scanner(query), Evaluator(readings)
    if scanner.ends() and not scanner.peek(PIPE):
        raise Rejected("the query is empty")
    scanner.take(_SEARCH)
    found = _query(scanner, evaluator)
    if scanner.at < len(query):
        raise scanner.refused("unexpected")
    return found


def _query(scanner: Scanner, evaluator: Evaluator, only: Set[str] = _KNOWN) -> Query:
    """Read the terms of a search, or behind a pipe what generates events, and what follows."""
    reads: Dataset | tuple[Query, ...] | None = None
    steps: list[Command | Query] = []
    if not scanner.take(PIPE):
        steps.append(filters.first_search(scanner, evaluator))
    elif scanner.take(_TSTATS):
        reads, command = tstats(scanner, evaluator)
        steps.append(command)
    elif scanner.take(_MULTISEARCH):
        reads = _searches(scanner, evaluator)
    else:
        raise scanner.refused("no command known here that generates events")
    while scanner.take(PIPE):
        steps.append(_command(scanner, evaluator, only))
    return Query(reads, tuple(steps))


def _searches(scanner: Scanner, evaluator: Evaluator) -> tuple[Query, ...]:
    """Read the searches of `multisearch`: "at least two", and "only streaming operations"."""
    found: list[Query] = []
    while not scanner.ends():
        found.append(_subsearch(scanner, evaluator, _STREAMING))
        if found[-1].reads is not None:
            raise scanner.refused("`multisearch` of what is no search")
    if len(found) < 2:
        raise scanner.refused("`multisearch` of fewer than two searches")
    return tuple(found)


def _subsearch(scanner: Scanner, evaluator: Evaluator, only: Set[str]) -> Query:
    """Read a query in brackets, with ONLY some commands."""
    scanner.need(OPEN_SEARCH, "`[`")
    if not scanner.peek(PIPE):
        scanner.need(_SEARCH, "`search`")
    found = _query(scanner, evaluator, only)
    scanner.need(CLOSE_SEARCH, "`]`")
    return found


def _command(scanner: Scanner, evaluator: Evaluator, only: Set[str]) -> Command | Query:
    word = scanner.need(_NAME, "a command")[0]
    if word in {"tstats", "multisearch"}:
        raise scanner.refused(f"`{word}` is the first command of a query")
    if word not in only:
        raise scanner.refused(f"command `{word}` is not known here")
    if word == "append":
        return _subsearch(scanner, evaluator, _KNOWN)
    command = _COMMANDS[word](scanner, evaluator)
    if not scanner.ends():
        raise scanner.refused(f"unexpected in `{word}`")
    return command
