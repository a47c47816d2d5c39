"""Sentinel's rules as they are published: read back, held against schemas, bound by Microsoft."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest
import yaml

from conftest import Check
from differential.harness import compiled, source_of
from gates import kql, skip
from tocsin import pipeline, registry
from tocsin.diagnostics import Code, Diagnostic
from tocsin.format import Format
from tocsin.pipeline import Rules
from tocsin.publish import Asked, Outcome, Said, publish, said
from tocsin.schema import Table, TaxonomyError, class_names
from tocsin_formats.sentinel import SENTINEL_ARM, SENTINEL_YAML
from tocsin_formats.sentinel.arm import literal
from tocsin_formats.sentinel.durations import iso, short

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "golden" / "publish" / "sentinel"
FORMATS: Mapping[str, Format] = {"sentinel-yaml": SENTINEL_YAML, "sentinel-arm": SENTINEL_ARM}
SOURCES = (
    "defender_xdr",
    "sentinel_securityevent",
    "sentinel_sysmon",
    "sentinel_sysmon_windowsevent",
    "sentinel_asim",
)
ID = "11111111-1111-4111-8111-111111111111"
META = 'description = "Detects it." severity = "high" attack = ["T1059.007"]'
Document = Mapping[str, object]


def rule(
    body: str, schedule: str = "alert every 5m over 1h", meta: str = META, title: str = "One"
) -> str:
    return (
        f'rule one {{\n  meta {{ title = {json.dumps(title)} id = "{ID}" {meta} }}\n'
        f"  {schedule}\n  {body}\n}}\n"
    )


EVENT = 'detect process.start where process.name is "node.exe"'


def made_of(rules: Rules, sources: Sequence[str] = ()) -> tuple[list[Said], list[Asked]]:
    """Say rules by KQL, over SOURCES or what it reads by itself."""
    assert not [each for each in rules.diagnostics if each.code.is_error], rules.diagnostics
    profiles = tuple(source_of("kql", name) for name in sources)
    plans = pipeline.plans("kql", registry.load("kql"), profiles)
    (wanted,) = SENTINEL_YAML.wanted
    made = said(rules, plans, list(pipeline.render_all(rules, plans)))
    return made, [(wanted, plan) for plan in plans]


def outcome(
    text: str,
    format_: str = "sentinel-yaml",
    sources: Sequence[str] = (),
    settings: Mapping[str, object] | None = None,
) -> Outcome:
    table = Table(Path("tocsin.toml"), ("publish", format_), settings or {})
    return publish(format_, FORMATS[format_], *made_of(compiled(text), sources), {}, table)


def documents(outcome: Outcome) -> dict[str, Document]:
    """Read the YAML files back, each under its path."""
    return {
        path: yaml.safe_load(data)
        for path, data in outcome.files.items()
        if path != "manifest.json"
    }


def one(text: str, **more: object) -> Document:
    """Publish one rule of one query, and read it back."""
    result = outcome(text, **more)  # type: ignore[arg-type]  # what outcome takes
    assert errors(result) == []
    (document,) = documents(result).values()
    return document


def resource(text: str, settings: Mapping[str, object] | None = None) -> dict[str, object]:
    result = outcome(text, "sentinel-arm", settings=settings)
    assert errors(result) == []
    (data,) = (data for path, data in result.files.items() if path != "manifest.json")
    (found,) = json.loads(data)["resources"]
    return dict(found)


def properties(text: str, settings: Mapping[str, object] | None = None) -> dict[str, object]:
    found = resource(text, settings)["properties"]
    assert isinstance(found, dict)
    return found


def errors(outcome: Outcome) -> list[Diagnostic]:
    return [each for each in outcome.diagnostics if each.code.is_error]


def told(outcome: Outcome) -> list[str]:
    return [f"{each.message}: {each.label}" for each in outcome.diagnostics]


def mappings(document: Document) -> list[str]:
    """Write entity mappings short: `Host FullName=DeviceName`."""
    found = document.get("entityMappings") or []
    assert isinstance(found, list)
    return [
        f"{each['entityType']} "
        + " ".join(f"{item['identifier']}={item['columnName']}" for item in each["fieldMappings"])
        for each in found
    ]


@cache
def pack() -> Rules:
    return pipeline.read([Path("rules")], registry.names())


@cache
def published(format_: str) -> Outcome:
    table = Table(Path("tocsin.toml"), ("publish", format_), {})
    return publish(format_, FORMATS[format_], *pack_made(), {}, table)


@cache
def pack_made() -> tuple[list[Said], list[Asked]]:
    return made_of(pack())


@pytest.fixture(autouse=True)
def _at_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


# --- the pack


def test_every_rule_of_the_pack_becomes_a_file() -> None:
    result = published("sentinel-yaml")

    assert result.diagnostics == ()
    assert len(pack().rules) == 26
    found = documents(result)
    assert len(found) == 26
    assert {document["id"] for document in found.values()} == {
        each.meta.id for each in pack().rules
    }
    tops = [path.split("/")[0] for path in found]
    assert tops.count("Detections") == 24
    assert tops.count("Hunting Queries") == 2


def test_every_rule_of_the_pack_becomes_a_resource() -> None:
    result = published("sentinel-arm")

    assert result.diagnostics == ()
    rules = json.loads(result.files["AnalyticsRules.json"])["resources"]
    hunts = json.loads(result.files["HuntingQueries.json"])["resources"]
    assert (len(rules), len(hunts)) == (24, 2)
    for each in rules:
        # As many segments of the name as the type has types.
        assert each["type"].count("/") == each["name"].count("/") + 1
    names = {each["name"] for each in (*rules, *hunts)}
    assert len(names) == 26


def test_the_same_rules_make_the_same_bytes() -> None:
    table = Table(Path("tocsin.toml"), ("publish", "any"), {})

    for name, format_ in FORMATS.items():
        again = publish(name, format_, *pack_made(), {}, table)

        assert again.files == published(name).files


def test_no_query_of_the_pack_is_longer_than_a_rule_may_be() -> None:
    queries = [str(each["query"]) for each in documents(published("sentinel-yaml")).values()]

    assert max(map(len, queries)) <= 10_000
    assert not any("saved function" in each for each in queries)


@pytest.mark.parametrize(
    "name",
    [
        "node_load_dir_res",  # a hunt
        "node_inline_execution",  # events
        "node_false_identity",  # events, a column made for an entity
        "node_recon_burst",  # rows
        "node_install_fetches",  # a sequence
        "node_options_set",  # events of several kinds
        "node_first_seen",  # what was not there before
    ],
)
def test_a_rule_reads_as_it_did(name: str, golden: Check) -> None:
    files = published("sentinel-yaml").files
    (data,) = (data for path, data in files.items() if path.endswith(f"/{name}.yaml"))

    golden(GOLDEN / f"{name}.yaml", data.decode("utf-8"))


def test_hunts_read_as_they_did_in_a_template(golden: Check) -> None:
    golden(GOLDEN / "hunts.json", published("sentinel-arm").files["HuntingQueries.json"].decode())


# --- the seed: a hunt, and the same text as an alert


def seed(schedule: str) -> str:
    """Take the hunt by itself, on a schedule of its own."""
    text = (ROOT / "rules/execution/node_load_dir_res.rule").read_text("utf-8")
    lists = "let trusted_install_paths = ['C:\\Program Files\\', 'C:\\Program Files (x86)\\']\n"
    text = text.replace('use "../lib/node.rule"\n', lists)
    return text.replace("hunt over 30d", schedule)


def test_the_seed_is_a_hunting_query() -> None:
    document = one(seed("hunt over 30d"))

    assert not document.keys() & {"severity", "kind", "queryFrequency", "queryPeriod"}
    query = str(document["query"])
    assert "| where TimeGenerated > ago(30d)\n" in query
    assert query.endswith("| extend Host_0_FullName = DeviceName, Account_0_Name = AccountName\n")
    assert mappings(document) == ["Host FullName=DeviceName", "Account Name=AccountName"]


def test_the_seed_alerting_is_an_analytics_rule(golden: Check) -> None:
    text = seed("alert every 30m over 1h")

    document = one(text)

    assert document["kind"] == "Scheduled"
    assert (document["queryFrequency"], document["queryPeriod"]) == ("30m", "1h")
    assert mappings(document) == ["Host FullName=DeviceName", "Account Name=AccountName"]
    assert document["eventGroupingSettings"] == {"aggregationKind": "AlertPerResult"}
    assert "ago(" not in str(document["query"])
    (data,) = (data for path, data in outcome(text).files.items() if path.endswith(".yaml"))
    golden(GOLDEN / "node_load_dir_res_alert.yaml", data.decode("utf-8"))
    template = outcome(text, "sentinel-arm").files["AnalyticsRules.json"]
    golden(GOLDEN / "node_load_dir_res_alert.json", template.decode("utf-8"))


def test_the_older_entity_columns_come_where_they_are_asked_for() -> None:
    document = one(seed("alert every 30m over 1h"), settings={"custom_entities": True})

    assert str(document["query"]).endswith(
        "| extend timestamp = StartTime, HostCustomEntity = DeviceName,"
        " AccountCustomEntity = AccountName\n"
    )


# --- entities: Microsoft's binder has every column that is mapped

PROCESS = """entities {
    host = host.name  host = host.id  account = user.name, user.domain, user.id
    process = process.command_line, process.pid  process = process.executable
    hash = process.hash.md5, process.hash.sha256
  }"""
CASES: Mapping[str, str] = {
    "process": f"{EVENT}\n{PROCESS}",
    "file": """detect file.create where file.name is "a.js"
      entities { file = file.path  file = file.name, file.directory  hash = file.hash.sha1
        url = file.origin_url  account = user.name  process = process.executable }""",
    "registry_key": """detect registry.set where registry.value is "x"
      entities { registry = registry.key  registry = registry.path  host = host.name
        process = process.command_line }""",
    "registry_hive": """detect registry.set where registry.value is "x"
      entities { registry = registry.hive  account = user.name, user.domain }""",
    "dns": """detect dns.query where dns.question.name ends with ".example"
      entities { dns = dns.question.name  host = host.name  process = process.executable }""",
    "network": """detect network.connect where destination.port == 4444
      entities { ip = source.ip  ip = destination.ip  dns = destination.domain  host = host.name
        account = user.name  process = process.pid }""",
    "library": """detect library.load where dll.name is "a.node"
      entities { file = dll.path  hash = dll.hash.sha256  process = process.executable }""",
    "logon": """detect logon.attempt where event.outcome is "failure"
      entities { account = user.name, user.domain  ip = source.ip  host = host.name }""",
    "classes": """detect file.create or file.modify where file.name is "a.js"
      entities { file = file.path  host = host.name  account = user.name }""",
    "any": """detect any {
        a: process.start where process.name is "node.exe"
        b: registry.set where registry.value is "x"
        c: file.create where file.name is "a.js"
      } entities { host = host.name  account = user.name, user.domain
        process = process.executable  process = process.pid }""",
    "first_seen": """detect process.start where process.name is "node.exe"
      first seen (host.id, process.name) in 2d
      entities { host = host.name  account = user.name  file = process.name
        process = process.command_line }""",
    "rows": """detect process.start where process.name is "node.exe"
      summarize by host.name, user.name, process.executable every 30m {
        N = count()  Line = sample(process.command_line)  Hash = last(process.hash.sha256)
        time = first(process.parent.executable)
      } entities { host = host.name  account = user.name  file = process.executable
        process = Line  hash = Hash  file = time }""",
    "sliding": """detect process.start where process.name is "node.exe"
      summarize by host.name, user.name sliding 5m {
        N = count()  Image = sample(process.executable)
      } having N >= 3 entities { host = host.name  account = user.name  file = Image }""",
    "sequence": """detect sequence by host.id, user.name within 1m {
        start: process.start where process.name is "node.exe"
        write: file.create where file.name is "a.js"
      } entities { host = host.name  account = user.name  process = start.process.command_line
        process = start.process.executable  file = write.file.path }""",
    "until": """detect sequence by host.id within 1m {
        start: process.start repeats 2 where process.name is "node.exe"
        call: network.connect where destination.port == 4444
        until process.start where process.name is "x.exe"
      } entities { host = start.host.name  ip = call.destination.ip  account = start.user.name }""",
}


ALERT, HUNT = "alert every 1h over 2h", "hunt over 7d"


def records(source: str, case: str) -> bool:
    """Whether a source has every class of events that a case speaks of."""
    named = {name for name in class_names() if name in CASES[case]}
    return all(source_of("kql", source).event_class(name) for name in named)


PAIRS = [(name, source, ALERT) for name in CASES for source in SOURCES if records(source, name)]
PAIRS += [(name, SOURCES[0], HUNT) for name in CASES]


@pytest.mark.parametrize(("name", "source", "schedule"), PAIRS)
def test_every_mapped_column_is_returned(name: str, source: str, schedule: str) -> None:
    custom = {"custom_entities": True}

    document = one(rule(CASES[name], schedule), sources=(source,), settings=custom)

    assert mappings(document)
    assert_bound(document)


def test_every_query_of_the_pack_is_bound() -> None:
    found = list(documents(published("sentinel-yaml")).values())

    assert len(found) == 26
    for document in found:
        assert_bound(document)


def test_the_published_query_is_the_one_that_is_built_and_columns_beside() -> None:
    rules, asked = pack_made()
    built = {each.rule.meta.id: each.by[asked[0][1].label].query for each in rules}

    for document in documents(published("sentinel-yaml")).values():
        lines = [line.strip() for line in str(document["query"]).splitlines()]
        text = built[str(document["id"])]
        assert text is not None
        text = re.sub(r"\bTimestamp\b", "TimeGenerated", text)
        expected = iter([line.strip() for line in text.splitlines()])
        wanted = next(expected)
        for line in lines:
            if line == wanted:
                wanted = next(expected, "")
            else:
                assert re.match(r"// |\| extend|\w+ = ", line), line
        assert not wanted


EVERY_TIME = """detect process.start where timestamp exists and process.name is "node.exe"
  summarize by host.name {} {{ Starts = count(where timestamp exists)  Since = min(timestamp) }}
  having Starts > 2
  entities {{ host = host.name }}"""


@pytest.mark.parametrize("how", ["every 1h", "sliding 1h"])
def test_a_workspace_has_no_column_that_advanced_hunting_alone_has(how: str) -> None:
    document = one(rule(EVERY_TIME.format(how), "alert every 1h over 3h"))

    query = str(document["query"])
    assert "Timestamp" not in query
    assert query.count("isnotnull(TimeGenerated)") == 2
    assert_bound(document)


def test_no_query_of_the_pack_reads_a_column_of_advanced_hunting_alone() -> None:
    queries = [str(each["query"]) for each in documents(published("sentinel-yaml")).values()]

    assert any("TimeGenerated" in each for each in queries)
    assert not [each for each in queries if re.search(r"\bTimestamp\b", each)]


def test_templates_have_the_queries_and_the_entities_of_the_files() -> None:
    files = published("sentinel-arm").files
    rules, hunts = (
        [each["properties"] for each in json.loads(files[path])["resources"]]
        for path in ("AnalyticsRules.json", "HuntingQueries.json")
    )

    by_name = {each["name"]: each for each in documents(published("sentinel-yaml")).values()}
    for each in (*rules, *hunts):
        document = by_name[each["displayName"]]
        assert re.sub(r"// ATT&CK.*\n", "", each["query"]) == document["query"]
        assert each.get("entityMappings", []) == (
            [] if each in hunts else document.get("entityMappings", [])
        )


@cache
def bound(query: str) -> tuple[list[str], set[str]]:
    """Ask Microsoft's language service what is wrong with a query, and what it returns."""
    return kql.problems(query), {name for name, _ in kql.columns(query)}


