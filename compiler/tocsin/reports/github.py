"""A report as commands of GitHub Actions, which shows them beside the lines of a change."""

from collections.abc import Iterator, Mapping
from itertools import chain

from tocsin import explain
from tocsin.diagnostics import Diagnostic
from tocsin.render import visible
from tocsin.reports.report import Place, Report, words
from tocsin.text import escape

SHOWN = 10  # errors, and as many warnings, that GitHub shows of one step

# As actions/toolkit has them: what would end a message, and what would end a property.
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def text(report: Report) -> str:
    """Write a command a line, errors first."""
    ordered = sorted(report.found, key=lambda each: not each.code.is_error)
    return "".join(f"{_command(each, report)}\n" for each in ordered)


def unshown(report: Report) -> int:
    """Count the findings that GitHub does not show beside the lines."""
    errors = sum(each.code.is_error for each in report.found)
    return sum(max(0, number - SHOWN) for number in (errors, len(report.found) - errors))


def _command(each: Diagnostic, report: Report) -> str:
    name = "error" if each.code.is_error else "warning"
    properties = {
        "file": report.named(each.span.file),
        **_where(report.place(each.span)),
        "title": f"{each.code} {explain.title(each.code)}",
    }
    given = ",".join(f"{key}={_escaped(value, _PROPERTY)}" for key, value in properties.items())
    said = chain(words(each), _notes(each, report))
    return f"::{name} {given}::{'%0A'.join(_escaped(line, _DATA) for line in said)}"


def _where(place: Place | None) -> dict[str, str]:
    """Name lines and columns; of several lines the lines alone, for GitHub takes no more."""
    if place is None:
        return {"line": "1"}
    where = {"line": str(place.line), "endLine": str(place.end_line)}
    if place.line == place.end_line:
        where |= {"col": str(place.column), "endColumn": str(place.end_column)}
    return where


def _notes(each: Diagnostic, report: Report) -> Iterator[str]:
    for note in each.notes:
        place = report.place(note.span)
        line = f":{place.line}" if place else ""
        yield f"{note.message}: {report.named(note.span.file)}{line}"


def _escaped(value: str, special: Mapping[str, str]) -> str:
    return escape(visible(value), special)
