"""The phases together: what a rendering is, and what becomes of one that is refused."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tocsin import model, pipeline
from tocsin.backend import Lowered
from tocsin.diagnostics import Code
from tocsin.profiles import Source, load_source
from tocsin_backends.kql import KQL

RULE = """rule one {
  meta { title = "One" id = "11111111-1111-4111-8111-111111111111" severity = "low" }
  detect process.start on windows where process.name is "a.exe"
  test "it" fires { process.name = "a.exe" }
  test "other" silent { process.name = "b.exe" }
}
"""


class Plain:
    """A target that has only equality, and a library with a mind of its own."""

    suffix = ".plain"
    supports = frozenset({model.Equals})

    def __init__(self, *problems: str) -> None:
        self.said = problems

    @property
    def sources(self) -> tuple[Source, ...]:
        return (load_source("defender_xdr"),)

    def exact(self, _test: model.Predicate) -> bool:
        return True

    def emit(self, rule: Lowered) -> str:
        condition = model.event_of(rule.body).condition
        assert isinstance(condition, model.Equals)
        return f"{condition.field.name}={condition.values.items[0]}\n"

    def problems(self, _text: str) -> Sequence[str]:
        return self.said


@pytest.fixture
def rule(tmp_path: Path) -> model.Rule:
    path = tmp_path / "one.rule"
    path.write_text(RULE, encoding="utf-8")
    rules = pipeline.read([path], ("plain",))
    assert rules.diagnostics == ()
    assert rules.tests == 2
    return rules.rules[0]


def test_a_rendering_is_the_text_of_the_target(rule: model.Rule) -> None:
    result = pipeline.render(rule, "plain", Plain())

    assert result.text == "FileName=a.exe\n"
    assert result.diagnostics == ()


def test_an_output_that_its_own_library_refuses_is_not_handed_out(rule: model.Rule) -> None:
    result = pipeline.render(rule, "plain", Plain("not like this"))

    assert result.text is None
    (found,) = result.diagnostics
    assert found.code is Code.ARTEFACT
    assert found.label == "not like this"


def test_the_source_may_be_chosen(rule: model.Rule) -> None:
    result = pipeline.render(rule, "plain", Plain(), (load_source("elastic_defend"),))

    # `on windows` is a second test there, and Plain has no `and`.
    assert result.text is None
    assert [found.code for found in result.diagnostics] == [Code.REFUSED]
    assert "it has no `and`" in result.diagnostics[0].message


@pytest.mark.parametrize("networks", ['"fe80::/10"', '("10.0.0.0/8", "fe80::/10")'])
def test_a_target_without_a_test_is_not_said_to_mistake_it(tmp_path: Path, networks: str) -> None:
    path = tmp_path / "one.rule"
    one = 'process.start on windows where process.name is "a.exe"'
    text = RULE.replace(one, f"network.connect where destination.ip in {networks}")
    path.write_text(text, encoding="utf-8")
    (rule,) = pipeline.read([path], ("plain",)).rules

    (refusal,) = pipeline.render(rule, "plain", Plain()).diagnostics

    assert refusal.code is Code.REFUSED
    assert refusal.message == "plain cannot say this: it has no such test"


DNS = RULE.replace("process.start", "dns.query").replace("process.name", "dns.question.name")
SENTINEL = tuple(map(load_source, ("sentinel_securityevent", "sentinel_sysmon")))


def test_a_rule_is_left_out_where_one_of_several_sources_lacks_its_events(tmp_path: Path) -> None:
    (tmp_path / "dns.rule").write_text(DNS)
    rules = pipeline.read([tmp_path / "dns.rule"], ("kql",))

    first, second = pipeline.render_all(rules, pipeline.plans("kql", KQL, SENTINEL))

    assert (first.label, second.label) == ("kql/sentinel_securityevent", "kql/sentinel_sysmon")
    assert first.text is None
    assert [each.code for each in first.diagnostics] == [Code.LEFT_OUT]
    assert "kql/sentinel_securityevent" in first.diagnostics[0].message
    assert second.text is not None


def test_a_rule_that_no_source_carries_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "dns.rule").write_text(DNS)
    rules = pipeline.read([tmp_path / "dns.rule"], ("kql",))

    (only,) = pipeline.render_all(rules, pipeline.plans("kql", KQL, SENTINEL[:1]))

    assert [each.code for each in only.diagnostics] == [Code.NO_CLASS]


def test_of_a_broken_rule_nothing_is_said_and_of_its_neighbour_all(tmp_path: Path) -> None:
    broken = (
        RULE.replace("rule one", "rule two")
        .replace("11111111-1111", "22222222-1111")
        .replace('  test "it"', '  summarize by host.name { n = count(), }\n  test "it"')
    )
    (tmp_path / "two.rule").write_text(RULE + broken)
    rules = pipeline.read([tmp_path / "two.rule"], ("kql",))

    texts = {r.rule.name: r.text for r in pipeline.render_all(rules, pipeline.plans("kql", KQL))}

    assert any(each.code.is_error for each in rules.diagnostics)
    assert texts["one"] is not None
    assert texts["two"] is None
