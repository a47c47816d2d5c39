"""A rule as a stanza of `savedsearches.conf`: with findings and risk, or a hunt to run by hand."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from tocsin import model
from tocsin.diagnostics import Diagnostic
from tocsin.format import Query, Release, beyond, lacks, refused
from tocsin.frozen import dataclass, replace
from tocsin.header import standing
from tocsin_formats.splunk import words
from tocsin_formats.splunk.conf import Stanza, fault
from tocsin_formats.splunk.objects import (
    Objects,
    events_of_hosts,
    message,
    objects,
    risk_events,
    riskless,
    suppression,
    throttled,
    untokened,
)
from tocsin_formats.splunk.schedule import JITTER, Timing, Unsayable, hunted, shortened, timing
from tocsin_formats.splunk.search import Search, search
from tocsin_formats.splunk.settings import AppSettings

NAME = "splunk-app"
# Characters of a name that Enterprise Security can edit (contentctl, `constants.py`).
_LONGEST = 99


@dataclass(frozen=True, slots=True)
class Made:
    """A STANZA and what it SEARCHES, or why there is none."""

    stanza: Stanza | None
    searches: Search | None
    diagnostics: tuple[Diagnostic, ...] = ()


def saved_search(release: Release, query: Query, part: str, settings: AppSettings) -> Made:
    """Write RELEASE as a saved search; PART tells it from others of the rule."""
    found = list(_lacking(release))
    name = _name(release, part, settings)
    if len(name) > _LONGEST:
        hint = f'`[publish.{NAME}.names]` may give it another: {release.rule.name} = "…"'
        long = beyond(release, NAME, f"the name `{name}`", len(name), _LONGEST)
        found.append(replace(long, help=hint))
    schedule = release.rule.schedule
    if found or schedule is None:
        return Made(None, None, tuple(found))
    made = search(query, settings.app, settings.slack + JITTER if schedule.every else 0)
    try:
        about = _description(release, query, made, name)
        if schedule.every is None:
            keys = _hunt(schedule)
        else:
            when = timing(release.rule, schedule, settings.slack)
            keys = _alert(release, query, made, when, settings)
        keys = {"description": about, **keys, "search": made.text}
    except Unsayable as error:
        return Made(None, None, (refused(release, NAME, str(error)),))
    if schedule.every and settings.risk and not objects(made).risks:
        return Made(None, None, (riskless(release, NAME, part),))
    wrong = [
        refused(release, NAME, f"`{key}` has {problem}")
        for key, text in (("the name", name), *keys.items())
        if (problem := fault(text))
    ]
    return Made(None if wrong else Stanza(name, keys), made, tuple(wrong))


def _lacking(release: Release) -> Iterator[Diagnostic]:
    if release.rule.meta.severity is None:
        yield lacks(release, NAME, "a `severity`", '`severity = "high"` in `meta`')
    if release.rule.schedule is None:
        hint = "`alert every 5m over 9m` or `hunt over 30d`"
        yield lacks(release, NAME, "a schedule", hint)


def _name(release: Release, part: str, settings: AppSettings) -> str:
    """Name a search as contentctl does; brackets would end the stanza, and lines are one."""
    named = settings.names.get(release.rule.name, release.rule.meta.title)
    words_ = named.replace("[", "(").replace("]", ")").split()
    more = [f"({part.removeprefix('splunk_')})"] if part else []
    return f"{settings.label} - {' '.join([*words_, *more])} - Rule"


def _hunt(schedule: model.Schedule) -> dict[str, str]:
    """Write a search that is there to be run by hand; one that is disabled could not be."""
    earliest, latest = hunted(schedule)
    return {
        "dispatch.earliest_time": earliest,
        "dispatch.latest_time": latest,
        "disabled": "0",
        "enableSched": "0",
        "is_visible": "1",
    }


def _alert(
    release: Release, query: Query, made: Search, when: Timing, settings: AppSettings
) -> dict[str, str]:
    meta, about = release.rule.meta, objects(made)
    assert meta.severity
    return {
        "cron_schedule": when.cron,
        "dispatch.earliest_time": when.earliest,
        "dispatch.latest_time": when.latest,
        "schedule_window": "0" if when.is_exact else "auto",
        "allow_skew": "0" if when.is_exact else "100%",
        "realtime_schedule": "0",
        "disabled": "0" if settings.enabled else "1",
        "enableSched": "1",
        "is_visible": "0",
        "counttype": "number of events",
        "relation": "greater than",
        "quantity": "0",
        "alert.digest_mode": "1",
        "alert.severity": str(words.alert_severity(meta.severity)),
        **_suppressed(made, about),
        **({} if settings.notable else {"alert.track": "1"}),
        **(_correlation(release, query) if settings.notable or settings.risk else {}),
        **(_notable(release.rule, made, about, settings) if settings.notable else {}),
        **(_risk(meta, about) if settings.risk else {}),
    }


def _description(release: Release, query: Query, made: Search, name: str) -> str:
    """Say what the rule does, how its search stands to it, and where it comes from."""
    rule = release.rule
    id_ = release.id_for(query)
    origin = (
        f"Rule {rule.name}, version {release.version}.{release.revision}, id {id_};"
        f" generated by Tocsin from {made.lowered.file}, edits belong there."
    )
    notes = (shortened(rule.schedule) if rule.schedule else None, throttled(made, objects(made)))
    title = [] if rule.meta.title in name else [rule.meta.title]
    said = [*title, rule.meta.description or rule.meta.title]
    return "\n".join([*said, "", *standing(made.lowered), *filter(None, notes), origin])


def _suppressed(made: Search, about: Objects) -> dict[str, str]:
    """Keep what two runs find from being told twice."""
    found = suppression(made, about)
    if found is None:
        return {}
    fields, seconds = found
    return {
        "alert.suppress": "1",
        "alert.suppress.fields": ",".join(fields),
        "alert.suppress.period": f"{seconds}s",
    }


def _correlation(release: Release, query: Query) -> dict[str, str]:
    """Make it a search of Enterprise Security."""
    return {
        "action.correlationsearch.enabled": "1",
        "action.correlationsearch.label": release.rule.meta.title,
        "action.correlationsearch.annotations": _json(_annotations(release.rule.meta)),
        "action.correlationsearch.metadata": _json(_metadata(release, query)),
    }


def _annotations(meta: model.Meta) -> dict[str, list[str]]:
    annotations = {
        "kill_chain_phases": words.kill_chain(meta.attack),
        "mitre_attack": list(dict.fromkeys(each.id for each in meta.attack)),
    }
    return {key: each for key, each in annotations.items() if each}


def _metadata(release: Release, query: Query) -> dict[str, str | float]:
    """Say which rule this is, in the words that `contentctl inspect` compares."""
    meta = release.rule.meta
    date = meta.modified or meta.created
    when = datetime.fromisoformat(date[:10]).replace(tzinfo=UTC).timestamp() if date else None
    return {
        "deprecated": "1" if meta.status == "deprecated" else "0",
        "detection_id": release.id_for(query),
        "detection_version": str(release.version),
        **({"publish_time": when} if when is not None else {}),
    }


def _notable(
    rule: model.Rule, made: Search, about: Objects, settings: AppSettings
) -> dict[str, str]:
    meta, fields = rule.meta, ",".join(about.columns)
    steps = "\n\n".join(text for text in (meta.investigate, meta.respond) if text)
    drilldowns = [*events_of_hosts(made, about), *(risk_events(about) if settings.risk else ())]
    notable = {
        "rule_title": untokened(meta.title),
        "rule_description": untokened(meta.description or meta.title),
        "security_domain": words.domain(made.lowered),
        "severity": str(meta.severity),
        "nes_fields": fields,
        "drilldown_searches": _json(drilldowns) if drilldowns else "",
        "next_steps": _json({"version": 1, "data": steps}) if steps else "",
    }
    told = {f"action.notable.param.{key}": text for key, text in notable.items() if text}
    return {"action.notable": "1", **told}


def _risk(meta: model.Meta, about: Objects) -> dict[str, str]:
    score = words.risk_score(meta)
    risks = [
        {"risk_object_field": each.column, "risk_object_type": each.kind, "risk_score": score}
        for each in about.risks
    ]
    threats = [
        {"threat_object_field": each.column, "threat_object_type": each.kind}
        for each in about.threats
    ]
    return {
        "action.risk": "1",
        "action.risk.param._risk": _json([*risks, *threats]),
        "action.risk.param._risk_message": message(meta.title, about),
        "action.risk.param._risk_score": "0",
        "action.risk.param.verbose": "0",
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
