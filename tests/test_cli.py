"""The command line as people meet it: a process, its output, its exit code."""

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from differential.harness import engine_of
from tocsin import schema
from tocsin.profiles import source_names

ROOT = Path(__file__).parent.parent
GOOD = """rule good {
  meta { title = "Good" id = "11111111-1111-4111-8111-111111111111" severity = "low" }
  detect process.start on windows where process.name is "node.exe"
  test "node" fires { process.name = "node.exe" }
  test "other" silent { process.name = "deno.exe" }
}
"""
SUMMARY = """rule per_host {
  meta { title = "S" id = "22222222-2222-4222-8222-222222222222" severity = "low" }
  hunt over 1d
  detect process.start where process.name is "node.exe"
  summarize by host.name every 30m { N = count()  First = min(timestamp)  Names = set(user.name) }
  test "node" fires { process.name = "node.exe" }
  test "other" silent { process.name = "deno.exe" }
}
"""


def tocsin(
    *arguments: str | Path, cwd: Path, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", "tocsin", *map(str, arguments)],
        cwd=cwd, input=stdin, capture_output=True, text=True, encoding="utf-8", env=environment,
        timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "good.rule").write_text(GOOD, encoding="utf-8")
    return tmp_path


def no_traceback(result: subprocess.CompletedProcess[str]) -> None:
    assert "Traceback" not in result.stderr + result.stdout


