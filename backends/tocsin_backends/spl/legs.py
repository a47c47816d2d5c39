"""Several searches in one query, each with gates and columns of its own.

`multisearch` runs them side by side and, unlike `append`, takes all that they find (Splunk,
"multisearch"). An event that two of them find is there twice, once for each.
"""

from collections.abc import Sequence

from tocsin.text import indent


def together(legs: Sequence[Sequence[str]]) -> list[str]:
    """Search for events; one search stands alone, as `multisearch` wants two."""
    if len(legs) == 1:
        return list(legs[0])
    lines = ["| multisearch"]
    for first, *others in legs:
        lines += [f"    [ search {first}", *indent(others, "      ")]
        lines[-1] += " ]"
    return lines


def appended(legs: Sequence[Sequence[str]]) -> list[str]:
    """Search data models one after the other: `append` alone puts rows together."""
    first, *others = legs
    lines = list(first)
    for head, *rest in others:
        lines += ["| append", f"    [{head}", *indent(rest, "     ")]
        lines[-1] += " ]"
    return lines
