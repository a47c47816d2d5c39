"""How Elastic calls things: the file `vocabulary.toml`, for an analyst to edit."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tocsin.schema import Table

_FILE = Path(__file__).with_name("vocabulary.toml")


@cache
def _words() -> Table:
    return Table(_FILE, (), tomllib.loads(_FILE.read_text(encoding="utf-8")))


def severity(of: str) -> str:
    """Say a severity as Elastic does."""
    return _words().table("severity").text(of)


def risk(severity: str) -> int:
    """Say the risk that goes with a severity of Elastic's, by its convention."""
    return _words().table("risk").all_numbers()[severity]


def maturity(status: str | None) -> str:
    """Say how ripe a rule is, by its status."""
    return _words().table("maturity").text(status or "none")


def systems() -> Mapping[str, str]:
    """Map each system to its tag."""
    return _words().table("systems").all_texts()
