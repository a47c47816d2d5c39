"""What Sigma makes of each body, run by the engine and held against the reference meaning."""

from typing import cast

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from differential.harness import compiled, engine_of, rendered, report
from gates import sigma
from tocsin import model
from tocsin.diagnostics import Code
from tocsin.model import Occurrence, Scalar, Verdict
from tocsin.pipeline import Rendering
from tocsin.prove import Comparison, compare

ID = "00000000-0000-4000-8000-000000000001"
Document = dict[str, object]


def rule(body: str, more: str = "", title: str = "T") -> model.Rule:
    meta = f'meta {{ title = "{title}" id = "{ID}" severity = "high" status = "test" }}'
    rules = compiled(f"rule r {{ {meta} detect {body} {more} }}")
    assert not [each for each in rules.diagnostics if each.code.is_error]
    return rules.rules[0]


def rendering(body: str, more: str = "") -> Rendering:
    return rendered(rule(body, more), "sigma")


def documents(body: str, more: str = "") -> list[Document]:
    """Read the documents of a rule; pySigma and its validators take them."""
    text = rendering(body, more).text
    assert text is not None
    assert sigma.problems(text) == []
    return cast(list[Document], list(yaml.safe_load_all(text)))


def correlation(body: str, more: str = "") -> object:
    return documents(body, more)[0]["correlation"]


def told(body: str) -> list[tuple[Code, str]]:
    return [(each.code, each.label or each.message) for each in rendering(body).diagnostics]


def event(name: str, at: float, event_class: str = "process.start", **fields: Scalar) -> Occurrence:
    held = {key.replace("__", "."): (value,) for key, value in fields.items()}
    shown = {"host.id": ("h",), "host.name": ("h",), "process.name": (name,)} | held
    shown.setdefault("process.executable", (f"C:\\{name}",))
    return Occurrence(frozenset({event_class}), round(at * 1_000_000), shown)


def run(body: str, *events: Occurrence, more: str = "") -> Comparison:
    """Run the rules; whatever they find, it is what their verdict promises."""
    made = rendering(body, more)
    found = compare(made, events, engine_of("sigma"))
    assert found.agrees, report(made, found)
    return found


# --- one event of several kinds

PARTS = """any {
  start: process.start where process.command_line contains "X"
  key: registry.set where registry.path ends with "X"
}"""


def test_each_part_is_a_rule_of_its_own() -> None:
    start, key = documents(PARTS)

    assert [start["title"], key["title"]] == ["T - start", "T - key"]
    assert [start["name"], key["name"]] == ["r_start", "r_key"]
    assert start["logsource"] == {"category": "process_creation", "product": "windows"}
    assert key["logsource"] == {"category": "registry_set", "product": "windows"}
    assert start["level"] == key["level"] == "high"
    assert start["related"] == key["related"] == [{"id": ID, "type": "derived"}]
    assert len({ID, start["id"], key["id"]}) == 3


def test_the_id_of_a_part_stays_the_same() -> None:
    more = PARTS.replace('"X"', '"Y"').replace("}", 'name: dns.query where process.name is "a" }')

    assert [each["id"] for each in documents(more)][:2] == [e["id"] for e in documents(PARTS)]


def test_a_part_has_a_title_that_sigma_takes() -> None:
    text = rendered(rule(PARTS, title="x" * 256), "sigma").text

    assert text is not None
    assert sigma.problems(text) == []
    titles = [str(each["title"]) for each in yaml.safe_load_all(text)]
    assert titles == ["x" * 248 + " - start", "x" * 250 + " - key"]


def test_a_part_finds_no_event_of_another_log_source() -> None:
    found = run(
        PARTS,
        event("a", 0, process__command_line="X"),
        event("a", 1, "registry.set", registry__path="X"),
        event("a", 2, "registry.set", process__command_line="X"),
        event("a", 3, registry__path="X"),
    )

    assert found.found == 2
    assert not found.differs


# --- sequences

PAIR = """sequence by host.id within 5m {
  a: process.start where process.name is "a"
  b: process.start where process.name is "b"
}"""


