"""Splunk's app and detections, of the pack and of hostile texts, read back by others."""

import gzip
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from conftest import Check
from gates import conf, spl
from tocsin import lock, model, pipeline, publish, registry
from tocsin.diagnostics import Code
from tocsin.format import Format, Wanted
from tocsin.frozen import replace
from tocsin.profiles import load_source
from tocsin.schema import Table, TaxonomyError
from tocsin.settings import read_settings
from tocsin_backends.spl import SPL
from tocsin_formats.splunk import SPLUNK_APP, SPLUNK_YAML
from tocsin_formats.splunk.conf import Stanza, written
from tocsin_formats.splunk.schedule import Unsayable, shortened, timing

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "golden" / "publish" / "splunk"
SEARCHES = "tocsin/default/savedsearches.conf"
# One of each body, and a hunt.
TOLD = (
    *("node_spawns_shell", "node_recon_burst", "node_install_fetches"),
    *("node_scheduled_task", "node_first_seen", "node_load_dir_res"),
)
NASTY = (
    "[stanza]",
    "one\n[stanza]\nkey = value\n# comment",
    "\"\"\" and ''' and ``` and `macro`",
    "{{ field }} {% tag %} ]]> </script> %name%",
    "$token$ costs $5",
    "\N{GRINNING FACE} \u00e4\u00f6\u00fc \u4e2d\u6587 \u202e",
    "x" * 9_900,
    "ends in a backslash \\",
    "two of them \\\\\nand one \\\nin the middle \\ of it \\\\",
    "C:\\",
    "blanks at the end  \nand a tab\t\n\n\nand lines of nothing",
    "---\nname: other\n...\n- a: b\n'",
    "; no comment either\n  # nor this",
)


def table(name: str, items: Mapping[str, object] | None = None) -> Table:
    return Table(Path("tocsin.toml"), ("publish", name), items or {})


def outcome(
    format_: Format,
    rules: Sequence[model.Rule],
    sources: Sequence[str] = (),
    items: Mapping[str, object] | None = None,
) -> publish.Outcome:
    """Publish RULES as they are; nothing of them has been locked."""
    name = "splunk-app" if format_ is SPLUNK_APP else "splunk-yaml"
    plans = pipeline.plans("spl", SPL, [load_source(each) for each in sources])
    return by(plans, rules, name, format_, {}, table(name, items))


def by(
    plans: Sequence[pipeline.Plan],
    rules: Sequence[model.Rule],
    name: str,
    format_: Format,
    locked: lock.Lock,
    settings: Table,
) -> publish.Outcome:
    """Publish RULES, said by PLANS."""
    whole = pipeline.Rules(tuple(rules), pack().sources, ())
    said = publish.said(whole, plans, list(pipeline.render_all(whole, plans)))
    asked = [(Wanted("spl", "spl"), plan) for plan in plans]
    return publish.publish(name, format_, said, asked, locked, settings)


@cache
def pack() -> pipeline.Rules:
    return pipeline.read([ROOT / "rules"], registry.names())


def text_of(found: publish.Outcome, path: str) -> str:
    return found.files[path].decode("utf-8")


def errors(found: publish.Outcome) -> list[tuple[Code, str]]:
    return [(each.code, f"{each.message}: {each.label}") for each in found.diagnostics]


@pytest.fixture(scope="module")
def rules() -> dict[str, model.Rule]:
    return {rule.name: rule for rule in pack().rules}


@pytest.fixture(scope="module")
def names() -> dict[str, object]:
    settings = read_settings(ROOT, registry.names(), registry.format_names()).settings
    return dict(settings.format("splunk-yaml").items)


@pytest.fixture(scope="module")
def app(rules: dict[str, model.Rule]) -> publish.Outcome:
    return outcome(SPLUNK_APP, list(rules.values()))


@pytest.fixture(scope="module")
def detections(rules: dict[str, model.Rule], names: dict[str, object]) -> publish.Outcome:
    return outcome(SPLUNK_YAML, list(rules.values()), items=names)


def searches(found: publish.Outcome) -> conf.Stanzas:
    return conf.read(text_of(found, SEARCHES))


