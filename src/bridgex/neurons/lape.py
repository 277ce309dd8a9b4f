"""Language activation probability entropy: neurons that are active on few languages.

T. Tang, W. Luo, H. Huang et al., "Language-Specific Neurons: The Key to Multilingual Capabilities
in Large Language Models", ACL 2024 (arXiv 2402.16438).
"""

import torch

from bridgex.errors import RequestError
from bridgex.neurons.ties import first

DECIMALS = 12
"""Entropies that agree to so many decimals are ties; less is rounding of the sum."""


def entropy(probability: torch.Tensor) -> torch.Tensor:
    """Return each neuron's LAPE in nats, (neurons,).

    The activation probabilities of a neuron are divided by their sum over languages; LAPE is the
    entropy −Σ p′ ln p′ of what results. A neuron that is never active has none and gets infinity.

    Args:
        probability: (languages, neurons).
    """
    total = probability.sum(0)
    share = probability / torch.where(total > 0, total, 1)
    return torch.where(total > 0, torch.special.entr(share).sum(0), torch.inf)


def percentile(probability: torch.Tensor, share: float) -> float:
    """Return the value that a ``share`` of all probabilities, of all languages, does not exceed.

    It is the round(share · entries)-th smallest entry, not interpolated, as in the published code.
    """
    flat = probability.flatten()
    return float(flat.kthvalue(max(1, round(share * len(flat)))).values)


def lape(
    probability: torch.Tensor, size: int, kept_above: float, active_above: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Take the neurons of lowest entropy and assign them to the languages they are active on.

    Neurons whose probability exceeds the percentile ``kept_above`` on no language are dropped. Of
    the others the ``size`` of lowest entropy are taken; among equals the highest maximum
    probability comes first, then the lowest layer and index. A neuron taken belongs to each
    language on which its probability exceeds the percentile ``active_above``: to several, to one,
    or to none where ``active_above`` is the higher one.

    Args:
        probability: (languages, neurons).
        size: how many neurons to take, over all languages together.
        kept_above: percentile of all probabilities, as a share (published: 0.95).
        active_above: percentile of all probabilities, as a share (published: 0.95).

    Returns:
        Two masks, (languages, neurons) bool: each language's neurons, and those of them that were
        taken among equals by the tie-breaking rule alone.

    Raises:
        RequestError: fewer than ``size`` neurons are left.
    """
    highest = probability.max(0).values
    threshold = percentile(probability, kept_above)
    kept = highest > threshold
    if int(kept.sum()) < size:
        raise RequestError(
            f"Only {int(kept.sum()):,} neurons have a probability above {threshold:.3g} "
            f"(percentile {kept_above * 100:g} of all) and {size:,} are asked for; ask for fewer, "
            "or lower kept_above."
        )
    score = torch.where(kept, -entropy(probability).round(decimals=DECIMALS), -torch.inf)
    taken, tied = first(score, -highest, size)
    active = probability > percentile(probability, active_above)
    return active & taken, active & tied
