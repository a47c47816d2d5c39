"""The same detections as rule files and as Sigma rules: one file each, the same content in both."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from detections import Detection, Selection, Test

SETTINGS = "[targets.esql]\nenabled = false\n"
_WRITTEN = "2025-11-12"
_DASHES = ("-", "/", "\u2013", "\u2014", "\u2015")  # what pySigma makes of `windash`


def write_rules(made: Iterable[Detection], folder: Path, *, tests: bool = False) -> None:
    """Write a project of rule files into FOLDER, built for four targets."""
    rules = folder / "rules"
    rules.mkdir(parents=True)
    (folder / "tocsin.toml").write_text(SETTINGS, encoding="utf-8")
    for each in made:
        (rules / f"{each.name}.rule").write_text(rule(each, tests=tests), encoding="utf-8")


def write_sigma(made: Iterable[Detection], folder: Path) -> None:
    """Write Sigma rules into FOLDER."""
    folder.mkdir(parents=True)
    for each in made:
        (folder / f"{each.name}.yml").write_text(sigma(each), encoding="utf-8")


# --- rule files


def rule(made: Detection, *, tests: bool = False) -> str:
    """Write MADE as a rule, with a `fires` and a `silent` test if TESTS."""
    return "\n".join(
        (
            f"rule {made.name} {{",
            "  meta {",
            f'    title           = "{made.title}"',
            f'    id              = "{made.id}"',
            '    status          = "test"',
            f'    description     = "{_description(made)}"',
            f'    references      = ["{_reference(made)}"]',
            '    author          = ["A. Nalyst"]',
            f"    created         = {_WRITTEN}",
            f'    attack          = ["{made.technique}"]',
            '    false_positives = ["Administrative scripts"]',
            f'    severity        = "{made.level}"',
            "  }",
            "",
            f"  detect {made.event} on windows where",
            f"    {_condition(made)}",
            *(_tests(made) if tests else ()),
            "}",
            "",
        )
    )


def _description(made: Detection) -> str:
    return f"Detects {made.title}, which is rare where nobody administers by hand."


def _reference(made: Detection) -> str:
    return f"https://example.org/reports/{made.number}"


def _condition(made: Detection) -> str:
    parts = [_selection(each) for each in made.selections]
    match made.shape:
        case "1 of" | "or":
            joined = [_any(parts)]
        case "and (or)" if len(parts) > 1:
            joined = [*parts[:-2], _any(parts[-2:])]
        case _:
            joined = parts
    excluded = [_selection(each) for each in made.filters]
    return "\n    and ".join([*joined, *([f"not {_any(excluded)}"] if excluded else [])])


def _selection(maps: Selection) -> str:
    written = [" and ".join(map(_test, tests)) for tests in maps]
    if len(written) > 1:
        return _any([f"({each})" if " and " in each else each for each in written])
    return f"({written[0]})" if len(maps[0]) > 1 else written[0]


def _any(parts: Sequence[str]) -> str:
    return f"({' or '.join(parts)})" if len(parts) > 1 else parts[0]


_WORDS = {"contains": "contains", "ends": "ends with", "starts": "starts with"}


def _test(test: Test) -> str:
    field = test.field.ours
    match test.how:
        case "is" if len(test.values) == 1:
            return f"{field} is {_raw(test.values[0])}"
        case "is" | "network":
            return f"{field} in {_list(map(_raw, test.values))}"
        case "number":
            return f"{field} in {_list(test.values)}"
        case "missing" | "empty":
            return f"{field} is missing"
        case "matches" | "like":
            return f"{field} {test.how} {_raw(test.values[0])}"
        case "windash":
            return f"{field} contains any {_list(map(_raw, _dashed(test.values)))}"
        case _ if len(test.values) == 1:
            return f"{field} {_WORDS[test.how]} {_raw(test.values[0])}"
        case _:
            how = f"{_WORDS[test.how]} {'all' if test.every else 'any'}"
            return f"{field} {how} {_list(map(_raw, test.values))}"


def _dashed(values: Iterable[str]) -> Iterator[str]:
    for value in values:
        yield from (value.replace("-", dash, 1) for dash in _DASHES)


def _list(values: Iterable[str]) -> str:
    written = list(values)
    return f"({', '.join(written)})" if len(written) < 6 else _lines(written)


def _lines(values: Sequence[str]) -> str:
    return "(\n" + "".join(f"      {value},\n" for value in values) + "    )"


def _raw(text: str) -> str:
    return f"'{text}'"


def _tests(made: Detection) -> Iterator[str]:
    facts = _facts(made)
    if _is_shut_out(made, facts):
        return
    yield '\n  test "what it looks for" fires {'
    yield from (f"    {field} = {value}" for field, value in facts.items())
    yield "  }"
    yield '  test "something else" silent {'
    yield f"    {made.selections[0][0][0].field.ours} = {_other(made.selections[0][0][0])}"
    yield "  }"


def _is_shut_out(made: Detection, facts: Mapping[str, str]) -> bool:
    """Whether a filter has by chance a value that is in FACTS: once in a thousand rules."""
    values = [v for f in made.filters for tests in f for test in tests for v in test.values]
    return any(value in fact for value in values for fact in facts.values())


def _other(test: Test) -> str:
    return {"network": "'10.0.0.1'", "number": "0"}.get(test.how, "'_'")


def _facts(made: Detection) -> dict[str, str]:
    """Make an event that the selections hold for and no filter does."""
    tests = [test for selection in _needed(made) for test in selection[0]]
    facts = {
        field: _value([test for test in tests if test.field.ours == field])
        for field in dict.fromkeys(test.field.ours for test in tests)
    }
    absent = (test for test in made.tests() if test.how in {"missing", "empty"})
    return {**{test.field.ours: "'_'" for test in absent}, **facts}


def _needed(made: Detection) -> tuple[Selection, ...]:
    """Take as many selections as are enough, the first ones."""
    match made.shape:
        case "1 of" | "or":
            return made.selections[:1]
        case "and (or)" if len(made.selections) > 1:
            return made.selections[:-1]
        case _:
            return made.selections


def _value(tests: Sequence[Test]) -> str:
    """Put the samples of TESTS of one field together: what begins it first, what ends it last."""
    places: dict[str, int] = {"starts": 0, "ends": 2}
    ordered = sorted(tests, key=lambda test: places.get(test.how, 1))
    text = "".join(test.sample for test in ordered)
    return text if tests[0].how == "number" else _raw(text)


# --- Sigma


_LOGSOURCES = {
    "process.start": "process_creation",
    "registry.set": "registry_set",
    "file.create": "file_event",
    "library.load": "image_load",
    "network.connect": "network_connection",
    "dns.query": "dns_query",
}


def sigma(made: Detection) -> str:
    """Write MADE as a Sigma rule."""
    named = _named(made)
    return "\n".join(
        (
            f"title: {made.title}",
            f"id: {made.id}",
            "status: test",
            f"description: {_description(made)}",
            "references:",
            f"    - {_reference(made)}",
            "author: A. Nalyst",
            f"date: {_WRITTEN}",
            "tags:",
            f"    - attack.{made.technique.lower()}",
            "logsource:",
            "    product: windows",
            f"    category: {_LOGSOURCES[made.event]}",
            "detection:",
            *(line for name, maps in named.items() for line in _block(name, maps)),
            f"    condition: {_joined(made, list(named))}",
            "falsepositives:",
            "    - Administrative scripts",
            f"level: {made.level}",
            "",
        )
    )


def _named(made: Detection) -> dict[str, Selection]:
    """Name the selections and filters as authors do."""
    one = len(made.selections) == 1
    chosen = {
        "selection" if one else f"selection_{number}": maps
        for number, maps in enumerate(made.selections)
    }
    several = len(made.filters) > 1
    filters = {
        f"filter_main_{number}" if several else "filter": maps
        for number, maps in enumerate(made.filters)
    }
    return chosen | filters


def _joined(made: Detection, names: Sequence[str]) -> str:
    chosen = names[: len(made.selections)]
    match made.shape:
        case _ if len(chosen) == 1:
            joined = chosen[0]
        case "all of" | "1 of":
            joined = f"{made.shape} selection_*"
        case "or":
            joined = _any(chosen) if made.filters else " or ".join(chosen)
        case "and (or)":
            joined = " and ".join((*chosen[:-2], _any(chosen[-2:])))
        case _:
            joined = " and ".join(chosen)
    if len(made.filters) > 1:
        return f"{joined} and not 1 of filter_main_*"
    return f"{joined} and not filter" if made.filters else joined


def _block(name: str, maps: Selection) -> Iterator[str]:
    yield f"    {name}:"
    for tests in maps:
        several = len(maps) > 1
        for place, test in enumerate(tests):
            margin = ("        - " if not place else "          ") if several else "        "
            yield from _item(test, margin)


_MODIFIERS = {
    "contains": "|contains",
    "ends": "|endswith",
    "starts": "|startswith",
    "matches": "|re",
    "network": "|cidr",
    "windash": "|windash|contains",
}


def _item(test: Test, margin: str) -> Iterator[str]:
    every = "|all" if test.every else ""
    key = f"{margin}{test.field.sigma}{_MODIFIERS.get(test.how, '')}{every}:"
    scalar: Callable[[str], str] = str if test.how == "number" else _raw
    match test.how, test.values:
        case "missing", _:
            yield f"{key} null"
        case "empty", _:
            yield f"{key} ''"
        case _, [value]:
            yield f"{key} {scalar(value)}"
        case _:
            yield key
            margin = re.sub(r"\S", " ", margin)
            yield from (f"{margin}    - {scalar(value)}" for value in test.values)
