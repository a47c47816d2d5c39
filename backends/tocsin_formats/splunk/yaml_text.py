"""Values to YAML as security_content has it: keys in their order, texts of lines in a block."""

import sys
from collections.abc import Mapping

import yaml


class _Dumper(yaml.SafeDumper):
    """Never writes an alias; PyYAML quotes what cannot stand in a block or by itself."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def written(values: Mapping[str, object]) -> str:
    """Write VALUES as a document."""
    return yaml.dump(
        dict(values), Dumper=_Dumper, width=sys.maxsize, allow_unicode=True, sort_keys=False
    )


def read(text: str) -> object:
    """Read a document with libyaml, as contentctl does; PyYAML's own reader where it is missing."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    value: object = yaml.load(text, Loader=loader)  # noqa: S506  # both are safe loaders
    return value
