"""The FFNs of a loaded model, found by its architecture row, and hooks that read their neurons."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

from bridgex.errors import ModelError
from bridgex.lm.activations import DenseActivation, Part, RoutedActivation
from bridgex.lm.architectures import is_activation, text_config
from bridgex.lm.rows import Architecture, Dense, Experts


@dataclass(frozen=True)
class WiredDense:
    """A dense FFN in a loaded model.

    Attributes:
        activation: module whose output is the neurons' activation, or what ``function`` is given.
        function: the activation function where the model calls it without a module.
        down: the projection that reads the neurons.
        up: the projection a gated FFN multiplies with, or None.
        up_half: which half of its output, where merged with the gate.
        before_down: module between the product and ``down``, or None.
        width: number of neurons.
    """

    activation: nn.Module
    function: nn.Module | None
    down: nn.Module
    up: nn.Module | None
    up_half: str | None
    before_down: nn.Module | None
    width: int

    def watch(self, deliver: Callable[[Part], None]) -> list[RemovableHandle]:
        """Hand over the activations of each forward pass, until the handles are removed."""

        def read(_module: nn.Module, _inputs: Any, output: torch.Tensor) -> None:
            values = output if self.function is None else self.function(output)
            deliver(DenseActivation(values.reshape(-1, values.shape[-1])))

        return [self.activation.register_forward_hook(read)]


@dataclass(frozen=True)
class WiredExperts:
    """A mixture of experts in a loaded model.

    Attributes:
        module: the module that holds the experts' weights.
        activation: its activation function.
        experts: number of experts.
        unit_width: number of neurons of one expert.
    """

    module: nn.Module
    activation: nn.Module
    experts: int
    unit_width: int

    @property
    def width(self) -> int:
        """Number of neurons of all experts."""
        return self.experts * self.unit_width

    def watch(self, deliver: Callable[[Part], None]) -> list[RemovableHandle]:
        """Hand over the activations of each forward pass, until the handles are removed."""
        fired: list[torch.Tensor] = []

        def start(_module: nn.Module, _inputs: Any) -> None:
            fired.clear()

        def read(_module: nn.Module, _inputs: Any, output: torch.Tensor) -> None:
            fired.append(output)

        def finish(module: Any, inputs: Any, named: dict[str, Any], _output: Any) -> None:
            routes = named["top_k_index"] if "top_k_index" in named else inputs[1]
            token, expert = routed_rows(routes, str(module.config._experts_implementation))
            values = fired[0] if len(fired) == 1 else torch.cat(fired)
            fired.clear()
            deliver(RoutedActivation(values, expert, token, self.experts))

        return [
            self.module.register_forward_pre_hook(start),
            self.activation.register_forward_hook(read),
            self.module.register_forward_hook(finish, with_kwargs=True),
        ]


def routed_rows(routes: torch.Tensor, implementation: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Return token and expert of each row that the activation function sees.

    transformers offers three implementations that call the function: ``eager`` goes from expert to
    expert, within one from rank to rank; ``grouped_mm`` sorts the (token, rank) pairs by expert;
    ``batched_mm`` leaves them as they come.

    Args:
        routes: the experts each token goes to, (tokens, ranks) int64.
        implementation: name of the experts implementation.

    Raises:
        ModelError: another implementation, whose kernels never call the function.
    """
    ranks = routes.shape[1]
    if implementation == "batched_mm":
        expert, order = routes.flatten(), torch.arange(routes.numel(), device=routes.device)
    elif implementation == "grouped_mm":
        expert, order = torch.sort(routes.flatten())  # the very call whose order is wanted
    elif implementation == "eager":
        by_rank = torch.arange(routes.numel(), device=routes.device).view_as(routes).T.flatten()
        expert, rows = torch.sort(routes.T.flatten(), stable=True)
        order = by_rank[rows]
    else:
        raise ModelError(
            f"The experts implementation '{implementation}' never calls the activation function; "
            "load the model with experts_implementation='grouped_mm'."
        )
    return order // ranks, expert


