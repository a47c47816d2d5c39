"""What the documentation shows beside rules, can be done: commands, their options, settings."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup
from typer.main import get_command

from test_cli import tocsin
from tocsin import explain, registry
from tocsin.cli import app

ROOT = Path(__file__).parent.parent
PAGES = [
    *ROOT.glob("*.md"),
    *sorted(ROOT.glob("docs/**/*.md")),
    *sorted(explain.PAGES.glob("*.md")),
]
FENCE = re.compile(r"^```(.*)\n([\s\S]*?)^```$", re.MULTILINE)
# `tocsin fragment` is the name of a fence.
SPAN = re.compile(r"(?<!`)`(tocsin (?!fragment)[a-z][^`]*)`(?!`)")

KNOWN = set(getattr(get_command(app), "commands", {}))

# Everything that a publication may ask of a rule.
RULE = """rule node_tunnel_dns {
  meta {
    title = "Tunnel" id = "11111111-1111-4111-8111-111111111111" severity = "low"
    description = "What it is." author = ["A"] created = 2026-01-01 attack = ["T1572"]
    false_positives = ["None known"]
  }
  alert every 5m over 9m
  detect process.start on windows where process.name is "node.exe"
  entities { host = host.name  account = user.name }
  test "node" fires { process.name = "node.exe" }
  test "other" silent { process.name = "deno.exe" }
}
"""


def shell(page: Path) -> Iterator[str]:
    """Yield the lines that are typed into a shell; one that goes on is put together."""
    for fence, text in FENCE.findall(page.read_text(encoding="utf-8")):
        lines = text.replace("\\\n", " ").splitlines()
        if fence == "console":
            yield from (line.removeprefix("$ ") for line in lines if line.startswith("$ "))
        elif fence == "sh":
            yield from (line for line in lines if line and not line.startswith("#"))


def ours(page: Path) -> Iterator[tuple[str, bool]]:
    """Yield our commands on PAGE: those of a shell are whole, those in a sentence need not be."""
    for line in shell(page):
        words = re.sub(r"^\.venv/bin/", "", line.split(" #")[0])
        yield from [(words, True)] if words.startswith("tocsin ") else []
    prose = FENCE.sub("", page.read_text(encoding="utf-8"))
    yield from ((" ".join(each.split()), False) for each in SPAN.findall(prose))


def check(line: str, is_whole: bool) -> None:
    """Find the command of LINE, and have it read the options that follow."""
    command, words = get_command(app), shlex.split(line)[1:]
    while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
        assert words[0] in command.commands, f"no command {words[0]}"
        command, words = command.commands[words[0]], words[1:]
    if is_whole:
        command.make_context(line, words)
    else:
        command.make_parser(typer.Context(command)).parse_args(words)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_command_that_is_shown_is_there_with_its_options(page: Path) -> None:
    for line, is_whole in ours(page):
        check(line, is_whole)


def test_many_commands_are_shown() -> None:
    found = {line for page in PAGES for line, _ in ours(page)}
    named = {line.split()[1] for line in found}

    assert len(found) > 60
    assert named >= KNOWN


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_script_that_is_shown_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    for path in re.findall(r"\b(?:bench|scripts|tests)/[\w/.]+\.(?:py|toml|txt|sh)\b", text):
        assert (ROOT / path).is_file(), path


def settings() -> list[object]:
    """Return the settings that pages on publishing show, each by its page and number."""
    return [
        pytest.param(text, id=f"{page.stem}-{number}")
        for page in [ROOT / "docs/publishing.md", *sorted(ROOT.glob("docs/publishing/*.md"))]
        for number, (fence, text) in enumerate(FENCE.findall(page.read_text("utf-8")), start=1)
        if fence == "toml"
    ]


@pytest.mark.parametrize("text", settings())
def test_settings_of_a_publication_publish(text: str, tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text(text, encoding="utf-8")
    (tmp_path / "node_tunnel_dns.rule").write_text(RULE, encoding="utf-8")
    spoken_of = [name for name in registry.format_names() if f"[publish.{name}" in text]

    for name in spoken_of or ["splunk-app"]:
        result = tocsin("publish", "node_tunnel_dns.rule", "-f", name, cwd=tmp_path)
        assert result.returncode == 0, result.stderr


def test_settings_of_every_product_are_shown() -> None:
    assert len(settings()) >= 7


def test_every_fence_is_of_a_kind_that_is_tested() -> None:
    """`text` is for a message that a test of the compiler holds, `python` for a module of tests."""
    tested = {"tocsin", "toml", "sh", "console", "diff", "json", "python"}
    # Of docs/operators.md, of docs/ci.md, which has a module of tests, and of the first page.
    shown = {"kusto", "yaml", "groovy", "text"}
    for page in PAGES:
        kinds = {fence.split(" ")[0] for fence, _ in FENCE.findall(page.read_text("utf-8"))}
        assert kinds <= (tested | shown | {""}), page
