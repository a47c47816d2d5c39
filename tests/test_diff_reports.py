"""What `tocsin diff` writes, read back by readers that are not ours."""

import json
import re
import unicodedata
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import pairwise
from xml.etree.ElementTree import Element

import html5lib
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

import comparisons
from comparisons import HOSTILE
from tocsin.diff.change import Comparison, Side
from tocsin.diff.data import data
from tocsin.diff.markdown import LIMIT, markdown
from tocsin.diff.page import page
from tocsin.diff.shown import cut, short
from tocsin.diff.spans import NAME
from tocsin.diff.tally import summary
from tocsin.diff.text import text
from tocsin.frozen import replace

NOTHING = Comparison(Side("a", "a"), Side("b", "b"), ("eql",), (), 7)
ALL: dict[str, Callable[[], Comparison]] = {
    "pack": comparisons.pack,
    "hostile": comparisons.hostile,
    "nothing": lambda: NOTHING,
}


@pytest.fixture(params=ALL)
def comparison(request: pytest.FixtureRequest) -> Comparison:
    return ALL[str(request.param)]()


def hidden(words: str) -> set[str]:
    """Return what a terminal, or a reader, would not see in WORDS, line feeds aside."""
    return {
        c for c in words if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    }


# --- text


def test_the_summary_counts_what_differs() -> None:
    assert summary(comparisons.pack()) == (
        "5 rules changed, 1 added, 1 removed, 1 renamed, 1 moved, 1 laid out anew; "
        "2 other verdicts; +4 -1 ~1 matches; 2 errors"
    )
    assert summary(NOTHING) == "no rule differs (7 rules unchanged)"


def test_the_summary_is_not_silent_on_errors_where_no_rule_can_be_told() -> None:
    broken = replace(NOTHING, head=Side("b", "b", ("error", "error")))

    assert summary(broken) == "no rule differs (7 rules unchanged); 2 errors"


def test_a_find_is_told_in_words() -> None:
    assert "\n+ built for the difference\n" in markdown(comparisons.pack())


def test_text_tells_verdicts_then_matches_then_meta_then_queries() -> None:
    lines = text(comparisons.pack(), colour=False).splitlines()

    assert lines[-1] == summary(comparisons.pack())
    assert "  spl: wider -> narrower" in lines
    start = lines.index("node_spawns_shell: Windows Shell Spawned by Node.EXE")
    rule = lines[start : lines.index("", start)]
    wanted = [
        "  matches: +3 -1 over 120,063 events: 25 of the rules' tests, 4 built for the difference, "
        "120,034 given",
        "        process.parent.name = 'bun.exe'  process.parent.pid = 4112  "
        "process.code_signature.trusted = true",
        "  severity: high -> medium",
        "  kql: exact",
        "    - | where InitiatingProcessFileName =~ \"node.exe\"",
        "    + | where InitiatingProcessFileName in~ (\"node.exe\", \"bun.exe\")",
    ]  # fmt: skip
    assert [line for line in rule if line in wanted] == wanted


def test_noise_is_said_in_a_line_and_not_drawn() -> None:
    lines = text(comparisons.pack(), colour=False).splitlines()

    start = lines.index("node_inline_execution: Inline JavaScript Execution Via Node.EXE")
    assert lines[start + 1 : start + 4] == [
        "  laid out anew; rules/execution/node_inline_execution.rule",
        "  eql, esql, kql, sigma, spl: another comment or white space, nothing else",
        "",
    ]


def test_text_shows_no_hidden_character(comparison: Comparison) -> None:
    assert not hidden(text(comparison, colour=False))
    without_ours = re.sub("\x1b\\[[0-9;]*m", "", text(comparison, colour=True))
    assert without_ours == text(comparison, colour=False)


# --- JSON


def test_data_is_json_and_says_its_format(comparison: Comparison) -> None:
    value = data(comparison)

    assert json.loads(json.dumps(value)) == value
    assert value["format"] == 1
    assert list(value) == ["format", "base", "head", "labels", "notes", "summary", "rules"]
    assert len(value["rules"]) == len(comparison.changes)


