"""What `diff` compares: which rule is which, what has changed of it, and what git is asked."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tocsin.cli import app
from tocsin.diff.data import ComparisonData, MatchingData, RuleData, VersionData

IDS = {letter: f"0b7a4a0e-58c7-4a34-9b5f-0f6d8a3f5e{number}" for letter, number in
       {"a": 11, "b": 12, "c": 13}.items()}  # fmt: skip
AS_AUTHOR = {
    f"GIT_{who}_{what}": f"{what.lower()}@example.com"
    for who in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}


def rule(name: str, value: str = "node.exe", id_: str | None = "a", *more: str) -> str:
    given = f'id = "{IDS[id_]}"' if id_ else ""
    return f"""rule {name} {{
  meta {{ title = "{name}"  severity = "low"  {given} }}
  detect process.start on windows where process.name is "{value}"
  {" ".join(more)}
  test "yes" fires {{ process.name = "{value}" }}
  test "no" silent {{ process.name = "other.exe" }}
}}
"""


class Project:
    """A repository with a project in it; the current folder is that of the project."""

    def __init__(self, top: Path, folder: Path) -> None:
        self.top, self.folder = top, folder

    def write(self, **files: str | bytes) -> None:
        """Write rule files by their names; what is empty is removed."""
        for name, text in files.items():
            self.put(f"rules/{name}.rule", text)

    def put(self, name: str, text: str | bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text:
            path.write_bytes(text.encode() if isinstance(text, str) else text)
        else:
            path.unlink()

    def git(self, *arguments: str, given: bytes = b"") -> str:
        return subprocess.run(
            ["git", "-c", "init.defaultBranch=main", *arguments],
            cwd=self.top, env={**os.environ, **AS_AUTHOR},
            check=True, capture_output=True, input=given,
        ).stdout.decode("utf-8", "surrogateescape").strip()  # fmt: skip

    def commit(self, **files: str | bytes) -> str:
        self.write(**files)
        self.git("add", "-A")
        self.git("commit", "-qm", "a change")
        return self.git("rev-parse", "HEAD")


@pytest.fixture(params=["", "detections"], ids=["at the top", "below"])
def anywhere(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Project:
    return made(tmp_path, request.param, monkeypatch)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return made(tmp_path, "", monkeypatch)


def made(top: Path, below: str, monkeypatch: pytest.MonkeyPatch) -> Project:
    folder = top / "work" / below
    folder.mkdir(parents=True)
    found = Project(top / "work", folder)
    found.git("init", "-q")
    found.put("tocsin.toml", "\n")
    temporary = top / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.chdir(folder)
    return found


class Told:
    """What a run of `tocsin diff` said: its exit code, its JSON, its other words."""

    def __init__(self, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        result = CliRunner().invoke(app, ["diff", "--format", "json", *arguments], env=env)
        assert result.exception is None or isinstance(result.exception, SystemExit), repr(
            result.exception
        )
        self.code, self.said, self.shown = result.exit_code, result.stderr, bool(result.stdout)
        self.data: ComparisonData = json.loads(result.stdout or "{}")

    def rules(self) -> dict[str, str]:
        """Name the rules that differ, and how."""
        return {each["name"]: each["kind"] for each in self.data["rules"]}

    def of(self, name: str) -> RuleData:
        return next(each for each in self.data["rules"] if each["name"] == name)

    def old(self, name: str) -> VersionData:
        found = self.of(name)["old"]
        assert found
        return found

    def new(self, name: str) -> VersionData:
        found = self.of(name)["new"]
        assert found
        return found

    def matching(self, name: str) -> MatchingData:
        found = self.of(name)["matching"]
        assert found
        return found

    def names(self) -> dict[str, str]:
        """Name the rules that differ by what they are called now, and how they were."""
        versions = ((each["old"], each["new"]) for each in self.data["rules"])
        return {new["name"]: old["name"] for old, new in versions if old and new}


# --- which rule is which


def test_a_rule_that_does_not_compile_is_neither_new_nor_gone(anywhere: Project) -> None:
    anywhere.commit(a=rule("a"), b=rule("b", "b.exe", "b"))
    for broken in ('"b.exe', "nowhere.to.be = 1", "} oops {"):
        anywhere.write(b=rule("b", "b.exe", "b").replace('process.name is "b.exe"', broken))

        told = Told("HEAD")

        assert told.rules() == {"b": "changed"}, broken
        assert told.new("b")["faults"]
        assert told.of("b")["meaning"] is None
        assert told.code == 1


def test_a_rule_that_did_not_compile_is_not_new(project: Project) -> None:
    project.commit(a=rule("a").replace("where", "were"))
    project.write(a=rule("a"))

    told = Told("HEAD")

    assert told.rules() == {"a": "changed"}
    assert told.old("a")["faults"]
    assert told.code == 0


def test_a_rule_whose_first_words_cannot_be_read_is_known_by_its_name(project: Project) -> None:
    others = rule("c", "c.exe", "c")
    project.commit(all=f"// about a\n{rule('a')}\n// about c\n{others}")
    project.write(
        all=f"// about a\n{rule('a').replace('rule a {', 'rule a of {')}\n// about c\n{others}"
    )

    told = Told("HEAD")

    assert told.rules() == {"a": "changed"}
    assert told.old("a")["text"].startswith("// about a")


def test_what_is_broken_in_one_rule_changes_no_other_of_its_file(project: Project) -> None:
    whole = "\n\n".join(f"// {n}\n{rule(n, n + '.exe', n)}// end of {n}" for n in "abc")
    project.commit(all=whole)
    for cut in ('process.name is "b.exe"', '"b.exe"\n', "fires { process.name"):
        project.write(all=whole.replace(cut, "=", 1))

        assert Told("HEAD").rules() in ({"b": "changed"}, {"a": "changed"}), cut


def test_what_is_broken_on_both_sides_has_not_changed_but_is_told(project: Project) -> None:
    project.commit(a=rule("a").replace("process.name is", "process.nme is"), b=rule("b", id_="b"))

    told = Told("HEAD")

    assert told.rules() == {}
    assert "process.nme" in told.data["head"]["faults"][0]
    assert told.code == 1


def test_a_rule_that_uses_what_does_not_compile_says_so(project: Project) -> None:
    project.put("lib/l.rule", "let known = process.pid > 4\n")
    used = 'use "../lib/l.rule"\n' + rule("a").replace("where", "where known and")
    project.commit(a=used.replace("{ process.name", "{ process.pid = 9 process.name"))
    project.put("lib/l.rule", "let known = process.pd > 4\n")

    told = Told("HEAD")

    assert told.rules() == {"a": "changed"}
    assert told.new("a")["faults"] == ["what it uses of other files does not compile"]
    assert len(told.data["head"]["faults"]) == 1


def test_an_id_is_what_a_rule_is_known_by(project: Project) -> None:
    project.commit(a=rule("a", "a.exe", "a"), b=rule("b", "b.exe", "b"))
    project.write(a=rule("a", "a.exe", "b"), b=rule("b", "b.exe", "a"))

    told = Told("HEAD")

    assert told.names() == {
        "a": "b",
        "b": "a",
    }


def test_an_id_that_goes_to_another_rule_takes_its_past_along(project: Project) -> None:
    project.commit(a=rule("a", "a.exe", "a"))
    project.write(a=rule("a", "new.exe", "c"), b=rule("b", "a.exe", "a"))

    told = Told("HEAD")

    assert told.rules() == {"a": "added", "b": "changed"}


def test_a_name_is_enough_for_a_new_id(project: Project) -> None:
    project.commit(a=rule("a"))
    project.write(a=rule("a", id_="b"))

    told = Told("HEAD")

    assert [each["key"] for each in told.of("a")["meta"]] == ["id"]


def test_two_that_are_renamed_without_ids_are_known_by_what_they_find(project: Project) -> None:
    project.commit(a=rule("a", "a.exe", None), b=rule("b", "b.exe", None))
    project.write(a="", b="", x=rule("x", "b.exe", None), y=rule("y", "a.exe", None))

    told = Told("HEAD")

    assert told.names() == {
        "x": "b",
        "y": "a",
    }


def test_a_name_that_comes_twice_is_told_and_pairs_with_nothing_wrong(project: Project) -> None:
    project.commit(a=rule("a", "a.exe", "a"), b=rule("b", "b.exe", "b"))
    project.write(b=rule("a", "b.exe", "b"))

    told = Told("HEAD")

    assert told.names() == {"a": "b"}
    assert "two rules are named `a`" in told.new("a")["faults"][0]
    assert told.code == 1


def test_a_rule_that_moves_to_another_file_has_only_moved(project: Project) -> None:
    project.commit(a=rule("a") + rule("b", "b.exe", "b"))
    project.write(a=rule("a"), b=rule("b", "b.exe", "b"))

    told = Told("HEAD")

    assert told.rules() == {"b": "noise"}
    assert told.of("b")["moved"]


# --- what has changed


def changed(project: Project, before: str, after: str) -> dict[str, str]:
    project.commit(a=before)
    project.write(a=after)
    return Told("HEAD").rules()


def test_every_thing_that_a_rule_says_is_compared(project: Project) -> None:
    clauses = [
        "entities { host = host.name  host = host.id }",
        "entities { host = host.name  host = host.hostname }",
        "hunt over 30d",
        "hunt over 31d",
        'accept narrower on spl "one"',
        'accept narrower on spl "one"  accept narrower on spl "two"',
        'test "yes" fires { process.name = "NODE.EXE" }',
    ]
    for one, other in pairwise(clauses):
        assert changed(
            project, rule("a", "node.exe", "a", one), rule("a", "node.exe", "a", other)
        ) == {"a": "changed"}, other


def test_the_order_of_facts_is_no_change(project: Project) -> None:
    def with_facts(*facts: str) -> str:
        return rule("a").replace('{ process.name = "node.exe"', f"{{ {'  '.join(facts)}")

    facts = ('process.name = "node.exe"', "process.pid = 4", 'user.name = "x"')

    assert changed(project, with_facts(*facts), with_facts(*reversed(facts))) == {"a": "noise"}


def test_line_ends_are_noise(project: Project) -> None:
    text = rule("a").replace('severity = "low"', 'severity = "low" description = """\nx\n\ny\n"""')

    assert changed(project, text, text.replace("\n", "\r\n")) == {"a": "noise"}


def test_a_list_file_is_part_of_the_rules_that_name_it(anywhere: Project) -> None:
    anywhere.put("lists/bad.txt", "node.exe\n")
    text = 'let bad = file "../lists/bad.txt"\n' + rule("a").replace('is "node.exe"', "in (bad)")
    anywhere.commit(a=text, b=rule("b", id_="b"))
    anywhere.put("lists/bad.txt", "node.exe\nbun.exe\n")

    told = Told("HEAD")

    assert told.rules() == {"a": "changed"}
    assert told.matching("a")["gained"] > 0


def test_the_name_of_a_list_is_seen_where_a_query_has_it(project: Project) -> None:
    def library(name: str) -> str:
        return f'let {name} = ["node.exe", "bun.exe"]\nlet bad = process.name in ({name})\n'

    project.put("lib/l.rule", library("one_list"))
    text = 'use "../lib/l.rule"\n' + rule("a").replace('process.name is "node.exe"', "bad")
    project.commit(a=text)
    project.put("lib/l.rule", library("other_list"))

    told = Told("HEAD")

    assert told.rules() == {"a": "changed"}
    assert [each["target"] for each in told.of("a")["queries"] if each["kind"] == "changed"] == [
        "kql"
    ]


def test_settings_change_queries_of_rules_that_stay(project: Project) -> None:
    project.commit(a=rule("a"))
    project.put("tocsin.toml", '[sources.splunk_sysmon]\nindex = ["edr"]\n')

    told = Told("HEAD")

    assert told.rules() == {"a": "changed"}
    assert "settings" in told.data["notes"][0]
    kinds = {each["target"]: each["kind"] for each in told.of("a")["queries"]}
    assert {target for target, kind in kinds.items() if kind != "same"} == {"spl"}


def test_a_target_that_is_left_out_takes_its_queries_along(project: Project) -> None:
    project.commit(a=rule("a"))
    project.put("tocsin.toml", "[targets.sigma]\nenabled = false\n")

    told = Told("HEAD")

    kinds = {each["target"]: each["kind"] for each in told.of("a")["queries"]}
    assert kinds["sigma"] == "removed"


def test_files_are_named_alike_wherever_it_is_run(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.commit(a=rule("a"), b=rule("b", id_="b"))
    project.write(a=rule("a", "bun.exe"))
    monkeypatch.chdir(project.folder / "rules")

    told = Told("HEAD")

    assert told.rules() == {"a": "changed"}
    assert not any(each["kind"] == "noise" for each in told.of("a")["queries"])
    assert told.new("a")["file"] == "rules/a.rule"


def test_two_folders_of_one_project_differ_in_their_rules_alone(project: Project) -> None:
    project.put("old/a.rule", rule("a"))
    project.put("new/a.rule", rule("a"))
    project.put("new/b.rule", rule("b", id_="b"))

    told = Told("old", "new")

    assert told.rules() == {"b": "added"}


def test_rules_that_are_not_there_yet_are_no_error(project: Project) -> None:
    project.put("readme.md", "x")
    project.commit()
    project.write(a=rule("a"))

    told = Told("HEAD")

    assert told.rules() == {"a": "added"}
    assert told.data["base"]["faults"] == []
    assert told.code == 0


def test_settings_that_cannot_be_read_are_shown_where_they_stand(project: Project) -> None:
    project.put("tocsin.toml", "nonsense = 1\n")
    project.commit(a=rule("a"))
    project.put("tocsin.toml", "\n")

    told = Told("HEAD")

    assert told.code == 2
    assert "the settings of HEAD cannot be read" in told.said
    assert "--> tocsin.toml:1:1" in told.said
    assert "nonsense = 1" in told.said


# --- git


def test_every_way_to_name_a_commit_is_taken(anywhere: Project) -> None:
    first = anywhere.commit(a=rule("a"))
    anywhere.git("tag", "light")
    anywhere.git("tag", "-a", "heavy", "-m", "x")
    anywhere.git("branch", "feature/x")
    anywhere.git("branch", "--set-upstream-to", "feature/x")
    second = anywhere.commit(a=rule("a", "bun.exe"))

    for name in (first, first[:8], "light", "heavy", "feature/x", "HEAD~1", "@{u}",
                 "HEAD^{/a change}~1", "main~1", "main@{1}"):  # fmt: skip
        told = Told(name)

        assert (told.code, told.rules()) == (0, {"a": "changed"}), (name, told.said)
    for span in ("light..HEAD", "light..", "light...HEAD", "light...", "feature/x..main"):
        assert Told(span).rules() == {"a": "changed"}, span
    assert Told("..light").rules() == {"a": "changed"}
    assert Told("main...light").rules() == {}
    assert Told("light", second).rules() == {"a": "changed"}
    anywhere.git("checkout", "-q", "--detach")
    assert Told("@~1").rules() == {"a": "changed"}


def test_a_span_of_three_dots_begins_where_the_two_part(project: Project) -> None:
    project.commit(a=rule("a"))
    project.git("checkout", "-qb", "other")
    project.commit(b=rule("b", "b.exe", "b"))
    project.git("checkout", "-q", "main")
    project.commit(c=rule("c", "c.exe", "c"))

    assert Told("main..other").rules() == {"b": "added", "c": "removed"}
    assert Told("main...other").rules() == {"b": "added"}


def test_what_is_no_commit_is_told(project: Project) -> None:
    project.commit(a=rule("a"))
    blob, tree = (
        project.git("rev-parse", "HEAD:rules/a.rule"),
        project.git("rev-parse", "HEAD^{tree}"),
    )
    project.git("branch", "develop")
    project.git("update-ref", "refs/remotes/origin/release", "HEAD")

    for name, words in {
        blob: f"no commit: {blob} is a blob",
        tree: f"no commit: {tree} is a tree",
        "HEAD:rules": "no commit: HEAD:rules is a tree",
        "nowhere": "no such revision: nowhere (nor is there a folder `nowhere`)",
        "develp": "`develop` has a similar name",
        "release": "`origin/release` has a similar name",
        "^main": "no such revision: ^main",
        "a b\nc": "no such revision: a b\nc",
        "": "no such revision",
        "../nowhere": "no such revision: ../nowhere (nor is there a folder `../nowhere`)",
        "main..nowhere": "no such revision: nowhere",
        "a" * 5000: "no such revision: aaa",
    }.items():
        told = Told(name)

        assert (told.code, told.shown) == (2, False), name
        assert words in told.said
    assert Told("--", "--help").code == 2
    assert Told("--", "-x").code == 2


def test_a_folder_with_the_name_of_a_branch_has_to_be_told_apart(project: Project) -> None:
    project.put("release/one/a.rule", rule("a"))
    project.commit()
    project.git("branch", "release/one")

    told = Told("release/one")

    assert told.code == 2
    assert "write ./release/one or heads/release/one" in told.said
    assert Told("./release/one", "./release/one").code == 0
    assert Told("heads/release/one").code == 0


def test_a_repository_without_a_commit_has_no_revision(project: Project) -> None:
    project.write(a=rule("a"))

    told = Told("HEAD")

    assert told.code == 2
    assert "no such revision: HEAD" in told.said


def test_a_shallow_clone_says_what_to_do(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = project.commit(a=rule("a"))
    project.commit(a=rule("a", "bun.exe"))
    project.git("clone", "-q", "--depth", "1", f"file://{project.top}", str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")

    assert Told("HEAD").code == 0
    assert "git fetch --unshallow" in Told(first).said
    assert Told("HEAD~1").code == 2


def test_a_partial_clone_fetches_nothing(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.git("config", "uploadpack.allowFilter", "true")
    first = project.commit(a=rule("a"))
    project.commit(a=rule("a", "bun.exe"))
    clone = tmp_path / "clone"
    project.git("clone", "-q", "--filter=blob:none", f"file://{project.top}", str(clone))
    run = tmp_path / "run"
    project.git(
        "-C", str(clone), "config", "remote.origin.uploadpack", f"touch {run};git-upload-pack"
    )
    monkeypatch.chdir(clone)

    assert Told("HEAD").code == 0
    told = Told(first)

    assert (told.code, told.shown) == (2, False)
    assert "the clone is partial" in told.said
    assert not run.exists()


def test_a_bare_repository_has_no_rules(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.commit(a=rule("a"))
    project.git("clone", "-q", "--bare", str(project.top), str(tmp_path / "bare"))
    monkeypatch.chdir(tmp_path / "bare")

    told = Told("HEAD")

    assert told.code == 2
    assert "git: this operation must be run in a work tree" in told.said


def test_a_worktree_and_a_link_to_the_project_are_as_good(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.commit(a=rule("a"))
    project.git("worktree", "add", "-q", str(tmp_path / "tree"))
    (tmp_path / "tree/rules/a.rule").write_text(rule("a", "bun.exe"))
    (tmp_path / "link").symlink_to(tmp_path / "tree")
    for folder in ("tree", "link", "link/rules"):
        monkeypatch.chdir(tmp_path / folder)

        assert Told("HEAD").rules() == {"a": "changed"}


def test_a_submodule_is_told_of(project: Project, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.rule").write_text(rule("b", "b.exe", "b"))
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        project.git("-C", str(other), *words)
    project.git(
        "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "rules/more"
    )
    project.commit(a=rule("a"))

    told = Told("HEAD")

    assert told.rules() == {"b": "added"}
    assert "rules/more is a submodule: its rules are not looked up in HEAD" in told.data["notes"]


def test_a_hook_tells_git_nothing_of_the_project(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project.commit(a=rule("a"))
    project.write(a=rule("a", "bun.exe"))
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))

    told = Told("HEAD")

    assert told.rules() == {"a": "changed"}
    assert told.data["head"]["about"] == "1 file is not committed"


def test_nothing_that_a_repository_names_is_run(project: Project, tmp_path: Path) -> None:
    run = tmp_path / "run"
    evil = tmp_path / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {run}\ncat\n")
    evil.chmod(0o755)
    project.put(".gitattributes", "*.rule filter=evil=x diff=evil\n*.txt filter=other\n")
    project.put("rules/x.txt", "x")
    project.commit(a=rule("a"))
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "diff.external",
                "pager.status", "filter.evil=x.clean", "filter.evil=x.smudge",
                "filter.other.process", "diff.evil.textconv", "diff.evil.command",
                "alias.status", "gpg.program"):  # fmt: skip
        project.git("config", key, f"!{evil}" if key.startswith("alias") else str(evil))
    project.git("config", "filter.other.required", "true")
    project.git("config", "log.showSignature", "true")
    hooks = project.top / ".git/hooks"
    for name in ("post-index-change", "post-checkout", "reference-transaction"):
        shutil.copy(evil, hooks / name)
    project.write(a=rule("a", "bun.exe"))
    os.utime(project.folder / "rules/x.txt", (1, 1))

    told = Told("HEAD")
    spans = Told("HEAD...HEAD")

    assert told.rules() == {"a": "changed"}
    assert (told.data["head"]["about"], spans.code) == ("1 file is not committed", 0)
    assert not run.exists()


def test_a_submodule_runs_nothing_either(project: Project, tmp_path: Path) -> None:
    other, run = tmp_path / "other", tmp_path / "run"
    other.mkdir()
    (other / "x.txt").write_text("x")
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        project.git("-C", str(other), *words)
    project.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "more")
    project.commit(a=rule("a"))
    evil = tmp_path / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {run}\n")
    evil.chmod(0o755)
    project.git("-C", "more", "config", "core.fsmonitor", str(evil))

    assert Told("HEAD").code == 0
    assert not run.exists()


def test_a_repository_of_somebody_else_is_told_as_git_tells_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.commit(a=rule("a"))
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")

    told = Told("HEAD")

    assert told.code == 2
    assert "git: detected dubious ownership in repository at" in told.said
    assert "nor is there" not in told.said


def test_without_git_folders_are_compared_all_the_same(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project.write(a=rule("a"))
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    assert Told(".", ".").code == 0
    assert "git is not installed" in Told("main").said
    assert Told("main").code == 2


def test_a_work_tree_that_is_elsewhere_is_told(project: Project, tmp_path: Path) -> None:
    project.commit(a=rule("a"))
    (tmp_path / "elsewhere").mkdir()
    project.git("config", "core.worktree", str(tmp_path / "elsewhere"))

    told = Told("HEAD")

    assert told.code == 2
    assert "git: the work tree of the repository is" in told.said


def test_the_lock_of_another_git_is_in_nobodys_way(project: Project) -> None:
    project.commit(a=rule("a"))
    project.put(".git/index.lock", "x")
    project.write(a=rule("a", "bun.exe"))

    assert Told("HEAD").rules() == {"a": "changed"}


def test_a_commit_that_is_replaced_is_read_as_git_reads_it(project: Project) -> None:
    first = project.commit(a=rule("a"))
    second = project.commit(a=rule("a", "a-name-that-is-longer.exe"))
    project.git("replace", first, second)
    blob = project.git("rev-parse", f"{second}:rules/a.rule")
    other = project.git("hash-object", "-w", "--stdin", given=rule("a", "x.exe").encode())
    project.git("replace", blob, other)

    told = Told(first, second)

    assert told.rules() == {}


def test_what_is_not_committed_is_counted_by_files(anywhere: Project) -> None:
    anywhere.commit(a=rule("a"))
    anywhere.git("config", "status.showUntrackedFiles", "no")
    anywhere.put("other/x.txt", "x")
    anywhere.put("other/y.txt", "y")
    anywhere.write(a=rule("a", "bun.exe"))
    (anywhere.top / "outside").write_text("x")

    told = Told("HEAD")

    count = 4 if anywhere.top == anywhere.folder else 3
    assert told.data["head"]["about"] == f"{count} files are not committed"
    assert f"{count} files are not committed: no part of this" in Told("HEAD", "HEAD").data["notes"]


# --- files of a commit


def test_a_name_may_be_anything_that_git_takes(anywhere: Project) -> None:
    names = [b"new\nline", b'qu"ote', b"\xff\xfe", b"-x", b":(top)x", b"*", b"\xc3\xa4", b"a b"]
    for place, name in enumerate(names):
        anywhere.put(os.fsdecode(b"rules/" + name + b"/" + name + b".rule"),
                     rule(f"r{place}", f"{place}.exe", None))  # fmt: skip
    anywhere.commit(a=rule("a"), A=rule("b", id_="b"))

    told = Told("HEAD")

    assert (told.code, told.rules()) == (0, {}), told.said
    assert told.data["summary"]["unchanged"] == len(names) + 2
    assert told.data["head"]["about"] == "as it stands"


def test_links_are_followed_as_of_the_commit(anywhere: Project) -> None:
    anywhere.put("shared/deep/list.txt", "node.exe\n")
    anywhere.put("shared/deep/lib.rule", 'let bad = file "list.txt"\n')
    (anywhere.folder / "rules").mkdir()
    (anywhere.folder / "rules/common").symlink_to("../shared")
    (anywhere.folder / "rules/b.rule").symlink_to("../other/b.rule")
    anywhere.put("other/b.rule", rule("b", "b.exe", "b"))
    text = 'use "common/deep/lib.rule"\n' + rule("a").replace('is "node.exe"', "in (bad)")
    anywhere.commit(a=text)

    assert Told("HEAD").rules() == {}
    anywhere.put("shared/deep/list.txt", "bun.exe\nnode.exe\n")
    anywhere.put("other/b.rule", rule("b", "c.exe", "b"))
    assert Told("HEAD").rules() == {"a": "changed", "b": "changed"}


def test_a_folder_of_rules_may_be_a_link(project: Project) -> None:
    project.put("detections/a.rule", rule("a"))
    project.put("other/b.rule", rule("b", id_="b"))
    (project.folder / "rules").symlink_to("detections")
    project.commit()

    assert Told("HEAD").rules() == {}


def test_a_link_out_of_the_project_is_not_followed_in_a_copy(
    project: Project, tmp_path: Path
) -> None:
    (tmp_path / "b.rule").write_text(rule("b", "b.exe", "b"))
    (project.folder / "rules").mkdir()
    (project.folder / "rules/b.rule").symlink_to("../../b.rule")
    (project.folder / "rules/c.rule").symlink_to(tmp_path / "b.rule")
    (project.folder / "rules/d.rule").symlink_to("d.rule")
    project.commit(a=rule("a"))
    (project.folder / "rules/d.rule").unlink()

    told = Told("HEAD")

    assert "rules/b.rule of HEAD leads out of the project" in told.data["notes"]
    assert "rules/c.rule of HEAD leads out of the project" in told.data["notes"]
    assert told.data["base"]["faults"] == []


def test_a_tree_that_no_system_could_check_out_does_no_harm(
    project: Project, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    blob = project.git("hash-object", "-w", "--stdin", given=rule("a").encode())
    link = project.git("hash-object", "-w", "--stdin", given=os.fsencode(outside))
    odd = [project.git("hash-object", "-w", "--stdin", given=text)
           for text in (b"a\0b", b"x" * 5000, b"", b"..")]  # fmt: skip
    inner = project.git(
        "mktree", given=f"100644 blob {blob}\tx.rule\n120000 blob {link}\ty\n".encode()
    )
    lines = [f"120000 blob {link}\ta", f"040000 tree {inner}\ta", f"100644 blob {blob}\tz.rule"]
    lines += [f"120000 blob {each}\tlink{n}.rule" for n, each in enumerate(odd)]
    tree = project.git("mktree", given="\n".join(lines).encode())
    commit = project.git("commit-tree", tree, "-m", "odd")

    told = Told(commit, commit)

    assert told.code in (0, 1, 2)
    assert list(outside.iterdir()) == []


def test_a_file_that_is_too_large_is_told_on_both_sides(project: Project) -> None:
    project.commit(a=rule("a") + "// " + "x" * (5 * 1024 * 1024), b=rule("b", id_="b"))

    told = Told("HEAD")

    assert told.rules() == {}
    for side in (told.data["base"], told.data["head"]):
        assert "`rules/a.rule` is too large" in side["faults"][0]


def test_line_ends_that_git_changes_are_noise(project: Project) -> None:
    project.put(".gitattributes", "*.rule text eol=crlf\n")
    project.commit(a=rule("a"))
    project.git("rm", "-q", "--cached", "-r", "rules")
    project.git("reset", "-q", "--hard")

    told = Told("HEAD")

    assert b"\r\n" in (project.folder / "rules/a.rule").read_bytes()
    assert told.rules() == {"a": "noise"}


def test_copies_are_removed_whatever_comes(project: Project, tmp_path: Path) -> None:
    project.put("tocsin.toml", "nonsense = 1\n")
    bad = project.commit(a=rule("a"))
    project.put("tocsin.toml", "\n")
    good = project.commit()

    codes = [Told(*asked).code for asked in ([good], [bad], ["nowhere"], [good, bad])]

    assert codes == [0, 2, 2, 2]
    assert list((tmp_path / "temporary").iterdir()) == []


# --- folders


def test_folders_are_compared_without_git_or_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"old": "node.exe", "new": "bun.exe"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.rule").write_text(rule("a", value))
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    monkeypatch.chdir(tmp_path)

    assert Told("old", "new").rules() == {"a": "changed"}
    assert Told(str(tmp_path / "old"), "./new/").rules() == {"a": "changed"}
    assert Told("new/../old", "new").rules() == {"a": "changed"}
    assert Told("old", "empty").rules() == {"a": "removed"}
    assert Told("old", "empty").code == 0
    assert Told("empty", "empty").code == 0
    assert (Told("old", "file").code, Told("old", "missing").code) == (2, 2)
    assert "no revisions here" in Told("old", "missing").said
