"""The node process that keeps Microsoft's parser loaded: one JSON line in, one JSON line out."""

import atexit
import json
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired, TypedDict, cast

from tocsin_engines.engine import Missing
from tocsin_engines.kql import install

_HERE = Path(__file__).parent
TABLES = _HERE / "tables.json"
PARSERS = _HERE / "parsers.json"
SECONDS = 60.0  # The first query of a cold machine takes two.


class Problem(TypedDict):
    """A diagnostic of the parser; START counts UTF-16 units."""

    code: str
    severity: str
    start: int
    message: str


class Regex(TypedDict):
    """A literal that stands after `matches regex`."""

    value: str
    start: int


class Row(TypedDict):
    """A node of the bound tree; PARENT is the place of its parent in the list, or -1."""

    parent: int
    slot: str
    kind: str
    start: int
    text: NotRequired[str]
    name: NotRequired[str]
    type: NotRequired[str]
    columns: NotRequired[list[tuple[str, str]]]
    symbol: NotRequired[str]
    literal: NotRequired[str | bool]


class Answer(TypedDict):
    """All that the server says of a query."""

    problems: list[Problem]
    columns: list[tuple[str, str]]
    regexes: list[Regex]
    nullTests: list[int]
    tree: list[Row]
    error: str  # What was thrown, or "".


def ask(text: str, *, tree: bool = False, seconds: float = SECONDS) -> Answer:
    """Return what the parser says of TEXT; TimeoutError if it says nothing in time."""
    return _server.ask(json.dumps({"text": text, "tree": tree}), seconds)


def ready() -> None:
    """Raise `Missing` if node or the parser is not installed."""
    install.node()
    if not install.installed():
        raise Missing("Microsoft's parser is not installed: `tocsin engines install`")


@dataclass
class _Server:
    """The node process: started at the first question, started anew if it has died."""

    process: subprocess.Popen[str] | None = None

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        atexit.register(self.close)

    def ask(self, request: str, seconds: float) -> Answer:
        with self._lock:
            line = _exchange(self._running(), request, seconds)
            if line:
                # The server is ours: it keeps to the type.
                return cast(Answer, json.loads(line))
            self.close()
        raise TimeoutError(f"the KQL parser gave no answer within {seconds} s")

    def _running(self) -> subprocess.Popen[str]:
        if self.process is None or self.process.poll() is not None:
            self.close()
            self.process = _start()
        return self.process

    def close(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.kill()
        with process:  # Closes the pipes and waits.
            pass


def _exchange(process: subprocess.Popen[str], request: str, seconds: float) -> str:
    """Write one line, read one line; an empty one if the process died or took too long."""
    assert process.stdin is not None
    assert process.stdout is not None
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        process.stdin.write(request + "\n")
        process.stdin.flush()
        return process.stdout.readline()
    except BrokenPipeError:
        return ""
    finally:
        timer.cancel()


def _start() -> subprocess.Popen[str]:
    ready()
    files = (_HERE / "server.js", install.target(), TABLES, PARSERS)
    return subprocess.Popen(  # noqa: S603 - node's path and files of ours
        [install.node(), *map(str, files)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


_server = _Server()
