"""What a project sets of both formats: `[publish.elastic-toml]`, `[publish.elastic-ndjson]`."""

from tocsin.frozen import dataclass
from tocsin.schema import Table

INGESTED = "event.ingested"  # when Elasticsearch took the event in


@dataclass(frozen=True, slots=True)
class Settings:
    """LICENSE of the rules, TAGS beside their own, the most alerts of a run, the field of time.

    An empty TIMESTAMP_OVERRIDE leaves the time to Kibana, which asks `@timestamp` then.
    """

    license: str
    tags: tuple[str, ...]
    max_signals: int | None
    timestamp_override: str
    enabled: bool = False


_SHARED = ("license", "tags", "max_signals", "timestamp_override")


def read(table: Table, *, runs: bool) -> Settings:
    """Read the settings; only a format whose rules are there to RUN may enable them.

    Raises `TaxonomyError`.
    """
    table.only(*_SHARED, *(["enabled"] if runs else []))
    return Settings(
        table.text("license", ""),
        table.texts("tags", ()),
        table.number("max_signals"),
        table.text("timestamp_override", INGESTED),
        table.flag("enabled") if runs else False,
    )
