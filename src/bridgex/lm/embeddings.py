"""Sentence embeddings: the residual stream after each layer, averaged over a sentence's tokens.

Later tokens weigh more, t / (1 + 2 + … + n) for the t-th of n, since in a decoder only they have
seen the sentence (Muennighoff 2022); so MEXA takes them (Kargaran et al. 2024).
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from bridgex.lm.batches import Batch, Encoded, batches
from bridgex.lm.capture import Progress
from bridgex.lm.lens import blocks, forward_inputs
from bridgex.lm.memory import OnOomSplit, compute_rows
from bridgex.lm.model import LanguageModel

SCHEME = "mean after each layer, the t-th token weighs t"


def embeddings(
    model: LanguageModel,
    texts: Sequence[Encoded],
    *,
    progress: Progress | None = None,
    oom_splits: OnOomSplit | None = None,
) -> Tensor:
    """Return the embedding of each text after each layer, (layers, texts, width) float32.

    Padding and special tokens do not count. Of a family that keeps several streams (Gemma 3n), the
    first is taken.

    Args:
        model: the model.
        texts: tokenised sentences, each with at least one token that is not special.
        progress: called with the number of texts just finished.
        oom_splits: called with the new size when a batch is split for lack of memory.

    Raises:
        ModelError: the model computes values that are not a number.
    """
    model.require_embeddings(texts)
    found: list[Tensor] = [torch.empty(0)] * len(texts)

    def compute(rows: list[int]) -> Iterator[tuple[int, Tensor]]:
        batch = next(batches([texts[row] for row in rows], model.pad, 2**62))
        with torch.inference_mode():
            means = _means(model, batch.to(model.model.device))
        if bool(means.isnan().any()):
            raise model.not_a_number()
        return zip([rows[at] for at in batch.rows], means.unbind(1), strict=True)

    groups = [batch.rows for batch in batches(texts, model.pad)]
    for row, value, _ in compute_rows(groups, compute, oom_splits):
        found[row] = value
        if progress:
            progress(1)
    return torch.stack(found, dim=1)


def _means(model: LanguageModel, batch: Batch) -> Tensor:
    """Return the weighted mean over the tokens of each text, (layers, texts, width) float32."""
    places = batch.counted.cumsum(1) * batch.counted
    weights = places / places.sum(1, keepdim=True)
    kept: list[Tensor] = []

    def keep(_block: nn.Module, _inputs: Any, output: Any) -> None:
        state = output if isinstance(output, Tensor) else output[0]
        stream = state.reshape(-1, *state.shape[-3:])[0].float()
        kept.append(torch.einsum("ntw,nt->nw", stream, weights.to(stream)).cpu())

    keeping: Callable[..., None] = keep
    handles = [block.register_forward_hook(keeping) for block in blocks(model)]
    try:
        model.base(input_ids=batch.ids, **forward_inputs(model, batch))
    finally:
        for handle in handles:
            handle.remove()
    return torch.stack(kept)
