"""Whether language neurons are told apart by how often they are active, or by the rule for ties."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import quantiles

from bridgex.neurons.matrices import Matrices, matrices
from bridgex.neurons.selection import PUBLISHED_RATE, Selection, select
from bridgex.neurons.sets import NeuronSet
from bridgex.neurons.stats import ActivationStats

MOST_TIED = 0.1
"""Share of a language's neurons that the rule for ties may choose."""

MOST_ALIKE = 0.95
"""Similarity that at least a quarter of the pairs of languages must stay below."""

RATES = (PUBLISHED_RATE, 0.02, 0.05, 0.1, 0.2)
"""Rates that are tried in turn."""


@dataclass(frozen=True)
class Saturation:
    """How far a selection is from saying something of languages.

    On a small model or a short text many neurons are active on every token. Then the rule for ties
    chooses among them, and what two languages share is a matter of that rule.

    Attributes:
        language: code of the language of whose neurons ties decided the largest share.
        tied: that share.
        alike: first quartile of the similarity over pairs of languages; None without two values.
    """

    language: str
    tied: float
    alike: float | None

    @property
    def saturated(self) -> bool:
        """Whether overlap and similarity say nothing."""
        return bool(self.reasons)

    @property
    def reasons(self) -> tuple[str, ...]:
        """What is too much of, in words."""
        reasons = []
        if self.tied > MOST_TIED:
            reasons.append(f"ties alone decide {self.tied:.0%} of the neurons of {self.language}")
        if self.alike is not None and self.alike > MOST_ALIKE:
            reasons.append(f"three quarters of the pairs have a similarity above {MOST_ALIKE:g}")
        return tuple(reasons)


def saturation(neurons: Mapping[str, NeuronSet], pairwise: Matrices) -> Saturation:
    """Return how saturated the neurons of some languages are.

    Args:
        neurons: of each language.
        pairwise: the languages compared over the whole model.
    """
    shares = {code: each.tied / max(1, len(each)) for code, each in neurons.items()}
    most = max(shares, key=shares.__getitem__)
    values = [
        value for i, row in enumerate(pairwise.similarity) for value in row[:i] if value is not None
    ]
    alike = quantiles(values, n=4, method="inclusive")[0] if len(values) > 1 else None
    return Saturation(most, shares[most], alike)


def unsaturated(stats: Mapping[str, ActivationStats]) -> Selection:
    """Return the usual selection at the lowest of `RATES` at which it is not saturated.

    At the first of them where none helps.

    Args:
        stats: statistics of each language, on one model.

    Raises:
        RequestError: as for `bridgex.neurons.select`.
    """
    for rate in RATES:
        neurons = select(stats, Selection(rate=rate))
        if not saturation(neurons, matrices(stats, neurons)).saturated:
            return Selection(rate=rate)
    return Selection(rate=RATES[0])
