"""The activations of one layer on one batch, and what may be kept of them.

A dense FFN has a value per token and neuron. A mixture of experts has rows, each the values of one
expert on one token routed to it; the neurons of an expert are 0, so not active, on other tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class DenseActivation:
    """Activations of an FFN that runs on every token.

    Attributes:
        values: (tokens, width), texts one after the other.
    """

    values: torch.Tensor

    @property
    def width(self) -> int:
        """Number of neurons."""
        return self.values.shape[1]

    def positive_counts(self, counted: torch.Tensor, left_out: torch.Tensor) -> torch.Tensor:
        """Count the counted tokens on which each neuron is positive, (width,) int64."""
        del counted
        return positive_counts(self.values, left_out)

    def pooled(self, index: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Sum chosen neurons over tokens with weights, (texts, chosen) float32."""
        chosen = self.values[:, index].float().masked_fill(weights.reshape(-1, 1) == 0, 0)
        return torch.einsum("bt,btk->bk", weights, chosen.view(*weights.shape, -1))

    def broken(self, counted: torch.Tensor) -> torch.Tensor:
        """Tell whether a value on a counted token is not a number, scalar bool."""
        return (self.values.amax(1).isnan() & counted).any()  # amax passes NaN on


@dataclass(frozen=True)
class RoutedActivation:
    """Activations of a mixture of experts.

    Attributes:
        values: (rows, width of an expert), a row for each token and expert it was routed to.
        expert: expert of each row, (rows,) int64.
        token: token of each row, texts one after the other, (rows,) int64.
        experts: number of experts.
    """

    values: torch.Tensor
    expert: torch.Tensor
    token: torch.Tensor
    experts: int

    @property
    def width(self) -> int:
        """Number of neurons of all experts."""
        return self.experts * self.values.shape[1]

    def positive_counts(self, counted: torch.Tensor, left_out: torch.Tensor) -> torch.Tensor:
        """Count the counted tokens on which each neuron is positive, (width,) int64."""
        del left_out
        active = (self.values > 0) & counted[self.token, None]
        counts = torch.zeros(
            (self.experts, self.values.shape[1]), dtype=torch.int32, device=self.values.device
        )
        return counts.index_add_(0, self.expert, active.int()).flatten().long()

    def pooled(self, index: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Sum chosen neurons over tokens with weights, (texts, chosen) float32."""
        unit, expert = index % self.values.shape[1], index // self.values.shape[1]
        weight = weights.flatten()[self.token, None]
        elsewhere = (self.expert[:, None] != expert) | (weight == 0)
        chosen = self.values[:, unit].float().masked_fill(elsewhere, 0) * weight
        pooled = chosen.new_zeros((len(weights), len(index)))
        return pooled.index_add_(0, self.token // weights.shape[1], chosen)

    def broken(self, counted: torch.Tensor) -> torch.Tensor:
        """Tell whether a value on a counted token is not a number, scalar bool."""
        return (self.values.amax(1).isnan() & counted[self.token]).any()


Part = DenseActivation | RoutedActivation
"""Neurons of a layer that follow each other: a dense FFN, or all routed experts."""


@dataclass(frozen=True)
class LayerActivation:
    """All neurons of one layer on one batch: its parts, in the order of their neurons."""

    parts: Sequence[Part]

    @property
    def device(self) -> torch.device:
        """Where the values are."""
        return self.parts[0].values.device

    def positive_counts(self, counted: torch.Tensor, left_out: torch.Tensor) -> torch.Tensor:
        """Count, per neuron, the counted tokens with a positive activation.

        Args:
            counted: (texts, tokens) bool.
            left_out: places of the tokens that are not counted, (k,) int64.

        Returns:
            (width,) int64.
        """
        flat = counted.flatten()
        return torch.cat([part.positive_counts(flat, left_out) for part in self.parts])

    def pooled(self, index: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Sum chosen neurons over each text's tokens.

        Args:
            index: the chosen neurons, ascending, (chosen,) int64.
            weights: weight of each token, (texts, tokens) float32; where 0, even a value that is
                not a number is left out.

        Returns:
            (texts, chosen) float32.
        """
        if len(self.parts) == 1:  # a choice by mask has to wait for its size
            return self.parts[0].pooled(index, weights)
        pooled, first = [], 0
        for part in self.parts:
            here = (index >= first) & (index < first + part.width)
            pooled.append(part.pooled(index[here] - first, weights))
            first += part.width
        return torch.cat(pooled, 1)

    def broken(self, counted: torch.Tensor) -> torch.Tensor:
        """Tell whether a value on a counted token is not a number, scalar bool."""
        return torch.stack([part.broken(counted.flatten()) for part in self.parts]).any()


_BITS = {2: torch.int16, 4: torch.int32}
_ROWS = 2**15 - 1  # the highest count that fits in a 16-bit lane


def positive_counts(activation: torch.Tensor, left_out: torch.Tensor) -> torch.Tensor:
    """Count, per neuron, the counted tokens with a positive activation.

    A floating-point number is positive exactly when its bits, read as a signed integer, are. That
    integer clamped to 0…1 is summed with two or four neurons riding in each 64-bit word, which
    costs a tenth of comparing, masking and adding booleans; what the few tokens not counted
    (padding, BOS) contribute is taken off again.

    Args:
        activation: (tokens, width); on counted tokens free of NaN, whose sign bit says nothing
            (`bridgex.lm.capture.run` refuses them).
        left_out: places of the tokens that are not counted, (k,) int64.

    Returns:
        (width,) int64.
    """
    return _positives(activation) - _positives(activation[left_out])


def _positives(activation: torch.Tensor) -> torch.Tensor:
    size = activation.element_size()
    if size not in _BITS or activation.shape[1] % (8 // size):
        return (activation > 0).sum(0)
    ones = activation.contiguous().view(_BITS[size]).clamp(0, 1)
    counts = torch.zeros(activation.shape[1], dtype=torch.int64, device=activation.device)
    for rows in ones.view(torch.int64).split(_ROWS):
        counts += rows.sum(0).view(_BITS[size])
    return counts
