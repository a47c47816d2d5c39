"""YAML in the repository's style: texts of several lines as blocks, lists indented."""

from collections.abc import Mapping

import yaml


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


# Readers take these for line breaks, some for plain ones (YAML 1.1, "Line Break Characters").
_BREAKS = frozenset("\r\x85\u2028\u2029")


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Ask for a block; the emitter quotes what else a block cannot hold."""
    style = '"' if _BREAKS & {*text} else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def written(document: Mapping[str, object]) -> str:
    """Write a document. What is written reads back as it was."""
    return yaml.dump(
        dict(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=float("inf")
    )
