"""How several answers to an item become one: pure functions of weights and log-probabilities.

Members of different prompts score the same candidate answers. Each member's scores are normalised
over the candidates, so that they are probabilities, and pooled:

- ``average``: the mean of probabilities, a linear opinion pool (Stone 1961), as MultiAvg of
  Mohammadshahi et al. (2023) takes it over next tokens.
- ``average_log``: the mean of log-probabilities, a logarithmic pool (Genest and Zidek 1986).
- ``max``: the highest probability that any member gives (their MaxEns).
- ``rescore``: the probability that the direct prompt gives.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bridgex.evaluation.strategies import Pooling

DIGITS = 12
"""Decimals of support that count; what differs beyond is a tie."""


@dataclass(frozen=True)
class Ballot:
    """What one member says of an item.

    Attributes:
        weight: of the member.
        answer: the candidate that it answered; None where it gave no answer.
    """

    weight: float
    answer: str | None


def votes(ballots: Sequence[Ballot]) -> dict[str, float]:
    """Return candidate → the weight of the members that answered it."""
    answered = dict.fromkeys(each.answer for each in ballots if each.answer is not None)
    return {
        candidate: math.fsum(each.weight for each in ballots if each.answer == candidate)
        for candidate in answered
    }


def pooled(pooling: Pooling, scores: Sequence[tuple[float, Sequence[float]]]) -> tuple[float, ...]:
    """Return the support of each candidate.

    Args:
        pooling: how; any but ``vote``.
        scores: weight of each member and its scores of the candidates, in nats.

    Raises:
        ValueError: members scored different numbers of candidates.
    """
    total = math.fsum(weight for weight, _ in scores)
    even = [(weight / total if total else 1 / len(scores), row) for weight, row in scores]
    logs = [(weight, _normalised(row)) for weight, row in even]
    weights = [weight for weight, _ in logs]
    columns = zip(*(row for _, row in logs), strict=True)
    return tuple(_POOLS[pooling](weights, column) for column in columns)


def winner(support: Mapping[str, float], ballots: Sequence[Ballot]) -> str:
    """Return the candidate of highest support.

    Of several, the one that the heaviest member answered; then that of the first member.
    """

    def standing(candidate: str) -> tuple[float, float, int]:
        backers = [at for at, each in enumerate(ballots) if each.answer == candidate]
        heaviest = max((ballots[at].weight for at in backers), default=-1.0)
        return round(support[candidate], DIGITS), heaviest, -min(backers, default=len(ballots))

    return max(support, key=standing)


def _normalised(nats: Sequence[float]) -> list[float]:
    """Return scores as log-probabilities over the candidates."""
    top = max(nats)
    total = top + math.log(math.fsum(math.exp(value - top) for value in nats))
    return [value - total for value in nats]


def _mean(weights: Sequence[float], values: Sequence[float]) -> float:
    return math.fsum(weight * value for weight, value in zip(weights, values, strict=True))


_POOLS: Mapping[Pooling, Callable[[Sequence[float], Sequence[float]], float]] = {
    "average": lambda weights, logs: _mean(weights, [math.exp(value) for value in logs]),
    "average_log": _mean,
    "max": lambda weights, logs: max(
        math.exp(value) for weight, value in zip(weights, logs, strict=True) if weight
    ),
    "rescore": lambda weights, logs: _mean(weights, [math.exp(value) for value in logs]),
}