def test_data_has_the_texts_as_they_stand() -> None:
    rules = data(comparisons.hostile())["rules"]

    assert [rule["old"] and rule["old"]["name"] for rule in rules] == list(HOSTILE)
    assert [rule["queries"][0]["kind"] for rule in rules] == ["changed"] * len(rules)


def test_numbers_that_json_has_not_are_texts() -> None:
    change = comparisons.event_change({"x": float("nan"), "y": [float("inf"), 1]})

    fields = data(Comparison(NOTHING.base, NOTHING.head, (), (change,), 0))["rules"][0]["matching"]

    assert fields is not None
    assert fields["finds"][0]["events"][0]["fields"] == {"x": "nan", "y": ["inf", 1]}


# --- Markdown


def tokens(words: str) -> Iterator[Token]:
    """Read Markdown as GitHub does, links of bare addresses included."""
    for token in MarkdownIt("gfm-like").parse(words):
        yield token
        yield from token.children or ()


INLINE = {"text", "code_inline", "softbreak", "strong_open", "strong_close"}
BLOCKS = {
    *("inline", "fence", "html_block", "paragraph_open", "paragraph_close"),
    *("blockquote_open", "blockquote_close"),
    *(f"{part}_{end}" for part in ("table", "thead", "tbody", "tr", "th", "td")
      for end in ("open", "close")),
}  # fmt: skip
OURS = re.compile(
    r"<details><summary>(?:<code>[^<>]*</code>|[a-z, ]+)+</summary>\n|</details>\n", re.ASCII
)


