"""Write docs/fidelity.md: what each operator becomes on each target, and how far that is proved.

    python scripts/fidelity.py                      # the page anew, from the last count
    python scripts/fidelity.py --comparisons 100000 # count anew: run, compare, write both

What was counted stands in tests/differential/tally.json. Without a disagreement, that is: the first
one ends the run and is shown.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from math import ceil
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from differential.page import page  # noqa: E402 - it is found through the line above

PAGE = ROOT / "docs" / "fidelity.md"
TALLY = ROOT / "tests" / "differential" / "tally.json"
_SHARD = 1_000  # comparisons: one turn of a worker

Counts = dict[str, dict[str, int]]


def main() -> None:
    """Read the arguments, count if that is wanted, write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--comparisons", type=int, default=0, help="count anew, so many")
    parser.add_argument("--seed", type=int, default=1, help="where the generated rules begin")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    given = parser.parse_args()
    if given.comparisons:
        counted = count(given.comparisons, given.seed, given.workers)
        counted["before"] = json.loads(TALLY.read_text(encoding="utf-8"))["before"]
        TALLY.write_text(json.dumps(counted, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    PAGE.write_text(page(json.loads(TALLY.read_text(encoding="utf-8"))), encoding="utf-8")


def count(comparisons: int, seed: int, workers: int) -> Counts:
    """Run so many comparisons, and add up what the workers have seen."""
    shards = ceil(comparisons / _SHARD)
    total: Counts = {}
    with ProcessPoolExecutor(workers) as pool:
        numbers = range(seed * 10_000, seed * 10_000 + shards)
        for done, counted in enumerate(pool.map(_shard, numbers), 1):
            _add(total, counted)
            print(f"{done} of {shards}: {sum(total['compared'].values())} comparisons", flush=True)
    return total


def _shard(number: int) -> Counts:
    """Compare all targets by one rule, or in every second turn one source by rules of its own."""
    from differential.campaign import campaign, campaign_of
    from differential.harness import TARGETS, engine_of, sources_of

    if number % 2:
        sources = [source for target in TARGETS for source in sources_of(target).values()]
        source = sources[number // 2 % len(sources)]
        return campaign_of(source, engine_of(source.target), number, _SHARD).counts()
    return campaign(number, _SHARD).counts()


def _add(total: Counts, more: Mapping[str, Mapping[str, int]]) -> None:
    for kind, counts in more.items():
        into = total.setdefault(kind, {})
        for name, number in counts.items():
            into[name] = into.get(name, 0) + number


if __name__ == "__main__":
    main()
