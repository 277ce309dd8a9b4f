"""Pages in a real browser: silent, without a request, usable by all. Skipped where none is."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bridgex.languages import find
from bridgex.report.figures.base import COLOURS
from bridgex.report.html import report_page
from tests.report.made import case, evaluation, ranking, spectrum, validation

pytestmark = pytest.mark.slow
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MADE: list[Any] = [ranking, spectrum, evaluation, case, validation]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("needs Chromium, which is absent here: apt-get install chromium")
    sync = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with sync.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[Any, Path]:
    folder = tmp_path_factory.mktemp("pages")
    paths = {}
    for made in MADE:
        paths[made] = folder / f"{made.__name__}.html"
        paths[made].write_text(report_page([made()]), encoding="utf-8")
    return paths


class Opened:
    """A page that was opened, and what it said and asked."""

    def __init__(self, browser: Any, path: Path, **context: Any) -> None:
        self.context = browser.new_context(viewport={"width": 1100, "height": 800}, **context)
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda problem: self.said.append(str(problem)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())

    def __enter__(self) -> "Opened":
        return self

    def __exit__(self, *_raised: object) -> None:
        self.context.close()

    def texts(self, selector: str) -> list[str]:
        texts: list[str] = self.page.eval_on_selector_all(
            selector, "nodes => nodes.filter(n => n.checkVisibility()).map(n => n.textContent)"
        )
        return texts


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_is_silent_asks_nothing_and_is_accessible(
    browser: Any, pages: dict[Any, Path], made: Any, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    with Opened(browser, pages[made], color_scheme=scheme) as opened:
        found = axe.Axe().run(opened.page).response["violations"]
        serious = [
            (each["id"], each["nodes"][0]["html"][:200])
            for each in found
            if each["impact"] in {"serious", "critical"}
        ]
        assert serious == []
        assert opened.said == []
        assert [url for url in opened.asked if not url.startswith("file:")] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_that_differ_on_paper_differ_on_the_page(
    browser: Any, pages: dict[Any, Path], scheme: str
) -> None:
    drawn: dict[str, str] = {}
    for made in (ranking, spectrum):
        with Opened(browser, pages[made], color_scheme=scheme) as opened:
            drawn |= opened.page.eval_on_selector_all(
                ".chart .mark-symbol [fill]",
                "nodes => Object.fromEntries("
                "nodes.map(n => [n.getAttribute('fill'), getComputedStyle(n).fill]))",
            )
    shown = [drawn[colour] for colour in COLOURS if colour in drawn]
    assert len(shown) >= 5
    assert len({*shown}) == len(shown)


@pytest.mark.parametrize("made", MADE)
def test_a_page_fits_a_phone(browser: Any, pages: dict[Any, Path], made: Any) -> None:
    with Opened(browser, pages[made]) as opened:
        opened.page.set_viewport_size({"width": 360, "height": 700})
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 360
        shown = opened.page.eval_on_selector_all(
            ".chart", "nodes => nodes.filter(n => n.checkVisibility()).map(n => n.className)"
        )
        assert shown
        assert all("column" in name for name in shown)


def test_no_line_ends_within_the_name_of_an_option(browser: Any, pages: dict[Any, Path]) -> None:
    with Opened(browser, pages[ranking]) as opened:
        for width in range(320, 720, 40):
            opened.page.set_viewport_size({"width": width, "height": 700})
            lines = opened.page.eval_on_selector_all(
                ".option", "nodes => nodes.map(node => node.getClientRects().length)"
            )
            assert {*lines} == {1}, width


def test_tables_sort_and_filter(browser: Any, pages: dict[Any, Path]) -> None:
    with Opened(browser, pages[ranking]) as opened:
        table = "#r1-candidates-t"
        scores = f"{table} tbody td:nth-child(2)"
        assert opened.texts(scores) == ["0.4000", "0.3800", "0.2100", "—"]
        opened.page.click(f"{table} th:nth-child(2) button")
        assert opened.texts(scores) == ["0.2100", "0.3800", "0.4000", "—"]
        assert opened.page.get_attribute(f"{table} th:nth-child(2)", "aria-sort") == "ascending"
        opened.page.keyboard.press("Enter")  # the heading has the focus
        assert opened.texts(scores) == ["0.4000", "0.3800", "0.2100", "—"]
        opened.page.fill(f"[data-filter={table[1:]}]", "fren")
        assert opened.texts(f"{table} tbody td:first-child") == ["French"]
        assert opened.texts(f"[data-count={table[1:]}]") == ["1 row"]


def test_a_layer_is_picked_in_figures_and_table_together(
    browser: Any, pages: dict[Any, Path]
) -> None:
    with Opened(browser, pages[ranking]) as opened:
        opened.page.select_option("[data-layer=layers-r1]", "4")
        assert {*opened.texts("#r1-layers-t tbody td:first-child")} == {"4"}
        assert opened.page.input_value("[data-layer=curves-r1]") == "4"
        faded = opened.page.eval_on_selector_all(
            ".faded", "nodes => nodes.map(node => node.dataset.tip)"
        )
        assert faded
        assert not any("layer: 4" in tip for tip in faded)
        opened.page.select_option("[data-layer=layers-r1]", "all")
        assert not opened.page.query_selector_all(".faded")


def test_a_mark_says_what_it_is_when_pointed_at(browser: Any, pages: dict[Any, Path]) -> None:
    with Opened(browser, pages[ranking]) as opened:
        assert not opened.page.is_visible("#tip")
        opened.page.hover('#scores-r1 .page .mark-symbol [data-tip*="French"]')
        opened.page.wait_for_selector("#tip", state="visible")
        said = opened.page.inner_text("#tip")
        assert "bridge: French" in said
        assert "score: 0.4000" in said


def test_items_are_searched_filtered_and_opened(browser: Any, pages: dict[Any, Path]) -> None:
    with Opened(browser, pages[evaluation]) as opened:
        explorer = "#r1-items"
        assert opened.texts(f"{explorer} output") == ["10 of 10 items"]
        opened.page.select_option(f"{explorer} select", "differ")
        assert opened.texts(f"{explorer} output") == ["4 of 10 items"]
        opened.page.select_option(f"{explorer} select", "")
        opened.page.fill(f"{explorer} input", "right 6")
        assert opened.texts(f"{explorer} output") == ["1 of 10 items"]
        opened.page.focus(f"{explorer} summary")
        opened.page.keyboard.press("Enter")
        opened.page.wait_for_selector(f"{explorer} .item pre")
        prompts = opened.texts(f"{explorer} .item pre")
        assert len(prompts) == 2
        assert prompts[0].startswith('Indonesia:"word 0"')


def test_right_to_left_words_stand_right(browser: Any, pages: dict[Any, Path]) -> None:
    with Opened(browser, pages[spectrum]) as opened:
        directions = opened.page.eval_on_selector_all(
            "#r1-languages-t tbody td:nth-child(2)",
            "nodes => Object.fromEntries(nodes.map(n => [n.textContent, "
            "getComputedStyle(n).direction]))",
        )
        assert directions[find("he").endonym] == "rtl"
        assert directions[find("fr").endonym] == "ltr"
        aligned = opened.page.eval_on_selector_all(
            "#r1-languages-t td[dir]", "nodes => nodes.map(n => getComputedStyle(n).textAlign)"
        )
        assert {*aligned} == {"left"}  # below their headings


def test_print_has_tables_whole_and_no_tools(browser: Any, pages: dict[Any, Path]) -> None:
    with Opened(browser, pages[evaluation]) as opened:
        opened.page.emulate_media(media="print")
        assert not opened.page.is_visible(".tools >> nth=0")
        height = "n => [n.scrollHeight, n.clientHeight]"
        for whole, shown in opened.page.eval_on_selector_all(
            ".scroll", f"nodes => nodes.map({height})"
        ):
            assert whole - shown <= 1
        assert opened.page.pdf()[:4] == b"%PDF"


def test_nothing_moves_while_a_page_opens(browser: Any, pages: dict[Any, Path]) -> None:
    with Opened(browser, pages[spectrum]) as opened:
        moved = opened.page.evaluate(
            "new Promise(done => new PerformanceObserver(list => done(list.getEntries()"
            ".reduce((sum, each) => sum + each.value, 0)))"
            ".observe({type: 'layout-shift', buffered: true}) || setTimeout(() => done(0), 500))"
        )
        assert moved < 0.02


def test_without_scripts_the_page_still_reads(browser: Any, pages: dict[Any, Path]) -> None:
    with Opened(browser, pages[evaluation], java_script_enabled=False) as opened:
        text = opened.page.inner_text("body")
        assert "How sure, and why" in text
        assert re.search(r"shown with JavaScript", text)
        assert opened.page.query_selector_all("svg")
