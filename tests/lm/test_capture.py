"""The engine: stops early, halves a batch out of memory, refuses what is not a number."""

from typing import Any

import pytest
import torch

from bridgex.errors import ModelError, RequestError
from bridgex.lm.activations import LayerActivation
from bridgex.lm.batches import Batch, Encoded, batches, quoted
from bridgex.lm.capture import CountPositive, PoolNeurons, run
from tests.lm.oracle import by_hand
from tests.lm.tiny import language_model, transformers_model, wrap

TEXTS = [
    Encoded((1, *range(3, 3 + length)), (True, *[False] * length)) for length in (7, 3, 11, 5, 4)
]


class OutOfMemory:
    """Passes on to a reduction, but runs out of memory on batches of more than some texts.

    It fails at the last layer, when the first is already reduced.
    """

    def __init__(self, inner: Any, most: int, last: int) -> None:
        self.inner, self.most, self.last = inner, most, last
        self.accepted: list[tuple[int, ...]] = []

    def reduce(self, layer: int, activation: LayerActivation, batch: Batch) -> torch.Tensor:
        if layer == self.last and len(batch.rows) > self.most:
            raise torch.OutOfMemoryError
        kept: torch.Tensor = self.inner.reduce(layer, activation, batch)
        return kept

    def accept(self, batch: Batch, kept: dict[int, torch.Tensor]) -> None:
        self.accepted.append(batch.rows)
        self.inner.accept(batch, kept)


@pytest.mark.parametrize("family", ["llama", "qwen2_moe"])
def test_out_of_memory_halves_a_batch_and_counts_nothing_twice(family: str) -> None:
    model = language_model(family)
    straight, oom_splits = CountPositive(model.widths), CountPositive(model.widths)
    assert run(model, TEXTS, straight) == 0
    told: list[int] = []
    outer = OutOfMemory(oom_splits, most=1, last=1)
    assert run(model, TEXTS, outer, progress=told.append) == 4
    assert sorted(outer.accepted) == [(0,), (1,), (2,), (3,), (4,)]
    assert sum(told) == len(TEXTS)
    assert oom_splits.tokens == straight.tokens
    assert all(map(torch.equal, oom_splits.positive, straight.positive))


def test_out_of_memory_on_a_single_text_is_refused_with_the_remedy() -> None:
    model = language_model("llama")
    counts = CountPositive(model.widths)
    with pytest.raises(ModelError, match="on a single text; use --dtype bfloat16"):
        run(model, TEXTS, OutOfMemory(counts, most=0, last=1))
    assert counts.tokens == 0
    assert not any(layer.activation._forward_hooks for layer in model.layers[0].parts)


@pytest.mark.parametrize("family", ["llama", "qwen2_moe", "opt"])
def test_the_forward_pass_ends_with_the_last_wanted_layer(family: str) -> None:
    model = language_model(family)
    above: list[int] = []
    handle = model.layers[1].parts[0].activation.register_forward_hook(lambda *_: above.append(1))
    whole, first = CountPositive(model.widths), CountPositive(model.widths)
    try:
        run(model, TEXTS, first, [0])
        assert not above
        run(model, TEXTS, whole)
        assert above
    finally:
        handle.remove()
    assert torch.equal(first.positive[0], whole.positive[0])
    assert int(first.positive[1].sum()) == 0


def test_no_layer_is_a_request_error() -> None:
    model = language_model("llama")
    with pytest.raises(RequestError, match="No layer"):
        run(model, TEXTS, CountPositive(model.widths), [])


def test_values_that_are_not_a_number_are_refused() -> None:
    model = wrap(transformers_model("llama"))
    weight = model.model.get_input_embeddings().weight
    kept = weight[5].clone()
    counts = CountPositive(model.widths)
    with torch.no_grad():
        weight[5] = torch.nan
    try:
        with pytest.raises(ModelError, match="not a number in float32"):
            run(model, TEXTS, counts)
        assert counts.tokens == 0
        run(model, [Encoded((1, 3, 4), (True, False, False))], counts)
    finally:
        with torch.no_grad():
            weight[5] = kept
    assert counts.tokens == 2


def test_a_text_of_special_tokens_only_cannot_be_pooled() -> None:
    model = language_model("llama")
    everything = [torch.ones(width, dtype=torch.bool) for width in model.widths]
    with pytest.raises(ModelError, match="no token but special ones"):
        run(model, [Encoded((1,), (True,)), TEXTS[0]], PoolNeurons(everything, 2, "mean"))


@pytest.mark.parametrize("family", ["gpt2", "qwen2_moe"])
def test_word_pooling_is_the_mean_over_the_words_tokens(family: str) -> None:
    words = [(2, 4), (1, 2), (5, 9), (3, 6), (1, 5)]
    texts = []
    for text, (start, stop) in zip(TEXTS, words, strict=True):
        offsets = [(at, at + 1) for at in range(-1, len(text) - 1)]
        texts.append(quoted(text.ids, text.special, offsets, (start - 1, stop - 1)))
    model = language_model(family)
    everything = [torch.ones(width, dtype=torch.bool) for width in model.widths]
    pool = PoolNeurons(everything, len(texts), "word")
    run(model, texts, OutOfMemory(pool, most=2, last=1))
    alone = by_hand(family, [text.ids for text in texts])
    for layer, values in enumerate(pool.values):
        expected = [
            text[layer][slice(*word)].mean(0) for text, word in zip(alone, words, strict=True)
        ]
        torch.testing.assert_close(values, torch.stack(expected, 1), rtol=1e-3, atol=1e-4)


def test_word_pooling_needs_texts_that_quote_a_word() -> None:
    model = language_model("llama")
    everything = [torch.ones(width, dtype=torch.bool) for width in model.widths]
    with pytest.raises(RequestError, match="encode_quoted"):
        run(model, TEXTS, PoolNeurons(everything, len(TEXTS), "word"))


def test_batches_are_bounded_sorted_and_complete() -> None:
    texts = [Encoded((5,) * length, (False,) * length) for length in (9, 2, 30, 4, 9, 1, 6)]
    formed = list(batches(texts, pad=0, padded_tokens=18))
    assert sorted(row for batch in formed for row in batch.rows) == list(range(7))
    lengths = [len(texts[row]) for batch in formed for row in batch.rows]
    assert lengths == sorted(lengths)
    for batch in formed:
        assert batch.ids.numel() <= 18 or len(batch.rows) == 1
        assert batch.attended.sum(1).tolist() == [len(texts[row]) for row in batch.rows]
        assert batch.word is None
