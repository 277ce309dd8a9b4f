"""Rows: broken ones are refused at load, one's own can be registered, families are listed."""

import copy
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from torch import nn

from bridgex.errors import ModelError, RequestError
from bridgex.lm import architectures
from bridgex.lm.architectures import (
    architecture_of,
    architecture_table,
    register_architecture,
)
from bridgex.lm.batches import Encoded
from bridgex.lm.capture import CountPositive, run
from bridgex.lm.rows import Architecture, Dense, Experts
from tests.lm.tiny import config_of, language_model, tokenizer, transformers_model, weights, wrap


@pytest.fixture(autouse=True)
def forget_registered() -> Iterator[None]:
    built_in = set(architectures.ARCHITECTURES)
    yield
    for name in set(architectures.ARCHITECTURES) - built_in:
        architectures.ARCHITECTURES.unregister(name)


def load_with(family: str, **changes: Any) -> None:
    row = architecture_of(transformers_model(family))
    register_architecture(dataclasses.replace(row, family="mine", **changes))
    wrap(transformers_model(family))


COMPUTES = "does not compute what its architecture row says"


@pytest.mark.parametrize(
    ("family", "changes", "message"),
    [
        ("llama", {"dense": Dense(activation="gate_proj")}, COMPUTES),
        ("llama", {"dense": Dense(up="gate_proj")}, COMPUTES),
        ("llama", {"dense": Dense(activation="up_proj", up="gate_proj")}, COMPUTES),
        ("llama", {"dense": Dense(up=None)}, COMPUTES),
        ("llama", {"dense": Dense(activation="act")}, "no module where its architecture row"),
        ("llama", {"dense": Dense(down="up_proj")}, "has 24 activations where .* leads to 32"),
        ("llama", {"layers": "layer"}, "no module where its architecture row says"),
        (
            "phi3",
            {"dense": Dense(activation="activation_fn", up="gate_up_proj", up_half="first")},
            COMPUTES,
        ),
        ("gpt2", {"dense": Dense(activation="c_fc", down="c_proj", up=None)}, COMPUTES),
        ("bitnet", {"dense": Dense()}, COMPUTES),
        ("lfm2", {"dense": Dense("feed_forward", "w1", "w2", "w3", function="gelu")}, COMPUTES),
        (
            "openai-gpt",
            {"dense": Dense(activation="act", down="c_proj", up=None)},
            "2 times instead of 1",
        ),
        ("qwen2_moe", {"experts": Experts()}, "leaves out 'mlp.shared_expert'"),
        ("gemma4_text", {"experts": None}, "leaves out 'experts'"),
        ("mixtral", {"experts": Experts(at="mlp.gate")}, "no module|no parameter|has no attribute"),
    ],
)
def test_a_broken_row_is_refused(family: str, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        load_with(family, **changes)


def test_a_row_that_misses_layers_is_refused() -> None:
    model = copy.deepcopy(transformers_model("llama"))
    model.config.num_hidden_layers = 5
    with pytest.raises(ModelError, match="finds 2 layers and the model's configuration says 5"):
        wrap(model)


def test_ones_own_row_goes_first() -> None:
    register_architecture(Architecture("mine", ("llama",)))
    model = wrap(transformers_model("llama"))
    assert model.architecture.family == "mine"
    mine = architectures.Listing("mine", ("llama",), "gated", proved=False, reason="")
    assert architecture_table()[0] == mine


class MyConfig(transformers.LlamaConfig):
    model_type = "my_llama"


def test_the_documented_way_to_add_a_row_runs() -> None:
    inner = copy.deepcopy(transformers_model("llama"))
    inner.config.__class__ = MyConfig
    with pytest.raises(ModelError, match="type 'my_llama' have no architecture row"):
        wrap(inner)
    page = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
    example = page.partition("```python\n")[2].partition("```")[0]
    exec(example, {})  # noqa: S102  (the page's own example)
    assert wrap(inner).architecture.family == "mine"


@pytest.mark.parametrize("row", [Architecture("mine", ()), Architecture("x", ("x",), dense=None)])
def test_an_empty_row_is_refused(row: Architecture) -> None:
    with pytest.raises(RequestError, match="at least one model type, and a dense FFN or experts"):
        register_architecture(row)


def test_the_table_lists_each_model_type_once_and_knows_transformers() -> None:
    table = architecture_table()
    types = [name for line in table for name in line.model_types]
    assert len(types) == len(set(types))
    assert set(types) <= set(transformers.CONFIG_MAPPING)
    assert sum(line.proved for line in table) >= 25
    assert {line.kind for line in table} == {"gated", "plain", "experts", "refused"}
    assert all(bool(line.reason) == (line.kind == "refused") for line in table)


def test_the_documentation_lists_the_same_families() -> None:
    page = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
    listed = [line for line in page.splitlines() if line.startswith("| ") and "`" not in line]
    expected = [
        f"| {line.family} | {', '.join(line.model_types)} | "
        + (line.reason if line.reason else f"{line.kind} | {'yes' if line.proved else 'no'}")
        + " |"
        for line in architecture_table()
    ]
    assert listed == expected


def test_a_model_without_row_is_told_how_to_add_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridgex.lm.architectures.FAMILIES", ())
    with pytest.raises(ModelError) as caught:
        architecture_of(transformers_model("llama"))
    message = str(caught.value)
    assert "'llama'" in message
    assert "model.layers.*.mlp.act_fn (SiLUActivation)" in message
    assert "register_architecture(Architecture(" in message


def test_a_model_without_row_or_activation_modules_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridgex.lm.architectures.FAMILIES", ())
    with pytest.raises(ModelError, match="may call them as functions"):
        architecture_of(transformers_model("lfm2"))


def test_a_refused_family_says_why() -> None:
    model = transformers.AutoModelForCausalLM.from_config(config_of("gpt_oss"))
    with pytest.raises(ModelError, match="gpt_oss, which bridgex does not read: its experts"):
        wrap(model)


def test_an_encoder_is_refused() -> None:
    config = transformers.BertConfig(
        vocab_size=64,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
    )
    with pytest.raises(ModelError, match="is an encoder"):
        wrap(transformers.BertForMaskedLM(config))


def test_an_encoder_decoder_is_refused() -> None:
    config = transformers.T5Config(
        vocab_size=64, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2
    )
    with pytest.raises(ModelError, match="is an encoder–decoder"):
        wrap(transformers.T5ForConditionalGeneration(config))


def test_a_model_without_head_is_refused() -> None:
    with pytest.raises(ModelError, match="has no language-model head"):
        wrap(transformers_model("llama").model)


def small(family: str, **more: Any) -> Any:
    return type(config_of(family))(**{**config_of(family).to_dict(), **more})


def wrapped(kind: str) -> nn.Module:
    vision: Any
    config: Any
    if kind == "gemma3":
        vision = transformers.SiglipVisionConfig(
            hidden_size=8,
            intermediate_size=8,
            num_hidden_layers=1,
            num_attention_heads=2,
            image_size=8,
            patch_size=4,
        )
        config = transformers.Gemma3Config(
            text_config=config_of("gemma3_text"), vision_config=vision, mm_tokens_per_image=1
        )
        return transformers.Gemma3ForConditionalGeneration(config)
    vision = transformers.PixtralVisionConfig(
        hidden_size=8,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=8,
        patch_size=4,
    )
    config = transformers.Mistral3Config(text_config=config_of("mistral"), vision_config=vision)
    return transformers.Mistral3ForConditionalGeneration(config)


@pytest.mark.parametrize(("kind", "family"), [("gemma3", "gemma3_text"), ("mistral3", "mistral")])
def test_the_text_model_within_a_multimodal_wrapper_is_read(kind: str, family: str) -> None:
    outer = wrapped(kind).eval()
    weights(outer)
    text = copy.deepcopy(transformers_model(family))
    text.model.load_state_dict(outer.model.language_model.state_dict())  # type: ignore[union-attr]
    texts = [Encoded((1, 5, 9, 11), (True, False, False, False)), Encoded((1, 7), (True, False))]
    inside, alone = wrap(outer), wrap(text)
    assert inside.widths == alone.widths == (24, 24)
    read = [CountPositive(inside.widths) for _ in range(2)]
    run(inside, texts, read[0])
    run(alone, texts, read[1])
    assert all(
        torch.equal(one, two) for one, two in zip(read[0].positive, read[1].positive, strict=True)
    )
    assert read[0].positive[1].sum() > 0


def test_a_tokenizer_without_padding_token_is_no_obstacle() -> None:
    bare = copy.deepcopy(tokenizer())
    bare.pad_token = None
    assert wrap(transformers_model("llama"), bare).pad == bare.eos_token_id
    bare.eos_token = None
    assert wrap(transformers_model("llama"), bare).pad == 0


def test_a_prompt_longer_than_the_context_is_refused() -> None:
    model = language_model("llama")
    assert len(model.encode(["w5 " * 63])[0]) == model.context == 64
    with pytest.raises(ModelError, match="A text of 65 tokens is longer than the context of 64"):
        model.encode(["w5 " * 64])
