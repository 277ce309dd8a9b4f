"""Positive activations per language, layer and neuron, read with nnsight."""

from collections.abc import Callable

import nnsight
import torch

from benchmarks.peer_work.counts import load, over_languages, positive
from benchmarks.peer_work.measured import Arrays, Handed, measure


def prepare(handed: Handed) -> Callable[[], Arrays]:
    model = nnsight.NNsight(load(handed).model)

    def counts(
        ids: torch.Tensor, attended: torch.Tensor, counted: torch.Tensor
    ) -> list[torch.Tensor]:
        with (
            torch.inference_mode(),
            model.trace(input_ids=ids, attention_mask=attended, use_cache=False),
        ):
            found = nnsight.save([])
            for layer in model.layers:
                found.append(positive(layer.mlp.act_fn.output, counted))
        return list(found)

    return over_languages(handed, counts)


if __name__ == "__main__":
    measure("nnsight", prepare)
