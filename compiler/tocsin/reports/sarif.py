"""A report as SARIF 2.1.0, for code scanning and for editors."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from urllib.parse import quote

import tocsin
from tocsin import explain
from tocsin.diagnostics import Code, Diagnostic, Edit, Note
from tocsin.render import shortened, visible
from tocsin.reports.fingerprints import fingerprints
from tocsin.reports.report import Report, words
from tocsin.source import Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"

Json = Mapping[str, object]


def text(report: Report) -> str:
    """Write REPORT as SARIF, in ASCII."""
    codes = sorted({each.code for each in report.found})
    run = {
        "tool": {
            "driver": {
                "name": "Tocsin",
                "version": tocsin.__version__,
                "semanticVersion": tocsin.__version__,
                "rules": [_rule(code) for code in codes],
            }
        },
        "invocations": [{"executionSuccessful": report.code != 2, "exitCode": report.code}],
        "originalUriBaseIds": {
            _ROOT: {"description": {"text": "The root of the repository, or of the project."}}
        },
        "columnKind": "unicodeCodePoints",
        "results": _Results(report, codes).all(),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(code: Code) -> Json:
    """Describe a code by its page."""
    page = _PAGE_LINK.sub(r"\1", explain.page(code) or "")
    first = page.split("\n\n")[1].replace("\n", " ")
    return {
        "id": code.value,
        "name": "".join(word.capitalize() for word in code.name.split("_")),
        "shortDescription": {"text": _plain(explain.title(code))},
        "fullDescription": {"text": _plain(first)},
        "help": {"text": _plain(page), "markdown": page},
        "defaultConfiguration": {"level": _level(code)},
    }


_PAGE_LINK = re.compile(r"\[([^\]]+)\]\(\w+\.md\)")  # of one page to another: it leads nowhere here


def _level(code: Code) -> str:
    return "error" if code.is_error else "warning"


# What a reader of SARIF takes for an argument's place, or for a link. Elsewhere it takes braces and
# brackets as they are.
_ARGUMENT = re.compile(r"\{+\d+\}+")
_LINK = re.compile(r"\[([^\[\]]*)\](?=\()")


def _plain(words: str) -> str:
    """Write WORDS so that nothing in them is an argument or a link."""
    return _LINK.sub(r"\\[\1\\]", _ARGUMENT.sub(_doubled, words))


def _doubled(found: re.Match[str]) -> str:
    return found[0].replace("{", "{{").replace("}", "}}")


class _Results:
    """The findings of a report. The fingerprints of a file are made once."""

    def __init__(self, report: Report, codes: Sequence[Code]) -> None:
        self._report = report
        self._index = {code: at for at, code in enumerate(codes)}

    def all(self) -> list[Json]:
        """Write each finding as a result."""
        return [self._result(each) for each in self._report.found]

    def _result(self, each: Diagnostic) -> Json:
        more: dict[str, object] = {}
        if each.notes:
            more["relatedLocations"] = [
                {"id": number, "message": {"text": _shown(note.message)}, **self._at(note.span)}
                for number, note in enumerate(each.notes, start=1)
            ]
        if each.edit:
            more["fixes"] = [self._fix(each.edit)]
        if printed := self._fingerprint(each.span):
            more["partialFingerprints"] = {"primaryLocationLineHash": printed}
        return {
            "ruleId": each.code.value,
            "ruleIndex": self._index[each.code],
            "level": _level(each.code),
            "message": {"text": _message(each)},
            "locations": [self._at(each.span)],
            **more,
        }

    def _at(self, span: Span) -> Json:
        """Point at SPAN; GitHub demands a line even where a file has none."""
        where = {"artifactLocation": self._file(span), "region": self._region(span)}
        return {"physicalLocation": where}

    def _file(self, span: Span) -> Json:
        path = os.fsencode(self._report.named(span.file))
        return {"uri": quote(path, safe="/"), "uriBaseId": _ROOT}

    def _region(self, span: Span) -> Json:
        place = self._report.place(span)
        if place is None:
            return {"startLine": 1}
        return {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
        }

    def _fix(self, edit: Edit) -> Json:
        wanted = _shown(shortened(edit.text.strip(" ")))
        replacement = {
            "deletedRegion": self._region(edit.span),
            "insertedContent": {"text": edit.text},
        }
        return {
            "description": {"text": f"write `{wanted}`" if wanted else "leave it out"},
            "artifactChanges": [
                {"artifactLocation": self._file(edit.span), "replacements": [replacement]}
            ],
        }

    def _fingerprint(self, span: Span) -> str | None:
        place, lines = self._report.place(span), self._lines.get(span.file, ())
        return lines[place.line - 1] if place and place.line <= len(lines) else None

    @cached_property
    def _lines(self) -> Mapping[str, Sequence[str]]:
        names = {each.span.file for each in self._report.found}
        sources = self._report.sources
        return {name: fingerprints(sources[name].text) for name in names if name in sources}


def _message(each: Diagnostic) -> str:
    """Say what was found, with a link to each related place."""
    return "\n".join((*map(_shown, words(each)), *map(_linked, enumerate(each.notes, start=1))))


def _shown(words: str) -> str:
    return _plain(visible(words))


def _linked(numbered: tuple[int, Note]) -> str:
    number, note = numbered
    label = re.sub(r"([\[\]\\])", r"\\\1", _ARGUMENT.sub(_doubled, visible(note.message)))
    return f"[{label}]({number})"