@dataclass(frozen=True)
class FeedForward:
    """The neurons of one layer.

    Attributes:
        index: number of the layer, from 0.
        parts: a dense FFN; or routed experts, then the FFN beside them if there is one.
        width: number of neurons.
    """

    index: int
    parts: tuple[WiredDense | WiredExperts, ...]
    width: int

    def watch(self, deliver: Callable[[Sequence[Part]], None]) -> list[RemovableHandle]:
        """Hand over all parts of the layer, in order, as soon as the last of them is there."""
        arrived: dict[int, Part] = {}

        def take(at: int) -> Callable[[Part], None]:
            def deliver_one(part: Part) -> None:
                arrived[at] = part
                if len(arrived) == len(self.parts):
                    whole = [arrived.pop(at) for at in range(len(self.parts))]
                    deliver(whole)

            return deliver_one

        return [handle for at, part in enumerate(self.parts) for handle in part.watch(take(at))]


def text_model(model: Any) -> nn.Module:
    """Return the text model without its head, also from within a multimodal wrapper."""
    inner = text_config(model.config) is not model.config
    text: nn.Module = model.get_decoder() if inner else model.base_model
    return text


def feed_forwards(model: Any, row: Architecture) -> tuple[FeedForward, ...]:
    """Return the neurons of every layer of a model.

    Raises:
        ModelError: the model does not have the modules or layers the row names.
    """
    try:
        layers: Any = text_model(model).get_submodule(row.layers)
        wired = tuple(_feed_forward(at, layer, row) for at, layer in enumerate(layers))
    except AttributeError as problem:
        raise ModelError(
            f"This {row.family} model has no module where its architecture row says ({problem}); "
            "the row needs another path for this version of transformers."
        ) from problem
    expected = int(text_config(model.config).num_hidden_layers)
    if len(wired) != expected:
        raise ModelError(
            f"The architecture row of {row.family} finds {len(wired)} layers and the model's "
            f"configuration says {expected}; the row needs another path."
        )
    return wired


def _feed_forward(index: int, layer: nn.Module, row: Architecture) -> FeedForward:
    parts: list[WiredDense | WiredExperts] = []
    if row.experts is not None and (row.dense is None or _has(layer, row.experts.at)):
        parts.append(_experts(layer, row.experts))
        if row.experts.shared is not None and _has(layer, row.experts.shared.at):
            parts.append(_dense(layer, row.experts.shared))
    elif row.dense is not None:
        parts.append(_dense(layer, row.dense))
    _require_all(layer, parts, row.family)
    return FeedForward(index, tuple(parts), sum(part.width for part in parts))


def _require_all(layer: nn.Module, parts: Sequence[WiredDense | WiredExperts], family: str) -> None:
    """Refuse a row that leaves out experts, or an FFN beside them, and so neurons of the layer."""
    experts = {part.module for part in parts if isinstance(part, WiredExperts)}
    read = {part.activation for part in parts}
    left_out = [
        path
        for path, module in layer.named_modules()
        if (isinstance(getattr(module, "gate_up_proj", None), nn.Parameter) or "shared" in path)
        and module not in experts
        and any(is_activation(inner) and inner not in read for inner in module.modules())
    ]
    if left_out:
        raise ModelError(
            f"The architecture row of {family} leaves out '{left_out[0]}', which has neurons too; "
            "add it to the row's experts."
        )


def _has(layer: nn.Module, path: str) -> bool:
    try:
        layer.get_submodule(path)
    except AttributeError:
        return False
    return True


def _dense(layer: nn.Module, row: Dense) -> WiredDense:
    from transformers.activations import ACT2FN

    ffn = layer.get_submodule(row.at)
    down = ffn.get_submodule(row.down)
    return WiredDense(
        activation=ffn.get_submodule(row.activation),
        function=None if row.function is None else ACT2FN[row.function],
        down=down,
        up=None if row.up is None else ffn.get_submodule(row.up),
        up_half=row.up_half,
        before_down=None if row.before_down is None else ffn.get_submodule(row.before_down),
        width=_input_width(down),
    )


def _input_width(projection: Any) -> int:
    """Number of inputs; transformers' Conv1D (GPT-2) keeps its weight as (inputs, outputs)."""
    if hasattr(projection, "in_features"):
        return int(projection.in_features)
    return int(projection.get_parameter("weight").shape[0])


def _experts(layer: nn.Module, row: Experts) -> WiredExperts:
    module = layer.get_submodule(row.at)
    down = module.get_parameter("down_proj")
    if not down.is_floating_point() or down.element_size() == 1:
        raise ModelError(
            f"The experts of this model are quantised ({str(down.dtype).removeprefix('torch.')}), "
            "and what they compute cannot be proved; load the model without quantisation."
        )
    units = down.shape[1] if getattr(module, "is_transposed", False) else down.shape[2]
    return WiredExperts(module, module.get_submodule(row.activation), len(down), int(units))