def documents(found: publish.Outcome) -> dict[str, Any]:
    """Read the detections with libyaml, which has not written them."""
    paths = (path for path in found.files if path.startswith("detections/"))
    return {path: yaml.load(found.files[path], Loader=yaml.CSafeLoader) for path in paths}


def built(rendering: pipeline.Rendering) -> str:
    """Take a search without the comment at its head."""
    assert rendering.lowered is not None
    return SPL.query(rendering.lowered)


def expanded(text: str, macros: dict[str, str]) -> str:
    return re.sub("`([a-z0-9_]+)`", lambda match: macros[match[1]], text)


# --- the pack


def test_every_rule_of_the_pack_is_a_saved_search(
    app: publish.Outcome, rules: dict[str, model.Rule]
) -> None:
    assert errors(app) == []
    stanzas = searches(app)
    told = {f"Tocsin - {rule.meta.title} - Rule": rule for rule in rules.values()}
    assert set(stanzas) == set(told)
    for name, rule in told.items():
        scheduled = rule.schedule is not None and rule.schedule.every is not None
        assert (stanzas[name]["enableSched"] == "1") is scheduled
        assert ("action.notable" in stanzas[name]) is scheduled


def test_every_rule_of_the_pack_is_a_detection(
    detections: publish.Outcome, rules: dict[str, model.Rule]
) -> None:
    assert errors(detections) == []
    read = documents(detections)
    assert sorted(each["id"] for each in read.values()) == sorted(
        str(rule.meta.id) for rule in rules.values()
    )
    for path, each in read.items():
        stem = re.sub("[ ./-]", "_", each["name"]).lower()
        assert path == f"detections/endpoint/{stem}.yml"
        assert each["search"].endswith(f"| `{stem}_filter`")


def test_what_is_throttled_is_said_where_the_alert_is_described(app: publish.Outcome) -> None:
    alerts = [each for each in searches(app).values() if each.get("alert.suppress") == "1"]

    for each in alerts:
        fields = each["alert.suppress.fields"].replace(",", ", ")
        line = f"Throttled for {each['alert.suppress.period']} by {fields}:"
        assert line in each["description"]
    assert 0 < len(alerts) < len(searches(app))


def test_a_search_means_what_the_backend_writes(
    app: publish.Outcome, rules: dict[str, model.Rule]
) -> None:
    stanzas = searches(app)
    macros = {
        name: each["definition"]
        for name, each in conf.read(text_of(app, "tocsin/default/macros.conf")).items()
    }
    for rule in rules.values():
        text = expanded(stanzas[f"Tocsin - {rule.meta.title} - Rule"]["search"], macros)
        query = built(pipeline.render(rule, "spl", SPL))
        if isinstance(rule.body, model.FirstSeen):  # it cuts its own time: five minutes of slack
            query = query.replace('"-1h"', '"-66m"').replace("earliest=-313h", "earliest=-18786m")
        assert text == query.removesuffix("\n")


def test_the_grammar_takes_every_search(app: publish.Outcome, detections: publish.Outcome) -> None:
    texts = [each["search"] for each in searches(app).values()]
    texts += [each["search"] for each in documents(detections).values()]

    assert {text: problems for text in texts if (problems := spl.problems(text))} == {}


def test_tokens_are_columns_that_the_search_shows(app: publish.Outcome) -> None:
    shown = {"Computer", "User", "CommandLine", "Image", "QueryName", "ImageLoaded"}
    for settings in searches(app).values():
        tokens = re.findall(r"\$(\w+)\$", settings.get("action.risk.param._risk_message", ""))
        fields = settings.get("action.notable.param.nes_fields", "").split(",")
        for column in {*tokens, *fields} - {""} - shown:
            assert re.search(rf"\b{column}\b", settings["search"])


@pytest.mark.parametrize("format_", [SPLUNK_APP, SPLUNK_YAML], ids=["app", "yaml"])
def test_the_bytes_are_the_same_twice(
    format_: Format, rules: dict[str, model.Rule], names: dict[str, object],
    app: publish.Outcome, detections: publish.Outcome,
) -> None:  # fmt: skip
    again = outcome(format_, list(rules.values()), items=names if format_ is SPLUNK_YAML else {})

    assert again.files == (app if format_ is SPLUNK_APP else detections).files


