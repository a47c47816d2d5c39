"""docs/fidelity.md says what the code, the cases and the last count say."""

import json
from pathlib import Path

from differential.campaign import label
from differential.harness import TARGETS, sources_of
from differential.page import page

ROOT = Path(__file__).parent.parent


def test_the_page_is_as_the_script_writes_it() -> None:
    counts = json.loads((ROOT / "tests/differential/tally.json").read_text(encoding="utf-8"))

    assert (ROOT / "docs/fidelity.md").read_text(encoding="utf-8") == page(counts)


def test_no_target_and_no_source_is_left_uncounted() -> None:
    counts = json.loads((ROOT / "tests/differential/tally.json").read_text(encoding="utf-8"))

    assert counts["compared"].keys() == set(TARGETS)
    named = {label(target, name) for target in TARGETS for name in sources_of(target)}
    assert named <= counts["by_source"].keys()


def test_the_page_speaks_of_a_long_count() -> None:
    counts = json.loads((ROOT / "tests/differential/tally.json").read_text(encoding="utf-8"))
    before, compared = counts["before"], counts["compared"]
    counted = {target: before.get(target, 0) + compared[target] for target in TARGETS}

    assert sum(counted.values()) >= 100_000
    # A target that came after the long count has been counted by itself alone.
    assert all(counted[target] > 10_000 for target in before)
    assert all(counted[target] > 500 for target in TARGETS)
