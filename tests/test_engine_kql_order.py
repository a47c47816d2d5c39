"""The KQL engine where one row has to do with others: orders, elements, and joins in time.

The first word of each case is where its fact comes from, as in test_engine_kql.py.
"""

from datetime import UTC, datetime, timedelta
from math import isnan

import pytest

from gates import kql, skip
from kql_queries import ENGINE, NINE, Cells, matched, rows, value
from tocsin_engines.engine import Record, Rejected

MINUTE = 60_000_000
P = "DeviceProcessEvents"
N = "DeviceNetworkEvents"


@pytest.fixture(scope="module", autouse=True)
def _parser() -> None:
    with skip.where_missing():
        kql.install()


def at(minute: int) -> datetime:
    """Return a time, in minutes after nine."""
    return datetime(2024, 5, 1, 9, tzinfo=UTC) + timedelta(minutes=minute)


def processes(*rows: tuple[int, Cells]) -> list[Record]:
    """Make records, each so many minutes after nine."""
    return [Record(P, NINE + minute * MINUTE, row) for minute, row in rows]


def connections(*rows: tuple[int, Cells]) -> list[Record]:
    """Make records of the other table."""
    return [Record(N, NINE + minute * MINUTE, row) for minute, row in rows]


# --- the row before


THREE = processes((2, {"FileName": "c"}), (0, {"FileName": "a"}), (1, {"FileName": "b"}))


def test_prev_and_next_look_along_the_order() -> None:  # D:prev
    query = (
        f"{P} | sort by Timestamp asc"
        " | project FileName, Before = prev(FileName), After = next(FileName)"
    )

    assert rows(query, THREE) == [
        {"FileName": "a", "After": "b"},
        {"FileName": "b", "Before": "a", "After": "c"},
        {"FileName": "c", "Before": "b"},
    ]


def test_prev_of_the_first_row_is_what_is_told_or_null() -> None:  # D:prev
    query = (
        f"{P} | sort by Timestamp asc | project Far = prev(FileName, 2), Own = prev(FileName, 0),"
        ' Told = prev(FileName, 2, "none"), Null = isnull(prev(Timestamp)),'
        ' Empty = prev(FileName) == ""'
    )

    first, _, third = rows(query, THREE)

    assert first == {"Own": "a", "Told": "none", "Null": True, "Empty": True}
    assert third == {"Own": "c", "Far": "a", "Told": "a", "Null": False, "Empty": False}


def test_a_filter_asks_prev_of_the_rows_that_it_drops() -> None:  # I:prev
    query = f'{P} | sort by Timestamp asc | where not(FileName == "b") and prev(FileName) != "a"'

    assert matched(query, THREE) == {0, 1}


def test_rows_that_were_dropped_before_are_not_before() -> None:  # D:prev
    query = f'{P} | sort by Timestamp asc | where FileName != "b" | where prev(FileName) == "a"'

    assert matched(query, THREE) == {0}


def test_an_order_goes_on_through_what_keeps_rows() -> None:  # D:serialize
    query = (
        f"{P} | sort by Timestamp asc | extend x = strcat(FileName, '!') | project x"
        " | project-rename y = x | where prev(y) == 'b!'"
    )

    assert rows(query, THREE) == [{"y": "c!"}]


@pytest.mark.parametrize(
    ("source", "between"),
    [
        ("D:prev", "where true"),
        ("D:serialize", "sort by Timestamp | summarize by FileName"),
        ("D:serialize", "sort by Timestamp | distinct FileName"),
        ("D:serialize", f"sort by Timestamp | join kind=leftsemi ({P}) on FileName"),
        ("D:serialize", f"sort by Timestamp | join kind=inner ({P}) on FileName"),
        ("D:serialize", "sort by Timestamp | mv-expand x = range(1, 2)"),
        ("I:prev", f"sort by Timestamp | union {N}"),
        ("I:prev", "sort by Timestamp | mv-apply x = range(1, 2) on (where true)"),
    ],
)
def test_prev_wants_rows_in_an_order(source: str, between: str) -> None:
    with pytest.raises(Rejected, match="no order"):
        matched(f"{P} | {between} | where prev(FileName) == 'a'", THREE)


