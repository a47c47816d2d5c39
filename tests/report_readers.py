"""Readers of reports that share nothing with what writes them: SARIF, GitHub's runner, JUnit."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NotRequired, TypedDict
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree

import jsonschema
import xmlschema

SCHEMAS = Path(__file__).parent / "schemas"


# --- SARIF


class Message(TypedDict):
    text: str


class Region(TypedDict):
    startLine: int
    startColumn: int
    endLine: int
    endColumn: int


class ArtifactLocation(TypedDict):
    uri: str
    uriBaseId: str


class Physical(TypedDict):
    artifactLocation: ArtifactLocation
    region: Region


class Location(TypedDict):
    id: NotRequired[int]
    physicalLocation: Physical


class Replacement(TypedDict):
    deletedRegion: Region
    insertedContent: Message


class Change(TypedDict):
    artifactLocation: ArtifactLocation
    replacements: list[Replacement]


class Fix(TypedDict):
    description: Message
    artifactChanges: list[Change]


class Result(TypedDict):
    ruleId: str
    ruleIndex: int
    level: str
    message: Message
    locations: list[Location]
    relatedLocations: NotRequired[list[Location]]
    fixes: NotRequired[list[Fix]]
    partialFingerprints: NotRequired[Mapping[str, str]]


class Page(TypedDict):
    text: str
    markdown: str


class Rule(TypedDict):
    id: str
    name: str
    shortDescription: Message
    fullDescription: Message
    help: Page


class Driver(TypedDict):
    rules: list[Rule]


class Tool(TypedDict):
    driver: Driver


class Invocation(TypedDict):
    executionSuccessful: bool
    exitCode: int


class Run(TypedDict):
    tool: Tool
    results: list[Result]
    invocations: list[Invocation]


def sarif(text: str) -> Run:
    """Read SARIF that its schema takes; there is one run in it."""
    text.encode("ascii")
    log = json.loads(text)
    _sarif_schema().validate(log)
    (run,) = log["runs"]
    read: Run = run
    for result in read["results"]:
        assert read["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    return read


@cache
def _sarif_schema() -> jsonschema.Draft4Validator:
    schema = json.loads((SCHEMAS / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
    return jsonschema.Draft4Validator(schema)


def file_of(location: ArtifactLocation) -> str:
    """Name the file that a URI leads to, from the root."""
    uri = location["uri"]
    assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", uri), uri
    assert not uri.startswith("/")
    return unquote_to_bytes(uri).decode("utf-8", "surrogateescape")


def part(text: str, region: Region) -> tuple[int, int]:
    """Find the part of TEXT that REGION is, by its lines and code points."""
    ends = [0, *(found.end() for found in re.finditer(r"\r?\n", text))]
    start = ends[region["startLine"] - 1] + region["startColumn"] - 1
    return start, ends[region["endLine"] - 1] + region["endColumn"] - 1


def spoken(message: str) -> tuple[str, list[tuple[str, str]]]:
    """Read a message as SARIF has it: its words, and its links. It may have no arguments."""
    assert not re.search(r"(?<!\{)(?:\{\{)*\{\d+\}", message), message
    links = re.findall(r"(?<!\\)\[((?:[^\[\]\\]|\\.)*)(?<!\\)\]\(([^)]*)\)", message)
    return message, [(re.sub(r"\\(.)", r"\1", label), target) for label, target in links]


# --- GitHub


@dataclass(frozen=True)
class Command:
    """A command as the runner of GitHub Actions reads it."""

    name: str
    properties: Mapping[str, str]
    data: str


def commands(text: str) -> Iterator[Command]:
    """Read lines as the runner does: `::name key=value,key=value::data`."""
    for line in re.split(r"\r\n|\r|\n", text.removesuffix("\n")) if text else ():
        head, found, data = line.lstrip().removeprefix("::").partition("::")
        assert line.lstrip().startswith("::"), line
        assert found, line
        name, _, given = head.partition(" ")
        pairs = (each.split("=", 1) for each in given.split(","))
        yield Command(name, {key: _unescaped(value) for key, value in pairs}, _unescaped(data))


def _unescaped(value: str) -> str:
    """Put back what the runner does, in its order."""
    for token, code in (("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C"), ("%", "%25")):
        value = value.replace(code, token)
    return value


# --- JUnit


@dataclass(frozen=True)
class Case:
    """A case as a dashboard shows it."""

    suite: str
    class_name: str
    name: str
    result: str  # passed, failure, error, skipped
    message: str
    text: str


def junit(text: str) -> Sequence[Case]:
    """Read JUnit's XML that its schema takes, and whose counts are right."""
    root = ElementTree.fromstring(text)
    _junit_schema().validate(root)
    cases = [_case(suite, each) for suite in root for each in suite]
    for element in (root, *root):
        mine = [e for e in cases if element.tag == "testsuites" or e.suite == element.get("name")]
        assert int(element.get("tests", "")) == len(mine)
        for kind in ("failure", "error"):
            counted = int(element.get(f"{kind}s", ""))
            assert counted == sum(each.result == kind for each in mine)
    return cases


@cache
def _junit_schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd")


def _case(suite: ElementTree.Element, case: ElementTree.Element) -> Case:
    told = {each.tag: each for each in case}
    kind = next((tag for tag in ("failure", "error", "skipped") if tag in told), "passed")
    message = told[kind].get("message", "") if kind in told else ""
    text = "\n".join(each.text or "" for each in case)
    names = (suite.get("name", ""), case.get("classname", ""), case.get("name", ""))
    return Case(*names, kind, message, text)
