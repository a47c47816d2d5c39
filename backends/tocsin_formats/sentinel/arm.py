"""Rules as resources of ARM templates, which the portal imports and `az deployment` deploys."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from tocsin.diagnostics import Diagnostic
from tocsin.format import File, Publication, Release, Wanted
from tocsin.schema import Table
from tocsin_formats import schemas
from tocsin_formats.sentinel.content import Content, contents, schema_problems
from tocsin_formats.sentinel.documents import LOOKBACK, entity_mappings, incidents
from tocsin_formats.sentinel.durations import iso
from tocsin_formats.sentinel.settings import Settings, read

NAME = "sentinel-arm"
_SCHEMAS = Path(__file__).parent
_TEMPLATE = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
# The oldest stable version of the type that has all properties below; 2025-09-01 has no others.
_RULE_VERSION = "2023-02-01"
_SEARCH_VERSION = "2020-08-01"
_MOST = (
    50  # rules that the portal imports from a file (Microsoft, "Export and import analytics rules")
)
_WORKSPACES = "Microsoft.OperationalInsights/workspaces"
_INSIGHTS = "Microsoft.SecurityInsights"

Json = Mapping[str, object]


class SentinelArm:
    """Templates with all analytics rules and with all hunting queries, of at most 50 each."""

    about = "Sentinel analytics rules and hunting queries, as ARM templates"
    wanted = (Wanted("kql", "kql"),)

    def publish(self, releases: Sequence[Release], settings: Table) -> Publication:
        """Write every rule as a resource, and read it back."""
        chosen = read(settings, "enabled")
        rules: list[tuple[Content, Json]] = []
        hunts: list[tuple[Content, Json]] = []
        found: list[Diagnostic] = []
        for release in releases:
            made, problems = contents(release, NAME, chosen, parents=True)
            found += problems
            for content in made:
                if content.schedule:
                    rules.append((content, _rule(content, chosen)))
                else:
                    hunts.append((content, _search(content)))
        files = [
            *_files("AnalyticsRules", "alert_rule.schema.json", rules, found),
            *_files("HuntingQueries", "saved_search.schema.json", hunts, found),
        ]
        return Publication(tuple(files), tuple(found))


def _files(
    name: str, schema: str, made: Sequence[tuple[Content, Json]], found: list[Diagnostic]
) -> list[File]:
    files: list[File] = []
    for number, start in enumerate(range(0, len(made), _MOST), 1):
        batch = made[start : start + _MOST]
        resources = [resource for _, resource in batch]
        text = json.dumps(_template(resources), indent=2, ensure_ascii=False) + "\n"
        back = json.loads(text)
        whole = schemas.problems(_SCHEMAS / "template.schema.json", back)
        for (content, _), resource in zip(batch, back["resources"], strict=True):
            against = schemas.problems(_SCHEMAS / schema, resource)
            found += schema_problems(content, NAME, [*whole, *against])
        path = f"{name}.json" if number == 1 else f"{name}_{number}.json"
        names = dict.fromkeys(content.release.rule.name for content, _ in batch)
        files.append(File(path, text.encode("utf-8"), tuple(names)))
    return files


def _template(resources: Sequence[Json]) -> Json:
    return {
        "$schema": _TEMPLATE,
        "contentVersion": "1.0.0.0",
        "parameters": {"workspace": {"type": "String"}},
        "resources": resources,
    }


def literal(text: str) -> str:
    """Write a text that is no expression (Microsoft, "Syntax and expressions in ARM templates").

    Only what begins and ends with brackets is one; an extra bracket says that it is none.
    """
    return f"[{text}" if text.startswith("[") and text.endswith("]") else text


def _rule(content: Content, settings: Settings) -> Json:
    """Write an analytics rule, in the order of the portal's export."""
    assert content.schedule
    parents = dict.fromkeys(each.partition(".")[0] for each in content.techniques)
    providers = f"resourceId('{_WORKSPACES}/providers', parameters('workspace'), '{_INSIGHTS}')"
    properties: dict[str, object] = {
        "displayName": literal(content.name),
        "description": literal(content.description),
        "severity": content.severity,
        "enabled": settings.enabled,
        "query": literal(content.query),
        "queryFrequency": iso(content.schedule.frequency),
        "queryPeriod": iso(content.schedule.period),
        "triggerOperator": "GreaterThan",
        "triggerThreshold": 0,
        "suppressionDuration": iso(LOOKBACK),
        "suppressionEnabled": False,
        "tactics": list(content.tactics),
        "techniques": list(parents),
        "incidentConfiguration": incidents(settings.matching, iso(LOOKBACK)),
        "eventGroupingSettings": {"aggregationKind": str(content.grouping)},
    }
    if content.mappings:
        properties["entityMappings"] = entity_mappings(content)
    return {
        "id": f"[concat({providers}, '/alertRules/{content.id}')]",
        "name": f"[concat(parameters('workspace'), '/{_INSIGHTS}/{content.id}')]",
        "type": f"{_WORKSPACES}/providers/alertRules",
        "kind": "Scheduled",
        "apiVersion": _RULE_VERSION,
        "properties": properties,
    }


def _search(content: Content) -> Json:
    """Write a hunting query: a saved search whose tags the hunting page reads."""
    tags = {
        "description": content.description,
        "tactics": ",".join(content.tactics),
        "techniques": ",".join(content.techniques),
    }
    return {
        "type": f"{_WORKSPACES}/savedSearches",
        "apiVersion": _SEARCH_VERSION,
        "name": f"[concat(parameters('workspace'), '/{content.id}')]",
        "etag": "*",
        "properties": {
            "category": "Hunting Queries",
            "displayName": literal(content.name),
            "query": literal(content.query),
            "version": 2,
            "tags": [
                {"name": name, "value": literal(value)} for name, value in tags.items() if value
            ],
        },
    }


SENTINEL_ARM = SentinelArm()
