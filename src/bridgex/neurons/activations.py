"""Activations of chosen neurons on the prompts of a pair."""

from dataclasses import dataclass

import torch

from bridgex.neurons.sets import NeuronSet


@dataclass(frozen=True, eq=False)
class ProbeActivations:
    """Pooled activations of chosen neurons on the prompts of a pair.

    Attributes:
        pair: codes of source and target language.
        neurons: the chosen neurons.
        values: per layer, (chosen neurons in order of index, prompts) float32.
        straddling: tokens of quoted words that reach beyond the word, where pooling is over it.
        oom_splits: how often a batch was split for lack of memory.
    """

    pair: tuple[str, str]
    neurons: NeuronSet
    values: tuple[torch.Tensor, ...]
    straddling: int = 0
    oom_splits: int = 0

    def of(self, chosen: NeuronSet, layer: int) -> torch.Tensor:
        """Return the rows of ``chosen`` neurons of one layer, (neurons, prompts)."""
        return self.values[layer][chosen.mask[layer][self.neurons.mask[layer]]]