def test_the_version_costs_no_parser() -> None:
    code = (
        "import sys; sys.argv = ['tocsin', '--version']\n"
        "from tocsin.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'lark', 'jinja2', 'sigma', 'yaml', 'rich'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines() == ["tocsin 0.1.0", "[]"]


def test_build_writes_every_target(project: Path) -> None:
    result = tocsin("build", cwd=project)

    assert result.returncode == 0, result.stderr
    assert "1 rule for 5 targets: 6 files in dist" in result.stderr
    names = sorted(
        p.relative_to(project / "dist").as_posix() for p in (project / "dist").rglob("*.*")
    )
    assert names == [
        "eql/good.eql",
        "esql/good.esql",
        "kql/good.kql",
        "manifest.json",
        "sigma/good.yml",
        "spl/good.spl",
    ]


def test_a_build_counts_its_warnings(project: Path) -> None:
    (project / "rules" / "good.rule").write_text(
        GOOD.partition("  test")[0] + "}", encoding="utf-8"
    )

    result = tocsin("build", cwd=project)

    assert result.stderr.endswith("1 rule for 5 targets: 6 files in dist; 1 warning\n")


def test_a_failed_build_leaves_the_old_pack(project: Path) -> None:
    tocsin("build", cwd=project)
    before = (project / "dist" / "manifest.json").read_bytes()
    (project / "rules" / "bad.rule").write_text("rule bad { detect nothing }", encoding="utf-8")

    result = tocsin("build", cwd=project)

    assert result.returncode == 1
    assert "left as it was" in result.stderr
    assert (project / "dist" / "manifest.json").read_bytes() == before


def test_a_name_that_is_no_text_is_built_and_kept(tmp_path: Path) -> None:
    (tmp_path / "a\udcff.rule").write_text(GOOD, encoding="utf-8")

    for _ in range(2):
        result = tocsin("build", cwd=tmp_path)

        assert result.returncode == 0, result.stderr
        manifest = json.loads((tmp_path / "dist" / "manifest.json").read_bytes())
        assert manifest["rules"][0]["file"] == "a\udcff.rule"


def test_one_bad_rule_does_not_hide_the_findings_of_others(project: Path) -> None:
    (project / "rules" / "a.rule").write_text("rule a { detect x.y where }", encoding="utf-8")
    (project / "rules" / "b.rule").write_text(
        GOOD.replace("process.name is", "process.nmae is"), encoding="utf-8"
    )

    result = tocsin("check", "--format", "json", cwd=project)

    found = json.loads(result.stdout)["diagnostics"]
    assert {each["file"] for each in found} >= {"rules/a.rule", "rules/b.rule"}
    assert result.returncode == 1


def test_check_tells_how_every_target_stands_to_the_rule(project: Path) -> None:
    condition = 'process.name is "a" and not process.args is "-v"'
    text = GOOD.replace('process.name is "node.exe"', condition).replace('"node.exe"', '"a"')
    (project / "rules" / "good.rule").write_text(text, encoding="utf-8")

    rules = json.loads(tocsin("check", "--format", "json", cwd=project).stdout)["rules"]

    assert rules["good"]["eql"]["verdict"] == "exact"
    assert rules["good"]["spl"] == {"verdict": "narrower"}


def test_compile_prints_the_query_and_nothing_else(project: Path) -> None:
    result = tocsin("compile", "rules/good.rule", "-t", "kql", cwd=project)

    assert result.returncode == 0
    assert result.stdout.endswith('| where FileName =~ "node.exe"\n')
    assert result.stderr == ""


def test_compile_puts_documents_of_yaml_apart(project: Path) -> None:
    other = GOOD.replace("good", "other").replace("1111-4111", "2222-4222")
    (project / "rules" / "other.rule").write_text(other, encoding="utf-8")

    rules = tocsin("compile", "rules", "-t", "sigma", cwd=project).stdout
    queries = tocsin("compile", "rules", "-t", "kql", cwd=project).stdout
    (project / "rules" / "other.rule").unlink()
    both = ("--source", "sigma", "--source", "sigma_security")
    sources = tocsin("compile", "rules", "-t", "sigma", *both, cwd=project).stdout

    assert "---" not in queries
    assert queries.count("\n\n") == 1
    for text in (rules, sources):
        documents = list(yaml.safe_load_all(text))
        assert [each["title"] for each in documents] == ["Good", "Good"]


def test_compile_tells_machines_each_query_by_its_label(project: Path) -> None:
    def outputs(*more: str) -> dict[str, dict[str, str]]:
        result = tocsin("compile", "rules", "-t", "kql", "--format", "json", *more, cwd=project)
        found: dict[str, dict[str, str]] = json.loads(result.stdout)["outputs"]
        return found

    assert list(outputs()["good"]) == ["kql"]
    assert list(outputs("--source", "defender_xdr,sentinel_asim")["good"]) == [
        "kql/defender_xdr",
        "kql/sentinel_asim",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("compile", "rules/good.rule", "-t", "kqll"), "no such target: kqll; `kql` has"),
        (("compile", "rules/good.rule", "-t", "eql", "--source", "sysmon"), "no source of eql"),
        (
            ("compile", "rules/good.rule", "-t", "eql", "--source", "sigma"),
            "`sigma` is a source of sigma",
        ),
        (("compile", "rules/none.rule", "-t", "eql"), "no such file or folder"),
        (("check", "nowhere"), "no such file or folder: nowhere"),
        (("check", "empty"), "no rule file"),
        (("explain", "E999"), "no such code: E999"),
        (("fields", "process.strat"), "`process.start` has a similar name"),
        (("fields", "process.start", "process.nmae"), "`process.name` has a similar name"),
        (("fields", "process.start", "process.user"), "`user.name`, `user.domain`, `user.id`"),
        (("fields", "process.start", "--source", "sigma,"), "an empty name"),
        (("fields", "process.start", "Image"), "Image is written process.executable"),
        (("fields", "process.start", "-t", "kql", "--source", "sigma"), "no source of kql: sigma"),
        (("fields", "process.start", "-t", "kqll"), "no such target: kqll"),
        (("targets", "kqll"), "no such target: kqll; `kql` has"),
        (("new", "Bad Name"), "no rule name: Bad Name"),
        (("new", "good", "-d", "rules"), "exists already"),
        (("new", "good", "-d", "rules/good.rule"), "rules/good.rule exists already"),
        (("new", "good", "-d", "rules/good.rule/x"), "cannot write rules/good.rule/x/good.rule"),
        (("build", "-o", "rules"), "holds what no build has made"),
        (("build", "-o", "rules/good.rule"), "is not a folder"),
        (("compil",), "No such command"),
    ],
)
def test_wrong_use_exits_with_2(project: Path, arguments: Sequence[str], said: str) -> None:
    (project / "empty").mkdir()
    result = tocsin(*arguments, cwd=project)
    assert result.returncode == 2, result.stdout + result.stderr
    assert said in result.stderr
    no_traceback(result)