def test_a_sequence_is_a_correlation_and_a_rule_for_each_event() -> None:
    body = """sequence by host.id, host.name within 2m on windows {
      install: process.start by process.entity_id where process.name is "node.exe"
      shell: process.start by process.parent.entity_id repeats 2 where process.name is "cmd.exe"
      contact: network.connect by process.entity_id where destination.port == 443
    }"""

    whole, *rules = documents(body)

    assert whole["correlation"] == {
        "type": "temporal_ordered",
        "rules": ["r_install", "r_shell_1", "r_shell_2", "r_contact"],
        "aliases": {
            "process_entity_id": {
                "r_install": "ProcessGuid",
                "r_shell_1": "ParentProcessGuid",
                "r_shell_2": "ParentProcessGuid",
                "r_contact": "ProcessGuid",
            }
        },
        "group-by": ["Computer", "process_entity_id"],
        "timespan": "2m",
        "condition": {"gte": 4},
    }
    assert (whole["id"], whole["level"], whole["title"]) == (ID, "high", "T")
    assert {each["level"] for each in rules} == {"informational"}
    assert len({each["id"] for each in [whole, *rules]}) == 5
    assert rules[3]["logsource"] == {"category": "network_connection", "product": "windows"}


def test_only_the_first_event_is_asked_for_its_keys() -> None:
    _, first, second = documents(PAIR)

    assert first["detection"] == {
        "selection": {"Image|endswith": "\\a", "Computer|exists": True},
        "filter_main_computer": {"Computer": ["", "-"]},
        "condition": "selection and not filter_main_computer",
    }
    assert second["detection"] == {
        "selection": {"Image|endswith": "\\b"},
        "condition": "selection",
    }


def test_a_sequence_without_keys_is_not_grouped() -> None:
    found = correlation(PAIR.replace(" by host.id", ""))

    assert "group-by" not in cast(Document, found)


def test_a_name_is_given_to_one_rule_only() -> None:
    body = """sequence by host.id within 5m {
      a: process.start repeats 2 where process.name is "a"
      a_1: process.start where process.name is "b"
    }"""

    assert cast(Document, correlation(body))["rules"] == ["r_a_1_", "r_a_2", "r_a_1"]


# The numbers are those of the cases that every translation of sequences has to get right.
@pytest.mark.parametrize(
    ("events", "found"),
    [
        pytest.param([event("a", 0), event("b", 300)], 1, id="111 inclusive"),
        pytest.param([event("a", 0), event("b", 300.001)], 0, id="112 a millisecond later"),
        pytest.param([event("a", 0), event("b", 0)], 0, id="113 one moment"),
        pytest.param([event("b", 0), event("a", 1)], 0, id="114 the other order"),
        pytest.param([event("a", 0), event("a", 290), event("b", 310)], 1, id="115 latest start"),
        pytest.param(
            [event("a", 0, host__id="", host__name=""), event("b", 1)], 0, id="117 no key"
        ),
        pytest.param(
            [event("a", 0), event("a", 1, host__id="i", host__name="i"), event("b", 2)],
            1,
            id="119 keys interleave",
        ),
    ],
)
def test_a_sequence_finds_what_is_meant(events: list[Occurrence], found: int) -> None:
    assert bool(run(PAIR, *events).found) is bool(found)


def test_one_event_serves_one_step() -> None:
    body = """sequence by host.id within 5m {
      a: process.start where process.name is "a"
      b: process.start where process.executable contains "a"
    }"""

    assert run(body, event("a", 0)).found == 0
    assert run(body, event("a", 0), event("a", 1)).found
    assert run(body.replace("a: process.start", "a: process.start repeats 2"),
               event("a", 0), event("a", 1)).found == 0  # fmt: skip


def test_a_step_finds_no_event_of_another_log_source() -> None:
    body = """sequence by process.entity_id within 5m {
      a: process.start where process.name is "a"
      b: network.connect where process.name is "b"
    }"""
    start = event("a", 0, process__entity_id="1")

    assert run(body, start, event("b", 1, "network.connect", process__entity_id="1")).found
    assert run(body, start, event("b", 1, process__entity_id="1")).found == 0
    assert run(body, start, event("b", 1, "network.connect", process__entity_id="2")).found == 0


