"""Parts that are the same in YAML and in ARM templates."""

from tocsin_formats.sentinel.content import Content
from tocsin_formats.sentinel.settings import Matching

# How long an incident takes further alerts, and what the portal proposes for suppression.
LOOKBACK = 5 * 3_600_000


def entity_mappings(content: Content) -> list[dict[str, object]]:
    """Write which columns name which entities."""
    return [
        {
            "entityType": each.type,
            "fieldMappings": [
                {"identifier": name, "columnName": column} for name, column in each.columns
            ],
        }
        for each in content.mappings
    ]


def incidents(matching: Matching | None, lookback: str) -> dict[str, object]:
    """Write which alerts become one incident; without MATCHING each is one."""
    return {
        "createIncident": True,
        "groupingConfiguration": {
            "enabled": matching is not None,
            "reopenClosedIncident": False,
            "lookbackDuration": lookback,
            "matchingMethod": str(matching or Matching.ENTITIES),
            "groupByEntities": [],
            "groupByAlertDetails": [],
            "groupByCustomDetails": [],
        },
    }