def test_a_failing_test_of_a_rule_is_a_finding(project: Path) -> None:
    wrong = GOOD.replace('silent { process.name = "deno.exe"', 'silent { process.name = "NODE.EXE"')
    (project / "rules" / "good.rule").write_text(wrong, encoding="utf-8")

    result = tocsin("test", cwd=project)

    assert result.returncode == 1
    assert "error[E211]: test `other` should stay silent, but fires" in result.stderr
    assert "1 passed, 1 failed" in result.stderr


def test_new_writes_a_rule_that_passes(project: Path) -> None:
    made = tocsin("new", "first_try", "-d", "rules", "--author", 'A "B" \\ {{ c }}', cwd=project)
    checked = tocsin("check", "rules/first_try.rule", cwd=project)

    assert made.returncode == 0
    assert checked.returncode == 0, checked.stderr
    assert "1 rule, 2 tests: no errors" in checked.stderr


def test_help_shows_an_example_of_each_command() -> None:
    for command in _commands():
        if command != "engines":  # commands of its own
            assert f"Example: tocsin {command}" in tocsin(command, "--help", cwd=ROOT).stdout


def test_help_lists_commands_in_the_order_of_work_each_with_a_whole_sentence() -> None:
    commands = _commands()

    order = ["init", "new", "fmt", "check", "test", "match", "compile", "build", "lock", "publish"]
    assert [*commands][: len(order)] == order
    assert [about for about in commands.values() if not about.endswith(".")] == []
    assert [about for about in commands.values() if about.endswith("...")] == []


def _commands() -> dict[str, str]:
    shown = tocsin("--help", cwd=ROOT).stdout.partition("Commands:\n")[2]
    return dict(re.findall(r"^  (\w+) +(.*)$", shown, re.MULTILINE))


def test_an_unwritable_folder_is_a_plain_message(project: Path) -> None:
    (project / "file").write_text("", encoding="utf-8")
    result = tocsin("build", "-o", "file/dist", cwd=project)
    assert result.returncode == 2
    assert "cannot write" in result.stderr
    no_traceback(result)


def test_a_full_disk_leaves_the_old_pack(project: Path) -> None:
    """A file-size limit of the process stands in for the disk: writes fail in the middle."""
    tocsin("build", cwd=project)
    before = (project / "dist" / "manifest.json").read_bytes()
    (project / "rules" / "good.rule").write_text(GOOD.replace("Good", "Better"), encoding="utf-8")
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))\n"
        "sys.argv = ['tocsin', 'build']\n"
        "from tocsin.__main__ import main\n"
        "main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=False
    )
    assert result.returncode == 2, result.stderr
    assert "cannot write" in result.stderr
    assert (project / "dist" / "manifest.json").read_bytes() == before
    assert [p.name for p in project.iterdir() if p.name.startswith(".dist")] == []


def test_ctrl_c_ends_without_a_traceback(project: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tocsin", "match", "rules", "-"],
        cwd=project, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        # What a shell runs in the background ignores interrupts, and so do its children.
        text=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors


def many(project: Path, number: int = 60) -> None:
    for each in range(number):
        text = GOOD.replace("good", f"rule_{each}").replace("11111111", f"{each:08}")
        (project / "rules" / f"rule_{each}.rule").write_text(text, encoding="utf-8")


def begun(project: Path, workers: int) -> subprocess.Popen[str]:
    """Begin a build, and wait until the first queries are there, and WORKERS to make others."""
    jobs = str(max(1, workers))
    process = subprocess.Popen(
        [sys.executable, "-m", "tocsin", "build", "--no-cache", "-j", jobs],
        cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while process.poll() is None:
        if any(project.glob(".dist.*/*/*")) and len(children(process)) == workers:
            break
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process


def children(process: subprocess.Popen[str]) -> list[int]:
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(each) for each in path.read_text(encoding="ascii").split()]


def is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of child processes")


@LINUX
@pytest.mark.parametrize("jobs", [0, 2])
def test_ctrl_c_ends_a_build_and_all_its_workers(project: Path, jobs: int) -> None:
    many(project)
    process = begun(project, jobs)
    workers = children(process)

    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)

    assert process.returncode == 130
    assert "Traceback" not in errors
    assert len(workers) == jobs
    assert not any(map(is_running, workers))
    assert sorted(path.name for path in project.iterdir()) == ["rules"]


