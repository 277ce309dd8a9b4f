"""Positive activations per language, layer and neuron, with hooks as Tang et al. (2024) do it."""

from collections.abc import Callable
from typing import Any

import torch
import transformers

from benchmarks.peer_work.measured import Arrays, Handed, measure

Counts = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], list[torch.Tensor]]
"""Token ids, attended, counted → per layer, on how many counted tokens each neuron is positive."""


def load(handed: Handed) -> Any:
    """Return the model in evaluation mode, loaded by transformers."""
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    dtype = getattr(torch, handed.values["dtype"])
    model = transformers.AutoModelForCausalLM.from_pretrained(handed.values["model"], dtype=dtype)
    return model.eval().to(handed.values["device"])


def over_languages(handed: Handed, counts: Counts) -> Callable[[], Arrays]:
    """Return the work: the counts of every language, summed over its batches."""
    device = handed.values["device"]
    batches = {
        language: [
            tuple(torch.from_numpy(part) for part in batch) for batch in handed.batches(language)
        ]
        for language in handed.values["batches"]
    }

    def work() -> Arrays:
        found = {}
        for language, of_language in batches.items():
            total: list[torch.Tensor] = []
            for ids, attended, counted in of_language:
                here = counts(ids.to(device), attended.long().to(device), counted.to(device))
                total = [a + b for a, b in zip(total, here, strict=True)] if total else here
            found[language] = torch.stack(total).cpu().numpy()
        return found

    return work


def positive(activation: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
    """Return on how many counted tokens each neuron is positive, (width,)."""
    return ((activation > 0) & counted[..., None]).sum((0, 1))


def prepare(handed: Handed) -> Callable[[], Arrays]:
    model = load(handed).model

    def counts(
        ids: torch.Tensor, attended: torch.Tensor, counted: torch.Tensor
    ) -> list[torch.Tensor]:
        found: list[torch.Tensor] = []
        handles = [
            layer.mlp.act_fn.register_forward_hook(
                lambda _module, _inputs, output: found.append(positive(output, counted))
            )
            for layer in model.layers
        ]
        with torch.inference_mode():
            model(input_ids=ids, attention_mask=attended, use_cache=False)
        for handle in handles:
            handle.remove()
        return found

    return over_languages(handed, counts)


if __name__ == "__main__":
    measure("transformers", prepare)
