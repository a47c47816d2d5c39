"""Sigma rules in the file layout of SigmaHQ's repository."""

from collections.abc import Iterator, Mapping, Sequence

from tocsin import model
from tocsin.backend import Lowered
from tocsin.diagnostics import Diagnostic
from tocsin.format import File, Publication, Query, Release, Wanted, beyond
from tocsin.frozen import replace
from tocsin.schema import Table
from tocsin_backends.sigma import SIGMA as TARGET

NAME = "sigma"
_LONGEST = 90  # characters of a file name (pySigma's validators for SigmaHQ, "filename")

# How the name of a file begins, by the category of its log source (the same validators).
_PREFIXES = {
    "process_creation": "proc_creation",
    "process_access": "proc_access",
    "network_connection": "net_connection",
    "ps_script": "posh_ps",
}
_SYSTEMS = {"windows": "win", "linux": "lnx"}


class Sigma:
    """A file for each rule and log source; a correlation lies with the rules that it refers to."""

    about = "Sigma rules and correlations, in SigmaHQ's folders"
    wanted = (Wanted("sigma", "sigma"),)

    def publish(self, releases: Sequence[Release], settings: Table) -> Publication:
        """Put every rule where SigmaHQ would; there is nothing to set."""
        settings.only()
        files: list[File] = []
        found: list[Diagnostic] = []
        for release in releases:
            for path, text in _files(release):
                name = path.rpartition("/")[2]
                if len(name) > _LONGEST:
                    what = f"the file name {name}"
                    found.append(beyond(release, NAME, what, len(name), _LONGEST))
                files.append(File(path, text.encode("utf-8"), (release.rule.name,)))
        return Publication(tuple(files), tuple(found))


def _files(release: Release) -> Iterator[tuple[str, str]]:
    """Name the files of a rule, each with its text."""
    queries = release.of("sigma")
    for query in queries:
        rule, lowered = release.rule.name, query.lowered
        stem = f"{rule}_{lowered.sources[0].name}" if len(queries) > 1 else rule
        if isinstance(lowered.body, model.AnyOf):
            documents = _documents(_text(release, query))
            parts = zip(lowered.body.parts, lowered.parts, documents, strict=True)
            for part, each, text in parts:
                folder, prefix = _place(each)
                yield f"{folder}/{prefix}_{stem}_{part.name}.yml", text
        else:
            alerting = lowered.parts[-1] if lowered.parts else lowered
            folder, prefix = _place(alerting)
            if isinstance(lowered.body, model.Summary | model.Sequence):
                prefix = f"correlation_{prefix.rpartition('_')[2]}"
            yield f"{folder}/{prefix}_{stem}.yml", _text(release, query)


def _text(release: Release, query: Query) -> str:
    """Write the query under the id that it has here: a rule over another source is another rule."""
    id_ = release.id_for(query)
    if id_ == release.id:
        return query.text
    rule = query.lowered.rule
    renamed = replace(rule, meta=replace(rule.meta, id=id_))
    return TARGET.query(replace(query.lowered, rule=renamed))


def _documents(text: str) -> list[str]:
    """Take the documents of a file apart: within one, no line begins with `---`."""
    *before, last = text.split("\n---\n")
    return [*(f"{each}\n" for each in before), last]


def _place(lowered: Lowered) -> tuple[str, str]:
    """Say in which folder the rule of one log source lies, and how its file's name begins."""
    schedule = lowered.rule.schedule
    hunts = schedule is not None and schedule.every is None
    top = "rules-threat-hunting" if hunts else "rules"
    product, folder, prefix = _of_source(lowered.places[0].logsource)
    return f"{top}/{product}/{folder}", prefix


def _of_source(logsource: Mapping[str, str]) -> tuple[str, str, str]:
    """Name product, folder and beginning of the file name of a log source."""
    product = logsource.get("product", "generic")
    short = _SYSTEMS.get(product, product)
    category, service = logsource.get("category"), logsource.get("service", "other")
    if category is None:
        return product, f"builtin/{service}", f"{short}_{service}"
    return product, category, f"{_PREFIXES.get(category, category)}_{short}"


SIGMA = Sigma()