def test_kinds_of_one_log_source_are_one_rule() -> None:
    body = """sequence by host.id within 5m {
      a: process.start where process.name is "a"
      b: any {
        one: process.start where process.name is "b"
        two: process.start where process.pid == 4
      }
    }"""

    assert len(documents(body)) == 3
    assert run(body, event("a", 0), event("b", 1)).found
    assert run(body, event("a", 0), event("c", 1, process__pid=4)).found
    assert run(body, event("a", 0), event("c", 1)).found == 0


ANY = """sequence by process.entity_id within 5m {
  a: process.start where process.name is "a"
  b: any {
    port: network.connect where destination.port == 1
    name: dns.query where dns.question.name is "x"
  }
}"""


def test_kinds_of_several_log_sources_are_a_count_of_one() -> None:
    whole, _, either, port, name = documents(ANY)

    assert cast(Document, whole["correlation"])["rules"] == ["r_a", "r_b"]
    assert either["correlation"] == {
        "type": "event_count",
        "rules": ["r_port", "r_name"],
        "group-by": ["ProcessGuid"],
        "timespan": "1s",
        "condition": {"gte": 1},
    }
    assert [either["name"], port["name"], name["name"]] == ["r_b", "r_port", "r_name"]
    start, tied = event("a", 0, process__entity_id="1"), {"process__entity_id": "1"}
    for other, found in (("1", True), ("2", False)):
        key = {"process__entity_id": other}
        at = event("c", 1, "dns.query", dns__question__name="x", **key)
        assert bool(run(ANY, start, at).found) is found
    assert run(ANY, start, event("c", 300, "network.connect", destination__port=1, **tied)).found
    assert (
        run(ANY, start, event("c", 301, "network.connect", destination__port=1, **tied)).found == 0
    )
    assert run(ANY, event("c", 0, "network.connect", destination__port=1, **tied)).found == 0


def test_kinds_with_keys_of_several_fields_are_counted_under_an_alias() -> None:
    body = """sequence within 5m {
      a: process.start by process.entity_id where process.name is "a"
      b: any repeats 2 {
        own: process.start by process.entity_id where process.name is "b"
        child: process.start by process.parent.entity_id where process.name is "b"
      }
    }"""

    whole = cast(Document, correlation(body))
    inner = cast(Document, documents(body)[2]["correlation"])

    assert whole["rules"] == ["r_a", "r_b_1", "r_b_2"]
    assert inner["group-by"] == ["process_entity_id"]
    assert cast(Document, whole["aliases"])[cast(list[str], whole["group-by"])[0]] == {
        "r_a": "ProcessGuid",
        "r_b_1": "process_entity_id",
        "r_b_2": "process_entity_id",
    }
    first = event("a", 0, process__entity_id="1")
    child = event("b", 1, process__entity_id="2", process__parent__entity_id="1")
    assert run(body, first, child).found == 0
    assert run(body, first, child, event("b", 2, process__entity_id="1")).found


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (PAIR.replace("\n}", '\nuntil process.start where process.name is "u" }'), "no `until`"),
        (PAIR.replace("5m", "1500ms"), "whole seconds"),
        (PAIR.replace("b: process.start", "b: process.start repeats 10"), "of 11 events"),
        (PAIR.replace("host.id", "process.hash.sha256"), "by itself"),
        ('process.start where process.name is "a" first seen (host.id) in 7d', "no memory"),
    ],
)  # fmt: skip
def test_what_no_correlation_says_is_refused_and_may_be_left_out(body: str, reason: str) -> None:
    refused = rendering(body)
    taken = rendering(body, 'accept wider on sigma "for a start"')

    assert [each.code for each in refused.diagnostics] == [Code.REFUSED]
    assert reason in refused.diagnostics[0].message
    assert taken.lowered is not None
    assert taken.lowered.verdict is Verdict.WIDER
    assert "correlation:" not in (taken.text or "")