def test_the_archive_holds_the_folder(app: publish.Outcome) -> None:
    (packed,) = (path for path in app.files if path.endswith(".tar.gz"))
    data = app.files[packed]
    assert int.from_bytes(data[4:8], "little") == 0  # the time in the head of gzip

    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(data))) as tar:
        entries = tar.getmembers()
        held = {
            each.name: file.read()
            for each in entries
            if (file := tar.extractfile(each)) is not None
        }

    assert packed == "tocsin-1.26.0.tar.gz"
    assert held == {path: each for path, each in app.files.items() if path.startswith("tocsin/")}
    assert [each.name for each in entries] == sorted(each.name for each in entries)
    assert {(each.mtime, each.uid, each.gid, each.uname) for each in entries} == {(0, 0, 0, "")}
    assert {each.mode for each in entries if each.isfile()} == {0o644}


def test_the_artefacts_are_as_they_were(
    rules: dict[str, model.Rule], names: dict[str, object], golden: Check
) -> None:
    told = [rules[name] for name in TOLD]

    found = outcome(SPLUNK_APP, told)
    detections = outcome(SPLUNK_YAML, told, items=names)

    made = {**found.files, **detections.files}
    for path, data in made.items():
        if not path.endswith((".tar.gz", "manifest.json")):
            golden(GOLDEN / path.rpartition("/")[2], data.decode("utf-8"))
    assert {path.name for path in GOLDEN.iterdir()} == {
        path.rpartition("/")[2] for path in made if not path.endswith((".tar.gz", "manifest.json"))
    }


# --- hostile texts


def dressed(rule: model.Rule, text: str) -> model.Rule:
    """Put TEXT wherever a rule has words; a title is one line, and short."""
    title = f"A {' '.join(text.split())[:40]}"
    return replace(
        rule,
        meta=replace(
            rule.meta, title=title, description=text, investigate=text, respond=text, setup=text,
            author=(text[:200],), false_positives=(text, text), tags=(text,),
        ),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["node_spawns_shell", "node_load_dir_res"])
@pytest.mark.parametrize("text", NASTY, ids=lambda text: repr(text)[:20])
def test_a_text_stays_a_text_in_the_app(
    text: str, name: str, rules: dict[str, model.Rule], app: publish.Outcome
) -> None:
    rule = dressed(rules[name], text)

    found = outcome(SPLUNK_APP, [rule, rules["node_first_seen"]])

    assert errors(found) == []
    stanzas = searches(found)
    assert len(stanzas) == 2
    plain, other = stanzas.values()
    assert other == searches(app)["Tocsin - Node.js From a Path or Parent New to This Host - Rule"]
    assert text.strip(" \t\n") in plain["description"]
    assert plain["description"].endswith("edits belong there.")
    if "action.notable" in plain:
        assert plain["action.correlationsearch.label"] == rule.meta.title.strip()
        steps = json.loads(plain["action.notable.param.next_steps"])
        assert steps == {"version": 1, "data": f"{text}\n\n{text}"}
        told = plain["action.notable.param.rule_description"].replace("$$", "$")
        assert told == text.strip(" \t\n")
        message = plain["action.risk.param._risk_message"].replace("$$", "\0")
        assert re.findall(r"\$(\w+)\$", message) == ["Computer", "User"]


@pytest.mark.parametrize("name", ["node_spawns_shell", "node_load_dir_res"])
@pytest.mark.parametrize(
    "text",
    [*NASTY, "bell \a and \x85 and \u2028", "a\r\nb", "a\x85b", "a\n\u2028b\x85"],
    ids=lambda t: repr(t)[:20],
)
def test_a_text_stays_a_text_in_a_detection(
    text: str, name: str, rules: dict[str, model.Rule]
) -> None:
    rule = dressed(rules[name], text)

    found = outcome(SPLUNK_YAML, [rule], items={"names": {name: "A name"}})

    assert errors(found) == []
    (read,) = documents(found).values()
    assert read["description"] == text
    assert read["explanation"] == f"{text}\n\n{text}"
    assert read["known_false_positives"] == f"{text}\n{text}"
    assert read["author"] == text[:200]
    assert read["how_to_implement"].startswith(f"Title: {rule.meta.title}\n{text}\n")


