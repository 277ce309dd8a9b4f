"""What a row of the architecture table says of a family of models: where its neurons are.

A *neuron* is one coordinate of the hidden layer of the feed-forward network (FFN), read at the
output of its activation function: ``act(gate_proj(x))`` in a gated FFN, ``act(fc1(x))`` in a plain
one, and the same for each expert of a mixture.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Dense:
    """A feed-forward network of linear projections that runs on every token.

    Attributes:
        at: path of the FFN within its layer; empty where the projections are the layer's own.
        activation: path, within the FFN, of the module whose output is the neurons' activation.
        down: path, within the FFN, of the projection that reads the neurons.
        up: path, within the FFN, of the projection that a gated FFN multiplies the activation
            with; None for a plain FFN.
        up_half: which half of its output is meant, where ``up`` is merged with the gate.
        function: name of the activation function in transformers (``silu``), where the model calls
            it without a module; ``activation`` is then the projection whose output it is given.
        before_down: path, within the FFN, of a module between the product and ``down``.
    """

    at: str = "mlp"
    activation: str = "act_fn"
    down: str = "down_proj"
    up: str | None = "up_proj"
    up_half: Literal["first", "second"] | None = None
    function: str | None = None
    before_down: str | None = None


@dataclass(frozen=True)
class Experts:
    """A mixture of experts whose weights are 3-D tensors of one module, as transformers 5 has them.

    The neurons of a layer are those of expert 0, of expert 1, …, then those of the shared FFN.

    Attributes:
        at: path, within the layer, of the module with ``gate_up_proj`` and ``down_proj``.
        activation: path of the activation function within that module.
        shared: the FFN that runs on every token beside the experts; a layer may lack it.
    """

    at: str = "mlp.experts"
    activation: str = "act_fn"
    shared: Dense | None = None


@dataclass(frozen=True)
class Architecture:
    """Module names of one family of decoder-only models.

    Attributes:
        family: name of the family (``llama``).
        model_types: values of ``config.model_type`` in transformers that belong to it.
        layers: path of the list of layers, from the text model without its head.
        dense: the FFN of its layers, or of those without experts; None where all have experts.
        experts: the mixture of experts of some or all layers; None for a dense family.
        proved: whether a test of bridgex proves it on a small random model.
    """

    family: str
    model_types: tuple[str, ...]
    layers: str = "layers"
    dense: Dense | None = Dense()
    experts: Experts | None = None
    proved: bool = False

    @property
    def kind(self) -> str:
        """How its neurons are made: ``gated``, ``plain`` or ``experts``."""
        if self.experts is not None:
            return "experts"
        return "plain" if self.dense is None or self.dense.up is None else "gated"


@dataclass(frozen=True)
class Refusal:
    """A family that transformers loads and bridgex does not read, and why."""

    family: str
    model_types: tuple[str, ...]
    reason: str
