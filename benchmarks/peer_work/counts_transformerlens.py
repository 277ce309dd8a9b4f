"""Positive activations per language, layer and neuron, read with TransformerLens.

Its bridge has a hook point behind the gate's projection and none behind the activation function:
the sign is the same.
"""

from collections.abc import Callable

import torch
import transformers
from transformer_lens.model_bridge import TransformerBridge

from benchmarks.peer_work.counts import load, over_languages, positive
from benchmarks.peer_work.measured import Arrays, Handed, measure


def prepare(handed: Handed) -> Callable[[], Arrays]:
    plain = load(handed)
    folder = handed.values["model"]
    model = TransformerBridge.boot_transformers(
        folder,
        hf_model=plain,
        tokenizer=transformers.AutoTokenizer.from_pretrained(folder),
        dtype=plain.dtype,
        device=handed.values["device"],
    )
    points = [f"blocks.{layer}.mlp.gate.hook_out" for layer in range(model.cfg.n_layers)]

    def counts(
        ids: torch.Tensor, attended: torch.Tensor, counted: torch.Tensor
    ) -> list[torch.Tensor]:
        found: dict[str, torch.Tensor] = {}

        def keep(gate: torch.Tensor, hook: object) -> None:
            found[str(getattr(hook, "name", hook))] = positive(gate, counted)

        with torch.inference_mode():
            model.run_with_hooks(
                ids,
                attention_mask=attended,
                return_type=None,
                fwd_hooks=[(point, keep) for point in points],
            )
        return [found[point] for point in points]

    return over_languages(handed, counts)


if __name__ == "__main__":
    measure("transformer-lens", prepare)
