"""Generation row by row: reported when finished, kept when interrupted, cut, refused."""

import copy
from typing import Any, ClassVar

import pytest
import tokenizers
import torch
import transformers

from bridgex.errors import ModelError, RequestError
from bridgex.generation import GenerationSpec, StopRule
from bridgex.lm import generate as generation
from bridgex.lm.attention import narrowest_window
from bridgex.lm.backend import Generated
from bridgex.lm.batches import Encoded
from bridgex.lm.capture import CountPositive, run
from bridgex.lm.decoding import Decoding
from bridgex.lm.generate import SHORTEST_SHARED, generate
from bridgex.lm.likelihood import encode_options
from bridgex.lm.model import LanguageModel
from bridgex.probe import encode
from tests.lm.answers import NEVER, continuations, generated, nats, scored, until
from tests.lm.test_likelihood import by_loss
from tests.lm.tiny import config_of, language_model, tokenizer, transformers_model, weights, wrap

TOKENS = 6
FOUR = GenerationSpec(4, NEVER)


def prompts(lengths: tuple[int, ...], shared: int = 0) -> list[Encoded]:
    generator = torch.Generator().manual_seed(5)
    start = range(3, 3 + shared)
    rows = [torch.randint(3, 64, (size,), generator=generator).tolist() for size in lengths]
    return [Encoded((1, *start, *row), (True, *[False] * (shared + len(row)))) for row in rows]


def alone(plain: Any, text: Encoded, tokens: int) -> list[int]:
    """Greedy continuation by transformers itself, without a cache."""
    ids = list(text.ids)
    for _ in range(tokens):
        with torch.inference_mode():
            logits = plain(input_ids=torch.tensor([ids]), use_cache=False).logits
        ids.append(int(logits[0, -1].argmax()))
        if ids[-1] == 2:
            break
    return ids[len(text) :]


def spelt(model: LanguageModel, ids: list[int]) -> str:
    return str(model.tokenizer.decode(ids, skip_special_tokens=True))


# Windows ----------------------------------------------------------------------------------------

WINDOWED: dict[str, tuple[str, dict[str, Any]]] = {
    "gpt_neo": ("gpt_neo", {"window_size": 8}),
    "gpt_neo local only": (
        "gpt_neo",
        {"window_size": 4, "attention_types": [[["local"], 2]]},
    ),
    "mistral": ("mistral", {"sliding_window": 8}),
    "ministral": ("ministral", {"sliding_window": 8}),
    "starcoder2": ("starcoder2", {"sliding_window": 8}),
    "phi3": ("phi3", {"sliding_window": 8}),
    "qwen2": ("qwen2", {"use_sliding_window": True, "sliding_window": 8, "max_window_layers": 0}),
    "qwen3": ("qwen3", {"use_sliding_window": True, "sliding_window": 8, "max_window_layers": 1}),
    "gemma2": ("gemma2", {"sliding_window": 8}),
    "gemma3": ("gemma3_text", {"sliding_window": 8}),
    "gemma3n": ("gemma3n_text", {"sliding_window": 8}),
    "cohere2": ("cohere2", {"sliding_window": 8}),
    "olmo3": ("olmo3", {"sliding_window": 8}),
    "exaone4": ("exaone4", {"sliding_window": 8}),
    "modernbert": ("modernbert-decoder", {"local_attention": 16, "sliding_window": 8}),
    "mixtral": ("mixtral", {"sliding_window": 8}),
    "falcon with ALiBi": ("falcon", {"alibi": True, "new_decoder_architecture": False}),
}


def windowed(name: str) -> LanguageModel:
    family, own = WINDOWED[name]
    config = type(config_of(family))(**(config_of(family).to_dict() | own))
    plain = transformers.AutoModelForCausalLM.from_config(config).eval()
    weights(plain)
    return wrap(plain)


@pytest.mark.parametrize("name", WINDOWED)
def test_a_shared_start_changes_nothing_under_a_local_window(name: str) -> None:
    model = windowed(name)
    texts = prompts((9, 1, 4, 12, 2, 7), shared=SHORTEST_SHARED + 4)
    found = continuations(model, texts, GenerationSpec(TOKENS, NEVER))
    expected = [spelt(model, alone(model.model, text, TOKENS)) for text in texts]
    assert found == expected


