"""What `diff` compares: which rule is which, what has changed of it, and what git is asked."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tocsin.cli import app
from tocsin.diff.data import ComparisonData, RuleData

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

    def git(self, *arguments: str, **given: bytes) -> str:
        return subprocess.run(
            ["git", "-c", "init.defaultBranch=main", *arguments],
            cwd=self.top, env={**os.environ, **AS_AUTHOR}, check=True, capture_output=True, **given,
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
        self.code, self.said = result.exit_code, result.stderr
        self.data: ComparisonData = json.loads(result.stdout or "{}")

    def rules(self) -> dict[str, str]:
        """Name the rules that differ, and how."""
        return {each["name"]: each["kind"] for each in self.data["rules"]}

    def of(self, name: str) -> RuleData:
        return next(each for each in self.data["rules"] if each["name"] == name)


# --- which rule is which


def test_a_rule_that_does_not_compile_is_neither_new_nor_gone(anywhere: Project) -> None:
    anywhere.commit(a=rule("a"), b=rule("b", "b.exe", "b"))
    for broken in ('"b.exe', "nowhere.to.be = 1", "} oops {"):
        anywhere.write(b=rule("b", "b.exe", "b").replace('process.name is "b.exe"', broken))

        told = Told("HEAD")

        assert told.rules() == {"b": "changed"}, broken
        assert told.of("b")["new"]["faults"]
        assert told.of("b")["meaning"] is None
        assert told.code == 1


def test_a_rule_that_did_not_compile_is_not_new(project: Project) -> None:
    project.commit(a=rule("a").replace("where", "were"))
    project.write(a=rule("a"))

    told = Told("HEAD")

    assert told.rules() == {"a": "changed"}
    assert told.of("a")["old"]["faults"]
    assert told.code == 0


def test_a_rule_whose_first_words_cannot_be_read_is_known_by_its_name(project: Project) -> None:
    others = rule("c", "c.exe", "c")
    project.commit(all=f"// about a\n{rule('a')}\n// about c\n{others}")
    project.write(
        all=f"// about a\n{rule('a').replace('rule a {', 'rule a of {')}\n// about c\n{others}"
    )

    told = Told("HEAD")

    assert told.rules() == {"a": "changed"}
    assert told.of("a")["old"]["text"].startswith("// about a")


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
    assert told.of("a")["new"]["faults"] == ["what it uses of other files does not compile"]
    assert len(told.data["head"]["faults"]) == 1


def test_an_id_is_what_a_rule_is_known_by(project: Project) -> None:
    project.commit(a=rule("a", "a.exe", "a"), b=rule("b", "b.exe", "b"))
    project.write(a=rule("a", "a.exe", "b"), b=rule("b", "b.exe", "a"))

    told = Told("HEAD")

    assert {each["new"]["name"]: each["old"]["name"] for each in told.data["rules"]} == {
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

    assert {each["name"]: each["old"]["name"] for each in told.data["rules"]} == {
        "x": "b",
        "y": "a",
    }


def test_a_name_that_comes_twice_is_told_and_pairs_with_nothing_wrong(project: Project) -> None:
    project.commit(a=rule("a", "a.exe", "a"), b=rule("b", "b.exe", "b"))
    project.write(b=rule("a", "b.exe", "b"))

    told = Told("HEAD")

    (changed,) = told.data["rules"]
    assert (changed["old"]["name"], changed["new"]["name"]) == ("b", "a")
    assert "two rules are named `a`" in changed["new"]["faults"][0]
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
    for one, other in zip(clauses, clauses[1:], strict=False):
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
    assert told.of("a")["matching"]["gained"] > 0


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
    assert told.of("a")["new"]["file"] == "rules/a.rule"


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
