"""The FFNs of a loaded model, found by its architecture row and proved by recomputation."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from bridgex.errors import ModelError

if TYPE_CHECKING:
    from bridgex.lm.architectures import Architecture
    from bridgex.lm.model import LanguageModel


@dataclass(frozen=True)
class FeedForward:
    """The FFN of one layer.

    Attributes:
        index: number of the layer, from 0.
        ffn: the whole FFN module.
        activation: the module whose output is the neurons' activation.
        down: the projection that reads the neurons.
        up: the projection a gated FFN multiplies with, or None.
        width: number of neurons.
    """

    index: int
    ffn: nn.Module
    activation: nn.Module
    down: nn.Module
    up: nn.Module | None
    width: int


def feed_forwards(model: Any, row: "Architecture") -> tuple[FeedForward, ...]:
    """Return the FFN of every layer of a model.

    Raises:
        ModelError: the model does not have the modules the row names.
    """
    try:
        layers = model.base_model.get_submodule(row.layers)
        found = tuple(_feed_forward(at, layer, row) for at, layer in enumerate(layers))
    except AttributeError as problem:
        raise ModelError(
            f"This {row.family} model has no module where its architecture row says ({problem}); "
            "the row in bridgex.lm.architectures needs another path for this version."
        ) from problem
    expected = int(model.config.num_hidden_layers)
    if len(found) != expected:
        raise ModelError(
            f"The architecture row of {row.family} finds {len(found)} layers and the model's "
            f"configuration says {expected}; the row needs another path."
        )
    return found


def _feed_forward(index: int, layer: nn.Module, row: "Architecture") -> FeedForward:
    ffn = layer.get_submodule(row.ffn)
    down = ffn.get_submodule(row.down)
    up = ffn.get_submodule(row.up) if row.up is not None else None
    activation = ffn.get_submodule(row.activation)
    return FeedForward(index, ffn, activation, down, up, int(down.in_features))


PROBE_TOKENS = 5
TOLERANCE = {torch.float32: 1e-4, torch.float16: 1e-2, torch.bfloat16: 5e-2}


def prove(model: "LanguageModel") -> None:
    """Recompute every FFN's output on a few tokens from its captured activation.

    A row that names the wrong module, or a model that uses it differently, does not pass.

    Raises:
        ModelError: an FFN did not run, or its output is not what the captured activation gives.
    """
    seen: dict[tuple[int, str], torch.Tensor] = {}
    handles = []

    def keep(index: int, part: str) -> Any:
        def hook(_module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
            seen[index, part] = output[0] if isinstance(output, tuple) else output
            if part == "ffn":
                seen[index, "input"] = inputs[0]

        return hook

    for layer in model.layers:
        handles.append(layer.activation.register_forward_hook(keep(layer.index, "activation")))
        handles.append(layer.ffn.register_forward_hook(keep(layer.index, "ffn")))
    vocabulary = int(model.model.get_input_embeddings().weight.shape[0])
    ids = (torch.arange(1, PROBE_TOKENS + 1) * 7919) % vocabulary
    try:
        with torch.inference_mode():
            model.base(input_ids=ids[None].to(model.model.device), use_cache=False)
            for layer in model.layers:
                _check(layer, seen, model.architecture.family)
    finally:
        for handle in handles:
            handle.remove()


def _check(layer: FeedForward, seen: dict[tuple[int, str], torch.Tensor], family: str) -> None:
    try:
        activation = seen[layer.index, "activation"]
        inputs, output = seen[layer.index, "input"], seen[layer.index, "ffn"]
    except KeyError:
        raise ModelError(
            f"Layer {layer.index} of this {family} model never ran the module that its "
            "architecture row names as activation; the row needs another path."
        ) from None
    if activation.shape[-1] != layer.width:
        raise ModelError(
            f"Layer {layer.index} of this {family} model has {activation.shape[-1]} activations "
            f"where its architecture row leads to {layer.width}; the row needs another path."
        )
    hidden = activation if layer.up is None else activation * layer.up(inputs)
    again = layer.down(hidden).reshape(output.shape)
    scale = output.float().abs().max().clamp_min(1e-30)
    error = ((again.float() - output.float()).abs().max() / scale).item()
    if not error <= TOLERANCE.get(output.dtype, 5e-2):
        raise ModelError(
            f"Layer {layer.index} of this {family} model does not compute what its architecture "
            f"row says (relative error {error:.1e}); capture would give wrong numbers."
        )
