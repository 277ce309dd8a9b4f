"""Activations read while the model runs, reduced at once.

Hooks sit on each layer's activation module and reduce its output on its own device: nothing of
size layers × width × tokens or × prompts is ever held, the head of the model never runs, and
layers above the highest one wanted do not run either.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import torch

from bridgex.errors import ModelError, RequestError
from bridgex.lm.activations import LayerActivation, Part
from bridgex.lm.batches import PADDED_TOKENS, Batch, Encoded, batches, moved
from bridgex.lm.budget import padded_tokens
from bridgex.lm.memory import require_memory_problem
from bridgex.lm.model import LanguageModel

Pooling = Literal["mean", "last", "word"]
Progress = Callable[[int], None]
"""Called with the number of texts just finished."""


class Reduction(Protocol):
    """What is kept of the activations. A batch is accepted whole or, out of memory, not at all."""

    def reduce(self, layer: int, activation: LayerActivation, batch: Batch) -> torch.Tensor:
        """Return what to keep of a layer's activations on a batch, small, on their device."""

    def accept(self, batch: Batch, kept: dict[int, torch.Tensor]) -> None:
        """Take what `reduce` returned for every wanted layer of one batch, on the CPU."""


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
        progress: called with the number of texts of each finished batch.

    Returns:
        How many times a batch was split for lack of memory.

    Raises:
        ModelError: an activation on a counted token is not a number, or memory runs out on a
            single text.
        RequestError: no layer is to be read.
    """
    wanted = sorted(range(len(model.layers)) if layers is None else layers)
    if not wanted:
        raise RequestError("No layer is to be read: no neuron was chosen.")
    model.require_embeddings(texts)
    oom_splits = 0
    waiting = list(batches(texts, model.pad, padded_tokens(model, PADDED_TOKENS)))[::-1]
    running: _Read | None = None
    with torch.inference_mode():
        while waiting or running:
            following = None
            if waiting:
                batch = waiting.pop()
                try:
                    following = _read(model, batch, reduction, wanted)
                except RuntimeError as problem:
                    require_memory_problem(problem, len(batch.rows))
                    waiting += batch.halves()[::-1]
                    oom_splits += 1
            if running:  # its values are waited for when the device has the next batch to do
                batch, kept = running.fetched(model)
                reduction.accept(batch, kept)
                if progress:
                    progress(len(batch.rows))
            running = following
    return oom_splits


@dataclass(frozen=True)
class _Read:
    """What is kept of a batch, still on its device, and whether it has values not a number."""

    batch: Batch
    kept: Mapping[int, torch.Tensor]
    broken: torch.Tensor

    def fetched(self, model: LanguageModel) -> tuple[Batch, dict[int, torch.Tensor]]:
        """Return the batch and what is kept of each layer, on the CPU: one copy for all.

        Raises:
            ModelError: a value is not a number.
        """
        values = [*self.kept.values()]
        device = values[0].device
        flat = [each.flatten().to(device) for each in values]
        *layers, broken = (
            torch.cat([*flat, self.broken.reshape(1).to(device, values[0].dtype)])
            .cpu()
            .split([*(each.numel() for each in values), 1])
        )
        if broken.item():
            raise model.not_a_number()
        shaped = (layer.view(each.shape) for layer, each in zip(layers, values, strict=True))
        return self.batch, dict(zip(self.kept, shaped, strict=True))


def _read(model: LanguageModel, batch: Batch, reduction: Reduction, wanted: Sequence[int]) -> _Read:
    """Run a batch and keep of each wanted layer what is wanted.

    What is not a number in one layer makes its token so in every later one.
    """
    kept: dict[int, torch.Tensor] = {}
    broken: list[torch.Tensor] = []
    there = batch.to(model.model.device)

    def reader(layer: int) -> Callable[[Sequence[Part]], None]:
        def read(parts: Sequence[Part]) -> None:
            activation = LayerActivation(parts)
            here = there.to(activation.device)
            kept[layer] = reduction.reduce(layer, activation, here)
            if layer == wanted[-1]:
                broken.append(activation.broken(here.counted))
                raise _LastLayerReached

        return read

    handles = [handle for at in wanted for handle in model.layers[at].watch(reader(at))]
    try:
        model.base(**_inputs(model, there))
    except _LastLayerReached:
        pass
    finally:
        for handle in handles:
            handle.remove()
    return _Read(batch, kept, broken[0])


def _inputs(model: LanguageModel, batch: Batch) -> dict[str, Any]:
    """What the model is called with; positions count the attended tokens, wherever padding is."""
    inputs = {
        "input_ids": batch.ids,
        "attention_mask": batch.attended.long(),
        "use_cache": False,
    }
    if model.takes_positions:
        inputs["position_ids"] = (batch.attended.cumsum(1) - 1).clamp_min(0)
    return inputs


class CountPositive:
    """Counts, per neuron, the counted tokens on which its activation is positive.

    Attributes:
        positive: per layer, (width,) int64.
        tokens: number of tokens counted.
    """

    def __init__(self, widths: Sequence[int]) -> None:
        self.positive = [torch.zeros(width, dtype=torch.int64) for width in widths]
        self.tokens = 0

    def reduce(self, layer: int, activation: LayerActivation, batch: Batch) -> torch.Tensor:
        """Return the counts of one layer of one batch, (width,) int64."""
        del layer
        return activation.positive_counts(batch.counted, batch.left_out)

    def accept(self, batch: Batch, kept: dict[int, torch.Tensor]) -> None:
        """Add one batch."""
        self.tokens += int(batch.counted.sum())
        for layer, counts in kept.items():
            self.positive[layer] += counts


class PoolNeurons:
    """Pools the activations of chosen neurons over each text's tokens.

    Attributes:
        values: per layer, (chosen, texts) float32.
    """

    def __init__(self, chosen: Sequence[torch.Tensor], texts: int, pooling: Pooling) -> None:
        self.chosen = [mask.nonzero().squeeze(1) for mask in chosen]
        self.pooling = pooling
        self.values = [torch.full((len(index), texts), torch.nan) for index in self.chosen]
        self._there: dict[tuple[int, torch.device], torch.Tensor] = {}

    def reduce(self, layer: int, activation: LayerActivation, batch: Batch) -> torch.Tensor:
        """Return one layer's pooled activations of one batch, (texts, chosen) float32."""
        place = layer, activation.device
        if place not in self._there:
            self._there[place] = moved(self.chosen[layer], activation.device)
        return activation.pooled(self._there[place], _weights(batch, self.pooling))

    def accept(self, batch: Batch, kept: dict[int, torch.Tensor]) -> None:
        """Put one batch where its texts belong.

        Raises:
            ModelError: a text has only special tokens, so nothing to pool over.
        """
        if not batch.counted.any(1).all():
            raise ModelError("A text has no token but special ones; leave empty texts out.")
        rows = torch.tensor(batch.rows)
        for layer, pooled in kept.items():
            self.values[layer][:, rows] = pooled.T


def _weights(batch: Batch, pooling: Pooling) -> torch.Tensor:
    """Return the weight of each token, (texts, tokens) float32; a text's sum to 1."""
    if pooling == "word":
        if batch.word is None:
            raise RequestError("Pooling over the word needs texts from encode_quoted().")
        return batch.word / batch.word.sum(1, keepdim=True)
    if pooling == "last":
        places = torch.arange(batch.counted.shape[1], device=batch.counted.device)
        last = (places * batch.counted).argmax(1)
        return torch.nn.functional.one_hot(last, len(places)).float()
    return batch.counted / batch.counted.sum(1, keepdim=True)