def assert_bound(document: Document) -> None:
    query = str(document["query"])
    with skip.where_missing():
        problems, columns = bound(query)
    assert problems == [], query
    mapped = [item.partition("=")[2] for each in mappings(document) for item in each.split()[1:]]
    assert {*mapped} <= columns, (mapped, columns)


def test_an_entity_takes_the_form_that_its_identifier_has() -> None:
    document = one(rule(CASES["registry_key"]))

    query = str(document["query"])
    assert mappings(document)[:2] == [
        "RegistryKey Hive=RegistryKey_Hive Key=RegistryKey_Key",
        "RegistryKey Hive=registry_path_Hive Key=registry_path_Key",
    ]
    assert 'RegistryKey_Hive = tostring(split(RegistryKey, "\\\\")[0])' in query


def test_hives_are_written_in_full() -> None:
    document = one(rule(CASES["registry_hive"]), sources=("sentinel_sysmon",))

    assert '"HKLM", "HKEY_LOCAL_MACHINE"' in str(document["query"])


def test_a_file_name_with_a_column_of_its_own_is_taken_from_there() -> None:
    document = one(rule(f"{EVENT} entities {{ file = process.executable }}"))

    assert mappings(document) == ["File Name=FileName Directory=FolderPath_Directory"]


def test_two_of_one_identifier_are_two_entities() -> None:
    body = """detect sequence by host.id within 1m {
        a: process.start where process.name is "node.exe"
        b: process.start where process.name is "cmd.exe"
      } entities { process = a.process.command_line, b.process.command_line }"""

    document = one(rule(body))

    assert mappings(document) == [
        "Process CommandLine=a_process_command_line",
        "Process CommandLine=b_process_command_line",
    ]


