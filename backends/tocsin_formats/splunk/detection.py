"""A rule as a detection of contentctl: the keys of security_content, in its order."""

import re
from collections.abc import Iterator

from tocsin import model
from tocsin.diagnostics import Diagnostic
from tocsin.format import Query, Release, beyond, lacks, refused
from tocsin.frozen import dataclass, replace
from tocsin.header import standing
from tocsin_formats.splunk import words
from tocsin_formats.splunk.objects import (
    Objects,
    events_of_hosts,
    message,
    objects,
    results_again,
    risk_events,
    riskless,
    suppression,
    throttled,
)
from tocsin_formats.splunk.schedule import JITTER, Unsayable, shortened, timing
from tocsin_formats.splunk.search import Search, search
from tocsin_formats.splunk.settings import YamlSettings

NAME = "splunk-yaml"
_PLACEHOLDER = "%original_detection_search%"  # contentctl puts the search there (`drilldown.py`)
_PRODUCTS = ("Splunk Enterprise", "Splunk Enterprise Security", "Splunk Cloud")
# Characters that contentctl takes (`constants.py`, `security_content_object_abstract.py`).
_LONGEST_NAME, _LONGEST_DESCRIPTION, _LONGEST_AUTHOR = 67, 10_000, 255
# A name becomes that of a file and of a macro: these characters stay, or turn into `_`.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]*")
_KEPT = frozenset(" ._/-")


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """A detection under the STEM of its file, and what it searches."""

    stem: str
    values: dict[str, object]
    made: Search


def faults(release: Release, name: str) -> Iterator[Diagnostic]:
    """Say what contentctl needs and RELEASE lacks, or what is too long for it."""
    meta = release.rule.meta
    wanted = {
        "a `severity`": (meta.severity, '`severity = "high"` in `meta`'),
        "a `description`": (meta.description, '`description = "…"` in `meta`'),
        "an `author`": (meta.author, '`author = ["…"]` in `meta`'),
        "a date": (meta.modified or meta.created, "`created = 2026-01-31` in `meta`"),
        "`false_positives`": (meta.false_positives, '`false_positives = ["…"]` in `meta`'),
        "a schedule": (release.rule.schedule, "`alert every 5m over 9m` or `hunt over 30d`"),
    }
    yield from (lacks(release, NAME, what, hint) for what, (has, hint) in wanted.items() if not has)
    hint = f'`[publish.{NAME}.names]` may give it another: {release.rule.name} = "…"'
    if not _NAME.fullmatch(name):
        problem = f"`{name}` cannot be a name: a macro is called so, in letters A to Z and digits"
        yield replace(refused(release, NAME, problem), help=hint)
    if len(name) > _LONGEST_NAME:
        yield replace(beyond(release, NAME, "the name", len(name), _LONGEST_NAME), help=hint)
    for what, text, most in (
        ("the description", meta.description or "", _LONGEST_DESCRIPTION),
        ("the author", ", ".join(meta.author), _LONGEST_AUTHOR),
    ):
        if len(text) > most:
            yield beyond(release, NAME, what, len(text), most)


def name_of(release: Release, part: str, settings: YamlSettings) -> str:
    """Name a detection: by the rule's title without marks, or as the settings have it."""
    title = release.rule.meta.title
    plain = "".join(each for each in title if each.isalnum() or each in _KEPT)
    name = settings.names.get(release.rule.name, " ".join(plain.split()))
    return f"{name} over {part.removeprefix('splunk_')}" if part else name


def detection(
    release: Release, query: Query, part: str, settings: YamlSettings
) -> Detection | Diagnostic:
    """Write RELEASE, which has no `faults`."""
    rule, schedule, name = release.rule, release.rule.schedule, name_of(release, part, settings)
    assert schedule
    stem = re.sub("[ ./-]", "_", name).lower()
    made = search(query, settings.prefix, settings.slack + JITTER if schedule.every else 0)
    about = objects(made)
    if schedule.every and not about.risks:
        return riskless(release, NAME, part)
    try:
        told = _alert(rule, schedule, made, about, settings.slack) if schedule.every else {}
    except Unsayable as error:
        return refused(release, NAME, str(error))
    meta = rule.meta
    values: dict[str, object] = {
        "name": name,
        "id": release.id_for(query),
        "version": release.version,
        "date": (meta.modified or meta.created or "")[:10],
        "author": ", ".join(meta.author),
        "status": "deprecated" if meta.status == "deprecated" else "experimental",
        "type": _type(rule),
        "description": meta.description,
        **_explained(meta),
        "data_source": words.data_sources(made.lowered),
        "search": "\n".join([made.text, *_mentioned(made, about), f"| `{stem}_filter`"]),
        "how_to_implement": _implemented(rule, made, about, name),
        "known_false_positives": "\n".join(meta.false_positives),
        "references": list(meta.references),
        **told,
        "tags": _tags(rule, made, about, settings),
    }
    return Detection(stem, values, made)


