"""Every engine agrees with the reference meaning on rules and events that nobody has chosen.

`pytest tests/differential/test_generated.py --comparisons 100000 --seed 7 -n 2` looks longer, and
elsewhere.
"""

from collections.abc import Callable
from math import ceil

import pytest

from differential.campaign import campaign
from differential.harness import TARGETS

SHARDS = 8


@pytest.mark.parametrize("shard", range(SHARDS))
def test_generated_rules_mean_the_same_on_every_engine(
    shard: int, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    wanted, seed = (
        int(str(request.config.getoption(name))) for name in ("--comparisons", "--seed")
    )
    comparisons, number = ceil(wanted / SHARDS), seed * SHARDS + shard

    tally = campaign(number, comparisons)

    record_property("comparisons", tally.comparisons)
    assert tally.comparisons >= comparisons
    assert all(tally.compared[target] for target in TARGETS)
    # Queries that find nothing would agree with anything.
    assert tally.found.total() > tally.comparisons / 4
