"""Values to YAML as the products' repositories have it: keys in order, long texts in blocks."""

from collections.abc import Mapping

import yaml


class _Dumper(yaml.SafeDumper):
    """Never writes an alias."""

    def ignore_aliases(self, data: object) -> bool:
        return True


class _Indenting(_Dumper):
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
_Indenting.add_representer(str, _text)


def written(document: Mapping[str, object], *, indented: bool = False) -> str:
    """Write a document, lists INDENTED below their keys or not. It reads back as it was."""
    dumper = _Indenting if indented else _Dumper
    return yaml.dump(
        dict(document), Dumper=dumper, sort_keys=False, allow_unicode=True, width=float("inf")
    )


def read(text: str) -> object:
    """Read a document with libyaml, as contentctl does; PyYAML's own reader where it is missing."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    value: object = yaml.load(text, Loader=loader)  # noqa: S506  # both are safe loaders
    return value
