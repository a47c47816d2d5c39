"""The pack over recorded events, where there are any: TOCSIN_EVENTS names their folder."""

import os
from collections import Counter
from pathlib import Path

import pytest

from tocsin import pipeline
from tocsin.match import match

EVENTS = Path(os.environ.get("TOCSIN_EVENTS", "events"))
RULES = Path(__file__).parent.parent / "rules"


def test_the_pack_fires_on_node_and_on_nothing_else() -> None:
    files = [str(path) for path in sorted(EVENTS.glob("*.process.ndjson.gz"))]
    if not files:
        pytest.skip(f"no events in {EVENTS}: name their folder in TOCSIN_EVENTS")
    rules = pipeline.read([RULES], ("eql", "kql", "sigma", "spl")).rules
    complaints: list[str] = []

    found = Counter(str(each["rule"]) for each in match(rules, files, complaints.append))

    # Eight recorded processes have node.exe for a parent; seven of them are shells.
    assert found == {"node_spawns_shell": 7}
    assert all("no `@timestamp`" in each for each in complaints)
