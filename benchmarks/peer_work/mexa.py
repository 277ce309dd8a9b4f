"""MEXA from the formulas of Kargaran et al. (2024), on hidden states of transformers.

A sentence is the mean of its tokens' states, each weighted by its place; the alignment of two
languages in a layer is the share of sentences that are more similar to their own translation than
to any other, in both directions. The last layer is left out: what transformers gives for it has
gone through the final norm.
"""

from collections.abc import Callable

import numpy as np
import torch

from benchmarks.peer_work.counts import load
from benchmarks.peer_work.measured import Arrays, Handed, measure


def prepare(handed: Handed) -> Callable[[], Arrays]:
    model, device = load(handed).model, handed.values["device"]
    pivot, *others = handed.values["batches"]

    def embedded(language: str) -> torch.Tensor:
        """Return (layers, sentences, width), each of length 1."""
        parts, rows = [], []
        for at, (ids, attended, counted) in enumerate(handed.batches(language)):
            mask = torch.from_numpy(counted).to(device)
            with torch.inference_mode():
                states = model(
                    input_ids=torch.from_numpy(ids).to(device),
                    attention_mask=torch.from_numpy(attended).long().to(device),
                    output_hidden_states=True,
                    use_cache=False,
                ).hidden_states[1:-1]
            place = mask * mask.cumsum(1)
            weights = place / place.sum(1, keepdim=True)
            parts += [torch.stack([(h.float() * weights[..., None]).sum(1) for h in states])]
            rows += handed.arrays[f"{language}.{at}.rows"].tolist()
        joined = torch.cat(parts, 1)[:, np.argsort(rows)]
        return torch.nn.functional.normalize(joined.double(), dim=-1)

    def aligned(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """Return the alignment in each layer, (layers,)."""
        similarity = one @ other.mT
        own = similarity.diagonal(dim1=1, dim2=2).clone()
        similarity.diagonal(dim1=1, dim2=2).fill_(-torch.inf)
        nearest = (own > similarity.amax(1)) & (own > similarity.amax(2))
        return nearest.double().mean(1)

    def work() -> Arrays:
        first = embedded(pivot)
        return {each: aligned(first, embedded(each)).cpu().numpy() for each in others}

    return work


if __name__ == "__main__":
    measure("transformers", prepare)
