"""Write what docs/sources.md says of each source, from the profiles themselves.

    python scripts/sources.py

The page's prose, above the mark, is written by hand; what stands below it is written here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from tocsin import overview
from tocsin.overview import FieldData, Kept
from tocsin.profiles import Source, load_source, source_names

PAGE = Path(__file__).parent.parent / "docs" / "sources.md"
MARK = "<!-- Written by scripts/sources.py from here on: edits belong into the profiles. -->"


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def page(old: str) -> str:
    """Write the page: the prose of OLD, and the profiles as they are."""
    prose = old.partition(MARK)[0]
    sources = [load_source(name) for name in source_names()]
    parts = (_list(sources), _matrices(sources), *map(_source, sources))
    lines = chain.from_iterable([*part, ""] for part in parts)
    return f"{prose}{MARK}\n\n" + "\n".join(lines).rstrip("\n") + "\n"


def _list(sources: Sequence[Source]) -> Iterator[str]:
    yield "## The sources"
    yield ""
    yield from _table(
        ("source", "target", "title", "classes", "requires"),
        (
            (f"`{each.name}`", each.target, each.title, ", ".join(each.classes()),
             "<br>".join(map(_prose, each.requires)))
            for each in sources
        ),
    )  # fmt: skip


# --- the fields of each class


def _matrices(sources: Sequence[Source]) -> Iterator[str]:
    yield "## The fields of each class, by source"
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield "| ● | a column that is filled on every event of the class |"
    yield "| ○ | a column that is filled on some; `tocsin fields CLASS` says on which |"
    yield "| ƒ | made of columns by an expression: `ƒ●` or `ƒ○` |"
    yield "| = | no column: the source implies the value |"
    yield "| ⋈ | another table's or event's column, which no query reaches: as good as absent |"
    yield "| · | absent |"
    for each in overview.classes(sources):
        recording = [source for source in sources if source.name in each["sources"]]
        yield ""
        yield f"### {each['name']}"
        yield ""
        yield each["about"]
        yield ""
        names = [source.name.replace("_", "\\_<wbr>") for source in recording]
        rows = overview.fields(each["name"], recording)
        yield from _table(("field", *names), (_row(row) for row in rows))


def _row(row: FieldData) -> tuple[str, ...]:
    return (f"`{row['field']}`", *(_cell(kept) for kept in row["sources"].values()))


def _cell(kept: Kept) -> str:
    form = kept.get("form", "")
    filled = {"always": "●", "conditional": "○", "absent": "·"}[kept["presence"]]
    marks = {"constant": "=", "join": "⋈", "expression": f"ƒ{filled}", "coalesce": f"ƒ{filled}"}
    return marks.get(form, filled)


# --- each source


def _source(source: Source) -> Iterator[str]:
    yield f"## {source.name}"
    yield ""
    yield f"{source.title}. Target: {source.target}."
    yield ""
    selectors = overview.source(source)["classes"]
    shared = _shared(selectors)
    rows = ((name, _selectors(each, shared)) for name, each in selectors.items())
    if shared:
        yield f"In every class: {_selectors(shared, {})}."
        yield ""
    yield from _table(("class", "selectors"), rows)
    yield ""
    yield "Absent:"
    yield ""
    for reason, fields in _absent(source).items():
        yield f"* {_prose(reason)}: {fields}"


def _shared(every: Mapping[str, Mapping[str, overview.Selector]]) -> dict[str, overview.Selector]:
    """Find the selectors that all classes have in common."""
    first, *rest = every.values()
    return {key: value for key, value in first.items() if all(r.get(key) == value for r in rest)}


def _selectors(
    every: Mapping[str, overview.Selector], besides: Mapping[str, overview.Selector]
) -> str:
    told = ((key, overview.told(value)) for key, value in every.items() if key not in besides)
    return "; ".join(
        f"{key}: {_prose(text) if key == 'requires' else _code(text)}" for key, text in told
    )


def _absent(source: Source) -> dict[str, str]:
    """Group the fields that a source lacks by the reason, the classes in parentheses."""
    found: dict[str, dict[str, list[str]]] = {}
    for name in source.classes():
        place = source.event_class(name)
        for field, reason in place.absent.items() if place else ():
            found.setdefault(reason, {}).setdefault(field, []).append(name)
    return {reason: "; ".join(_of_classes(fields)) for reason, fields in found.items()}


def _of_classes(fields: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Put together the fields that are missing from the same classes."""
    grouped: dict[tuple[str, ...], list[str]] = {}
    for field, classes in fields.items():
        grouped.setdefault(tuple(classes), []).append(field)
    for classes, names in grouped.items():
        yield f"{', '.join(f'`{name}`' for name in names)} ({', '.join(classes)})"


# --- Markdown


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _prose(text: str) -> str:
    return text.replace("*", "\\*").replace("_", "\\_").replace("<", "&lt;")


if __name__ == "__main__":
    main()
