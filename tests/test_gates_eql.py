"""The EQL gate: what it must accept, and the slips that must not pass it."""

import pytest

from gates import eql


@pytest.mark.parametrize(
    "text",
    [
        '// Title\n// says "this\nprocess where process.name : ("a", "b")',
        'process where ?process.pe.original_file_name == "node.exe"',
        'process where process.command_line regex~ "a.*\\\\d+"',
        'process where process.command_line like~ ("*a?b*", "c*")',
        "process where ?process.parent.name == null",
        'network where not cidrMatch(destination.ip, "10.0.0.0/8", "fe80::/10")',
        'any where event.code in~ ("a", "B") and not f in ("c")',
        'any where `a-b`.c == "\\u{1F600}" and a.`by` > 1.5',
        "sequence by host.id with maxspan=5m\n  [process where true]\n  [network where true]",
        "sequence by host.id with maxspan=30s [process where true] with runs=3",
        "sequence by a with maxspan=1500ms\n  [process where true] by b with runs=2\n"
        "  [any where\n   (\n     a == 1\n   ) or b == 2] by c\nuntil [process where a == 3] by b",
        "sequence with maxspan=1d [process where true] by a, b [file where true] by b, a",
        "sequence by a with maxspan=1h [process where true] ![file where true] [any where true]",
        "sample by host.id [process where true] [file where true]",
    ],
)
def test_eql_is_accepted(text: str) -> None:
    assert eql.problems(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "process where",
        'any where f = "x"',
        "any where f == 'x'",
        'any where f == "a\\d"',
        'any where f == "C:\\dir\\"',
        'any where f == "a\nb"',
        "any where f == g",
        "any where f : 1",
        "any where f in ()",
        'any where f : ("a",)',
        'any where f == "x" AND g == "y"',
        'any where f == "x" or',
        "any where unknown(f)",
        'any where a.by == "x"',
        'any where cidrMatch(f, "300.0.0.0/8")',
    ],
)
def test_eql_is_refused(text: str) -> None:
    assert eql.problems(text)
