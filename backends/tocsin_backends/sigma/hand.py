"""Values to YAML, in the hand of SigmaHQ's repository. PyYAML writes; what it is told is here."""

import re
import sys
from collections.abc import Mapping

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
    return yaml.dump(
        dict(entries),
        Dumper=_Dumper,
        indent=4,
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


# What other readers of YAML take for something else, or Sigma's for nothing.
_MISREAD = re.compile(r"[yYnN]|0o[0-7]+|[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|")


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