def test_a_key_that_is_a_part_of_its_column_is_narrower() -> None:
    body = PAIR.replace("host.id", "user.name")
    more = 'accept narrower on sigma "accounts of one domain"'
    events = [event("a", 0, user__name="u", user__domain="D"),
              event("b", 1, user__name="u", user__domain="E")]  # fmt: skip

    found = run(body, *events, more=more)

    assert told(body) == [
        (Code.NARROWER, "`user.name` is a part of User, whose values are told apart as a whole")
    ]
    assert cast(Document, correlation(body, more))["group-by"] == ["User"]
    assert found.missed
    assert run(body, *events[:1], event("b", 1, user__name="u", user__domain="D"), more=more).found


def test_both_halves_of_an_account_are_the_whole() -> None:
    body = PAIR.replace("host.id", "user.name, user.domain")

    assert told(body) == []
    assert cast(Document, correlation(body))["group-by"] == ["User"]
    assert run(
        body,
        event("a", 0, user__name="u", user__domain="D"),
        event("b", 1, user__name="u", user__domain="D"),
    ).found


def test_the_case_of_keys_is_left_to_who_runs_it_and_the_header_says_so() -> None:
    made = rendering(PAIR)

    found = compare(
        made,
        [event("a", 0, host__id="H", host__name="H"), event("b", 1)],
        engine_of("sigma"),
    )

    assert found.extra
    assert "# Requires: no two values of Computer that differ in case only" in (made.text or "")
    assert "# Requires: who runs it wants events at rising times" in (made.text or "")


# --- counts

_COUNTED = 'process.start where process.name in ("a", "b") summarize by host.id'


def counted(aggregate: str, bound: str = ">= 3", window: str = "sliding 5m") -> str:
    return f"{_COUNTED} {window} {{ N = {aggregate} }} having N {bound}"


@pytest.mark.parametrize(
    ("body", "kind", "condition"),
    [
        (counted("count()"), "event_count", {"gte": 3}),
        (counted("count()", "> 3"), "event_count", {"gt": 3}),
        (counted("count(where process.pid == 1)"), "event_count", {"gte": 3}),
        (counted("count(distinct process.pid)"), "value_count", {"gte": 3, "field": "ProcessId"}),
        (counted("sum(process.pid)"), "value_sum", {"gte": 3, "field": "ProcessId"}),
    ],
)
def test_a_window_that_slides_is_a_count(body: str, kind: str, condition: object) -> None:
    assert told(body) == []
    assert correlation(body) == {
        "type": kind,
        "rules": ["r_event"],
        "group-by": ["Computer"],
        "timespan": "5m",
        "condition": condition,
    }


@pytest.mark.parametrize(
    ("times", "found"),
    [
        ((0, 150, 300), True),
        ((0, 150, 300.001), False),
        ((0, 0, 0), True),
        ((0, 1), False),
        ((0, 299, 301, 302), True),
    ],
)
def test_so_many_events_are_found_in_any_window(times: tuple[float, ...], found: bool) -> None:
    assert bool(run(counted("count()"), *(event("a", at) for at in times)).found) is found


def test_some_events_are_counted() -> None:
    body = counted("count(where process.pid == 1)", ">= 2")

    assert run(body, event("a", 0, process__pid=1), event("b", 1, process__pid=1)).found
    assert run(body, event("a", 0, process__pid=1), event("b", 1, process__pid=2)).found == 0


def test_values_are_counted_once_and_none_is_no_value() -> None:
    body = counted("count(distinct process.pe.product)", ">= 2")

    def found(*products: str) -> bool:
        made = (event("a", at, process__pe__product=text) for at, text in enumerate(products))
        return bool(run(body, *made).found)

    assert found("x", "y")
    assert not found("x", "x")
    assert not found("x", "", "-")


