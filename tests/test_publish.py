"""Publications: every rule is in them or an error says why, and old files stay whole."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from sigma.collection import SigmaCollection
from sigma.validators.sigmahq import filename

from test_cli import GOOD, no_traceback, tocsin
from tocsin import attack, folders, manifest, pipeline, publish, registry
from tocsin.format import File, Publication, Release, Wanted
from tocsin.profiles import load_source
from tocsin.schema import Table
from tocsin_formats.schemas import problems

ROOT = Path(__file__).parent.parent
NOTHING = Table(Path("tocsin.toml"), ("publish",), {})
FIRST_SEEN = """rule novel {
  meta { title = "Seen" id = "33333333-3333-4333-8333-333333333333" severity = "low" }
  detect process.start on windows where process.name is "node.exe"
  first seen (host.id) in 7d
}
"""
NASTY = (
    "[stanza]\nkey = value", 'quotes " \' """ \'\'\'', "{{ braces }} {% if %}", "]]> </script>",
    "emoji \U0001f50d and \u00e9", "x" * 10_000, "tab\tand `ticks` $token$ %s", "# no comment",
    "-- - : yes: no", "back\\slash \\", "  blanks around  ", "---\n...\n--- !!python/none",
)  # fmt: skip


def said(paths: Sequence[Path], *targets: str) -> tuple[list[publish.Said], list[pipeline.Plan]]:
    rules = pipeline.read(paths, registry.names())
    plans = [plan for name in targets for plan in pipeline.plans(name, registry.load(name))]
    return publish.said(rules, plans, list(pipeline.render_all(rules, plans))), plans


def published(name: str, paths: Sequence[Path]) -> publish.Outcome:
    format_ = registry.format_(name)
    rules, plans = said(paths, *(each.target for each in format_.wanted))
    asked = list(zip(format_.wanted, plans, strict=True))
    return publish.publish(name, format_, rules, asked, {}, NOTHING)


def quoted(text: str) -> str:
    escaped = "".join(
        c if c.isprintable() and c not in '"\\' else f"\\u{{{ord(c):X}}}" for c in text
    )
    return f'"{escaped}"'


def title(text: str) -> str:
    """Make a title of TEXT, which may have one line of 256 characters."""
    return " ".join(text.split())[:200]


def nasty(text: str, folder: Path) -> Path:
    path = folder / "nasty.rule"
    path.write_text(
        f"""rule nasty {{
  meta {{
    title = {quoted(title(text))} id = "11111111-1111-4111-8111-111111111111" severity = "low"
    description = {quoted(text)} false_positives = [{quoted(text)}] author = [{quoted(text)}]
    references = [{quoted(text)}] attack = ["T1059.007"]
  }}
  detect process.start on windows where process.command_line contains {quoted(text)}
}}
""",
        encoding="utf-8",
    )
    return path


# --- Sigma


def test_every_rule_of_the_pack_is_a_file_that_pysigma_reads() -> None:
    outcome = published("sigma", [ROOT / "rules"])

    texts = [data for path, data in outcome.files.items() if path.endswith(".yml")]
    collections = [SigmaCollection.from_yaml(data.decode("utf-8")) for data in texts]
    told = json.loads(outcome.files[manifest.MANIFEST])
    assert not outcome.diagnostics
    assert not outcome.left_out
    assert len(texts) == len(told["files"]) >= len(told["rules"]) > 20
    assert all(len(each.rules) >= 1 and not each.errors for each in collections)


def test_files_lie_where_sigmahq_has_them() -> None:
    files = published("sigma", [ROOT / "rules"]).files

    assert "rules/windows/process_creation/proc_creation_win_node_spawns_shell.yml" in files
    assert "rules/windows/dns_query/dns_query_win_node_tunnel_dns.yml" in files
    hunts = [path for path in files if path.startswith("rules-threat-hunting/")]
    assert [path.rpartition("_win_")[2] for path in hunts] == [
        "node_beacon.yml",
        "node_load_dir_res.yml",
    ]


def test_a_name_that_is_too_long_for_a_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "long.rule"
    path.write_text(GOOD.replace("good", "a" * 80), encoding="utf-8")

    (found,) = published("sigma", [path]).diagnostics

    assert found.code == "E406"
    assert "takes 90 at most" in found.label


@pytest.mark.parametrize("text", NASTY, ids=lambda text: text[:12])
def test_texts_are_data_in_sigma(text: str, tmp_path: Path) -> None:
    files = published("sigma", [nasty(text, tmp_path)]).files

    (data,) = (data for path, data in files.items() if path.endswith(".yml"))
    read = yaml.safe_load(data)
    assert read["title"] == title(text)
    assert read["falsepositives"] == read["references"] == [text]
    assert read["author"] == text
    assert read["description"].split() == text.split()
    assert set(read) <= {
        *("title", "id", "status", "description", "references", "author", "tags", "logsource"),
        *("detection", "falsepositives", "level"),
    }


