"""YAML text to documents. Stricter than PyYAML where that would drop something in silence."""

from collections.abc import Hashable

from yaml import CSafeLoader, MappingNode, load_all

from tocsin_engines.engine import Rejected

Document = dict[str, object]

_MERGE = "tag:yaml.org,2002:merge"


def documents(text: str) -> list[Document]:
    """Read the documents of TEXT, the empty ones left out; errors are those of PyYAML."""
    found = [each for each in load_all(text, Loader=_Strict) if each is not None]
    if not found:
        raise Rejected("no rule")
    for each in found:
        if not isinstance(each, dict) or not all(isinstance(key, str) for key in each):
            raise Rejected("a document is not a mapping of names")
    return found


class _Strict(CSafeLoader):
    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Hashable, object]:
        """Refuse a key given twice, and `<<`, which YAML 1.2 does not have."""
        seen: set[object] = set()
        for key, _ in node.value:
            if key.tag == _MERGE:
                raise Rejected("`<<` is no key of YAML 1.2")
            if key.value in seen:
                raise Rejected(f"key `{key.value}` given twice")
            if isinstance(key.value, str):
                seen.add(key.value)
        return super().construct_mapping(node, deep)
