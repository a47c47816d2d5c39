"""`tocsin diff` as reviewers meet it: revisions, folders, what changed, and what that matches."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RULE = """rule shell {
  meta {
    title    = "Shell under Node.js"
    id       = "11111111-1111-4111-8111-111111111111"
    severity = "high"
  }

  alert every 5m over 9m

  detect process.start on windows where
    process.parent.name is "node.exe"
    and process.name in ("cmd.exe", "powershell.exe")

  test "cmd" fires {
    process.parent.name = "node.exe"
    process.name        = "cmd.exe"
  }
  test "another" silent {
    process.parent.name = "node.exe"
    process.name        = "calc.exe"
  }
}
"""
TARGETS = ("eql", "esql", "kql", "sigma", "spl")
WHO = {
    f"GIT_{who}_{what}": "a@example.com"
    for who in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}


def run(
    command: list[str], cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **WHO, "NO_COLOR": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    return subprocess.run(
        command, cwd=cwd, env={**environment, **(env or {})}, capture_output=True, timeout=120,
        encoding="utf-8", check=False,
    )  # fmt: skip


def diff(cwd: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    result = run([sys.executable, "-m", "tocsin", "diff", *arguments], cwd, env)
    assert "Traceback" not in result.stderr + result.stdout
    return result


def data(cwd: Path, *arguments: str) -> dict[str, list[dict[str, object]]]:
    result = diff(cwd, *arguments, "--format", "json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def commit(repository: Path, message: str = "more") -> None:
    for arguments in (["add", "--all"], ["commit", "--quiet", "--message", message]):
        assert run(["git", *arguments], repository).returncode == 0


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with one rule and one commit."""
    folder = tmp_path / "project"
    (folder / "rules").mkdir(parents=True)
    (folder / "rules" / "shell.rule").write_text(RULE, encoding="utf-8")
    assert run(["git", "init", "--quiet", "--initial-branch", "main"], folder).returncode == 0
    commit(folder, "a first rule")
    return folder


def change(project: Path, old: str, new: str, file: str = "rules/shell.rule") -> None:
    path = project / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# --- what changed


def signed(report: str) -> list[str]:
    """Return the lines of queries that are shown as gone or new."""
    return [line.strip() for line in report.splitlines() if line.startswith(("    - ", "    + "))]


def test_one_word_is_one_line_of_each_query_and_says_what_it_matches(project: Path) -> None:
    change(project, '"powershell.exe"', '"pwsh.exe"')

    result = diff(project, "HEAD")

    lines = [line for line in signed(result.stdout) if "built" not in line]
    assert result.returncode == 0
    assert len(lines) == 2 * len(TARGETS)
    assert all("powershell.exe" in line for line in lines if line.startswith("-"))
    assert all("pwsh.exe" in line for line in lines if line.startswith("+"))
    assert "matches: +1 -1 over" in result.stdout
    assert "process.name = 'pwsh.exe'" in result.stdout
    assert result.stdout.endswith("1 rule changed; +1 -1 matches\n")


