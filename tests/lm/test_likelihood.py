"""Options score what transformers' own loss says of prompt and option, however they are batched."""

import functools
from typing import Any

import pytest
import tokenizers
import torch
import transformers

from bridgex.errors import ModelError, RequestError
from bridgex.lm import likelihood as scoring
from bridgex.lm.likelihood import Likelihood, encode_options, likelihoods
from bridgex.lm.memory import each_group
from bridgex.lm.model import LanguageModel
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


def score(model: LanguageModel) -> list[tuple[Likelihood, ...]]:
    return likelihoods(model, encode_options(model, PROMPTS, OPTIONS))


@pytest.mark.parametrize("family", TINY)
def test_it_is_the_loss_of_transformers(family: str) -> None:
    model, plain = language_model(family), transformers_model(family)
    for prompt, options, scored in zip(PROMPTS, OPTIONS, score(model), strict=True):
        for option, each in zip(options, scored, strict=True):
            logprob, tokens = by_loss(model, plain, prompt, option)
            assert each.tokens == tokens
            assert each.logprob == pytest.approx(logprob, abs=1e-4)
            assert each.bytes == len(option.strip())
            assert each.per_byte == each.logprob / each.bytes


@pytest.mark.parametrize("family", ["llama", "gemma3_text", "bloom", "mixtral"])
def test_batching_changes_nothing(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = language_model(family)
    together = score(model)
    monkeypatch.setattr(scoring, "PADDED_TOKENS", 1)
    alone = score(model)
    for one, other in zip(together, alone, strict=True):
        for a, b in zip(one, other, strict=True):
            assert a.logprob == pytest.approx(b.logprob, abs=1e-4)


def test_a_sliding_window_shorter_than_the_prompt() -> None:
    config = config_of("gemma3_text")
    config.sliding_window = 4
    plain = transformers.AutoModelForCausalLM.from_config(config).eval()
    weights(plain)
    model = wrap(plain)
    for prompt, options, scored in zip(PROMPTS, OPTIONS, score(model), strict=True):
        for option, each in zip(options, scored, strict=True):
            assert each.logprob == pytest.approx(by_loss(model, plain, prompt, option)[0], abs=1e-4)


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
    likelihoods(model, encode_options(model, [prompt], [[" w7", " w8 w9", " w10", " w11"]]))
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


def test_a_straddling_token_belongs_to_the_option() -> None:
    model = merging()
    (scored,) = encode_options(model, ["cca"], [["b", "c"]])
    assert scored.ids == ((1, 5, 5, 6), (1, 5, 5, 3, 5))
    assert scored.starts == (3, 4)
    assert scored.shared == 3
    (values,) = likelihoods(model, [scored])
    for ids, start, each in zip(scored.ids, scored.starts, values, strict=True):
        with torch.inference_mode():
            logprobs = model.model(torch.tensor([ids])).logits[0].log_softmax(-1)
        expected = sum(float(logprobs[at - 1, ids[at]]) for at in range(start, len(ids)))
        assert each.logprob == pytest.approx(expected, abs=1e-4)
        assert each.tokens == 1


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
        likelihoods(model, long)
    assert likelihoods(model, encode_options(model, [], [])) == []


def test_a_group_that_does_not_fit_is_halved_and_says_so() -> None:
    seen: list[int] = []

    def compute(rows: list[int]) -> int:
        if len(rows) > 2:
            raise torch.OutOfMemoryError
        return sum(rows)

    done = list(each_group([[0, 1, 2, 3, 4], [5]], compute, seen.append))
    assert done == [([0, 1], 1), ([2], 2), ([3, 4], 7), ([5], 5)]
    assert seen == [3, 2]
    with pytest.raises(ModelError, match="on a single text"):
        list(each_group([[0, 1]], lambda rows: compute([*rows, 1, 1])))
