"""The text of a `.conf` file to stanzas, as Splunk reads it. Knows nothing of what wrote it."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tocsin.schema import Table, read_table

_BLANKS = " \t\r\n"
_KEYS = Path(__file__).parent / "keys.toml"


class Unreadable(ValueError):
    """A line that is no comment, stanza or setting, or one that is there twice."""


def read(text: str) -> dict[str, dict[str, str]]:
    """Read stanzas by name, settings by key."""
    stanzas: dict[str, dict[str, str]] = {}
    settings: dict[str, str] | None = None
    for line in _joined(text):
        stripped = line.strip(_BLANKS)
        if not stripped or stripped.startswith("#"):
            continue
        if stripped.startswith("["):
            name = stripped[1:-1]
            if not stripped.endswith("]") or "\n" in name or name in stanzas:
                raise Unreadable(f"a stanza that is none, or is there twice: {stripped}")
            settings = stanzas[name] = {}
            continue
        key, equals, value = line.partition("=")
        key = key.strip(_BLANKS)
        if settings is None or not equals or not key or key in settings:
            raise Unreadable(f"a setting that is none, or is there twice: {stripped}")
        settings[key] = value.strip(_BLANKS)
    return stanzas


def _joined(text: str) -> Iterator[str]:
    """Put lines that a backslash continues into one, with a line break between."""
    pending = ""
    for line in text.split("\n"):
        if line.endswith("\\"):
            pending += line[:-1] + "\n"
        else:
            yield pending + line
            pending = ""
    if pending:
        raise Unreadable("the last line goes on, but nothing follows")


def problems(file: str, stanzas: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    """Say, for each stanza of FILE by its name, what Splunk's specification does not know."""
    kinds = read_table(_KEYS).table(file)
    for name, settings in stanzas.items():
        known = kinds.table(name if name in kinds.items else "*")
        for key, text in settings.items():
            if problem := _problem(known, key, text):
                yield name, problem


def _problem(known: Table, key: str, text: str) -> str | None:
    if key not in known.items:
        return f"`{key}` is no setting that is known"
    if not re.fullmatch(known.text(key), text, re.DOTALL):
        shown = text if len(text) <= 80 else f"{text[:79]}…"
        return f"`{key}` cannot be `{shown}`"
    return None
