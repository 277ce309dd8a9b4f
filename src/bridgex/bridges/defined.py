"""Refusing activations that no score can be computed from, before any is computed."""

from collections.abc import Iterable

import torch

from bridgex.dependence import Estimator
from bridgex.dependence.hsic import require_prompts
from bridgex.dependence.kernels import name_rows
from bridgex.errors import DependenceUndefinedError
from bridgex.neurons import ProbeActivations


def require_defined(
    activations: ProbeActivations, layers: Iterable[int], estimator: Estimator, *, deleted: int
) -> None:
    """Refuse too few prompts, and values that are NaN or infinite.

    Args:
        activations: what a score is to be computed from.
        layers: the layers that are scored.
        estimator: decides how many prompts are needed.
        deleted: how many prompts the score is also computed without.

    Raises:
        DependenceUndefinedError: naming the layer and the model's neurons, not their rows.
    """
    for layer in layers:
        values = activations.values[layer]
        require_prompts(values.shape[1], unbiased=estimator.unbiased, deleted=deleted)
        broken = torch.zeros_like(activations.neurons.mask[layer])
        broken[activations.neurons.mask[layer]] = ~values.isfinite().all(1)
        if broken.any():
            raise DependenceUndefinedError(
                f"NaN or infinite activations in layer {layer}, {name_rows(broken)}; capture the "
                f"probe again in float32"
            )