def test_sigmahq_would_take_the_names_of_the_files(tmp_path: Path) -> None:
    # The prefixes by log source are looked up in the network, which is left alone here.
    files = published("sigma", [ROOT / "rules"]).files
    folders.replace(tmp_path / "sigma", files, manifest.listed)

    loaded = SigmaCollection.load_ruleset([tmp_path / "sigma"], recursion_pattern="**/*.yml")

    checks = (
        filename.SigmahqFilenameConventionValidator(),
        filename.SigmahqCorrelationFilenamePrefixValidator(),
    )
    issues = [issue for rule in loaded.rules for check in checks for issue in check.validate(rule)]
    assert not issues
    assert len(loaded.rules) > len(files) - 1


def test_a_source_more_leaves_the_ids_that_were_there(tmp_path: Path) -> None:
    path = tmp_path / "good.rule"
    path.write_text(GOOD, encoding="utf-8")

    found = [ids(path, *sources) for sources in (["sigma"], ["sigma", "sigma_security"])]

    one, two = found
    assert one == ["11111111-1111-4111-8111-111111111111"]
    assert two[:1] == one
    assert len({*two}) == 2


def ids(path: Path, *sources: str) -> list[str]:
    """Publish a rule over SOURCES, and read the ids that it has there."""
    backend, format_ = registry.load("sigma"), registry.format_("sigma")
    plans = pipeline.plans("sigma", backend, [load_source(each) for each in sources])
    rules = pipeline.read([path], registry.names())
    made = publish.said(rules, plans, list(pipeline.render_all(rules, plans)))
    asked = [(format_.wanted[0], plan) for plan in plans]
    outcome = publish.publish("sigma", format_, made, asked, {}, NOTHING)
    texts = (data for name, data in outcome.files.items() if name.endswith(".yml"))
    return [yaml.safe_load(each)["id"] for each in texts]


# --- the Navigator


def test_the_layer_has_the_techniques_of_every_rule() -> None:
    outcome = published("navigator", [ROOT / "rules"])

    layer = json.loads(outcome.files["layer.json"])
    schema = Path(registry.format_("navigator").__class__.__module__.replace(".", "/"))
    assert not problems(ROOT / "backends" / schema / "layer.schema.json", layer)
    assert all(attack.technique(each["techniqueID"]) for each in layer["techniques"])
    assert "Without a technique" not in layer["description"]


def test_a_rule_without_a_technique_is_named_in_the_layer(tmp_path: Path) -> None:
    path = tmp_path / "good.rule"
    path.write_text(GOOD, encoding="utf-8")

    layer = json.loads(published("navigator", [path]).files["layer.json"])

    assert layer["description"] == "1 rule. Without a technique: good."


@pytest.mark.parametrize("text", NASTY, ids=lambda text: text[:12])
def test_texts_are_data_in_a_layer(text: str, tmp_path: Path) -> None:
    layer = json.loads(published("navigator", [nasty(text, tmp_path)]).files["layer.json"])

    comments = [each["comment"] for each in layer["techniques"] if "comment" in each]
    assert comments == [f"nasty: {title(text)}"]


# --- no rule is lost


class Forgetful:
    """A format that makes one file, of the first rule."""

    about = "a test"
    wanted = (Wanted("eql", "eql"),)

    def publish(self, releases: Sequence[Release], settings: Table) -> Publication:
        settings.only()
        return Publication((File("one", b"", (releases[0].rule.name,)),))


def test_a_format_that_loses_a_rule_is_found_out(tmp_path: Path) -> None:
    for name in ("good", "other"):
        text = GOOD.replace("good", name).replace("1111", "1111" if name == "good" else "2222")
        (tmp_path / f"{name}.rule").write_text(text, encoding="utf-8")
    rules, plans = said([tmp_path], "eql")

    with pytest.raises(publish.Lost, match="has lost `other`"):
        publish.publish("test", Forgetful(), rules, [(Forgetful.wanted[0], plans[0])], {}, NOTHING)


def test_a_rule_without_an_id_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "good.rule"
    path.write_text(GOOD.replace('id = "11111111-1111-4111-8111-111111111111"', ""), "utf-8")

    outcome = published("sigma", [path])

    assert [each.code for each in outcome.diagnostics] == ["E405"]
    assert "sigma needs an `id`, which `good` lacks" in outcome.diagnostics[0].message
    assert outcome.diagnostics[0].label == "no `id`"