@pytest.mark.parametrize(
    "query",
    [
        f"{P} | sort by Timestamp | where prev(ProcessId, ProcessId) == 1",
        f"{P} | sort by Timestamp | summarize countif(prev(FileName) == 'a')",
        f"{P} | sort by Timestamp | sort by prev(FileName)",
        f"{P} | sort by Timestamp | top 1 by prev(FileName)",
    ],
)
def test_prev_is_refused_where_it_is_not_known(query: str) -> None:
    with pytest.raises(Rejected, match=r"not covered|no order"):
        matched(query, THREE)


def test_texts_of_two_cases_are_not_side_by_side() -> None:  # I:sort
    records = processes((0, {"FileName": "a"}), (1, {"FileName": "A"}), (2, {"FileName": "a"}))

    query = f"{P} | sort by FileName asc, Timestamp asc | where FileName == prev(FileName)"

    assert matched(query, records) == {2}


# --- elements


@pytest.mark.parametrize(
    ("source", "expression", "expected"),
    [
        ("D:range", "range(1, 8, 3)", [1, 4, 7]),
        ("D:range", "range(1, 3)", [1, 2, 3]),
        ("D:range", "range(3, 1)", []),
        ("D:range", "array_length(range(1, 1000000000))", 1_048_576),
        (
            "D:range",
            "range(datetime(2007-12-30), datetime(2007-12-31), 12h)",
            [f"2007-12-{day}:00:00.0000000Z" for day in ("30T00", "30T12", "31T00")],
        ),
        (
            "D:range",
            "range(datetime(2007-12-31 22:30), datetime(2008-01-01))",
            ["2007-12-31T22:30:00.0000000Z", "2007-12-31T23:30:00.0000000Z"],
        ),
    ],
)
def test_range_counts_up_to_the_last(source: str, expression: str, expected: object) -> None:
    assert value(expression) == expected, source


@pytest.mark.parametrize("expression", ["range(3, 1, -1)", "range(1h, 2h)", "range(1, 2, 0)"])
def test_ranges_that_are_not_known_are_refused(expression: str) -> None:
    with pytest.raises(Rejected, match="not covered"):
        value(expression)


@pytest.mark.parametrize(
    ("source", "query", "expected"),
    [
        ("D:mv-expand", "print a = 1, l = dynamic([1, 2]) | mv-expand l",
         [{"a": 1, "l": 1}, {"a": 1, "l": 2}]),
        ("D:mv-expand", "print l = dynamic([1, 'x']) | mv-expand e = l to typeof(long) | project e",
         [{"e": 1}, {}]),
        ("D:mv-expand", "print l = dynamic([]) | mv-expand l", []),
        ("D:mv-expand", "print a = 1, l = dynamic(null) | mv-expand l", [{"a": 1}]),
        ("D:mv-expand", "print n = 2 | mv-expand e = range(1, n) to typeof(int) | project e",
         [{"e": 1}, {"e": 2}]),
    ],
)  # fmt: skip
def test_mv_expand_makes_rows_of_elements(
    source: str, query: str, expected: list[dict[str, object]]
) -> None:
    assert rows(query) == expected, source


def test_mv_expand_gives_times_back_as_they_were() -> None:  # D:join-timewindow
    query = (
        f"{P} | extend Late = Timestamp + 1tick"
        " | mv-expand Bin = range(bin(Late, 5m) - 5m, bin(Late, 5m), 5m) to typeof(datetime)"
        " | mv-expand Own = range(Late, Late, 1h) to typeof(datetime)"
        " | project Bin, Same = Own == Late"
    )

    found = rows(query, processes((7, {})))

    assert found == [{"Bin": at(0), "Same": True}, {"Bin": at(5), "Same": True}]


def test_mv_expand_keeps_the_places_of_records() -> None:
    query = f"{P} | mv-expand e = range(1, 2) to typeof(long) | where e == ProcessId"

    assert matched(query, processes((0, {"ProcessId": 2}), (1, {"ProcessId": 3}))) == {0}


