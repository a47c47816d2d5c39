"""The corpus over every source: a rule of each event class, and the seeds, for all that record it.

What a source cannot say has its refusal for a golden file, `.txt`.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from conftest import Check
from gates import eql, esql, kql, sigma, spl
from gates.skip import where_missing
from tocsin import model, pipeline, profiles, registry, render
from tocsin.backend import brought
from tocsin.profiles import SourceClass
from tocsin.schema import class_names

TESTS = Path(__file__).parent
RULES = TESTS.parent / "rules"
GOLDEN = TESTS / "golden" / "sources"
GATES: dict[str, Callable[[str], list[str]]] = {
    "eql": eql.problems,
    "esql": esql.problems,
    "kql": kql.problems,
    "sigma": sigma.problems,
    "spl": spl.problems,
}
CASES = sorted(GOLDEN.glob("*.rule"))
SEEDS = sorted(
    next(RULES.rglob(f"{name}.rule"))
    for name in (
        "node_suspicious_location",
        "node_inline_execution",
        "node_spawns_shell",
        "node_suspicious_execution",
        "node_load_dir_res",
    )
)
JOINT = "eql"  # not a source, but the query that reads all sources of the target
BRINGS = "esql"  # a target that brings its sources along

# SigmaHQ would have its category there; the point of this source is the event itself.
EXPECTED = {("process.start", "sigma_security"): "specific_instead_of_generic_logsource"}

Pair = tuple[Path, str]


def class_of(path: Path) -> str:
    """Cases are named after their class; the seeds are about processes that start."""
    return path.stem.replace("_", ".") if path in CASES else "process.start"


@cache
def sources() -> dict[str, profiles.Source]:
    """Name every source: those that a target brings along have its name before theirs."""
    ours = {name: profiles.load_source(name) for name in profiles.source_names()}
    return ours | {f"{BRINGS}_{each.name}": each for each in brought(registry.load(BRINGS))}


def recorded(name: str, event_class: str) -> SourceClass | None:
    return sources()[name].event_class(event_class)


def readers(path: Path) -> list[str]:
    """Name the sources that record the class of a rule."""
    return [name for name in sources() if recorded(name, class_of(path))]


def target_of(name: str) -> str:
    return JOINT if name == JOINT else sources()[name].target


PAIRS: list[Pair] = [(path, name) for path in [*CASES, *SEEDS] for name in [JOINT, *readers(path)]]


def label(value: Path | str) -> str:
    return value.stem if isinstance(value, Path) else value


def golden_file(path: Path, name: str) -> Path:
    """Find the golden file of a pair: the query, or the refusal if that is what there is."""
    folder = GOLDEN / path.stem
    refused = folder / f"{name}.txt"
    said = folder / f"{name}{registry.load(target_of(name)).suffix}"
    return refused if refused.exists() and not said.exists() else said


@cache
def rules_of(path: Path) -> pipeline.Rules:
    rules = pipeline.read([path.relative_to(TESTS.parent)], registry.names())
    assert not [each for each in rules.diagnostics if each.code.is_error]
    return rules


def outcome(path: Path, name: str) -> tuple[str, str]:
    """Compile a rule over a source: a suffix, and the query or the errors that stand for it."""
    rules, target = rules_of(path), target_of(name)
    backend = registry.load(target)
    (rule,) = rules.rules
    assert model.event_of(rule.body).classes == (class_of(path),)
    wanted = None if name == JOINT else (sources()[name],)
    result = pipeline.render(rule, target, backend, wanted, texts=rules.sources)
    if result.text is not None:
        return backend.suffix, result.text
    errors = [each for each in result.diagnostics if each.code.is_error]
    return ".txt", "\n".join(render.text(each, rules.sources) for each in errors)


@pytest.mark.parametrize(("path", "name"), PAIRS, ids=label)
def test_compile(path: Path, name: str, golden: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TESTS.parent)
    suffix, text = outcome(path, name)

    folder = GOLDEN / path.stem
    folder.mkdir(exist_ok=True)
    golden(folder / f"{name}{suffix}", text)


@pytest.mark.parametrize(("path", "name"), PAIRS, ids=label)
def test_the_real_parser_takes_it(path: Path, name: str) -> None:
    """For KQL Microsoft's binder, so that each column is one of the table's schema."""
    file = golden_file(path, name)
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".txt":
        assert re.match(r"error\[E30\d\]: ", text), "a refusal says why"
        return

    with where_missing():
        problems = GATES[target_of(name)](text)

    expected = EXPECTED.get((class_of(path), name))
    assert [each for each in problems if not (expected and each.startswith(expected))] == []
    assert bool(problems) == bool(expected), "a warning is expected that never comes"


def test_there_is_a_case_for_every_class() -> None:
    assert {class_of(path) for path in CASES} == {*class_names()}


@pytest.mark.parametrize("path", [*CASES, *SEEDS], ids=label)
def test_every_source_of_the_class_has_a_golden_and_no_other(path: Path) -> None:
    files = sorted(file.name for file in (GOLDEN / path.stem).iterdir())

    assert files == sorted(golden_file(path, name).name for name in [JOINT, *readers(path)])


def test_no_golden_is_left_over() -> None:
    stems = {path.stem for path in [*CASES, *SEEDS]}
    folders = {path.name for path in GOLDEN.iterdir() if path.is_dir()}
    files = {path for path in GOLDEN.iterdir() if not path.is_dir()}

    assert folders == stems
    assert files == {*CASES}


def test_only_these_are_refused() -> None:
    refused = [
        (path.stem, name) for path, name in PAIRS if golden_file(path, name).suffix == ".txt"
    ]

    # The data models have no host.id, and a row needs every key; EQL compares keywords, and the
    # integration keeps the text of a script in a column of another type.
    assert sorted(refused) == [
        ("node_load_dir_res", "splunk_cim"),
        ("script_run", "elastic_sysmon"),
    ]


# --- what a reader of these queries expects of every one


def outputs(target: str) -> list[tuple[SourceClass, str]]:
    """List the queries of a target without their headers, each with the class of its source."""
    files = [
        (column, golden_file(path, name))
        for path, name in PAIRS
        if name != JOINT and target_of(name) == target
        for column in [recorded(name, class_of(path))]
        if column is not None
    ]
    return [
        (column, without_header(file.read_text(encoding="utf-8")))
        for column, file in files
        if file.suffix != ".txt"
    ]


def without_header(text: str) -> str:
    """Cut off the comment that a KQL or SPL query begins with."""
    return re.sub(r"\A(?://.*\n|```.*?```\n)*", "", text, flags=re.DOTALL if "```" in text else 0)


def test_every_search_of_raw_events_names_its_index_and_source() -> None:
    searches = [text for column, text in outputs("spl") if not column.datamodel]

    assert len(searches) > 20
    for text in searches:
        first = text.splitlines()[0]
        assert first.startswith("index=")
        assert re.search(r"\b(source|sourcetype)=", first)
        assert "EventCode" in first


def test_every_search_of_a_data_model_reads_summaries() -> None:
    searches = [text for column, text in outputs("spl") if column.datamodel]

    assert len(searches) > 10
    for text in searches:
        assert text.startswith("| tstats summariesonly=")
        assert re.search(r"\bFROM datamodel=\w+\.\w+", text, re.IGNORECASE)


# One branch of these has no text to look for, or none that is told from others.
UNSEARCHED = {
    "xml": {"dns.query", "network.connect"},
    "json": {"dns.query", "network.connect", "process.access", "script.run"},
}


@pytest.mark.parametrize("written", UNSEARCHED)
def test_events_are_searched_as_text_before_they_are_taken_apart(written: str) -> None:
    queries = [each for each in outputs("kql") if each[0].bag and each[0].bag.format == written]
    heads = [(place, re.split("parse_xml|[|] extend", text)[0]) for place, text in queries]
    searched = re.compile(r"(EventData|AdditionalFields) (has|has_any|contains)\b")

    assert {place.event_class for place, text in heads if not searched.search(text)} == UNSEARCHED[
        written
    ]


def test_no_column_is_made_before_rows_are_filtered() -> None:
    queries = outputs("kql")

    assert len(queries) > 50
    for _, text in queries:
        stages = re.split(r"^(?=[|] )", text, flags=re.MULTILINE)
        made: set[str] = set()
        for stage in stages:
            if stage.startswith("| where"):
                assert not made or made & set(re.findall(r"\w+", stage)), text
            elif stage.startswith("| extend"):
                made |= set(re.findall(r"(\w+) = ", stage))
