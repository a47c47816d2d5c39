"""docs/fidelity.md says what the code, the cases and the last count say."""

import json
from pathlib import Path

from differential.page import page

ROOT = Path(__file__).parent.parent


def test_the_page_is_as_the_script_writes_it() -> None:
    counts = json.loads((ROOT / "tests/differential/tally.json").read_text(encoding="utf-8"))

    assert (ROOT / "docs/fidelity.md").read_text(encoding="utf-8") == page(counts)


def test_the_page_speaks_of_a_long_count() -> None:
    counts = json.loads((ROOT / "tests/differential/tally.json").read_text(encoding="utf-8"))

    assert sum(counts["compared"].values()) >= 100_000
    assert all(counts["compared"][target] > 10_000 for target in ("eql", "kql", "sigma", "spl"))
