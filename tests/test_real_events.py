"""The pack over recorded events, where there are any: TOCSIN_EVENTS names their folder."""

import gzip
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tocsin import pipeline, registry
from tocsin.match import match

EVENTS = Path(os.environ.get("TOCSIN_EVENTS", "events"))
RULES = Path(__file__).parent.parent / "rules"

Place = tuple[str, int]  # file, line from 1


@pytest.fixture(scope="module")
def files() -> list[Path]:
    found = sorted(EVENTS.glob("*.ndjson.gz"))
    if not found:
        pytest.skip(f"no events in {EVENTS}: name their folder in TOCSIN_EVENTS")
    return found


@pytest.fixture(scope="module")
def fired(files: list[Path]) -> list[tuple[str, Place]]:
    """Run the pack over everything: the rule of each match, and where its last event stands."""
    rules = pipeline.read([RULES], registry.names()).rules
    complaints: list[str] = []
    matches = list(match(rules, list(map(str, files)), complaints.append))
    assert all("no `@timestamp`" in each for each in complaints)
    return [(str(each["rule"]), last(each["events"])) for each in matches]


def last(events: object) -> Place:
    assert isinstance(events, list)
    return str(events[-1]["file"]), int(events[-1]["line"])


def of_node(files: list[Path]) -> Iterator[tuple[Place, str]]:
    """Find the events in which node.exe is the process or its parent, and their command lines."""
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                process = json.loads(line).get("process", {})
                names = (process.get("name"), process.get("parent", {}).get("name"))
                if "node.exe" in names:
                    yield (str(file), number), process["command_line"]


def test_the_pack_fires_so_often_and_no_more(fired: list[tuple[str, Place]]) -> None:
    assert Counter(rule for rule, _ in fired) == {
        "node_spawns_shell": 7,  # every shell that node.exe started
        "node_supply_chain_worm": 5,  # the worm's steps, a scanner, a bad version
        "node_downloads_payload": 1,  # `irm bun.sh/install.ps1|iex`
        "node_agent_skill": 1,  # `npx skills add`
    }


def test_every_event_of_node_is_found(files: list[Path], fired: list[tuple[str, Place]]) -> None:
    events = dict(of_node(files))

    assert len(events) == 10
    assert set(events) == {place for _, place in fired}


def test_nothing_fires_on_what_has_no_node_in_it(
    files: list[Path], fired: list[tuple[str, Place]]
) -> None:
    events = dict(of_node(files))

    assert {place for _, place in fired} <= set(events)
