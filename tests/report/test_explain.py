"""Results in sentences: no surer than their verdict, with the right numbers."""

from dataclasses import replace
from typing import Any

import pytest

from bridgex.bridges import BridgeRanking, Verdict
from bridgex.bridges.ranking import ProbeWords
from bridgex.dependence import p_text
from bridgex.errors import ResultError
from bridgex.report.explain import explain
from bridgex.report.figures import draw
from bridgex.result import Result
from tests.report.made import ablation, case, evaluation, ranking, spectrum, validation


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        (ranking("clear"), "From Indonesian to Chinese, French scores above its 3 other"),
        (ranking("clear", beats=False), "No bridge stands out"),
        (ranking("clear", beats=None), "It was not compared with random neurons."),
        (ranking("tie"), "no single bridge wins: French and Portuguese score highest"),
        (ranking("tie", beats=False), "No bridge stands out"),
        (
            ranking("undetermined"),
            "No bridge can be named from Indonesian to Chinese: go directly. Reason",
        ),
        (ranking("no_evidence", beats=False), "No evidence for any bridge from Indonesian to Ch"),
        (ranking("untested", beats=None), "French comes first, by one number per candidate"),
    ],
)
def test_a_ranking_is_told_no_surer_than_its_verdict(result: BridgeRanking, answer: str) -> None:
    assert answer in explain(result).answer


@pytest.mark.parametrize(
    ("direct", "through", "items", "answer"),
    [
        (10, 34, 40, "Through English beats direct prompting: +60.0 points over direct, 95 % +"),
        (34, 10, 40, "Go direct: through English loses, -60.0 points over direct, 95 % -"),
        (4, 5, 10, "Too close to call on 10 items: through English has +10.0 points"),
        (4, 4, 10, "has 0.0 points over direct"),
    ],
)
def test_an_evaluation_is_told_no_surer_than_its_interval(
    direct: int, through: int, items: int, answer: str
) -> None:
    assert answer in explain(evaluation(direct, through, items)).answer


def test_a_spectrum_is_told_by_its_test() -> None:
    related = spectrum()
    said = explain(related).answer
    tested = related.whole.agreement["family"].mantel
    assert ("Related languages share more" in said) == (tested.p_value <= 0.05)
    assert p_text(tested.p_value, at_floor=tested.at_floor) in said


def test_a_saturated_spectrum_says_so_first() -> None:
    saturated = spectrum()
    saturated = replace(saturated, saturation=replace(saturated.saturation, tied=0.9))
    assert explain(saturated).answer.startswith("Saturated: ")
    assert draw([saturated], "jaccard").subtitle.startswith("Saturated: ")


def test_a_validation_names_who_loses_least_and_whether_that_is_chance() -> None:
    said = explain(validation())
    assert "bli: internal:default and english lose least" in said.answer
    assert "20.0 points on average over 2 pairs; all are alike." in said.answer
    assert any("unsure (bli): a bridge named for 0 of 2 pairs." in each for each in said.why)


@pytest.mark.parametrize("made", [ranking, spectrum, evaluation, case, validation])
def test_every_kind_of_result_says_all_of_it(made: Any) -> None:
    said = explain(made())
    assert said.answer
    headings = [heading for heading, _ in said.sections]
    assert headings == [
        "What was computed",
        "Why",
        "What would change it",
        "What it does not say",
    ]
    for _, sentences in said.sections:
        assert all(sentence.endswith((".", ":")) for sentence in sentences), sentences
        assert not any("None" in sentence or "-0.0" in sentence for sentence in sentences)


def test_little_text_and_words_not_understood_are_what_would_change_it() -> None:
    few = ranking(words=ProbeWords(500, 4, 50, "all"))
    change = " ".join(explain(few).change)
    assert "fewer than 10,000 tokens" in change
    assert "--shots 4" in change
    assert "fewer than 10,000" not in " ".join(explain(ranking(tokens=20_000)).change)


def test_a_reason_that_begins_with_a_code_names_the_language() -> None:
    verdict = Verdict("undetermined", ("fr",), "fr scores above, but 8 words are too few.")
    assert "go directly. French scores above" in explain(ranking(verdict=verdict)).answer


def test_another_kind_is_refused() -> None:
    class Other(Result):
        kind = "other"

    with pytest.raises(ResultError, match="A other cannot be explained"):
        explain(Other())


@pytest.mark.parametrize(
    ("harm", "p", "answer"),
    [
        (
            0.8,
            0.04,
            "1 of 2 chains need the neurons of their bridge more than random ones: English.",
        ),
        (0.8, 0.06, "no more than silencing random ones does, for any of 2 bridges."),
    ],
)
def test_an_ablation_is_told_no_surer_than_its_test(harm: float, p: float, answer: str) -> None:
    told = explain(ablation(harm, p))
    assert answer in told.answer
    assert (
        "τ between that harm and the accuracy of the bridges is +1.00 over 2 bridges" in told.answer
    )
    assert any(
        "English, mean, through English: -0.90 nats, random neurons -0.10: a difference of -0.80"
        in sentence
        for sentence in told.why
    )
