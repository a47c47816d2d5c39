"""Sigma rules in the file layout of SigmaHQ's repository."""

from collections.abc import Iterator, Mapping, Sequence

from tocsin.backend import Lowered
from tocsin.diagnostics import Diagnostic
from tocsin.format import File, Publication, Query, Release, Wanted, beyond
from tocsin.schema import Table

NAME = "sigma"
_LONGEST = 70  # characters of a file name (SigmaHQ, "Rule Creation Guide", "Filename")

# How the name of a file begins, by the category of its log source (SigmaHQ, "sigmahq-filename").
_PREFIXES = {
    "process_creation": "proc_creation",
    "process_access": "proc_access",
    "network_connection": "net_connection",
    "ps_script": "posh_ps",
}


class Sigma:
    """A file for each rule and log source, of one document or of a correlation's several."""

    about = "Sigma rules and correlations, in SigmaHQ's folders"
    wanted = (Wanted("sigma", "sigma"),)

    def publish(self, releases: Sequence[Release], settings: Table) -> Publication:
        """Put every rule where SigmaHQ would; there is nothing to set."""
        settings.only()
        files: list[File] = []
        found: list[Diagnostic] = []
        for release in releases:
            queries = release.of("sigma")
            for query in queries:
                folder, name = _place(query, several=len(queries) > 1)
                if len(name) > _LONGEST:
                    found.append(
                        beyond(release, NAME, f"the file name {name}", len(name), _LONGEST)
                    )
                data = query.text.encode("utf-8")
                files.append(File(f"{folder}/{name}", data, (release.rule.name,)))
        return Publication(tuple(files), tuple(found))


def _place(query: Query, *, several: bool) -> tuple[str, str]:
    """Say in which folder a rule lies, and under which name."""
    rule = query.lowered.rule
    sources = list(dict.fromkeys(_folders(query.lowered)))
    product, folder, prefix = sources[-1]  # what alerts: the last step's
    schedule = rule.schedule
    hunts = schedule is not None and schedule.every is None
    top = "rules-threat-hunting" if hunts else "rules"
    source = f"_{query.lowered.sources[0].name}" if several else ""
    return f"{top}/{product}/{folder}", f"{prefix}_{rule.name}{source}.yml"


def _folders(lowered: Lowered) -> Iterator[tuple[str, str, str]]:
    for part in lowered.parts or (lowered,):
        for place in part.places:
            yield _of_source(place.logsource)


def _of_source(logsource: Mapping[str, str]) -> tuple[str, str, str]:
    """Name product, folder and beginning of the file name of a log source."""
    product = logsource.get("product", "generic")
    kind = logsource.get("category") or logsource.get("service") or "other"
    short = "win" if product == "windows" else product
    if "category" not in logsource:
        return product, f"builtin/{kind}", f"{short}_{kind}"
    return product, kind, f"{_PREFIXES.get(kind, kind)}_{short}"


SIGMA = Sigma()
