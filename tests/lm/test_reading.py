"""Model folders that cannot be read: each is refused in one sentence."""

import json
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from bridgex.errors import ModelError
from bridgex.lm import pretrained
from bridgex.lm.checkpoint import open_checkpoint
from bridgex.lm.identity import folder_digest
from bridgex.lm.source import load
from tests.lm.tiny import config_of, tokenizer, transformers_model


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BRIDGEX_CACHE", str(tmp_path / "cache"))
    place = tmp_path / "tiny"
    transformers_model("llama").save_pretrained(place)
    tokenizer().save_pretrained(place)
    return place


def test_a_saved_model_is_loaded_as_it_was(folder: Path) -> None:
    model = load(str(folder), device="cpu", dtype="float32")
    assert model.widths == (24, 24)
    ids = torch.tensor([[1, 5, 9]])
    with torch.inference_mode():
        again = model.model(input_ids=ids).logits
        assert torch.equal(again, transformers_model("llama")(input_ids=ids).logits)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("family", ["phi3", "gpt2", "mixtral"])
def test_the_proof_passes_in_half_precision(
    family: str, dtype: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIDGEX_CACHE", str(tmp_path / "cache"))
    transformers_model(family).save_pretrained(tmp_path / family)
    tokenizer().save_pretrained(tmp_path / family)
    model = load(str(tmp_path / family), device="cpu", dtype=dtype)
    assert str(model.model.dtype) == f"torch.{dtype}"


def test_a_truncated_weight_file_is_refused(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(ModelError, match=r"cannot be loaded .* may be damaged"):
        load(str(folder), device="cpu")


@pytest.fixture
def shards(folder: Path) -> Path:
    place = folder.with_name("sharded")
    transformers_model("llama").save_pretrained(place, max_shard_size="10KB")
    tokenizer().save_pretrained(place)
    return place


def test_a_model_in_shards_is_the_same_model(folder: Path, shards: Path) -> None:
    assert len(list(shards.glob("*.safetensors"))) > 2
    whole, model = (load(str(each), device="cpu", dtype="float32") for each in (folder, shards))
    assert whole.identity.digest != model.identity.digest
    for name, weight in whole.model.state_dict().items():
        assert torch.equal(weight, model.model.state_dict()[name])


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        ("model-00002-of-*", "which the index lists, cannot be loaded .no such file or directory."),
        ("model.safetensors.index.json", "contains neither model.safetensors nor"),
    ],
)
def test_a_model_in_shards_without_all_its_files_is_refused(
    shards: Path, gone: str, message: str
) -> None:
    next(shards.glob(gone)).unlink()
    with pytest.raises(ModelError, match=message):
        load(str(shards), device="cpu")


def test_every_shard_is_in_the_digest(shards: Path) -> None:
    before = folder_digest(open_checkpoint(shards))
    last = max(shards.glob("*.safetensors"))
    content = bytearray(last.read_bytes())
    content[-1] ^= 1
    last.write_bytes(bytes(content))
    assert folder_digest(open_checkpoint(shards)) != before


def test_weights_that_lack_a_tensor_are_refused(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"lack 1 tensors \(first model.layers.1.mlp.up_proj"):
        load(str(folder), device="cpu")


def test_a_damaged_configuration_is_refused(folder: Path) -> None:
    (folder / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match=r"config\.json cannot be read"):
        load(str(folder), device="cpu")


def test_an_unknown_model_type_is_refused(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "new"}), "utf-8")
    with pytest.raises(ModelError, match="may not know this model"):
        load(str(folder), device="cpu")


def test_code_of_a_repository_is_never_run_nor_asked_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {"model_type": "new", "auto_map": {"AutoConfig": "evil.Config"}}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "evil.py").write_text("raise SystemExit('ran')", encoding="utf-8")
    asked: list[str] = []
    monkeypatch.setattr("builtins.input", asked.append)
    with pytest.raises(ModelError, match="cannot be loaded"):
        load(str(folder), device="cpu")
    assert not asked


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (transformers.T5Config(num_layers=2), "is an encoder–decoder"),
        (transformers.BertConfig(num_hidden_layers=2), "is an encoder "),
        (transformers.DistilBertConfig(n_layers=2), "is not a decoder-only language model"),
        (config_of("mamba"), "recurrent mixers"),
    ],
    ids=lambda value: getattr(value, "model_type", ""),
)
def test_a_model_that_cannot_be_read_is_refused_before_its_weights(
    config: transformers.PreTrainedConfig,
    message: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config.save_pretrained(folder)
    monkeypatch.setattr(pretrained, "_weights", lambda *_: pytest.fail("weights were read"))
    with pytest.raises(ModelError, match=message):
        load(str(folder), device="cpu")


@pytest.mark.parametrize("name", ["cuda", "cuda:7", "mps", "nonsense"])
def test_a_device_that_is_not_there_is_refused(name: str) -> None:
    if torch.cuda.is_available() or torch.backends.mps.is_available():
        pytest.skip("this machine has an accelerator")
    with pytest.raises(ModelError, match=f"The device '{name}' is not available here"):
        load("demo", device=name)


def test_an_unknown_dtype_is_refused() -> None:
    with pytest.raises(ModelError, match="Unknown dtype 'int8'"):
        load("demo", device="cpu", dtype="int8")
