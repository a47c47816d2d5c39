"""A report as JUnit's XML, as dashboards of GitLab, Jenkins and Azure DevOps read it.

A suite a file. In it a case for the file as such, for each rule's own test, and for each rule and
target. No times: the same rules give the same bytes.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from xml.etree import ElementTree

from tocsin.diagnostics import Code, Diagnostic
from tocsin.frozen import dataclass
from tocsin.render import text as drawn
from tocsin.render import visible
from tocsin.reports.report import Report
from tocsin.text import show_hidden
from tocsin.units import Query, Rule


def text(report: Report) -> str:
    """Write REPORT as XML."""
    root = ElementTree.Element("testsuites", name="tocsin")
    suites = [_suite(file, cases, report) for file, cases in _cases(report).items()]
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    root.extend(suites)
    ElementTree.indent(root)
    written = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{written}\n'


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """One case: in which rule, if in one, its name, what was found, and why it was not run."""

    rule: str
    name: str
    found: Sequence[Diagnostic]
    skipped: str = ""


def _cases(report: Report) -> Mapping[str, Sequence[_Case]]:
    """Find the cases of each file, by its name."""
    rules: dict[str, list[Rule]] = {}
    for rule in report.rules:
        rules.setdefault(rule.span.file, []).append(rule)
    failed: dict[str, list[Diagnostic]] = {}
    for each in report.found:
        if each.code is Code.TEST_FAILED:
            failed.setdefault(each.span.file, []).append(each)
    cases = {file: list(_of_rules(of, failed.get(file, ()))) for file, of in rules.items()}
    told = {each for of_file in cases.values() for case in of_file for each in case.found}
    left: dict[str, list[Diagnostic]] = {file: [] for file in cases}
    for each in report.found:
        if each not in told:
            left.setdefault(each.span.file, []).append(each)
    return {file: [_Case("", "file", left[file]), *cases.get(file, ())] for file in sorted(left)}


def _of_rules(rules: Sequence[Rule], failed: Sequence[Diagnostic]) -> Iterator[_Case]:
    """Make the cases of the rules of one file; those of a test take what FAILED of it."""
    starts = sorted(rule.span.start for rule in rules)
    tests: dict[tuple[int, str], list[Diagnostic]] = {}
    for each in failed:
        if said := _FAILED.fullmatch(each.message):
            at = bisect_right(starts, each.span.start)  # a test stands behind the name of its rule
            tests.setdefault((starts[at - 1], said[1]), []).append(each)
    for rule in rules:
        for test in dict.fromkeys(rule.tests):
            yield _Case(rule.name, f"test: {test}", tests.get((rule.span.start, test), ()))
        yield from _of_targets(rule)


# What `pipeline` says of a test.
_FAILED = re.compile(r"test `(.*)` should (?:fire, but does not|stay silent, but fires)", re.DOTALL)


def _of_targets(rule: Rule) -> Iterator[_Case]:
    for query in rule.queries:
        yield _Case(rule.name, f"target: {query.label}", query.found, _why_not(query))


def _why_not(query: Query) -> str:
    """Say why there is no query, unless an error does."""
    if query.path is not None or any(each.code.is_error for each in query.found):
        return ""
    left_out = any(each.code is Code.LEFT_OUT for each in query.found)
    return "no such events in this source" if left_out else "the rule has errors"


# --- XML


def _suite(file: str, cases: Sequence[_Case], report: Report) -> ElementTree.Element:
    name = _legal(visible(report.named(file)))
    elements = [_element(case, name, report) for case in cases]
    counted = {
        "tests": len(elements),
        "failures": sum(each.find("failure") is not None for each in elements),
        "errors": sum(each.find("error") is not None for each in elements),
        "skipped": sum(each.find("skipped") is not None for each in elements),
    }
    counts = {key: str(number) for key, number in counted.items()}
    suite = ElementTree.Element("testsuite", {"name": name, "file": name, **counts})
    suite.extend(elements)
    return suite


def _element(case: _Case, file: str, report: Report) -> ElementTree.Element:
    """Write a case. A reader takes one error of each, so all of them stand in it."""
    # Jenkins parts a name at its last dot into package and class.
    dotted = file.removesuffix(".rule").replace("/", ".")
    element = ElementTree.Element(
        "testcase",
        name=_legal(visible(case.name)),
        classname=f"{dotted}.{case.rule}" if case.rule else dotted,
    )
    errors = [each for each in case.found if each.code.is_error]
    warnings = [each for each in case.found if not each.code.is_error]
    if errors:
        first, more = errors[0], len(errors) - 1
        message = first.message + (f" (and {more} more)" if more else "")
        told = {"type": first.code.value, "message": _legal(visible(message))}
        kind = "failure" if case.rule else "error"
        ElementTree.SubElement(element, kind, told).text = _drawn(errors, report)
    elif case.skipped:
        ElementTree.SubElement(element, "skipped", message=case.skipped)
    if warnings:
        ElementTree.SubElement(element, "system-out").text = _drawn(warnings, report)
    return element


def _drawn(found: Sequence[Diagnostic], report: Report) -> str:
    return _legal("\n".join(drawn(each, report.sources) for each in found))


def _legal(words: str) -> str:
    """Show what XML cannot hold; line ends stay."""
    lines = (show_hidden(line, lambda each: f"\\u{{{ord(each):X}}}") for line in words.split("\n"))
    return "\n".join(lines)
