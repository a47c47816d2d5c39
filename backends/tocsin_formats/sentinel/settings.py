"""What a project may set under `[publish.sentinel-yaml]` and `[publish.sentinel-arm]`."""

from collections.abc import Mapping
from enum import StrEnum

from tocsin.frozen import dataclass
from tocsin.schema import Table


class Grouping(StrEnum):
    """Whether the rows of a run are one alert, or an alert each."""

    SINGLE = "SingleAlert"
    EACH = "AlertPerResult"


class Matching(StrEnum):
    """Which alerts of a rule are put together in one incident."""

    ENTITIES = "AllEntities"
    ANY = "AnyAlert"


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """What a project has chosen; None leaves it to us."""

    grouping: Grouping | None = None
    matching: Matching | None = None
    custom_entities: bool = False
    enabled: bool = True
    connectors: Mapping[str, str] | None = None  # table: connectorId


_BOTH = ("event_grouping", "incident_grouping", "custom_entities")


def read(table: Table, *more: str) -> Settings:
    """Read the settings of a format, which has MORE keys of its own."""
    table.only(*_BOTH, *more)
    grouping = table.choice("event_grouping", Grouping) if "event_grouping" in table.items else None
    named = "incident_grouping" in table.items
    return Settings(
        grouping,
        table.choice("incident_grouping", Matching) if named else None,
        table.flag("custom_entities"),
        table.flag("enabled", True),
        table.table("connectors").all_texts(),
    )
