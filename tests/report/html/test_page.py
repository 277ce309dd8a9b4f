"""The page of results: what it holds, and that no text in it does anything."""

import base64
import csv
import functools
import hashlib
import io
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from bridgex.errors import RequestError
from bridgex.evaluation.results import Evaluation
from bridgex.report.explain import explain
from bridgex.report.figures import draw
from bridgex.report.html import figure_page, report_page
from bridgex.report.html.contents import p_cell
from bridgex.report.html.explorer import explorer_of, script_json
from bridgex.report.html.repeat import commands, hints
from bridgex.report.html.tables import Column, Table, shortened
from bridgex.result import Result
from tests.report.made import (
    HOSTILE,
    ablation,
    case,
    evaluation,
    ranking,
    spectrum,
    task_results,
    validation,
    voted,
)

MADE = [ranking, spectrum, evaluation, case, validation, ablation]


@functools.cache
def page_of(made: Any) -> str:
    """The page of one small result; drawn once for all tests."""
    return report_page([made()])


@functools.cache
def read_of(made: Any) -> "Read":
    return Read(page_of(made))


LINKS = {"href", "src", "srcset", "action", "data", "xlink:href", "poster"}


class Read(HTMLParser):
    """Every element and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.scripts: list[tuple[str | None, str]] = []
        self.within: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.within.append(tag)
        if tag == "script":
            self.scripts.append((dict(attrs).get("type"), ""))

    def handle_endtag(self, tag: str) -> None:
        while self.within and self.within.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.within and self.within[-1] == "script":
            kind, text = self.scripts[-1]
            self.scripts[-1] = kind, text + data
        else:
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.mark.parametrize("made", MADE)
def test_a_page_asks_nothing_of_a_network(made: Any) -> None:
    page, read = page_of(made), read_of(made)
    for tag, attributes in read.elements:
        for name in LINKS & set(attributes):
            value = attributes[name] or ""
            assert value.startswith(("#", "data:text/csv")), (tag, name, value[:60])
    assert "url(http" not in page
    assert "@import" not in page
    policy = next(each for each in read.all("meta") if each.get("http-equiv"))
    assert str(policy["content"]).startswith("default-src 'none'")


@pytest.mark.parametrize("made", MADE)
def test_a_page_says_the_answer_first_and_where_numbers_came_from(made: Any) -> None:
    text = " ".join(" ".join(read_of(made).text).split())
    answer = text.index(explain(made()).answer)
    assert answer < text.index("How sure, and why") < text.index("What the numbers came from")
    assert "How to cite" in text
    assert "2508.17078" in text


def test_one_script_runs_and_it_is_ours() -> None:
    read = read_of(evaluation)
    runs = [text for kind, text in read.scripts if kind is None]
    assert len(runs) == 1
    policy = next(each for each in read.all("meta") if each.get("http-equiv"))
    digest = base64.b64encode(hashlib.sha256(runs[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in str(policy["content"])


@pytest.mark.parametrize("made", MADE)
def test_names_are_unique_and_labels_lead_to_something(made: Any) -> None:
    read = read_of(made)
    names = [str(each["id"]) for _, each in read.elements if "id" in each]
    assert len(names) == len({*names})
    for _, attributes in read.elements:
        if "aria-labelledby" in attributes:
            assert attributes["aria-labelledby"] in names
        if str(attributes.get("href", "")).startswith("#"):
            assert str(attributes["href"])[1:] in names
        if "fill" in attributes and "url(#" in str(attributes["fill"]):
            assert re.findall(r"#([^)]*)", str(attributes["fill"]))[0] in names
    assert read.all("svg")
    drawn = re.findall(r'<\w*[gG]radient\b[^>]* id="([^"]*)"', page_of(made))
    assert all(re.match(r"[\w-]+-r1-(page|column)-", name) for name in drawn)
    assert all(each["role"] == "img" and each["aria-label"] for each in read.all("svg"))


def test_hostile_texts_are_texts() -> None:
    for made in (evaluation, ranking):
        page, read = page_of(made), read_of(made)
        assert not read.all("img")
        assert not any(name.startswith("on") for _, each in read.elements for name in each)
        assert len([kind for kind, _ in read.scripts if kind is None]) == 1
        assert "alert(1)" in page  # shown, as text
        assert "\x1b" not in page
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u2028]", page)
        assert "49" not in re.findall(r"\{\{ .*? \}\}|>49<", page)
        assert max(map(len, " ".join(read.text).split())) < 5000


def test_items_are_json_that_cannot_end_their_element() -> None:
    text = str(script_json({"a": "</script><!--&\u2028"}))
    assert json.loads(text) == {"a": "</script><!--&\u2028"}
    assert not re.search("[<>&\u2028]", text)


def test_the_explorer_has_every_item_by_strategy() -> None:
    made = evaluation(direct=4, through=8)
    found = explorer_of(made.results, "items")
    assert found is not None
    assert found.ways == ["direct", "through English"]
    assert [item["ways"][1]["score"] for item in found.items] == [1.0] * 8 + [0.0] * 2
    assert found.items[6]["right"] == ["right 6"]
    assert [len(some) for some in found.examples.values()] == [4, 4]
    assert [each.right for each in found.examples["direct"]] == [True, True, False, False]


@pytest.mark.usefixtures("quickly_drawn")
def test_answers_that_were_combined_are_shown_where_no_prompt_was() -> None:
    made = voted()
    found = explorer_of(made.results, "items")
    assert found is not None
    name = "vote of direct (60\u00a0%) and English (40\u00a0%)"
    assert found.ways == ["direct", "through English", name]
    assert found.items[0]["ways"][2]["prompt"] == ""
    assert found.items[0]["ways"][2]["members"] == "direct: answered\nthrough English: answered"
    assert found.items[0]["ways"][0]["members"] == ""
    assert [each.right for each in found.examples[name]] == [True, True, False, False]
    text = " ".join(Read(report_page([made])).text)
    assert "Answers that were combined" in text
    assert f"{name}: 4 examples" in text


def test_items_that_would_fill_the_page_are_left_out_and_counted() -> None:
    right = {"direct": [True] * 50}
    some = explorer_of(task_results(right), "items", most=2_000)
    assert some is not None
    assert 0 < len(some.items) < 50
    assert some.total == 50
    made = Evaluation("bli", ("id", "he"), 50, task_results(right), None, signature="s")
    assert "The first" not in report_page([made])


def test_a_long_text_is_cut_and_says_how_long_it_is() -> None:
    assert shortened("a" * 10_000, 400) == "a" * 400 + "… (10,000 characters)"


def test_a_table_downloads_as_csv_without_formulas() -> None:
    table = Table("t", "T", "", [Column("word"), Column("n", ".1f")], [("=1+1", 2.5), ("b", None)])
    kind, _, encoded = table.csv.partition("base64,")
    assert kind.startswith("data:text/csv")
    read = list(csv.reader(io.StringIO(base64.b64decode(encoded).decode())))
    assert read == [["word", "n"], ["'=1+1", "2.5"], ["b", ""]]
    assert [[cell.text for cell in row] for row in table.rows] == [["=1+1", "2.5"], ["b", "—"]]


@pytest.mark.usefixtures("quickly_drawn")
def test_a_page_of_very_many_languages_stays_small_and_says_what_it_leaves_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bridgex.report.figures.matrices.LEAST_STEP", 40)
    monkeypatch.setattr("bridgex.report.html.tables.MOST_ROWS", 50)
    text = " ".join(" ".join(Read(report_page([spectrum()])).text).split())
    assert "draw it with bridgex plot --figure jaccard" in text
    assert "14 languages by the neurons they share" in text
    assert "41 more rows are in the CSV." in text  # 91 pairs


def test_a_p_value_that_no_draw_reached_is_a_bound_and_a_number_in_the_csv() -> None:
    cells = [p_cell(0.00599, at_floor=floor) for floor in (True, False)]
    table = Table("t", "T", "", [Column("p", ".3g")], [(cell,) for cell in cells])
    assert [row[0].text for row in table.rows] == ["≤ 0.006", "0.006"]
    assert base64.b64decode(table.csv.partition(",")[2]).decode().split() == ["p", *["0.00599"] * 2]


def test_names_of_options_are_marked_as_one_word() -> None:
    page = page_of(ranking)
    command = '<pre tabindex="0">bridgex rank id zh <span class="option">--model</span> tiny'
    assert command in page
    assert '(<span class="option">--corpus</span>)' in page


def test_no_zero_is_negative() -> None:
    table = Table("t", "T", "", [Column("n", "+.1f"), Column("share", ".0%")], [(-0.01, 0.5)])
    assert [cell.text for cell in table.rows[0]] == ["0.0", "50 %"]


def test_the_commands_make_the_result_again() -> None:
    own = ranking(
        provenance={
            "model": {"name": "org/m", "revision": "abc", "dtype": "bfloat16"},
            "settings": {
                "selection": {"rate": 0.1},
                "probe": {"shots": 4},
                "bridges": {"level": 0.95},
            },
            "budget": {"sentences": 40, "tokens": None},
            "corpora": {code: {"name": "own", "licence": "CC0"} for code in ("id", "zh", "fr")},
            "endonyms": {"id": "Bahasa Indonesia", "zh": "中文"},
        }
    )
    (command,) = commands(own)
    assert command == (
        "bridgex rank id zh --model org/m@abc --dtype bfloat16 --candidates fr --sentences 40 "
        "--preset demo --set bridges.level=0.95 --endonym 'id=Bahasa Indonesia' "
        "--json ranking.json"
    )
    assert "It read own" in hints(own)[0]
    (validated,) = commands(validation())
    assert "--pairs id-he,de-it --tasks bli" in validated
    assert "--preset demo --set bridges.level=0.8" in validated
    assert "oracle" not in validated


@pytest.fixture
def quickly_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw nothing, for tests of what a page is made of: a drawing with a name in it."""
    svg = '<svg class="marks" width="9" height="9"><g id="gradient_0"></g></svg>'
    monkeypatch.setattr("bridgex.report.html.drawing.drawn_svg", lambda _spec: svg)


