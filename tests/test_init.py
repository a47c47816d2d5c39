"""`tocsin init`: a repository of rules whose first build passes, or nothing."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from test_cli import no_traceback, tocsin
from tocsin import registry
from tocsin.scaffold import InTheWay, laid_out
from workflow import Runner, steps

EVENTS = ("pull_request", "push")
FILES = {
    ".gitattributes", ".github/workflows/rules.yml", ".gitignore", ".pre-commit-config.yaml",
    "README.md", "events/sample.ndjson", "requirements.txt", "rules/execution/first_rule.rule",
    "rules/lib/site.rule", "rules/lists/known_parents.txt", "tocsin.lock", "tocsin.toml",
}  # fmt: skip


def files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """Lay out a repository, commit it, and have a branch on which its rule is changed."""
    made = Runner(tmp_path / "home", tmp_path / "detections")
    assert tocsin("init", "detections", cwd=tmp_path).returncode == 0
    made.git("init", "--quiet", "--initial-branch", "main")
    made.git("add", "--all")
    made.git("commit", "--quiet", "--message", "First rule")
    subprocess.run(
        ["git", "clone", "--quiet", "--bare", made.workspace, tmp_path / "origin.git"], check=True
    )
    made.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    made.git("fetch", "--quiet", "origin")
    made.git("checkout", "--quiet", "-b", "change")
    rule = made.workspace / "rules" / "execution" / "first_rule.rule"
    text = rule.read_text(encoding="utf-8")
    rule.write_text(text.replace('"powershell.exe", ', '"powershell.exe", "powershell_ise.exe", '))
    assert made.run("tocsin lock").returncode == 0
    made.git("commit", "--quiet", "--all", "--message", "One more program")
    return made


# --- what it lays out


def test_a_new_folder_holds_a_repository(tmp_path: Path) -> None:
    result = tocsin("init", "detections", cwd=tmp_path)

    assert result.returncode == 0, result.stderr
    assert files(tmp_path / "detections") == FILES
    assert [each.name for each in tmp_path.iterdir()] == ["detections"]
    assert (tmp_path / "detections").stat().st_mode & 0o777 == 0o755
    assert "wrote 12 files into detections" in result.stderr


@pytest.mark.parametrize("there", [(), (".git",), (".venv",), (".git", ".venv")])
def test_an_empty_folder_is_filled(there: tuple[str, ...], tmp_path: Path) -> None:
    for name in there:
        (tmp_path / name).mkdir()

    result = tocsin("init", cwd=tmp_path)

    assert result.returncode == 0, result.stderr
    assert files(tmp_path) == FILES
    assert not list(tmp_path.glob(".tocsin-new-*"))


def test_there_is_nothing_to_say_of_its_rules(tmp_path: Path) -> None:
    # The engine for KQL is a download.
    tocsin("init", "--targets", "eql,esql,sigma,spl", cwd=tmp_path)
    assert tocsin("new", "another", "-d", "rules/execution", cwd=tmp_path).returncode == 0

    checked = tocsin("check", cwd=tmp_path)
    laid_out = tocsin("fmt", "--check", cwd=tmp_path)
    proved = tocsin("test", "--engines", cwd=tmp_path)

    assert checked.stderr == "2 rules, 5 tests: no errors\n"
    assert laid_out.returncode == 0
    assert "8 queries: 8 proved" in proved.stderr


@pytest.mark.parametrize("event", EVENTS)
def test_the_commands_of_its_workflow_pass(event: str, runner: Runner) -> None:
    install, *workflow = steps(runner.workspace / ".github" / "workflows" / "rules.yml")
    assert install.run == "python -m pip install -r requirements.txt"  # this one is installed

    ran = []
    for step in workflow:
        asked, _, more = step.condition.partition(" && ")
        assert asked in ("", *(f"github.event_name == '{each}'" for each in EVENTS))
        assert more in ("", "!cancelled()")
        if asked in ("", f"github.event_name == '{event}'"):
            done = runner.run(step.run)
            assert done.returncode == 0, (step, done.stdout, done.stderr)
            ran.append(step.name)

    assert ran[:4] == ["Layout", "Rules, their tests, and every target", "Lock", "Build"]
    assert (runner.workspace / "dist" / "manifest.json").is_file()
    if event == "push":
        manifests = runner.workspace.glob("published/*/manifest.json")
        assert {each.parent.name for each in manifests} == set(registry.format_names())
    else:
        assert "powershell_ise.exe" in runner.summary.read_text(encoding="utf-8")


def test_a_change_that_fails_is_shown_all_the_same(runner: Runner) -> None:
    rule = runner.workspace / "rules" / "execution" / "first_rule.rule"
    rule.write_text(rule.read_text(encoding="utf-8").replace("process.name", "process.nmae"))
    runner.git("commit", "--quiet", "--all", "--message", "A typo")
    workflow = steps(runner.workspace / ".github" / "workflows" / "rules.yml")
    (told,) = (step for step in workflow if step.name == "What this change does")

    done = runner.run(told.run)

    assert (done.returncode, "!cancelled()" in told.condition) == (0, True)
    assert "process.nmae" in runner.summary.read_text(encoding="utf-8")


def test_a_rule_that_the_lock_lacks_is_not_committed(runner: Runner) -> None:
    assert runner.run("tocsin new another -d rules/execution").returncode == 0
    runner.git("add", "--all")

    done = runner.run(f'"{sys.executable}" -m pre_commit run --all-files')

    assert done.returncode == 1
    assert "E407" in done.stdout


def test_the_commands_of_its_readme_pass(runner: Runner) -> None:
    text = (runner.workspace / "README.md").read_text(encoding="utf-8")
    daily = text.partition("## Every day")[2].replace("NAME", "new_rule").replace("TACTIC", "other")
    (block,) = re.findall(r"^```sh\n(.*?)^```$", daily, re.MULTILINE | re.DOTALL)

    for line in block.splitlines():
        done = runner.run(line)
        assert done.returncode == 0, (line, done.stderr)
        if "match" in line:
            assert done.stdout.count('"rule":"first_rule"') == 1


def test_its_hooks_pass(runner: Runner) -> None:
    runner.git("add", "--all")
    for hook in ("fmt", "check", "lock"):
        done = runner.run(f'"{sys.executable}" -m pre_commit run tocsin-{hook} --all-files')
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Passed" in done.stdout


@pytest.mark.parametrize("target", registry.names())
def test_it_builds_for_each_target_alone(target: str, tmp_path: Path) -> None:
    assert tocsin("init", "--targets", target, cwd=tmp_path).returncode == 0

    built = tocsin("build", cwd=tmp_path)
    published = tocsin("publish", "-f", "all", "--locked", cwd=tmp_path)

    assert built.returncode == 0, built.stderr
    assert "1 rule for 1 target" in built.stderr
    assert published.returncode == 0, published.stderr
    settings = tomllib.loads((tmp_path / "tocsin.toml").read_text(encoding="utf-8"))
    enabled = {name for name, each in settings["targets"].items() if each["enabled"]}
    assert enabled == {target}


def test_what_is_commented_out_in_the_settings_holds(tmp_path: Path) -> None:
    tocsin("init", cwd=tmp_path)
    path = tmp_path / "tocsin.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"^# (?=\[sources|sources = |index = )", "", text, flags=re.MULTILINE))

    result = tocsin("check", cwd=tmp_path)

    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("author", ['Ana "the" Blue \\ Team', "[[ id ]] {{ x }} ${{ y }}", "é😀"])
def test_an_author_may_have_any_name(author: str, tmp_path: Path) -> None:
    assert tocsin("init", "--author", author, cwd=tmp_path).returncode == 0

    assert tocsin("publish", "-f", "elastic-ndjson", "--locked", cwd=tmp_path).returncode == 0
    (pack,) = (tmp_path / "published").rglob("*.ndjson")
    rule = json.loads(pack.read_text(encoding="utf-8").splitlines()[0])
    assert rule["author"] == [author]


def test_two_repositories_differ_by_their_ids_alone(tmp_path: Path) -> None:
    for name in ("one", "other"):
        tocsin("init", name, cwd=tmp_path)

    differing = {
        name
        for name in FILES
        if (tmp_path / "one" / name).read_bytes() != (tmp_path / "other" / name).read_bytes()
    }
    assert differing == {"rules/execution/first_rule.rule", "tocsin.lock"}


def test_without_ci_there_is_no_workflow(tmp_path: Path) -> None:
    tocsin("init", "--ci", "none", cwd=tmp_path)

    assert files(tmp_path) == {each for each in FILES if not each.startswith(".github")}
    assert ".github" not in (tmp_path / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["#1 é😀 100%", "--", "a\nb", "$(id)", "a\udcff"])
def test_a_folder_may_be_called_anything(name: str, tmp_path: Path) -> None:
    result = tocsin("init", "--", name, cwd=tmp_path)

    no_traceback(result)
    assert result.returncode == 0, result.stderr
    assert files(tmp_path / name) == FILES


# --- what it refuses


@pytest.mark.parametrize("name", ["README.md", ".gitignore", "\x1b[31m"])
def test_what_is_in_the_way_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / name).mkdir()

    result = tocsin("init", cwd=tmp_path)

    assert result.returncode == 2
    shown = name.replace("\x1b", "\\u{1B}")
    assert result.stderr == f"error: . is not empty: {shown}; `init` goes into an empty folder\n"
    assert {each.name for each in tmp_path.iterdir()} == {".git", name}


def test_much_in_the_way_is_named_in_short(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"{number:03}").touch()

    result = tocsin("init", cwd=tmp_path)

    assert "000, 001, 002, 003, 004, …; " in result.stderr


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")

    for name in ("file", "file/below", "gone/below", "n" * 300):
        result = tocsin("init", name, cwd=tmp_path)

        no_traceback(result)
        assert result.returncode == 2
        assert "nothing is written" in result.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_name_that_is_taken_meanwhile_leaves_all_as_it_was(tmp_path: Path) -> None:
    def lay_out() -> None:
        with laid_out(tmp_path) as fresh:
            (fresh / "a").touch()
            (tmp_path / "b").touch()

    with pytest.raises(InTheWay):
        lay_out()

    assert [each.name for each in tmp_path.iterdir()] == ["b"]


def test_what_fails_half_way_is_taken_back(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").touch()

    def lay_out() -> None:
        with laid_out(tmp_path) as fresh:
            for name in (".a", ".git", "z"):  # the second goes where there is one already
                (fresh / name).mkdir()

    with pytest.raises(OSError, match="not empty"):
        lay_out()

    assert [each.name for each in tmp_path.rglob("*")] == [".git", "HEAD"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--targets", "kq"], "no such target: kq; `kql` has a similar name"),
        (["--targets", "kql,,spl"], "an empty name in --targets"),
        (["--author", "a\nb"], "--author takes a name: one short line"),
        (["--author", "\u202ea"], "--author takes a name: one short line"),
        (["--author", "a" * 71], "--author takes a name: one short line"),
        (["--author", ""], "--author takes a name: one short line"),
    ],
)
def test_wrong_use_is_told(arguments: list[str], message: str, tmp_path: Path) -> None:
    result = tocsin("init", *arguments, cwd=tmp_path)

    assert result.returncode == 2
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []


# --- where it stands


def test_a_project_around_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text("[[", encoding="utf-8")

    result = tocsin("init", "inner", cwd=tmp_path)

    assert result.returncode == 0
    assert f"note: it stands inside of {tmp_path}" in result.stderr
    assert "GitHub reads .github only at the root" in result.stderr
    assert tocsin("build", cwd=tmp_path / "inner").returncode == 0
