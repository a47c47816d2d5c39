"""Functions of one text that Python computes, for SQL has none like them.

DuckDB calls Python only where numpy is. Instead, one statement asks
which texts there are, Python answers, and the next is given the answers.
"""

import json
from collections.abc import Callable, Iterable, Mapping

from tocsin_engines.engine import Rejected
from tocsin_engines.kql import commandline, markup, paths, strings
from tocsin_engines.kql.scope import Scope
from tocsin_engines.kql.sql import Value

_FUNCTIONS: Mapping[str, Callable[[str], object]] = {
    "parse_xml": markup.read,
    "parse_command_line": commandline.arguments,
    "parse_path": paths.parts,
}
NAMES = frozenset(_FUNCTIONS)


def call(name: str, arguments: tuple[Value, ...], scope: Scope) -> Value:
    """Find the answer for a text among those that the statement will be given."""
    source, *others = arguments
    if name == "parse_command_line":
        kind = others[0].constant
        if not isinstance(kind, str) or kind.lower() != "windows":
            raise Rejected("not covered by this engine: this type of command line")
    text = strings.text(source)
    parameter = scope.steps.ask(name, text.sql, scope.step)
    return Value(f"answer(${parameter}::JSON, {text.sql})", "dynamic")


def answers(name: str, texts: Iterable[str]) -> str:
    """Compute NAME of each text, as JSON for the parameter."""
    known = list(texts)
    function = _FUNCTIONS[name]
    return json.dumps({"texts": known, "values": [function(text) for text in known]})
