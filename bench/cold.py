"""Cold start: one rule compiled by `tocsin` and one converted by `sigma`, whole processes in turn.

Makes two environments in a temporary folder (so that both are installed alike), runs the commands
A B A B … and prints medians and the ratio of each pair. Not a test: figures depend on the machine.

    python bench/cold.py [--runs 15]
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RULE = "rules/execution/node_load_dir_res.rule"
PEER = ["sigma-cli==3.1.0", "pysigma-backend-kusto==1.0.1", "pysigma-backend-splunk==2.1.0"]
SIGMA = r"""title: Inline JavaScript Execution Via Node.EXE
status: test
logsource: {category: process_creation, product: windows}
detection:
    selection:
        Image|endswith: ['\neutralino.exe', '\node.exe']
        CommandLine|contains: '--load-dir-res'
    filter:
        Image|startswith: ['C:\Program Files\', 'C:\Program Files (x86)\']
    condition: selection and not filter
"""


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs: int = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        ours = _environment(Path(folder) / "ours", [str(ROOT)])
        peer = _environment(Path(folder) / "peer", PEER)
        sigma_rule = Path(folder) / "rule.yml"
        sigma_rule.write_text(SIGMA, encoding="utf-8")
        tocsin = [str(ours / "tocsin"), "compile", RULE, "-t", "kql"]
        sigma = [str(peer / "sigma"), "convert", str(sigma_rule), "-t"]
        _compare(
            "sigma, to KQL for Defender XDR", tocsin, [*sigma, "kusto", "-p", "microsoft_xdr"], runs
        )
        _compare(
            "sigma, to SPL, no pipeline", tocsin, [*sigma, "splunk", "--without-pipeline"], runs
        )
        _compare("tocsin --version", tocsin, [str(ours / "tocsin"), "--version"], runs)


def _environment(folder: Path, packages: list[str]) -> Path:
    venv.create(folder, with_pip=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *packages]
    subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
    return folder / "bin"


def _compare(name: str, ours: list[str], other: list[str], runs: int) -> None:
    for command in (ours, other):
        _time(command)  # fills the file cache, and ours of grammar tables
    pairs = [(_time(ours), _time(other)) for _ in range(runs)]
    mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    sys.stdout.write(
        f"tocsin compile -t kql {mine * 1000:6.0f} ms   {name} {theirs * 1000:6.0f} ms   "
        f"ratio {ratio:.2f}  (medians of {runs} pairs)\n"
    )


def _time(command: list[str]) -> float:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