@pytest.mark.parametrize("text", NASTY, ids=lambda text: repr(text)[:20])
def test_a_value_reads_back_but_for_blanks_around_it(text: str) -> None:
    stanzas = [Stanza("a", {"one": text, "two": text}), Stanza("b", {"three": text})]

    read = conf.read(written("comment", stanzas))

    value = text.strip(" \t\n")
    assert read == {"a": {"one": value, "two": value}, "b": {"three": value}}


def test_a_control_character_is_refused_by_its_number(rules: dict[str, model.Rule]) -> None:
    found = outcome(SPLUNK_APP, [dressed(rules["node_spawns_shell"], "bell \a")])

    assert {code for code, _ in errors(found)} == {Code.ARTEFACT}
    assert "`description` has the control character U+0007, which a .conf file cannot hold" in str(
        errors(found)
    )


# --- limits, and what is missing


def test_a_long_name_is_refused_with_the_limit(rules: dict[str, model.Rule]) -> None:
    rule = rules["node_spawns_shell"]
    long = replace(rule, meta=replace(rule.meta, title="T" * 90))

    found = [outcome(SPLUNK_APP, [long]), outcome(SPLUNK_YAML, [long])]

    assert [errors(each)[0][0] for each in found] == [Code.BEYOND, Code.BEYOND]
    assert [errors(each)[0][1].rpartition(": ")[2] for each in found] == [
        "the product takes 99 at most",
        "the product takes 67 at most",
    ]


def test_the_settings_may_name_what_has_a_long_title(rules: dict[str, model.Rule]) -> None:
    rule = rules["node_load_dir_res"]
    long = replace(rule, meta=replace(rule.meta, title="T" * 90))
    items: dict[str, object] = {"names": {rule.name: "A [short] name"}}

    app = outcome(SPLUNK_APP, [long], items=items)
    yml = outcome(SPLUNK_YAML, [long], items={"names": {rule.name: "A short name"}})

    assert errors(app) == errors(yml) == []
    ((name, stanza),) = searches(app).items()
    assert name == "Tocsin - A (short) name - Rule"
    assert stanza["description"].startswith("T" * 90 + "\n")
    ((path, read),) = documents(yml).items()
    assert path == "detections/endpoint/a_short_name.yml"
    assert read["how_to_implement"].startswith("Title: " + "T" * 90 + "\n")


def test_a_title_that_no_macro_can_be_called_by_is_refused(rules: dict[str, model.Rule]) -> None:
    rule = rules["node_spawns_shell"]
    foreign = replace(rule, meta=replace(rule.meta, title="Verd\u00e4chtig"))

    (only,) = outcome(SPLUNK_YAML, [foreign]).diagnostics

    assert only.code is Code.ARTEFACT
    assert "[publish.splunk-yaml.names]" in str(only.help)


def test_a_description_of_ten_thousand_characters_is_the_longest(
    rules: dict[str, model.Rule],
) -> None:
    rule = rules["node_spawns_shell"]
    fits, long = (
        replace(rule, meta=replace(rule.meta, description="x" * n)) for n in (10**4, 10**4 + 1)
    )

    assert errors(outcome(SPLUNK_YAML, [fits])) == []
    (only,) = errors(outcome(SPLUNK_YAML, [long]))
    assert only[0] is Code.BEYOND
    assert "10,001" in only[1]


def test_what_is_missing_is_told_with_the_clause_that_adds_it(rules: dict[str, model.Rule]) -> None:
    rule = rules["node_spawns_shell"]
    bare = model.Meta("T", id=rule.meta.id)
    poor = replace(rule, meta=bare, schedule=None)
    nobody = replace(rule, entities=())

    app, yml = outcome(SPLUNK_APP, [poor]), outcome(SPLUNK_YAML, [poor])

    assert {code for code, _ in (*errors(app), *errors(yml))} == {Code.LACKS}
    assert len(errors(app)) == 2
    assert len(errors(yml)) == 6
    assert all(each.help for each in (*app.diagnostics, *yml.diagnostics))
    assert [code for code, _ in errors(outcome(SPLUNK_APP, [nobody]))] == [Code.LACKS]
    assert errors(outcome(SPLUNK_APP, [nobody], items={"risk": False})) == []


