"""A rule in the keys of Kibana's API, which both formats write, each in its own way."""

from collections.abc import Iterator

from tocsin import model
from tocsin.diagnostics import Diagnostic
from tocsin.format import Release, lacks, refused
from tocsin.frozen import dataclass
from tocsin.header import span_of_time
from tocsin.profiles import Source
from tocsin_backends.esql import LEAST_VERSION
from tocsin_formats.elastic import guides, times, vocabulary
from tocsin_formats.elastic.choice import Chosen, choose
from tocsin_formats.elastic.highlights import highlights
from tocsin_formats.elastic.new_terms import LANGUAGE
from tocsin_formats.elastic.settings import Settings
from tocsin_formats.elastic.tags import tags
from tocsin_formats.elastic.threat import threat

Fields = dict[str, object]
_KEEP = "| KEEP *"


@dataclass(frozen=True, slots=True, eq=False)
class Artefact:
    """What Kibana is told of a rule by one query; LABEL tells several of them apart, if any."""

    release: Release
    chosen: Chosen
    fields: Fields
    label: str = ""

    @property
    def hunts(self) -> bool:
        """Whether somebody has to start it."""
        schedule = self.release.rule.schedule
        return schedule is not None and schedule.every is None

    @property
    def least_version(self) -> str:
        """The least version of Elasticsearch that the query takes; empty if any does."""
        return LEAST_VERSION if self.chosen.type == "esql" else ""


def artefacts(release: Release, settings: Settings) -> tuple[Artefact, ...]:
    """Say what Kibana is told of a rule that lacks nothing."""
    chosen = choose(release)
    if len(chosen) == 1:
        return (_artefact(release, chosen[0], settings),)
    shown = [_shown(each.lowered.sources[0]) for each in chosen]
    if len({*shown}) < len(shown):  # a source of the project has the tag of ours
        shown = [each.lowered.sources[0].name for each in chosen]
    pairs = zip(chosen, shown, strict=True)
    return tuple(_artefact(release, each, settings, source) for each, source in pairs)


def _shown(source: Source) -> str:
    """Name a source as its tag does."""
    return source.tag.removeprefix("Data Source: ") or source.name


def problems(release: Release, name: str) -> Iterator[Diagnostic]:
    """Say what a rule lacks that Kibana does not go without; NAME is the format's."""
    meta, schedule = release.rule.meta, release.rule.schedule
    if meta.severity is None:
        yield lacks(release, name, "a `severity`", "a key of `meta`: low, medium, high, critical")
    if meta.description is None:
        yield lacks(release, name, "a `description`", "a key of `meta`: what it detects, and why")
    if schedule is None:
        yield lacks(release, name, "a schedule", "`alert every 5m over 9m` or `hunt over 30d`")
    elif any(each % 1000 for each in (schedule.every or 0, schedule.over)):
        yield refused(release, name, "Kibana knows no time below a second")
    if not choose(release):
        yield refused(release, name, "neither EQL nor ES|QL says it, and it is no `first seen`")


def _artefact(release: Release, chosen: Chosen, settings: Settings, source: str = "") -> Artefact:
    """Say what Kibana is told by one query; SOURCE is how that of several is called."""
    label = chosen.lowered.sources[0].name if source else ""
    title = release.rule.meta.title
    name = f"{title} ({source})" if source else title
    id_ = release.id_for(chosen.query)
    told: Fields = {"name": name, "rule_id": id_, "note": guides.note(release.rule.meta, name)}
    fields = {**_common(release, chosen, settings), **told, **_of_type(chosen)}
    return Artefact(release, chosen, fields, label)


def _common(release: Release, chosen: Chosen, settings: Settings) -> Fields:
    """Say what every type of rule has."""
    meta, schedule = release.rule.meta, release.rule.schedule
    assert meta.severity is not None
    assert schedule is not None
    severity = vocabulary.severity(meta.severity)
    fields: Fields = {
        "author": list(meta.author),
        "description": meta.description,
        "false_positives": list(meta.false_positives),
        "from": times.look_back(chosen, schedule),
        "interval": times.interval(schedule),
        "references": list(meta.references),
        "risk_score": vocabulary.risk(severity) if meta.risk is None else meta.risk,
        "setup": guides.setup(chosen, settings.max_signals or guides.MOST_ALERTS),
        "severity": severity,
        "tags": list(dict.fromkeys([*tags(chosen.lowered), *settings.tags])),
        "threat": threat(meta.attack),
    }
    if fields_shown := highlights(chosen):
        fields["investigation_fields"] = {"field_names": fields_shown}
    if settings.timestamp_override and not times.windows_itself(chosen, schedule):
        fields["timestamp_override"] = settings.timestamp_override
    if settings.license:
        fields["license"] = settings.license
    if settings.max_signals:
        fields["max_signals"] = settings.max_signals
    return fields


def _of_type(chosen: Chosen) -> Fields:
    """Say what the type of rule has of its own."""
    lowered = chosen.lowered
    text = chosen.query.text
    index = sorted({name for place in lowered.places for name in place.index})
    match chosen.type:
        case "esql":
            return {"type": "esql", "language": "esql", "query": _kept(text)}
        case "new_terms":
            return {
                "type": "new_terms",
                "language": LANGUAGE,
                "index": index,
                "query": text,
                **_new_terms(chosen),
            }
        case _:
            eql: Fields = {"type": "eql", "language": "eql", "index": index, "query": text}
            return {**eql, "alert_suppression": _suppression(chosen)} if chosen.group_by else eql


def _kept(query: str) -> str:
    """End a query with what it shows: detection-rules takes none without `KEEP`."""
    lines = query.rstrip("\n").split("\n")
    if any(line.startswith("| KEEP") for line in lines):
        return query
    return "\n".join([*lines, _KEEP]) + "\n"


def _new_terms(chosen: Chosen) -> Fields:
    lowered = chosen.lowered
    body = lowered.body
    assert isinstance(body, model.FirstSeen)
    return {
        "new_terms_fields": [lowered.columns[field.name].name for field in body.fields],
        "history_window_start": f"now-{span_of_time(body.within)}",
    }


def _suppression(chosen: Chosen) -> Fields:
    """Group the alerts of a summary, whose rows EQL has not."""
    summary = chosen.lowered.rule.body
    assert isinstance(summary, model.Summary)
    every: Fields = {"duration": times.duration(summary.every)} if summary.every else {}
    return {
        "group_by": list(chosen.group_by),
        **every,
        "missing_fields_strategy": "doNotSuppress",
    }