def test_every_rule_of_the_pack_is_compared_between_two_commits(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    run(["git", "init", "--quiet"], tmp_path)
    commit(tmp_path)
    change(tmp_path, '"pwsh.exe"', '"pwsh-preview.exe"', "rules/lib/programs.rule")
    commit(tmp_path)

    result = diff(tmp_path, "HEAD~1..HEAD", "--format", "json")

    found = json.loads(result.stdout)
    changed = {str(rule["name"]) for rule in found["rules"]}
    assert changed >= {"node_install_fetches"}
    assert len(changed) < 26
    for rule in found["rules"]:
        matching = rule["matching"]
        assert isinstance(matching, dict)
        assert matching["gained"] + matching["lost"] > 0


def test_nothing_changed(project: Path) -> None:
    result = diff(project, "HEAD")

    assert (result.returncode, diff(project, "HEAD", "--exit-code").returncode) == (0, 0)
    assert result.stdout.endswith("no rule differs (1 rule unchanged)\n")


def test_layout_and_comments_are_told_apart_from_a_change(project: Path) -> None:
    change(project, "  detect process.start", "  // who starts shells\n\n  detect  process.start")

    found = data(project, "HEAD")

    assert [rule["kind"] for rule in found["rules"]] == ["noise"]
    assert found["rules"][0]["matching"] is None


def test_what_a_rule_says_of_itself_is_a_change_of_its_own(project: Path) -> None:
    change(project, 'severity = "high"', 'severity = "low"')
    change(project, "over 9m", "over 10m")
    change(project, 'test "another" silent', 'test "a calculator" silent')

    (rule,) = data(project, "HEAD")["rules"]

    meta = rule["meta"]
    assert isinstance(meta, list)
    assert {
        each["key"]: (each["old"], each["new"]) for each in meta if "test" not in each["key"]
    } == {
        "severity": ("high", "low"),
        "schedule": ("alert every 5m over 9m", "alert every 5m over 10m"),
    }
    assert len(meta) == 4
    assert rule["meaning"] is True


def test_a_verdict_that_changes_comes_first(project: Path) -> None:
    other = RULE.replace("rule shell", "rule a_first").replace("1111-4111", "2222-4111")
    (project / "rules" / "a_first.rule").write_text(other, encoding="utf-8")
    commit(project)
    change(project, '"powershell.exe"', '"pwsh.exe"', "rules/a_first.rule")
    change(project, '"powershell.exe")', '"powershell.exe")\n    and not process.args is "x"')
    change(project, '  test "cmd"', '  accept narrower on sigma "so be it"\n'
           '  accept narrower on spl "so be it"\n\n  test "cmd"')  # fmt: skip

    found = data(project, "HEAD")

    first = found["rules"][0]
    queries = first["queries"]
    assert isinstance(queries, list)
    verdicts = {q["label"]: (q["old"]["verdict"], q["new"]["verdict"]) for q in queries}
    assert [rule["name"] for rule in found["rules"]] == ["shell", "a_first"]
    assert verdicts["spl"] == ("exact", "narrower")


# --- rules that come, go and move


def test_a_rule_that_is_renamed_and_moved_is_the_same_rule(project: Path) -> None:
    (project / "rules" / "execution").mkdir()
    (project / "rules" / "shell.rule").rename(project / "rules" / "execution" / "node_shell.rule")
    change(project, "rule shell", "rule node_shell", "rules/execution/node_shell.rule")

    (rule,) = data(project, "HEAD")["rules"]

    assert (rule["name"], rule["renamed"], rule["moved"]) == ("node_shell", True, True)
    assert rule["meaning"] is False


def test_a_rule_that_comes_and_one_that_goes(project: Path) -> None:
    (project / "rules" / "shell.rule").unlink()
    other = RULE.replace("rule shell", "rule other").replace("1111-4111", "2222-4111")
    text = other.replace('"node.exe"', '"deno.exe"')
    (project / "rules" / "other.rule").write_text(text, encoding="utf-8")

    found = data(project, "HEAD")

    assert [(rule["name"], rule["kind"]) for rule in found["rules"]] == [
        ("other", "added"),
        ("shell", "removed"),
    ]


# --- what is compared


def test_two_revisions_and_what_is_not_committed(project: Path) -> None:
    change(project, '"powershell.exe"', '"pwsh.exe"')
    commit(project)
    change(project, '"pwsh.exe"', '"bash.exe"')

    for arguments in (["HEAD~1", "HEAD"], ["HEAD~1..HEAD"], ["HEAD~1...HEAD"]):
        result = diff(project, *arguments)

        assert "bash.exe" not in result.stdout
        assert "pwsh.exe" in result.stdout
        assert "1 file is not committed: no part of this" in result.stdout
    assert "1 file is not committed" in diff(project, "HEAD~1").stdout


def test_from_where_two_branches_part(project: Path) -> None:
    run(["git", "checkout", "--quiet", "-b", "topic"], project)
    change(project, "process.start on", "process.start  on")
    change(project, '"powershell.exe"', '"pwsh.exe"')
    commit(project)
    run(["git", "checkout", "--quiet", "main"], project)
    change(project, 'severity = "high"', 'severity = "low"')
    commit(project)

    with_main = data(project, "main..topic")["rules"][0]
    alone = data(project, "main...topic")["rules"][0]

    assert with_main["meta"]
    assert not alone["meta"]


def test_folders(project: Path, tmp_path: Path) -> None:
    shutil.copytree(project / "rules", tmp_path / "before")
    change(project, '"powershell.exe"', '"pwsh.exe"')

    found = data(tmp_path, "before", "project/rules")

    assert [(rule["name"], rule["kind"]) for rule in found["rules"]] == [("shell", "changed")]
    assert not found["rules"][0]["moved"]


def test_a_project_below_the_top_of_its_repository(tmp_path: Path) -> None:
    inner = tmp_path / "detections"
    (inner / "rules").mkdir(parents=True)
    (inner / "tocsin.toml").write_text("[targets.spl]\nenabled = false\n", encoding="utf-8")
    (inner / "rules" / "shell.rule").write_text(RULE, encoding="utf-8")
    run(["git", "init", "--quiet"], tmp_path)
    commit(tmp_path)
    change(inner, '"powershell.exe"', '"pwsh.exe"')

    found = data(inner / "rules", "HEAD")

    assert [(rule["name"], rule["kind"]) for rule in found["rules"]] == [("shell", "changed")]
    assert [str(label) for label in found["labels"]] == ["eql", "esql", "kql", "sigma"]


def test_lists_and_used_files_belong_to_a_revision(project: Path) -> None:
    (project / "lists").mkdir()
    (project / "lists" / "names.txt").write_text("cmd.exe\npowershell.exe\n", encoding="utf-8")
    lib = 'let shells = file "../lists/names.txt"\n'
    (project / "rules" / "names.rule").write_text(lib, encoding="utf-8")
    change(project, 'in ("cmd.exe", "powershell.exe")', "in shells")
    change(project, "rule shell", 'use "names.rule"\n\nrule shell')
    commit(project)
    change(project, "powershell.exe", "pwsh.exe", "lists/names.txt")

    (rule,) = data(project, "HEAD")["rules"]

    assert rule["kind"] == "changed"
    assert rule["meaning"] is True


def test_events_that_are_given_are_run_too(project: Path) -> None:
    events = [
        {"@timestamp": f"2026-11-26T10:00:0{n}Z",
         "event": {"category": ["process"], "type": ["start"]}, "host": {"os": {"type": "windows"}},
         "process": {"name": name, "parent": {"name": "node.exe"}}}
        for n, name in enumerate(("cmd.exe", "powershell.exe", "pwsh.exe", "pwsh.exe", "calc.exe"))
    ]  # fmt: skip
    lines = "".join(json.dumps(event) + "\n" for event in events)
    (project / "events.ndjson").write_text(f"{lines}no event\n", encoding="utf-8")
    change(project, '"powershell.exe"', '"pwsh.exe"')

    result = diff(project, "HEAD", "--events", "events.ndjson", "--format", "json")

    matching = json.loads(result.stdout)["rules"][0]["matching"]
    given = [find for find in matching["finds"] if find["origin"] == "given"]
    assert [(find["sign"], find["where"]) for find in given] == [
        ("-", "events.ndjson:2"),
        ("+", "events.ndjson:3"),
        ("+", "events.ndjson:4"),
    ]
    assert matching["run"]["given"] == 5
    assert "events.ndjson:6: not JSON" in result.stderr
    assert result.returncode == 1


# --- what goes wrong


def breaks_the_base(project: Path) -> None:
    change(project, "process.name in", "process.nmae in")
    commit(project)
    change(project, "process.nmae in", "process.name in")


def test_a_base_that_does_not_compile_is_said_and_compared_by_its_text(project: Path) -> None:
    breaks_the_base(project)

    result = diff(project, "HEAD")

    assert result.returncode == 0
    assert "errors before" in result.stdout
    assert "error[E102]: unknown field `process.nmae`" in result.stdout


def test_a_head_that_does_not_compile_is_a_finding(project: Path) -> None:
    change(project, "process.name in", "process.nmae in")

    result = diff(project, "HEAD")

    assert result.returncode == 1
    assert "error[E102]: unknown field `process.nmae`" in result.stdout
    assert "working tree has errors" in result.stderr


def test_a_base_that_is_no_rule_file_at_all(project: Path) -> None:
    (project / "rules" / "shell.rule").write_text("rule shell {\n  detect ((\n", encoding="utf-8")
    commit(project)
    (project / "rules" / "shell.rule").write_text(RULE, encoding="utf-8")

    result = diff(project, "HEAD")

    assert result.returncode == 0
    assert "error[E0" in result.stdout


def test_settings_that_cannot_be_read_end_it(project: Path) -> None:
    (project / "tocsin.toml").write_text("rule = 1\n", encoding="utf-8")
    commit(project)
    (project / "tocsin.toml").unlink()

    result = diff(project, "HEAD")

    assert result.returncode == 2
    assert "the settings of HEAD cannot be read" in result.stderr
    assert "E502" in result.stderr
    assert result.stdout == ""


def no_such_revision(project: Path) -> tuple[list[str], str]:
    return ["mian"], "no such revision: mian; `main` has a similar name"


def no_repository(project: Path) -> tuple[list[str], str]:
    shutil.rmtree(project / ".git")
    return ["HEAD"], "in no git repository"


def both(project: Path) -> tuple[list[str], str]:
    (project / "main").mkdir()
    return ["main"], "`main` is a folder and a revision"


def a_flag(project: Path) -> tuple[list[str], str]:
    return ["--", "--output=x"], "no such revision: --output=x"


def nothing_in_common(project: Path) -> tuple[list[str], str]:
    run(["git", "checkout", "--quiet", "--orphan", "other"], project)
    commit(project)
    return ["main...other"], "no commit in common"


def no_folder_to_write_to(project: Path) -> tuple[list[str], str]:
    return ["HEAD", "-o", "none/diff.html"], "cannot write none/diff.html"


def no_events(project: Path) -> tuple[list[str], str]:
    return ["HEAD", "--events", "none.ndjson"], "no such file: none.ndjson"


@pytest.mark.parametrize(
    "case",
    [
        no_such_revision,
        no_repository,
        both,
        a_flag,
        nothing_in_common,
        no_folder_to_write_to,
        no_events,
    ],
)
def test_wrong_use_has_its_message(
    project: Path, case: Callable[[Path], tuple[list[str], str]]
) -> None:
    arguments, message = case(project)
    before = sorted(project.rglob("*"))

    result = diff(project, *arguments)

    assert result.returncode == 2
    assert message in result.stderr
    assert result.stdout == ""
    assert [path for path in sorted(project.rglob("*")) if ".git" not in path.parts] == [
        path for path in before if ".git" not in path.parts
    ]


def test_without_git_it_is_said(project: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()

    result = diff(project, "HEAD", PATH=str(tmp_path / "bin"))

    assert result.returncode == 2
    assert "git is not installed" in result.stderr


def test_a_folder_against_a_folder_takes_no_git(project: Path, tmp_path: Path) -> None:
    shutil.copytree(project / "rules", tmp_path / "before")
    (tmp_path / "bin").mkdir()

    result = diff(tmp_path, "before", "project", PATH=str(tmp_path / "bin"))

    assert result.returncode == 0


def test_nothing_of_the_repository_is_run(project: Path) -> None:
    script = project / "run.sh"
    script.write_text(f"#!/bin/sh\ntouch '{project}/ran'\n", encoding="utf-8")
    script.chmod(0o755)
    for key in ("core.fsmonitor", "diff.external", "core.pager", "diff.x.textconv"):
        run(["git", "config", key, str(script)], project)
    (project / ".gitattributes").write_text("*.rule diff=x\n", encoding="utf-8")
    commit(project)
    (project / "ran").unlink(missing_ok=True)  # `git commit` itself asks the monitor
    change(project, '"powershell.exe"', '"pwsh.exe"')

    result = diff(project, "HEAD")

    assert result.returncode == 0
    assert not (project / "ran").exists()


# --- reports


HOSTILE = "</script>\\u{1B}[31m ::error:: [x](http://evil) `@all` <b> | \\u{202E}"


@pytest.mark.parametrize("report", ["text", "markdown", "html", "json"])
def test_what_a_title_says_is_data_in_every_report(project: Path, report: str) -> None:
    change(project, "Shell under Node.js", HOSTILE)

    result = diff(project, "HEAD", "--format", report, "-o", f"diff.{report}")

    text = (project / f"diff.{report}").read_text(encoding="utf-8")
    assert result.returncode == 0
    assert "\x1b" not in text
    assert "</script>\u001b" not in text
    if report in {"text", "markdown", "html"}:
        assert "\u202e" not in text
    if report == "html":
        assert "</script>\\u" not in text


def test_the_same_again(project: Path) -> None:
    change(project, '"powershell.exe"', '"pwsh.exe"')

    first, second = (
        diff(project, "HEAD", "--format", "html", PYTHONHASHSEED=seed).stdout for seed in "12"
    )

    assert first == second
