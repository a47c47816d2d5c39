"""The site as readers get it: each link leads somewhere, and nothing comes from elsewhere."""

import json
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import markdown
import pytest

from tocsin import explain

ROOT = Path(__file__).parent.parent
LOADS = {"script", "img", "iframe", "source", "video", "audio", "embed", "object", "link"}
NO_TEXT = {"code", "pre", "script", "style", "title"}


class Reader(HTMLParser):
    """What a page links to, what it loads, the places in it, its text, and what is code."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.places: set[str] = set()
        self.text = self.code = ""
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.places |= {given[key] for key in ("id", "name") if given.get(key)}
        addresses = [given[key] for key in ("href", "src", "data") if key in given]
        (self.loaded if tag in LOADS else self.links).extend(addresses)
        self._inside += [tag] if tag in NO_TEXT else []

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            self._inside.remove(tag)

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.code += data
        else:
            self.text += data


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    result = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "WARNING" not in result.stderr
    return folder


def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


@cache
def read(page: Path) -> Reader:
    reader = Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    return reader


def is_elsewhere(address: str) -> bool:
    return bool(urlsplit(address).scheme or urlsplit(address).netloc)


def target(site: Path, page: Path, address: str) -> Path:
    path = unquote(urlsplit(address).path)
    found = site / path.removeprefix("/") if path.startswith("/") else page.parent / path
    return page if not path else (found / "index.html" if found.is_dir() else found)


def test_every_link_leads_to_a_page_and_to_a_place_in_it(site: Path) -> None:
    broken = []
    for page in pages(site):
        for address in (*read(page).links, *read(page).loaded):
            if is_elsewhere(address):
                continue
            file, place = target(site, page, address), unquote(urlsplit(address).fragment)
            if not file.is_file() or (place and place not in read(file).places):
                broken.append(f"{page.relative_to(site)}: {address}")

    assert broken == []


def test_a_link_to_elsewhere_is_a_secure_one(site: Path) -> None:
    away = {a for page in pages(site) for a in read(page).links if is_elsewhere(a)}

    assert away
    assert [address for address in away if not address.startswith("https://")] == []


def addresses(site: Path) -> Iterator[str]:
    """Yield what a browser would fetch by itself."""
    for page in pages(site):
        yield from read(page).loaded
    for sheet in site.rglob("*.css"):
        found = re.findall(r"(?:url\(|@import)\s*[\"']?([^\"')]+)", sheet.read_text("utf-8"))
        yield from (each for each in found if not each.startswith("data:"))


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    assert [address for address in addresses(site) if is_elsewhere(address)] == []


def test_markdown_is_read_to_the_last_sign(site: Path) -> None:
    left = []
    for page in pages(site):
        found = re.findall(r".*(?:\]\(|\*\*|```|~~~|===|\\\|).*", read(page).text)
        left += [f"{page.relative_to(site)}: {line}" for line in found]

    assert left == []


def test_there_is_a_page_for_every_code_and_every_rule(site: Path) -> None:
    index = read(site / "errors" / "index.html").links
    rules = [path.relative_to(ROOT) for path in (ROOT / "rules").rglob("*.rule")]

    assert [code for code in explain.codes() if f"{code}.html" not in index] == []
    assert [each for each in rules if not (site / f"{each}.html").is_file()] == []


def test_a_code_in_a_sentence_is_a_link_to_its_page(site: Path) -> None:
    assert "errors/E102.html" in read(site / "language.html").links


def test_a_rule_has_colours(site: Path) -> None:
    page = (site / "language.html").read_text(encoding="utf-8")

    assert '<span class="k">detect</span>' in page
    assert '<span class="na">process.name</span>' in page


def test_an_operator_has_a_tab_for_each_target(site: Path) -> None:
    page = (site / "operators.html").read_text(encoding="utf-8")
    labels = re.findall(r'<div class="tabbed-labels">(.*?)</div>', page)

    assert len(labels) > 70
    assert {tuple(re.findall(r">(\w+)</label>", each)) for each in labels} == {
        ("eql", "esql", "kql", "sigma", "spl")
    }


def test_what_is_said_can_be_searched_for_without_a_server(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    script = (site / "search" / "search_index.js").read_text(encoding="utf-8")
    found = {each["location"].partition("#")[0] for each in index["docs"]}

    assert {"language.html", "errors/E102.html", "operators.html"} <= found
    assert script.startswith("var __index = {")


@pytest.mark.parametrize(
    "end", ["```", "````\n~~~", "</code></pre><script>1</script>", "\n# x", "&lt;"]
)
def test_no_text_gets_out_of_its_fence(end: str) -> None:
    text = f"// a rule\n{end}\n<img src=x>\n[a](b)"
    page = runpy.run_path(str(ROOT / "scripts" / "site_pages.py"))["fenced"]("tocsin", text)
    reader = Reader()

    reader.feed(markdown.markdown(page, extensions=["pymdownx.superfences", "pymdownx.highlight"]))

    assert reader.text.strip() == ""
    assert reader.code.strip() == text
    assert (reader.links, reader.loaded) == ([], [])


def test_every_page_names_those_whose_words_it_uses(site: Path) -> None:
    for page in pages(site):
        assert "ATT&CK names © The MITRE Corporation" in read(page).text, page
