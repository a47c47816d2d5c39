"""One example of each operator, and what it becomes on each target."""

from collections.abc import Iterator, Mapping

from differential.harness import compiled, rendered
from tocsin.pipeline import Rendering

_C = ' until process.start where process.name is "c.exe" }'
_A = ' a: process.start where process.name is "a.exe"'
_B = ' b: process.start where process.name is "b.exe"'
EXAMPLES: Mapping[str, str] = {
    "is": 'process.name is "node.exe"',
    "is cased": 'process.name is cased "node.exe"',
    "in": 'process.name in ("cmd.exe", "wscript.exe")',
    "in cased": 'process.name in cased ("cmd.exe", "CMD.EXE")',
    "contains": 'process.command_line contains "--eval"',
    "contains cased": 'process.command_line contains cased "EvAl("',
    "starts with": "process.executable starts with 'C:\\Users\\'",
    "starts with cased": "process.executable starts with cased 'C:\\Users\\'",
    "ends with": "process.executable ends with '\\node.exe'",
    "ends with cased": "process.executable ends with cased '\\Node.exe'",
    "has": 'process.command_line has "--load-dir"',
    "has cased": 'process.command_line has cased "NODE"',
    "like": "process.executable like '?:\\Users\\*\\node.exe'",
    "like cased": "process.executable like cased '?:\\Users\\*\\node.exe'",
    "matches": "process.command_line matches '\\s-(r|-require)\\s+\\S+\\.js'",
    "matches cased": "process.command_line matches cased '[A-Z]{8}\\.exe$'",
    "== number": "process.pid == 4",
    "< <= > >=": "not process.pid > 4",
    "in range": "process.pid in 1..1024",
    "in network": 'not destination.ip in ("10.0.0.0/8", "fe80::/10")',
    "is true/false": "dll.code_signature.trusted is not true",
    "exists": "process.parent.name exists",
    "field is field": "process.executable is process.parent.executable",
    "field < field": "process.pid > process.parent.pid",
    "not": 'not process.parent.name is "node.exe"',
    "and": 'process.name is "node.exe" and process.command_line contains "-e"',
    "or": 'process.name is "node.exe" or process.command_line contains "-e"',
    "N of": '2 of (process.name is "a.exe", process.command_line has "x", process.pid == 4)',
    "on SYSTEM": 'on windows where process.name is "node.exe"',
    "summarize": "summarize by host.name every 30m { Starts = count() }",
    "having": "summarize by host.name every 30m { Starts = count() } having Starts >= 10",
    "sliding": "summarize by host.id sliding 5m { Starts = count() } having Starts >= 10",
    "sequence": "detect sequence by host.id within 5m {" + _A + _B + " }",
    "until": "detect sequence by host.id within 5m {" + _A + _B + _C,
    "repeats": "detect sequence by host.id within 5m { a: process.start repeats 10 }",
    "detect any": "detect any {" + _A + ' b: dns.query where process.name is "b.exe" }',
    "first seen": "detect process.start first seen (host.id, process.executable) in 14d",
}
_CLASSES = {"in network": "network.connect", "is true/false": "library.load"}


def form_of(operator: str, target: str) -> tuple[str, str]:
    """Return what the example becomes, without what every query of its class has; the verdict."""
    name = _CLASSES.get(operator, "process.start")
    text = EXAMPLES[operator]
    if text.startswith("detect"):
        body = text
    elif operator == "on SYSTEM":
        body = f"detect {name} {text}"
    elif text.startswith("summarize"):
        body = f"detect {name}\n  {text}"
    else:
        body = f"detect {name} where {text}"
    rendering = _rendering(body, target)
    if rendering.text is None or rendering.lowered is None:
        return "", f"refused: {_reason(rendering)}"
    note = ", ungrouped" if rendering.lowered.ungrouped else ""
    if any(each.all for each in rendering.lowered.blind):
        return "", f"{rendering.lowered.verdict}, blind"
    other = _rendering(f"detect {name} where process.pid == 7777", target)
    return _own(rendering.text, other.text or "", target), f"{rendering.lowered.verdict}{note}"


def _rendering(body: str, target: str) -> Rendering:
    result = compiled(f"rule example {{\n  {body}\n}}\n")
    assert result.rules, [each.message for each in result.diagnostics]
    return rendered(result.rules[0], target)


def _reason(rendering: Rendering) -> str:
    message = next(each.message for each in rendering.diagnostics if each.code.is_error)
    return message.partition(": ")[2] or message


def _own(text: str, other: str, target: str) -> str:
    """Cut a query down to the lines that the operator has made: the OTHER has not got them."""
    lines = [line for line in _query(text) if "fieldformat" not in line]
    if target == "sigma":
        return "\n".join(line.strip() for line in _blocks(lines))
    same = 0
    for mine, theirs in zip(lines, _query(other), strict=False):
        if mine != theirs:
            break
        same += 1
    return "\n".join(lines[same:])


def _blocks(lines: list[str]) -> Iterator[str]:
    """Take what Sigma's documents look for: a detection each, and how a correlation joins them."""
    inside = False
    for line in lines:
        if not line.startswith((" ", "-")):
            inside = line in ("detection:", "correlation:")
            yield from [line] if line == "correlation:" else []
        elif inside:
            yield line


def _query(text: str) -> list[str]:
    query = text.partition(" ```\n")[2] or text
    return [line for line in query.splitlines() if not line.startswith(("//", "#"))]
