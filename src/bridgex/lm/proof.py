"""Proof, when a model is loaded, that its architecture row says what the model computes."""

from dataclasses import dataclass, field
from math import isfinite, isnan
from typing import Any, Protocol

import torch
from torch import nn
from torch.nn.functional import linear

from bridgex.errors import ModelError
from bridgex.lm.activations import Part, RoutedActivation
from bridgex.lm.rows import Architecture
from bridgex.lm.wiring import FeedForward, WiredDense, WiredExperts

PROOF_TOKENS = 16
TOLERANCE = {torch.float32: 1e-4, torch.float16: 1e-2, torch.bfloat16: 5e-2}


@dataclass
class _LayerRecord:
    """What the modules of one layer were given and returned."""

    parts: list[Part] = field(default_factory=list)
    inputs: dict[nn.Module, tuple[Any, ...]] = field(default_factory=dict)
    outputs: dict[nn.Module, torch.Tensor] = field(default_factory=dict)

    def keep(
        self,
        module: nn.Module,
        inputs: tuple[Any, ...],
        named: dict[str, Any],
        output: torch.Tensor,
    ) -> None:
        self.inputs[module] = (*inputs, *named.values())
        self.outputs[module] = output.clone()  # Falcon adds to it in place


class Wired(Protocol):
    """What a proof needs of a loaded model; `LanguageModel` is one."""

    model: Any
    architecture: Architecture
    layers: tuple[FeedForward, ...]
    context: int

    @property
    def base(self) -> nn.Module:
        """The text model without its head."""

    @property
    def vocabulary(self) -> int:
        """Number of tokens it knows."""


def prove(model: Wired) -> None:
    """Recompute what every FFN gives on a few tokens from its captured activation.

    A row that names the wrong module, or a model that uses it differently, does not pass; nor do
    weights that nobody trained.

    Raises:
        ModelError: a weight is not a number or infinite, or a matrix all zero; an FFN did not run,
            has another width, does not give what the captured activation leads to, or computes
            values that are not a number.
    """
    check_weights(model.model)
    seen = {layer.index: _LayerRecord() for layer in model.layers}
    handles = []
    for layer in model.layers:
        handles += layer.watch(seen[layer.index].parts.extend)
        for part in layer.parts:
            watched = (part.down, part.up) if isinstance(part, WiredDense) else (part.module,)
            handles += [
                module.register_forward_hook(seen[layer.index].keep, with_kwargs=True)
                for module in watched
                if module is not None
            ]
    ids = (torch.arange(1, min(PROOF_TOKENS, model.context) + 1) * 7919) % model.vocabulary
    try:
        with torch.inference_mode():
            model.base(input_ids=ids[None].to(model.model.device), use_cache=False)
    finally:
        for handle in handles:
            handle.remove()
    with torch.inference_mode():
        for layer in model.layers:
            _check(layer, seen[layer.index], model.architecture.family)


def check_weights(model: nn.Module) -> None:
    """Refuse weights that are not finite, and matrices that hold nothing but zeros.

    Codes of quantised weights and weights that are not in memory are not looked at.

    Raises:
        ModelError: there is such a tensor; the message names it.
    """
    with torch.inference_mode():
        for name, weight in model.named_parameters():
            if weight.is_meta or not weight.is_floating_point() or weight.element_size() == 1:
                continue
            if not weight.numel():
                continue
            low, high = (float(extreme) for extreme in weight.aminmax())
            if not (isfinite(low) and isfinite(high)):
                raise ModelError(
                    f"The weights '{name}' contain values that are infinite or not a number; fetch "
                    "the model again, or load it with --dtype float32 or bfloat16."
                )
            is_matrix = sum(size > 1 for size in weight.shape) > 1  # a bias may well be zero
            if low == high == 0 and is_matrix:
                raise ModelError(
                    f"The weights '{name}' are all zero; the file is damaged or was never trained, "
                    "so fetch the model again."
                )


def _check(layer: FeedForward, record: _LayerRecord, family: str) -> None:
    name = f"Layer {layer.index} of this {family} model"
    if len(record.parts) != len(layer.parts):
        raise ModelError(
            f"{name} ran the modules that its architecture row names as activation and experts "
            f"{len(record.parts)} times instead of {len(layer.parts)}; the row needs another path."
        )
    for wired, part in zip(layer.parts, record.parts, strict=True):
        if part.width != wired.width:
            raise ModelError(
                f"{name} has {part.width} activations where its architecture row leads to "
                f"{wired.width}; the row needs another path."
            )
        error = _error(wired, part, record)
        if isnan(error):
            raise ModelError(
                f"{name} computes values that are not a number in "
                f"{str(part.values.dtype).removeprefix('torch.')}; load it with --dtype float32 or "
                "bfloat16."
            )
        if not error <= TOLERANCE.get(part.values.dtype, max(TOLERANCE.values())):
            raise ModelError(
                f"{name} does not compute what its architecture row says (relative error "
                f"{error:.1e}); capture would give wrong numbers."
            )


def _error(wired: WiredDense | WiredExperts, part: Part, record: _LayerRecord) -> float:
    if isinstance(wired, WiredExperts) and isinstance(part, RoutedActivation):
        return _experts_error(wired, part, record)
    if isinstance(wired, WiredDense):
        return _dense_error(wired, part, record)
    raise TypeError(f"no proof for {type(wired).__name__} over {type(part).__name__}")


def _dense_error(wired: WiredDense, part: Part, record: _LayerRecord) -> float:
    """Difference between what ``down`` gave and what it gives on the captured activation."""
    hidden = part.values
    if wired.up is not None:
        up = record.outputs[wired.up].reshape(len(hidden), -1)
        if wired.up_half is not None:
            up = up.chunk(2, -1)[0 if wired.up_half == "first" else 1]
        hidden = hidden * up
    if wired.before_down is not None:
        hidden = wired.before_down(hidden)
    return _relative(wired.down(hidden), record.outputs[wired.down])


def _experts_error(wired: WiredExperts, part: RoutedActivation, record: _LayerRecord) -> float:
    """Difference between what the experts gave and what they give on the captured rows.

    Rows that are not of the token and expert they are captured as do not pass.
    """
    tokens, routes, weights = record.inputs[wired.module][:3]
    module: Any = wired.module
    transposed = getattr(module, "is_transposed", False)
    recomputed = torch.zeros_like(tokens)
    for expert in part.expert.unique().tolist():
        rows = part.expert == expert
        token = part.token[rows]
        into, out = module.gate_up_proj[expert], module.down_proj[expert]
        _, up = linear(tokens[token], into.T if transposed else into).chunk(2, -1)
        expert_output = linear(part.values[rows] * up, out.T if transposed else out)
        weight = (weights * (routes == expert)).sum(1)[token, None]
        recomputed.index_add_(0, token, (expert_output * weight).to(recomputed.dtype))
    return _relative(recomputed, record.outputs[wired.module])


def _relative(recomputed: torch.Tensor, output: torch.Tensor) -> float:
    scale = output.float().abs().max().clamp_min(1e-30)
    return float((recomputed.reshape(output.shape).float() - output.float()).abs().max() / scale)
