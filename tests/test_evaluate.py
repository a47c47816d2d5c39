"""The reference meaning, by the numbered cases of its definition and by hand."""

from itertools import product

import pytest

from tocsin import evaluate, model
from tocsin.evaluate import fits, fold, has_term, holds
from tocsin.model import Field, Occurrence, Scalar, Values, Wild
from tocsin.patterns import parse_pattern
from tocsin.schema import FieldType
from tocsin.source import Span

HERE = Span("t", 0, 0)
TEXT = Field("process.name")
NUMBER = Field("process.pid", FieldType.NUMBER)
IP = Field("source.ip", FieldType.IP)


def event(**fields: Scalar | tuple[Scalar, ...]) -> Occurrence:
    named = {
        name.replace("_", "."): v if isinstance(v, tuple) else (v,) for name, v in fields.items()
    }
    return Occurrence(frozenset({"process.start"}), 0, named)


def equals(value: str, cased: bool = False) -> model.Equals:
    return model.Equals(TEXT, Values((value,)), cased, HERE)


def test_absent_is_false_and_its_not_is_true() -> None:
    absent = event()
    test = equals("cmd")
    assert not holds(test, absent)
    assert holds(model.Not(test, HERE), absent)
    assert not holds(model.Not(model.Not(test, HERE), HERE), absent)


def test_the_empty_text_is_no_value() -> None:
    empty = event(process_name="")
    assert not holds(model.Exists(TEXT, HERE), empty)
    assert holds(model.Not(equals("x"), HERE), empty)


def test_not_of_an_order_is_no_order() -> None:
    more = model.NumberIs(NUMBER, model.Ordering.MORE, 3, HERE)
    at_most = model.NumberIs(NUMBER, model.Ordering.AT_MOST, 3, HERE)
    assert holds(model.Not(more, HERE), event())
    assert not holds(at_most, event())


def test_case_is_ascii_only() -> None:
    assert holds(equals("cmd.EXE"), event(process_name="CMD.exe"))
    assert not holds(equals("cmd", cased=True), event(process_name="CMD"))
    assert not holds(equals("é"), event(process_name="É"))
    assert not holds(equals("k"), event(process_name="\u212a"))
    assert fold("ÀÉİ") == "ÀÉİ"


def test_a_list_field_holds_by_some_value_and_not_by_none() -> None:
    args = Field("process.args", many=True)
    test = model.Equals(args, Values(("a",)), False, HERE)
    assert holds(test, event(process_args=("a", "b")))
    assert not holds(model.Not(test, HERE), event(process_args=("a", "b")))
    assert holds(model.Not(test, HERE), event(process_args=("c", "b")))


def test_a_range_is_met_by_one_value() -> None:
    within = model.NumberWithin(NUMBER, 3, 5, HERE)
    assert not holds(within, event(process_pid=(1, 9)))
    assert holds(within, event(process_pid=(1, 4)))


def test_another_type_is_false() -> None:
    assert not holds(model.NumberIn(NUMBER, (1,), HERE), event(process_pid="1"))
    assert not holds(model.NumberIn(NUMBER, (1,), HERE), event(process_pid=True))
    assert not holds(equals("1"), event(process_name=1))


def test_an_address_is_of_its_own_family() -> None:
    from ipaddress import ip_network

    ten = model.IpIn(IP, (ip_network("10.0.0.0/8"),), HERE)
    assert holds(ten, event(source_ip="10.1.2.3"))
    assert not holds(ten, event(source_ip="::ffff:10.0.0.1"))
    assert not holds(ten, event(source_ip="not-an-ip"))
    assert holds(model.Not(ten, HERE), event())


