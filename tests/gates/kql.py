"""Microsoft KQL, judged by Microsoft's own parser and binder.

A node process keeps the parser loaded and answers one JSON line for each JSON line. The tables that
queries may name stand in `kusto/tables.json`. Three things it lets pass are refused by us, under
T numbers: an invalid regular expression, a null test of a string, a query that yields no table.
"""

import atexit
import json
import shutil
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, cast

from . import Missing, regex
from .kusto import install

_HERE = Path(__file__).parent / "kusto"
_SECONDS = 60.0  # The first query of a cold machine takes two.


class _Problem(TypedDict):
    code: str
    start: int
    message: str


class _Regex(TypedDict):
    value: str
    start: int


class _Answer(TypedDict):
    problems: list[_Problem]
    columns: list[tuple[str, str]]
    regexes: list[_Regex]
    nullTests: list[int]
    error: str  # What was thrown, or "".


def problems(text: str) -> list[str]:
    """Return Microsoft's diagnostics of `text`, as "KS142 line:column message"."""
    answer = ask(text)
    found = answer["problems"] + _ours(answer)
    return [f"{one['code']} {_place(text, one['start'])} {one['message']}" for one in found]


def columns(text: str) -> list[tuple[str, str]]:
    """Return name and type of each column that `text` yields, in order."""
    return [(name, kind) for name, kind in ask(text)["columns"]]


def ask(text: str, seconds: float = _SECONDS) -> _Answer:
    """Return all that the server says about `text`; TimeoutError if it says nothing in time."""
    answer = _server.ask({"text": text}, seconds)
    if answer["error"]:
        answer["problems"].append(_Problem(code="T0", start=0, message=answer["error"]))
    return answer


def _ours(answer: _Answer) -> list[_Problem]:
    found = [
        _Problem(code="T1", start=one["start"], message=wrong)
        for one in answer["regexes"]
        if (wrong := regex.re2_problem(one["value"]))
    ]
    message = 'a string is never null: isempty and isnotempty ask for ""'
    found += [_Problem(code="T2", start=start, message=message) for start in answer["nullTests"]]
    if not answer["columns"] and not answer["problems"]:
        found.append(_Problem(code="T3", start=0, message="the query yields no table"))
    return found


def _place(text: str, start: int) -> str:
    # JavaScript counts UTF-16 units.
    before = text.encode("utf-16-le", "surrogatepass")[: 2 * start].decode("utf-16-le", "replace")
    lines = before.split("\n")
    return f"{len(lines)}:{len(lines[-1]) + 1}"


@dataclass
class _Server:
    """The node process: started at the first question, started anew if it has died."""

    process: subprocess.Popen[str] | None = None

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        atexit.register(self.close)

    def ask(self, request: dict[str, str], seconds: float) -> _Answer:
        with self._lock:
            process = self._running()
            line = _exchange(process, json.dumps(request), seconds)
            if line:
                # The server is ours: it keeps to the type.
                return cast(_Answer, json.loads(line))
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
    node = shutil.which("node")
    if node is None:
        raise Missing("the KQL gate needs node 20 or newer: install Node.js")
    command = [node, str(_HERE / "server.js"), str(install.folder()), str(_HERE / "tables.json")]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )


_server = _Server()