def test_a_host_without_its_domain_is_called_so() -> None:
    document = one(rule(f"{EVENT} entities {{ host = host.name }}"), sources=("sentinel_asim",))

    assert mappings(document) == ["Host HostName=DvcHostname"]


def test_one_entity_named_twice_is_mapped_once() -> None:
    body = f"{EVENT} entities {{ process = process.executable file = process.executable }}"

    assert len(mappings(one(rule(body)))) == 1


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (
            "summarize by host.name every 30m { Names = set(user.name) }"
            " entities { account = Names }",
            "`account = Names` of `one` is left out: `Names` is a set of values",
        ),
        (
            "summarize by host.name every 30m { N = count() } entities { account = N }",
            "`account = N` of `one` is left out: `N` is a count",
        ),
        (
            "entities { account = user.domain }",
            "`account = user.domain` of `one` is left out: it needs Name or FullName or Sid",
        ),
        (
            "entities { host = host.id }",
            "`host = host.id` of `one` is left out: Sentinel has no identifier for `host.id` there",
        ),
        (
            "entities { host = host.os.type }",
            "`host = host.os.type` of `one` is left out: always windows there, in no column",
        ),
    ],
)
def test_an_entity_that_cannot_be_mapped_is_told_of(body: str, why: str) -> None:
    result = outcome(rule(f"{EVENT} {body}"))

    assert [each.code for each in result.diagnostics] == [Code.UNTOLD]
    assert told(result) == [f"sentinel-yaml: {why}"]
    (document,) = documents(result).values()
    assert "entityMappings" not in document


