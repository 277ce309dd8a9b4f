"""Every family: what bridgex reads is what a hand computation on unpadded single texts gives."""

import functools
from collections.abc import Iterator, Sequence

import pytest
import torch

from bridgex.lm import capture
from bridgex.lm.batches import Batch, Encoded, batches
from bridgex.lm.capture import CountPositive, PoolNeurons, run
from bridgex.lm.families import FAMILIES
from bridgex.lm.generate import SHORTEST_SHARED
from tests.lm.answers import continuations, until
from tests.lm.oracle import by_hand
from tests.lm.tiny import MIXTURES, TINY, language_model, transformers_model


def texts() -> list[Encoded]:
    generator = torch.Generator().manual_seed(3)
    lengths = (5, 2, 9, 5)
    drawn = [torch.randint(3, 64, (length,), generator=generator).tolist() for length in lengths]
    return [Encoded((1, *ids), (True, *[False] * len(ids))) for ids in drawn]


@functools.cache
def alone(family: str) -> list[list[torch.Tensor]]:
    """What each text gives by itself, by layer."""
    return by_hand(family, [text.ids for text in texts()])


def test_every_proved_family_is_in_this_test() -> None:
    assert {row.family for row in FAMILIES if row.proved} == set(TINY)


@pytest.mark.parametrize("family", TINY)
def test_counts_and_values_are_those_of_single_texts(family: str) -> None:
    model, encoded = language_model(family), texts()
    by_themselves = alone(family)
    counts = CountPositive(model.widths)
    everything = [torch.ones(width, dtype=torch.bool) for width in model.widths]
    mean = PoolNeurons(everything, len(encoded), "mean")
    last = PoolNeurons(everything, len(encoded), "last")
    for reduction in (counts, mean, last):
        run(model, encoded, reduction)
    assert counts.tokens == sum(len(text) - 1 for text in encoded)
    for layer, width in enumerate(model.widths):
        values = [text[layer] for text in by_themselves]
        assert values[0].shape[1] == width
        active = torch.stack([(value[1:] > 0).sum(0) for value in values]).sum(0)
        assert torch.equal(counts.positive[layer], active)
        expected = torch.stack([value[1:].mean(0) for value in values], 1)
        torch.testing.assert_close(mean.values[layer], expected, rtol=1e-3, atol=1e-4)
        expected = torch.stack([value[-1] for value in values], 1)
        torch.testing.assert_close(last.values[layer], expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("family", TINY)
def test_about_half_the_neurons_fire(family: str) -> None:
    for layer in alone(family)[2]:
        ran = (layer != 0) if family in MIXTURES else torch.ones_like(layer)
        share = float((layer > 0).sum() / ran.sum())
        assert 0.25 < share < 0.75


@pytest.mark.parametrize("family", TINY)
def test_padding_side_and_order_change_nothing(
    family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, encoded = language_model(family), texts()
    everything = [torch.ones(width, dtype=torch.bool) for width in model.widths]
    straight, turned = (PoolNeurons(everything, len(encoded), "mean") for _ in range(2))
    run(model, encoded, straight)
    monkeypatch.setattr(capture, "batches", left_padded)
    run(model, encoded[::-1], turned)
    for layer, values in enumerate(straight.values):
        torch.testing.assert_close(turned.values[layer].flip(1), values, rtol=1e-3, atol=1e-4)


def left_padded(texts: Sequence[Encoded], pad: int, padded_tokens: int) -> Iterator[Batch]:
    """The same batches with the padding at the start."""
    for batch in batches(texts, pad, padded_tokens):
        ids, attended, counted = batch.ids.clone(), batch.attended.clone(), batch.counted.clone()
        for row, length in enumerate(batch.attended.sum(1).tolist()):
            shift = batch.ids.shape[1] - length
            for each in (ids, attended, counted):
                each[row] = each[row].roll(shift)
        yield Batch.of(batch.rows, ids, attended, counted, None)


@pytest.mark.parametrize("family", TINY)
@pytest.mark.parametrize("shared", [0, SHORTEST_SHARED + 4])
def test_generation_is_that_of_transformers_alone(family: str, shared: int) -> None:
    model = language_model(family)
    start = tuple(range(3, 3 + shared))
    encoded = [
        Encoded((1, *start, *text.ids[1:]), (True, *[False] * (shared + len(text) - 1)))
        for text in texts()
    ]
    together = continuations(model, encoded, until(finished, 6))
    for text, answer in zip(encoded, together, strict=True):
        out = transformers_model(family).generate(
            input_ids=torch.tensor([text.ids]),
            attention_mask=torch.ones(1, len(text), dtype=torch.long),
            max_new_tokens=6,
            do_sample=False,
            pad_token_id=0,
        )
        new = out[0, len(text) :]
        said = [model.tokenizer.decode(new[:end], skip_special_tokens=True) for end in range(1, 7)]
        assert answer == next(filter(finished, said), said[-1])


def finished(text: str) -> bool:
    """Ends rows of a batch at different times."""
    return sum(map(ord, text)) % 3 == 0
