"""What a rule is about, in the columns that its search shows: objects of risk, threats, a message."""

from collections.abc import Iterator

from tocsin import model
from tocsin.frozen import dataclass
from tocsin_backends.spl.shown import shown, told_apart
from tocsin_formats.splunk import words
from tocsin_formats.splunk.search import Search

RISK_EVENTS = (
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
    columns = shown(search.lowered)
    rule = search.lowered.rule
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


def suppressed_by(search: Search, found: Objects) -> list[str]:
    """Name the columns by which a row that is found twice is known: of a summary, its keys."""
    told = told_apart(search.lowered)
    if isinstance(search.lowered.rule.body, model.Summary) and told:
        return told
    return list(dict.fromkeys((*told, *found.columns)))


def message(title: str, found: Objects) -> str:
    """Say what happened to whom; the tokens are filled with what a row shows."""
    by_kind = {each.entity: each.column for each in reversed(found.risks)}
    host = f" on ${by_kind['host']}$" if "host" in by_kind else ""
    account = f" by ${by_kind['account']}$" if "account" in by_kind else ""
    return f"{untokened(title)}{host}{account}"


def untokened(text: str) -> str:
    """Write TEXT so that no token is read in it: a dollar sign of its own is doubled."""
    return text.replace("$", "$$")


def drilldowns(search: str, found: Objects) -> Iterator[dict[str, str]]:
    """Write the searches that an analyst opens from a finding: its rows, then the risk around it."""
    hosts = found.hosts
    named = " and ".join(f"${column}$" for column in hosts)
    narrowed = "".join(f' {column}="${column}$"' for column in hosts)
    times = {"earliest_offset": "$info_min_time$", "latest_offset": "$info_max_time$"}
    yield {
        "name": f"View the detection results for {named}" if hosts else "View the detection results",
        "search": f"{search}\n| search{narrowed}" if hosts else search,
        **times,
    }
    if found.risks:
        risks = list(dict.fromkeys(f"${each.column}$" for each in found.risks))
        yield {
            "name": f"View risk events for the last 7 days for {' and '.join(risks)}",
            "search": RISK_EVENTS.format(", ".join(f'"{each}"' for each in risks)),
            "earliest_offset": "-7d",
            "latest_offset": "now",
        }
