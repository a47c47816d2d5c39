"""What the documentation shows, holds: its rules compile, and its tables say what is printed."""

import re
import runpy
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from tocsin import columns, layout, pipeline, profiles, registry, render
from tocsin.analyze.condition import MAX_TESTS
from tocsin.analyze.meta import KEYS, MAX_TITLE
from tocsin.analyze.scope import MAX_CHAIN
from tocsin.columns import Form
from tocsin.diagnostics import Code
from tocsin.modules import MAX_BYTES
from tocsin.settings import chosen, read_settings
from tocsin.syntax import MAX_DEPTH

ROOT = Path(__file__).parent.parent
DOCS = sorted((ROOT / "docs").rglob("*.md"))
LANGUAGE = ROOT / "docs" / "language.md"
SOURCES = ROOT / "docs" / "sources.md"
_FENCE = re.compile(r"^```(.*)\n([\s\S]*?)^```$", re.MULTILINE)
_CLAUSE = re.compile(r"(meta|alert|hunt|detect|summarize|entities|accept|test)\b")
_OURS = re.compile(r"<!-- ours: (.*?)(?: -t (\w+))?(, whole)? -->\n\n((?:\|.*\n)+)")
_CODE = re.compile(r"`([^`]+)`")


# --- the rules that are shown