# --- what a rule says, and where it goes


def test_the_keys_stand_in_the_order_of_the_repository() -> None:
    text = rule(f"{EVENT} entities {{ host = host.name }}", meta=f'{META} tags = ["a", "b"]')

    document = one(text, settings={"incident_grouping": "AllEntities"})

    assert list(document) == [
        *("id", "name", "description", "severity", "requiredDataConnectors", "queryFrequency"),
        *("queryPeriod", "triggerOperator", "triggerThreshold", "tactics", "relevantTechniques"),
        *("tags", "query", "entityMappings", "eventGroupingSettings", "incidentConfiguration"),
        *("version", "kind"),
    ]


def test_tactics_have_no_spaces() -> None:
    text = rule(
        EVENT, meta='description = "D" severity = "low" attack = ["T1071", "persistence/T1547.001"]'
    )

    document = one(text)

    assert document["tactics"] == ["CommandAndControl", "Persistence"]
    assert document["relevantTechniques"] == ["T1071", "T1547.001"]
    assert properties(text)["techniques"] == ["T1071", "T1547"]
    assert "// ATT&CK: T1071, T1547.001\n" in str(properties(text)["query"])


@pytest.mark.parametrize(
    ("severity", "called"),
    [
        ("informational", "Informational"),
        ("low", "Low"),
        ("medium", "Medium"),
        ("high", "High"),
        ("critical", "High"),
    ],
)
def test_severities_are_those_that_sentinel_has(severity: str, called: str) -> None:
    text = rule(EVENT, meta=f'description = "D" severity = "{severity}"')

    assert one(text)["severity"] == called
    assert properties(text)["severity"] == called