def test_two_rules_of_one_name_are_an_error(rules: dict[str, model.Rule]) -> None:
    one, two = rules["node_spawns_shell"], rules["node_disguised_script"]
    same = replace(two, meta=replace(two.meta, title=one.meta.title))

    for format_ in (SPLUNK_APP, SPLUNK_YAML):
        (only,) = errors(outcome(format_, [one, same]))
        assert only[0] is Code.ARTEFACT


def test_a_fault_of_one_rule_leaves_that_of_another_told(rules: dict[str, model.Rule]) -> None:
    rule = rules["node_spawns_shell"]
    wrong = [
        replace(rule, name=f"r{n}", meta=replace(rule.meta, title="T" * (90 + n))) for n in (0, 1)
    ]

    assert len(errors(outcome(SPLUNK_APP, wrong))) == 2


# --- several sources

BOTH = ("splunk_sysmon", "splunk_cim")


def test_each_source_has_a_search_of_its_own(rules: dict[str, model.Rule]) -> None:
    rule = rules["node_spawns_shell"]

    app, yml = (outcome(each, [rule], BOTH) for each in (SPLUNK_APP, SPLUNK_YAML))

    assert errors(app) == errors(yml) == []
    stanzas = searches(app)
    assert [name.partition("EXE ")[2] for name in stanzas] == [
        "(sysmon) - Rule", "(cim) - Rule",
    ]  # fmt: skip
    assert set(conf.read(text_of(app, "tocsin/default/macros.conf"))) == {
        "tocsin_summariesonly", "tocsin_sysmon",
    }  # fmt: skip
    assert "| tstats `tocsin_summariesonly`" in list(stanzas.values())[1]["search"]
    drilldown = json.loads(list(stanzas.values())[1]["action.notable.param.drilldown_searches"])[0]
    assert drilldown["name"] == "View all events of $dest$ in Endpoint.Processes"
    assert drilldown["search"] == '| from datamodel:Endpoint.Processes | search dest="$dest$"'
    ids = {json.loads(each["action.correlationsearch.metadata"])["detection_id"]
           for each in stanzas.values()}  # fmt: skip
    assert ids == {each["id"] for each in documents(yml).values()}
    assert len(ids) == 2


def test_an_entity_of_the_last_step_stays_one_where_only_its_events_are_left(
    tmp_path: Path,
) -> None:
    (tmp_path / "two.rule").write_text(
        """rule two_steps {
  meta { title = "Two" id = "11111111-1111-4111-8111-111111111111" severity = "low" }
  alert every 5m over 15m
  detect sequence by host.id within 10m on windows {
    one:    process.start where process.name is "node.exe"
    second: process.start where process.name is "cmd.exe"
    until process.start where process.name is "x.exe"
  }
  accept wider on spl "the second step alone"
  entities { host = second.host.name }
}
""",
        encoding="utf-8",
    )
    read = pipeline.read([tmp_path], registry.names())
    assert not [each for each in read.diagnostics if each.code.is_error]

    found = outcome(SPLUNK_APP, read.rules, ("splunk_cim",))
    nobody = outcome(SPLUNK_APP, [replace(each, entities=()) for each in read.rules], BOTH)

    (stanza,) = searches(found).values()
    assert '"risk_object_field": "dest"' in stanza["action.risk.param._risk"]
    assert "of its rows over splunk_cim that" in str(errors(nobody))


def test_what_stands_in_one_of_several_columns_is_made_one(rules: dict[str, model.Rule]) -> None:
    rule = rules["node_spawns_shell"]

    found = outcome(SPLUNK_APP, [rule], ["splunk_security_4688"])

    (stanza,) = searches(found).values()
    sources = (load_source("splunk_security_4688"),)
    query = built(pipeline.render(rule, "spl", SPL, sources))
    assert stanza["search"].split("\n")[-3:] == [
        "| eval host_name=coalesce(Computer, ComputerName)",
        '| eval user_name=coalesce(nullif(TargetUserName, "-"), SubjectUserName,'
        ' nullif(mvindex(Account_Name, 1), "-"), mvindex(Account_Name, 0))',
        "| eval process_command_line=coalesce(CommandLine, Process_Command_Line)",
    ]
    assert stanza["search"].split("\n")[1:-3] == query.split("\n")[1:-1]
    assert stanza["alert.suppress.fields"] == "host_name,user_name,process_command_line"
    assert spl.problems(stanza["search"]) == []


