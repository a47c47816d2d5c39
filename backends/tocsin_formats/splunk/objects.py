"""What a rule is about, in the columns that its search shows: risks, threats, a message."""

from collections.abc import Iterator

from tocsin import model
from tocsin.backend import Lowered
from tocsin.diagnostics import Diagnostic
from tocsin.format import Release, lacks
from tocsin.frozen import dataclass
from tocsin_backends.spl.shown import shown, told_apart
from tocsin_formats.splunk import words
from tocsin_formats.splunk.search import Search

_SAME_TIME = {"earliest_offset": "$info_min_time$", "latest_offset": "$info_max_time$"}
_RISK_EVENTS = (
    "| from datamodel:Risk.All_Risk | search normalized_risk_object IN ({})"
    " | stats count min(_time) AS firstTime max(_time) AS lastTime"
    ' values(search_name) AS "Search Name" values(risk_message) AS "Risk Message"'
    ' values(annotations.mitre_attack.mitre_tactic) AS "ATT&CK Tactics" BY normalized_risk_object'
    " | convert ctime(firstTime) ctime(lastTime)"
)


@dataclass(frozen=True, slots=True)
class Object:
    """A COLUMN of the rows that names something, KIND in Splunk's words, of an entity ENTITY."""

    column: str
    kind: str
    entity: str


@dataclass(frozen=True, slots=True)
class Objects:
    """RISKS are counted for hosts and accounts; THREATS are what harms them."""

    risks: tuple[Object, ...]
    threats: tuple[Object, ...]

    @property
    def columns(self) -> list[str]:
        """Name the columns, each once."""
        return list(dict.fromkeys(each.column for each in (*self.risks, *self.threats)))

    @property
    def hosts(self) -> list[str]:
        """Name the columns of hosts: their values have neither quotes nor backslashes."""
        return [each.column for each in self.risks if each.entity == "host"]


def objects(search: Search) -> Objects:
    """Find what the rule's entities name, as far as the search shows it."""
    rule = search.lowered.rule
    columns = {**_columns(search.lowered), **search.made}
    risks = dict.fromkeys(
        Object(columns[field], kind, entity.kind)
        for entity in rule.entities
        for field in entity.fields
        if field in columns and (kind := words.risk_object(entity.kind))
    )
    threats = dict.fromkeys(
        Object(columns[field], kind, entity.kind)
        for entity in rule.entities
        for field in entity.fields
        if field in columns and (kind := words.threat_object(entity.kind, field))
    )
    return Objects(tuple(risks), tuple(threats))


def _columns(lowered: Lowered) -> dict[str, str]:
    """Name the columns; where only a sequence's last events are left, they are that step's too."""
    columns, body = shown(lowered), lowered.rule.body
    if not isinstance(body, model.Sequence) or isinstance(lowered.body, model.Sequence):
        return columns
    last = body.steps[-1].name
    return {**columns, **{f"{last}.{field}": column for field, column in columns.items()}}


def riskless(release: Release, format_: str, part: str) -> Diagnostic:
    """Say that no entity is one that a risk is counted for, in the rows of the source PART."""
    where = f" of its rows over {part}" if part else " of its rows"
    what = f"an entity{where} that a risk is counted for"
    return lacks(release, format_, what, "`entities { host = host.name }`")


def suppression(search: Search, found: Objects) -> tuple[list[str], int] | None:
    """Say by which columns, for how many seconds, a row is known that two runs find.

    None where no two runs look at one time, or where nothing tells rows apart.
    """
    schedule, body = search.lowered.rule.schedule, search.lowered.rule.body
    if schedule is None or schedule.every is None or schedule.over <= schedule.every:
        return None
    told = told_apart(search.lowered)
    known_by_keys = isinstance(body, model.Summary | model.FirstSeen) and told
    fields = told if known_by_keys else list(dict.fromkeys((*told, *found.columns)))
    return (fields, -(-schedule.over // 1000)) if fields else None


def throttled(search: Search, found: Objects) -> str | None:
    """Say which findings are not told, for they look like one that was told just now."""
    told = suppression(search, found)
    if told is None:
        return None
    fields, seconds = told
    named = ", ".join(fields)
    return f"Throttled for {seconds}s by {named}: of findings alike in these the first is told"


def message(title: str, found: Objects) -> str:
    """Say what happened to whom; the tokens are filled with what a row shows."""
    by_kind = {each.entity: each.column for each in reversed(found.risks)}
    host = f" on ${by_kind['host']}$" if "host" in by_kind else ""
    account = f" by ${by_kind['account']}$" if "account" in by_kind else ""
    return f"{untokened(title)}{host}{account}"


def untokened(text: str) -> str:
    """Write TEXT so that no token is read in it: a dollar sign of its own is doubled."""
    return text.replace("$", "$$")


def results_again(search: str, found: Objects) -> dict[str, str]:
    """Write the search that shows what SEARCH found, of the hosts of a finding alone."""
    narrowed = "".join(f' {column}="${column}$"' for column in found.hosts)
    named = " and ".join(f"${column}$" for column in found.hosts)
    return {
        "name": f"View the detection results{f' for {named}' if named else ''}",
        "search": f"{search} | search{narrowed}" if narrowed else search,
        **_SAME_TIME,
    }


def events_of_hosts(search: Search, found: Objects) -> Iterator[dict[str, str]]:
    """Write a search for each source that shows what else it has of a host of a finding."""
    for host in found.hosts[:1]:
        for name, origin, columns in dict.fromkeys(_origins(search.lowered)):
            yield {
                "name": f"View all events of ${host}$ in {name}",
                "search": f"{origin} {_any_is(columns, host)}",
                **_SAME_TIME,
            }


def _any_is(columns: tuple[str, ...], token: str) -> str:
    terms = [f'{column}="${token}$"' for column in columns]
    return terms[0] if len(terms) == 1 else f"({' OR '.join(terms)})"


def _origins(lowered: Lowered) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Name where events are, how they are searched, and the columns of their hosts there."""
    for place in (place for part in lowered.parts or (lowered,) for place in part.places):
        hosts = (place.columns.get(name) for name in ("host.name", "host.id"))
        columns = next((each.names for each in hosts if each and each.name), None)
        if columns and not place.datamodel:
            yield place.macro.strip("`"), place.macro, columns
        elif columns:
            model_ = place.datamodel
            yield model_, f"| from datamodel:{model_} | search", columns


def risk_events(found: Objects) -> Iterator[dict[str, str]]:
    """Write the search that shows the risk around a finding."""
    if found.risks:
        risks = list(dict.fromkeys(f"${each.column}$" for each in found.risks))
        yield {
            "name": f"View risk events for the last 7 days for {' and '.join(risks)}",
            "search": _RISK_EVENTS.format(", ".join(f'"{each}"' for each in risks)),
            "earliest_offset": "-7d",
            "latest_offset": "now",
        }
