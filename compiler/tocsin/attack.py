"""MITRE ATT&CK: tactics, techniques, and what became of withdrawn ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TypedDict

from tocsin.frozen import dataclass

DATA = Path(__file__).parent / "data" / "attack.json"


@dataclass(frozen=True, slots=True)
class Tactic:
    """A column of the matrix; rules name it by its slug."""

    slug: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Technique:
    """A technique or sub-technique and the slugs of its tactics."""

    id: str
    name: str
    tactics: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """One version of ATT&CK."""

    version: str
    notice: str
    tactics: Mapping[str, Tactic]
    techniques: Mapping[str, Technique]
    replaced: Mapping[str, tuple[str, ...]]


def version() -> str:
    """Say which version of ATT&CK the names are of."""
    return matrix().version


def technique(technique_id: str) -> Technique | None:
    """Find a technique by its id, such as `T1059.007`."""
    return matrix().techniques.get(technique_id)


def tactic(slug: str) -> Tactic | None:
    """Find a tactic by its slug, such as `defense-evasion`."""
    return matrix().tactics.get(slug)


def successors(technique_id: str) -> tuple[str, ...]:
    """Name the techniques that a withdrawn id was replaced by."""
    return matrix().replaced.get(technique_id, ())


@cache
def matrix() -> Matrix:
    """Read ATT&CK, once."""
    return read_matrix(DATA)


def read_matrix(path: Path) -> Matrix:
    """Read a version of ATT&CK as `scripts/update_attack.py` writes it."""
    raw: _File = json.loads(path.read_text(encoding="utf-8"))
    return Matrix(
        raw["version"],
        raw["notice"],
        {slug: Tactic(slug, *row) for slug, row in raw["tactics"].items()},
        {
            name: Technique(name, row[0], tuple(row[1].split()))
            for name, row in raw["techniques"].items()
        },
        {old: tuple(new.split()) for old, new in raw["replaced"].items()},
    )


class _File(TypedDict):
    version: str
    notice: str
    tactics: dict[str, tuple[str, str]]  # slug -> id, name
    techniques: dict[str, tuple[str, str]]  # id -> name, slugs
    replaced: dict[str, str]  # id -> ids