@pytest.mark.parametrize("name", WINDOWED)
def test_a_local_window_changes_no_likelihood(name: str) -> None:
    model = windowed(name)
    start = " ".join(f"w{at}" for at in range(3, 23))
    texts = [f"{start} w30", f"{start} w31 w32 w33 w34 w35 w36 w37", "w5 w6"]
    options = [[" w40", " w41 w42 w43"], [" w44 w45", " w46"], [" w47", " w48"]]
    answers = scored(model, encode_options(model, texts, options))
    for text, of_text, answer in zip(texts, options, answers, strict=True):
        expected = [by_loss(model, model.model, text, option)[0] for option in of_text]
        assert nats(answer) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("config", "window"),
    [
        (transformers.LlamaConfig(), None),
        (transformers.GPT2Config(), None),
        (transformers.GPTNeoConfig(), 256),
        (transformers.MistralConfig(sliding_window=99), 99),
        (transformers.Qwen2Config(use_sliding_window=False), None),
        (transformers.Qwen2Config(use_sliding_window=True, sliding_window=77), 77),
        (transformers.Gemma3TextConfig(sliding_window=512), 512),
        (transformers.ModernBertDecoderConfig(local_attention=128), 64),
        (transformers.Llama4TextConfig(attention_chunk_size=8192), 8192),
        (transformers.LongformerConfig(attention_window=[64, 32]), 32),
        (transformers.RecurrentGemmaConfig(attention_window_size=2048), 2048),
        (transformers.MptConfig(), None),
        (transformers.MixtralConfig(num_local_experts=8, sliding_window=None), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_window_is_found_under_any_name(config: Any, window: int | None) -> None:
    assert narrowest_window(config) == window


def test_a_start_is_shared_where_all_attention_reaches_over_it() -> None:
    rows = [text.ids for text in prompts((9, 2), shared=SHORTEST_SHARED)]
    assert generation._shared_start(language_model("llama"), rows, 6) == SHORTEST_SHARED + 1
    assert generation._shared_start(windowed("gpt_neo"), rows, 6) == 0
    assert generation._shared_start(language_model("qwen3_next"), rows, 6) == 0
    assert generation._shared_start(language_model("llama"), rows, 60) == 0
    chunked = copy.copy(language_model("llama"))
    chunked.model = copy.copy(chunked.model)
    chunked.model.config = copy.copy(chunked.model.config)
    chunked.model.config.attention_chunk_size = 16
    assert generation._shared_start(chunked, rows, 6) == 0


# Row by row -------------------------------------------------------------------------------------


def test_rows_are_reported_as_soon_as_they_are_finished() -> None:
    model = language_model("llama")
    texts = prompts((5, 2, 9, 5, 3, 8))
    ends = [spelt(model, alone(model.model, text, 8)).split() for text in texts]
    stops = {words[at % 4] for at, words in enumerate(ends) if len(words) > at % 4}

    def finished(text: str) -> bool:
        return bool(stops & set(text.split()))

    order: list[tuple[int, int]] = []

    def keep(row: int, answer: Generated) -> None:
        order.append((row, answer.tokens))

    generate(model, texts, spec=until(finished, 8), on_result=keep)
    assert sorted(row for row, _ in order) == list(range(len(texts)))
    tokens = [count for _, count in order]
    assert tokens == sorted(tokens)
    assert len(set(tokens)) > 1


@pytest.mark.parametrize(
    ("name", "shared"),
    [
        ("llama", 0),
        ("llama", 20),
        ("gpt_neo", 0),
        ("bloom", 20),
        ("gemma3", 0),
        ("gemma3", 20),
        ("deepseek_v3", 20),
        ("qwen3_next", 0),
    ],
)
def test_finished_rows_give_way_and_no_answer_changes(
    name: str, shared: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = windowed(name) if name in WINDOWED else language_model(name)
    texts = prompts((9, 1, 4, 12, 2, 7, 5, 3, 11, 6, 8, 2), shared)
    alive = [alone(model.model, text, 8) for text in texts]
    stops = {spelt(model, ids[: 1 + at % 5]) for at, ids in enumerate(alive)}

    def finished(text: str) -> bool:
        return text in stops

    together: list[int] = []
    real = Decoding.admit

    def admit(decoding: Decoding, rows: Any) -> dict[int, int]:
        if rows:
            together.append(len(decoding.rows))
        return real(decoding, rows)

    monkeypatch.setattr(generation, "PROMPT_TOKENS", 4 * (shared + 6))
    monkeypatch.setattr(Decoding, "admit", admit)
    for answer, ids in zip(generated(model, texts, until(finished, 8)), alive, strict=True):
        grown = [spelt(model, ids[:size]) for size in range(1, len(ids) + 1)]
        first = next((at for at, text in enumerate(grown) if finished(text)), len(ids) - 1)
        assert (answer.text, answer.tokens) == (grown[first], first + 1)
    assert len(together) > 2
    assert any(together) == (name != "qwen3_next")  # whose recurrent state takes in no others


def test_columns_that_no_row_needs_are_dropped_before_the_context_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = language_model("gpt2")
    texts = prompts((2, 30, 31, 33, 3, 33), shared=0)
    alive = [alone(model.model, text, 28) for text in texts]
    widths: list[int] = []
    real = Decoding.step

    def step(decoding: Decoding) -> list[int]:
        widths.append(decoding.width)
        return real(decoding)

    monkeypatch.setattr(generation, "PROMPT_TOKENS", 70)
    monkeypatch.setattr(Decoding, "step", step)
    found = continuations(model, texts, until(lambda text: False, 28))
    assert found == [spelt(model, ids) for ids in alive]
    assert max(widths) < model.context


def test_what_was_finished_before_an_interruption_is_kept() -> None:
    model, kept = language_model("llama"), {}
    texts = prompts(tuple(range(2, 42)))

    def keep(row: int, answer: Generated) -> None:
        kept[row] = answer.text
        if len(kept) == 37:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(model, texts, spec=FOUR, on_result=keep)
    assert len(kept) == 37
    expected = continuations(model, texts, FOUR)
    assert all(expected[row] == text for row, text in kept.items())


def test_the_callback_runs_outside_inference_mode() -> None:
    modes: list[bool] = []
    generate(
        language_model("llama"),
        prompts((3, 4)),
        spec=FOUR,
        on_result=lambda _row, _answer: modes.append(torch.is_inference_mode_enabled()),
    )
    assert modes == [False, False]


def test_rows_finished_before_memory_ran_out_are_not_computed_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = language_model("llama")
    texts = prompts((4, 4, 4, 4, 4, 4, 4, 4))
    whole = generated(model, texts, FOUR)
    first = {str(answer.text).split()[0] for answer in whole[:3]}

    def finished(text: str) -> bool:
        return bool(first & set(text.split()))

    plenty = generated(model, texts, until(finished, 4))
    early = [row for row, answer in enumerate(plenty) if answer.tokens == 1]
    assert 0 < len(early) < len(texts)

    class Scarce(Decoding):
        admitted: ClassVar[list[list[int]]] = []
        steps = 0

        def admit(self, rows: Any) -> dict[int, int]:
            self.admitted.append(list(rows))
            return super().admit(rows)

        def step(self) -> list[int]:
            self.steps += 1
            if len(self.admitted) == 1 and self.steps == 2:
                raise torch.OutOfMemoryError
            return super().step()

    monkeypatch.setattr(generation, "Decoding", Scarce)
    sizes: list[int] = []
    found: dict[int, Generated] = {}
    generate(
        model,
        texts,
        spec=until(finished, 4),
        on_result=lambda row, answer: found.update({row: answer}),
        oom_splits=sizes.append,
    )
    again = [row for rows in Scarce.admitted[1:] for row in rows]
    assert sorted([*early, *again]) == list(range(len(texts)))
    assert sizes == [-(-len(again) // 2)]
    assert {row for row, answer in found.items() if not answer.oom_split} == set(early)
    for row, answer in enumerate(plenty):
        assert (found[row].text, found[row].tokens) == (answer.text, answer.tokens)


def test_a_continuation_is_cut_where_the_specification_says() -> None:
    model = language_model("llama")
    (text,) = prompts((5,))
    (whole,) = continuations(model, [text], GenerationSpec(5, NEVER))
    words = whole.split()
    spec = GenerationSpec(5, StopRule(f"{words[1][0]}(?={words[1][1:]})"))
    (answer,) = generated(model, [text], spec)
    assert answer.text == spec.cut(whole)
    assert whole.startswith(answer.text or "-")
    assert len(answer.text or "") < len(whole)
    assert answer.tokens <= 2


def test_no_prompt_and_a_prompt_without_a_token() -> None:
    model = language_model("llama")
    assert generated(model, [], FOUR) == []
    with pytest.raises(RequestError, match="nothing to continue"):
        generated(model, [*prompts((3,)), Encoded((), ())], FOUR)


# Tokenizers -------------------------------------------------------------------------------------


def closing(mark: str = "</s>") -> Any:
    """The tokenizer of all tests, which also closes every text."""
    own = copy.deepcopy(tokenizer())
    core = tokenizers.Tokenizer.from_str(own.backend_tokenizer.to_str())
    core.post_processor = tokenizers.processors.TemplateProcessing(
        single=f"<s> $A {mark}", special_tokens=[("<s>", 1), (mark, core.token_to_id(mark))]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=core, bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    )


@pytest.mark.parametrize("mark", ["</s>", "w63"])
def test_a_tokenizer_that_closes_texts_changes_no_answer(mark: str) -> None:
    model, bare = wrap(transformers_model("llama"), closing(mark)), language_model("llama")
    texts = ["w5 w6 w7", "w9", "w11 w12 w13 w14", ""]
    closed = model.encode(texts)
    assert [text.ids[-1] for text in closed] == [model.tokenizer.convert_tokens_to_ids(mark)] * 4
    assert model.encode_prompts(texts, chat=False) == bare.encode_prompts(texts, chat=False)
    expected = continuations(bare, bare.encode(texts), FOUR)
    assert all(expected)
    assert continuations(model, closed, FOUR) == expected
    assert continuations(model, model.encode_prompts(texts, chat=False), FOUR) == expected
    options = [[" w8", " w9 w10"]] * 3
    assert encode_options(model, texts[:3], options) == encode_options(bare, texts[:3], options)


def test_a_quoted_prompt_is_left_open_and_a_corpus_is_not() -> None:
    model = wrap(transformers_model("llama"), closing())
    (prompt,) = model.encode_quoted(["w5 w6 w7"], [(3, 5)])
    assert prompt.ids == (1, 5, 6, 7)
    assert prompt.word == (False, False, True, False)
    assert prompt.counting_special().ids[-1] == 7
    assert model.encode(["w5 w6 w7"])[0].ids == (1, 5, 6, 7, 2)
    (probed,) = encode(model, ["w5 w6 w7"], chat=False)
    assert probed.counting_special().ids == (1, 5, 6, 7)


@pytest.mark.parametrize(("pad", "end", "expected"), [(64, 2, 2), (10**6, 64, 0), (0, 2, 0)])
def test_padding_has_an_embedding(pad: int, end: int, expected: int) -> None:
    own = copy.deepcopy(tokenizer())
    ids = {"<pad>": pad, "</s>": end}
    real = own.convert_tokens_to_ids

    class Beyond(type(own)):  # type: ignore[misc]
        def convert_tokens_to_ids(self, tokens: Any) -> Any:
            return ids.get(tokens, real(tokens)) if isinstance(tokens, str) else real(tokens)

    own.__class__ = Beyond
    assert (own.pad_token_id, own.eos_token_id) == (pad, end)
    model, bare = wrap(transformers_model("llama"), own), language_model("llama")
    assert model.pad == expected
    texts = prompts((5, 2, 9))
    found = continuations(model, texts, GenerationSpec(1, NEVER))
    assert found == continuations(bare, texts, GenerationSpec(1, NEVER))
    pairs = ["w5 w6", "w7"], [[" w8", " w9 w10"]] * 2
    for answer, other in zip(
        scored(model, encode_options(model, *pairs)),
        scored(bare, encode_options(bare, *pairs)),
        strict=True,
    ):
        assert nats(answer) == pytest.approx(nats(other), abs=1e-5)
    run(model, texts, CountPositive(model.widths))


def test_a_token_without_an_embedding_is_named() -> None:
    own = copy.deepcopy(tokenizer())
    own.add_tokens(["w99"])
    model = wrap(transformers_model("llama"), own)
    match = "writes 'w99' as token 64, but the model has embeddings for 64 tokens only"
    with pytest.raises(ModelError, match=match):
        generated(model, model.encode(["w5 w99"]), FOUR)
    with pytest.raises(ModelError, match=match):
        scored(model, encode_options(model, ["w5"], [[" w6", " w99"]]))
    with pytest.raises(ModelError, match=match):
        run(model, model.encode(["w5 w99"]), CountPositive(model.widths))


# Values that are not a number -------------------------------------------------------------------


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("part", ["head", "norm"])
def test_a_head_or_norm_that_is_not_a_number_is_refused(part: str, value: float) -> None:
    plain = copy.deepcopy(transformers_model("llama"))
    weight = plain.lm_head.weight if part == "head" else plain.model.norm.weight
    model = wrap(plain)
    with torch.no_grad():
        weight[..., 3] = value
    with pytest.raises(ModelError, match="not a number in float32; load it with --dtype"):
        generated(model, prompts((5, 2)), FOUR)


def test_one_row_of_many_that_is_not_a_number_is_refused() -> None:
    plain = copy.deepcopy(transformers_model("llama"))
    model = wrap(plain)
    with torch.no_grad():
        plain.model.embed_tokens.weight[63] = torch.nan
    good = Encoded((1, 5, 6), (True, False, False))
    with pytest.raises(ModelError, match="not a number"):
        generated(
            model, [good, Encoded((1, 63, 6), (True, False, False))], GenerationSpec(1, NEVER)
        )
    assert generated(model, [good], GenerationSpec(1, NEVER))[0].tokens == 1


def test_logits_that_mask_tokens_are_no_fault() -> None:
    plain = copy.deepcopy(transformers_model("llama"))
    real = plain.lm_head.forward

    def masked(states: Any) -> Any:
        logits = real(states)
        logits[..., 40:] = -torch.inf
        return logits

    plain.lm_head.forward = masked
    model = wrap(plain)
    (answer,) = generated(model, prompts((5,)), FOUR)
    assert answer.text