def test_bins_of_the_clock_become_windows_that_slide() -> None:
    body = counted("count()", window="every 5m")
    across = [event("a", 299), event("a", 300), event("a", 301)]

    assert told(body) == [(Code.WIDER, "its windows of 5m slide, and do not begin with the clock")]
    assert run(body, *across).extra
    assert run(body, event("a", 0), event("a", 1), event("a", 299.999)).found


def test_a_part_of_a_column_counts_more() -> None:
    body = counted("count(distinct process.name)", ">= 2")
    paths = (r"C:\x\a", r"D:\x\a")

    found = run(body, *(event("a", at, process__executable=p) for at, p in enumerate(paths)))

    assert told(body) == [
        (Code.WIDER, "`process.name` is a part of Image, whose values are counted")
    ]
    assert found.extra


def several(having: str, window: str = "sliding 5m") -> str:
    kinds = "  ".join(f"P{n} = count(where process.pid == {n})" for n in (1, 2, 3))
    return f"{_COUNTED} {window} {{ N = count()  {kinds} }} having {having}"


@pytest.mark.parametrize(
    ("having", "least"),
    [
        ("2 of (P1 >= 1, P2 > 0, P3 >= 1)", 2),
        ("P1 >= 1 and P2 >= 1 and P3 >= 1", 3),
        ("P1 >= 1 or P2 >= 1 or P3 >= 1", 1),
    ],
)
def test_some_of_several_kinds_are_events_close_in_time(having: str, least: int) -> None:
    body = several(having)

    def found(*pids: int) -> bool:
        events = (event("a", at * 100, process__pid=pid) for at, pid in enumerate(pids))
        return bool(run(body, *events).found)

    assert told(body) == []
    assert correlation(body) == {
        "type": "temporal",
        "rules": ["r_kind_1", "r_kind_2", "r_kind_3"],
        "group-by": ["Computer"],
        "timespan": "5m",
        "condition": {"gte": least},
    }
    assert found(1) is (least == 1)
    assert found(2, 2, 1) is (least <= 2)
    assert found(3, 1, 2)
    assert found(1, 4, 4, 4, 2) is (least == 1)


def test_a_kind_is_asked_for_by_itself() -> None:
    body = (
        "process.start where process.pid == 1 or process.pid == 2 summarize sliding 5m"
        " { A = count(where process.pid == 1)  B = count(where process.pid == 2) }"
        " having A >= 1 and B >= 1"
    )

    _, first, second = documents(body)

    assert first["detection"] == {"selection": {"ProcessId": 1}, "condition": "selection"}
    assert second["detection"] == {"selection": {"ProcessId": 2}, "condition": "selection"}


def test_one_of_several_bounds_is_a_count_of_one() -> None:
    body = several("N >= 4 or count(distinct process.pid) > 2")

    whole, first, of_first, second, of_second = documents(body)

    assert whole["correlation"] == {
        "type": "event_count",
        "rules": ["r_count_1", "r_count_2"],
        "group-by": ["Computer"],
        "timespan": "1s",
        "condition": {"gte": 1},
    }
    assert cast(Document, first["correlation"])["condition"] == {"gte": 4}
    assert cast(Document, second["correlation"])["rules"] == [of_second["name"]]
    assert of_first["name"] == "r_count_1_event"
    assert run(body, *(event("a", at, process__pid=1) for at in range(4))).found
    assert run(body, *(event("a", at, process__pid=at) for at in range(3))).found
    assert run(body, *(event("a", at, process__pid=1) for at in range(3))).found == 0


def test_kinds_of_a_bin_are_close_in_time_too() -> None:
    body = several("2 of (P1 >= 1, P2 >= 1, P3 >= 1)", "every 5m")

    assert [code for code, _ in told(body)] == [Code.WIDER]
    assert run(body, event("a", 299, process__pid=1), event("a", 301, process__pid=2)).extra


