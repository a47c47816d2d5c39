"""The Elastic sources of target eql, read by another language: the columns are the same."""

from functools import cache
from pathlib import Path

from tocsin.profiles import Source, load_source, read_source

_FOLDER = Path(__file__).parent / "profiles"
OTHERS = (
    *("elastic_endgame", "elastic_windows_security", "elastic_sysmon", "elastic_m365_defender"),
    *("elastic_sentinelone", "elastic_crowdstrike"),
)


@cache
def read(name: str) -> Source:
    """Read a source; what tells the events of a class stands in this target's own words."""
    return read_source(_FOLDER / name, over=load_source(name))
