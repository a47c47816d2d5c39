"""JUnit: which cases there are, and which of them fail."""

from pathlib import Path

import pytest

from report_cases import make_noisy, report
from report_readers import junit
from test_cli import GOOD

TARGETS = ("eql", "esql", "kql", "sigma", "spl")


@pytest.fixture
def noisy(tmp_path: Path) -> Path:
    return make_noisy(tmp_path)


def test_a_case_is_a_test_or_a_target_of_a_rule(tmp_path: Path) -> None:
    (tmp_path / "execution").mkdir()
    (tmp_path / "execution" / "node.rule").write_text(GOOD, encoding="utf-8")

    cases = junit(report("junit", tmp_path))

    assert {case.suite for case in cases} == {"execution/node.rule"}
    assert [(case.class_name, case.name) for case in cases] == [
        ("execution.node", "file"),
        ("execution.node.good", "test: node"),
        ("execution.node.good", "test: other"),
        *(
            ("execution.node.good", f"target: {name}")
            for name in ("eql", "esql", "kql", "sigma", "spl")
        ),
    ]


def test_a_failed_test_is_a_failure_of_its_case(noisy: Path) -> None:
    cases = [case for case in junit(report("junit", noisy)) if case.suite == "rules/noisy.rule"]

    by_name = {(case.class_name, case.name): case for case in cases}
    failed = by_name["rules.noisy.good", "test: silent as it seems"]
    assert failed.result == "failure"
    assert failed.message == "test `silent as it seems` should stay silent, but fires"
    assert by_name["rules.noisy.good", "test: fires"].result == "passed"
    assert by_name["rules.noisy.good", "target: kql"].result == "skipped"
    assert by_name["rules.noisy", "file"].result == "error"


def test_tests_of_one_name_in_a_rule_are_one_case(tmp_path: Path) -> None:
    (tmp_path / "a.rule").write_text(GOOD.replace('"other"', '"node"'), encoding="utf-8")

    names = [case.name for case in junit(report("junit", tmp_path))]

    assert names.count("test: node") == 1


def test_a_verdict_is_a_failure_of_its_target(tmp_path: Path) -> None:
    condition = 'process.name is "a" and not process.args is "-v"'
    rule = GOOD.replace('process.name is "node.exe"', condition).replace('"node.exe" }', '"a" }')
    (tmp_path / "a.rule").write_text(rule, encoding="utf-8")

    by_name = {case.name: case for case in junit(report("junit", tmp_path))}

    assert by_name["target: eql"].result == "passed"
    assert by_name["target: spl"].result == "failure"
    assert by_name["target: spl"].text.startswith("error[E302]: spl: ")
    assert by_name["file"].result == "passed"


def test_a_source_without_such_events_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text(
        '[targets.spl]\nsources = ["splunk_sysmon", "splunk_security_4688"]\n', encoding="utf-8"
    )
    rule = GOOD.replace("process.start", "dns.query").replace(
        "process.name is", "dns.question.name is"
    )
    (tmp_path / "a.rule").write_text(rule.replace("process.name =", "dns.question.name ="))

    by_name = {case.name: case for case in junit(report("junit", tmp_path))}

    assert by_name["target: spl/splunk_sysmon"].result == "passed"
    left_out = by_name["target: spl/splunk_security_4688"]
    assert (left_out.result, left_out.message) == ("skipped", "no such events in this source")
