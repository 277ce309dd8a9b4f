"""Empirical Bayes over pairs, against the formula by hand."""

from dataclasses import replace
from pathlib import Path
from statistics import fmean, pvariance

import pytest

from bridgex.choosers import ChooserInput
from bridgex.choosers.development import tried
from bridgex.choosers.development_prior import DevelopmentPrior
from bridgex.choosers.evidence import Estimate, MeasuredPair, difference, prior_of
from bridgex.errors import TextError
from bridgex.evaluation.strategies import DIRECT, Strategy
from tests.choosers.asking import CANDIDATES, chooser_input


@pytest.fixture
def asked(tiny_folder: Path, tmp_path: Path) -> ChooserInput:
    return chooser_input(tiny_folder, tmp_path)


def measured(inputs: ChooserInput, pair: tuple[str, str], **gains: float) -> MeasuredPair:
    identity = inputs.session.model.identity
    estimates = {code: Estimate(value, 0.01) for code, value in gains.items()}
    return MeasuredPair(f"{identity} {identity.dtype}", inputs.task.name, pair, estimates, {})


def test_a_difference_has_the_variance_of_two_more_items_that_differ() -> None:
    found = difference([1.0, 1.0, 0.0, 1.0], [0.0, 1.0, 0.0, 0.0])
    assert found.value == 0.5
    rows = [1.0, 0.0, 0.0, 1.0, 1.0, -1.0]
    mean = sum(rows) / 6
    assert found.variance == pytest.approx(sum((each - mean) ** 2 for each in rows) / 5 / 4)
    assert difference([1.0] * 4, [1.0] * 4).variance == pytest.approx(2 / 5 / 4)


def test_the_prior_pools_the_variance_between_pairs(asked: ChooserInput) -> None:
    pairs = [
        measured(asked, ("fr", "id"), en=0.1, es=0.0),
        measured(asked, ("de", "zh"), en=0.3, es=0.2, pt=0.4),
        measured(asked, ("fr", "zh"), en=0.2),
    ]
    prior = prior_of(pairs)
    assert prior is not None
    assert prior.means == pytest.approx({"en": 0.2, "es": 0.1, "pt": 0.4})
    assert prior.mean == pytest.approx((0.1 + 0.3 + 0.2 + 0.0 + 0.2 + 0.4) / 6)
    squares = 3 * pvariance([0.1, 0.3, 0.2]) + 2 * pvariance([0.0, 0.2])
    assert prior.variance == pytest.approx(squares / (2 + 1))
    assert prior_of(pairs[:1]) is None
    seen = Estimate(0.5, 0.03)
    weight = prior.variance / (prior.variance + 0.03)
    posterior = prior.updated("en", seen)
    assert posterior.value == pytest.approx(weight * 0.5 + (1 - weight) * 0.2)
    assert posterior.variance == pytest.approx(weight * 0.03)
    assert prior.updated("it", None) == Estimate(prior.mean, prior.variance)


def test_few_items_and_the_prior_are_weighed(asked: ChooserInput) -> None:
    pairs = (
        measured(asked, ("fr", "id"), en=0.1, es=0.0, it=-0.1),
        measured(asked, ("de", "zh"), en=0.3, es=0.1, it=0.0),
    )
    inputs = replace(asked, measured=(*pairs, measured(asked, ("de", "id"), en=-9.0)))
    choice = DevelopmentPrior(items=6).rank(inputs)
    few = replace(inputs, task=inputs.task.developing_on(6))
    direct = tried(few, DIRECT).scores
    assert len(direct) == 6
    prior = prior_of(pairs)
    assert prior is not None
    for each in CANDIDATES:
        expected = prior.updated(each.code, difference(tried(few, Strategy(each)).scores, direct))
        score = choice.ranking.scores[each.code]
        assert score.value == pytest.approx(expected.value)
        assert score.items == 6
        assert score.interval is not None
        assert score.interval.standard_error == pytest.approx(expected.variance**0.5)
    assert choice.ranking.provenance["pairs"] == ["fr-id", "de-zh"]
    assert 6 * 4 < choice.cost.passes <= 6 * 7
    earlier = DevelopmentPrior(items=6, earlier=pairs).rank(asked)
    assert earlier.ranking.scores == choice.ranking.scores


def test_without_items_the_prior_decides_and_it_is_said(asked: ChooserInput) -> None:
    pairs = (
        measured(asked, ("fr", "id"), en=0.1, es=0.4, it=-0.1),
        measured(asked, ("de", "zh"), en=0.3, es=0.2, it=0.0),
    )
    empty = replace(asked, task=replace(asked.task, development=()), measured=pairs)
    choice = DevelopmentPrior().rank(empty)
    assert choice.ranking.scores["es"].value == pytest.approx(fmean([0.4, 0.2]))
    assert choice.ranking.notes == (
        "There are no development items of bli, so the prior alone decides.",
    )
    assert choice.cost.passes == 0


def test_pairs_of_another_model_or_task_or_asked_otherwise_teach_nothing(
    asked: ChooserInput,
) -> None:
    one = measured(asked, ("fr", "id"), en=0.1)
    changed = ({"model": "another"}, {"task": "nli"}, {"shots": 4}, {"chat": True})
    others = (replace(one, shots=0, chat=False), *(replace(one, **each) for each in changed))
    with pytest.raises(TextError, match=r"at least 2 other pairs .* and there is 1; validate"):
        DevelopmentPrior().rank(replace(asked, measured=others))
