"""Activations of the tiny models computed by hand.

The oracle knows nothing of bridgex: it listens to the projection *before* the activation function
(or to the input of the experts, whose weights it multiplies itself) and applies the function.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from tests.lm.tiny import TINY, transformers_model


@contextmanager
def hand(model: nn.Module, family: str) -> Iterator[list[dict[str, torch.Tensor]]]:
    """Fill, in the block, one dict per layer with the neurons' activations, (tokens, width)."""
    tiny = TINY[family]
    count = int(model.config.num_hidden_layers)  # type: ignore[union-attr, arg-type]
    seen: list[dict[str, torch.Tensor]] = [{} for _ in range(count)]
    handles = []

    def gate(at: int, key: str) -> Any:
        def hook(_module: nn.Module, _inputs: Any, output: torch.Tensor) -> None:
            before = output.flatten(0, -2)
            before = before.chunk(2, -1)[0] if tiny.half else before
            seen[at][key] = tiny.function(before)

        return hook

    def experts(at: int) -> Any:
        def hook(module: Any, inputs: Any) -> None:
            x, routes = inputs[0], inputs[1]
            into = module.gate_up_proj.mT if tiny.transposed else module.gate_up_proj
            width = into.shape[1] // 2
            dense = torch.zeros(len(x), len(into), width)
            for token, chosen in enumerate(routes.tolist()):
                for expert in chosen:
                    dense[token, expert] = tiny.function(into[expert, :width] @ x[token])
            seen[at]["experts"] = dense.flatten(1)

        return hook

    for at in range(count):
        path = None if tiny.experts is None else tiny.experts.format(at)
        if path is not None and has(model, path):
            handles.append(model.get_submodule(path).register_forward_pre_hook(experts(at)))
            if tiny.shared is not None:
                shared = model.get_submodule(tiny.shared.format(at))
                handles.append(shared.register_forward_hook(gate(at, "shared")))
        else:
            module = model.get_submodule(tiny.gate.format(at))
            handles.append(module.register_forward_hook(gate(at, "dense")))
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def has(model: nn.Module, path: str) -> bool:
    try:
        model.get_submodule(path)
    except AttributeError:
        return False
    return True


def by_hand(family: str, texts: Sequence[Sequence[int]]) -> list[list[torch.Tensor]]:
    """Activations of each text alone, unpadded: per text, per layer, (tokens, width)."""
    model = transformers_model(family)
    whole = []
    for ids in texts:
        with hand(model, family) as seen, torch.inference_mode():
            model(input_ids=torch.tensor([ids]), use_cache=False)
        whole.append([torch.cat([layer[key] for key in sorted(layer)], 1) for layer in seen])
    return whole