@pytest.mark.parametrize(
    ("source", "connectors"),
    [
        ("defender_xdr", [("MicrosoftThreatProtection", ["DeviceProcessEvents"])]),
        (
            "sentinel_securityevent",
            [("SecurityEvents", ["SecurityEvent"]), ("WindowsSecurityEvents", ["SecurityEvent"])],
        ),
        ("sentinel_sysmon_windowsevent", [("WindowsForwardedEvents", ["WindowsEvent"])]),
        ("sentinel_sysmon", []),
        ("sentinel_asim", []),
    ],
)
def test_a_table_names_the_connectors_that_fill_it(
    source: str, connectors: list[tuple[str, list[str]]]
) -> None:
    found = one(rule(EVENT), sources=(source,))["requiredDataConnectors"]

    assert found == [{"connectorId": name, "dataTypes": types} for name, types in connectors]


def test_a_table_of_the_project_takes_the_connector_of_its_settings(tmp_path: Path) -> None:
    (tmp_path / "one.rule").write_text(rule(EVENT), encoding="utf-8")
    (tmp_path / "tocsin.toml").write_text(
        '[targets.kql]\nsources = ["ours"]\n'
        '[sources.ours]\nextends = "sentinel_securityevent"\n'
        '[sources.ours.classes."process.start"]\ntable = "Ours_CL"\n'
        '[publish.sentinel-yaml.connectors]\nOurs_CL = "OurConnector"\n',
        encoding="utf-8",
    )
    from test_cli import tocsin

    result = tocsin("publish", "one.rule", "-f", "sentinel-yaml", cwd=tmp_path)

    assert result.returncode == 0, result.stderr
    path = tmp_path / "published/sentinel-yaml/Detections/Ours_CL/one.yaml"
    document = yaml.safe_load(path.read_text("utf-8"))
    connector = {"connectorId": "OurConnector", "dataTypes": ["Ours_CL"]}
    assert document["requiredDataConnectors"] == [connector]