def test_files_that_differ_in_nothing_but_case_are_an_error(tmp_path: Path) -> None:
    class Twins(Forgetful):
        def publish(self, releases: Sequence[Release], settings: Table) -> Publication:
            names = (releases[0].rule.name,)
            return Publication((File("a/One", b"", names), File("A/one", b"", names)))

    (tmp_path / "good.rule").write_text(GOOD, encoding="utf-8")
    rules, plans = said([tmp_path], "eql")

    outcome = publish.publish("test", Twins(), rules, [(Twins.wanted[0], plans[0])], {}, NOTHING)

    assert [each.label for each in outcome.diagnostics] == ["A/one is another file's name too"]


@pytest.mark.parametrize("path", ["../one", "a/../../one", "/one", "a//one", "./one", "a\\one"])
def test_a_file_outside_of_its_folder_is_a_fault_of_the_format(path: str, tmp_path: Path) -> None:
    class Stray(Forgetful):
        def publish(self, releases: Sequence[Release], settings: Table) -> Publication:
            return Publication((File(path, b"", (releases[0].rule.name,)),))

    (tmp_path / "good.rule").write_text(GOOD, encoding="utf-8")
    rules, plans = said([tmp_path], "eql")

    with pytest.raises(publish.Lost, match="outside of its folder"):
        publish.publish("test", Stray(), rules, [(Stray.wanted[0], plans[0])], {}, NOTHING)


def test_parts_of_two_rules_that_would_have_one_file_are_an_error(tmp_path: Path) -> None:
    for number, (name, part) in enumerate((("one", "two_three"), ("one_two", "three")), 1):
        text = f"""rule {name} {{
  meta {{ title = "{name}" id = "{number * 11111111}-1111-4111-8111-111111111111" }}
  detect any on windows {{ {part}: process.start where process.name is "node.exe" }}
}}
"""
        (tmp_path / f"{name}.rule").write_text(text, encoding="utf-8")

    (found,) = published("sigma", [tmp_path]).diagnostics

    assert found.label.endswith("/proc_creation_win_one_two_three.yml is another file's name too")


# --- several sources

BY_PROCESS = """rule chained {
  meta { title = "Chained" id = "44444444-4444-4444-8444-444444444444" severity = "low"
         description = "d" created = 2026-11-26 }
  alert every 5m over 15m
  detect sequence by process.entity_id within 10m on windows {
    one: process.start where process.name is "node.exe"
    two: network.connect where destination.port == 443
  }
}
"""


def test_a_source_that_lacks_what_a_rule_needs_stops_all_unless_allowed(project: Path) -> None:
    (project / "rules" / "good.rule").write_text(BY_PROCESS, encoding="utf-8")
    settings = '[targets.kql]\nsources = ["sentinel_sysmon", "sentinel_securityevent"]\n'
    (project / "tocsin.toml").write_text(settings, encoding="utf-8")

    refused = tocsin("publish", "-f", "sentinel-yaml", cwd=project)
    left = not (project / "published").exists()
    allowed = tocsin("publish", "-f", "sentinel-yaml", "--allow", "refused", cwd=project)

    assert refused.returncode == 1
    assert "kql/sentinel_securityevent: " in refused.stderr
    assert left
    assert allowed.returncode == 0, allowed.stderr
    over = "kql/sentinel_securityevent: refused"
    assert f"sentinel-yaml: `chained` is left out for {over}" in allowed.stderr


def test_a_language_that_lacks_a_source_is_not_chosen(project: Path) -> None:
    head, _, _ = BY_PROCESS.partition("  detect")
    body = """  detect process.start on windows where process.name is "node.exe"
  summarize by process.entity_id every 5m { Starts = count() } having Starts > 1
  accept wider on eql "single events are shown"
}
"""
    (project / "rules" / "good.rule").write_text(head + body, encoding="utf-8")
    (project / "tocsin.toml").write_text(
        '[targets.esql]\nsources = ["elastic_defend", "elastic_windows_security"]\n'
        '[targets.eql]\nsources = ["elastic_defend"]\n',
        encoding="utf-8",
    )

    result = tocsin("publish", "-f", "elastic-ndjson", cwd=project)

    assert result.returncode == 0, result.stderr
    lines = (project / "published/elastic-ndjson/rules.ndjson").read_text("utf-8").splitlines()
    assert [json.loads(each)["type"] for each in lines] == ["eql"]


# --- the command line


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "good.rule").write_text(GOOD, encoding="utf-8")
    (tmp_path / "tocsin.toml").write_text(
        'rules = ["rules"]\n[targets.eql]\nenabled = false\n[targets.esql]\nenabled = false\n'
        "[targets.spl]\nenabled = false\n[targets.kql]\nenabled = false\n",
        encoding="utf-8",
    )
    return tmp_path


def test_a_publication_is_written_with_its_lock_and_again_the_same(project: Path) -> None:
    first = tocsin("publish", "-f", "sigma,navigator", cwd=project)
    files = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    second = tocsin("publish", "-f", "navigator", "-f", "sigma", "--locked", cwd=project)

    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    assert "sigma: 2 files in published/sigma" in first.stderr
    assert (project / "tocsin.lock") in files
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == files