def test_what_is_not_shown_is_told() -> None:
    body = counted("count() X = set(process.pid)")
    text = rendering(body).text or ""

    assert "# A correlation shows no more than what it counts, not X." in text


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (counted("count()", ">= 3 and count(distinct process.pid) >= 2"), "of groups it knows"),
        (several("N >= 3 or not P1 >= 1", "every 5m"), "of groups it knows"),
        (several("2 of (P1 >= 2, P2 >= 1, P3 >= 1)"), "of groups it knows"),
        (counted("count()", "== 3", "every 5m"), "of groups it knows"),
        (counted("max(process.pid)"), "of groups it knows"),
        (counted("count()", window=""), "a time span"),
        (counted("count()", window="sliding 200ms"), "whole seconds"),
        (counted("sum(process.pid)", window="every 5m"), "the sum of a window"),
        (counted("count(distinct user.id)"), "no column is `user.id` by itself"),
    ],
)
def test_other_groups_are_refused(body: str, reason: str) -> None:
    refused = rendering(body)

    assert refused.text is None
    assert reason in refused.diagnostics[0].message


def test_a_summary_that_keeps_every_row_is_left_to_the_reader() -> None:
    text = rendering(f"{_COUNTED} every 30m {{ N = count() }}").text or ""

    assert "# Verdict: exact, ungrouped" in text
    assert "meant to be summarized by host.id every 30m" in text


# --- any rule, any events

NAMES = "abc"


@st.composite
def bodies(draw: st.DrawFn) -> str:
    """Draw a sequence, parts or a count."""

    def asked() -> str:
        names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True))
        return "process.name in (" + ", ".join(f'"{name}"' for name in names) + ")"

    classes = st.sampled_from(["process.start", "process.start", "network.connect"])
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return f"any {{ p: {draw(classes)} where {asked()}  q: {draw(classes)} where {asked()} }}"
    if kind == 1:
        by = draw(st.sampled_from(["", " by process.pe.product", " by host.id, process.pid"]))
        field = draw(st.sampled_from(["process.executable", "process.pe.product"]))
        what = draw(st.sampled_from(["count()", f"count(distinct {field})"]))
        window = draw(st.sampled_from(["sliding 4s", "every 5s"]))
        having = draw(st.sampled_from(["{}", "2 of (A >= 1, B >= 1, C > 0)", "{} or A >= 2"]))
        kinds = "A = count(where {})  B = count(where {})  C = count(where {})"
        kinds = kinds.format(asked(), asked(), "process.pid == 1")
        bound = having.format(f"N >= {draw(st.integers(1, 3))}")
        kept = f"{{ N = {what}  {kinds} }} having {bound}"
        return f"process.start where {asked()} summarize{by} {window} {kept}"
    by_own = " by process.entity_id" * draw(st.booleans())
    steps: list[str] = []
    for at in range(draw(st.integers(2, 3))):
        one, other = (f"{draw(classes)}{by_own}" for _ in range(2))
        often = f" repeats {draw(st.sampled_from([1, 1, 2]))}"
        several = f"any{often} {{ p{at}: {one} where {asked()}  q{at}: {other} where {asked()} }}"
        plain = f"{one}{often} where {asked()}"
        steps.append(f"s{at}: {draw(st.sampled_from([plain, plain, several]))}")
    by = draw(st.sampled_from(["", " by host.id"]))
    return f"sequence{by} within {draw(st.sampled_from([2, 5]))}s {{\n" + "\n".join(steps) + "\n}"


@st.composite
def streams(draw: st.DrawFn) -> list[Occurrence]:
    """Draw events; some of them at one moment."""
    times = draw(st.lists(st.integers(0, 12), min_size=2, max_size=9))
    few = st.sampled_from(["1", "1", "2", "", "-"])
    return [
        event(
            draw(st.sampled_from(NAMES)),
            at,
            draw(st.sampled_from(["process.start", "process.start", "network.connect"])),
            process__entity_id=draw(few),
            process__pe__product=draw(few),
            process__pid=draw(st.integers(1, 2)),
        )
        for at in sorted(times)
    ]


@settings(max_examples=30, deadline=None)
@given(bodies(), st.lists(streams(), min_size=3, max_size=3))
def test_every_body_is_what_its_verdict_says(body: str, found: list[list[Occurrence]]) -> None:
    for events in found:
        run(body, *events)
