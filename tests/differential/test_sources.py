"""Each source by its own map: generated events as it keeps them, generated rules within its fields.

A source that joins others in one query stands here alone; test_generated.py has them together.
"""

from math import ceil

import pytest

from differential.campaign import campaign_of, label
from differential.harness import TARGETS, engine_of, source_of, sources_of

SOURCES = [(target, name) for target in TARGETS for name in sources_of(target)]


@pytest.mark.parametrize(("target", "name"), SOURCES)
def test_rules_mean_the_same_over_each_source(
    target: str, name: str, request: pytest.FixtureRequest
) -> None:
    source = source_of(target, name)
    wanted, seed = (
        int(str(request.config.getoption(option))) for option in ("--comparisons", "--seed")
    )
    comparisons = ceil(wanted / 40)

    tally = campaign_of(source, engine_of(target), seed, comparisons)

    assert tally.by_source[label(target, name)] >= comparisons
    # Queries that find nothing would agree with anything.
    assert tally.found.total() > tally.comparisons / 4