@pytest.mark.parametrize(
    "more",
    [
        "mv-expand with_itemindex = i e = range(1, 2)",
        "mv-expand kind = bag e = bag_pack('a', 1)",
        "mv-expand e = range(1, 2) limit 1",
        "mv-expand e = range(1, 2), f = range(1, 2)",
        "mv-expand e = bag_pack('a', 1)",
    ],
)
def test_other_forms_of_mv_expand_are_refused(more: str) -> None:
    with pytest.raises(Rejected, match="not covered"):
        matched(f"{P} | {more}", THREE)


# --- joins in time


EVENTS = [
    *processes((0, {"DeviceId": "d"}), (3, {"DeviceId": "d"}), (3, {"DeviceId": "D"})),
    *connections((4, {"DeviceId": "d", "RemotePort": 1}), (9, {"DeviceId": "d", "RemotePort": 2})),
]
STARTS = f"let starts = {P} | project DeviceId, Start = Timestamp; "
ENDS = f"let ends = {N} | project DeviceId, End = Timestamp, RemotePort; "


def test_the_latest_of_several_starts_is_kept() -> None:  # D:arg_max, B.9 #115
    query = (
        f"{STARTS}{ENDS}starts | join kind=inner ends on DeviceId"
        " | where End > Start and End - Start <= 6m"
        " | summarize arg_max(Start, RemotePort) by DeviceId, End"
        " | project DeviceId, Start, End, RemotePort | sort by End asc"
    )

    assert rows(query, EVENTS) == [
        {"DeviceId": "d", "Start": at(3), "End": at(4), "RemotePort": 1},
        {"DeviceId": "d", "Start": at(3), "End": at(9), "RemotePort": 2},
    ]


def test_a_table_is_joined_with_itself_under_other_names() -> None:  # D:join, D:materialize
    query = (
        f"let ends = materialize({N} | project DeviceId, End = Timestamp);"
        " let starts = ends | project-rename Start = End;"
        " starts | join kind=inner ends on DeviceId | where End > Start | project Start, End"
    )

    assert rows(query, EVENTS) == [{"Start": at(4), "End": at(9)}]


def test_rows_without_a_partner_count_none_of_them() -> None:  # D:join, D:null-values
    query = (
        f"{STARTS}{ENDS}starts | join kind=leftouter ends on DeviceId"
        " | summarize Stops = countif(End > Start and End <= Start + 6m) by DeviceId, Start"
        " | sort by DeviceId asc, Start asc"
    )

    assert rows(query, EVENTS) == [
        {"DeviceId": "D", "Start": at(3), "Stops": 0},
        {"DeviceId": "d", "Start": at(0), "Stops": 1},
        {"DeviceId": "d", "Start": at(3), "Stops": 2},
    ]


def test_take_any_of_several_takes_them_from_one_row() -> None:  # D:take_any
    records = processes((0, {"FileName": "a"}), (0, {"FileName": "", "ProcessId": 1}))

    (found,) = rows(f"{P} | summarize take_any(FileName, ProcessId)", records)

    assert found in ({"FileName": "a"}, {"ProcessId": 1})


def test_a_union_of_tables_keeps_places_and_names() -> None:  # D:union
    query = (
        f"union ({P} | where DeviceId == 'd' | extend Part = 'start'),"
        f" ({N} | where RemotePort == 2 | extend Part = 'net') | where isnotempty(Part)"
    )

    assert matched(query, EVENTS) == {0, 1, 4}
    named = ENGINE.run(f"{query} | project Part", EVENTS, {})
    assert named.matched == {0, 1, 4}
    assert named.rows == ({"Part": "start"}, {"Part": "start"}, {"Part": "net"})


def test_times_may_be_sums() -> None:  # D:datetime-timespan-arithmetic
    records = processes((0, {}), (8, {}), (10, {}))

    # `now()` is a second after the last of them.
    assert matched(f"{P} | where Timestamp > ago(2m + 3s)", records) == {1, 2}
    assert value("14d + 2h > 338h") is False
    assert value("14d + 2h == 338h") is True


# --- what is not a number


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">=", "=="])
def test_what_is_not_a_number_compares_to_none(operator: str) -> None:  # I:nan
    records = processes((0, {"FileName": "a"}))
    query = f"{P} | summarize Mean = avg(ProcessId) | extend x = Mean {operator} 3"

    (found,) = rows(query, records)

    assert isinstance(found["Mean"], float)
    assert isnan(found["Mean"])
    assert found["x"] is False