@pytest.mark.usefixtures("quickly_drawn")
def test_several_results_are_one_page_and_are_shown_together() -> None:
    page = report_page([ranking(tokens=2_000), ranking(tokens=9_000), case(), validation()])
    names = re.findall(r' id="([^"]*)"', page)
    assert len(names) == len({*names})
    assert "How scores grow, Indonesian to Chinese" in page
    with pytest.raises(RequestError, match="at least one result"):
        report_page([])


@pytest.mark.usefixtures("quickly_drawn")
def test_cases_of_a_study_are_one_comparison_for_each_model() -> None:
    other = replace(case(("ja", "zh")), model="other@e float32")
    page = report_page([case(), case(("de", "it"), "en"), other])
    text = " ".join(Read(page).text)
    assert "Choosers of bridges on 2 pairs" in text
    assert "Choosers of bridges on 1 pair" in text
    assert text.count("How sure, and why") == 2
    assert "2 results together" in text


def test_what_a_result_cannot_show_is_said() -> None:
    page = report_page([ranking(layers=(), skipped={})])
    assert "no scores by layer" in page


def test_a_figure_has_a_page_of_its_own() -> None:
    page = figure_page(draw([ranking()], "scores"))
    read = Read(page)
    assert len(read.all("svg")) == 1
    assert "French" in " ".join(read.text)
    ET.fromstring(re.findall(r"<svg.*?</svg>", page, re.DOTALL)[0])  # noqa: S314  our own


@pytest.mark.parametrize("text", HOSTILE)
def test_a_notebook_shows_hostile_texts_as_texts(text: str) -> None:
    shown = ranking(signature=text)._repr_html_()
    read = Read(shown)
    assert not read.scripts
    assert not read.all("img")
    assert not any(name.startswith("on") for _, each in read.elements for name in each)


@pytest.mark.parametrize("made", MADE)
def test_a_notebook_shows_answer_figure_and_table(made: Any) -> None:
    result: Result = made()
    shown = Read(result._repr_html_())
    assert explain(result).answer in " ".join(shown.text)
    assert len(shown.all("svg")) == 1
    assert shown.all("table")
    assert "svg" in result.plot()._repr_svg_()
