"""Corpora as token sequences, and which of their tokens count."""

import copy

import pytest
import torch

from bridgex.lm.capture import CountPositive, PoolNeurons, run
from bridgex.lm.model import LanguageModel
from bridgex.lm.sequences import sequences
from bridgex.probe import encode
from tests.lm.tiny import language_model, tokenizer, transformers_model, wrap

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
    corpus_stats = [PoolNeurons(everything, 1, pooling) for pooling in ("mean", "mean", "last")]
    for pool, each in zip(corpus_stats, (text, text.counting_special(), text), strict=True):
        run(model, [each], pool)
    bare, whole, _ = (pool.values[0] for pool in corpus_stats)
    assert not torch.allclose(bare, whole)


CHAT = "{{ bos_token }}{% for each in messages %}w4 {{ each.content }} w5 {% endfor %}"


def with_template(template: str) -> LanguageModel:
    own = copy.deepcopy(tokenizer())
    own.chat_template = template
    return wrap(transformers_model("llama"), own)


def test_a_bos_that_a_chat_template_writes_counts_only_when_asked() -> None:
    model = with_template(CHAT)
    (text,) = encode(model, ["w7 w8"], chat=True)
    assert text.ids == (1, 4, 7, 8, 5, 4)
    assert text.special == (True, False, False, False, False, False)
    assert text.counting_special().special == (False,) * 6
    (same,) = encode(with_template(CHAT.removeprefix("{{ bos_token }}")), ["w7 w8"], chat=True)
    assert same.ids == (4, 7, 8, 5, 4)
    assert not any(same.special)


def test_a_bos_within_a_text_is_a_token_like_others() -> None:
    (text,) = language_model("llama").encode(["w7 <s> w8"])
    assert text.ids == (1, 7, 1, 8)
    assert text.special == (True, False, False, False)
