"""What figures show of results, which results give which, and how they look on paper."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from bridgex.bridges import BridgeRanking, Score
from bridgex.errors import RequestError, ResultError
from bridgex.neurons import Spectrum
from bridgex.neurons.matrices import Matrices
from bridgex.neurons.tree import average_linkage
from bridgex.report.figures import FIGURES, Figure, Look, draw, figures_of
from bridgex.report.figures.cost import pareto
from bridgex.report.figures.labels import placed
from bridgex.report.figures.languages import classical_scaling
from bridgex.report.figures.matrices import LEAST_STEP
from bridgex.report.figures.rendering import drawn_svg, family
from bridgex.report.figures.scores import standing
from bridgex.result import Result
from tests.report.made import (
    HOSTILE,
    PAPER_CODES,
    ablation,
    case,
    evaluation,
    ranking,
    spectrum,
    validation,
    voted,
)

RESULTS = {
    "ranking": ranking,
    "spectrum": spectrum,
    "evaluation": evaluation,
    "case": case,
    "validation": validation,
    "ablation": ablation,
}


def made(kind: str) -> Result:
    result: Result = RESULTS[kind]()  # type: ignore[operator]
    return result


def rows(figure: Figure, **wanted: Any) -> list[dict[str, Any]]:
    return [
        dict(row)
        for row in figure.rows
        if all(row[name] == value for name, value in wanted.items())
    ]


def test_scores_hold_the_numbers_of_the_ranking() -> None:
    figure = draw([ranking()], "scores")
    (french,) = rows(figure, code="fr")
    assert french["bridge"] == "French"
    assert (french["score"], french["low"], french["high"]) == pytest.approx((0.40, 0.35, 0.45))
    assert (french["null mean"], french["null 95th percentile"]) == (0.1, 0.16)
    assert [row["code"] for row in figure.rows] == ["fr", "pt", "en"]  # the one without is absent


@pytest.mark.parametrize(
    ("kind", "french", "portuguese"),
    [
        ("clear", "first place", "behind"),
        ("tie", "first place", "cannot be told apart from it"),
        ("undetermined", "no verdict", "no verdict"),
        ("no_evidence", "no verdict", "no verdict"),
        ("untested", "not tested", "not tested"),
    ],
)
def test_no_candidate_stands_surer_than_the_verdict(
    kind: str, french: str, portuguese: str
) -> None:
    result = ranking(kind)
    assert (standing(result, "fr"), standing(result, "pt")) == (french, portuguese)


def test_layers_mark_what_was_left_out_and_show_every_layer_of_the_model() -> None:
    figure = draw([ranking()], "layers")
    (skipped,) = rows(figure, code="fr", layer=3)
    assert skipped["score"] is None
    assert skipped["left out"] == "fewer than 2 neurons: fr 1"
    assert '"domain": [0, 1, 2, 3, 4, 5, 6, 7]' in str(figure.bare).replace("'", '"')


def test_growth_takes_several_rankings_of_one_pair() -> None:
    figure = draw([ranking(tokens=8_000), ranking(tokens=2_000)], "growth")
    assert [row["read"] for row in rows(figure, code="fr")] == [2_000, 8_000]
    with pytest.raises(ResultError, match="two rankings or more"):
        draw([ranking()], "growth")
    with pytest.raises(ResultError, match="same amount of text"):
        draw([ranking(), ranking()], "growth")
    with pytest.raises(ResultError, match="of one pair"):
        draw([ranking(), ranking(pair=("id", "he"))], "growth")


def test_a_matrix_is_in_the_order_of_the_tree_beside_it() -> None:
    result = spectrum()
    figure = draw([result], "jaccard", Look(labels="code"))
    assert result.whole.tree is not None
    assert list(figure.labels) == list(result.whole.tree.order)
    (pair,) = rows(figure, **{"first code": "fr", "second code": "it"})
    at = [result.whole.matrices.languages.index(code) for code in ("fr", "it")]
    assert pair["jaccard"] == result.whole.matrices.jaccard[at[0]][at[1]]


def test_a_matrix_of_many_languages_stays_legible_and_says_so() -> None:
    scripts = "Latn Cyrl Arab Hebr Grek Armn Geor Deva Beng Taml Telu Thai Ethi Khmr Laoo".split()
    codes = [f"{code}_{script}" for code in PAPER_CODES for script in scripts][:200]
    figure = draw([many_languages(codes)], "jaccard", Look(width="column", labels="code"))
    assert "200 languages do not fit" in figure.notes[0]
    assert "this figure is 20.1 inches wide" in figure.notes[0]
    tree, cells = figure.bare["hconcat"]
    assert cells["width"] == cells["height"] == tree["height"] == 200 * LEAST_STEP
    assert len(figure.rows) == 200 * 199
    axes = cells["layer"][0]["encoding"]
    assert axes["y"]["axis"]["labelOverlap"] is axes["x"]["axis"]["labelOverlap"] is False
    assert axes["y"]["axis"]["labelFontSize"] >= 7
    assert not draw([spectrum()], "jaccard").notes


def many_languages(codes: Sequence[str]) -> Spectrum:
    """A spectrum in which languages share fewer neurons the further apart they are in a list."""
    count = len(codes)
    matrices = Matrices(
        tuple(codes),
        (9 * count,),
        ((count,) * count,),
        0,
        tuple(tuple(count - first + at for at in range(first + 1)) for first in range(count)),
        tuple((0.5,) * (first + 1) for first in range(count)),
    )
    jaccard = [[value or 1.0 for value in row] for row in matrices.jaccard]
    tree = average_linkage(codes, 1 - torch.tensor(jaccard, dtype=torch.float64))
    small = spectrum(("fr", "it"))
    whole = replace(small.whole, matrices=matrices, tree=tree)
    return replace(small, whole=whole, layers=(), tied={}, languages=tuple(codes))


def test_a_map_keeps_distances_that_two_dimensions_can_hold() -> None:
    points = np.array([[0, 0], [3, 0], [0, 4], [3, 4], [1, 2]], dtype=float)
    distance = np.linalg.norm(points[:, None] - points, axis=-1)
    places, kept = classical_scaling(distance)
    assert np.linalg.norm(places[:, None] - places, axis=-1) == pytest.approx(distance)
    assert kept == pytest.approx(1)


@pytest.mark.parametrize("x", [-1.0, 1.0])
def test_a_label_at_the_edge_goes_inwards(x: float) -> None:
    places = np.array([[x, 0.0], [0.0, 0.9]])
    sides = placed(places, ["a rather long name", "b"], (200, 200), ((-1.05, 1.05), (-1.05, 1.05)))
    assert ("right" in sides[0]) == (x < 0)


def test_labels_make_way_for_those_that_come_later() -> None:
    places = np.array([[0.0, 0.0], [0.2, 0.0], [0.4, 0.0]])
    sides = placed(places, ["first one", "second", "third"], (300, 300), ((-1, 1), (-1, 1)))
    assert len({*sides}) == 3


def test_letters_are_drawn_in_the_font_of_their_script() -> None:
    assert family("through English (40 %)") == family("русский ő") == "sans-serif"
    assert family("عربي") == "Noto Sans Arabic, sans-serif"
    assert family("through 中文") == "Noto Sans CJK SC, sans-serif"
    assert family("にほんご") == "Noto Sans CJK JP, sans-serif"
    svg = drawn_svg(draw([spectrum()], "map", Look(labels="endonym")).spec)
    for text in re.findall(r"<text [^>]*>(?:עִברִית|中文)", svg):
        assert "Noto Sans" in text
    assert svg.count("Noto Sans Hebrew") == 1


@pytest.mark.parametrize("made", [evaluation, case])
def test_strategies_name_the_level_of_their_intervals(made: Any) -> None:
    figure = draw([replace(made(), level=0.9)], "strategies")
    assert "with its 90 % interval" in figure.caption
    assert "95 %" not in str(figure.spec)


@pytest.mark.parametrize("width", ["column", "page"])
def test_long_names_of_strategies_stand_in_lines(width: Any) -> None:
    figure = draw([voted()], "strategies", Look(width=width))
    assert len(rows(figure, strategy="vote of direct (60\u00a0%) and English (40\u00a0%)")) == 1
    panels = figure.bare["hconcat" if width == "page" else "vconcat"]
    text = re.findall(r"<tspan[^>]*>([^<]*)</tspan>", drawn_svg(figure.spec))
    assert "vote of" in text[0] or "vote of" in "".join(text)
    assert all(panel["width"] > 75 for panel in panels)


def test_labels_of_near_points_go_to_different_sides() -> None:
    places = np.array([[0.0, 0.0], [0.02, 0.0]])
    sides = placed(places, ["one name", "another"], (300, 300), ((-1, 1), (-1, 1)))
    assert sides[0] != sides[1]


def test_strategies_show_paired_differences() -> None:
    figure = draw([evaluation(direct=4, through=8)], "strategies")
    (through,) = rows(figure, name="bridge:en")
    assert through["value"] == pytest.approx(80)
    assert through["difference"] == pytest.approx(40)
    assert through["rival"] == "direct"
    (direct,) = rows(figure, name="direct")
    assert direct["difference"] is None


def test_agreement_shows_score_against_accuracy_of_every_candidate() -> None:
    figure = draw([case()], "agreement")
    inside = rows(figure, chooser="internal:default")
    assert {row["code"]: (row["score"], row["value"]) for row in inside} == {
        "fr": (0.3, 80.0),
        "de": (0.2, 50.0),
        "en": (0.1, 40.0),
    }
    assert not rows(figure, chooser="oracle")


def test_regret_is_the_mean_over_pairs() -> None:
    figure = draw([validation()], "regret")
    (inside,) = rows(figure, name="internal:default")
    regrets = [each.chosen["internal:default"].judgement.regret for each in validation().cases]
    assert None not in regrets
    assert inside["regret"] == pytest.approx(50 * sum(value or 0 for value in regrets))
    (unsure,) = rows(figure, name="unsure")
    assert unsure["regret"] is None


def test_cost_marks_what_nothing_cheaper_beats() -> None:
    assert pareto([(0, 5), (1, 5), (2, 3), (3, 4), (2, 3)]) == {0, 2, 4}
    assert pareto([]) == set()
    figure = draw([validation()], "cost")
    assert {row["name"] for row in figure.rows} == {"internal:default", "english"}


@pytest.mark.parametrize("kind", RESULTS)
@pytest.mark.parametrize("width", ["column", "page"])
def test_figures_fit_their_width(kind: str, width: Any) -> None:
    for name in figures_of(kind):
        if name == "growth":
            continue
        figure = draw([made(kind)], name, Look(width=width))
        if figure.notes:
            continue  # wider, and said
        svg = drawn_svg(figure.spec)
        drawn = float(re.findall(r'width="([\d.]+)"', svg)[0])
        assert drawn <= figure.look.pixels * 1.05, name


@pytest.mark.parametrize("kind", RESULTS)
def test_every_figure_says_what_it_is_and_came_from(kind: str) -> None:
    for name in figures_of(kind):
        if name == "growth":
            continue
        figure = draw([made(kind)], name)
        assert figure.caption.endswith(".")
        assert figure.signature
        assert figure.rows
        header, cells = figure.table()
        assert len({*header}) == len(header)
        assert all(len(row) == len(header) for row in cells)


def test_a_figure_that_a_result_cannot_give_says_which_result_can() -> None:
    with pytest.raises(ResultError, match=r"'scores' is of a ranking, and this is a spectrum"):
        draw([spectrum()], "scores")
    with pytest.raises(RequestError, match=r"no figure 'layrs'.*layers"):
        draw([ranking()], "layrs")
    with pytest.raises(RequestError, match="no width 'poster'"):
        Look(width="poster")  # type: ignore[arg-type]
    with pytest.raises(ResultError, match="no score to draw"):
        draw([ranking(scores={"en": Score(None)}, layers=())], "scores")
    with pytest.raises(ResultError, match="no scores by layer"):
        draw([ranking(layers=(), skipped={})], "layers")


def test_every_kind_of_result_has_a_figure() -> None:
    for kind in RESULTS:
        assert figures_of(kind)
    assert {kind for drawing in FIGURES.values() for kind in drawing.kinds} == set(RESULTS)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_names_are_harmless_in_a_drawing(hostile: str) -> None:
    result = replace(ranking(), signature=hostile)
    svg = drawn_svg(draw([_with_candidate(result, hostile)], "scores").spec)
    assert "<script" not in svg
    assert "<img" not in svg
    assert "\x1b" not in svg
    assert "\u202e" not in svg


def _with_candidate(result: BridgeRanking, code: str) -> BridgeRanking:
    return replace(result, scores={**result.scores, code: Score(0.2)})