@pytest.mark.parametrize("table", ["../../../x", "/x", "a/b", "union x, y"])
def test_a_table_does_not_lead_out_of_the_folder(table: str, tmp_path: Path) -> None:
    (tmp_path / "one.rule").write_text(rule(EVENT), encoding="utf-8")
    (tmp_path / "tocsin.toml").write_text(
        '[targets.kql]\nsources = ["ours"]\n[sources.ours]\nextends = "sentinel_securityevent"\n'
        f'[sources.ours.classes."process.start"]\ntable = "{table}"\n',
        encoding="utf-8",
    )
    from test_cli import tocsin

    result = tocsin("publish", "one.rule", "-f", "sentinel-yaml", cwd=tmp_path)

    assert result.returncode == 0, result.stderr
    (path,) = tmp_path.rglob("one.yaml")
    assert path.parent.parent == tmp_path / "published/sentinel-yaml/Detections"


def test_queries_over_several_sources_are_rules_of_their_own() -> None:
    result = outcome(rule(EVENT), sources=("defender_xdr", "sentinel_sysmon"))

    found = documents(result)
    assert list(found) == [
        "Detections/DeviceProcessEvents/one_defender_xdr.yaml",
        "Detections/Event/one_sentinel_sysmon.yaml",
    ]
    assert [each["name"] for each in found.values()] == [
        "One (defender_xdr)",
        "One (sentinel_sysmon)",
    ]
    first, second = (each["id"] for each in found.values())
    assert first == ID != second


def test_what_one_of_several_sources_has_no_entity_for_names_the_source() -> None:
    entity = "\n  entities { process = process.start }"
    sources = ("sentinel_sysmon", "sentinel_securityevent")

    found = outcome(rule(EVENT + entity), sources=sources)

    assert [each.message for each in found.diagnostics] == [
        f"sentinel-yaml: `process = process.start` over {source} of `one` is left out"
        for source in sources
    ]


def test_more_than_fifty_rules_are_several_templates() -> None:
    text = "".join(
        rule(EVENT).replace("rule one", f"rule r{n}").replace(ID, f"{n:08d}{ID[8:]}")
        for n in range(51)
    )

    files = outcome(text, "sentinel-arm").files

    counts = {path: len(json.loads(data).get("resources", [])) for path, data in files.items()}
    assert counts == {"AnalyticsRules.json": 50, "AnalyticsRules_2.json": 1, "manifest.json": 0}