def test_a_macro_of_the_site_is_left_alone(tmp_path: Path, rules: dict[str, model.Rule]) -> None:
    (tmp_path / "tocsin.toml").write_text("[sources.splunk_sysmon]\nmacro = '`sysmon`'\n")
    catalogue = read_settings(tmp_path, ["spl"]).settings.catalogue
    plans = pipeline.plans("spl", SPL, [catalogue.load("splunk_sysmon")])
    rule = rules["node_spawns_shell"]

    found = by(plans, [rule], "splunk-app", SPLUNK_APP, {}, table("splunk-app"))

    (stanza,) = searches(found).values()
    assert stanza["search"].startswith("`sysmon` EventCode=1")
    assert conf.read(text_of(found, "tocsin/default/macros.conf")) == {}


def test_a_class_that_is_kept_elsewhere_has_a_macro_of_its_own(tmp_path: Path) -> None:
    text = """
      rule both {
        meta { title = "Both" id = "12f4a9c0-51d2-4f0e-9a53-2f6f4b1f7b11" severity = "low" }
        alert every 5m over 9m
        detect any on windows {
          shell: script.run where script.text contains "x"
          start: process.start where process.name is "a.exe"
        }
        entities { host = host.name }
      }
    """
    (tmp_path / "both.rule").write_text(text, encoding="utf-8")
    (rule,) = pipeline.read([tmp_path / "both.rule"], registry.names()).rules

    found = outcome(SPLUNK_APP, [rule])

    assert errors(found) == []
    macros = conf.read(text_of(found, "tocsin/default/macros.conf"))
    assert set(macros) == {"tocsin_sysmon", "tocsin_sysmon_script_run"}
    assert "PowerShell/Operational" in macros["tocsin_sysmon_script_run"]["definition"]