@pytest.mark.parametrize(
    ("value", "needle", "expected"),
    [
        ("KustoExplorerRun", "Explorer", False),
        ("a_cmd_b", "cmd", True),
        ("run if x", "if", True),
        ("cmd.exe1", "cmd.exe", False),
        ("écmd", "cmd", True),
        ("xcmd cmd", "cmd", True),
        ("--load-dir-resources", "--load-dir-res", False),
        ("x--load-dir-res", "--load-dir-res", True),
        ("cmd", "cmd", True),
    ],
)
def test_a_term_is_not_glued(value: str, needle: str, expected: bool) -> None:
    assert has_term(value, needle) is expected


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("a?c", ["axc", "a😀c", "a\nc"], ["ac", "axxc", "zaxcz"]),
        ("a*b*c", ["abc", "axbyc", "abbc"], ["zaxbycz", "ac"]),
        ("*.js", [".js", "x.js"], ["x.jsx", "js"]),
        ("[*]a[?]", ["*a?"], ["xa?", "*ax"]),
        ("a**b", ["ab", "axb"], ["a"]),
        ("C:\\*\\x", ["C:\\a\\b\\x"], ["C:\\x"]),
    ],
)
def test_a_pattern_is_the_whole_value(pattern: str, yes: list[str], no: list[str]) -> None:
    parts = parse_pattern(pattern)
    assert all(fits(value, parts) for value in yes)
    assert not any(fits(value, parts) for value in no)


def test_a_hostile_pattern_takes_no_time() -> None:
    assert not fits("a" * 2000, (*(p for _ in range(30) for p in (Wild.ANY, "a")), "b"))


@pytest.mark.parametrize("truth", list(product((False, True), repeat=3)))
def test_n_of_counts(truth: tuple[bool, ...]) -> None:
    operands = tuple(model.Always(each, HERE) for each in truth)
    for count in (1, 2, 3):
        assert holds(model.AtLeast(count, operands, HERE), event()) == (sum(truth) >= count)


# --- summaries

MINUTE = 60 * 1_000_000


def summary(every: int | None, *outputs: model.Output) -> model.Summary:
    body = model.Event(("process.start",), (), model.Always(True, HERE), HERE)
    return model.Summary(body, (Field("user.name"),), every, outputs, HERE)


def at(minutes: float, **fields: Scalar) -> Occurrence:
    made = event(**fields)
    return Occurrence(made.classes, int(minutes * MINUTE), made.fields)


COUNT = model.Output("N", model.Aggregate.COUNT, None, None, HERE)


def test_bins_begin_at_midnight_and_are_half_open() -> None:
    events = [at(m, user_name="a") for m in (29.99, 30, 45, 59.99, 60)]
    rows = evaluate.rows(summary(30 * 60_000, COUNT), events)
    assert [row.outputs["N"] for row in rows] == [1, 3, 1]
    assert rows[1].window == (30 * MINUTE, 60 * MINUTE)


def test_a_row_needs_every_key_and_keys_compare_exactly() -> None:
    events = [at(0, user_name="a"), at(1), at(2, user_name=""), at(3, user_name="A")]
    rows = evaluate.rows(summary(None, COUNT), events)
    assert [(row.key, row.outputs["N"], row.window) for row in rows] == [
        (("A",), 1, None),
        (("a",), 1, None),
    ]


def test_aggregates_skip_absent_values() -> None:
    name = Field("process.name")
    pid = Field("process.pid", FieldType.NUMBER)
    kinds = model.Aggregate
    outputs = [
        model.Output("Set", kinds.SET, name, None, HERE),
        model.Output("Distinct", kinds.COUNT_DISTINCT, name, None, HERE),
        model.Output("First", kinds.FIRST, name, None, HERE),
        model.Output("Last", kinds.LAST, name, None, HERE),
        model.Output("Sample", kinds.SAMPLE, name, None, HERE),
        model.Output("Sum", kinds.SUM, pid, None, HERE),
        model.Output("Avg", kinds.AVG, pid, None, HERE),
        model.Output("Max", kinds.MAX, pid, None, HERE),
        model.Output("Cmds", kinds.COUNT_WHERE, None, equals("b"), HERE),
    ]
    events = [
        at(3, user_name="u"),
        at(2, user_name="u", process_name="b", process_pid=4),
        at(1, user_name="u", process_name="B", process_pid=1),
        at(0, user_name="u", process_name=""),
    ]
    (row,) = evaluate.rows(summary(None, *outputs), events)
    assert row.outputs == {
        "Set": ["B", "b"],
        "Distinct": 2,
        "First": "B",
        "Last": "b",
        "Sample": "B",
        "Sum": 5,
        "Avg": 2.5,
        "Max": 4,
        "Cmds": 2,
    }
    assert row.events == (3, 2, 1, 0)
