"""The lock: a version rises with the meaning, a revision with the rest, and neither with layout."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from test_cli import GOOD, no_traceback, tocsin
from tocsin import lock, model, pipeline, registry
from tocsin.meaning import meaning, rest

RULE = """// a comment
let shells = ["cmd.exe", "pwsh.exe"]

rule good {
  meta { title = "Good" id = "11111111-1111-4111-8111-111111111111" severity = "low" }
  alert every 5m over 9m
  detect process.start on windows where
    process.parent.name is "node.exe" and process.name in shells
}
"""


def rule(text: str, folder: Path) -> model.Rule:
    path = folder / "good.rule"
    path.write_text(text, encoding="utf-8")
    (found,) = pipeline.read([path], registry.names(), folder).rules
    return found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("// a comment", "// another comment\n\n"),
        ("    process.parent.name is", "process.parent.name\n      is"),
        ("shells", "programs"),
    ],
)
def test_layout_comments_and_names_of_lists_change_nothing(
    old: str, new: str, tmp_path: Path
) -> None:
    before = rule(RULE, tmp_path)

    after = rule(RULE.replace(old, new), tmp_path)

    assert (meaning(after), rest(after)) == (meaning(before), rest(before))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"pwsh.exe"', '"powershell.exe"'),
        ('is "node.exe"', 'is cased "node.exe"'),
        ('is "node.exe"', 'is not "node.exe"'),
        ("on windows", "on linux"),
        ("over 9m", "over 10m"),
        ("process.name in", "process.working_directory in"),
    ],
)
def test_another_meaning_has_another_digest(old: str, new: str, tmp_path: Path) -> None:
    before = rule(RULE, tmp_path)

    after = rule(RULE.replace(old, new), tmp_path)

    assert meaning(after) != meaning(before)
    assert rest(after) == rest(before)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('title = "Good"', 'title = "Better"'),
        ('severity = "low"', 'severity = "high"'),
        ("  alert", "  entities { host = host.name }\n  alert"),
        ("  alert", '  accept wider on spl "so be it"\n  alert'),
    ],
)
def test_words_about_a_rule_are_not_its_meaning(old: str, new: str, tmp_path: Path) -> None:
    before = rule(RULE, tmp_path)

    after = rule(RULE.replace(old, new), tmp_path)

    assert meaning(after) == meaning(before)
    assert rest(after) != rest(before)


def test_the_meaning_of_every_rule_of_the_pack_is_its_own() -> None:
    rules = pipeline.read([Path(__file__).parent.parent / "rules"], registry.names()).rules

    assert len({meaning(each) for each in rules}) == len(rules) > 20


# --- versions


def test_versions_and_revisions_rise_apart(tmp_path: Path) -> None:
    first = rule(RULE, tmp_path)
    reworded = rule(RULE.replace('"Good"', '"Better"'), tmp_path)
    moved = rule(RULE.replace("9m", "10m"), tmp_path)

    one = lock.updated({}, [lock.state(first, {"eql": "a"})])
    same = lock.updated(one, [lock.state(first, {"eql": "a"})])
    other_output = lock.updated(one, [lock.state(first, {"eql": "b"})])
    other_words = lock.updated(other_output, [lock.state(reworded, {"eql": "b"})])
    other_meaning = lock.updated(other_words, [lock.state(moved, {"eql": "c"})])

    numbers = [
        [(each.version, each.revision) for each in found.values()]
        for found in (one, same, other_output, other_words, other_meaning)
    ]
    assert numbers == [[(1, 0)], [(1, 0)], [(1, 1)], [(1, 2)], [(2, 0)]]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    written = lock.updated({}, [lock.state(rule(RULE, tmp_path), {"eql": "a", "kql": "b"})])
    (tmp_path / lock.FILE).write_text(lock.text(written), encoding="utf-8")

    assert lock.read(tmp_path) == written
    assert lock.text(lock.read(tmp_path) or {}) == lock.text(written)


def test_a_rule_that_is_gone_keeps_its_version(project: Path) -> None:
    tocsin("lock", cwd=project)
    good = project / "rules" / "good.rule"
    good.write_text(GOOD.replace('is "node.exe"', 'is "deno.exe"').replace(
        'fires { process.name = "node.exe"', 'fires { process.name = "deno.exe"').replace(
        'silent { process.name = "deno.exe"', 'silent { process.name = "node.exe"'))  # fmt: skip
    tocsin("lock", cwd=project)
    other = GOOD.replace("good", "other").replace("1111", "3333")

    good.write_text(other)
    tocsin("lock", cwd=project)

    rules = json.loads((project / lock.FILE).read_text())["rules"]
    assert {each["name"]: each["version"] for each in rules.values()} == {"good": 2, "other": 1}


# --- the command line


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "tocsin.toml").write_text('rules = ["rules"]\n', encoding="utf-8")
    (tmp_path / "rules" / "good.rule").write_text(GOOD, encoding="utf-8")
    return tmp_path


def change(project: Path, old: str, new: str) -> None:
    path = project / "rules" / "good.rule"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_check_fails_where_the_meaning_has_changed_and_the_lock_has_not(project: Path) -> None:
    assert tocsin("check", cwd=project).returncode == 0
    assert tocsin("lock", cwd=project).returncode == 0
    assert tocsin("check", cwd=project).returncode == 0
    change(project, 'where process.name is "node', 'where process.name is cased "node')

    stale = tocsin("check", cwd=project)
    checked = tocsin("lock", "--check", cwd=project)
    tocsin("lock", cwd=project)
    fresh = tocsin("check", cwd=project)

    assert stale.returncode == checked.returncode == 1
    assert "error[E407]: `good` means something else than the locked version 1" in stale.stderr
    assert "`tocsin lock` makes it version 2" in stale.stderr
    assert fresh.returncode == 0


def test_a_new_title_is_a_warning_and_a_comment_is_nothing(project: Path) -> None:
    tocsin("lock", cwd=project)
    change(project, "rule good", "// a comment\nrule good")
    commented = tocsin("check", cwd=project)
    change(project, '"Good"', '"Better"')

    retitled = tocsin("check", cwd=project)

    assert "W401" not in commented.stderr
    assert retitled.returncode == 0
    assert "warning[W401]: `good` is not what version 1 was locked with" in retitled.stderr
    assert "changed: what it says of itself" in retitled.stderr


def test_a_rule_without_an_id_is_not_counted_as_locked(project: Path) -> None:
    rule = project / "rules" / "good.rule"
    bare = rule.read_text(encoding="utf-8").replace("rule good", "rule bare")
    (rule.parent / "bare.rule").write_text(re.sub(r' id\s*= "[^"]*"', "", bare), encoding="utf-8")

    result = tocsin("lock", cwd=project)

    assert result.returncode == 0, result.stderr
    assert "1 rule in tocsin.lock\n1 rule without an `id`" in result.stderr


def test_another_revision_is_an_error_where_the_lock_must_not_change(project: Path) -> None:
    tocsin("publish", "-f", "navigator", cwd=project)
    change(project, '"Good"', '"Better"')

    results = [
        tocsin(*arguments, cwd=project)
        for arguments in (("lock", "--check"), ("publish", "-f", "navigator", "--locked"))
    ]

    assert [each.returncode for each in results] == [1, 1]
    for each in results:
        assert "error[E407]: `good` is not what version 1 was locked with" in each.stderr
        assert "`tocsin lock` makes it revision 1" in each.stderr


ONE = (
    b'{"format":1,"rules":{"x":{"name":"a","version":1,"revision":0,"meaning":"","rest":"",'
    b'"outputs":{}}}}'
)
DAMAGED = {
    "empty": b"",
    "no JSON": b"{",
    "not UTF-8": b"\xff\xfe",
    "another format": b'{"format": 2, "rules": {}}',
    "no rules": b'{"format": 1}',
    "a list": b"[]",
    "an entry of other types": b'{"format": 1, "rules": {"x": {"name": 1}}}',
    "a version below 1": b'{"format":1,"rules":{"x":{"name":"a","version":0,"revision":0,'
    b'"meaning":"","rest":"","outputs":{}}}}',
    "a version that is no number": ONE.replace(b'"version":1', b'"version":true'),
    "two entries of a rule": ONE.replace(b"}}}}", b'}},"x":') + ONE[ONE.index(b'{"name"') :],
    "half a character": ONE.replace(b'"outputs":{', b'"outputs":{"\\ud800":"x"'),
    "deep": b"[" * 200_000,
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_lock_is_told_from_a_missing_one(kind: str, tmp_path: Path) -> None:
    assert lock.read(tmp_path) is None
    (tmp_path / lock.FILE).write_bytes(DAMAGED[kind])

    with pytest.raises(lock.BadLock):
        lock.read(tmp_path)


@pytest.mark.parametrize("command", ["lock", "check"])
def test_a_damaged_lock_is_named_and_left_as_it_is(command: str, project: Path) -> None:
    path = project / lock.FILE
    path.write_bytes(DAMAGED["no JSON"])

    result = tocsin(command, cwd=project)

    no_traceback(result)
    assert result.returncode == 2, result.stderr
    assert "error[E408]: cannot read tocsin.lock" in result.stderr
    assert path.read_bytes() == DAMAGED["no JSON"]


def test_a_lock_that_is_a_folder_is_named(project: Path) -> None:
    (project / lock.FILE).mkdir()

    result: subprocess.CompletedProcess[str] = tocsin("lock", cwd=project)

    no_traceback(result)
    assert result.returncode == 2
    assert "is a directory" in result.stderr


def test_a_lock_is_read_from_the_project_only(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "project"
    inside.mkdir()
    outside.write_text(lock.text({}), encoding="utf-8")
    (inside / lock.FILE).symlink_to(outside)

    with pytest.raises(lock.BadLock, match="leads out of the project"):
        lock.read(inside)


def test_links_in_a_circle_are_a_damaged_lock(tmp_path: Path) -> None:
    (tmp_path / lock.FILE).symlink_to(tmp_path / lock.FILE)

    with pytest.raises(lock.BadLock):
        lock.read(tmp_path)