def blocks(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the rule examples of a page: what their fence says, and their text.

    A file of the tutorial is for its own test: it has a fault that is mended there.
    """
    for fence, text in _FENCE.findall(path.read_text(encoding="utf-8")):
        if "file=" in fence:
            continue
        if fence.split()[:1] == ["tocsin"] or (not fence and text.startswith("rule ")):
            yield fence, text


def examples(but: str = "nothing") -> list[object]:
    """Name each example by its page and its number there; leave out those whose fence says BUT."""
    return [
        pytest.param(fence, text, id=f"{path.stem}-{number}")
        for path in [ROOT / "README.md", *DOCS]
        for number, (fence, text) in enumerate(blocks(path), start=1)
        if but not in fence
    ]


def whole(fence: str, text: str) -> str:
    """Make a file of a fragment: clauses are put into a rule, a condition into a clause."""
    if "fragment" not in fence:
        return text
    detect = "detect process.start on windows where"
    if not _CLAUSE.match(text):
        text = f"{detect} {text}"
    elif not re.search(r"^detect\b", text, re.MULTILINE):
        text = f'{detect} process.name is "node.exe"\n{text}'
    return f"rule example {{\n{text}}}\n"


def compiled(text: str, folder: Path) -> pipeline.Rules:
    path = folder / "example.rule"
    path.write_text(text, encoding="utf-8")
    return pipeline.read([path], registry.names(), root=folder)


@pytest.mark.parametrize(("fence", "text"), examples())
def test_an_example_compiles(fence: str, text: str, tmp_path: Path) -> None:
    rules = compiled(whole(fence, text), tmp_path)

    assert [str(each) for each in rules.diagnostics if each.code.is_error] == []
    assert len(rules.rules) >= 1


@pytest.mark.parametrize(("fence", "text"), examples(but="fragment"))
def test_a_whole_example_is_for_every_target(fence: str, text: str, tmp_path: Path) -> None:
    for rule in compiled(text, tmp_path).rules:
        for target in ("eql", "kql", "sigma", "spl"):
            rendering = pipeline.render(rule, target, registry.load(target))
            assert rendering.text is not None, rendering.diagnostics


@pytest.mark.parametrize(("fence", "text"), examples())
def test_a_whole_example_is_laid_out(fence: str, text: str) -> None:
    if "fragment" not in fence:
        assert layout.format_data(text.encode(), "example.rule").after == text.encode()


def test_the_reference_shows_examples() -> None:
    assert len(list(blocks(LANGUAGE))) > 20


# --- the settings that are shown


def shown_settings() -> list[object]:
    """Name each example of settings by its number."""
    found = _FENCE.findall((ROOT / "docs" / "settings.md").read_text(encoding="utf-8"))
    return [pytest.param(*each, id=str(number)) for number, each in enumerate(found, start=1)]


@pytest.mark.parametrize(("fence", "text"), shown_settings())
def test_settings_that_are_shown_compile(fence: str, text: str, tmp_path: Path) -> None:
    """Every class of every source that they choose has a query."""
    name = "pyproject.toml" if "pyproject" in fence else "tocsin.toml"
    (tmp_path / name).write_text(text, encoding="utf-8")
    for folder in ("rules", "hunts"):
        (tmp_path / folder).mkdir()

    read = read_settings(tmp_path, registry.names())

    assert read.errors == ()
    assert read.settings.path == tmp_path / name
    for target in ("eql", "kql", "sigma", "spl"):
        backend = registry.load(target)
        for source in chosen(read.settings, target, backend.sources):
            for each in source.classes():
                rule = f'rule example {{ detect {each} where host.os.type is "windows" }}'
                (example,) = compiled(rule, tmp_path).rules
                rendering = pipeline.render(example, target, backend, (source,))
                assert rendering.text is not None, rendering.diagnostics


def test_the_settings_are_shown() -> None:
    assert len(shown_settings()) >= 9


# --- the page of the sources


def test_the_page_of_the_sources_is_as_the_script_writes_it() -> None:
    old = SOURCES.read_text(encoding="utf-8")
    page = runpy.run_path(str(ROOT / "scripts" / "sources.py"))["page"]

    assert page(old) == old, "run scripts/sources.py"


def test_every_key_and_form_of_a_profile_is_on_its_page() -> None:
    text = SOURCES.read_text(encoding="utf-8").partition("<!--")[0]
    keys = {*profiles._SOURCE_KEYS, *profiles._CLASS_KEYS, *columns._KEYS, *Form} - {"classes"}

    assert [key for key in sorted(keys) if f"`{key}`" not in text and f"[{key}]" not in text] == []


# --- the tables of docs/seeds.md


def tables() -> list[object]:
    page = (ROOT / "docs" / "seeds.md").read_text(encoding="utf-8")
    return [
        pytest.param(files.split(), target, bool(every), rows, id=f"{number}-{target or 'rules'}")
        for number, (files, target, every, rows) in enumerate(_OURS.findall(page), start=1)
    ]


def ours(rows: str) -> list[str]:
    """Return the code in the column `ours`, in order; in a table a `|` is written `\\|`."""
    header, _, *body = (re.split(r"(?<!\\)\|", row)[1:-1] for row in rows.splitlines())
    column = [cell.strip() for cell in header].index("ours")
    cells = (row[column].replace(r"\|", "|") for row in body)
    return list(chain.from_iterable(map(_CODE.findall, cells)))


def lines(files: list[str], target: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the lines of FILES, or of what they compile to, comments left out."""
    monkeypatch.chdir(ROOT)
    paths = [Path(file) for file in files]
    if target:
        rules = pipeline.read(paths, registry.names()).rules
        texts = [pipeline.render(each, target, registry.load(target)).text for each in rules]
    else:
        texts = [path.read_text(encoding="utf-8") for path in paths]
    every = (line.strip() for text in texts for line in (text or "").splitlines())
    return [line for line in every if line and not line.startswith("//")]


@pytest.mark.parametrize(("files", "target", "every", "rows"), tables())
def test_a_table_agrees_with_the_compiler(
    files: list[str], target: str, every: bool, rows: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = ours(rows)
    real = lines(files, target, monkeypatch)

    assert shown
    assert [line for line in shown if line not in real] == []
    if every:
        assert shown == real


def test_there_are_four_tables() -> None:
    assert len(tables()) == 4


# --- the target of docs/backends.md


def test_the_module_that_is_shown_is_the_one_that_is_tested() -> None:
    page = (ROOT / "docs" / "backends.md").read_text(encoding="utf-8")
    module = (ROOT / "tests" / "stranger" / "lucid" / "__init__.py").read_text(encoding="utf-8")
    shown = [text for fence, text in _FENCE.findall(page) if fence == "python"]

    assert len(shown) == 1
    assert module.endswith(shown[0])


def test_the_format_that_is_shown_is_the_one_that_is_tested() -> None:
    page = (ROOT / "docs" / "publishing.md").read_text(encoding="utf-8")
    module = (ROOT / "tests" / "stranger" / "roll" / "__init__.py").read_text(encoding="utf-8")
    (shown,) = [text for fence, text in _FENCE.findall(page) if fence == "python"]

    assert shown in module


def shown_tables(page: str, fence: str) -> list[dict[str, object]]:
    """Read what a page shows as TOML."""
    blocks = _FENCE.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))
    return [tomllib.loads(text) for each, text in blocks if each == fence]


