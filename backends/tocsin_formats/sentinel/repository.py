"""Rules as the Azure-Sentinel repository keeps them: a YAML file each, by the table they read."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tocsin.diagnostics import Diagnostic
from tocsin.format import File, Publication, Release, Wanted, untold
from tocsin.schema import Table
from tocsin_formats import schemas, yaml_text
from tocsin_formats.sentinel.content import Content, contents, schema_problems
from tocsin_formats.sentinel.documents import LOOKBACK, entity_mappings, incidents
from tocsin_formats.sentinel.durations import short
from tocsin_formats.sentinel.settings import Settings, read
from tocsin_formats.sentinel.vocabulary import Source, sources

NAME = "sentinel-yaml"
_RULE = Path(__file__).parent / "analytics_rule.schema.json"
_HUNT = Path(__file__).parent / "hunting_query.schema.json"
_SEVERAL = "MultipleDataSources"  # the repository's folder for rules on more than one table


class SentinelYaml:
    """A file for each rule and source: an analytics rule, or a hunting query for `hunt`."""

    about = "Sentinel analytics rules and hunting queries, in Azure-Sentinel's folders"
    wanted = (Wanted("kql", "kql"),)

    def publish(self, releases: Sequence[Release], settings: Table) -> Publication:
        """Write every rule, and read it back."""
        chosen = read(settings, "connectors")
        files: list[File] = []
        found: list[Diagnostic] = []
        for release in releases:
            made, problems = contents(release, NAME, chosen)
            found += problems
            for content in made:
                tables = _tables(content, chosen)
                document = _document(content, tables, chosen)
                text = yaml_text.written(document, indented=True)
                back = yaml_text.read(text)
                schema = _RULE if content.schedule else _HUNT
                against = schemas.problems(schema, back)
                if back != document:
                    against.append("it does not read back as it was written")
                found += schema_problems(content, NAME, against)
                found += _unknown(content, tables)
                files.append(File(_path(content), text.encode("utf-8"), (release.rule.name,)))
        return Publication(tuple(files), tuple(found))


def _tables(content: Content, settings: Settings) -> dict[str, Source | None]:
    """Find what is known of the tables that a query reads, from the project first."""
    own = settings.connectors or {}
    return {
        table: Source((own[table],), table) if table in own else sources().get(table)
        for table in content.tables
    }


def _unknown(content: Content, tables: Mapping[str, Source | None]) -> list[Diagnostic]:
    why = f"`[publish.{NAME}.connectors]` says which connector fills a table"
    return [
        untold(content.release, NAME, f"the connector of {table}", why)
        for table, source in tables.items()
        if source is None
    ]


def _path(content: Content) -> str:
    """Say where the repository has such a rule."""
    top = "Detections" if content.schedule else "Hunting Queries"
    table, *others = content.tables
    name = content.release.rule.name + (f"_{content.source}" if content.source else "")
    return f"{top}/{_SEVERAL if others else _folder(table)}/{name}.yaml"


def _folder(table: str) -> str:
    """Name the folder for rules on TABLE; one of the project may be called as no folder can be."""
    known = sources().get(table)
    return known.folder if known else re.sub(r"[^\w-]+", "_", table)


# --- the document, in the repository's order of keys


def _document(
    content: Content, tables: Mapping[str, Source | None], settings: Settings
) -> dict[str, object]:
    schedule = content.schedule
    rule: dict[str, object] = {
        "id": content.id,
        "name": content.name,
        "description": f"{content.description}\n",
    }
    if schedule:
        rule["severity"] = content.severity
    rule["requiredDataConnectors"] = _connectors(tables)
    if schedule:
        rule["queryFrequency"] = short(schedule.frequency)
        rule["queryPeriod"] = short(schedule.period)
        rule["triggerOperator"] = "gt"
        rule["triggerThreshold"] = 0
    rule |= _described(content)
    rule["query"] = content.query
    if content.mappings:
        rule["entityMappings"] = entity_mappings(content)
    if schedule:
        rule["eventGroupingSettings"] = {"aggregationKind": str(content.grouping)}
        if settings.matching:
            rule["incidentConfiguration"] = incidents(settings.matching, short(LOOKBACK))
    rule["version"] = content.version
    if schedule:
        rule["kind"] = "Scheduled"
    return rule


def _described(content: Content) -> dict[str, object]:
    tags = content.release.rule.meta.tags
    lists = {
        "tactics": content.tactics,
        "relevantTechniques": content.techniques,
        "tags": tags,
    }
    return {name: list(items) for name, items in lists.items() if items}


def _connectors(tables: Mapping[str, Source | None]) -> list[dict[str, object]]:
    """Name each connector with the tables that it fills."""
    filled: dict[str, list[str]] = {}
    for table, source in tables.items():
        for connector in source.connectors if source else ():
            filled.setdefault(connector, []).append(table)
    return [{"connectorId": name, "dataTypes": types} for name, types in filled.items()]


SENTINEL_YAML = SentinelYaml()
