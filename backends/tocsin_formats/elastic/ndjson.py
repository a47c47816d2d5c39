"""Kibana's import: a rule a line, in the order of keys that its export has."""

import json
from collections.abc import Iterator, Sequence

from tocsin_formats.elastic.rule import Artefact, Fields
from tocsin_formats.elastic.settings import Settings

# Kibana: xpack.securitySolution.maxRuleImportExportSize, maxRuleImportPayloadBytes.
MOST_RULES = 10_000
MOST_BYTES = 10 * 1024 * 1024

_KEYS = (
    *("name", "tags", "interval", "enabled", "description", "risk_score", "severity", "note"),
    *("license", "author", "false_positives", "from", "rule_id", "max_signals"),
    *("risk_score_mapping", "severity_mapping", "threat", "to", "references", "version"),
    *("exceptions_list", "related_integrations", "required_fields", "setup", "type", "language"),
    *("index", "query", "filters", "timestamp_override", "investigation_fields"),
    *("alert_suppression", "new_terms_fields", "history_window_start", "actions"),
)
_EMPTY = (
    *("risk_score_mapping", "severity_mapping", "exceptions_list", "related_integrations"),
    *("required_fields", "actions"),
)
# JSON lets them be, but some readers of lines end a line at them.
_LINE_ENDS = {end: f"\\u{end:04x}" for end in (0x85, 0x2028, 0x2029)}


def content(artefact: Artefact, settings: Settings) -> Fields:
    """Put the keys of a rule as Kibana's export has them."""
    own = artefact.release.rule.meta.tags
    tags = artefact.fields["tags"]
    assert isinstance(tags, list)
    fields: Fields = {
        **{key: [] for key in _EMPTY},
        **artefact.fields,
        "tags": list(dict.fromkeys([*tags, *own])),
        "enabled": settings.enabled and not artefact.hunts,
        "version": artefact.release.version,
        "to": "now",
    }
    if fields["type"] != "esql":
        fields["filters"] = []
    return {key: fields[key] for key in _KEYS if fields.get(key, "") != ""}


def line(content: Fields) -> str:
    """Write a rule on one line."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.translate(_LINE_ENDS) + "\n"


def files(lines: Sequence[tuple[str, str]]) -> Iterator[tuple[str, bytes, tuple[str, ...]]]:
    """Put LINES, each with the rule's name before it, into as few files as Kibana takes them."""
    packed: list[list[tuple[str, bytes]]] = [[]]
    size = 0
    for name, text in lines:
        data = text.encode("utf-8")
        if packed[-1] and (len(packed[-1]) == MOST_RULES or size + len(data) > MOST_BYTES):
            packed.append([])
            size = 0
        packed[-1].append((name, data))
        size += len(data)
    for at, each in enumerate(packed, 1):
        path = "rules.ndjson" if len(packed) == 1 else f"rules_{at}.ndjson"
        names = tuple(dict.fromkeys(name for name, _ in each))
        yield path, b"".join(data for _, data in each), names
