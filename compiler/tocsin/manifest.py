"""The manifest of a pack: what each rule has become, and which files a build has made."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

MANIFEST = "manifest.json"
FORMAT = 1

# How the entries stand in it. No text has a line end of its own: JSON writes these as escapes.
_BEFORE, _AFTER = "\n    ", "\n  ]\n}\n"


class Standing(TypedDict):
    """How one rendering stands to its rule and its source."""

    sources: list[str]
    verdict: str
    ungrouped: bool
    approximations: list[dict[str, str | int | None]]
    blind: list[dict[str, str | int | list[str]]]
    coverage: list[str]
    requires: list[str]


class Listed(TypedDict):
    """A file in the manifest."""

    path: str
    sha256: str


class Artefact(Standing, Listed):
    """One rendering in the manifest."""


class RuleEntry(TypedDict):
    """One rule in the manifest."""

    name: str
    id: str | None
    title: str
    file: str
    targets: dict[str, Artefact]


def write(entries: Mapping[str, str]) -> bytes:
    """Put the manifest together of the entries of rules, each under its rule's name."""
    rules = ",".join(_BEFORE + entries[name] for name in sorted(entries))
    listed = f"[{rules}\n  ]" if rules else "[]"
    text = f'{{\n  "format": {FORMAT},\n  "generator": "tocsin",\n  "rules": {listed}\n}}\n'
    return text.encode("utf-8", "backslashreplace")  # bytes that are no text, in a file's name


def entry(told: RuleEntry) -> str:
    """Write what is told of one rule as it stands in the manifest."""
    return json.dumps(told, indent=2, ensure_ascii=False).replace("\n", _BEFORE)


def entries(out: Path) -> list[str]:
    """Take the manifest in a folder apart into entries; nothing is said of what these are."""
    try:
        text = (out / MANIFEST).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return []
    start = _BEFORE + "{"
    return [f"{{{each.removesuffix(',')}" for each in text.removesuffix(_AFTER).split(start)[1:]]


def listed(out: Path) -> set[str]:
    """Name the files that the manifest in a folder tells of: those that a build has made."""
    try:
        told = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        rules: list[RuleEntry] = told["rules"]
        files: list[Listed] = told.get("files", [])  # of a publication
        built = (each["path"] for rule in rules for each in rule.get("targets", {}).values())
        return {MANIFEST, *built, *(each["path"] for each in files)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return set()
