"""Several cheap signals at once, weighed by what they told of other pairs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import ClassVar

import numpy

from bridgex.choosers.base import Choice, Chooser, ChooserInput
from bridgex.choosers.chain_likelihood import ChainLikelihood
from bridgex.choosers.english import ENGLISH
from bridgex.choosers.evidence import Estimate, MeasuredPair
from bridgex.choosers.latent_language import LatentLanguage
from bridgex.choosers.mexa import Mexa
from bridgex.choosers.overlap import Overlap
from bridgex.choosers.ranking import by_estimate
from bridgex.choosers.round_trip import RoundTrip
from bridgex.errors import BridgexError, RequestError, ServerError, StoreError, TextError

SIGNALS: tuple[Chooser, ...] = (
    Overlap(),
    ChainLikelihood(),
    ChainLikelihood(relative=True),
    LatentLanguage(),
    RoundTrip(),
    Mexa(),
)
"""Choosers that evaluate nothing; English is a signal beside them."""

FEWEST_PAIRS = 4
"""Other pairs: with fewer, leaving one out leaves too few to fit on."""

PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""Of the ridge regression; one is chosen by leaving out one pair at a time."""

BEYOND = 1.0
"""How far a signal may lie outside of what other pairs have, in their ranges."""


@dataclass(frozen=True)
class Fitted:
    """A ridge regression of the gain on signals, both relative to the pair's candidates.

    Attributes:
        signals: names of the signals.
        coefficients: of each, per standard deviation within a pair.
        penalty: of the regression.
        variance: of a left-out pair's gains around what the others predict.
    """

    signals: tuple[str, ...]
    coefficients: tuple[float, ...]
    penalty: float
    variance: float


@dataclass(frozen=True)
class Combined:
    """Ranks by the gain that cheap signals predict, weighed on other pairs alone.

    Each signal is standardised over the candidates of a pair; the gain over the pair's mean gain is
    predicted by ridge regression (Hoerl and Kennard 1970), whose penalty is chosen by leaving out
    one pair at a time. To the prediction the mean gain on the other pairs is added.

    Attributes:
        earlier: pairs measured elsewhere, beside those that `ChooserInput.measured` has.
        name: ``combined``.
    """

    earlier: tuple[MeasuredPair, ...] = ()
    name: str = "combined"

    learns: ClassVar[bool] = True

    def rank(self, inputs: ChooserInput) -> Choice:
        """Rank by the predicted gain.

        Raises:
            TextError: no signal serves this pair, or fewer than four other pairs have those that
                do.
            RequestError: a signal is far outside of what the other pairs have.
        """
        with inputs.session.metered() as meter:
            signals, missing = _signals_of(inputs)
        if not signals:
            raise TextError(f"{self.name} has no signal of this pair. {' '.join(missing.values())}")
        others = [
            each
            for each in inputs.other_pairs(self.earlier)
            if all(set(each.gains) <= set(each.signals.get(name, {})) for name in signals)
            and len(each.gains) > 1
        ]
        if len(others) < FEWEST_PAIRS:
            raise TextError(
                f"{self.name} learns from at least {FEWEST_PAIRS} other pairs with this model and "
                f"task, asked alike, with the scores of {', '.join(signals)}, and there "
                f"{'is' if len(others) == 1 else 'are'} {len(others) or 'none'}; validate more "
                "pairs together with these choosers, or give earlier results (--earlier)."
            )
        _require_within(signals, others)
        fitted = fit(others, tuple(signals))
        weights = dict(zip((ENGLISH, *signals), fitted.coefficients, strict=True))
        pairs = ["-".join(each.pair) for each in others]
        mean = fmean(gain.value for each in others for gain in each.gains.values())
        rows = _standardised(signals, inputs.codes)
        estimates = {
            code: Estimate(
                mean + sum(map(math.prod, zip(rows[code], fitted.coefficients, strict=True))),
                fitted.variance,
            )
            for code in inputs.codes
        }
        ranking = by_estimate(
            self.name,
            inputs,
            estimates,
            notes=[
                f"Ridge regression on {', '.join(pairs)}, penalty {fitted.penalty:g}, coefficients "
                f"{', '.join(f'{name} {value:+.3g}' for name, value in weights.items())}.",
                *(f"Without {name}: {why}" for name, why in missing.items()),
            ],
            coefficients=weights,
            penalty=fitted.penalty,
            fitted_on=pairs,
            residual_variance=fitted.variance,
            signals={name: dict(values) for name, values in signals.items()},
        )
        return Choice(ranking, self.name, meter.cost)


