"""Where a model runs and in which type: quantised models, several devices, what does not fit."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from torch import nn

from bridgex.errors import ModelError
from bridgex.lm import pretrained
from bridgex.lm.batches import Encoded
from bridgex.lm.capture import CountPositive, run
from bridgex.lm.checkpoint import open_checkpoint
from bridgex.lm.likelihood import encode_options
from bridgex.lm.model import LanguageModel
from bridgex.lm.placement import Placement, resolve_device, resolve_dtype
from bridgex.lm.pretrained import read_model
from bridgex.lm.source import load
from tests.lm.answers import nats, scored
from tests.lm.tiny import language_model, tokenizer, transformers_model, wrap

CPU = torch.device("cpu")
TEXTS = [Encoded((1, *range(3, 3 + length)), (True, *[False] * length)) for length in (7, 3, 11)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    transformers_model("llama").save_pretrained(tmp_path)
    tokenizer().save_pretrained(tmp_path)
    return tmp_path


def counts(model: LanguageModel) -> list[torch.Tensor]:
    counter = CountPositive(model.widths)
    run(model, TEXTS, counter)
    return counter.positive


@pytest.mark.parametrize("name", ["meta", "cpu:x", ""])
def test_a_word_that_names_no_device_of_this_machine_is_refused(name: str) -> None:
    with pytest.raises(ModelError, match=f"The device '{name}' is not available here"):
        resolve_device(name)


def test_all_gpus_of_a_machine_without_one_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelError, match="all GPUs of the machine, and there is none here"):
        resolve_device("balanced")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve_device("balanced") == Placement(torch.device("cuda:0"), spread=True)
    assert resolve_device("auto") == Placement(torch.device("cuda"))


@pytest.mark.parametrize(
    ("device", "fast", "expected"),
    [
        ("cuda", True, torch.bfloat16),
        ("cuda", False, torch.float32),
        ("mps", True, torch.float32),
        ("cpu", True, torch.bfloat16),
        ("cpu", False, torch.float32),
    ],
)
def test_the_type_is_what_the_processor_has_instructions_for(
    device: str, fast: bool, expected: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bf16(including_emulation: bool = True) -> bool:
        return fast or including_emulation

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", bf16)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: fast)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    assert resolve_dtype("auto", torch.device(device)) == expected
    assert resolve_dtype("float32", torch.device(device)) == torch.float32


def test_layers_on_several_places_are_read_each_on_its_own(folder: Path, tmp_path: Path) -> None:
    places = {
        "model.embed_tokens": "cpu",
        "model.rotary_emb": "cpu",
        "model.layers.0": "cpu",
        "model.layers.1": "disk",
        "model.norm": "disk",
        "lm_head": "cpu",
    }
    spread = transformers.AutoModelForCausalLM.from_pretrained(
        folder, device_map=places, dtype=torch.float32, offload_folder=tmp_path / "offload"
    )
    assert {str(each.device) for each in spread.parameters()} == {"cpu", "meta"}
    model, whole = wrap(spread), language_model("llama")
    assert all(map(torch.equal, counts(model), counts(whole)))
    found, expected = (
        scored(each, encode_options(each, ["w5 w6 w7"], [[" w8 w9", " w8 w4", " w10"]]))
        for each in (model, whole)
    )
    assert nats(found[0]) == pytest.approx(nats(expected[0]), abs=1e-5)


@pytest.mark.skipif(
    torch.cuda.is_available(), reason="a tiny model fits on the GPU of this machine"
)
def test_a_spread_model_that_does_not_fit_on_the_gpus_is_refused(folder: Path) -> None:
    with pytest.raises(ModelError, match="does not fit into the memory of this machine's GPUs"):
        read_model(
            open_checkpoint(folder),
            "tiny",
            torch.float32,
            Placement(torch.device("cuda", 0), spread=True),
        )


def test_a_model_that_does_not_fit_on_its_device_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: Any, **_named: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(transformers.LlamaForCausalLM, "to", full)
    with pytest.raises(ModelError, match="does not fit into the memory of cpu in float32"):
        load(str(folder), device="cpu", dtype="float32")


class Int8Linear(nn.Module):
    """A linear layer as quantisers leave it: integers and a scale, no weight to look at."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        scale = linear.weight.abs().amax(1, keepdim=True) / 127
        self.register_buffer("packed", (linear.weight / scale).round().to(torch.int8))
        self.register_buffer("scale", scale)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight: Any = self.packed
        return nn.functional.linear(x, weight.to(x.dtype) * self.scale)


