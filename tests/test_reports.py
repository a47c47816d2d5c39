"""What a check has found, for other programs: what holds for all reports, and GitHub's commands."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from report_cases import make_noisy, one, report, results
from report_readers import commands, file_of, junit, sarif, spoken
from test_cli import GOOD, tocsin
from tocsin import reports
from tocsin.diagnostics import Code, Diagnostic
from tocsin.reports import github as github_report
from tocsin.reports import junit as junit_report
from tocsin.reports import sarif as sarif_report
from tocsin.source import Source, Span

FORMATS = ("sarif", "github", "junit")
HOSTILE = (
    r"]]> </script> ::error::x ##[error]y %0A %25 {0} {{1}} [a](1) \u{1b}[31m \u{9b}0m "
    r"\u{a}::error::z \u{d}::stop-commands::t \u{202e}\u{200f}\u{85}\u{2028} \u{FFFE} 😀"
)


@pytest.fixture
def noisy(tmp_path: Path) -> Path:
    return make_noisy(tmp_path)


def found_by_json(project: Path) -> list[dict[str, object]]:
    made = tocsin("check", "--format", "json", cwd=project)
    found: list[dict[str, object]] = json.loads(made.stdout)["diagnostics"]
    return found


# --- all of them


def test_a_check_ends_the_same_whatever_it_is_shown_as(noisy: Path) -> None:
    ends = {tocsin("check", "--format", each, cwd=noisy).returncode for each in ("text", *FORMATS)}

    assert ends == {1}


@pytest.mark.parametrize("format_", FORMATS)
def test_a_report_is_the_same_each_time(format_: str, noisy: Path) -> None:
    assert report(format_, noisy) == report(format_, noisy)


def test_every_finding_is_in_every_report(noisy: Path) -> None:
    codes = sorted(str(each["code"]) for each in found_by_json(noisy))

    assert {"E001", "E101", "E102", "E103", "E116", "E211"} <= set(codes)
    assert sorted(each["ruleId"] for each in results(noisy)) == codes
    told = [each.properties["title"].split()[0] for each in commands(report("github", noisy))]
    assert sorted(told) == codes
    cases = junit(report("junit", noisy))
    drawn = "\n".join(case.text for case in cases)
    assert all(drawn.count(f"[{code}]: ") == codes.count(code) for code in codes)


def faulty(project: Path) -> Iterator[tuple[str, str]]:
    """Break one thing after the other that keeps `check` from its work; name its file and code."""
    (project / "tocsin.toml").write_text("[targets.kql]\nenabld = true\nx = 1\n", encoding="utf-8")
    yield "tocsin.toml", "E502"
    (project / "tocsin.toml").write_text("[[", encoding="utf-8")
    yield "tocsin.toml", "E501"
    (project / "tocsin.toml").unlink()
    (project / "tocsin.lock").write_text("<<<<<<< HEAD\n", encoding="utf-8")
    yield "tocsin.lock", "E408"
    (project / "tocsin.lock").unlink()
    (project / "rules" / "good.rule").unlink()
    yield "rules", "E401"


def test_what_leaves_nothing_to_check_is_reported_too(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "good.rule").write_text(GOOD, encoding="utf-8")
    for file, code in faulty(tmp_path):
        run = sarif(report("sarif", tmp_path))
        (command, *_) = commands(report("github", tmp_path))
        (case,) = junit(report("junit", tmp_path))

        result = run["results"][0]
        assert run["invocations"] == [{"executionSuccessful": False, "exitCode": 2}]
        assert (result["ruleId"], command.properties["title"][:4]) == (code, code)
        where = result["locations"][0]["physicalLocation"]
        assert file_of(where["artifactLocation"]) == command.properties["file"] == file
        assert where["region"]["startLine"] >= 1
        assert (case.suite, case.result) == (file, "error")


def test_nothing_found_is_a_report_as_well(tmp_path: Path) -> None:
    (tmp_path / "good.rule").write_text(GOOD, encoding="utf-8")

    assert results(tmp_path) == []
    assert report("github", tmp_path) == ""
    assert {case.result for case in junit(report("junit", tmp_path))} == {"passed"}


@pytest.mark.parametrize("code", Code)
def test_every_code_can_be_reported(code: Code) -> None:
    told = one(code)

    (rule,) = sarif(sarif_report.text(told))["tool"]["driver"]["rules"]
    (command,) = commands(github_report.text(told))
    (case,) = junit(junit_report.text(told))

    assert rule["id"] == code
    assert len(rule["shortDescription"]["text"]) < 100
    assert "\n" not in rule["fullDescription"]["text"]
    assert rule["help"]["markdown"].startswith(f"# {code}: ")
    assert "](" not in rule["help"]["markdown"]
    texts = (
        rule["shortDescription"]["text"],
        rule["fullDescription"]["text"],
        rule["help"]["text"],
    )
    for text in texts:
        assert spoken(text)[1] == []
    assert command.name == ("error" if code.is_error else "warning")
    assert case.result == ("error" if code.is_error else "passed")


@pytest.mark.parametrize("folder", ["rules", "."])
def test_files_are_named_from_the_root_of_the_repository(folder: str, noisy: Path) -> None:
    project = noisy / "detections"
    project.mkdir()
    (noisy / "rules").rename(project / "rules")
    (project / "tocsin.toml").touch()

    for here in (project / folder, noisy):
        paths = [] if here == project else [os.path.relpath(project / "rules", here)]
        run = sarif(report("sarif", here, *paths))

        files = {
            file_of(each["locations"][0]["physicalLocation"]["artifactLocation"])
            for each in run["results"]
        }
        told = {each.properties["file"] for each in commands(report("github", here, *paths))}
        suites = {each.suite for each in junit(report("junit", here, *paths))}
        assert files == told
        assert "detections/rules/noisy.rule" in files & suites
        assert all((noisy / file).is_file() for file in files | suites)


NAMES = ["a b.rule", "#1 100%.rule", "é😀.rule", "a:b,c;d=e.rule", "%41.rule", "'\"<&>.rule",
         "a\n::error::b.rule", "\x1b[31m]]>.rule", "\u202eelur.rule", "a\udcff.rule"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_file_may_be_called_anything(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("rule {", encoding="utf-8")

    (result, *_) = results(tmp_path)
    (command, *_) = commands(report("github", tmp_path))
    (case,) = junit(report("junit", tmp_path))

    assert found_by_json(tmp_path)
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert (tmp_path / file_of(location)).is_file()
    assert command.name == "error"
    assert case.result == "error"
    if name.isprintable():
        assert command.properties["file"] == case.suite == name


def test_what_an_author_writes_is_only_words(tmp_path: Path) -> None:
    titled = GOOD.replace('"Good"', f'"{HOSTILE[:60]}"')
    (tmp_path / "a.rule").write_text(
        titled.replace('"other" silent', f'"{HOSTILE}" fires'), encoding="utf-8"
    )
    words = "]]> </script> ::error::x ##[error]y %0A %25 {0} {{1}} [a](1)"

    (result,) = (each for each in results(tmp_path) if each["ruleId"] == "E211")
    command, _ = commands(report("github", tmp_path))
    cases = junit(report("junit", tmp_path))

    assert spoken(result["message"]["text"])[1] == []
    assert command.data.startswith(f"test `{words}")
    (failed,) = (case for case in cases if case.result == "failure")
    assert failed.name.startswith(f"test: {words}")
    for text in (report("github", tmp_path), report("junit", tmp_path)):
        assert not any(hidden in text for hidden in "\x1b\x9b\r\u202e\u200f\x85\u2028\x00")


def test_nothing_is_printed_for_wrong_use(tmp_path: Path) -> None:
    for format_ in FORMATS:
        made = tocsin("check", "nowhere", "--format", format_, cwd=tmp_path)

        assert (made.returncode, made.stdout) == (2, "")
        assert "no such file or folder: nowhere" in made.stderr


def test_a_stale_lock_is_reported(tmp_path: Path) -> None:
    (tmp_path / "good.rule").write_text(GOOD, encoding="utf-8")
    tocsin("lock", cwd=tmp_path)
    changed = GOOD.replace('is "node.exe"', 'starts with "node"')
    (tmp_path / "good.rule").write_text(changed, encoding="utf-8")

    (result,) = results(tmp_path)
    (command,) = commands(report("github", tmp_path))
    cases = junit(report("junit", tmp_path))

    assert (result["ruleId"], command.properties["title"][:4]) == ("E407", "E407")
    assert [case.name for case in cases if case.result == "error"] == ["file"]


# --- GitHub


def test_errors_come_first_and_what_is_not_shown_is_told(tmp_path: Path) -> None:
    rules = "\n".join(
        GOOD.replace("rule good", f"rule r{at}").replace("11111111", f"{at:08}") for at in range(12)
    )
    text = f'{rules}\nlet unused = "x"\n'.replace("windows where process.name", "x where Image")
    (tmp_path / "a.rule").write_text(text, encoding="utf-8")

    made = tocsin("check", "--format", "github", cwd=tmp_path)

    names = [each.name for each in commands(made.stdout)]
    assert names == sorted(names)
    assert names.count("error") == 24
    assert made.stderr.splitlines()[0] == "GitHub shows 10 errors and 10 warnings; 14 more above"


def test_columns_are_told_of_one_line_only() -> None:
    text = "abc\ndef\n"
    spans = [Span("a", 1, 3), Span("a", 1, 6), Span("gone", 0, 0)]
    found = [Diagnostic(Code.SYNTAX, "m", span) for span in spans]
    told = reports.Report(found, {"a": Source("a", text)}, (), 1, lambda name: name)

    places = [dict(each.properties) for each in commands(github_report.text(told))]
    for each in places:
        del each["title"], each["file"]

    assert places == [
        {"line": "1", "endLine": "1", "col": "2", "endColumn": "4"},
        {"line": "1", "endLine": "2"},
        {"line": "1"},
    ]
