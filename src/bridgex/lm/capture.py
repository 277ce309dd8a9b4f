"""Activations read while the model runs, reduced at once.

Hooks sit on each layer's activation module and reduce its output on its own device: nothing of
size layers × width × tokens or × prompts is ever held, the head of the model never runs, and
layers above the highest one wanted do not run either.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

import torch
from torch import nn

from bridgex.lm.batches import Batch, Encoded, batches
from bridgex.lm.model import LanguageModel

Pooling = Literal["mean", "last"]
Progress = Callable[[int], None]
"""Called with the number of texts just finished."""


class Reduction(Protocol):
    """What is kept of the activations. A batch is accepted whole or, out of memory, not at all."""

    def reduce(self, layer: int, activation: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Return what to keep of ``activation``, (texts, tokens, width), small, on its device."""

    def accept(self, batch: Batch, kept: dict[int, torch.Tensor]) -> None:
        """Take what `reduce` returned for every wanted layer of one batch."""


class _LastLayerReached(Exception):  # noqa: N818  (not an error: ends a forward pass early)
    pass


def run(
    model: LanguageModel,
    texts: Sequence[Encoded],
    reduction: Reduction,
    layers: Sequence[int] | None = None,
    progress: Progress | None = None,
) -> int:
    """Run texts through the model and hand every wanted layer's activations to ``reduction``.

    Args:
        model: the model.
        texts: tokenised texts.
        reduction: sees each layer of each batch once.
        layers: which layers to read; all by default.
        progress: told how many texts each batch had.

    Returns:
        How many times a batch was halved for lack of memory.
    """
    wanted = sorted(range(len(model.layers)) if layers is None else layers)
    halved = 0
    waiting = list(batches(texts, model.pad))[::-1]
    with torch.inference_mode():
        while waiting:
            batch = waiting.pop()
            try:
                kept = _read(model, batch.to(model.model.device), reduction, wanted)
            except torch.OutOfMemoryError:
                if len(batch.rows) == 1:
                    raise
                waiting += batch.halves()[::-1]
                halved += 1
                continue
            reduction.accept(batch, kept)
            if progress:
                progress(len(batch.rows))
    return halved


def _read(
    model: LanguageModel, batch: Batch, reduction: Reduction, wanted: Sequence[int]
) -> dict[int, torch.Tensor]:
    kept: dict[int, torch.Tensor] = {}

    def hook(layer: int) -> Any:
        def read(_module: nn.Module, _inputs: Any, output: torch.Tensor) -> None:
            activation = output.reshape(*batch.ids.shape, output.shape[-1])
            kept[layer] = reduction.reduce(layer, activation, batch)
            if layer == wanted[-1] and layer != len(model.layers) - 1:
                raise _LastLayerReached

        return read

    handles = [model.layers[at].activation.register_forward_hook(hook(at)) for at in wanted]
    try:
        model.base(input_ids=batch.ids, attention_mask=batch.attended.long(), use_cache=False)
    except _LastLayerReached:
        pass
    finally:
        for handle in handles:
            handle.remove()
    return kept


class CountPositive:
    """Counts, per neuron, the counted tokens on which its activation is positive.

    Attributes:
        positive: per layer, (width,) int64.
        tokens: number of tokens counted.
    """

    def __init__(self, widths: Sequence[int]) -> None:
        self.positive = [torch.zeros(width, dtype=torch.int64) for width in widths]
        self.tokens = 0

    def reduce(self, layer: int, activation: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Return the counts of one layer of one batch, (width,) int64."""
        del layer
        return positive_counts(activation.flatten(0, 1), batch.counted.flatten())

    def accept(self, batch: Batch, kept: dict[int, torch.Tensor]) -> None:
        """Add one batch."""
        self.tokens += int(batch.counted.sum())
        for layer, counts in kept.items():
            self.positive[layer] += counts.cpu()


class PoolNeurons:
    """Pools the activations of chosen neurons over each text's tokens.

    Attributes:
        values: per layer, (chosen, texts) float32.
    """

    def __init__(self, chosen: Sequence[torch.Tensor], texts: int, pooling: Pooling) -> None:
        self.chosen = [mask.nonzero().squeeze(1) for mask in chosen]
        self.pooling = pooling
        self.values = [torch.full((len(index), texts), torch.nan) for index in self.chosen]

    def reduce(self, layer: int, activation: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Return one layer's pooled activations of one batch, (texts, chosen) float32."""
        index = self.chosen[layer].to(activation.device)
        counted = batch.counted.to(activation.device)
        if self.pooling == "last":
            places = torch.arange(counted.shape[1], device=counted.device)
            last = (places * counted).argmax(1)
            rows = torch.arange(len(last), device=last.device)
            return activation[rows, last][:, index].float()
        weights = counted / counted.sum(1, keepdim=True)
        return torch.einsum("bt,btk->bk", weights, activation[:, :, index].float())

    def accept(self, batch: Batch, kept: dict[int, torch.Tensor]) -> None:
        """Put one batch where its texts belong."""
        rows = torch.tensor(batch.rows)
        for layer, pooled in kept.items():
            self.values[layer][:, rows] = pooled.cpu().T


_BITS = {2: torch.int16, 4: torch.int32}
_ROWS = 2**15 - 1  # the highest count that fits in a 16-bit lane


def positive_counts(activation: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
    """Count, per neuron, the counted tokens with a positive activation.

    A floating-point number is positive exactly when its bits, read as a signed integer, are. That
    integer clamped to 0…1 is summed with two or four neurons riding in each 64-bit word, which
    costs a tenth of comparing, masking and adding booleans; what the few tokens not counted
    (padding, BOS) contribute is taken off again.

    Args:
        activation: (tokens, width).
        counted: (tokens,) bool.

    Returns:
        (width,) int64.
    """
    not_counted = (~counted.to(activation.device)).nonzero().squeeze(1)
    return _positives(activation) - _positives(activation[not_counted])


def _positives(activation: torch.Tensor) -> torch.Tensor:
    size = activation.element_size()
    if size not in _BITS or activation.shape[1] % (8 // size):
        return (activation > 0).sum(0)
    ones = activation.contiguous().view(_BITS[size]).clamp(0, 1)
    counts = torch.zeros(activation.shape[1], dtype=torch.int64, device=activation.device)
    for rows in ones.view(torch.int64).split(_ROWS):
        counts += rows.sum(0).view(_BITS[size])
    return counts
