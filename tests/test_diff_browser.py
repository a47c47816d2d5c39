"""The page of `tocsin diff` in a browser: what it looks like, what keys do, what may run.

Screenshots go to build/screens/, which is not kept.
"""

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from shutil import which

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

import comparisons
from tocsin.diff.change import Comparison
from tocsin.diff.page import page as html
from tocsin.diff.shown import short

SCREENS = Path(__file__).parent.parent / "build" / "screens"
NAMES = ("chromium", "chromium-browser", "google-chrome")
WIDTHS = (1280, 400)


def chromium() -> str:
    """Find the browser; without one the tests skip, and fail where CI is set."""
    found = os.environ.get("TOCSIN_CHROMIUM") or next(filter(None, map(which, NAMES)), None)
    if found:
        return found
    message = "no browser: install Chromium, or name one in TOCSIN_CHROMIUM"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # As root, as in most containers, Chromium has no sandbox.
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@cache
def written(name: str) -> str:
    made: dict[str, Callable[[], Comparison]] = {
        "pack": comparisons.pack,
        "hostile": comparisons.hostile,
        "many": lambda: comparisons.many(400),
    }
    return html(made[name]())


class Opened:
    """A page, what it complained of and what it asked for."""

    def __init__(self, browser: Browser, file: Path, **options: object) -> None:
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.file = file.as_uri()
        self.page = browser.new_page(**options)  # type: ignore[arg-type]  # they come as they are
        self.page.set_default_timeout(20_000)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(self.file)

    def _hear(self, message: ConsoleMessage) -> None:
        self.complaints.append(f"{message.type}: {message.text}")


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Open a page; in the end nothing may have gone wrong in it, or been asked for elsewhere."""
    all_opened: list[Opened] = []

    def open_(name: str = "pack", width: int = 1280, **options: object) -> Opened:
        file = tmp_path / f"{name}.html"
        file.write_text(written(name), encoding="utf-8")
        size = {"width": width, "height": 900}
        all_opened.append(Opened(browser, file, viewport=size, **options))
        return all_opened[-1]

    yield open_
    for each in all_opened:
        assert each.complaints == []
        assert set(each.asked) == {each.file}
        each.page.close()


def shot(page: Page, name: str) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    # Rules that are out of sight are not drawn, and most of a whole page is.
    page.evaluate(
        "document.querySelectorAll('.rule').forEach((e) => e.style.contentVisibility = 'visible')"
    )
    page.screenshot(path=SCREENS / f"{name}.png", full_page=True)


def focused(page: Page) -> str:
    """Say which rule has the focus, or the text of what has it."""
    found = page.evaluate("document.activeElement.innerText")
    assert isinstance(found, str)
    return found.split("\n")[0]


# --- what it looks like

LIGHTNESS = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const channels = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => [r, g, b]
    .map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const found = {};
  for (const element of document.querySelectorAll("body *")) {
    if (![...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
    if (!element.checkVisibility()) continue;
    const [a, b] = [channels(getComputedStyle(element).color), ground(element)].map(luminance);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const name = element.tagName + "." + element.className;
    found[name] = Math.min(found[name] ?? 99, ratio);
  }
  return { paper: luminance(ground(document.body)), ratios: found };
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_scheme_has_its_ground_and_enough_contrast(
    opened: Callable[..., Opened], scheme: str
) -> None:
    page = opened(color_scheme=scheme).page

    found = page.evaluate(LIGHTNESS)

    assert found["paper"] > 0.8 if scheme == "light" else found["paper"] < 0.05
    assert {name: ratio for name, ratio in found["ratios"].items() if ratio < 4.5} == {}
    assert len(found["ratios"]) > 30
    shot(page, f"pack-{scheme}")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["pack", "hostile"])
def test_nothing_runs_out_of_the_window(
    opened: Callable[..., Opened], name: str, width: int
) -> None:
    page = opened(name, width).page

    assert page.evaluate("document.documentElement.scrollWidth") == width
    shot(page, f"{name}-{width}")


def test_a_button_changes_the_colours(opened: Callable[..., Opened]) -> None:
    page = opened(color_scheme="light").page
    button = page.locator("#theme")
    grounds = []

    for words in ("light", "dark", "system"):
        button.click()
        expect(button).to_contain_text(words)
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    assert grounds[0] == grounds[2] != grounds[1]


def test_a_narrow_page_puts_after_below_before(opened: Callable[..., Opened]) -> None:
    row = "#r2 .source tr.c:has(del):has(ins)"
    for width, beside in ((1280, True), (400, False)):
        page = opened(width=width).page
        left, right = (page.locator(f"{row} {tag}").first.bounding_box() for tag in ("del", "ins"))
        assert left
        assert right
        assert (abs(left["y"] - right["y"]) < 3) is beside


def test_the_page_prints_with_all_open_and_no_controls(opened: Callable[..., Opened]) -> None:
    page = opened(color_scheme="dark").page
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = false")

    page.emulate_media(media="print")

    expect(page.locator("#bar")).to_be_hidden()
    expect(page.locator("#r2 .query table.two").first).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf(format="A4").startswith(b"%PDF-")


# --- what it does


def test_search_leaves_the_rules_that_have_all_words(opened: Callable[..., Opened]) -> None:
    page = opened().page
    count = page.locator("#count")
    expect(count).to_have_text("8 of 8 rules")

    page.keyboard.press("/")
    page.keyboard.type("BUN.exe 120,034")

    expect(count).to_have_text("1 of 8 rules")
    expect(page.locator("article:visible h3")).to_have_text(["node_spawns_shell"])
    expect(page.locator("tr[data-rule]:visible")).to_have_count(1)
    page.keyboard.type(" nowhere")
    expect(page.locator("#nothing")).to_be_visible()
    page.keyboard.press("Escape")
    expect(count).to_have_text("8 of 8 rules")


def test_filters_leave_what_was_asked_for(opened: Callable[..., Opened]) -> None:
    page = opened().page
    count = page.locator("#count")

    page.get_by_label("other verdict").check()
    expect(count).to_have_text("1 of 8 rules")
    page.get_by_label("other verdict").uncheck()
    page.get_by_label("other matches").check()
    expect(count).to_have_text("3 of 8 rules")
    page.get_by_label("other matches").uncheck()
    expect(page.locator("#r1 .noise").first).to_be_visible()
    page.get_by_label("changed targets").check()
    expect(page.locator("#r1 .noise").first).to_be_hidden()


def test_keys_go_from_rule_to_rule(opened: Callable[..., Opened]) -> None:
    page = opened().page

    seen = []
    for key in "jjjkk":
        page.keyboard.press(key)
        seen.append(focused(page))

    first, second, third = "node_code_without_file", "node_spawns_shell", "runtime_recon_burst"
    assert seen == [first, second, third, second, first]
    expect(page.locator("#r1 h3")).to_be_in_viewport()


def test_keys_go_from_change_to_change(opened: Callable[..., Opened]) -> None:
    page = opened().page
    for _ in "jj":
        page.keyboard.press("j")

    places = []
    for key in "nnnnp":
        page.keyboard.press(key)
        places.append(focused(page))
        assert page.evaluate("document.activeElement.closest('article').id") == "r2"
        expect(page.locator(":focus")).to_be_in_viewport()

    assert places[:3] == [
        '+ test test "bun starts a shell"',
        "+ built for the difference",
        "\N{MINUS SIGN} given events.ndjson:1204 row host.id = 'a', 00:30",
    ]
    assert places[4] == places[2]


def test_keys_skip_what_the_search_left_out(opened: Callable[..., Opened]) -> None:
    page = opened().page
    page.locator("#search").fill("120,034")
    expect(page.locator("#count")).to_have_text("1 of 8 rules")

    page.locator("#search").blur()
    page.keyboard.press("j")

    assert focused(page) == "node_spawns_shell"
    page.keyboard.press("j")
    assert focused(page) == "node_spawns_shell"


def test_help_opens_and_closes(opened: Callable[..., Opened]) -> None:
    page = opened().page
    help_ = page.locator("#help")

    for close in ("Escape", "?"):
        page.keyboard.press("?")
        expect(help_).to_be_visible()
        page.keyboard.press(close)
        expect(help_).to_be_hidden()
    page.locator("#keys").click()
    page.locator("#close").click()
    expect(help_).to_be_hidden()


def test_a_cell_of_the_matrix_leads_to_its_query_and_opens_it(
    opened: Callable[..., Opened],
) -> None:
    page = opened().page
    query = page.locator("#r5q0")
    expect(query.locator("table").first).to_be_hidden()

    page.locator('tr[data-rule="r5"] a[href="#r5q0"]').click()

    expect(query.locator("table").first).to_be_visible()
    expect(query.locator("summary").first).to_be_in_viewport()


def test_folded_lines_open(opened: Callable[..., Opened]) -> None:
    page = opened().page
    fold = page.locator("#r2 .source details.fold").first
    expect(fold.locator("table")).to_be_hidden()

    fold.locator("summary").click()

    expect(fold.locator("table")).to_be_visible()


def test_the_page_can_be_read_without_its_script(opened: Callable[..., Opened]) -> None:
    page = opened(java_script_enabled=False).page

    expect(page.locator("#bar")).to_be_hidden()
    expect(page.locator("article:visible")).to_have_count(8)
    page.locator("#r2 .source details.fold summary").first.click()
    expect(page.locator("#r2 .source details.fold table").first).to_be_visible()


# --- what it lets run


def test_hostile_texts_are_shown_and_do_nothing(opened: Callable[..., Opened]) -> None:
    page = opened("hostile").page

    heads = page.locator("article h3").all_text_contents()
    assert heads == [short(f"{words} other", 200) for words in comparisons.HOSTILE]
    assert page.evaluate("typeof window.pwned") == "undefined"
    assert page.locator("img, svg, iframe").count() == 0


def test_a_slip_could_not_run_either(browser: Browser, tmp_path: Path) -> None:
    """Put markup into the page that got past the encoding: the browser is told to refuse it."""
    slip = (
        "<script>window.pwned=1</script><img src=x onerror='window.pwned=2'>"
        "<style>body{color:red}</style><a href='javascript:window.pwned=3' id=slip>x</a></main>"
    )
    file = tmp_path / "slip.html"
    file.write_text(written("pack").replace("</main>", slip), encoding="utf-8")

    page = Opened(browser, file)
    page.page.locator("#slip").click()

    assert page.page.evaluate("typeof window.pwned") == "undefined"
    assert len([each for each in page.complaints if "Content Security Policy" in each]) >= 4
    page.page.close()


# --- many rules


def test_hundreds_of_rules_open_and_are_searched_within_seconds(
    opened: Callable[..., Opened],
) -> None:
    page = opened("many").page

    loaded = page.evaluate("performance.getEntriesByType('navigation')[0].duration")
    page.locator("#search").fill("node_spawns_shell_377")

    assert loaded < 20_000  # 1,000 rules: 3 s where the machine has nothing else to do
    expect(page.locator("#count")).to_have_text("1 of 400 rules")
