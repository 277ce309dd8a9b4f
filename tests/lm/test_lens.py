"""The logit lens against transformers' own hidden states, final norm and head."""

from typing import Any

import pytest
import torch

from bridgex.lm.lens import SHARED, UNSEPARATED, LensPrompt, probabilities, read
from bridgex.lm.model import LanguageModel
from bridgex.lm.source import load as load_model
from tests.lm.tiny import language_model

UNLIKE = ("gemma2", "gemma3n_text", "cohere", "granite", "opt", "bloom", "falcon_h1", "mixtral")
"""Families that cap or scale logits, keep several streams, project, or are no plain stack."""

NORMS = ("norm", "ln_f", "final_layer_norm", "final_layernorm", "norm_f", "model.norm")


def by_hand(model: LanguageModel, ids: tuple[int, ...], layer: int) -> torch.Tensor:
    """Distribution after a layer: hidden state, final norm, head, softmax; one text at a time."""
    with torch.inference_mode():
        out = model.base(input_ids=torch.tensor([ids]), output_hidden_states=True)
        norm: Any = next(
            module
            for name, module in model.base.named_modules()
            if name.rsplit(".", 1)[-1] in NORMS and "layers" not in name
        )
        state = norm(out.hidden_states[layer + 1][:, -1:])
        head: Any = model.model.get_output_embeddings()
        return torch.as_tensor(head(state)[0, -1].float().softmax(-1))


@pytest.mark.parametrize("family", ["llama", "gpt2", "qwen2", "gpt_neox"])
def test_equals_hidden_states_norm_and_head(family: str) -> None:
    model = language_model(family)
    texts = model.encode(["w5 w9 w11", "w4", "w7 w8 w30 w31 w32 w12"])
    tokens = [[7, 20], [3], [9, 10, 11]]
    found = probabilities(model, texts, tokens, [0])
    for text, some, each in zip(texts, tokens, found, strict=True):
        expected = by_hand(model, text.ids, 0)[some]
        assert each.shape == (1, len(some))
        torch.testing.assert_close(each[0], expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("family", UNLIKE)
def test_after_the_last_layer_it_is_the_models_own_answer(family: str) -> None:
    model = language_model(family)
    texts = model.encode(["w5 w9 w11", "w4 w6"])
    last = len(model.layers) - 1
    found = probabilities(model, texts, [[7, 20, 33]] * 2, [last])
    for text, each in zip(texts, found, strict=True):
        with torch.inference_mode():
            logits = model.model(input_ids=torch.tensor([text.ids]), use_cache=False).logits
        expected = logits[0, -1].float().softmax(-1)[[7, 20, 33]]
        torch.testing.assert_close(each[0], expected, rtol=2e-3, atol=1e-6)


def test_sums_the_distinct_first_tokens_that_are_nobody_elses(tiny_folder: Any) -> None:
    model = load_model(str(tiny_folder), dtype="float32")
    prompt = LensPrompt(
        'English:"cat"→Français:"',
        {"de": ("Katze", "Kater", "Mieze"), "it": ("gatto",), "es": ("cazo",)},
        ("cat", "chat"),
    )
    (found,) = read(model, [prompt], [4, 6])
    text = model.encode([prompt.text])[0].ids
    letters = {each: model.encode([each], special=False)[0].ids[0] for each in "KMg"}
    for layer, at in ((4, 0), (6, 1)):
        expected = by_hand(model, text, layer)
        both = float(expected[letters["K"]] + expected[letters["M"]])
        assert found["de"][at] == pytest.approx(both, rel=1e-4)
        assert found["it"][at] == pytest.approx(float(expected[letters["g"]]), rel=1e-4)
    assert found["es"] == SHARED


def test_a_word_the_tokenizer_joins_with_the_prompt_is_left_out() -> None:
    model = language_model("llama")
    (found,) = read(model, [LensPrompt("w5 w", {"de": ("6",), "it": (" w7",)}, ())], [0])
    assert found["de"] == UNSEPARATED
    assert not isinstance(found["it"], str)
