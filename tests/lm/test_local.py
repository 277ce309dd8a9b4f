"""The model in the process as a backend: what it is given, continues and scores, also in a chat."""

import copy
import subprocess
import sys
from typing import Any

import pytest
import torch

from bridgex.errors import ModelError, RequestError
from bridgex.generation import GenerationSpec
from bridgex.lm.backend import Backend, Generated, ScoredOptions
from bridgex.lm.generate import SCHEME
from bridgex.lm.local import LocalBackend
from bridgex.lm.model import LanguageModel
from tests.lm.answers import NEVER
from tests.lm.test_generate import alone, spelt
from tests.lm.tiny import language_model, tokenizer, transformers_model, wrap

CHAT = "{{ bos_token }}{% for each in messages %} w4 {{ each.content }}{% endfor %} w5{{ '\n' }}"
LONG = " ".join(["w6"] * 62)
THREE = GenerationSpec(3, NEVER)


def chatting() -> LanguageModel:
    own = copy.deepcopy(tokenizer())
    own.chat_template = CHAT
    return wrap(transformers_model("llama"), own)


def of(model: LanguageModel) -> Backend:
    return LocalBackend(model.identity, lambda: model)


def generated(backend: Backend, prompts: list[str], *, chat: bool) -> list[Generated]:
    found: dict[int, Generated] = {}
    backend.generate(prompts, THREE, chat=chat, on_result=found.__setitem__)
    return [found[at] for at in range(len(prompts))]


def scored(
    backend: Backend, prompts: list[str], options: list[list[str]], *, chat: bool
) -> list[ScoredOptions]:
    found: dict[int, ScoredOptions] = {}
    backend.score(prompts, options, chat=chat, on_result=found.__setitem__)
    return [found[at] for at in range(len(prompts))]


def by_hand(model: LanguageModel, before: str, option: str) -> float:
    """Log-probability of an option behind a text, no special tokens added to either."""
    first = model.tokenizer(before, add_special_tokens=False)["input_ids"]
    ids = first + model.tokenizer(option, add_special_tokens=False)["input_ids"]
    with torch.inference_mode():
        logprobs = model.model(torch.tensor([ids])).logits[0].log_softmax(-1)
    return sum(float(logprobs[at - 1, ids[at]]) for at in range(len(first), len(ids)))


def test_its_identity_names_model_and_schemes() -> None:
    model = language_model("llama")
    identity = of(model).identity
    assert identity["generation"] == SCHEME
    assert "scoring" in identity
    assert model.identity.key().items() <= identity.items()


def test_the_chat_template_needs_no_model() -> None:
    model = chatting()

    def load() -> LanguageModel:
        pytest.fail("the model was loaded")

    backend = LocalBackend(model.identity, load, lambda: model.tokenizer)
    assert backend.given(["w7", "w8"], chat=True) == ["<s> w4 w7 w5\n", "<s> w4 w8 w5\n"]
    assert backend.given(["w7"], chat=False) == ["w7"]


@pytest.mark.parametrize("chat", [False, True])
def test_it_continues_what_fits(chat: bool) -> None:
    model = chatting()
    prompts = ["w7 w8", LONG, "w9"]
    first, long, last = generated(of(model), prompts, chat=chat)
    assert (long.text, long.tokens) == (None, 0)
    for prompt, answer in ((prompts[0], first), (prompts[2], last)):
        text = f"<s> w4 {prompt} w5" if chat else f"<s> {prompt}"
        (encoded,) = model.encode([text], special=False)
        ids = alone(model.model, encoded, 3)
        assert answer == Generated(spelt(model, ids), len(ids))
    assert first.text != generated(of(model), prompts, chat=not chat)[0].text


@pytest.mark.parametrize("chat", [False, True])
def test_it_scores_what_fits(chat: bool) -> None:
    model = chatting()
    prompts = ["w7 w8", LONG, "w9"]
    options = [[" w10", " w11 w12"]] * 2 + [[" w13 w14", " w13", " w15"]]
    answers = scored(of(model), prompts, options, chat=chat)
    assert answers[1] == ScoredOptions(None)
    for at in (0, 2):
        before = f"<s> w4 {prompts[at]} w5" if chat else f"<s> {prompts[at]}"
        expected = [by_hand(model, before, option) for option in options[at]]
        assert answers[at].nats == pytest.approx(expected, abs=1e-4)
        assert answers[at].tokens == tuple(len(option.split()) for option in options[at])


def test_in_a_chat_an_option_begins_where_the_text_of_the_assistant_does(
    tiny_folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bridgex.lm.source import load

    model = load(str(tiny_folder), device="cpu", dtype="float32")
    header = "<|user|>{{ messages[0].content }}\n<|assistant|>{{ '\n' }}"
    monkeypatch.setattr(model.tokenizer, "chat_template", header)
    prompt, options = "Which is it?", [" fire", " water", "  no"]
    (spaced,) = scored(of(model), [prompt], [options], chat=True)
    (plain,) = scored(of(model), [prompt], [["fire", "water", "no"]], chat=True)
    assert spaced == plain
    before = f"<|user|>{prompt}\n<|assistant|>\n"
    expected = [by_hand(model, before, option) for option in ("fire", "water", "no")]
    assert plain.nats == pytest.approx(expected, abs=1e-3)
    (outside,) = scored(of(model), [before], [options], chat=False)
    assert outside.tokens == tuple(
        count + len(text) - len(text.lstrip())
        for count, text in zip(plain.tokens, options, strict=True)
    )


def test_an_option_of_white_space_cannot_be_scored_in_a_chat() -> None:
    with pytest.raises(RequestError, match="has no token of its own"):
        scored(of(chatting()), ["w7"], [[" ", " w8"]], chat=True)


def test_a_model_without_a_template_is_refused() -> None:
    backend = of(language_model("llama"))
    with pytest.raises(ModelError, match="has no chat template"):
        generated(backend, ["w7"], chat=True)
    with pytest.raises(ModelError, match="has no chat template"):
        scored(backend, ["w7"], [[" w8"]], chat=True)


def test_the_protocol_is_there_without_torch() -> None:
    code = "import bridgex.lm.backend, sys; print('torch' in sys.modules)"
    done = subprocess.run(  # noqa: S603  (our own code)
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
