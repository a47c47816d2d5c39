"""ATT&CK Navigator: the techniques of all rules as one layer, format 4.5."""

import json
from collections.abc import Sequence
from pathlib import Path

from tocsin import attack, model
from tocsin.format import File, Publication, Release, Wanted, refused
from tocsin.schema import Table
from tocsin_formats.schemas import problems

NAME = "navigator"
SCHEMA = Path(__file__).parent / "layer.schema.json"
_TITLE = "Tocsin"
_PATH = "layer.json"


class Navigator:
    """A layer in which a technique scores one for each of its rules."""

    about = "the techniques of all rules as a layer for the ATT&CK Navigator"
    wanted: tuple[Wanted, ...] = ()

    def publish(self, releases: Sequence[Release], settings: Table) -> Publication:
        """Write the layer; its name and description can be set."""
        settings.only("name", "description")
        rules = [release.rule for release in releases]
        about = settings.text("description", _about(rules))
        text = layer(rules, settings.text("name", _TITLE), about)
        found = [refused(releases[0], NAME, each) for each in problems(SCHEMA, json.loads(text))]
        names = tuple(rule.name for rule in rules)
        return Publication((File(_PATH, text.encode("utf-8"), names),), tuple(found))


def _about(rules: Sequence[model.Rule]) -> str:
    """Count RULES, and name those that no technique shows."""
    bare = [rule.name for rule in rules if not rule.meta.attack]
    count = f"{len(rules)} rule{'' if len(rules) == 1 else 's'}"
    return f"{count}. Without a technique: {', '.join(bare)}." if bare else f"{count}."


def layer(rules: Sequence[model.Rule], name: str, about: str) -> str:
    """Write the techniques of RULES as a layer called NAME (Navigator, "Layer file format 4.5")."""
    found: dict[tuple[str, str], list[model.Rule]] = {}
    for rule in rules:
        for each in rule.meta.attack:
            found.setdefault((each.id, each.tactic), []).append(rule)
    parents = {(number.partition(".")[0], tactic) for number, tactic in found if "." in number}
    shown = {
        "name": name,
        "description": about,
        "domain": "enterprise-attack",
        "versions": {
            "attack": attack.version().partition(".")[0],
            "navigator": "5.1.0",
            "layer": "4.5",
        },
        "filters": {"platforms": _platforms(rules)},
        "sorting": 3,
        "layout": {
            "layout": "side",
            "showID": True,
            "showName": True,
            "showAggregateScores": False,
            "countUnscored": False,
            "aggregateFunction": "sum",
            "expandedSubtechniques": "annotated",
        },
        "techniques": [_entry(*key, found.get(key, [])) for key in sorted({*found, *parents})],
        "gradient": {
            "colors": ["#cfe3f5", "#1f5fa8"],
            "minValue": 1,
            "maxValue": max(2, *map(len, found.values()), 0),
        },
        "legendItems": [],
        "hideDisabled": False,
    }
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


_PLATFORMS = {"windows": "Windows", "linux": "Linux", "macos": "macOS"}


def _platforms(rules: Sequence[model.Rule]) -> list[str]:
    """Name the systems that RULES are on; all, where one of them is on any."""
    parts = [part for rule in rules for part in model.parts(rule.body)]
    if any(not part.event.systems for part in parts):
        return list(_PLATFORMS.values())
    systems = {system for part in parts for system in part.event.systems}
    return [shown for system, shown in _PLATFORMS.items() if system in systems]


def _entry(number: str, tactic: str, rules: Sequence[model.Rule]) -> dict[str, object]:
    """Describe a technique; one without rules is there to show those below it."""
    below = {"showSubtechniques": True} if "." not in number else {}
    entry: dict[str, object] = {"techniqueID": number, "tactic": tactic, **below}
    if rules:
        entry["score"] = len(rules)
        entry["enabled"] = True
        entry["comment"] = "\n".join(f"{rule.name}: {rule.meta.title}" for rule in rules)
        entry["metadata"] = [
            {"name": rule.name, "value": rule.meta.severity or ""} for rule in rules
        ]
    return entry


NAVIGATOR = Navigator()
