"""The reference meaning of bodies with more than one event, at their edges."""

import pytest

from tocsin import evaluate, model
from tocsin.model import Aggregate, Field, NumberIs, Occurrence, Ordering, Part, Step, Values
from tocsin.schema import FieldType
from tocsin.source import Span

HERE = Span("t", 0, 0)
NAME = Field("process.name")
HOST = Field("host.id")
ENTITY = Field("process.entity_id")
PARENT = Field("process.parent.entity_id")
SECOND = 1_000_000


def named(name: str) -> model.Event:
    test = model.Equals(NAME, Values((name,)), False, HERE)
    return model.Event(("process.start",), (), test, HERE)


def at(seconds: float, name: str, **fields: str) -> Occurrence:
    dotted = {key.replace("_", ".", 1): (value,) for key, value in fields.items()}
    all_fields = {"process.name": (name,), "host.id": ("h",), **dotted}
    kept = {key: values for key, values in all_fields.items() if values != ("",)}
    return Occurrence(frozenset({"process.start"}), round(seconds * SECOND), kept)


# --- sequences


def step(name: str, *keys: Field, repeats: int = 1) -> Step:
    part = Part(name, named(name), keys or (HOST,), HERE)
    return Step(name, (part,), repeats, HERE)


def sequence(*steps: Step, within: int = 300_000, until: Part | None = None) -> model.Sequence:
    return model.Sequence(steps, within, until, HERE)


AB = sequence(step("a"), step("b"))


def ends(body: model.Sequence, *events: Occurrence) -> list[tuple[int, ...]]:
    return [match.events for match in evaluate.matches(body, list(events))]


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ([at(0, "a"), at(300, "b")], [(0, 1)]),
        ([at(0, "a"), at(300.001, "b")], []),
        ([at(0, "a"), at(0, "b")], []),
        ([at(0, "b"), at(1, "a")], []),
        ([at(0, "a"), at(290, "a"), at(310, "b")], [(1, 2)]),
        ([at(0, "a"), at(1, "b"), at(2, "b")], [(0, 1), (0, 2)]),
        ([at(0, "a", host_id=""), at(1, "b", host_id="")], []),
        ([at(0, "a", host_id="1"), at(1, "a", host_id="2"), at(2, "b", host_id="1")], [(0, 2)]),
        ([at(0, "a", host_id="HOST1"), at(1, "b", host_id="host1")], []),
        ([at(2, "b"), at(0, "a")], [(1, 0)]),
    ],
)  # fmt: skip
def test_two_steps(events: list[Occurrence], found: list[tuple[int, ...]]) -> None:
    assert ends(AB, *events) == found


def test_one_event_serves_one_step() -> None:
    both = sequence(step("a"), step("a"))

    assert ends(both, at(0, "a")) == []
    assert ends(both, at(0, "a"), at(1, "a")) == [(0, 1)]


def test_the_match_shown_starts_as_late_as_can_be() -> None:
    abc = sequence(step("a"), step("b"), step("c"))

    found = ends(abc, at(0, "a"), at(1, "b"), at(2, "a"), at(3, "c"), at(4, "b"), at(5, "c"))

    assert found == [(0, 1, 3), (2, 4, 5)]


def test_steps_may_have_keys_of_their_own() -> None:
    child = sequence(step("a", HOST, ENTITY), step("b", HOST, PARENT))

    found = ends(
        child,
        at(0, "a", process_entity_id="1"),
        at(1, "b", process_entity_id="2", **{"process_parent.entity_id": "1"}),
        at(2, "b", process_entity_id="1"),
    )

    assert found == [(0, 1)]


