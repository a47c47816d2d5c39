"""The public converters of `sigma_convert.toml`, and what each makes of our Sigma documents.

Most want pySigma 1, and we have 2: what is not in this environment is asked of another Python.
"""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

import yaml
from platformdirs import user_cache_path

from . import Missing
from .sigma_convert import Answer, Job, Outcome, Tool

_HERE = Path(__file__).parent
_SECONDS = 300
GOLDEN = _HERE.parent / "golden"


@dataclass(frozen=True, slots=True)
class Document:
    """One rule on single events; NAME says which of the golden files it stands in."""

    name: str
    text: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a converter cannot convert, what it says then, and why."""

    when: tuple[str, ...]
    says: str
    why: str

    def sayings(self, marks: frozenset[str]) -> Iterator[str]:
        """Yield what the error of a document with MARKS may contain; nothing, if it converts."""
        for each in self.when:
            if marks.issuperset(each.split()):
                yield self.says.replace("{}", each.split()[-1])


@dataclass(frozen=True, slots=True)
class Converter:
    """A backend with its pipelines, the package that brings it, and what it refuses."""

    name: str
    package: str
    tool: Tool
    refusals: tuple[Refusal, ...]

    def __str__(self) -> str:
        return self.name


def _refusals(table: Mapping[str, Mapping[str, object]]) -> dict[str, Refusal]:
    return {
        name: Refusal(tuple(_texts(each["when"])), str(each["says"]), str(each["why"]))
        for name, each in table.items()
    }


def _converters(table: Mapping[str, Mapping[str, object]]) -> Iterator[Converter]:
    for name, each in table.items():
        tool = Tool(
            backend=str(each["backend"]),
            format=str(each.get("format", "default")),
            pipelines=_texts(each.get("pipelines", [])),
        )
        refuses = tuple(REFUSALS[key] for key in _texts(each.get("refuses", [])))
        yield Converter(name, str(each["package"]), tool, refuses)


def _texts(value: object) -> list[str]:
    assert isinstance(value, list)
    return [str(each) for each in value]


_DATA = tomllib.loads((_HERE / "sigma_convert.toml").read_text(encoding="utf-8"))
REFUSALS = _refusals(_DATA["refusals"])
CONVERTERS = tuple(_converters(_DATA["tools"]))


def _documents(path: Path) -> Iterator[Document]:
    """Take a golden file apart; correlations are left out, and rules that ask for the same.

    Which backend knows correlations, and which of them, is another matter.
    """
    seen: set[frozenset[str]] = set()
    for number, text in enumerate(path.read_text(encoding="utf-8").split("\n---\n")):
        if "\ndetection:" in text and marks(text) not in seen:
            seen.add(marks(text))
            part = f"-{number}" if number else ""
            yield Document(f"{path.parent.name}-{path.stem}{part}", text)


def answer(converter: Converter, document: Document) -> Answer:
    """Return what CONVERTER makes of DOCUMENT; Missing if no Python at hand has it."""
    for outcome in map(_outcome, _pythons()):
        if converter.name in outcome["answers"]:
            return outcome["answers"][converter.name][document.name]
    whys = {_outcome(python)["missing"][converter.name] for python in _pythons()}
    raise Missing(f"{converter} needs {converter.package}: {', '.join(sorted(whys))}")


def elsewhere() -> Path | None:
    """Return the Python that has what wants pySigma 1, if one is named or at its usual place."""
    named = os.environ.get("TOCSIN_SIGMA_PYTHON")
    if named:
        return Path(named)
    folder = user_cache_path("tocsin") / "pysigma-1"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    return python if python.exists() else None


def _pythons() -> Iterable[Path]:
    other = elsewhere()
    return (Path(sys.executable), other) if other else (Path(sys.executable),)


@cache
def _outcome(python: Path) -> Outcome:
    """Ask PYTHON for everything at once: it takes seconds, and most of them to start."""
    job = Job(
        tools={each.name: each.tool for each in CONVERTERS},
        documents={each.name: each.text for each in DOCUMENTS},
    )
    done = subprocess.run(
        # Isolated: else `gates/sigma.py`, beside the script, would hide pySigma.
        [python, "-I", "-X", "utf8", _HERE / "sigma_convert.py"],
        input=json.dumps(job),
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=_SECONDS,
    )
    assert done.returncode == 0, f"{python}: {done.stderr}"
    return cast(Outcome, json.loads(done.stdout))  # Written by the script from an Outcome.


def versions(converter: Converter) -> str:
    """Say which versions CONVERTER was run with, for a message."""
    for outcome in map(_outcome, _pythons()):
        if converter.name in outcome["answers"]:
            names = ("pysigma", converter.package)
            return ", ".join(f"{name} {outcome['versions'].get(name)}" for name in names)
    return "not installed"


def marks(text: str) -> frozenset[str]:
    """Collect what a refusal hangs on: log source, fields, modifiers, and a field with its own."""
    rule = yaml.safe_load(text)
    return frozenset([*rule["logsource"].values(), *_key_marks(rule["detection"])])


def _key_marks(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _key_marks(each)
    if isinstance(node, dict):
        for key, value in node.items():
            field, *modifiers = str(key).split("|")
            yield field
            yield from (f"|{each}" for each in modifiers)
            yield from (f"{field}|{each}" for each in modifiers)
            if isinstance(value, list):
                yield from (f"|{each}[]" for each in modifiers)
            yield from _key_marks(value)


DOCUMENTS = tuple(each for path in sorted(GOLDEN.rglob("*.yml")) for each in _documents(path))
