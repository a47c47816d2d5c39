"""The layout of rule files, case by case: `NAME.rule` as somebody wrote it, `NAME.formatted`."""

from pathlib import Path

import pytest

from conftest import Check
from tocsin import layout
from tocsin.scaffold import new_rule
from tocsin.source import Source
from tocsin.syntax import parse
from tocsin.tree import File

TESTS = Path(__file__).parent
CASES = sorted((TESTS / "golden" / "layout").glob("*.rule"))
PACK = sorted((TESTS.parent / "rules").rglob("*.rule"))


def parsed(text: str) -> File:
    return parse(Source("a.rule", text))[0]


def formatted(text: str) -> str:
    file = parsed(text)
    assert file.whole
    return layout.formatted(file)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_file_is_laid_out(path: Path, golden: Check) -> None:
    told = layout.format_data(path.read_bytes(), path.name)

    assert told.fault is None
    assert told.after is not None
    golden(path.with_suffix(".formatted"), told.after.decode())


@pytest.mark.parametrize("path", PACK, ids=lambda path: path.stem)
def test_the_pack_is_laid_out(path: Path) -> None:
    data = path.read_bytes()

    assert layout.format_data(data, path.name).after == data


def test_a_new_rule_is_laid_out() -> None:
    text = new_rule("node_example", "0b7a4a0e-58c7-4a34-9b5f-0f6d8a3f5e11", "2026-11-26", "Ana")

    assert formatted(text) == text


def test_nothing_stays_nothing() -> None:
    assert formatted(" \r\n\t\n") == ""


# --- one word more


RULE = """rule one {
  detect process.start where
    process.name is "node.exe"
    and (
      process.pid > 4
      or process.command_line contains any (
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
        "ccccccccccccccccccccccccccccccccccc",
      )
    )
}
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"', '"ddd",\n"eee"'),
        ("pid > 4\n", "pid > 4 or process.pid < 2\n"),
        ('"node.exe"\n', '"node.exe" and process.name exists\n'),
        ("and (", "or ("),
    ],
    ids=["a value", "an operand", "a condition", "another word"],
)
def test_a_word_more_is_a_line_more(before: str, after: str) -> None:
    assert formatted(RULE) == RULE

    changed = formatted(RULE.replace(before, after)).splitlines()

    kept = [line for line in RULE.splitlines() if line in changed]
    assert len(kept) >= len(RULE.splitlines()) - 1
    assert len(changed) <= len(RULE.splitlines()) + 1


# --- what is never changed


@pytest.mark.parametrize(
    "literal",
    [
        '"it\'s"',
        "'it''s'",
        '"say \\"it\'s\\""',
        '"\\u{202E}\\\\"',
        '"\u202e"',
        '"\\u{0009}"',
        "'plain'",
        '"plain"',
        "'a\rb'",
        "'\u2028'",
        "9223372036854775807",
        "-0",
        "007",
        "60s",
        "0ms",
        "2025-11-12",
        "true",
    ],
)
def test_a_literal_stays_as_it_is_written(literal: str) -> None:
    assert formatted(f"let a = {literal}") == f"let a = {literal}\n"


@pytest.mark.parametrize(
    ("literal", "plainer"),
    [(r'"C:\\x"', r"'C:\x'"), (r'"say \"yes\""', "'say \"yes\"'"), (r'"\\u{41}"', r"'\u{41}'")],
)
def test_a_text_is_written_without_escapes_where_that_is_the_same(
    literal: str, plainer: str
) -> None:
    assert formatted(f"let a = {literal}") == f"let a = {plainer}\n"


@pytest.mark.parametrize(
    "block",
    ['"""\n\n\n"""', '"""x\n"""', '"""\n\t x\n\t  y\n"""', '"""\n  x  \n\n   \n y"""', '""" x """'],
)
def test_a_text_of_several_lines_says_the_same(block: str) -> None:
    file = parsed(f"rule r {{ meta {{ description = {block} }} }}")
    assert file.whole

    after = parsed(layout.formatted(file))

    assert layout.lost(file, after) is None


# --- the law that is asked before a file is written


@pytest.mark.parametrize(
    ("after", "fault"),
    [
        ("let a = 1 // one", None),
        ("let a = 1\n// one\n", None),
        ("let a = 1", "lacks a comment"),
        ("let a = 1 // one // one", "lacks a comment"),
        ("let a = 2 // one", "says something else"),
        ("let a = // one", "cannot be read"),
    ],
)
def test_what_is_lost_is_told(after: str, fault: str | None) -> None:
    assert layout.lost(parsed("let a = 1 // one"), parsed(after)) == fault


def test_the_order_of_clauses_and_keys_says_nothing() -> None:
    one = parsed('rule r { meta { title = "a" id = "b" } hunt over 1d }')
    other = parsed('rule r { hunt over 1d meta { id = "b" title = "a" } }')

    assert layout.lost(one, other) is None


def test_the_order_of_tests_says_something() -> None:
    one = parsed('rule r { test "a" fires { a.b = 1 } test "b" silent { a.b = 2 } }')
    other = parsed('rule r { test "b" silent { a.b = 2 } test "a" fires { a.b = 1 } }')

    assert layout.lost(one, other) == "says something else"


def test_a_file_that_was_changed_meanwhile_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.rule"
    path.write_text("let  a = 1", encoding="utf-8")
    told = layout.format_file(path, tmp_path)
    path.write_text("let  b = 1", encoding="utf-8")

    written = layout.write(path, told)

    assert written.fault == f"{told.name} was changed meanwhile; it is left as it was"
    assert path.read_text(encoding="utf-8") == "let  b = 1"


# --- what is deep, long or both


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("let a = " + "(" * 10_000 + "b" + ")" * 10_000, "let a = (b)\n"),
        (
            f"rule r {{ summarize {{ A = count() }} having {'(' * 10_000}A > 1{')' * 10_000} }}",
            "rule r {\n  summarize { A = count() } having (A > 1)\n}\n",
        ),
        ("let a = " + "( // c\n" * 10_000 + "b" + ")" * 10_000, "let a =\n  (  // c\n    // c\n"),
        ("let a = [" + '"one", ' * 30_000 + "]", 'let a = [\n  "one",\n  "one",\n'),
        ("let a = " + "b and " * 20_000 + "c", "let a =\n  b\n  and b\n"),
        ("let a = 1\n" + "// c\n" * 50_000, "let a = 1\n// c\n// c\n"),
    ],
    ids=["parentheses", "thresholds", "comments between", "values", "operands", "comments"],
)  # fmt: skip
def test_a_very_deep_or_long_file_is_laid_out(text: str, start: str) -> None:
    assert formatted(text).startswith(start)


def test_the_deepest_condition_is_laid_out() -> None:
    deepest = "let a = " + "(b and (c or not " * 19 + "d" + "))" * 19

    once = formatted(deepest)

    assert formatted(once) == once
