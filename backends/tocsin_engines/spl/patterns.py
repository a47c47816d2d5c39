"""The eval functions that take a pattern: `match`, `mvfind`, `replace`, `like`."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from tocsin_engines.engine import Rejected
from tocsin_engines.spl.compiled import Compiled, Compiler, Scope
from tocsin_engines.spl.functions import Function, Kind, check
from tocsin_engines.spl.pcre import Regex, regex
from tocsin_engines.spl.scan import regex_text
from tocsin_engines.spl.tree import Call, Text
from tocsin_engines.spl.values import LARGEST_TEXT, Value, bounded, each, show

_Run = Callable[[Scope], Value]

_MATCH = Function(2, 2, "tt", Kind.BOOL, lambda given: None)
_FIND = Function(2, 2, "vt", Kind.NUMBER, lambda given: None)
_REPLACE = Function(3, 3, "ttt", Kind.TEXT, lambda given: None)


def _match(compiler: Compiler, call: Call) -> Compiled:
    """Compile `match`: "if the regex can find a match against any substring"."""
    value, pattern = _with_regex(compiler, call, _MATCH)

    def run(scope: Scope) -> Value:
        found, expression = value(scope), pattern(scope)
        if found is None or expression is None or isinstance(found, bool):
            return None
        return any(expression.search(show(one)) is not None for one in each(found))

    return Compiled(Kind.BOOL, run)


def _mvfind(compiler: Compiler, call: Call) -> Compiled:
    """Compile `mvfind`: the index of the first value that matches."""
    value, pattern = _with_regex(compiler, call, _FIND)

    def run(scope: Scope) -> Value:
        found, expression = value(scope), pattern(scope)
        if found is None or expression is None or isinstance(found, bool):
            return None
        places = (place for place, one in enumerate(each(found)) if expression.search(show(one)))
        return next(places, None)

    return Compiled(Kind.NUMBER, run)


def _replace(compiler: Compiler, call: Call) -> Compiled:
    r"""Compile `replace`: every match becomes the third argument, `\1` its first group."""
    value, pattern = _with_regex(compiler, call, _REPLACE)
    written = compiler.compile(call.arguments[2]).run

    def run(scope: Scope) -> Value:
        found, expression, by = value(scope), pattern(scope), written(scope)
        if isinstance(found, tuple) or isinstance(by, tuple):
            raise Rejected("`replace` of a multivalue field is not documented")
        if isinstance(found, bool) or isinstance(by, bool) or None in (found, by):
            return None
        if expression is None or found is None or by is None:
            return None
        return _replaced(show(found), expression, show(by))

    return Compiled(Kind.TEXT, run)


def _replaced(text: str, expression: Regex, by: str) -> str:
    parts: list[str] = []
    at = size = 0
    for found in expression.every(text):
        size += len(by)
        if size > LARGEST_TEXT:
            raise Rejected("a text grows too long")
        parts.append(text[at : found.start()])
        for piece in re.split(r"(\\\d)", by):
            if re.fullmatch(r"\\\d", piece):
                group = int(piece[1])
                parts.append((found.group(group) or "") if group <= expression.groups else "")
            else:
                parts.append(piece)
        at = found.end()
    return str(bounded("".join(parts) + text[at:]))


def _with_regex(
    compiler: Compiler, call: Call, function: Function
) -> tuple[_Run, Callable[[Scope], Regex | None]]:
    """Compile the first argument and the second, which is a regular expression."""
    arguments = call.arguments
    parts = [
        Compiled(Kind.TEXT, lambda scope: None)
        if place == 1 and isinstance(argument, Text)
        else compiler.compile(argument)
        for place, argument in enumerate(arguments)
    ]
    check(call.function, function, [part.kind for part in parts])
    written = arguments[1]
    if isinstance(written, Text):
        fixed = regex(regex_text(written.raw, compiler.readings.regex_is_unescaped))
        return parts[0].run, lambda scope: fixed
    run = parts[1].run

    def computed(scope: Scope) -> Regex | None:
        value = run(scope)
        return None if value is None or isinstance(value, bool | tuple) else regex(show(value))

    return parts[0].run, computed


def _like(compiler: Compiler, call: Call) -> Compiled:
    """Compile `like`: `%` is any text, `_` any character, and case matters."""
    parts = [compiler.compile(argument) for argument in call.arguments]
    check("like", _MATCH, [part.kind for part in parts])
    value, pattern = parts[0].run, parts[1].run

    def run(scope: Scope) -> Value:
        found, form = value(scope), pattern(scope)
        if found is None or form is None or isinstance(found, bool):
            return None
        if isinstance(form, bool | tuple):
            raise Rejected("`like` of several patterns is not documented")
        return any(alike(show(one), show(form)) for one in each(found))

    return Compiled(Kind.BOOL, run)


def alike(text: str, pattern: str) -> bool:
    """Whether all of TEXT is like PATTERN, in time that grows with their product."""
    runs = _runs(pattern)
    first, last = runs[0], runs[-1]
    if len(runs) == 1:
        return len(text) == len(first) and _fits(text, 0, first)
    end = len(text) - len(last)
    if end < len(first) or not (_fits(text, 0, first) and _fits(text, end, last)):
        return False
    at = len(first)
    for run in runs[1:-1]:
        at = next((place for place in range(at, end) if _fits(text, place, run)), -1) + len(run)
        if at < len(run) or at > end:
            return False
    return True


@lru_cache(maxsize=1024)
def _runs(pattern: str) -> tuple[str, ...]:
    parts = pattern.split("%")
    return (parts[0], *(part for part in parts[1:-1] if part), *parts[1:][-1:])


def _fits(text: str, at: int, run: str) -> bool:
    return at + len(run) <= len(text) and all(
        letter in {"_", text[at + place]} for place, letter in enumerate(run)
    )


PATTERNS: Mapping[str, Callable[[Compiler, Call], Compiled]] = MappingProxyType(
    {"match": _match, "mvfind": _mvfind, "replace": _replace, "like": _like}
)