def test_what_is_not_locked_is_not_published_with_locked(project: Path) -> None:
    result = tocsin("publish", "-f", "sigma", "--locked", cwd=project)

    assert result.returncode == 1
    assert "error[E407]: `good` is not in tocsin.lock" in result.stderr
    assert not (project / "published").exists()
    assert not (project / "tocsin.lock").exists()


def test_a_rule_that_cannot_be_said_stops_all_unless_that_is_allowed(project: Path) -> None:
    (project / "rules" / "seen.rule").write_text(FIRST_SEEN, encoding="utf-8")

    refused = tocsin("publish", "-f", "sigma", cwd=project)
    other = tocsin("publish", "-f", "sigma", "--allow", "narrower", cwd=project)
    left = not (project / "published").exists() and not (project / "tocsin.lock").exists()
    allowed = tocsin("publish", "-f", "sigma", "--allow", "narrower,refused", cwd=project)

    assert refused.returncode == other.returncode == 1
    assert "error[E301]: sigma cannot say this" in refused.stderr
    assert left
    assert allowed.returncode == 0, allowed.stderr
    assert "sigma: `novel` is left out: refused" in allowed.stderr
    assert "sigma: 2 files in published/sigma" in allowed.stderr


def test_a_publication_in_which_no_rule_is_left_says_so(project: Path) -> None:
    (project / "rules" / "good.rule").write_text(FIRST_SEEN, encoding="utf-8")

    result = tocsin("publish", "-f", "sigma", "--allow", "refused", cwd=project)

    assert result.returncode == 0, result.stderr
    manifest = json.loads((project / "published/sigma/manifest.json").read_text("utf-8"))
    assert manifest["rules"] == manifest["files"] == []


def test_files_without_a_rule_do_not_empty_a_publication(project: Path) -> None:
    tocsin("publish", "-f", "sigma", cwd=project)
    before = {path for path in project.rglob("*") if path.is_file()}
    (project / "lib.rule").write_text('let shells = ["cmd.exe"]\n', encoding="utf-8")

    result = tocsin("publish", "lib.rule", "-f", "sigma", cwd=project)

    assert result.returncode == 2
    assert "error: no rules there" in result.stderr
    assert before < {path for path in project.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "which format? -f "),
        (("-f", "sgima"), "no such format: sgima; `sigma` has a similar name"),
        (("-f", "sigma", "--allow", "all"), "--allow takes narrower, skewed, refused, not `all`"),
    ],
)
def test_wrong_use_is_named(arguments: tuple[str, ...], message: str, project: Path) -> None:
    result = tocsin("publish", *arguments, cwd=project)

    no_traceback(result)
    assert result.returncode == 2
    assert message in result.stderr


def test_a_folder_with_other_things_in_it_is_left_alone(project: Path) -> None:
    other = project / "published" / "sigma" / "notes.txt"
    other.parent.mkdir(parents=True)
    other.write_text("mine", encoding="utf-8")

    result = tocsin("publish", "-f", "navigator,sigma", cwd=project)

    assert result.returncode == 2
    assert "holds what no build has made (notes.txt)" in result.stderr
    assert not (project / "published" / "navigator").exists()
    assert not (project / "tocsin.lock").exists()
    assert other.read_text(encoding="utf-8") == "mine"


def test_all_are_the_formats_of_the_targets_that_are_built(project: Path) -> None:
    every = tocsin("publish", "-f", "all", cwd=project)
    (project / "tocsin.toml").write_text("[targets.sigma]\nenabled = false\n", encoding="utf-8")
    left_out = tocsin("publish", "-f", "sigma", cwd=project)

    folders = {path.name for path in (project / "published").iterdir()}
    assert {"sigma", "navigator"} <= folders
    assert not [name for name in folders if name.startswith(("elastic", "splunk"))]
    assert every.returncode == 0, every.stderr
    assert left_out.returncode == 2
    assert "sigma is made of sigma, which the settings leave out" in left_out.stderr


def test_settings_of_a_format_are_checked(project: Path) -> None:
    settings = project / "tocsin.toml"
    good = settings.read_text(encoding="utf-8")
    results = []
    for more in ("[publish.sigma]\nx = 1\n", "[publish.sgima]\n", "[publish]\nsigma = 1\n"):
        settings.write_text(good + more, encoding="utf-8")
        results.append(tocsin("publish", "-f", "sigma", cwd=project))

    assert [each.returncode for each in results] == [2, 2, 2]
    assert "unknown key `x`" in results[0].stderr
    assert "no format `sgima` is installed" in results[1].stderr
    assert "`sigma` must be a table" in results[2].stderr