@LINUX
def test_a_worker_that_crashes_is_reported(project: Path) -> None:
    many(project)
    process = begun(project, 2)
    os.kill(children(process)[0], signal.SIGKILL)

    _, errors = process.communicate(timeout=30)

    assert process.returncode == 2
    assert errors.startswith("error: a worker has ended (signal 9) over ")
    assert "Traceback" not in errors
    assert sorted(path.name for path in project.iterdir()) == ["rules"]


@LINUX
def test_a_killed_build_leaves_the_old_pack_and_the_next_one_clears_up(project: Path) -> None:
    tocsin("build", "--no-cache", cwd=project)
    before = (project / "dist" / "manifest.json").read_bytes()
    many(project)
    process = begun(project, 2)
    workers = children(process)
    process.send_signal(signal.SIGKILL)
    process.communicate()

    assert (project / "dist" / "manifest.json").read_bytes() == before
    deadline = time.monotonic() + 30
    while any(map(is_running, workers)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert tocsin("build", cwd=project).returncode == 0
    assert len(list((project / "dist" / "kql").iterdir())) == 61
    assert sorted(path.name for path in project.iterdir()) == ["dist", "rules"]


def test_a_build_says_the_same_with_and_without_a_cache_and_with_workers(project: Path) -> None:
    text = SUMMARY.replace('test "other" silent', 'test "another" fires').replace("deno", "node")
    (project / "rules" / "summary.rule").write_text(text, encoding="utf-8")
    wanted = ("build", "--format", "json")

    first, again = tocsin(*wanted, cwd=project), tocsin(*wanted, cwd=project)
    cold, two = tocsin(*wanted, "--no-cache", cwd=project), tocsin(*wanted, "-j2", cwd=project)
    alone = tocsin(*wanted, "--no-cache", "-j2", cwd=project)

    said = {
        (each.returncode, each.stdout, each.stderr) for each in (first, again, cold, two, alone)
    }
    assert len(said) == 1
    assert json.loads(first.stdout)["diagnostics"]


def test_a_closed_pipe_ends_quietly(project: Path) -> None:
    result = subprocess.run(
        f'"{sys.executable}" -m tocsin fields process.start | head -n 1',
        cwd=project, shell=True, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in result.stderr
    assert "Exception ignored" not in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    "command",
    [
        "fields process.start",
        "compile rules -t kql",
        "check rules --format json",
        "explain E101",
        "--help",
        "--version",
    ],
)
def test_a_full_disk_on_standard_output_is_one_line(project: Path, command: str) -> None:
    result = subprocess.run(
        f'"{sys.executable}" -m tocsin {command} > /dev/full',
        cwd=project, shell=True, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert result.returncode == 2
    assert result.stderr == "error: cannot write the output: No space left on device\n"


# --- what there is


def cells(text: str) -> list[list[str]]:
    return [re.split(" {2,}", row) for row in text.splitlines()]


def test_fields_are_shown_as_each_source_keeps_them(project: Path) -> None:
    result = tocsin("fields", "process.start", "process.working_directory", cwd=project)

    field = "process.working_directory"
    rows = cells(result.stdout)
    assert rows[0] == ["field", "source", "presence", "form", "columns", "remark"]
    assert rows[1][:5] == [field, "-", "path", "-", "-"]
    assert {row[0] for row in rows[1:]} == {field}
    kept = [field, "splunk_sysmon", "always", "direct", "CurrentDirectory"]
    assert kept in [row[:5] for row in rows]
    absent = [field, "defender_xdr", "absent", "-", "-", "DeviceProcessEvents has no such column"]
    assert absent in rows


def test_fields_follow_the_class_and_then_the_sources(project: Path) -> None:
    result = tocsin("fields", "dns.query", "-t", "kql", cwd=project)

    rows = cells(result.stdout)[1:]
    fields = list(schema.event_class("dns.query").fields)
    sources = ["-", "defender_xdr", "sentinel_asim", "sentinel_sysmon"]
    assert [row[0] for row in rows if row[1] == "-"] == fields
    assert [row[1] for row in rows if row[0] == fields[0]][:4] == sources


def test_fields_say_which_source_does_not_record_the_class(project: Path) -> None:
    lacking = "elastic_windows_security"
    one = tocsin("fields", "dns.query", "--source", lacking, cwd=project)
    two = tocsin("fields", "dns.query", "--source", f"{lacking},sigma", cwd=project)

    for result in (one, two):
        assert result.returncode == 1
        assert result.stderr == f"{lacking} does not record dns.query\n"
    assert {row[1] for row in cells(two.stdout)[1:]} == {"-", "sigma"}


def test_fields_know_the_sources_of_the_project(project: Path) -> None:
    (project / "tocsin.toml").write_text(
        '[sources.ours]\nextends = "splunk_sysmon"\n'
        '[sources.ours.classes."process.start".fields]\n'
        '"process.name" = { column = "Name", requires = "luck", note = "\\u001B[31m" }\n',
        encoding="utf-8",
    )
    narrow = ("--source", "ours, sigma", "--format", "json")

    text = tocsin("fields", "process.start", "process.name", cwd=project).stdout
    data = json.loads(tocsin("fields", "process.start", *narrow, cwd=project).stdout)

    assert ["process.name", "ours", "always", "direct", "Name", r"luck; \u{1B}[31m"] in cells(text)
    by_name = {each["field"]: each for each in data}
    assert {key: by_name["process.args"][key] for key in ("type", "list")} == {
        "type": "text",
        "list": True,
    }
    assert list(by_name["process.name"]["sources"]) == ["ours", "sigma"]
    assert by_name["process.name"]["sources"]["ours"] == {
        "presence": "always",
        "form": "direct",
        "columns": ["Name"],
        "requires": "luck",
        "note": "\x1b[31m",
    }
    assert by_name["process.start"]["sources"]["sigma"] == {
        "presence": "absent",
        "absent": "no field of the category process_creation",
    }


def test_classes_are_listed_with_the_sources_that_record_them(project: Path) -> None:
    rows = cells(tocsin("fields", cwd=project).stdout)
    data = json.loads(tocsin("fields", "-t", "spl", "--format", "json", cwd=project).stdout)

    assert rows[0] == ["class", "about", "sources"]
    assert ["file.rename", "sigma"] in [[row[0], row[2].split(", ")[-1]] for row in rows[1:]]
    by_name = {each["name"]: each["sources"] for each in data}
    assert by_name["file.modify"] == ["splunk_cim"]
    assert by_name["file.rename"] == []


def test_targets_are_listed_with_what_they_read_and_could_read(project: Path) -> None:
    (project / "tocsin.toml").write_text(
        '[targets.kql]\nsources = ["ours", "sentinel_asim"]\n[targets.spl]\nenabled = false\n'
        '[sources.ours]\nextends = "sentinel_securityevent"\ntitle = "Our own"\n',
        encoding="utf-8",
    )

    rows = cells(tocsin("targets", cwd=project).stdout)

    assert ["kql", ".kql", "ours, sentinel_asim"] in rows
    assert ["spl", ".spl", "nothing: left out in the settings"] in rows
    assert ["ours", "kql", "Our own", "logon.attempt, process.start"] in rows


def test_a_target_shows_what_its_sources_read(project: Path) -> None:
    rows = cells(tocsin("targets", "kql", cwd=project).stdout)
    data = json.loads(tocsin("targets", "spl", "--format", "json", cwd=project).stdout)

    told = 'table: DeviceProcessEvents; time: Timestamp; gate: ActionType == "ProcessCreated"'
    assert ["defender_xdr", "process.start", told] in rows
    assert {row[0] for row in rows} == {"source", *source_names("kql")}
    assert list(data) == ["spl"]
    assert data["spl"]["sources"] == ["splunk_sysmon"]
    assert [each["name"] for each in data["spl"]["known"]] == list(source_names("spl"))
    cim = data["spl"]["known"][0]["classes"]["process.start"]
    assert cim["datamodel"] == "Endpoint.Processes"


# --- match


def line(minute: int, **fields: object) -> str:
    event = {
        "@timestamp": f"2026-01-01T00:{minute:02}:00Z",
        "event": {"category": ["process"], "type": "start"},
        "process": {"name": "node.exe"},
        "host": {"name": "h", "os": {"type": "windows"}},
    }
    return json.dumps({**event, **fields})


def test_match_streams_matches_and_counts_bad_lines(project: Path) -> None:
    lines = [line(0), "not json", "[1]", line(1, process={"name": "x"}), "", line(2)]
    (project / "e.ndjson").write_text("\n".join(lines), encoding="utf-8")

    result = tocsin("match", "rules", "e.ndjson", cwd=project)

    assert [json.loads(each) for each in result.stdout.splitlines()] == [
        {"rule": "good", "events": [{"file": "e.ndjson", "line": 1}]},
        {"rule": "good", "events": [{"file": "e.ndjson", "line": 6}]},
    ]
    assert result.returncode == 1
    assert "e.ndjson:2: not JSON" in result.stderr
    assert "e.ndjson:3: not a JSON object" in result.stderr
    assert "2 lines could not be read" in result.stderr


def test_match_summarizes(project: Path) -> None:
    (project / "rules" / "good.rule").write_text(SUMMARY, encoding="utf-8")
    (project / "e.ndjson.gz").write_bytes(
        gzip.compress("\n".join([line(0), line(31, user={"name": "u"}), line(32)]).encode())
    )

    result = tocsin("match", "rules", "e.ndjson.gz", cwd=project)

    assert result.returncode == 0, result.stderr
    first, second = map(json.loads, result.stdout.splitlines())
    assert first["window"] == ["2026-01-01T00:00:00Z", "2026-01-01T00:30:00Z"]
    assert second == {
        "rule": "per_host",
        "window": ["2026-01-01T00:30:00Z", "2026-01-01T01:00:00Z"],
        "key": {"host.name": "h"},
        "row": {"N": 2, "First": "2026-01-01T00:31:00Z", "Names": ["u"]},
        "events": [{"file": "e.ndjson.gz", "line": 2}, {"file": "e.ndjson.gz", "line": 3}],
    }


BODIES = """
rule chain {
  detect sequence by host.name within 5m {
    a: process.start where process.name is "a"
    b: process.start where process.name is "b"
  }
}
rule either {
  detect any {
    a: process.start where process.name is "a"
    short: process.start where process.name like "?"
  }
}
rule fresh {
  detect process.start where process.name is "a"
  first seen (host.name, process.name) in 10m
}
rule burst {
  detect process.start
  summarize by host.name sliding 2m { N = count() } having N >= 2
}
"""


def test_match_finds_what_several_events_are_about(project: Path) -> None:
    (project / "rules" / "good.rule").write_text(BODIES, encoding="utf-8")
    named = [(0, "a"), (5, "b"), (7, "cc"), (9, "a"), (11, "b")]
    lines = [line(minute, process={"name": name}) for minute, name in named]
    (project / "e.ndjson").write_text("\n".join(lines), encoding="utf-8")

    result = tocsin("match", "rules", "e.ndjson", cwd=project)

    assert result.returncode == 0, result.stderr
    found = [json.loads(each) for each in result.stdout.splitlines()]
    by_rule = {name: [f for f in found if f["rule"] == name] for name in ("chain", "fresh")}
    at = [{"file": "e.ndjson", "line": number} for number in range(6)]
    assert by_rule["chain"] == [
        {"rule": "chain", "key": {"host.name": "h"}, "steps": ["a", "b"], "events": [at[1], at[2]]},
        {"rule": "chain", "key": {"host.name": "h"}, "steps": ["a", "b"], "events": [at[4], at[5]]},
    ]
    key = {"host.name": "h", "process.name": "a"}
    assert by_rule["fresh"] == [{"rule": "fresh", "key": key, "events": [at[1]]}]
    assert [(f["parts"], f["events"]) for f in found if f["rule"] == "either"] == [
        (["a", "short"], [at[1]]),
        (["short"], [at[2]]),
        (["a", "short"], [at[4]]),
        (["short"], [at[5]]),
    ]
    (burst,) = (f for f in found if f["rule"] == "burst")
    assert burst["window"] == ["2026-01-01T00:05:00Z", "2026-01-01T00:07:00Z"]
    assert burst["row"] == {"N": 2}


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\n", b'{"a":' * 100_000, b"1" * 5000, b'{"@timestamp": "9999999"}', b"\x00"],
    ids=["not-utf8", "deep", "long-number", "bad-time", "nul"],
)
def test_a_hostile_line_is_reported_not_raised(project: Path, content: bytes) -> None:
    (project / "e.ndjson").write_bytes(content + b"\n" + line(0).encode())
    result = tocsin("match", "rules", "e.ndjson", cwd=project)
    assert result.returncode == 1
    assert len(result.stdout.splitlines()) == 1
    no_traceback(result)


def test_match_reads_what_a_command_line_says(project: Path) -> None:
    where = 'process.node.options is "--eval" and process.node.script is missing'
    text = f"rule inline {{ detect process.start where {where} }}"
    (project / "rules" / "good.rule").write_text(text, encoding="utf-8")
    processes: tuple[dict[str, object], ...] = (
        {"command_line": 'node -"e" "x y"'},
        {"command_line": "node app.js -e x"},
        {"args": ["node", "-e", "x"]},
        {"command_line": "node -e x app.js", "args": ["node", "-e", "x"]},
    )
    lines = [line(at, process=each) for at, each in enumerate(processes)]
    (project / "e.ndjson").write_text("\n".join(lines), encoding="utf-8")

    result = tocsin("match", "rules", "e.ndjson", cwd=project)

    found = [json.loads(each)["events"][0]["line"] for each in result.stdout.splitlines()]
    assert found == [1, 3]


def test_match_reads_standard_input(project: Path) -> None:
    result = tocsin("match", "rules", "-", cwd=project, stdin=line(0))
    assert json.loads(result.stdout)["events"] == [{"file": "-", "line": 1}]


def test_damaged_and_missing_event_files_are_reported(project: Path) -> None:
    (project / "bad.gz").write_bytes(b"no gzip")
    (project / "cut.gz").write_bytes(gzip.compress(line(0).encode() * 1000)[:60])
    result = tocsin("match", "rules", "bad.gz", "cut.gz", "none.ndjson", cwd=project)
    assert result.returncode == 1
    for name in ("bad.gz", "cut.gz", "none.ndjson"):
        assert f"{name}: " in result.stderr
    no_traceback(result)


# --- engines


def test_engines_prove_the_rules_and_say_whose_semantics_they_carry(project: Path) -> None:
    result = tocsin("test", "rules", "--engines", "-t", "spl", cwd=project)

    assert result.returncode == 0, result.stderr
    heading, row, semantics = result.stdout.splitlines()
    assert heading.split() == ["rule", "spl"]
    assert row.split(maxsplit=1) == ["good", "exact, proved on 2 events"]
    assert "no Splunk product was run" in semantics
    assert "1 query: 1 proved" in result.stderr


def test_engines_tell_machines_the_same(project: Path) -> None:
    result = tocsin("test", "rules", "--engines", "-t", "sigma", "--format", "json", cwd=project)

    (proof,) = json.loads(result.stdout)["proofs"]
    assert proof == {
        "rule": "good",
        "target": "sigma",
        "verdict": "exact",
        "proved": True,
        "events": 2,
        "found": 1,
        "quiet": 0,
        "not_provable": [],
        "query": None,
    }


def test_engines_run_over_event_files_too(project: Path) -> None:
    (project / "e.ndjson").write_text(f"{line(0)}\nnot json\n{line(31)}\n", encoding="utf-8")

    result = tocsin("test", "rules", "--engines", "-t", "spl", "--events", "e.ndjson", cwd=project)

    assert "exact, proved on 4 events" in result.stdout
    assert "e.ndjson:2: not JSON" in result.stderr
    assert result.returncode == 1
    no_traceback(result)


def test_an_event_too_large_is_passed_over_and_a_large_one_is_run(project: Path) -> None:
    large = json.loads(line(0))
    large["process"]["command_line"] = "x" * (10 << 20)
    huge = json.dumps(large).replace("x" * 100, "y" * 200)
    (project / "e.ndjson").write_text(f"{json.dumps(large)}\n{huge}\n", encoding="utf-8")

    result = tocsin("test", "rules", "--engines", "-t", "spl", "--events", "e.ndjson", cwd=project)

    assert "exact, proved on 3 events" in result.stdout
    assert "e.ndjson:2: an event of more than 16 MiB" in result.stderr
    no_traceback(result)


def test_without_an_engine_nothing_is_proved(project: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": "", "XDG_CACHE_HOME": str(tmp_path / "none")}
    result = subprocess.run(
        [sys.executable, "-m", "tocsin", "test", "rules", "--engines"],
        cwd=project, capture_output=True, text=True, env=environment, timeout=120, check=False,
    )  # fmt: skip

    assert result.returncode == 2
    assert result.stdout == ""
    assert "nothing was proved, for an engine is missing" in result.stderr
    assert "install Node.js 18 or newer" in result.stderr
    assert "proved on" not in result.stderr
    no_traceback(result)


def test_options_of_engines_want_engines(project: Path) -> None:
    result = tocsin("test", "rules", "-t", "kql", cwd=project)

    assert result.returncode == 2
    assert "go with --engines" in result.stderr


def test_a_failing_test_is_told_before_any_engine_runs(project: Path) -> None:
    wrong = GOOD.replace('fires { process.name = "node.exe" }', 'fires { process.name = "x" }')
    (project / "rules" / "good.rule").write_text(wrong, encoding="utf-8")

    result = tocsin("test", "rules", "--engines", "-t", "spl", cwd=project)

    assert result.returncode == 1
    assert "E211" in result.stderr
    assert "proved" not in result.stdout


def test_the_engines_are_listed(project: Path) -> None:
    result = tocsin("engines", "list", cwd=project)

    assert result.returncode == 0
    assert {line.split()[0] for line in result.stdout.splitlines() if line[0] != " "} == {
        *("eql", "esql", "kql", "sigma", "spl")
    }


def test_events_of_every_odd_kind_are_run_or_passed_over(project: Path) -> None:
    engine_of("kql")  # installed, or else the test is skipped
    values = [1.5, 10**30, True, -5, 1e308, {"a": [1]}, [1, 2], "abc", None]
    odd = [line(0, process={"name": "node.exe", "pid": value}) for value in values]
    unstorable = [line(1, process={"name": name}) for name in ("a\x00b", "\ud800")]
    far = [line(2).replace("2026", year) for year in ("0001", "9999")]
    (project / "e.ndjson").write_text("\n".join([*odd, *unstorable, *far]), encoding="utf-8")

    result = tocsin("test", "rules", "--engines", "--events", "e.ndjson", cwd=project)

    no_traceback(result)
    assert "NOT proved" not in result.stdout
    assert result.stdout.count(f"exact, proved on {2 + len(odd) + len(far)} events") == 4
    for number in (len(odd) + 1, len(odd) + 2):
        assert f"e.ndjson:{number}: a text that no product stores" in result.stderr