def test_markdown_has_no_structure_but_its_own(comparison: Comparison) -> None:
    found = list(tokens(markdown(comparison)))

    assert {token.type for token in found} <= INLINE | BLOCKS
    assert all(OURS.fullmatch(token.content) for token in found if token.type == "html_block")
    opened = [token.content for token in found if token.type == "html_block"]
    assert [each == "</details>\n" for each in opened] == [False, True] * (len(opened) // 2)


def test_running_text_of_markdown_is_ours_alone() -> None:
    plain = {
        token.content for token in tokens(markdown(comparisons.hostile())) if token.type == "text"
    }

    for words in plain:
        assert not re.search(r"[@#<>\[\]\x60]|GH-|://|www|pwned|evil", words), words


def test_hostile_titles_come_back_from_markdown_as_they_are_shown() -> None:
    found = list(tokens(markdown(comparisons.hostile(), 1_000_000)))

    spans = [token.content for token in found if token.type == "code_inline"]
    for words in HOSTILE:
        if words.strip():
            assert short(words, 300) in spans
            assert short(f"{words} other", 300) in spans


def test_hostile_names_come_back_from_cells_of_the_table() -> None:
    found = list(tokens(markdown(comparisons.hostile(), 1_000_000)))

    names = [
        token.children[0].content
        for before, token in pairwise(found)
        if before.type == "td_open" and token.children and token.children[0].type == "code_inline"
    ]
    # A bar behind a backslash ends a cell for some readers, whatever else stands before it.
    columns = {r"a | b \| c \\| d \  other": r"a | b \\u{7C} c \\\u{7C} d \  other"}
    wanted = [short(f"{words} other", NAME) for words in HOSTILE]
    assert [columns.get(words, words) for words in wanted] == names
    assert sum(token.type == "td_open" for token in found) == len(HOSTILE) * 6


def test_hostile_queries_stay_within_their_fences() -> None:
    found = list(tokens(markdown(comparisons.hostile(), 10_000_000)))

    fences = "".join(token.content for token in found if token.type == "fence")
    for words in HOSTILE:
        lines = [short(line, 300) for line in f"{words} other".split("\n")]
        assert all(f"+ {line}\n" in fences or f"  {line}\n" in fences for line in lines)


@pytest.mark.parametrize("limit", [0, 1, 100, 700, 1_500, 5_000, 20_000, LIMIT])
@pytest.mark.parametrize("name", ["pack", "hostile", "many"])
def test_markdown_keeps_its_limit_and_says_what_is_left_out(name: str, limit: int) -> None:
    comparison = comparisons.many(400) if name == "many" else ALL[name]()

    words = markdown(comparison, limit)

    assert len(words.encode()) <= limit
    assert {token.type for token in tokens(words)} <= INLINE | BLOCKS | {"em_open"}
    if limit >= 1_500:
        whole = len(markdown(comparison, 10**8).encode()) <= limit
        assert whole or "Left out, as there is no room for it: " in words


def test_what_matters_least_is_left_out_first() -> None:
    words = markdown(comparisons.pack(), 12_000)

    assert "rows of the table" not in words
    assert "reasons of verdicts" not in words
    assert re.search(r"Left out, as there is no room for it: .*queries \(\d+\)", words)


def test_the_table_tells_verdicts_before_and_after() -> None:
    assert (
        "| `node_code_without_file` | wider | wider | exact | **wider → refused** \N{MINUS SIGN} | "
        "**wider → narrower** | 0 |\n" in markdown(comparisons.pack())
    )


# --- the page


def parsed(words: str) -> Element:
    """Read HTML as browsers do, and stand for no error."""
    parser = html5lib.HTMLParser(
        html5lib.getTreeBuilder("etree"), strict=True, namespaceHTMLElements=False
    )
    root: Element = parser.parse(words)
    return root


def everything(element: Element) -> str:
    return "".join(element.itertext())


def test_the_page_is_sound_html_without_anything_from_outside(comparison: Comparison) -> None:
    root = parsed(page(comparison))

    tags = {element.tag for element in root.iter() if isinstance(element.tag, str)}
    assert not tags & {"img", "link", "iframe", "object", "embed", "svg", "base", "video", "audio"}
    assert len(list(root.iter("script"))) == len(list(root.iter("style"))) == 1
    for element in root.iter():
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name not in ("src", "style", "srcset", "action", "formaction")
            assert name != "href" or re.fullmatch(r"#[a-z0-9]+", value)


def test_the_page_lets_nothing_run_but_its_own_script(comparison: Comparison) -> None:
    root = parsed(page(comparison))

    (policy,) = (
        element.attrib["content"]
        for element in root.iter("meta")
        if element.attrib.get("http-equiv") == "Content-Security-Policy"
    )
    digests = [
        b64encode(sha256((element.text or "").encode()).digest()).decode()
        for name in ("style", "script")
        for element in root.iter(name)
    ]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digests[0]}'; script-src 'sha256-{digests[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_hostile_texts_are_text_on_the_page() -> None:
    words = page(comparisons.hostile())
    root = parsed(words)

    articles = list(root.iter("article"))
    assert len(articles) == len(HOSTILE)
    for text_, article in zip(HOSTILE, articles, strict=True):
        assert everything(next(article.iter("h3"))) == short(f"{text_} other", 200)
        lines = [short(line) for line in text_.split("\n")]
        code = "\n".join(everything(each) for each in article.iter("td"))
        assert all(cut(line, 60) in code for line in lines if len(line) < 60)
    assert not hidden(words)


def test_all_of_the_page_names_are_told_apart(comparison: Comparison) -> None:
    root = parsed(page(comparison))

    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    targets = {
        element.attrib["href"].removeprefix("#")
        for element in root.iter("a")
        if "href" in element.attrib
    }
    assert targets <= set(ids)


def test_the_page_marks_the_words_that_changed() -> None:
    root = parsed(page(comparisons.pack()))

    (rule,) = (
        each for each in root.iter("article") if "node_spawns_shell" in everything(each)[:200]
    )
    assert {"high", "is "} <= {everything(each) for each in rule.iter("del")}
    assert {"medium", ', "bun.exe")'} <= {everything(each) for each in rule.iter("ins")}


def test_a_large_comparison_makes_a_page_of_bounded_size() -> None:
    words = page(comparisons.many(250))

    assert len(words) < 250 * 24_000


# --- all of them


REPORTS: dict[str, Callable[[Comparison], str]] = {
    "page": page,
    "markdown": markdown,
    "text": lambda comparison: text(comparison, colour=True),
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_the_same_twice_and_can_be_written(name: str, comparison: Comparison) -> None:
    words = REPORTS[name](comparison)

    assert words == REPORTS[name](comparison)
    assert words.encode("utf-8")
