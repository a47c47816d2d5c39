"""Whole processes, their time and their memory; what comes of several runs, as a table."""

import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


class Failed(Exception):
    """A command that was to be measured has failed: there is no figure."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a process, or of several one after the other: wall clock and peak memory."""

    seconds: float
    mebibytes: float

    def then(self, other: "Run") -> "Run":
        """Add a run that followed."""
        peak = max(self.mebibytes, other.mebibytes)
        return Run(self.seconds + other.seconds, peak)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what was run, the medians, how it stands to another, and the goal."""

    bench: str
    what: str
    seconds: float
    mebibytes: float
    ratio: str = ""
    goal: str = ""


def run(command: Sequence[str], folder: Path, cache: Path | None = None) -> Run:
    """Run COMMAND in FOLDER, to its end; what it keeps for the next goes to CACHE, if given."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    if cache:
        environment["XDG_CACHE_HOME"] = str(cache)
    start = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Failed(f"exit code {process.returncode}: {' '.join(command)}")
    return Run(seconds, usage.ru_maxrss / 1024)


def median(runs: Sequence[Run]) -> Run:
    """Take the median of the times, and the highest peak."""
    seconds = statistics.median(each.seconds for each in runs)
    return Run(seconds, max(each.mebibytes for each in runs))


def ratio(ours: Sequence[Run], theirs: Sequence[Run]) -> float:
    """How many times as long THEIRS took: the median over runs that stood side by side."""
    pairs = zip(ours, theirs, strict=True)
    return statistics.median(other.seconds / mine.seconds for mine, other in pairs)


def table(rows: Sequence[Row]) -> str:
    """Write ROWS as Markdown."""
    lines = [
        "| bench | what | median | peak memory | ratio | goal |",
        "|---|---|---:|---:|---:|---|",
        *(
            f"| {each.bench} | {each.what} | {_seconds(each.seconds)} | {each.mebibytes:,.0f} MiB "
            f"| {each.ratio} | {each.goal} |"
            for each in rows
        ),
    ]
    return "\n".join(lines) + "\n"


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def as_data(rows: Sequence[Row]) -> list[dict[str, str | float]]:
    """Return ROWS for a JSON file."""
    return [asdict(each) for each in rows]