def quantised(model: nn.Module, names: Sequence[str]) -> None:
    for path, module in list(model.named_modules()):
        if isinstance(module, nn.Linear) and path.rpartition(".")[2] in names:
            home, _, name = path.rpartition(".")
            setattr(model.get_submodule(home), name, Int8Linear(module))


def test_quantised_projections_are_proved_and_read() -> None:
    inner = transformers.LlamaForCausalLM(transformers_model("llama").config).eval()
    inner.load_state_dict(transformers_model("llama").state_dict())
    with torch.no_grad():
        quantised(inner, ("gate_proj", "up_proj", "down_proj", "q_proj", "o_proj", "lm_head"))
    model = wrap(inner)
    assert model.widths == (24, 24)
    whole = counts(language_model("llama"))
    total = sum(int(each.sum()) for each in whole)
    apart = sum(int((one - two).abs().sum()) for one, two in zip(counts(model), whole, strict=True))
    assert 0 < apart < 0.05 * total
    options = encode_options(model, ["w5 w6 w7"], [[" w8 w9", " w10"]])
    assert all(value < 0 for value in nats(scored(model, options)[0]))


def test_transformers_puts_a_quantised_model_on_its_device(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    real: Any = transformers.LlamaForCausalLM.from_pretrained

    def from_pretrained(*given: Any, **named: Any) -> Any:
        asked.append(named["device_map"])
        model, loading = real(*given, **named)
        monkeypatch.setattr(type(model), "to", None)
        return model, loading

    config = transformers.AutoConfig.from_pretrained(folder)
    config.quantization_config = {"quant_method": "bitsandbytes", "load_in_8bit": True}
    config.save_pretrained(folder)
    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", from_pretrained)
    with pytest.raises(ModelError, match=r"it is quantised \(bitsandbytes\), which needs the"):
        load(str(folder), device="cpu")
    assert asked == [{"": CPU}]


def test_weights_that_unpack_in_the_first_pass_are_there_for_capture(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Any = transformers.AutoModelForCausalLM.from_pretrained

    def from_pretrained(*given: Any, **named: Any) -> Any:
        model, loading = real(*given, **named)
        gate = model.model.layers[1].mlp.gate_proj
        weight = gate.weight
        del gate.weight

        def unpack(_model: nn.Module, _inputs: Any) -> None:
            handle.remove()
            gate.weight = weight

        handle = model.register_forward_pre_hook(unpack)
        return model, loading

    monkeypatch.setattr(pretrained, "_quantised", lambda _config: "packed")
    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", from_pretrained)
    model = load(str(folder), device="cpu", dtype="float32")
    assert all(map(torch.equal, counts(model), counts(language_model("llama"))))


def test_quantised_experts_are_refused() -> None:
    inner = transformers.MixtralForCausalLM(transformers_model("mixtral").config).eval()
    experts = inner.model.layers[0].mlp.experts
    experts.down_proj = nn.Parameter(experts.down_proj.to(torch.float8_e4m3fn), requires_grad=False)
    with pytest.raises(ModelError, match=r"experts of this model are quantised \(float8_e4m3fn\)"):
        wrap(inner)


def test_weights_that_are_not_a_number_are_refused_at_load() -> None:
    inner = transformers.LlamaForCausalLM(transformers_model("llama").config).eval()
    with torch.no_grad():
        inner.model.layers[1].mlp.down_proj.weight[0, 0] = torch.nan
    with pytest.raises(
        ModelError,
        match=r"1\.mlp\.down_proj\.weight' contain values that are infinite or not a number",
    ):
        wrap(inner)
