"""What `tocsin test --engines` says: of a query that means its rule, and of one that does not."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from gates.skip import where_missing
from tocsin import pipeline, proofs, registry
from tocsin.diagnostics import Code
from tocsin.engine import Assumption, Outcome, Record, Rejected, Schema
from tocsin.model import Verdict
from tocsin.pipeline import Rendering

RULE = """rule good {
  meta { title = "G" id = "11111111-1111-4111-8111-111111111111" severity = "low" }
  detect process.start on windows where process.name is "node.exe" and not process.args is "-x"
  accept narrower on spl "an argument is text there"
  test "node" fires { process.name = "node.exe" }
  test "other" silent { process.name = "deno.exe" }
}
"""


class Constant:
    """An engine that selects the same places of everything, or takes no query."""

    semantics = "nobody's"
    assumed: tuple[Assumption, ...] = ()

    def __init__(self, *places: int, wrong: str = "") -> None:
        self.places = frozenset(places)
        self.wrong = wrong

    def ready(self) -> None:
        """Lack nothing."""

    def run(self, _query: str, records: Sequence[Record], _schema: Schema, /) -> Outcome:
        if self.wrong:
            raise Rejected(self.wrong)
        return Outcome(frozenset(place for place in self.places if place < len(records)))


@pytest.fixture(name="rendering")
def _rendering(tmp_path: Path) -> "Renderings":
    return Renderings(tmp_path)


class Renderings:
    """Renders RULE, or another, for a target."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, target: str, text: str = RULE) -> Rendering:
        (self.folder / "r.rule").write_text(text, encoding="utf-8")
        rules = pipeline.read([self.folder / "r.rule"], registry.names(), self.folder)
        assert not [each for each in rules.diagnostics if each.code.is_error]
        return pipeline.render(rules.rules[0], target, registry.load(target))


def test_an_engine_that_finds_what_the_rule_means_proves_it(rendering: Renderings) -> None:
    engine = registry.engine("spl")
    assert engine is not None

    proof = proofs.prove(rendering("spl"), engine)

    assert proof.faults == ()
    assert proof.state == "narrower, proved on 2 events"
    assert proof.data()["proved"] is True
    assert proof.found == 1


def test_an_engine_that_takes_no_query_proves_nothing(rendering: Renderings) -> None:
    proof = proofs.prove(rendering("sigma", ONE), Constant(wrong="no such word"))

    (fault,) = proof.faults
    assert fault.code is Code.REJECTED
    assert fault.label == "no such word"
    assert proof.data()["proved"] is False
    assert proof.query is not None
    assert "Image|endswith" in proof.query


def test_a_query_that_finds_nothing_is_disproved(rendering: Renderings) -> None:
    proof = proofs.prove(rendering("sigma", ONE), Constant())

    (fault,) = proof.faults
    assert fault.code is Code.DISPROVED
    assert fault.label == "1 missed"
    assert "in test `node`" in fault.message
    assert proof.state == "exact: NOT proved"


def test_a_narrower_query_may_miss_but_not_find_too_much(rendering: Renderings) -> None:
    narrower = rendering("spl")

    assert proofs.prove(narrower, Constant()).faults == ()
    assert [each.label for each in proofs.prove(narrower, Constant(0)).faults] == ["1 too many"]


def test_a_refused_rule_is_refused_and_no_fault(rendering: Renderings) -> None:
    text = RULE.replace("accept narrower on spl", "accept narrower on kql")

    proof = proofs.prove(rendering("spl", text), Constant())

    assert proof.verdict is Verdict.REFUSED
    assert proof.state == "refused"
    assert proof.faults == ()
    assert proof.diagnostics != ()


def test_a_rule_without_tests_proves_nothing(rendering: Renderings) -> None:
    text = "".join(line for line in ONE.splitlines(keepends=True) if "test " not in line)

    proof = proofs.prove(rendering("sigma", text), Constant())

    assert proof.state == "exact, no test"
    assert proof.data()["proved"] is False


def test_a_test_that_cannot_fire_where_a_field_is_not_recorded_is_counted(
    rendering: Renderings,
) -> None:
    blind = 'test "blind" fires { process.working_directory = "zz" }'
    text = ONE.replace('test "node"', f'{blind}\n  test "node"').replace(
        'is "node.exe"', 'is "node.exe" or process.working_directory is "zz"'
    )
    engine = registry.engine("kql")
    assert engine is not None

    with where_missing():
        engine.ready()
        proof = proofs.prove(rendering("kql", text), engine)

    assert proof.state == "exact, proved on 3 events, 1 test cannot fire there"
    assert proof.found == 1


def test_what_errs_both_ways_is_run_but_not_proved(rendering: Renderings) -> None:
    skewed = RULE.replace("and not process.args", 'and process.args is "-a" and not process.args')
    skewed = skewed.replace('test "node" fires { process.name = "node.exe" }',
        'test "node" fires { process.name = "node.exe" process.args = ["-a"] }')  # fmt: skip

    proof = proofs.prove(rendering("spl", skewed), Constant(0))

    assert proof.verdict is Verdict.SKEWED
    assert proof.state == "skewed, run on 2 events"
    assert not proof.proved


def test_a_field_that_no_record_can_be_made_of_is_not_provable(rendering: Renderings) -> None:
    text = ONE.replace('process.name is "node.exe"', 'process.entity_id is "a"').replace(
        'fires { process.name = "node.exe"', 'fires { process.entity_id = "a"'
    )

    proof = proofs.prove(rendering("kql", text), Constant())

    assert proof.state == "exact, not provable: process.entity_id"
    assert not proof.proved


def test_the_summary_counts_every_kind(rendering: Renderings) -> None:
    good = proofs.prove(rendering("spl"), Constant())
    bad = proofs.prove(rendering("sigma", ONE), Constant())

    assert proofs.summary([good, bad]) == "2 queries: 1 proved, 1 NOT proved"
    assert proofs.table([good, bad], ["spl", "sigma"]) == [
        ["rule", "spl", "sigma"],
        [
            "good",
            "narrower, proved on 2 events, 1 test cannot fire there",
            "exact: NOT proved",
        ],
    ]


ONE = RULE.replace(' and not process.args is "-x"', "").replace(
    '  accept narrower on spl "an argument is text there"\n', ""
)
