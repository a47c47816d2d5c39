"""Splunk SPL, judged by a grammar of our own: no parser of Splunk's is to be had.

`spl.lark` and `spl_names.py` are written from Splunk's documentation, and stricter than Splunk.
What they accept has not been run on Splunk. Regular expressions are tried with Python's `re`.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from . import regex, spl_names

# The argument that is a regular expression, counted from 0.
_REGEX_ARGUMENT = {"match": 1, "replace": 1, "mvfind": 1}
_MISLEADING = {"true", "false", "null"}


def problems(text: str) -> list[str]:
    """Return what our grammar says against `text`, as "line:column message"."""
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        return [_syntax_problem(error, text)]
    found = [*_call_problems(tree), *_command_problems(tree)]
    return found + [wrong for pattern in _regexes(tree) if (wrong := regex.problem(pattern))]


def regexes(text: str) -> list[str]:
    """Return the regular expressions in a valid `text`, as the regex engine would get them."""
    return _regexes(_parser().parse(text))


def _syntax_problem(error: UnexpectedInput, text: str) -> str:
    if isinstance(error, UnexpectedEOF) or (
        isinstance(error, UnexpectedToken) and error.token.type == "$END"
    ):
        return "end: unexpected end"
    if isinstance(error, UnexpectedCharacters | UnexpectedToken):
        rest = text[error.pos_in_stream or 0 :].split("\n", 1)[0][:40]
        return f"{error.line}:{error.column} unexpected `{rest}`"
    return f"{error.line}:{error.column} unexpected"


def _call_problems(tree: Tree[Token]) -> Iterator[str]:
    for call in tree.find_data("call"):
        name, arguments = _call(call)
        if name not in spl_names.EVAL:
            yield f"{name.line}:{name.column} unknown eval function `{name}`"
            continue
        least, most = spl_names.EVAL[name]
        if len(arguments) < least or (most is not None and len(arguments) > most):
            yield f"{name.line}:{name.column} `{name}` with {len(arguments)} arguments"
    for field in tree.find_data("field"):
        name = _token(field, 0)
        if name.lower() in _MISLEADING:
            yield f"{name.line}:{name.column} `{name}` is a field here; the value is `{name}()`"


def _command_problems(tree: Tree[Token]) -> Iterator[str]:
    for aggregate in tree.find_data("aggregate"):
        name = _token(aggregate, 0)
        if not spl_names.STATS.fullmatch(name):
            yield f"{name.line}:{name.column} unknown statistical function `{name}`"
    for command, known in (("convert", spl_names.CONVERT), ("sort", spl_names.SORT)):
        for conversion in (one for at in tree.find_data(command) for one in at.children):
            if isinstance(conversion, Tree) and conversion.data == "conversion":
                name = _token(conversion, 0)
                if name not in known:
                    yield f"{name.line}:{name.column} unknown function of {command} `{name}`"
    yield from _tstats_problems(tree)
    yield from _multisearch_problems(tree)
    for renaming in tree.find_data("renaming"):
        old, new = _token(renaming, 0), _token(renaming, 1)
        if old.count("*") != new.count("*"):
            yield f"{old.line}:{old.column} wildcard mismatch: `{old}` AS `{new}`"
    for subtree in tree.iter_subtrees():
        yield from _option_problems(subtree)


def _tstats_problems(tree: Tree[Token]) -> Iterator[str]:
    for aggregate in (one for at in tree.find_data("tstats") for one in at.find_data("aggregate")):
        name = _token(aggregate, 0)
        if spl_names.NOT_TSTATS.fullmatch(name):
            yield f"{name.line}:{name.column} `{name}` is no function of tstats"
    for keys in tree.find_data("tstats_by"):
        times = [one for one in keys.children if isinstance(one, Token) and one == "_time"]
        spans = list(keys.find_data("option"))
        if bool(times) is not bool(spans):
            at = keys.meta
            yield f"{at.line}:{at.column} `_time` and `span` stand together in BY of tstats"


def _multisearch_problems(tree: Tree[Token]) -> Iterator[str]:
    """Say where a search of `multisearch` has a command that is not streaming."""
    for search in (one for at in tree.find_data("multisearch") for one in at.children):
        assert isinstance(search, Tree)
        for command in search.children:
            kind = str(command.data) if isinstance(command, Tree) else "macro"
            if kind not in spl_names.STREAMING:
                at = search.meta
                yield f"{at.line}:{at.column} `{kind}` in a search of multisearch"


def _option_problems(command: Tree[Token]) -> Iterator[str]:
    kind = str(_token(command, 0)) if command.data == "stats" else str(command.data)
    known = spl_names.OPTIONS.get(kind, "").split()
    for option in command.children:
        if isinstance(option, Tree) and option.data == "option":
            name = _token(option, 0)
            if name not in known:
                yield f"{name.line}:{name.column} unknown option of {kind} `{name}`"


def _regexes(tree: Tree[Token]) -> list[str]:
    found: list[Token] = []
    for call in tree.find_data("call"):
        name, arguments = _call(call)
        place = _REGEX_ARGUMENT.get(name, len(arguments))
        found += _literal(arguments[place]) if place < len(arguments) else []
    for command in tree.find_pred(lambda one: one.data in {"regex", "rex"}):
        found += [] if _is_sed(command) else _strings(command)
    return [_unescaped(one) for one in sorted(found, key=lambda one: one.start_pos or 0)]


def _strings(command: Tree[Token]) -> list[Token]:
    return [one for one in command.children if isinstance(one, Token) and one.type == "STRING"]


def _is_sed(rex: Tree[Token]) -> bool:
    return any(
        [str(part) for part in option.children] == ["mode", "=", "sed"]
        for option in rex.find_data("option")
    )


def _literal(argument: Tree[Token]) -> list[Token]:
    """Return the string that an argument consists of, if it does."""
    match argument.children:
        case [Tree(data="string", children=[Token() as only])]:
            return [only]
        case _:
            return []


def _call(call: Tree[Token]) -> tuple[Token, list[Tree[Token]]]:
    return _token(call, 0), [one for one in call.children[1:] if isinstance(one, Tree)]


def _token(tree: Tree[Token], index: int) -> Token:
    child = tree.children[index]
    assert isinstance(child, Token), tree
    return child


def _unescaped(string: str) -> str:
    r"""Read `\"` and `\\`; Splunk hands every other pair on as it is."""
    return re.sub(r'\\(["\\])', r"\1", string[1:-1])


@cache
def _parser() -> Lark:
    grammar = Path(__file__).with_name("spl.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", propagate_positions=True, maybe_placeholders=False)
