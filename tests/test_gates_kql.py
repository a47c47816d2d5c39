"""The KQL gate: what it must accept, and the slips that must not pass it."""

import pytest

from gates import Missing, kql, skip
from tocsin_engines.engine import Missing as NotInstalled
from tocsin_engines.kql import install

D = "DeviceProcessEvents | where "


@pytest.mark.parametrize(
    "text",
    [
        f'// Title\n{D}FileName =~ "node.exe"',
        f'let list = dynamic(["a", "b"]);\n{D}not(FileName has_any (list))',
        f'{D}FileName in~ ("a") and ProcessId in (1, 2) and FileName has_all ("a", "b")',
        f'{D}ProcessCommandLine == @"C:\\dir\\" or FileName == "C:\\\\dir\\\\"',
        f'{D}FileName matches regex @"(?is)\\Aa.*\\z" and isempty(FolderPath)',
        f'{D}set_has_element(parse_command_line(ProcessCommandLine, "windows"), "-e")',
        "DeviceNetworkEvents | where ipv4_is_in_any_range(RemoteIP, '10.0.0.0/8', '::/0')",
        "union DeviceProcessEvents, DeviceNetworkEvents | where DeviceName == 'a'",
        "DeviceProcessEvents | summarize n = count() by DeviceId, bin(Timestamp, 30m)"
        " | where n >= 3",
    ],
)
def test_kql_is_accepted(text: str) -> None:
    with skip.where_missing():
        assert kql.problems(text) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "T3"),
        ("let x = 1;", "T3"),
        ("Nope | take 1", "KS204"),
        ("DeviceProcessEvents | nope", "KS176"),
        (f"{D}Nope == 1", "KS142"),
        (f"{D}FileName == null", "KS142"),
        (f'{D}FileName > "a"', "KS106"),
        (f'{D}ProcessId has "5"', "KS106"),
        (f'{D}FileName == "a\\d"', "KS001"),
        (f'{D}FileName == "C:\\dir\\"', "KS001"),
        (f'{D}FileName == "unterminated', "KS001"),
        (f'{D}FileName == "a\nb"', "KS001"),
        (f'{D}not FileName == "x"', "KS117"),
        (f'{D}FileName == "x" && true', "KS002"),
        (f'{D}FileName !has_any ("a")', "KS141"),
        (f"{D}FileName in~ ()", "KS006"),
        (f'{D}FileName in~ ("a",)', "KS006"),
        (f'{D}FileName matches regex "(a"', "T1"),
        (f'{D}FileName matches regex @"(?!a)b"', "T1"),
        (f"{D}isnull(FileName)", "T2"),
        (f"{D}{'(' * 200}", "KS006"),
        (D + " or ".join(['FileName == "x"'] * 600), "KS245"),
    ],
)
def test_kql_is_refused(text: str, code: str) -> None:
    with skip.where_missing():
        assert kql.problems(text)[0].split()[0] == code


def test_kql_problems_say_where() -> None:
    with skip.where_missing():
        assert kql.problems(f'// 😀\n{D}FileName == "😀" and Nope == 1')[0].startswith(
            "KS142 2:49 The name 'Nope'"
        )


def test_kql_columns_are_named_and_typed() -> None:
    query = "DeviceProcessEvents | summarize n = count(), s = make_set(FileName) by DeviceId"

    with skip.where_missing():
        found = kql.columns(query)

    assert found == [("DeviceId", "string"), ("n", "long"), ("s", "dynamic")]


def test_the_kql_server_comes_back_after_a_time_out() -> None:
    with skip.where_missing():
        slow = ", ".join(f'"{number}.exe"' for number in range(20_000))
        with pytest.raises(TimeoutError):
            kql.ask(f"DeviceProcessEvents | where FileName in~ ({slow})", seconds=0.001)

        assert kql.problems("DeviceProcessEvents") == []


def test_missing_npm_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotInstalled, match="needs npm"):
        install.npm()


def test_missing_node_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Missing, match=r"install Node\.js 18"):
        kql.install()
