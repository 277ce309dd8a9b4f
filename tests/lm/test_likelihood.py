"""Options score what transformers' own loss says of prompt and option, however they are batched."""

import functools
from collections.abc import Sequence
from typing import Any

import pytest
import tokenizers
import torch
import transformers

from bridgex.errors import ModelError, RequestError
from bridgex.lm import likelihood as scoring
from bridgex.lm.backend import ScoredOptions
from bridgex.lm.likelihood import encode_options
from bridgex.lm.memory import compute_rows
from bridgex.lm.model import LanguageModel
from tests.lm.answers import nats, scored
from tests.lm.tiny import (
    TINY,
    VOCABULARY,
    config_of,
    language_model,
    transformers_model,
    weights,
    wrap,
)

PROMPTS = ["w5 w6 w7 w8 w9 w10", "w11 w12", "w5 w30 w31 w32 w33 w34 w35 w36 w37 w38 w39"]
OPTIONS = [[" w13", " w14 w15 w16", " w13 w17"], [" w20 w21 w22 w23", " w24"], [" w3 w4", " w40"]]


def by_loss(model: LanguageModel, plain: Any, prompt: str, option: str) -> tuple[float, int]:
    """Log-probability and tokens of an option, from the loss of transformers on one sequence."""
    start = len(model.encode([prompt])[0])
    ids = torch.tensor([model.encode([prompt + option])[0].ids], device=plain.device)
    labels = ids.clone()
    labels[:, :start] = -100
    with torch.inference_mode():
        loss = plain(input_ids=ids, labels=labels).loss
    tokens = ids.shape[1] - start
    return -float(loss) * tokens, tokens


def score(model: LanguageModel) -> list[ScoredOptions]:
    return scored(model, encode_options(model, PROMPTS, OPTIONS))


@pytest.mark.parametrize("family", TINY)
def test_it_is_the_loss_of_transformers(family: str) -> None:
    model, plain = language_model(family), transformers_model(family)
    for prompt, options, answer in zip(PROMPTS, OPTIONS, score(model), strict=True):
        expected = [by_loss(model, plain, prompt, option) for option in options]
        assert answer.tokens == tuple(tokens for _, tokens in expected)
        assert nats(answer) == pytest.approx([logprob for logprob, _ in expected], abs=1e-4)
        assert not answer.oom_split


@pytest.mark.parametrize("family", ["llama", "gemma3_text", "bloom", "mixtral"])
def test_batching_changes_nothing(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = language_model(family)
    together = score(model)
    monkeypatch.setattr(scoring, "PADDED_TOKENS", 1)
    alone = score(model)
    for one, other in zip(together, alone, strict=True):
        assert nats(one) == pytest.approx(nats(other), abs=1e-4)


def test_a_sliding_window_shorter_than_the_prompt() -> None:
    config = config_of("gemma3_text")
    config.sliding_window = 4
    plain = transformers.AutoModelForCausalLM.from_config(config).eval()
    weights(plain)
    model = wrap(plain)
    for prompt, options, answer in zip(PROMPTS, OPTIONS, score(model), strict=True):
        expected = [by_loss(model, plain, prompt, option)[0] for option in options]
        assert nats(answer) == pytest.approx(expected, abs=1e-4)


def test_the_shared_prefix_runs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = language_model("llama")
    read: list[int] = []
    embed = model.model.get_input_embeddings()
    hook = embed.register_forward_hook(lambda _m, inputs, _o: read.append(inputs[0].numel()))
    head: list[int] = []
    top = model.model.get_output_embeddings().register_forward_hook(
        lambda _m, inputs, _o: head.append(inputs[0].shape[1])
    )
    prompt = " ".join(["w5"] * 30)
    scored(model, encode_options(model, [prompt], [[" w7", " w8 w9", " w10", " w11"]]))
    hook.remove()
    top.remove()
    assert read == [31, 4]  # <s> and 30 words once; then the first token of an option of two
    assert head == [1, 1]


@functools.cache
def merging() -> LanguageModel:
    """A model whose tokenizer reads ``ab`` as one token, so that it straddles ``a|b``."""
    words = {token: at for at, token in enumerate(["<pad>", "<s>", "</s>", "a", "b", "c", "ab"])}
    core = tokenizers.Tokenizer(tokenizers.models.BPE(words, [("a", "b")]))
    core.post_processor = tokenizers.processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 1)]
    )
    tokens = transformers.PreTrainedTokenizerFast(
        tokenizer_object=core, bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    )
    assert len(words) < VOCABULARY
    return wrap(transformers_model("llama"), tokens)


def by_hand(model: LanguageModel, ids: Sequence[int], start: int) -> float:
    with torch.inference_mode():
        logprobs = model.model(torch.tensor([ids])).logits[0].log_softmax(-1)
    return sum(float(logprobs[at - 1, ids[at]]) for at in range(start, len(ids)))


@pytest.mark.parametrize("cached", [True, False])
def test_all_options_are_scored_from_the_token_that_one_of_them_merges_with(
    cached: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = merging()
    if not cached:  # as in a model with a recurrent state, which reads every option from its start
        monkeypatch.setattr(scoring, "key_value_cache", lambda _model: None)
    (encoded,) = encode_options(model, ["cca"], [["b", "c", "ccb"]])
    assert encoded.ids == ((1, 5, 5, 6), (1, 5, 5, 3, 5), (1, 5, 5, 3, 5, 5, 4))
    assert encoded.start == 3
    (answer,) = scored(model, [encoded])
    expected = [by_hand(model, ids, 3) for ids in encoded.ids]
    assert nats(answer) == pytest.approx(expected, abs=1e-4)
    assert answer.tokens == (1, 2, 4)
    from_own_start = by_hand(model, encoded.ids[1], 4)
    assert nats(answer)[1] < from_own_start - 0.1
    (alone,) = scored(model, encode_options(model, ["cca"], [["c"]]))
    assert nats(alone) == pytest.approx([from_own_start], abs=1e-4)


def test_what_cannot_be_scored() -> None:
    model = language_model("llama")
    with pytest.raises(RequestError, match="no options"):
        encode_options(model, ["w5"], [[]])
    with pytest.raises(RequestError, match="no token of its own"):
        encode_options(model, ["w5"], [[""]])
    with pytest.raises(RequestError, match="nothing before it"):
        encode_options(model, [""], [["w5"]], special=False)
    long = encode_options(model, [" ".join(["w5"] * 80)], [[" w6", " w7"]])
    with pytest.raises(ModelError, match="more than the context of 64"):
        scored(model, long)
    assert scored(model, encode_options(model, [], [])) == []


def test_a_group_that_does_not_fit_is_halved_and_says_so() -> None:
    seen: list[int] = []

    def compute(rows: list[int]) -> list[tuple[int, int]]:
        if len(rows) > 2:
            raise torch.OutOfMemoryError
        return [(row, sum(rows)) for row in rows]

    done = list(compute_rows([[5], [0, 1, 2, 3, 4]], compute, seen.append))
    assert [(row, total) for row, total, _ in done] == [
        (0, 1),
        (1, 1),
        (2, 2),
        (3, 7),
        (4, 7),
        (5, 5),
    ]
    assert [row for row, _, split in done if split] == [0, 1, 2, 3, 4]
    assert seen == [3, 2]
    with pytest.raises(ModelError, match="on a single text"):
        list(compute_rows([[0, 1]], lambda rows: compute([*rows, 1, 1])))
