"""A model and tokenizer that are in memory already: identified, read, and left as they are."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from bridgex.errors import ModelError
from bridgex.lm.batches import Encoded
from bridgex.lm.capture import CountPositive, run
from bridgex.lm.identity import model_digest
from bridgex.lm.source import ModelSource, load
from tests.lm.tiny import tokenizer as word_tokenizer
from tests.lm.tiny import transformers_model

TEXTS = [Encoded((1, 40, 50, 60), (True, False, False, False))]


def model_of(folder: Path, **named: Any) -> Any:
    return transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **named)


def tokenizer_of(folder: Path) -> Any:
    return transformers.AutoTokenizer.from_pretrained(folder)


@pytest.fixture
def model(tiny_folder: Path) -> Any:
    return model_of(tiny_folder)


@pytest.fixture
def tokenizer(tiny_folder: Path) -> Any:
    return tokenizer_of(tiny_folder)


def counts(source: ModelSource) -> list[torch.Tensor]:
    loaded = source.load()
    counter = CountPositive(loaded.widths)
    run(loaded, TEXTS, counter)
    return counter.positive


def test_it_gives_the_numbers_of_the_same_model_on_disk(
    model: Any, tokenizer: Any, tiny_folder: Path
) -> None:
    source = ModelSource.in_memory(model, tokenizer)
    on_disk = ModelSource(str(tiny_folder), device="cpu", dtype="float32")
    assert all(map(torch.equal, counts(source), counts(on_disk)))
    assert source.load().model is model
    assert source.tokenizer() is tokenizer
    assert (source.identity.dtype, source.identity.device) == ("float32", "cpu")
    assert source.identity.libraries == on_disk.identity.libraries
    assert source.load() is source.load()


def test_it_is_neither_moved_nor_cast_nor_changed(tiny_folder: Path, tokenizer: Any) -> None:
    model = model_of(tiny_folder).to(torch.bfloat16)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    places = {name: weight.data_ptr() for name, weight in model.state_dict().items()}
    state = (tokenizer.backend_tokenizer.to_str(), tokenizer.chat_template, len(tokenizer))
    config = model.config.to_dict()
    source = ModelSource.in_memory(model, tokenizer)
    counts(source)
    assert source.identity.dtype == "bfloat16"
    for name, weight in model.state_dict().items():
        assert weight.data_ptr() == places[name]
        assert torch.equal(weight, before[name])
    assert (tokenizer.backend_tokenizer.to_str(), tokenizer.chat_template, len(tokenizer)) == state
    assert model.config.to_dict() == config
    assert all(weight.requires_grad for weight in model.parameters())
    assert not any(module._forward_hooks for module in model.modules())


def test_the_same_model_has_the_same_digest(tiny_folder: Path, tokenizer: Any) -> None:
    first, second = model_of(tiny_folder), model_of(tiny_folder)
    second.config._name_or_path = "elsewhere"
    digest = model_digest(first, tokenizer)
    used = tokenizer_of(tiny_folder)
    used(["a", "abc"], padding=True, truncation=True, max_length=2)
    counts(ModelSource.in_memory(second, used))
    assert model_digest(second, used) == digest


def weight(model: Any, _tokenizer: Any) -> None:
    with torch.no_grad():
        model.model.layers[3].mlp.up_proj.weight[2, 5] += 1e-3


def scale(model: Any, _tokenizer: Any) -> None:
    model.config.rope_parameters["rope_theta"] = 1234.0


def attention(model: Any, _tokenizer: Any) -> None:
    model.set_attn_implementation("eager")


def precision(model: Any, _tokenizer: Any) -> None:
    model.bfloat16()


def swap(model: Any, _tokenizer: Any) -> None:
    layers = model.model.layers
    first, second = layers[0].mlp.up_proj, layers[1].mlp.up_proj
    first.weight, second.weight = second.weight, first.weight


def tie(model: Any, _tokenizer: Any) -> None:
    model.lm_head.weight = model.model.embed_tokens.weight


def template(_model: Any, tokenizer: Any) -> None:
    tokenizer.chat_template = "{{ messages }}"


def word(_model: Any, tokenizer: Any) -> None:
    tokenizer.add_special_tokens({"eos_token": "a"})


def lower(_model: Any, tokenizer: Any) -> None:
    import tokenizers

    tokenizer.backend_tokenizer.normalizer = tokenizers.normalizers.Lowercase()


@pytest.mark.parametrize(
    "change", [weight, scale, attention, precision, swap, tie, template, word, lower]
)
def test_what_changes_the_numbers_changes_the_digest(
    model: Any, tokenizer: Any, change: Callable[[Any, Any], None]
) -> None:
    before = model_digest(model, tokenizer)
    change(model, tokenizer)
    assert model_digest(model, tokenizer) != before


def test_a_tokenizer_written_in_python_has_a_digest(tmp_path: Path) -> None:
    words = tmp_path / "vocab.json"
    words.write_text('{"<unk>": 0, "a</w>": 1, "b</w>": 2, "ab</w>": 3}', encoding="utf-8")
    merges = tmp_path / "merges.txt"
    merges.write_text("#version: 0.2\na b</w> 1\n", encoding="utf-8")
    model = transformers_model("ctrl")

    def digest() -> str:
        return model_digest(model, transformers.CTRLTokenizer(str(words), str(merges)))

    before = digest()
    assert digest() == before
    merges.write_text("#version: 0.2\nb b</w> 1\n", encoding="utf-8")
    assert digest() != before


def test_progress_tells_what_takes_time(model: Any, tokenizer: Any) -> None:
    said: list[tuple[str, int | None]] = []
    told: list[int] = []

    @contextmanager
    def progress(what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        said.append((what, total))
        yield told.append

    source = ModelSource.in_memory(model, tokenizer, progress=progress)
    size = sum(weight.nbytes for weight in model.state_dict().values())
    assert said == [("Computing the identity of the model in memory", size)]
    assert sum(told) == size
    assert len(source.identity.digest) == 64


def test_a_digest_given_by_hand_is_taken_and_shown(
    model: Any, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridgex.lm.source.model_digest", lambda *_: pytest.fail("it was read"))
    source = ModelSource.in_memory(model, tokenizer, digest="run-7, step 1200")
    assert source.identity.digest == "given:run-7, step 1200"
    assert str(source.identity).endswith("@given:run-7, step 1200")
    with pytest.raises(ModelError, match=r"The digest given for .* is empty; give a name"):
        ModelSource.in_memory(model, tokenizer, digest=" ")


def test_weights_changed_after_the_identity_are_refused(model: Any, tokenizer: Any) -> None:
    source = ModelSource.in_memory(model, tokenizer)
    source.load()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    model(input_ids=torch.tensor([[1, 2, 3]])).logits.sum().backward()
    optimiser.step()
    with pytest.raises(ModelError, match=r"changed after its identity .* open a new session"):
        source.load()


def test_a_model_put_into_training_mode_later_is_refused(model: Any, tokenizer: Any) -> None:
    source = ModelSource.in_memory(model, tokenizer)
    source.load()
    model.train()
    with pytest.raises(ModelError, match=r"in training mode.*model\.eval\(\)"):
        source.load()


def test_weights_that_show_no_bytes_need_a_digest_by_hand(
    model: Any, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = model.state_dict() | {"extra": object()}
    monkeypatch.setattr(model, "state_dict", lambda: state)
    with pytest.raises(ModelError, match="give one by hand with digest="):
        ModelSource.in_memory(model, tokenizer)
    assert ModelSource.in_memory(model, tokenizer, digest="mine").identity.digest == "given:mine"


def test_a_model_from_a_folder_has_the_folder_s_name(
    model: Any, tokenizer: Any, tiny_folder: Path
) -> None:
    assert Path(model.config._name_or_path).is_absolute()
    assert ModelSource.in_memory(model, tokenizer).identity.name == tiny_folder.name


def on_meta(model: Any, tokenizer: Any) -> tuple[Any, Any]:
    return model.to("meta"), tokenizer


def partly_on_meta(model: Any, tokenizer: Any) -> tuple[Any, Any]:
    model.model.layers[4].to("meta")
    return model, tokenizer


def training(model: Any, tokenizer: Any) -> tuple[Any, Any]:
    return model.train(), tokenizer


def one_layer_training(model: Any, tokenizer: Any) -> tuple[Any, Any]:
    model.model.layers[4].train()
    return model, tokenizer


def no_head(model: Any, tokenizer: Any) -> tuple[Any, Any]:
    return model.model, tokenizer


def encoder_decoder(_model: Any, tokenizer: Any) -> tuple[Any, Any]:
    config = transformers.T5Config(vocab_size=300, d_model=8, d_ff=8, num_layers=1, num_heads=1)
    return transformers.T5ForConditionalGeneration(config).eval(), tokenizer


def encoder(_model: Any, tokenizer: Any) -> tuple[Any, Any]:
    config = transformers.BertConfig(
        vocab_size=300,
        hidden_size=8,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
    )
    return transformers.BertForMaskedLM(config).eval(), tokenizer


def no_tokenizer(model: Any, _tokenizer: Any) -> tuple[Any, Any]:
    return model, None


def core_tokenizer(model: Any, tokenizer: Any) -> tuple[Any, Any]:
    return model, tokenizer.backend_tokenizer


def larger_tokenizer(model: Any, tokenizer: Any) -> tuple[Any, Any]:
    tokenizer.add_tokens(["onemore"])
    return model, tokenizer


def bare_module(_model: Any, tokenizer: Any) -> tuple[Any, Any]:
    return torch.nn.Linear(2, 2), tokenizer


def name_of_a_model(_model: Any, tokenizer: Any) -> tuple[Any, Any]:
    return "gpt2", tokenizer


def nothing(_model: Any, tokenizer: Any) -> tuple[Any, Any]:
    return None, tokenizer


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (on_meta, "has weights on the meta device.*; load it onto a device"),
        (partly_on_meta, "has weights on the meta device"),
        (training, r"is in training mode.*; call model\.eval\(\) first"),
        (one_layer_training, r"is in training mode"),
        (no_head, "has no language-model head; load it with AutoModelForCausalLM"),
        (encoder_decoder, "is an encoder–decoder"),
        (encoder, "is an encoder "),
        (no_tokenizer, r"needs its tokenizer and was given NoneType; give what AutoTokenizer"),
        (core_tokenizer, "needs its tokenizer and was given Tokenizer"),
        (larger_tokenizer, "has the token 'onemore' with id 259 and the model has 259 embeddings"),
        (bare_module, "is a model of transformers and this is a Linear; give"),
        (name_of_a_model, "this is a str; give"),
        (nothing, "this is a NoneType; give"),
    ],
)
def test_what_cannot_be_read_is_refused_before_it_is_hashed(
    model: Any,
    tokenizer: Any,
    make: Callable[[Any, Any], tuple[Any, Any]],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bridgex.lm.source.model_digest", lambda *_: pytest.fail("it was read"))
    with pytest.raises(ModelError, match=message) as caught:
        ModelSource.in_memory(*make(model, tokenizer))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("family", ["gpt2", "mixtral", "gemma3_text", "bloom"])
def test_other_families_in_memory(family: str) -> None:
    inner = copy.deepcopy(transformers_model(family))
    source = ModelSource.in_memory(inner, word_tokenizer())
    assert source.load().model is inner
    assert len(source.identity.digest) == 64


def test_a_model_made_in_inference_mode_is_read(tiny_folder: Path, tokenizer: Any) -> None:
    with torch.inference_mode():
        model = model_of(tiny_folder)
    expected = load(str(tiny_folder), device="cpu", dtype="float32")
    found = ModelSource.in_memory(model, tokenizer).load()
    assert found.widths == expected.widths
