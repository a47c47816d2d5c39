"""String literals to their values, and what can be wrong with one."""

import re
import textwrap

from tocsin.diagnostics import Code, Diagnostic, Edit
from tocsin.frozen import replace
from tocsin.source import Span

_ESCAPE = re.compile(r'\\(?:(?P<plain>[\\"])|u\{(?P<hex>[0-9A-Fa-f]{1,6})\}|(?P<bad>[\s\S]?))')


def decode(token: str, span: Span) -> tuple[str, list[Diagnostic]]:
    """Read a literal as written, quotes included."""
    if token.startswith('"""'):
        return _block(token, span)
    if token.startswith("'"):
        return _raw(token, span)
    return _escaped(token, span)


def place(written: str, index: int) -> int:
    """Say where in a literal as WRITTEN the character INDEX of its value stands."""
    if written.startswith("'"):
        # Each quote before it was written twice.
        return 1 + index + _raw(written, _NOWHERE)[0][:index].count("'")
    if not written.startswith('"'):
        return index
    at = 1
    for _ in range(index):
        escape = _ESCAPE.match(written, at)
        at = escape.end() if escape else at + 1
    return min(at, len(written))


def inside(written: str, value: str) -> str:
    """Write VALUE so that it can stand in a literal that is WRITTEN so."""
    if written.startswith("'"):
        return value.replace("'", "''")
    return value.replace("\\", "\\\\").replace('"', '\\"') if written else value


_NOWHERE = Span("", 0, 0)


def raw(value: str) -> str:
    """Write VALUE as a raw string, in which a backslash is a backslash."""
    return "'" + value.replace("'", "''") + "'"


def _block(token: str, span: Span) -> tuple[str, list[Diagnostic]]:
    if len(token) < 6 or not token.endswith('"""'):
        return "", [_unterminated(span, 3, 'a closing `"""` might be missing')]
    text = token[3:-3].replace("\r\n", "\n")
    return textwrap.dedent(text.lstrip("\n") if "\n" in text else text).strip("\n"), []


def _raw(token: str, span: Span) -> tuple[str, list[Diagnostic]]:
    # `''` inside is one quote, so only an odd number of quotes at the end closes the string.
    body = token[1:]
    if body.find("'") == len(body) - 1 >= 0:  # the closing one, as in nearly all
        return body[:-1], []
    closing = len(token) - len(token.rstrip("'"))
    closed = len(token) > 1 and (closing if set(token) != {"'"} else closing - 1) % 2 == 1
    if not closed:
        return body.replace("''", "'"), [_unterminated(span, 1, "a closing `'` might be missing")]
    return body[:-1].replace("''", "'"), []


def _escaped(token: str, span: Span) -> tuple[str, list[Diagnostic]]:
    if "\\" not in token and len(token) > 1 and token.endswith('"'):
        return token[1:-1], []
    closed = re.fullmatch(r'"(?:[^"\\\n]|\\[^\n])*"', token) is not None
    body = token[1:-1] if closed else token[1:]
    wrong: list[Diagnostic] = []

    def unescape(match: re.Match[str]) -> str:
        if match["plain"]:
            return match["plain"]
        code_point = int(match["hex"], 16) if match["hex"] else -1
        if 0 < code_point <= 0x10FFFF and not 0xD800 <= code_point <= 0xDFFF:
            return chr(code_point)
        start = span.start + 1 + match.start()
        place = Span(span.file, start, span.start + 1 + match.end())
        wrong.append(_unknown_escape(match[0], place, span, body))
        return match[0]

    value = _ESCAPE.sub(unescape, body)
    return value, wrong[:1] if closed else [_open_ended(body, span)]


def _unknown_escape(text: str, place: Span, whole: Span, body: str) -> Diagnostic:
    return Diagnostic(
        Code.ESCAPE,
        f"unknown escape `{text}`",
        place,
        "not an escape",
        r"a string in double quotes knows `\\`, `\"` and `\u{…}`; "
        f"as a raw string: `{raw(body)}`",
        Edit(whole, raw(body)),
    )


def _open_ended(body: str, whole: Span) -> Diagnostic:
    if not body.endswith('\\"'):
        return _unterminated(whole, 1, 'a closing `"` might be missing')
    mended = raw(body[:-1])
    hint = f'`\\"` is a quote inside of the string; as a raw string: `{mended}`'
    return replace(_unterminated(whole, 1, hint), edit=Edit(whole, mended))


def _unterminated(span: Span, width: int, hint: str) -> Diagnostic:
    opening = Span(span.file, span.start, span.start + width)
    return Diagnostic(Code.UNTERMINATED, "unterminated string", opening, "starts here", hint)
