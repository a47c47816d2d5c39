"""The ES|QL gate: what it must accept, and the slips that must not pass it."""

import subprocess
import sys
from pathlib import Path

import pytest

from gates import Missing, esql, skip

F = "FROM logs-*"


@pytest.mark.parametrize(
    "text",
    [
        f'// Title\nSET unmapped_fields="nullify";\n{F} METADATA _id, _index, _version',
        f'{F} | WHERE TO_LOWER(process.name) LIKE ("a*", "b") AND process.name RLIKE ("a.*", "b")',
        f'{F} | WHERE process.name IS NULL OR NOT process.name IN ("a")',
        f'{F} | WHERE MV_INTERSECTS(TO_LOWER(process.args), ["a", "b"])',
        f'{F} | WHERE process.executable == """C:\\a\\b.exe""" AND process.pid IN (4, -8)',
        f'{F} | WHERE CIDR_MATCH(source.ip, "10.0.0.0/8") AND @timestamp > NOW() - 30 days',
        f"{F} | STATS n = COUNT(*) WHERE process.pid > 4, f = FIRST(process.pid, @timestamp)"
        " BY host.id, w = BUCKET(@timestamp, 30 minutes) | WHERE n >= 3 | LIMIT 10",
        f"{F} METADATA _id, _index, _version | KEEP _id, _index, _version, process.name",
    ],
)
def test_esql_is_accepted(text: str) -> None:
    with skip.where_missing():
        assert esql.problems(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "WHERE true",
        f"{F} | NOPE",
        f"{F} | WHERE",
        f'{F} | WHERE process.name = "a"',
        f"{F} | WHERE process.name == 'a'",
        f'{F} | WHERE process.name == "a\\d"',
        f'{F} | WHERE process.name == "\\u0041"',
        f'{F} | WHERE process.name == "C:\\dir\\"',
        f'{F} | WHERE process.name == "a\nb"',
        f'{F} | WHERE process.name LIKE CONCAT("a", "b")',
        f"{F} | WHERE process.name IN ()",
        f'{F} | WHERE process.name : ("a", "b")',
        f'{F} | WHERE a.in == "x"',
        f"{F} | WHERE NOPE(process.name)",
        f"{F} | WHERE nope == 1",
        f'{F} | WHERE process.pid == "x"',
        f'{F} | WHERE process.pid LIKE "x"',
        f"{F} | WHERE STARTS_WITH(process.name)",
        f"{F} | STATS n = COUNT(*) BY host.id | WHERE process.pid > 1",
        f"{F} | KEEP process.name",
    ],
)
def test_esql_is_refused(text: str) -> None:
    with skip.where_missing():
        assert esql.problems(text)


def test_a_problem_says_where() -> None:
    with skip.where_missing():
        (found,) = esql.problems(f"{F}\n| NOPE")

    assert found.startswith("Error at line:2,column:3: ")


def test_a_parser_that_cannot_be_installed_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuses(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([sys.executable], 1, "", "no network")

    monkeypatch.setattr(subprocess, "run", refuses)

    with pytest.raises(Missing, match=r"could not install .* no network"):
        esql.install(tmp_path / "esql")
