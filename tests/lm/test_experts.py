"""Mixtures of experts under every implementation transformers offers."""

import copy
from typing import Any

import pytest
import torch

from bridgex.errors import ModelError
from bridgex.lm.batches import Encoded
from bridgex.lm.capture import CountPositive, PoolNeurons, run
from bridgex.lm.wiring import routed_rows
from tests.lm.oracle import by_hand
from tests.lm.tiny import MIXTURES, language_model, transformers_model, wrap

TEXTS = [Encoded((1, *range(3, 3 + length)), (True, *[False] * length)) for length in (7, 3, 11, 5)]


@pytest.mark.parametrize("implementation", ["eager", "grouped_mm", "batched_mm"])
@pytest.mark.parametrize("family", MIXTURES)
def test_each_expert_counts_the_tokens_routed_to_it(family: str, implementation: str) -> None:
    alone = by_hand(family, [text.ids for text in TEXTS])
    inner = copy.deepcopy(transformers_model(family))
    inner.set_experts_implementation(implementation)
    model = wrap(inner)
    counts = CountPositive(model.widths)
    everything = [torch.ones(width, dtype=torch.bool) for width in model.widths]
    last = PoolNeurons(everything, len(TEXTS), "last")
    run(model, TEXTS, counts)
    run(model, TEXTS, last)
    for layer, positive in enumerate(counts.positive):
        active = torch.stack([(text[layer][1:] > 0).sum(0) for text in alone]).sum(0)
        assert torch.equal(positive, active)
        expected = torch.stack([text[layer][-1] for text in alone], 1)
        torch.testing.assert_close(last.values[layer], expected, rtol=1e-3, atol=1e-4)


def test_a_token_activates_only_the_experts_it_is_routed_to() -> None:
    model = language_model("mixtral")
    everything = [torch.ones(width, dtype=torch.bool) for width in model.widths]
    last = PoolNeurons(everything, len(TEXTS), "last")
    run(model, TEXTS, last)
    per_expert = last.values[0].view(4, 24, len(TEXTS))
    assert torch.equal((per_expert != 0).any(1).sum(0), torch.full((len(TEXTS),), 2))


def test_shared_experts_come_after_the_routed_ones() -> None:
    model = language_model("deepseek_v3")
    assert model.widths == (24, 4 * 12 + 2 * 12)
    shared = [torch.zeros(width, dtype=torch.bool) for width in model.widths]
    shared[1][4 * 12 :] = True
    pool = PoolNeurons(shared, len(TEXTS), "last")
    run(model, TEXTS, pool, [1])
    alone = by_hand("deepseek_v3", [text.ids for text in TEXTS])
    expected = torch.stack([text[1][-1, 4 * 12 :] for text in alone], 1)
    torch.testing.assert_close(pool.values[1], expected, rtol=1e-3, atol=1e-4)
    assert bool((pool.values[1] != 0).all())


@pytest.mark.parametrize("implementation", ["deepgemm", "sonicmoe"])
def test_kernels_that_never_call_the_activation_are_refused(implementation: str) -> None:
    with pytest.raises(ModelError, match="experts_implementation='grouped_mm'"):
        routed_rows(torch.tensor([[0, 1]]), implementation)


@pytest.mark.parametrize(
    ("implementation", "wrong"), [("eager", "batched_mm"), ("grouped_mm", "batched_mm")]
)
def test_rows_read_in_the_wrong_order_are_refused(
    implementation: str, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def confused(routes: torch.Tensor, given: str) -> Any:
        return routed_rows(routes, wrong if given == implementation else given)

    monkeypatch.setattr("bridgex.lm.wiring.routed_rows", confused)
    inner = copy.deepcopy(transformers_model("mixtral"))
    inner.set_experts_implementation(implementation)
    with pytest.raises(ModelError, match="does not compute what its architecture row says"):
        wrap(inner)
