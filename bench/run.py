"""Measure: `python bench/run.py NAME… [--rules N] [--runs K] [--json FILE]`.

Prints a Markdown table. Not a test: figures depend on the machine and on what else it does, so
ratios count, and each is taken of runs that stood side by side. docs/performance.md has the method.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benches import BENCHES, Plan
from measuring import Row, as_data, table
from tools import Tools, installed


def main() -> None:
    """Run the benches that are named, or all, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--rules", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--large", action="store_true", help="scaling to 100,000 rules")
    parser.add_argument("--json", type=Path, help="write the rows here too")
    parser.add_argument("--folder", type=Path, help="work here; environments are kept in it")
    parser.add_argument("--ours", type=Path, help="a folder with `tocsin`, already installed")
    parser.add_argument("--peer", type=Path, help="a folder with `sigma`, already installed")
    given = parser.parse_args()
    names: list[str] = given.names or list(BENCHES)
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        parser.error(f"no such bench: {', '.join(unknown)}; known: {', '.join(BENCHES)}")
    with tempfile.TemporaryDirectory() as temporary:
        folder: Path = given.folder or Path(temporary)
        both = given.ours and given.peer
        tools = Tools(given.ours, given.peer) if both else installed(folder / "environments")
        plan = Plan(tools, folder / "work", given.rules, given.runs, given.large)
        rows = _measured(plan, names)
    sys.stdout.write("\n" + table(rows))
    if given.json:
        given.json.write_text(json.dumps(as_data(rows), indent=2) + "\n", encoding="utf-8")


def _measured(plan: Plan, names: list[str]) -> list[Row]:
    rows: list[Row] = []
    for name in names:
        for row in BENCHES[name](plan.below(name)):
            rows.append(row)
            sys.stderr.write(f"{row.bench}: {row.what}: {row.seconds:.3f} s  {row.ratio}\n")
    return rows


if __name__ == "__main__":
    main()
