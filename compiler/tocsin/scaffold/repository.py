"""`tocsin init`: the files of a repository of rules, whose first build passes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import tocsin
from tocsin.files import ROOT_MARKS
from tocsin.frozen import dataclass
from tocsin.scaffold.rule import quoted
from tocsin.scaffold.templates import filled

# Where each template goes. Their own names have no dot: git would take `.gitignore` for its own.
_FILES = {
    "README.md": "README.md",
    "tocsin.toml": "tocsin.toml",
    "requirements.txt": "requirements.txt",
    ".gitignore": "gitignore",
    ".gitattributes": "gitattributes",
    ".pre-commit-config.yaml": "pre-commit-config.yaml",
    "rules/execution/first_rule.rule": "first_rule.rule",
    "rules/lib/site.rule": "site.rule",
    "rules/lists/known_parents.txt": "known_parents.txt",
    "events/sample.ndjson": "sample.ndjson",
}
_GITHUB = {".github/workflows/rules.yml": "workflow.yml"}


@dataclass(frozen=True, slots=True)
class Target:
    """A target that is installed, the sources it reads by itself, and whether it is wanted."""

    name: str
    sources: tuple[str, ...]
    wanted: bool


def repository(
    targets: Sequence[Target], author: str, rule_id: str, created: str, *, github: bool
) -> Mapping[str, bytes]:
    """Write the files of a repository by their names; its lock is made of them."""
    files = _FILES | _GITHUB if github else _FILES
    values = {
        "targets": targets,
        "author": quoted(author),
        "id": rule_id,
        "created": created,
        "version": tocsin.__version__,
        "github": github,
    }
    return {
        name: filled(f"repository/{template}", **values).encode("utf-8")
        for name, template in files.items()
    }


def surroundings(folder: Path) -> Path | None:
    """Find the project, or the repository, that FOLDER would stand in; None if in none."""
    for each in folder.absolute().parents:
        if any((each / mark).exists() for mark in ROOT_MARKS):
            return each
    return None
