"""Where the neurons are in each family of models: one row per family, proved at load.

A *neuron* is one coordinate of the hidden layer of the feed-forward network (FFN), read at the
output of its activation function: ``act(gate_proj(x))`` in a gated FFN, ``act(fc1(x))`` in a plain
one. This module is the only one that knows the module names of model families.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgex.errors import ModelError

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Architecture:
    """Module names of one family of decoder-only models.

    Attributes:
        family: name of the family (``llama``).
        model_types: values of ``config.model_type`` in transformers that belong to it.
        layers: path of the list of layers, from the model without its head.
        ffn: path of the FFN within a layer.
        activation: path, within the FFN, of the module whose output is the neurons' activation.
        down: path, within the FFN, of the projection that reads the neurons.
        up: path, within the FFN, of the projection that a gated FFN multiplies the activation
            with; None for a plain FFN.
    """

    family: str
    model_types: tuple[str, ...]
    layers: str = "layers"
    ffn: str = "mlp"
    activation: str = "act_fn"
    down: str = "down_proj"
    up: str | None = "up_proj"


ARCHITECTURES: list[Architecture] = [
    Architecture("llama", ("llama",)),
    Architecture("mistral", ("mistral",)),
    Architecture("qwen2", ("qwen2",)),
    Architecture("qwen3", ("qwen3",)),
    Architecture("gemma3", ("gemma3_text",)),
]


def architecture_of(model: "nn.Module") -> Architecture:
    """Return the row that fits a loaded transformers model.

    Raises:
        ModelError: no row names the model's type.
    """
    model_type = str(getattr(model.config, "model_type", ""))
    for row in ARCHITECTURES:
        if model_type in row.model_types:
            return row
    known = sorted({name for row in ARCHITECTURES for name in row.model_types})
    raise ModelError(
        f"Models of type '{model_type}' have no row in bridgex.lm.architectures (known: "
        f"{', '.join(known)}); add an Architecture row that names where its FFN activation is."
    )