def is_part(shown: object, real: object) -> bool:
    """Whether REAL has all that is SHOWN, at every level of its tables."""
    if not isinstance(shown, dict) or not isinstance(real, dict):
        return shown == real
    return all(key in real and is_part(value, real[key]) for key, value in shown.items())


def test_the_package_and_the_profile_that_are_shown_are_real_ones() -> None:
    package = tomllib.loads((ROOT / "tests/stranger/pyproject.toml").read_text(encoding="utf-8"))
    place = ROOT / "compiler/tocsin/data/sources/defender_xdr/process.start.toml"
    profile = tomllib.loads(place.read_text(encoding="utf-8"))

    assert [is_part(each, package) for each in shown_tables("backends.md", "toml")] == [True]
    assert [is_part(each, profile) for each in shown_tables("sources.md", "toml profile")] == [True]


# --- the README's outputs


def readme(begin: str) -> str:
    """Return the block that begins so."""
    blocks = _FENCE.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    (found,) = [text for _, text in blocks if text.startswith(begin)]
    return str(found)


def test_the_query_of_the_readme_is_that_of_its_rule() -> None:
    rules = pipeline.read([ROOT / "rules/execution/node_spawns_shell.rule"], registry.names())

    rendering = pipeline.render(rules.rules[0], "kql", registry.load("kql"))

    assert rendering.query == readme("DeviceProcessEvents")


def test_the_message_of_the_readme_is_what_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rules" / "typo.rule"
    path.parent.mkdir()
    condition = 'process.nmae is "node.exe"'
    path.write_text(f"rule typo {{\n  detect process.start where\n    {condition}\n}}\n", "utf-8")

    rules = pipeline.read([path], registry.names(), root=tmp_path)

    (error,) = [each for each in rules.diagnostics if each.code.is_error]
    shown = render.text(error, rules.sources).replace(f"{tmp_path}/", "")
    assert shown.rstrip() == readme("error").rstrip()


# --- names and numbers


def test_every_meta_key_and_limit_is_in_the_reference() -> None:
    text = LANGUAGE.read_text(encoding="utf-8")

    for key in KEYS:
        assert f"| `{key}` |" in text
    for limit in (MAX_DEPTH, f"{MAX_TESTS:,}", MAX_CHAIN, f"{MAX_BYTES >> 20} MiB", MAX_TITLE):
        assert str(limit) in text


def test_every_source_is_in_its_table() -> None:
    text = SOURCES.read_text(encoding="utf-8")

    for name in profiles.source_names():
        source = profiles.load_source(name)
        assert f"| `{name}` | {source.target} | {source.title} |" in text


@pytest.mark.parametrize("path", [*ROOT.glob("*.md"), *DOCS], ids=lambda path: str(path.name))
def test_a_page_names_codes_and_files_that_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    for code in re.findall(r"\b[EW]\d{3}\b", text):
        assert code in frozenset(Code)
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)", _CODE.sub("", text)):
        assert (path.parent / link).exists(), link