def _type(rule: model.Rule) -> str:
    """Say which type of analytic it is: what is new is out of the ordinary, and no more."""
    if rule.schedule and rule.schedule.every is None:
        return "Hunting"
    return "Anomaly" if isinstance(rule.body, model.FirstSeen) else "TTP"


def _explained(meta: model.Meta) -> dict[str, object]:
    """Say what to do about a finding where the Use Case Library shows it."""
    guides = "\n\n".join(text for text in (meta.investigate, meta.respond) if text)
    return {"explanation": guides} if guides else {}


def _implemented(rule: model.Rule, made: Search, about: Objects, name: str) -> str:
    """Say what it takes, and how the search stands to the rule."""
    meta, schedule = rule.meta, rule.schedule
    full = [] if name == meta.title else [f"Title: {meta.title}"]
    kept = [f"The macro {name} says where its events are kept." for name in made.macros]
    setup = [meta.setup] if meta.setup else []
    notes = (shortened(schedule) if schedule else None, throttled(made, about))
    return "\n".join([*full, *setup, *kept, *filter(None, notes), *standing(made.lowered)])


def _alert(
    rule: model.Rule, schedule: model.Schedule, made: Search, about: Objects, slack: int
) -> dict[str, object]:
    """Write what a hunt has not: when it runs, what opens from a finding, whose risk it is."""
    when, score = timing(rule, schedule, slack), words.risk_score(rule.meta)
    risks = [{"field": each.column, "type": each.kind, "score": score} for each in about.risks]
    threats = [{"field": each.column, "type": each.kind} for each in about.threats]
    notable = {
        "rule_description": "%description%",
        "rule_title": "%name%",
        "nes_fields": about.columns,
    }
    return {
        "drilldown_searches": [*_results(made, about), *risk_events(about)],
        "rba": {
            "message": message(rule.meta.title, about),
            "risk_objects": risks,
            "threat_objects": threats,
        },
        "deployment": {
            "scheduling": {
                "cron_schedule": when.cron,
                "earliest_time": when.earliest,
                "latest_time": when.latest,
                "schedule_window": "0" if when.is_exact else "auto",
            },
            "alert_action": {"notable": notable, "rba": {"enabled": True}},
        },
    }


def _results(made: Search, about: Objects) -> Iterator[dict[str, str]]:
    """Show a finding again; what was seen first then is not found by a later search."""
    if isinstance(made.lowered.rule.body, model.FirstSeen):
        yield from events_of_hosts(made, about)
    else:
        yield results_again(_PLACEHOLDER, about)


def _tags(
    rule: model.Rule, made: Search, about: Objects, settings: YamlSettings
) -> dict[str, object]:
    return {
        "analytic_story": list(settings.stories),
        "asset_type": words.asset(made.lowered),
        "mitre_attack_id": _techniques(rule.meta),
        "product": list(_PRODUCTS),
        **_throttled(made, about),
        "security_domain": words.domain(made.lowered),
    }


def _techniques(meta: model.Meta) -> list[str]:
    """Name the techniques; contentctl takes none beside a sub-technique of it, which implies it."""
    named = list(dict.fromkeys(each.id for each in meta.attack))
    return [each for each in named if not any(other.startswith(f"{each}.") for other in named)]


def _throttled(made: Search, about: Objects) -> dict[str, object]:
    """Keep what two runs find from being told twice."""
    found = suppression(made, about)
    return {"throttling": {"fields": found[0], "period": f"{found[1]}s"}} if found else {}


def _mentioned(made: Search, about: Objects) -> list[str]:
    """Name, in a comment, what a search is throttled by: contentctl looks for it in the search."""
    found = suppression(made, about)
    if found is None or all(each in made.text for each in found[0]):
        return []
    return [f"``` Throttled by {', '.join(found[0])}. ```"]
