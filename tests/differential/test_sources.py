"""Each source by its own map: generated events as it keeps them, generated rules within its fields.

A source that joins others in one query stands here alone; test_generated.py has them together.
"""

from math import ceil

import pytest

from differential.campaign import campaign_of
from differential.harness import engine_of
from tocsin.profiles import load_source, source_names


@pytest.mark.parametrize("name", source_names())
def test_rules_mean_the_same_over_each_source(name: str, request: pytest.FixtureRequest) -> None:
    source = load_source(name)
    wanted, seed = (
        int(str(request.config.getoption(option))) for option in ("--comparisons", "--seed")
    )
    comparisons = ceil(wanted / 40)

    tally = campaign_of(source, engine_of(source.target), seed, comparisons)

    assert tally.by_source[name] >= comparisons
    # Queries that find nothing would agree with anything.
    assert tally.found.total() > tally.comparisons / 4
