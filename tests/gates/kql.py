"""Microsoft KQL, judged by Microsoft's own parser and binder.

The KQL engine keeps the parser loaded. Three things it lets pass are refused by us, under T
numbers: an invalid regular expression, a null test of a string, a query that yields no table.
"""

from tocsin_engines.kql import install as parser
from tocsin_engines.kql import server

from . import regex


def problems(text: str) -> list[str]:
    """Return Microsoft's diagnostics of `text`, as "KS142 line:column message"."""
    answer = ask(text)
    found = answer["problems"] + _ours(answer)
    return [f"{one['code']} {_place(text, one['start'])} {one['message']}" for one in found]


def columns(text: str) -> list[tuple[str, str]]:
    """Return name and type of each column that `text` yields, in order."""
    return [(name, kind) for name, kind in ask(text)["columns"]]


def ask(text: str, seconds: float = server.SECONDS) -> server.Answer:
    """Return all that the server says about `text`; TimeoutError if it says nothing in time."""
    install()
    answer = server.ask(text, seconds=seconds)
    if answer["error"]:
        answer["problems"].append(_problem("T0", 0, answer["error"]))
    return answer


def install() -> None:
    """Install the parser if it is not there."""
    parser.node()
    parser.folder()


def _ours(answer: server.Answer) -> list[server.Problem]:
    found = [
        _problem("T1", one["start"], wrong)
        for one in answer["regexes"]
        if (wrong := regex.re2_problem(one["value"]))
    ]
    message = 'a string is never null: isempty and isnotempty ask for ""'
    found += [_problem("T2", start, message) for start in answer["nullTests"]]
    if not answer["columns"] and not answer["problems"]:
        found.append(_problem("T3", 0, "the query yields no table"))
    return found


def _problem(code: str, start: int, message: str) -> server.Problem:
    return server.Problem(code=code, severity="Error", start=start, message=message)


def _place(text: str, start: int) -> str:
    # JavaScript counts UTF-16 units.
    before = text.encode("utf-16-le", "surrogatepass")[: 2 * start].decode("utf-16-le", "replace")
    lines = before.split("\n")
    return f"{len(lines)}:{len(lines[-1]) + 1}"