def test_what_was_seen_before_is_in_the_period() -> None:
    body = f"{EVENT} first seen (host.id, process.name) in 2d"

    document = one(rule(body, "alert every 1h over 1h"))

    assert document["queryPeriod"] == "49h"
    assert properties(rule(body, "alert every 1h over 1h"))["queryPeriod"] == "P2DT1H"


def test_settings_are_obeyed() -> None:
    chosen = {"enabled": False, "event_grouping": "AlertPerResult", "incident_grouping": "AnyAlert"}

    found = properties(rule(EVENT), chosen)

    assert found["enabled"] is False
    assert found["eventGroupingSettings"] == {"aggregationKind": "AlertPerResult"}
    incident = found["incidentConfiguration"]
    assert isinstance(incident, dict)
    grouping = incident["groupingConfiguration"]
    assert (grouping["enabled"], grouping["matchingMethod"]) == (True, "AnyAlert")


@pytest.mark.parametrize(
    ("format_", "settings"),
    [
        ("sentinel-yaml", {"enabled": True}),
        ("sentinel-arm", {"connectors": {"T": "C"}}),
        ("sentinel-arm", {"event_grouping": "Sometimes"}),
        ("sentinel-yaml", {"custom_entities": "yes"}),
    ],
)
def test_wrong_settings_are_faults(format_: str, settings: Mapping[str, object]) -> None:
    with pytest.raises(TaxonomyError):
        outcome(rule(EVENT), format_, settings=settings)


# --- durations


@pytest.mark.parametrize(
    ("minutes", "in_yaml", "in_arm"),
    [
        (5, "5m", "PT5M"),
        (30, "30m", "PT30M"),
        (60, "1h", "PT1H"),
        (70, "70m", "PT1H10M"),
        (1440, "1d", "P1D"),
        (1500, "25h", "P1DT1H"),
        (14 * 1440, "14d", "P14D"),
        (313 * 60, "313h", "P13DT1H"),
    ],
)
def test_a_duration_is_written_in_one_way(minutes: int, in_yaml: str, in_arm: str) -> None:
    assert short(minutes * 60_000) == in_yaml
    assert iso(minutes * 60_000) == in_arm


# --- what Sentinel does not take

LONG = "x" * 10_001


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (rule(EVENT, ""), Code.LACKS, "alert every 5m over 9m"),
        (rule(EVENT, meta='severity = "low"'), Code.LACKS, "description"),
        (rule(EVENT, meta='description = "D"'), Code.LACKS, "severity"),
        (
            rule(EVENT, meta=f'description = "{"x" * 5001}" severity = "low"'),
            Code.BEYOND,
            "the product takes 5,000 at most",
        ),
        (
            rule(f'detect process.start where process.command_line contains "{LONG}"'),
            Code.BEYOND,
            "the product takes 10,000 at most",
        ),
        (rule(EVENT, "alert every 1m over 5m"), Code.ARTEFACT, "queryFrequency is 1m"),
        (rule(EVENT, "alert every 90s over 10m"), Code.ARTEFACT, "no whole minutes"),
        (rule(EVENT, "alert every 1h over 15d"), Code.ARTEFACT, "queryPeriod is 15d"),
        (rule(EVENT, "alert every 5m over 2d"), Code.ARTEFACT, "has to be 1h or more, not 5m"),
        (
            rule(f"{EVENT} first seen (host.id, process.name) in 14d", "alert every 1h over 1h"),
            Code.ARTEFACT,
            "queryPeriod is 337h; the product takes 5m to 14d",
        ),
        (
            rule('detect process.start where process.command_line contains "union *"'),
            Code.ARTEFACT,
            "`union *`",
        ),
        (
            rule(
                f"{EVENT} entities {{ "
                + " ".join(
                    f"process = process.{name}"
                    for name in (
                        *("command_line", "pid", "executable", "name", "parent.name"),
                        *("parent.executable", "parent.command_line", "parent.pid"),
                        *("parent.parent.name", "parent.parent.pid"),
                    )
                )
                + " account = user.name host = host.name }"
            ),
            Code.BEYOND,
            "the product takes 10 at most",
        ),
    ],
)
def test_a_limit_is_told_with_its_number(format_: str, text: str, code: Code, says: str) -> None:
    result = outcome(text, format_)

    assert code in {each.code for each in result.diagnostics}
    assert any(says in f"{each.label} {each.help}" for each in errors(result)), result.diagnostics