def fit(pairs: Sequence[MeasuredPair], signals: tuple[str, ...]) -> Fitted:
    """Fit the regression, its penalty chosen by leaving out one pair at a time.

    Args:
        pairs: at least two, each with all signals of at least two candidates.
        signals: names of choosers.
    """
    tables = [_table(pair, signals) for pair in pairs]

    def left_out(penalty: float) -> float:
        """Return the mean squared error on the pairs left out."""
        errors = []
        for at, (features, gains) in enumerate(tables):
            weights = _ridge([each for place, each in enumerate(tables) if place != at], penalty)
            errors += list((gains - features @ weights) ** 2)
        return float(numpy.mean(errors))

    errors = {penalty: left_out(penalty) for penalty in PENALTIES}
    penalty = min(PENALTIES, key=errors.__getitem__)
    weights = _ridge(tables, penalty)
    return Fitted(signals, tuple(map(float, weights)), penalty, errors[penalty])


def _ridge(tables: Sequence[tuple[numpy.ndarray, numpy.ndarray]], penalty: float) -> numpy.ndarray:
    features = numpy.concatenate([each for each, _ in tables])
    gains = numpy.concatenate([each for _, each in tables])
    square = features.T @ features + penalty * numpy.eye(features.shape[1])
    solved: numpy.ndarray = numpy.linalg.solve(square, features.T @ gains)
    return solved


def _table(pair: MeasuredPair, signals: Sequence[str]) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return a pair's features, (candidates, signals + 1), and its gains over their mean."""
    codes = tuple(pair.gains)
    rows = _standardised({name: pair.signals[name] for name in signals}, codes)
    gains = numpy.array([pair.gains[code].value for code in codes])
    return numpy.array([rows[code] for code in codes]), gains - gains.mean()


def _standardised(
    signals: Mapping[str, Mapping[str, float]], codes: Sequence[str]
) -> dict[str, list[float]]:
    """Return candidate → whether it is English, then each signal; 0 where all have the same."""
    english = {code: float(code == ENGLISH) for code in codes}
    rows: dict[str, list[float]] = {code: [] for code in codes}
    for values in (english, *signals.values()):
        mean = fmean(values[code] for code in codes)
        spread = pstdev(values[code] for code in codes)
        for code in codes:
            rows[code].append((values[code] - mean) / spread if spread else 0.0)
    return rows


def _signals_of(inputs: ChooserInput) -> tuple[dict[str, dict[str, float]], dict[str, str]]:
    """Return the signals that all candidates have, and why others are missing."""
    found: dict[str, dict[str, float]] = {}
    missing: dict[str, str] = {}
    for chooser in SIGNALS:
        try:
            scores = chooser.rank(inputs).ranking.scores
        except (StoreError, ServerError):
            raise
        except BridgexError as problem:
            missing[chooser.name] = str(problem)
            continue
        values = {code: score.value for code, score in scores.items()}
        known = {code: value for code, value in values.items() if value is not None}
        if len(known) < len(values):
            lacking = ", ".join(sorted(set(values) - set(known)))
            missing[chooser.name] = f"it has no score of {lacking}."
        else:
            found[chooser.name] = known
    return found, missing


def _require_within(
    signals: Mapping[str, Mapping[str, float]], others: Sequence[MeasuredPair]
) -> None:
    """Refuse signals far outside of what the regression is fitted on."""
    for name, values in signals.items():
        known = [value for each in others for value in each.signals[name].values()]
        low, high = min(known), max(known)
        reach = BEYOND * (high - low)
        for code, value in values.items():
            if not low - reach <= value <= high + reach:
                raise RequestError(
                    f"combined would extrapolate: {name} of {code} is {value:.3g}, and on the "
                    f"other pairs it lies between {low:.3g} and {high:.3g}; use another chooser, "
                    "or validate more pairs that are like this one."
                )
