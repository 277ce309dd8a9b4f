"""Model folders from strangers: what may not be read is refused before anything of it is opened."""

import copy
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import safetensors
import torch
import transformers
from safetensors.torch import load_file, save_file

from bridgex.errors import ModelError, reason
from bridgex.lm import pretrained
from bridgex.lm.checkpoint import open_checkpoint
from bridgex.lm.identity import folder_digest
from bridgex.lm.proof import check_weights
from bridgex.lm.source import ModelSource, load
from tests.lm.tiny import transformers_model

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"


@pytest.fixture
def folder(tmp_path: Path, tiny_folder: Path) -> Path:
    return Path(shutil.copytree(tiny_folder, tmp_path / "home" / "model"))


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Fail a test that waits instead of waiting with it."""

    def late(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def change_json(path: Path, **fields: Any) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(content | fields), encoding="utf-8")


def list_weights(folder: Path, name: str) -> None:
    """Let an index list all tensors in one file."""
    with safetensors.safe_open(folder / WEIGHTS, framework="pt") as file:
        names = list(file.keys())
    (folder / WEIGHTS).unlink()
    index = {"metadata": {"total_size": 1}, "weight_map": dict.fromkeys(names, name)}
    (folder / INDEX).write_text(json.dumps(index), encoding="utf-8")


def require_refused(folder: Path, message: str) -> None:
    with within(20), pytest.raises(ModelError, match=message) as caught:
        load(str(folder), device="cpu", dtype="float32")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "../outside.safetensors",
        "sub/../../outside.safetensors",
        "/{outside}",
        "link/outside.safetensors",
        "linked.safetensors",
        "..\\outside.safetensors",
        "C:\\outside.safetensors",
    ],
)
def test_an_index_that_leads_out_of_its_folder_is_refused(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = folder.parent / "outside.safetensors"
    shutil.copyfile(folder / WEIGHTS, outside)
    (folder / "sub").mkdir()
    (folder / "link").symlink_to(folder.parent, target_is_directory=True)
    (folder / "linked.safetensors").symlink_to(outside)
    list_weights(folder, name.replace("/{outside}", str(outside)))
    monkeypatch.setattr(safetensors, "safe_open", lambda *_, **__: pytest.fail("it was opened"))
    require_refused(folder, "which is outside the folder; copy the weights into it")


@pytest.mark.parametrize(
    "name", ["pytorch_model.bin", "sub/w.bin", "model.pt", "w.safetensors.bin"]
)
def test_an_index_that_lists_pickled_weights_is_refused(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    torch.save(load_file(folder / WEIGHTS), folder / name)
    list_weights(folder, name)
    require_refused(folder, "which is not safetensors; pickled weights are never loaded")


def test_an_index_may_list_files_in_a_folder_within(folder: Path) -> None:
    expected = load(str(folder), device="cpu", dtype="float32").model.state_dict()
    (folder / "sub").mkdir()
    shutil.copyfile(folder / WEIGHTS, folder / "sub" / "w.safetensors")
    list_weights(folder, "sub/w.safetensors")
    found = load(str(folder), device="cpu", dtype="float32").model.state_dict()
    assert all(torch.equal(found[name], expected[name]) for name in expected)


@pytest.mark.parametrize(
    "index",
    [
        {},
        [],
        {"weight_map": {}, "metadata": {}},
        {"weight_map": {"a": 1}, "metadata": {}},
        {"weight_map": {"a": None}, "metadata": {}},
        {"weight_map": ["w.safetensors"], "metadata": {}},
        {"weight_map": {"a": "a\0.safetensors"}, "metadata": {}},
        {"weight_map": {"a": "n" * 5000 + ".safetensors"}, "metadata": {}},
        {"weight_map": {"a": "loop.safetensors"}, "metadata": {}},
        {"weight_map": {"a": "config.json/w.safetensors"}, "metadata": {}},
        {"weight_map": {"a": "model"}, "metadata": {}},
    ],
    ids=lambda index: str(index)[:40],
)
def test_a_damaged_index_is_refused(folder: Path, index: Any) -> None:
    (folder / WEIGHTS).unlink()
    (folder / "loop.safetensors").symlink_to("loop.safetensors")
    (folder / INDEX).write_text(json.dumps(index), encoding="utf-8")
    require_refused(folder, "index")


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
@pytest.mark.parametrize(
    "name",
    [
        "config.json",
        "tokenizer.json",
        "extra.json",
        "merges.txt",
        "chat_template.jinja",
        WEIGHTS,
        INDEX,
        "listed.safetensors",
        "additional_chat_templates/tools.jinja",
    ],
)
def test_only_regular_files_are_read(folder: Path, name: str, make: Callable[[Path], None]) -> None:
    (folder / "additional_chat_templates").mkdir()
    if name == "listed.safetensors":
        list_weights(folder, name)
    (folder / WEIGHTS).unlink(missing_ok=name == "listed.safetensors")
    (folder / name).unlink(missing_ok=True)
    make(folder / name)
    # a link that leads to a device out of the folder is refused for either reason
    require_refused(folder, "is not a regular file|outside the folder")


def test_a_model_that_is_a_pipe_or_device_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "model.gguf")
    for name in (str(tmp_path / "model.gguf"), "/dev/zero"):
        with within(20), pytest.raises(ModelError, match="is a device or pipe"):
            ModelSource(name)


def test_a_file_too_large_for_a_tokenizer_is_refused(folder: Path) -> None:
    with (folder / "tokenizer.json").open("ab") as file:
        file.truncate(2**40)
    require_refused(folder, r"has 1024.0 GiB, more than any configuration or tokenizer")


@pytest.mark.parametrize("layers", [11, 10**6, 2**31 - 1, 10**30])
@pytest.mark.parametrize("field", ["num_hidden_layers", "n_layer"])
def test_more_layers_than_the_files_hold_are_refused_from_sizes(
    folder: Path, field: str, layers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_json(folder / "config.json", **{field: layers})
    monkeypatch.setattr(transformers.AutoConfig, "from_pretrained", None)
    require_refused(folder, rf"says {field} {layers} and its weights contain tensors of 10 layers")


@pytest.mark.parametrize("layers", [0, -1, "10", 1.5, True, [10]])
def test_a_number_of_layers_that_is_none_is_refused(folder: Path, layers: Any) -> None:
    change_json(folder / "config.json", num_hidden_layers=layers)
    require_refused(folder, "which is not a valid number of layers")


@pytest.mark.parametrize(
    "fields",
    [
        {"vocab_size": 2**40},
        {"hidden_size": 2**30},
        {"intermediate_size": 2**31 - 1},
        {"num_attention_heads": 2**28, "head_dim": 64},
        {"vocab_size": 2**62},
    ],
    ids=str,
)
def test_more_weights_than_the_files_hold_are_refused_before_they_are_made(
    folder: Path, fields: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    change_json(folder / "config.json", **fields)
    monkeypatch.setattr(pretrained, "_weights", lambda *_: pytest.fail("they were made"))
    require_refused(folder, "describes a model of|cannot be loaded")


@pytest.mark.parametrize("method", ["fantasy", "", None, 7])
def test_an_unknown_quantisation_is_refused(folder: Path, method: Any) -> None:
    change_json(folder / "config.json", quantization_config={"quant_method": method, "bits": 4})
    require_refused(folder, r"quantised by a method that transformers .* does not know")


def test_an_unknown_quantisation_of_the_text_model_is_refused(folder: Path) -> None:
    inner = {"quantization_config": {"quant_method": "fantasy"}}
    change_json(folder / "config.json", text_config=inner)
    require_refused(folder, r"quantised by a method that transformers .* does not know")


def test_what_a_message_quotes_is_one_printable_line(folder: Path) -> None:
    list_weights(folder, "a\n\x1b[2Jb.bin")
    with pytest.raises(ModelError) as caught:
        load(str(folder), device="cpu")
    assert str(caught.value).isprintable()
    assert reason(ValueError("\n a\x1b[2J\x9b \n b")) == r"a\x1b[2J\x9b"


def test_an_adapter_is_no_model(folder: Path) -> None:
    (folder / "adapter_config.json").write_text("{}", encoding="utf-8")
    require_refused(folder, "contains an adapter, not a whole model; merge it")


def test_weights_under_another_name_are_refused(folder: Path) -> None:
    change_json(folder / "config.json", transformers_weights="other.safetensors")
    require_refused(folder, "names other weights")


@pytest.mark.parametrize(
    "name", ["config.json", "generation_config.json", "tokenizer_config.json", INDEX]
)
@pytest.mark.parametrize("content", ["[" * 200_000, "\ud800", '"text"', "null", '{"a": \x00}'])
def test_json_that_is_none_is_refused(folder: Path, name: str, content: str) -> None:
    if name == INDEX:
        (folder / WEIGHTS).unlink()
    (folder / name).write_bytes(content.encode("utf-8", "surrogatepass"))
    require_refused(folder, "cannot be read|does not contain a JSON object|lists no weights")


def renamed(folder: Path, tensor: str, new: str | None) -> None:
    weights = load_file(folder / WEIGHTS)
    value = weights.pop(tensor)
    if new is not None:
        weights[new] = value
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})


@pytest.mark.parametrize(
    "tensor",
    [
        "lm_head.weight",
        "model.embed_tokens.weight",
        "model.norm.weight",
        "model.layers.0.input_layernorm.weight",
        "model.layers.9.mlp.gate_proj.weight",
    ],
)
@pytest.mark.parametrize("new", ["X", None])
def test_every_parameter_comes_from_the_files(folder: Path, tensor: str, new: str | None) -> None:
    renamed(folder, tensor, None if new is None else tensor[:-1] + new)
    require_refused(folder, rf"lack 1 tensors \(first {tensor}\), which would be drawn at random")


def test_what_a_class_lets_be_missing_is_refused_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        transformers.LlamaForCausalLM, "_keys_to_ignore_on_load_missing", [r"norm\.weight"]
    )
    load(str(folder), device="cpu", dtype="float32")
    renamed(folder, "model.norm.weight", None)
    require_refused(folder, "first model.norm.weight")


def test_tied_weights_need_one_tensor_and_an_unused_one_is_named(folder: Path) -> None:
    change_json(folder / "config.json", tie_word_embeddings=True)
    renamed(folder, "lm_head.weight", None)
    source = ModelSource(str(folder), device="cpu", dtype="float32")
    model = source.load().model
    assert model.lm_head.weight is model.model.embed_tokens.weight
    assert source.notes == ()
    weights = load_file(folder / WEIGHTS) | {"model.extra.weight": torch.ones(2)}
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
    source = ModelSource(str(folder), device="cpu", dtype="float32")
    source.load()
    assert source.notes == (
        "The model's files contain tensors that its model type does not use: model.extra.weight.",
    )


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("tensor", ["lm_head.weight", "model.norm.weight"])
def test_weights_that_are_not_finite_are_named_at_load(
    folder: Path, tensor: str, value: float
) -> None:
    weights = load_file(folder / WEIGHTS)
    weights[tensor].view(-1)[3] = value
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
    require_refused(folder, rf"The weights '{tensor}' contain values that are infinite or not a")


def test_a_matrix_of_zeros_is_named_at_load(folder: Path) -> None:
    weights = load_file(folder / WEIGHTS)
    weights["model.layers.3.self_attn.o_proj.weight"].zero_()
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
    require_refused(folder, "weights 'model.layers.3.self_attn.o_proj.weight' are all zero")


def test_a_bias_of_zeros_is_a_bias() -> None:
    model = copy.deepcopy(transformers_model("gpt2"))
    with torch.no_grad():
        model.transformer.h[0].mlp.c_fc.bias.zero_()
    check_weights(model)
    with torch.no_grad():
        model.transformer.h[0].mlp.c_fc.weight.zero_()
    with pytest.raises(ModelError, match=r"'transformer\.h\.0\.mlp\.c_fc\.weight' are all zero"):
        check_weights(model)


def digest_of(folder: Path) -> str:
    return folder_digest(open_checkpoint(folder))


@pytest.mark.parametrize(
    "name",
    [
        "config.json",
        "generation_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "sub/w.safetensors",
        INDEX,
        "chat_template.jinja",
        "additional_chat_templates/tools.jinja",
        "vocab.txt",
        "spiece.model",
    ],
)
def test_every_file_that_is_read_is_in_the_identity(folder: Path, name: str) -> None:
    (folder / "sub").mkdir()
    shutil.copyfile(folder / WEIGHTS, folder / "sub" / "w.safetensors")
    list_weights(folder, "sub/w.safetensors")
    change_json(folder / INDEX, note="here")
    (folder / "additional_chat_templates").mkdir()
    path = folder / name
    if not path.exists():
        path.write_text("{{ messages }}", encoding="utf-8")
    before, times = digest_of(folder), (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    content = path.read_bytes()
    old, new = {INDEX: (b"here", b"hers"), "sub/w.safetensors": (b"", b"")}.get(name, (b"e", b"o"))
    changed = content.replace(old, new, 1) if old else content[:-1] + b"\x01"
    assert len(changed) == len(content)
    assert changed != content
    path.write_bytes(changed)
    os.utime(path, ns=times)
    assert digest_of(folder) != before


def test_what_is_not_read_is_not_in_the_identity(folder: Path) -> None:
    before = digest_of(folder)
    (folder / "README.md").write_text("read me", encoding="utf-8")
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    shutil.copyfile(folder / WEIGHTS, folder / "consolidated.safetensors")
    assert digest_of(folder) == before


def test_files_changed_between_identity_and_load_are_refused(folder: Path) -> None:
    source = ModelSource(str(folder), device="cpu", dtype="float32")
    weights = load_file(folder / WEIGHTS)
    weights["lm_head.weight"] += 1
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"model\.safetensors was changed after model had been"):
        source.load()


def test_a_library_s_long_message_becomes_one_sentence_and_stays_the_cause(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: Any, **_named: Any) -> None:
        raise ValueError("\n\n  first line\nsecond line\n" + "x" * 10_000)

    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", fail)
    with pytest.raises(ModelError, match=r"cannot be loaded \(first line\)") as caught:
        load(str(folder), device="cpu")
    assert "second line" in str(caught.value.__cause__)


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "[" * 100_000, '{"model": {"type": "BPE"}}', '{"version": 1}']
)
def test_a_damaged_tokenizer_is_refused(folder: Path, content: str) -> None:
    (folder / "tokenizer.json").write_text(content, encoding="utf-8")
    require_refused(folder, "The tokenizer of model cannot be loaded")


def test_a_tokenizer_s_panic_is_a_damaged_tokenizer(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PanicException(BaseException):
        pass

    def panic(*_given: Any, **_named: Any) -> None:
        raise PanicException("called `Result::unwrap()`")

    monkeypatch.setattr(transformers.AutoTokenizer, "from_pretrained", panic)
    require_refused(folder, "The tokenizer of model cannot be loaded")


def test_the_tokenizer_loads_without_weights_and_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pretrained, "_weights", lambda *_: pytest.fail("weights were read"))
    source = ModelSource(str(folder), device="cpu")
    assert source.tokenizer()("a")["input_ids"]
    assert source.tokenizer() is source.tokenizer()
    assert not source.is_loaded


def test_a_tokenizer_of_more_words_than_the_embedding_is_refused(folder: Path) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens(["onemore"])
    tokenizer.save_pretrained(folder)
    require_refused(folder, "has the token 'onemore' with id 259 and the model has 259 embeddings")


def test_a_special_token_beyond_the_embedding_is_allowed(folder: Path) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>"]})
    tokenizer.save_pretrained(folder)
    assert load(str(folder), device="cpu").tokenizer.convert_tokens_to_ids("<image>") == 259
