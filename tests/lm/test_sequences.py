"""Corpora as token sequences, and which of their tokens count."""

import pytest
import torch

from bridgex.lm.capture import CountPositive, PoolNeurons, run
from bridgex.lm.sequences import sequences
from tests.lm.tiny import language_model

SENTENCES = ["a b c", "d e f g h"]


@pytest.mark.parametrize("how", ["sentences", "windows"])
def test_special_tokens_count_only_when_asked(how: str) -> None:
    model = language_model("llama")
    texts = sequences(model, SENTENCES, how)  # type: ignore[arg-type]
    bos = sum(sum(text.special) for text in texts)
    assert bos == (len(SENTENCES) if how == "sentences" else 1)
    without, with_them = CountPositive(model.widths), CountPositive(model.widths)
    run(model, texts, without)
    run(model, [text.counting_special() for text in texts], with_them)
    assert with_them.tokens == without.tokens + bos == sum(map(len, texts))
    assert (with_them.positive[0] >= without.positive[0]).all()
    assert with_them.positive[0].sum() > without.positive[0].sum()


def test_the_mean_takes_special_tokens_in_only_when_asked() -> None:
    model = language_model("llama")
    [text] = model.encode(["a b c"])
    everything = [torch.ones(width, dtype=torch.bool) for width in model.widths]
    pools = [PoolNeurons(everything, 1, pooling) for pooling in ("mean", "mean", "last")]
    for pool, each in zip(pools, (text, text.counting_special(), text), strict=True):
        run(model, [each], pool)
    bare, whole, _ = (pool.values[0] for pool in pools)
    assert not torch.allclose(bare, whole)
