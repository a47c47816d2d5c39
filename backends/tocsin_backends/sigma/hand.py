"""Values to YAML, in the hand of SigmaHQ's repository.

Words and texts in quotes are nearly all of a rule: they are written here, as PyYAML would and in a
tenth of its time. An entry with anything else in it is left to PyYAML.
"""

import re
import sys
from collections.abc import Mapping
from functools import lru_cache

import yaml

from tocsin.text import has_hidden


class Quoted(str):
    """A text in quotes: in a detection, none is to be read as a number or a word of YAML."""


class Prose(str):
    """A text that stands below its key, line by line, if it has several."""


class Date(str):
    """A date, bare."""


def quoted(value: object) -> object:
    """Quote every text of a detection but its condition."""
    if isinstance(value, str):
        return Quoted(value)
    if isinstance(value, list):
        return [quoted(each) for each in value]
    if isinstance(value, dict):
        return {key: each if key == "condition" else quoted(each) for key, each in value.items()}
    return value


def written(entries: Mapping[str, object]) -> str:
    """Write a document, its entries in their order."""
    return "".join(_entry(key, value) for key, value in entries.items())


def _entry(key: str, value: object) -> str:
    try:
        return "\n".join((*_lines(key, value, ""), ""))
    except _Unusual:
        return left_to_library({key: value})


class _Unusual(Exception):
    """What is left to PyYAML. Never leaves this module."""


_STEP = 4  # columns


def _lines(key: str, value: object, margin: str) -> list[str]:
    """Write an entry of a map whose keys stand behind MARGIN."""
    head, inner = f"{margin}{_key(key)}:", margin + " " * _STEP
    lines = [head]
    if isinstance(value, dict) and value:
        for each, below in value.items():
            lines += _lines(each, below, inner)
    elif isinstance(value, list) and value:
        for each in value:
            lines += _item(each, inner)
    else:
        lines = [f"{head} {_scalar(value)}"]
    return lines


@lru_cache(4096)  # the same few, in all rules
def _key(key: str) -> str:
    if len(key) > _LONGEST_KEY:
        raise _Unusual
    return _scalar(key)


def _item(value: object, margin: str) -> list[str]:
    """Write an item of a list: a hyphen behind MARGIN, a map beside it."""
    if not isinstance(value, dict) or not value:
        return [f"{margin}- {_scalar(value)}"]
    inner = f"{margin}  "
    lines = [line for key, below in value.items() for line in _lines(key, below, inner)]
    return [f"{margin}- {lines[0][len(inner) :]}", *lines[1:]]


# One line that is plainly a text: no sign of YAML begins it, no `: ` or ` #` is in it.
_PLAIN = re.compile(r"[A-Za-z0-9](?:[^#:]|:(?! |\Z))*(?<! )")
_LONGEST_KEY = 100  # PyYAML writes those from 128 on in another way
# What other readers of YAML take for something else, or Sigma's for nothing.
_MISREAD = re.compile(r"[yYnN]|0o[0-7]+|[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|")


def _scalar(value: object) -> str:
    if isinstance(value, str):
        if has_hidden(value):
            raise _Unusual
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    raise _Unusual


def _text(text: str) -> str:
    """Write a text of one line, all of which can be seen."""
    if not isinstance(text, Quoted | Date) and not _MISREAD.fullmatch(text):
        if not _PLAIN.fullmatch(text):
            raise _Unusual
        if not _is_other(text):
            return text
    return text if isinstance(text, Date) else "'" + text.replace("'", "''") + "'"


def _is_other(text: str) -> bool:
    """Whether YAML takes bare TEXT for something else: true, null, a number, a date."""
    return any(expr.match(text) for _, expr in _Dumper.yaml_implicit_resolvers.get(text[0], ()))


# --- what is unusual


def left_to_library(entries: Mapping[str, object]) -> str:
    """Write a document as PyYAML does."""
    return yaml.dump(
        dict(entries),
        Dumper=_Dumper,
        indent=_STEP,
        width=sys.maxsize,
        allow_unicode=True,
        sort_keys=False,
    )


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key, maps in a list by two; never writes an alias."""

    def ignore_aliases(self, data: object) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        outer = self.indent
        super().increase_indent(flow, False)
        if self.sequence_context and outer is not None:
            self.indent = outer + 2

    def write_double_quoted(self, text: str, split: bool = True) -> None:
        """Write what cannot be seen as its code, and with it all that is not ASCII."""
        self.allow_unicode = not has_hidden(text)
        super().write_double_quoted(text, split)
        self.allow_unicode = True


def _represent(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    if has_hidden(text.replace("\n", "")):
        style: str | None = '"'
    elif "\n" in text:
        style = "|" if isinstance(text, Prose) else '"'
    else:
        style = "'" if isinstance(text, Quoted) or _MISREAD.fullmatch(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style=style)


def _represent_date(dumper: yaml.SafeDumper, text: Date) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:timestamp", str(text))


_Dumper.add_representer(str, _represent)
_Dumper.add_representer(Quoted, _represent)
_Dumper.add_representer(Prose, _represent)
_Dumper.add_representer(Date, _represent_date)
