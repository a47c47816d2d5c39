"""Elastic's rules: the TOML of its repository detection-rules, and what Kibana imports."""

import json
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from tocsin import model
from tocsin.diagnostics import Diagnostic
from tocsin.format import File, Publication, Release, Wanted, beyond, lacks, refused
from tocsin.schema import Table
from tocsin_formats import schemas
from tocsin_formats.elastic import ndjson, settings, toml
from tocsin_formats.elastic.new_terms import NEW_TERMS
from tocsin_formats.elastic.rule import artefacts, problems

_FOLDER = Path(__file__).parent
_WANTED = (
    Wanted("eql", "eql"),
    Wanted("esql", "esql"),
    Wanted("new_terms", "eql", NEW_TERMS, (model.FirstSeen,)),
)


class ElasticToml:
    """A file for each rule and query, in detection-rules' folders."""

    about = "rules in the TOML of elastic/detection-rules"
    wanted = _WANTED
    name = "elastic-toml"

    def publish(self, releases: Sequence[Release], table: Table) -> Publication:
        """Write every rule that has all that detection-rules asks for."""
        own = settings.read(table, runs=False)
        files: list[File] = []
        found: list[Diagnostic] = []
        titles: set[object] = set()
        for release in releases:
            wrong = [*problems(release, self.name), *self._undated(release)]
            for artefact in () if wrong else artefacts(release, own):
                text = toml.text(artefact, toml.content(artefact))
                read = tomllib.loads(text)
                errors = schemas.problems(_FOLDER / "toml.schema.json", read)
                wrong += (refused(release, self.name, each) for each in errors)
                if (title := artefact.fields["name"]) in titles:
                    wrong.append(refused(release, self.name, f"`{title}` is another rule's too"))
                titles.add(title)
                names = (release.rule.name,)
                files.append(File(toml.path(artefact), text.encode("utf-8"), names))
            found += wrong
        return Publication(tuple(files), tuple(found))

    def _undated(self, release: Release) -> Iterator[Diagnostic]:
        if release.rule.meta.created is None:
            yield lacks(release, self.name, "a date of creation", "`created` is a key of `meta`")


class ElasticNdjson:
    """One file with a rule a line, or as many as Kibana's limits take."""

    about = "rules as Kibana imports them, a line each"
    wanted = _WANTED
    name = "elastic-ndjson"

    def publish(self, releases: Sequence[Release], table: Table) -> Publication:
        """Write every rule that has all that Kibana asks for."""
        own = settings.read(table, runs=True)
        lines: list[tuple[str, str]] = []
        found: list[Diagnostic] = []
        for release in releases:
            wrong = [*problems(release, self.name)]
            for artefact in () if wrong else artefacts(release, own):
                line = ndjson.line(ndjson.content(artefact, own))
                errors = schemas.problems(_FOLDER / "ndjson.schema.json", json.loads(line))
                wrong += (refused(release, self.name, each) for each in errors)
                if (size := len(line.encode("utf-8"))) > ndjson.MOST_BYTES:
                    most = ndjson.MOST_BYTES
                    wrong.append(beyond(release, self.name, "the rule", size, most, "bytes"))
                lines.append((release.rule.name, line))
            found += wrong
        files = (File(*each) for each in ndjson.files(lines)) if lines else ()
        return Publication(tuple(files), tuple(found))


TOML = ElasticToml()
NDJSON = ElasticNdjson()
