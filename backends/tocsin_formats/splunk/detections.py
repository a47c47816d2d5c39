"""Detections and macros in the folders of a contentctl project, as security_content is one."""

from collections.abc import Sequence
from pathlib import Path

from tocsin.diagnostics import Diagnostic
from tocsin.format import File, Publication, Release, Wanted, refused
from tocsin.schema import Table
from tocsin_formats import schemas, yaml_text
from tocsin_formats.splunk.detection import NAME, Detection, detection, faults, name_of
from tocsin_formats.splunk.search import clash, described
from tocsin_formats.splunk.settings import YamlSettings, yaml_settings

_FOLDER = Path(__file__).parent


class SplunkYaml:
    """A file for each rule and source in `detections/`, and one for each macro in `macros/`."""

    about = "detections and macros for contentctl, in security_content's folders"
    wanted = (Wanted("spl", "spl"),)

    def publish(self, releases: Sequence[Release], settings: Table) -> Publication:
        """Write every rule as a detection; a fault of one leaves the others' told."""
        chosen = yaml_settings(settings)
        files: dict[str, File] = {}
        macros: dict[str, str] = {}
        found: list[Diagnostic] = []
        for release in releases:
            for made in _detections(release, chosen):
                if isinstance(made, Diagnostic):
                    found.append(made)
                    continue
                path = f"detections/endpoint/{made.stem}.yml"
                problem = clash(macros, made.made)
                if not problem and path in files:
                    problem = f"another rule has the file {path}"
                if problem:
                    found.append(refused(release, NAME, problem))
                    continue
                text = yaml_text.written(made.values)
                found += _problems(release, made.values, text)
                files[path] = File(path, text.encode("utf-8"), (release.rule.name,))
                macros |= made.made.macros
        return Publication((*files.values(), *_macros(macros)), tuple(found))


def _detections(release: Release, settings: YamlSettings) -> list[Detection | Diagnostic]:
    queries = release.of("spl")
    made: list[Detection | Diagnostic] = []
    for query in queries:
        part = query.lowered.sources[0].name if len(queries) > 1 else ""
        wrong = list(faults(release, name_of(release, part, settings)))
        made += wrong or [detection(release, query, part, settings)]
    return list(dict.fromkeys(made))


def _problems(release: Release, values: dict[str, object], text: str) -> list[Diagnostic]:
    """Read a file back, and hold it against VALUES and what contentctl's model has."""
    back = yaml_text.read(text)
    problems = schemas.problems(_FOLDER / "detection.schema.json", back)
    if back != values:
        problems.append("it does not read back as it was written")
    return [refused(release, NAME, each) for each in problems]


def _macros(macros: dict[str, str]) -> list[File]:
    files = []
    for name, definition in sorted(macros.items()):
        values = {"definition": definition, "description": described(name), "name": name}
        text = yaml_text.written(values)
        wrong = schemas.problems(_FOLDER / "macro.schema.json", yaml_text.read(text))
        assert not wrong, wrong
        files.append(File(f"macros/{name}.yml", text.encode("utf-8"), ()))
    return files


SPLUNK_YAML = SplunkYaml()
