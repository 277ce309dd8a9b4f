"""Signals weighed on other pairs: against numpy's least squares, and where it refuses."""

import math
from dataclasses import replace
from pathlib import Path

import numpy
import pytest

from bridgex.choosers import Chooser, ChooserInput
from bridgex.choosers.base import Choice
from bridgex.choosers.combined import PENALTIES, Combined, fit
from bridgex.choosers.evidence import Estimate, MeasuredPair
from bridgex.choosers.ranking import by_value
from bridgex.errors import RequestError, TextError
from bridgex.session import Cost
from tests.choosers.asking import chooser_input

CODES = ("en", "es", "it")


class Signal:
    """A chooser with scores of its own."""

    def __init__(self, name: str, **values: float) -> None:
        self.name, self.values = name, values

    def rank(self, inputs: ChooserInput) -> Choice:
        if not self.values:
            raise TextError("There is nothing to see.")
        return Choice(by_value(self.name, inputs, self.values, why="is high"), self.name, Cost(1))


def pairs(inputs: ChooserInput, count: int, seed: int = 0) -> tuple[MeasuredPair, ...]:
    """Pairs whose gains follow the signal ``good``, and not ``noise``."""
    draw = numpy.random.default_rng(seed)
    identity = inputs.session.model.identity
    made = []
    for at in range(count):
        good = {code: draw.uniform(0, 1) for code in CODES}
        noise = {code: draw.uniform(0, 1) for code in CODES}
        gains = {code: Estimate(0.2 * good[code] - 0.1, 0.001) for code in CODES}
        signals = {"good": good, "noise": noise}
        model = f"{identity} {identity.dtype}"
        made.append(MeasuredPair(model, inputs.task.name, ("fr", f"z{at}"), gains, signals))
    return tuple(made)


@pytest.fixture
def asked(tiny_folder: Path, tmp_path: Path) -> ChooserInput:
    return chooser_input(tiny_folder, tmp_path)


def signals(monkeypatch: pytest.MonkeyPatch, *given: Chooser) -> None:
    monkeypatch.setattr("bridgex.choosers.combined.SIGNALS", given)


def test_the_regression_is_ridge_with_its_penalty_by_leaving_out_pairs(asked: ChooserInput) -> None:
    known = pairs(asked, 5)
    names = ("good", "noise")
    fitted = fit(known, names)

    def table(pair: MeasuredPair) -> tuple[numpy.ndarray, numpy.ndarray]:
        columns = [[float(code == "en") for code in CODES]]
        columns += [[pair.signals[name][code] for code in CODES] for name in names]
        rows = numpy.array(columns).T
        gains = numpy.array([pair.gains[code].value for code in CODES])
        return (rows - rows.mean(0)) / rows.std(0), gains - gains.mean()

    def ridge(some: tuple[MeasuredPair, ...], penalty: float) -> numpy.ndarray:
        features, gains = (numpy.concatenate(each) for each in zip(*map(table, some), strict=True))
        features = numpy.vstack([features, math.sqrt(penalty) * numpy.eye(3)])
        solved = numpy.linalg.lstsq(features, numpy.concatenate([gains, numpy.zeros(3)]))[0]
        return numpy.asarray(solved)

    def error(penalty: float) -> float:
        squares = []
        for left in known:
            features, gains = table(left)
            weights = ridge(tuple(each for each in known if each is not left), penalty)
            squares += list((features @ weights - gains) ** 2)
        return float(numpy.mean(squares))

    assert fitted.penalty == min(PENALTIES, key=error)
    assert fitted.variance == pytest.approx(error(fitted.penalty))
    assert fitted.coefficients == pytest.approx(ridge(known, fitted.penalty))
    assert abs(fitted.coefficients[1]) > 2 * abs(fitted.coefficients[2])


def test_it_ranks_by_what_told_of_other_pairs(
    asked: ChooserInput, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = Signal("good", en=0.1, es=0.5, it=0.9)
    signals(monkeypatch, good, Signal("noise", en=0.9, es=0.5, it=0.1), Signal("blind"))
    choice = Combined().rank(replace(asked, measured=pairs(asked, 6)))
    ranking = choice.ranking
    assert list(ranking.scores) == ["it", "es", "en"]
    fitted, without = ranking.notes
    assert fitted.startswith(
        "Ridge regression on fr-z0, fr-z1, fr-z2, fr-z3, fr-z4, fr-z5, penalty"
    )
    assert f"good {ranking.provenance['coefficients']['good']:+.3g}, noise" in fitted
    assert without == "Without blind: There is nothing to see."
    assert set(ranking.provenance["coefficients"]) == {"en", "good", "noise"}
    assert ranking.provenance["fitted_on"] == [f"fr-z{at}" for at in range(6)]
    turned = Combined(earlier=pairs(asked, 6)).rank(
        replace(asked, candidates=asked.candidates[::-1])
    )
    assert turned.ranking.scores["it"].value == pytest.approx(ranking.scores["it"].value)


def test_it_refuses_to_extrapolate_and_too_few_pairs(
    asked: ChooserInput, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = Signal("noise", en=0.9, es=0.5, it=0.1)
    signals(monkeypatch, Signal("good", en=0.1, es=0.5, it=4.0), noise)
    with pytest.raises(RequestError, match="would extrapolate: good of it is 4"):
        Combined(earlier=pairs(asked, 6)).rank(asked)
    signals(monkeypatch, Signal("good", en=0.1, es=0.5, it=0.9), noise)
    with pytest.raises(TextError, match=r"at least 4 other pairs .* good, noise, and there are 3"):
        Combined(earlier=pairs(asked, 3)).rank(asked)
    own = tuple(replace(each, pair=("de", "id")) for each in pairs(asked, 6))
    with pytest.raises(TextError, match="there are none"):
        Combined(earlier=own).rank(asked)
    without = tuple(replace(each, signals={"good": each.signals["good"]}) for each in own)
    with pytest.raises(TextError, match="there are none"):
        Combined(earlier=without).rank(asked)
    signals(monkeypatch, Signal("blind"))
    with pytest.raises(TextError, match="no signal of this pair"):
        Combined(earlier=pairs(asked, 6)).rank(asked)
