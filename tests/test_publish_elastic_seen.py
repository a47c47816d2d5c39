"""`first seen` as a rule of new_terms: Lucene's words for it, run over events."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import differential.rules
import lucene_query
from differential import harness
from differential.events import event_sets
from elastic_rules import EVENT, Json, lines, published, quoted, written
from tocsin import evaluate, model, pipeline, registry
from tocsin.frozen import replace
from tocsin.profiles import Source, load_source
from tocsin.prove.records import recorded
from tocsin.recording import selectors
from tocsin.source import Span
from tocsin_formats.elastic import NDJSON
from tocsin_formats.elastic.gates import Unread, gate
from tocsin_formats.elastic.lucene import conjuncts
from tocsin_formats.elastic.new_terms import NEW_TERMS

ROOT = Path(__file__).parent.parent
SPAN = Span("one.rule", 0, 0)
SEEN = "first seen (host.id) in 7d"


def new_terms(body: str, folder: Path, head: str = "alert every 5m over 9m") -> Json:
    (line,) = lines(published(NDJSON, [written(folder, f"{body}\n  {SEEN}", head=head)]))
    return line


def test_first_seen_is_a_rule_of_new_terms(tmp_path: Path) -> None:
    line = new_terms(EVENT, tmp_path)

    assert (line["type"], line["language"]) == ("new_terms", "lucene")
    assert (line["new_terms_fields"], line["history_window_start"]) == (["host.id"], "now-7d")
    assert line["from"] == "now-9m"
    assert "counted back from the moment at which the rule runs" in str(line["setup"])


def test_a_hunt_longer_than_its_memory_is_left_to_esql(tmp_path: Path) -> None:
    line = new_terms(EVENT, tmp_path, "hunt over 30d")

    assert (line["type"], line["from"]) == ("esql", "now-37d")
    assert "timestamp_override" not in line


@pytest.mark.parametrize(
    ("condition", "query"),
    [
        ('process.name is cased "a\\"b"', 'process.name:"a\\"b"'),
        ("process.name in ('a/b', 'c')", r"process.name:(/[Aa]\/[Bb]/ OR /[Cc]/)"),
        (r"process.executable ends with 'a\'", r"process.executable:/.*[Aa][\\]/"),
        ("process.pid in (1, 2)", "process.pid:(1 OR 2)"),
        ("process.pid in 4..9", "process.pid:[4 TO 9]"),
        ("process.pid > 7", "process.pid:{7 TO *]"),
        ("process.code_signature.exists is true", "process.code_signature.exists:true"),
        ("process.command_line exists", "process.command_line:/.+/"),
        ("not process.pid exists", "NOT process.pid:*"),
    ],
)
def test_tests_in_lucenes_words(condition: str, query: str, tmp_path: Path) -> None:
    line = new_terms(f"detect process.start on windows where {condition}", tmp_path)

    assert query in str(line["query"]).split(" AND\n")


def test_what_tells_the_events_of_a_class_apart_is_said_in_lucene() -> None:
    sources = NEW_TERMS.sources
    classes = {name for source in sources for name in source.classes()}

    for name in sorted(classes):
        places = [place for source in sources if (place := source.event_class(name))]
        (query,) = {" AND ".join(" ".join(each) for each in conjuncts(gate(places, SPAN)))}
        tree = lucene_query.read(query)
        for place in places:
            for values in itertools.product(*selectors(place).values()):
                chosen = zip(selectors(place), values, strict=True)
                columns: dict[str, Sequence[object]] = {key: (value,) for key, value in chosen}
                columns |= {"event.category": (place.category,), "dns.question.name": ("a.b",)}
                assert lucene_query.holds(tree, columns), (name, place.source)
        assert not lucene_query.holds(tree, {"event.category": ("none",)})


@pytest.mark.parametrize(
    "line",
    [
        'event.type like "a*"', 'event.type : "a*"', "event.code == 3", 'a == "b" c',
        'a == "b" and c == "d" or e == "f"', 'length(event.type) == "3"', 'not a == "b"', "(",
    ],
)  # fmt: skip
def test_a_gate_beyond_these_words_is_not_guessed_at(line: str) -> None:
    place = load_source("elastic_defend").event_class("process.start")
    assert place
    other = replace(place, gate=(line,))

    with pytest.raises(Unread):
        gate([other], SPAN)


def test_a_source_whose_gate_is_not_read_leaves_first_seen_to_others() -> None:
    place = load_source("elastic_defend").event_class("process.start")
    assert place
    body = model.FirstSeen(
        model.Event(("process.start",), (), model.Always(True, SPAN), SPAN),
        (model.Field("host.id"),), 1000, SPAN,
    )  # fmt: skip

    assert NEW_TERMS.lacks(body, [place]) is None
    assert "no words in Lucene" in str(NEW_TERMS.lacks(body, [replace(place, gate=("x",))]))
    four = replace(body, fields=body.fields * 4)
    assert "3 fields at most" in str(NEW_TERMS.lacks(four, [place]))


def test_what_is_shut_out_beside_an_alternative_stands_in_parentheses(tmp_path: Path) -> None:
    body = 'detect process.start on windows where not process.pid == 1 or process.name is "1"'

    query = str(new_terms(body, tmp_path)["query"])

    assert '(\n  (NOT process.pid:1) OR\n  process.name:"1"\n)' in query


def test_what_lucene_cannot_say_is_left_to_esql(tmp_path: Path) -> None:
    line = new_terms(f"{EVENT} and process.name is process.parent.name", tmp_path)

    assert line["type"] == "esql"


def test_the_query_finds_what_the_rule_means_on_every_source() -> None:
    path = ROOT / "rules" / "execution" / "node_first_seen.rule"
    (rule,) = pipeline.read([path], registry.names()).rules
    events = [event for test in rule.tests for event in test.events]

    found, missed = compared(rule, events)

    assert missed == []
    assert found.count(True) > 20
    assert found.count(False) > 20


def compared(
    rule: model.Rule, events: Sequence[model.Occurrence], *sources: Source
) -> tuple[list[bool], list[tuple[str, bool]]]:
    """Run the query over events as the sources record them, against what the rule means there.

    Nothing where Lucene cannot say the rule. What is found too much is no fault of a wider query.
    """
    lowered = pipeline.render(rule, "eql", NEW_TERMS, sources or None).lowered
    if lowered is None or not isinstance(lowered.body, model.FirstSeen):
        return [], []
    assert isinstance(rule.body, model.FirstSeen)
    tree = lucene_query.read(NEW_TERMS.query(lowered))
    fields = [lowered.columns[each.name].name for each in rule.body.fields]
    found: list[bool] = []
    apart: list[tuple[str, bool]] = []
    for each in recorded(lowered, events):
        columns: dict[str, Sequence[object]] = {
            "event.category": (each.place.category,),
            "host.os.type": ("windows",),
            **each.columns,
        }
        met = lucene_query.holds(tree, columns) and all(columns.get(name) for name in fields)
        meant = evaluate.selects(rule.body.event, each.seen) and all(
            evaluate.values(field, each.seen) for field in rule.body.fields
        )
        found.append(met)
        if met is not meant and not (met and lowered.verdict is model.Verdict.WIDER):
            apart.append((f"{each.place.source} {each.columns}", meant))
    return found, apart


@settings(
    max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(st.data())
def test_the_query_finds_what_any_rule_means(data: st.DataObject) -> None:
    source = data.draw(st.sampled_from(NEW_TERMS.sources))
    written = data.draw(differential.rules.rules(summaries=False, source=source))
    seen = "  first seen (host.name) in 5m\n}\n"
    made = harness.compiled(written.text.rstrip().removesuffix("}") + seen)
    assume(not any(each.code.is_error for each in made.diagnostics))

    _, apart = compared(made.rules[0], data.draw(event_sets(written)), source)

    assert apart == []


LITERALS = (
    "node.exe", "a/b", "a\\", "\\/", "/", "\\\\srv\\a", '"', "a b", "*", "?", "[a]", "(x)", "AND",
    "a OR b", "x:y", "-r", "+", "!", "^", "~", "#", "@", "&&", "||", "<1-5>", "{2}", ".", "\u00e9",
    "K\u212a", "\U0001f600", "\\u0041", "NOT", "a\nb", "'",
)  # fmt: skip


@pytest.mark.parametrize("operator", ["is", "contains", "starts with", "ends with", "is cased"])
def test_literals_stay_literals_in_lucene(operator: str, tmp_path: Path) -> None:
    for literal in LITERALS:
        condition = f"process.command_line {operator} {quoted(literal)}"
        body = f"detect process.start on windows where {condition}\n  {SEEN}"
        rules = pipeline.read([written(tmp_path, body)], registry.names())
        (rule,) = rules.rules
        values = {v for each in LITERALS for v in (each, each.swapcase(), f"x{each}", f"{each}x")}

        events = [occurrence(value) for value in sorted(values)]
        found, apart = compared(rule, events, load_source("elastic_defend"))

        assert apart == [], (literal, apart[0])
        assert any(found), literal


def occurrence(command_line: str) -> model.Occurrence:
    fields: dict[str, tuple[model.Scalar, ...]] = {
        "process.command_line": (command_line,), "host.id": ("h",), "host.os.type": ("windows",),
        "process.executable": ("C:\\x\\a.exe",), "process.name": ("a.exe",),
    }  # fmt: skip
    return model.Occurrence(frozenset({"process.start"}), 0, fields)