def test_a_macro_never_stands_for_two_things(rules: dict[str, model.Rule], tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text(
        "[sources.sysmon]\nextends = 'splunk_sysmon'\nindex = ['other']\n", encoding="utf-8"
    )
    catalogue = read_settings(tmp_path, ["spl"]).settings.catalogue
    rule = rules["node_spawns_shell"]
    sources = [catalogue.load("splunk_sysmon"), catalogue.load("sysmon")]
    plans = pipeline.plans("spl", SPL, sources)

    for name, format_ in (("splunk-app", SPLUNK_APP), ("splunk-yaml", SPLUNK_YAML)):
        found = by(plans, [rule], name, format_, {}, table(name))
        (only,) = errors(found)
        assert "`tocsin_sysmon` stands for the events of another source too" in only[1]


# --- schedules


@pytest.mark.parametrize(
    ("every", "over", "cron", "earliest", "latest"),
    [
        (1, 2, "* * * * *", "-7m@m", "-5m@m"),
        (5, 9, "*/5 * * * *", "-14m@m", "-5m@m"),
        (7, 7, "*/6 * * * *", "-12m@m", "-5m@m"),
        (60, 60, "0 * * * *", "-65m@m", "-5m@m"),
        (90, 90, "0 * * * *", "-95m@m", "-5m@m"),
        (360, 420, "0 */6 * * *", "-425m@m", "-5m@m"),
        (1440, 1440, "0 0 * * *", "-1445m@m", "-5m@m"),
        (2880, 2880, "0 0 * * *", "-2885m@m", "-5m@m"),
        (10080, 10080, "0 0 * * 0", "-10085m@m", "-5m@m"),
        (1, 1.5, "* * * * *", "-390s@s", "-300s@s"),
    ],
)
def test_cron_runs_as_often_as_is_written_or_oftener(
    every: float, over: float, cron: str, earliest: str, latest: str,
    rules: dict[str, model.Rule],
) -> None:  # fmt: skip
    schedule = model.Schedule(int(every * 60_000), int(over * 60_000), rules["node_beacon"].span)

    found = timing(rules["node_spawns_shell"], schedule, 5 * 60_000)

    assert (found.cron, found.earliest, found.latest) == (cron, earliest, latest)
    assert (shortened(schedule) is None) is (every in (1, 5, 60, 360, 1440, 10080))


@pytest.mark.parametrize(
    ("every", "slack", "cron"),
    [
        (30, 5, "5,35 * * * *"),
        (5, 5, "*/5 * * * *"),
        (60, 65, "5 * * * *"),
        (1440, 125, "5 2 * * *"),
    ],
)
def test_rows_cut_by_the_clock_are_looked_at_whole(
    every: int, slack: int, cron: str, rules: dict[str, model.Rule]
) -> None:
    rule = rules["node_load_dir_res"]
    schedule = model.Schedule(every * 60_000, every * 60_000, rule.span)

    found = timing(rule, schedule, slack * 60_000)

    assert found.cron == cron
    assert found.is_exact


@pytest.mark.parametrize("over", [59_000, 90_500])
def test_what_cron_cannot_say_without_a_loss_is_refused(
    over: int, rules: dict[str, model.Rule]
) -> None:
    rule = rules["node_spawns_shell"]

    with pytest.raises(Unsayable):
        timing(rule, model.Schedule(30_000, over, rule.span), 0)
    found = outcome(SPLUNK_APP, [replace(rule, schedule=model.Schedule(30_000, over, rule.span))])
    assert [code for code, _ in errors(found)] == [Code.ARTEFACT]


# --- settings


def test_the_settings_say_what_the_app_is(rules: dict[str, model.Rule]) -> None:
    items: dict[str, object] = {
        "app": "soc_rules", "label": "SOC Rules", "author": "SOC", "version": "2.0.1",
        "enabled": True, "notable": False, "risk": False, "slack": "90s",
    }  # fmt: skip

    found = outcome(SPLUNK_APP, [rules["node_spawns_shell"]], items=items)

    assert errors(found) == []
    assert "soc_rules-2.0.1.tar.gz" in found.files
    about = conf.read(text_of(found, "soc_rules/default/app.conf"))
    assert about["launcher"]["author"] == "SOC"
    (name, stanza), *_ = conf.read(text_of(found, "soc_rules/default/savedsearches.conf")).items()
    assert name.startswith("SOC Rules - ")
    assert (stanza["disabled"], stanza["alert.track"]) == ("0", "1")
    assert stanza["search"].startswith("`soc_rules_sysmon` ")
    assert (stanza["dispatch.earliest_time"], stanza["dispatch.latest_time"]) == (
        "-630s@s",
        "-90s@s",
    )
    assert not [key for key in stanza if key.startswith("action.")]


@pytest.mark.parametrize(
    "items",
    [
        {"app": "Bad Name"}, {"label": "[x] label"}, {"label": "Toc"}, {"version": "1.2"},
        {"author": "two\nlines"}, {"author": "ends in \\"}, {"slack": "5 minutes"},
        {"slack": "48h"}, {"enabled": "yes"}, {"colour": "red"},
    ],
)  # fmt: skip
def test_settings_that_do_not_fit_are_told(items: dict[str, object]) -> None:
    with pytest.raises(TaxonomyError):
        SPLUNK_APP.publish([], table("splunk-app", items))


def test_the_settings_that_the_page_shows_are_taken(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "publishing" / "splunk.md").read_text(encoding="utf-8")
    shown = re.findall(r"```toml\n(\[publish[\s\S]*?)```", page)
    (tmp_path / "tocsin.toml").write_text("\n".join(shown), encoding="utf-8")

    read = read_settings(tmp_path, ["spl"], ["splunk-app", "splunk-yaml"])

    assert len(shown) == 2
    assert read.errors == ()
    for name, format_ in (("splunk-app", SPLUNK_APP), ("splunk-yaml", SPLUNK_YAML)):
        assert format_.publish([], read.settings.format(name)).diagnostics == ()


def test_the_version_rises_with_every_rule(rules: dict[str, model.Rule]) -> None:
    rule = rules["node_spawns_shell"]
    entry = lock.Entry(rule.name, 3, 2, "", "", {})
    plans, locked = pipeline.plans("spl", SPL), {str(rule.meta.id): entry}

    found = by(plans, [rule], "splunk-app", SPLUNK_APP, locked, table("splunk-app"))

    assert "tocsin-1.3.2.tar.gz" in found.files


def test_a_parent_technique_is_left_to_its_sub_technique(rules: dict[str, model.Rule]) -> None:
    rule = rules["node_spawns_shell"]
    both = (model.Technique("T1059", "execution"), model.Technique("T1059.007", "execution"))
    attacked = replace(rule, meta=replace(rule.meta, attack=both))

    (read,) = documents(outcome(SPLUNK_YAML, [attacked])).values()

    assert read["tags"]["mitre_attack_id"] == ["T1059.007"]


# --- the product's own tools, where they are installed


def tool(name: str) -> str:
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not installed (pip install {name})")
    return found


def test_appinspect_finds_nothing_wrong(app: publish.Outcome, tmp_path: Path) -> None:
    inspect = tool("splunk-appinspect")
    (packed,) = (path for path in app.files if path.endswith(".tar.gz"))
    (tmp_path / packed).write_bytes(app.files[packed])
    report = tmp_path / "report.json"

    subprocess.run(
        [inspect, "inspect", packed, "--included-tags", "cloud", "--mode", "precert",
         "--data-format", "json", "--output-file", str(report)],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip

    summary = json.loads(report.read_text(encoding="utf-8"))["summary"]
    assert {key: summary[key] for key in ("error", "failure", "future_failure", "warning")} == {
        "error": 0, "failure": 0, "future_failure": 0, "warning": 0,
    }  # fmt: skip


def test_contentctl_builds_the_same_searches(
    detections: publish.Outcome, app: publish.Outcome, tmp_path: Path
) -> None:
    contentctl = tool("contentctl")
    subprocess.run([contentctl, "init"], cwd=tmp_path, check=True, capture_output=True)
    settings = tmp_path / "contentctl.yml"
    settings.write_text(re.sub("label: .*", "label: ESCU", settings.read_text("utf-8")), "utf-8")
    shutil.rmtree(tmp_path / "detections")
    for path, data in detections.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    sources = {name for each in documents(detections).values() for name in each["data_source"]}
    known = yaml.safe_load((tmp_path / "data_sources/sysmon_eventid_1.yml").read_text("utf-8"))
    for name in sorted(sources - {known["name"]}):
        stub = tmp_path / "data_sources" / f"{name.lower().replace(' ', '_')}.yml"
        stub.write_text(yaml.safe_dump({**known, "name": name, "id": str(uuid4())}), "utf-8")

    subprocess.run([contentctl, "build"], cwd=tmp_path, check=True, capture_output=True)

    (built,) = (tmp_path / "dist").rglob("savedsearches.conf")
    theirs = by_id(conf.read(built.read_text(encoding="utf-8") + "\n"))
    ours = by_id(searches(app))
    assert len(ours) == 24
    for id_, stanza in ours.items():
        lines = [line.rstrip() for line in theirs[id_]["search"].split("\n")]
        kept = [line for line in lines[:-1] if not line.startswith("``` Throttled")]
        assert "\n".join(kept) == stanza["search"]
        for key in BUILT_ALIKE:
            assert theirs[id_][key] == stanza[key]
        for key in ("alert.suppress.fields", "alert.suppress.period"):
            assert theirs[id_].get(key) == stanza.get(key)


BUILT_ALIKE = (
    *("cron_schedule", "dispatch.earliest_time", "dispatch.latest_time", "schedule_window"),
    *("counttype", "relation", "quantity", "action.risk.param._risk_message"),
    *("action.notable.param.severity", "action.notable.param.security_domain"),
    "action.notable.param.nes_fields",
)


def by_id(stanzas: conf.Stanzas) -> dict[str, dict[str, str]]:
    key = "action.correlationsearch.metadata"
    return {json.loads(each[key])["detection_id"]: each for each in stanzas.values() if key in each}