def test_repeats_write_a_step_out() -> None:
    thrice = sequence(step("a", repeats=3), step("b"))

    assert ends(thrice, at(0, "a"), at(1, "a"), at(2, "b")) == []
    assert ends(thrice, at(0, "a"), at(1, "a"), at(1, "a"), at(2, "b")) == []
    assert ends(thrice, *(at(t, "a") for t in range(4)), at(9, "b")) == [(1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("stop", "found"), [(0, True), (0.5, False), (1, False), (1.001, True)]
)  # fmt: skip
def test_until_ends_what_began_before_it(stop: float, found: bool) -> None:
    body = sequence(step("a"), step("b"), until=Part("until", named("x"), (HOST,), HERE))

    assert bool(ends(body, at(0, "a"), at(1, "b"), at(stop, "x"))) is found
    assert ends(body, at(0, "a"), at(1, "b"), at(stop, "x", host_id="other"))


def test_until_spares_what_begins_after_it() -> None:
    body = sequence(step("a"), step("b"), until=Part("until", named("x"), (HOST,), HERE))

    assert ends(body, at(0, "a"), at(1, "x"), at(2, "a"), at(3, "b")) == [(2, 3)]


def test_a_step_of_several_parts_is_met_by_one() -> None:
    parts = (Part("b", named("b"), (HOST,), HERE), Part("c", named("c"), (HOST,), HERE))
    body = sequence(step("a"), Step("then", parts, 1, HERE))

    assert ends(body, at(0, "a"), at(1, "c"), at(2, "b")) == [(0, 1), (0, 2)]


# --- summaries


def summary(having: model.Expr | None, **window: int) -> model.Summary:
    count = model.Output("N", Aggregate.COUNT, None, None, HERE)
    mean = model.Output("M", Aggregate.AVG, Field("process.pid", FieldType.NUMBER), None, HERE)
    every, sliding = window.get("every"), window.get("sliding")
    return model.Summary(named("a"), (HOST,), every, (count, mean), HERE, sliding, having)


def at_least(number: int, name: str = "N") -> model.Expr:
    return NumberIs(Field(name, FieldType.NUMBER), Ordering.AT_LEAST, number, HERE)


def windows(body: model.Summary, *events: Occurrence) -> list[tuple[int, int] | None]:
    return [row.window for row in evaluate.rows(body, list(events))]


def test_having_keeps_the_rows_that_meet_it() -> None:
    events = [at(1799, "a"), at(1800, "a"), at(1801, "a")]

    assert windows(summary(at_least(3), every=1_800_000), *events) == []
    assert len(windows(summary(at_least(2), every=1_800_000), *events)) == 1
    assert len(windows(summary(at_least(3)), *events)) == 1


def test_a_comparison_with_the_average_of_nothing_is_false() -> None:
    above = at_least(0, "M")

    assert windows(summary(above), at(0, "a")) == []
    assert windows(summary(model.Not(above, HERE)), at(0, "a")) == [None]


@pytest.mark.parametrize(
    ("times", "found"),
    [
        ([0, 150, 300], [300]),  # both ends of the window are in it
        ([0, 150, 300.001], []),
        ([0, 1, 2, 3, 4], [2]),  # once, while the window meets it
        ([0, 1, 2, 1000, 1001, 1002], [2, 1002]),  # and again after one that does not
        ([5, 5, 5], [5]),  # events of one moment are looked at together
    ],
)
def test_a_window_slides(times: list[float], found: list[float]) -> None:
    body = summary(at_least(3), sliding=300_000)

    rows = windows(body, *(at(time, "a") for time in times))

    assert [row[1] / SECOND for row in rows if row] == found


def test_a_window_slides_over_one_key_at_a_time() -> None:
    body = summary(at_least(2), sliding=300_000)

    assert windows(body, at(0, "a", host_id="1"), at(1, "a", host_id="2")) == []


# --- first seen, any of


@pytest.mark.parametrize(
    ("times", "found"),
    [
        ([0, 60], [0]),
        ([0, 60.001], [0, 1]),  # before the window
        ([0, 59, 118, 177], [0]),  # seen again and again
        ([0, 0], [0, 1]),  # neither is before the other
    ],
)
def test_what_is_first_seen(times: list[float], found: list[int]) -> None:
    body = model.FirstSeen(named("a"), (HOST,), 60_000, HERE)

    assert evaluate.first_seen(body, [at(time, "a") for time in times]) == found


def test_what_is_first_seen_has_every_field_and_is_told_apart_by_case() -> None:
    body = model.FirstSeen(named("a"), (HOST,), 60_000, HERE)
    events = [at(0, "a", host_id=""), at(1, "a", host_id="H"), at(2, "a"), at(3, "b", host_id="x")]

    assert evaluate.first_seen(body, events) == [1, 2]


def test_a_match_names_the_parts_that_an_event_meets() -> None:
    parts = (Part("one", named("a"), (), HERE), Part("two", named("b"), (), HERE),
             Part("more", named("A"), (), HERE))  # fmt: skip
    body = model.AnyOf(parts, HERE)

    assert evaluate.parts_met(body, at(0, "a")) == ("one", "more")
    assert evaluate.parts_met(body, at(0, "c")) == ()
    assert evaluate.fires(body, [at(0, "c"), at(0, "b")])