def test_a_hunt_has_no_limit_of_length() -> None:
    body = f'detect process.start where process.command_line contains "{LONG}"'

    assert LONG in str(one(rule(body, "hunt over 1d"))["query"])


def test_one_rule_does_not_hide_the_fault_of_another() -> None:
    bad = rule(EVENT, "").replace("rule one", "rule two").replace(ID, "2" + ID[1:])

    result = outcome(rule(EVENT) + bad)

    assert [each.code for each in errors(result)] == [Code.LACKS]
    assert len(documents(result)) == 1


def test_a_query_that_just_fits_is_indented_less() -> None:
    lines = " or ".join(f'process.command_line contains "needle {n:03}"' for n in range(195))
    body = f"detect any {{ a: process.start where {lines}  b: file.create where file.name is 'x' }}"

    query = str(one(rule(body))["query"])

    assert len(query) <= 10_000
    assert "\n  | where ActionType" in query


# --- hostile texts

NASTY = (
    "two\nlines",
    "[stanza]",
    "[concat('x', parameters('workspace'))]",
    "[[doubled]",
    "[",
    '"""',
    "'''",
    "{{ template }} {% x %} ${y}",
    "]]> </script><script>alert(1)</script>",
    "emoji 🐸 and \u202e reversed",
    "tab\there, trailing blank \nand more ",
    "  leading blanks\n    and more",
    "# no comment: - [x] &anchor *alias !tag | > % @ `",
    "yes",
    "1.0",
    "null",
    "~",
    "---",
    "...\n---\nid: 1",
    "\x07\x1b[31m\x7f",
    "NEL\x85LS\u2028PS\u2029",
    "C:\\Users\\x\\",
    "// comment\n| where false",
    "*/ --",
)


def quoted(text: str) -> str:
    """Write a text in the rule language."""
    marks = {"\\": "\\\\", '"': '\\"'}
    shown = (c if c.isprintable() else f"\\u{{{ord(c):X}}}" for c in text)
    return '"' + "".join(marks.get(c, c) for c in shown) + '"'


def hostile(text: str, schedule: str = "alert every 5m over 9m") -> str:
    """Write a rule with TEXT wherever one may stand; a title is one line, a short one."""
    word, title = quoted(text), quoted(" ".join(text.splitlines())[:256])
    body = f"detect process.start where process.command_line contains {word}"
    meta = f'description = {word} severity = "low" author = [{word}] false_positives = [{word}]'
    return (
        f'rule one {{ meta {{ title = {title} id = "{ID}" {meta} }}\n  {schedule}\n  {body}\n}}\n'
    )


def arm_text(value: object) -> str:
    """Read a text as Resource Manager does, which takes none of ours for an expression."""
    assert isinstance(value, str)
    if value.startswith("[") and value.endswith("]"):
        assert value.startswith("[["), "an expression"
        return value[1:]
    return value


@pytest.mark.parametrize("text", [*NASTY, "x" * 200 + "\n" + "y" * 4_700])
def test_texts_stay_data(text: str) -> None:
    (parsed,) = compiled(hostile(text)).rules

    document = one(hostile(text))
    found = properties(hostile(text))

    assert parsed.meta.description == text
    assert document["description"] == f"{text}\n"
    assert document["name"] == parsed.meta.title
    assert arm_text(found["description"]) == text
    assert arm_text(found["displayName"]) == parsed.meta.title
    assert arm_text(found["query"]) == document["query"]
    assert_bound(document)


@pytest.mark.parametrize("text", NASTY)
def test_texts_stay_data_in_hunts(text: str) -> None:
    source = hostile(text, "hunt over 1d")
    (parsed,) = compiled(source).rules

    document = one(source)
    found = properties(source)

    assert document["name"] == parsed.meta.title
    assert document["description"] == f"{text}\n"
    tags = found["tags"]
    assert isinstance(tags, list)
    assert {each["name"]: arm_text(each["value"]) for each in tags} == {"description": text}
    assert arm_text(found["displayName"]) == parsed.meta.title


def test_only_what_would_be_an_expression_is_escaped() -> None:
    assert literal("[x]") == "[[x]"
    assert literal("[[x]") == "[[[x]"
    assert literal("[x] y") == "[x] y"
    assert literal("x]") == "x]"
