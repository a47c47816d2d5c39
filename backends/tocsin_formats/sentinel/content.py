"""A rule as Sentinel wants it, whichever file it goes into; or what keeps it from being one."""

from collections.abc import Iterator, Sequence

from tocsin import attack, model
from tocsin.diagnostics import Diagnostic
from tocsin.format import Query, Release, beyond, lacks, refused, untold
from tocsin.frozen import dataclass, replace
from tocsin.header import span_of_time
from tocsin_formats.sentinel.mappings import Mapping, mapped
from tocsin_formats.sentinel.settings import Grouping, Settings
from tocsin_formats.sentinel.text import MOST, length, published, version
from tocsin_formats.sentinel.workspace import in_workspace

# Limits of a scheduled rule (Azure-Sentinel, ScheduledTemplateInternalModel.cs and others there;
# Microsoft, "Scheduled analytics rules", "Map data fields to entities").
_MOST_NAME = 256
_MOST_DESCRIPTION = 5_000
_MOST_MAPPINGS = 10
_MOST_IDENTIFIERS = 3
_MINUTE = 60_000
_DAY = 1_440 * _MINUTE
_SHORTEST, _LONGEST = 5 * _MINUTE, 14 * _DAY
# A rule that reads as much as this may not run more often than that.
_LONG_PERIOD, _LONG_FREQUENCY = 2 * _DAY, 60 * _MINUTE
_FORBIDDEN = ("search *", "union *")

_SEVERITIES = {
    "informational": "Informational",
    "low": "Low",
    "medium": "Medium",
    "high": "High",
    "critical": "High",
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """Milliseconds: how often a rule runs, and how much of the past it is given."""

    frequency: int
    period: int


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """An analytics rule, or a hunting query: that one has no SCHEDULE."""

    release: Release
    id: str
    name: str
    description: str
    severity: str
    query: str
    version: str
    schedule: Schedule | None
    tactics: tuple[str, ...]
    techniques: tuple[str, ...]
    mappings: tuple[Mapping, ...]
    tables: tuple[str, ...]
    grouping: Grouping
    source: str  # of several: the one that the query reads


def contents(
    release: Release, format_: str, settings: Settings, *, parents: bool = False
) -> tuple[list[Content], list[Diagnostic]]:
    """Make what is published of a rule, one for each of its queries.

    PARENTS says that the file has no place for sub-techniques.
    """
    queries = release.of("kql")
    found = list(_missing(release, format_))
    if any(each.code.is_error for each in found):
        return [], found
    made: list[Content] = []
    for built in queries:
        query = replace(built, lowered=in_workspace(built.lowered))
        content, more = _content(release, query, settings, len(queries) > 1, parents, format_)
        found += [*more, *_problems(content, format_)]
        made.append(content)
    return made, list(dict.fromkeys(found))


def _missing(release: Release, format_: str) -> Iterator[Diagnostic]:
    """Say what a rule has to have."""
    rule = release.rule
    if rule.schedule is None:
        yield lacks(release, format_, "a schedule", "`alert every 5m over 9m` or `hunt over 30d`")
    if rule.meta.description is None:
        yield lacks(release, format_, "a description", "`description` in `meta` says it")
    if rule.meta.severity is None and (rule.schedule is None or rule.schedule.every):
        yield lacks(release, format_, "a severity", "`severity` in `meta` says it")


def _content(
    release: Release, query: Query, settings: Settings, several: bool, parents: bool, format_: str
) -> tuple[Content, list[Diagnostic]]:
    rule, lowered = release.rule, query.lowered
    entities = mapped(lowered)
    techniques = tuple(dict.fromkeys(each.id for each in rule.meta.attack))
    cut = parents and any("." in each for each in techniques)
    more = [f"ATT&CK: {', '.join(techniques)}"] if cut else []
    text = published(release, query, entities, more, custom=settings.custom_entities)
    source = lowered.sources[0].name if several else ""
    content = Content(
        release,
        release.id_for(query),
        f"{rule.meta.title} ({source})" if several else rule.meta.title,
        rule.meta.description or "",
        _SEVERITIES.get(rule.meta.severity or "", ""),
        text,
        version(release),
        _schedule(rule),
        tuple(dict.fromkeys(_tactic(each.tactic) for each in rule.meta.attack)),
        techniques,
        entities.mappings,
        tuple(dict.fromkeys(place.table for place in lowered.places)),
        settings.grouping or _grouping(lowered.body),
        source,
    )
    over = f" over {source}" if source else ""
    found = [untold(release, format_, f"{what}{over}", why) for what, why in entities.untold]
    for column in (column for each in entities.mappings for _, column in each.columns):
        if column not in entities.returned:
            why = f"the query returns no column {column}, which an entity is mapped on"
            found.append(refused(release, format_, why))
    return content, found


def _tactic(slug: str) -> str:
    """Name a tactic without spaces, each word with a capital: `CommandAndControl`."""
    tactic = attack.tactic(slug)
    words = (tactic.name if tactic else slug).replace("-", " ").split()
    return "".join(word[:1].upper() + word[1:] for word in words)


def _schedule(rule: model.Rule) -> Schedule | None:
    """Give the query what it reads: of what was seen before, the time before as well."""
    schedule, body = rule.schedule, rule.body
    if schedule is None or schedule.every is None:
        return None
    before = body.within if isinstance(body, model.FirstSeen) else 0
    return Schedule(schedule.every, schedule.over + before)


def _grouping(body: model.Body) -> Grouping:
    """Alert on each row of what has put events together already, else on a run's events at once."""
    is_match = isinstance(body, model.Summary | model.Sequence)
    return Grouping.EACH if is_match else Grouping.SINGLE


# --- what Sentinel does not take


def _problems(content: Content, format_: str) -> Iterator[Diagnostic]:
    release = content.release
    texts = [("the name", content.name, _MOST_NAME)]
    texts.append(("the description", content.description, _MOST_DESCRIPTION))
    if content.schedule:
        texts.append(("the query", content.query, MOST))
        yield from _of_schedule(content.schedule, release, format_)
        for word in _FORBIDDEN:
            if word in content.query:
                why = f"a query with `{word}` in it, even in a text, is not taken"
                yield refused(release, format_, why)
    for what, text, most in texts:
        if (count := length(text)) > most:
            yield beyond(release, format_, what, count, most)
    if (count := len(content.mappings)) > _MOST_MAPPINGS:
        yield beyond(release, format_, "the rule", count, _MOST_MAPPINGS, "entities")
    for each in content.mappings:
        if (count := len(each.columns)) > _MOST_IDENTIFIERS:
            what = f"the entity {each.type}"
            yield beyond(release, format_, what, count, _MOST_IDENTIFIERS, "identifiers")


def _of_schedule(schedule: Schedule, release: Release, format_: str) -> Iterator[Diagnostic]:
    frequency, period = schedule.frequency, schedule.period
    for what, ms in (("queryFrequency", frequency), ("queryPeriod", period)):
        if ms % _MINUTE:
            yield refused(release, format_, f"{what} is {span_of_time(ms)}, no whole minutes")
        elif not _SHORTEST <= ms <= _LONGEST:
            why = f"{what} is {span_of_time(ms)}; the product takes 5m to 14d"
            yield refused(release, format_, why)
    if period < frequency:
        spans = f"{span_of_time(period)}, less than queryFrequency, {span_of_time(frequency)}"
        yield refused(release, format_, f"queryPeriod is {spans}")
    if period >= _LONG_PERIOD and frequency < _LONG_FREQUENCY:
        why = f"queryPeriod is {span_of_time(period)}, so queryFrequency has to be 1h or more"
        yield refused(release, format_, f"{why}, not {span_of_time(frequency)}")


def schema_problems(content: Content, format_: str, problems: Sequence[str]) -> list[Diagnostic]:
    """Tell what a schema has against what was made of a rule."""
    return [refused(content.release, format_, each) for each in problems]
