"""Quantised models on a GPU: read, proved at load, and their activations recomputed by hand."""

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import save_file
from torch.nn.functional import linear, silu

from bridgex.generation import GenerationSpec
from bridgex.lm.batches import Encoded
from bridgex.lm.capture import CountPositive, PoolNeurons, run
from bridgex.lm.likelihood import encode_options
from bridgex.lm.model import LanguageModel
from bridgex.lm.quiet import quiet_transformers
from bridgex.lm.source import load
from tests.lm.answers import NEVER, generated, nats, scored
from tests.lm.tiny import config_of, tokenizer, weights

pytestmark = [
    pytest.mark.skipif(
        not torch.cuda.is_available(), reason="needs an NVIDIA GPU that this build of torch can use"
    ),
    pytest.mark.filterwarnings("default"),  # what the packages of the methods warn of
]
GPU = torch.device("cuda")
TEXTS = [Encoded((1, *range(3, 3 + length)), (True, *[False] * length)) for length in (7, 3, 11, 5)]

Dequantise = Callable[[Any], torch.Tensor]


def needs(package: str) -> pytest.MarkDecorator:
    absent = importlib.util.find_spec(package) is None
    return pytest.mark.skipif(absent, reason=f"needs the package {package}")


def whole() -> Any:
    """A tiny Llama whose projections are large enough for the kernels of the methods."""
    config = config_of("llama")
    config.hidden_size, config.intermediate_size, config.head_dim = 128, 256, 32
    with quiet_transformers():
        model = transformers.LlamaForCausalLM(config).eval()
    weights(model)
    return model


def quantised_folder(folder: Path, settings: Any) -> Path:
    """Write a model as its quantiser does."""
    plain = folder / "plain"
    with quiet_transformers():
        whole().save_pretrained(plain)
        model = transformers.AutoModelForCausalLM.from_pretrained(
            plain, quantization_config=settings, device_map={"": GPU}, dtype=torch.bfloat16
        )
        model.save_pretrained(folder / "quantised")
    tokenizer().save_pretrained(folder / "quantised")
    return folder / "quantised"


@contextmanager
def watched(
    model: LanguageModel, dequantise: Dequantise
) -> Iterator[list[dict[str, list[torch.Tensor]]]]:
    """Recompute, per layer and text, the activations from what each gate projection was given."""
    seen: list[dict[str, list[torch.Tensor]]] = []
    handles = []
    for layer in model.model.model.layers:
        gate, found = layer.mlp.gate_proj, {"by hand": [], "from output": []}  # type: ignore[var-annotated]
        seen.append(found)

        def hook(
            module: Any, inputs: Any, output: torch.Tensor, found: Any = found, gate: Any = gate
        ) -> None:
            x = inputs[0].float().flatten(0, -2)
            found["by hand"].append(silu(linear(x, dequantise(gate).float())))
            found["from output"].append(silu(output.flatten(0, -2)).float())

        handles.append(gate.register_forward_hook(hook))
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def require_read(model: LanguageModel, dequantise: Dequantise, tolerance: float) -> None:
    """Captured means are those by hand; counts are of what the projection itself gives."""
    assert {each.device.type for each in model.model.parameters()} == {GPU.type}
    assert model.widths == (256, 256)
    everything = [torch.ones(width, dtype=torch.bool) for width in model.widths]
    for text in TEXTS:
        pool, counts = PoolNeurons(everything, 1, "mean"), CountPositive(model.widths)
        with watched(model, dequantise) as seen:
            run(model, [text], pool)
        run(model, [text], counts)
        for layer, found in enumerate(seen):
            captured = pool.values[layer][:, 0]
            for name, allowed in (("from output", 1e-2), ("by hand", tolerance)):
                expected = found[name][0][1:].mean(0).cpu()
                assert float((captured - expected).norm() / expected.norm()) < allowed, name
            positive = (found["from output"][0][1:] > 0).sum(0).cpu()
            assert int((counts.positive[layer] - positive).abs().sum()) <= 2
    options = encode_options(model, ["w5 w6 w7"], [[" w8 w9", " w10"]])
    assert all(value < 0 for value in nats(scored(model, options)[0]))
    assert all(each.tokens == 3 for each in generated(model, TEXTS, GenerationSpec(3, NEVER)))


def require_near(model: LanguageModel, allowed: float) -> None:
    """What was quantised is still the model that was written."""
    ids = torch.tensor([TEXTS[2].ids])
    with torch.inference_mode():
        expected = whole()(ids).logits
        found = model.model(ids.to(GPU)).logits.float().cpu()
    assert float((found - expected).norm() / expected.norm()) < allowed


@needs("bitsandbytes")
def test_bitsandbytes_in_8_bits(tmp_path: Path) -> None:
    folder = quantised_folder(tmp_path, transformers.BitsAndBytesConfig(load_in_8bit=True))
    model = load(str(folder), device=str(GPU), dtype="bfloat16")
    assert type(model.model.model.layers[0].mlp.gate_proj).__name__ == "Linear8bitLt"

    def dequantise(gate: Any) -> torch.Tensor:
        state = gate.state
        packed = gate.weight.data if state.CB is None else state.CB
        scale = gate.weight.SCB if state.SCB is None else state.SCB
        whole: torch.Tensor = packed.float() * scale.float()[:, None] / 127
        return whole

    require_read(model, dequantise, tolerance=3e-2)  # the method also rounds what it is given
    require_near(model, 0.1)


@needs("bitsandbytes")
@pytest.mark.parametrize(("kind", "near"), [("nf4", 0.6), ("fp4", 0.8)])
def test_bitsandbytes_in_4_bits(kind: str, near: float, tmp_path: Path) -> None:
    settings = transformers.BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type=kind, bnb_4bit_compute_dtype=torch.bfloat16
    )
    model = load(str(quantised_folder(tmp_path, settings)), device=str(GPU), dtype="bfloat16")
    assert type(model.model.model.layers[0].mlp.gate_proj).__name__ == "Linear4bit"

    def dequantise(gate: Any) -> torch.Tensor:
        functional = importlib.import_module("bitsandbytes.functional")
        weight: torch.Tensor = functional.dequantize_4bit(gate.weight.data, gate.weight.quant_state)
        return weight.reshape(gate.out_features, gate.in_features)

    require_read(model, dequantise, tolerance=2e-2)
    require_near(model, near)


@needs("compressed_tensors")
def test_compressed_tensors_in_8_bits(tmp_path: Path) -> None:
    inner = whole()
    tensors, weights_by_hand = {}, {}
    for name, value in inner.state_dict().items():
        home = name.removesuffix(".weight")
        if "proj" in name:
            scale = (value.abs().amax(1, keepdim=True) / 127).bfloat16()
            codes = (value / scale).round().clamp(-128, 127).to(torch.int16)
            tensors[f"{home}.weight_packed"] = (codes + 128).to(torch.uint8).view(torch.int32)
            tensors[f"{home}.weight_shape"] = torch.tensor(value.shape)
            tensors[f"{home}.weight_scale"] = scale
            weights_by_hand[home] = codes * scale.float()
        else:
            tensors[name] = value.bfloat16().contiguous()
    inner.config.quantization_config = {
        "quant_method": "compressed-tensors",
        "format": "pack-quantized",
        "quantization_status": "compressed",
        "ignore": ["lm_head"],
        "config_groups": {
            "group_0": {
                "targets": ["Linear"],
                "weights": {
                    "num_bits": 8,
                    "type": "int",
                    "symmetric": True,
                    "strategy": "channel",
                },
            }
        },
    }
    inner.config.save_pretrained(tmp_path)
    tokenizer().save_pretrained(tmp_path)
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    model = load(str(tmp_path), device=str(GPU), dtype="bfloat16")
    gates = {id(layer.mlp.gate_proj): at for at, layer in enumerate(model.model.model.layers)}

    def dequantise(gate: Any) -> torch.Tensor:
        weight: torch.Tensor = weights_by_hand[f"model.layers.{gates[id(gate)]}.mlp.gate_proj"]
        return weight.to(GPU)

    require_read(model, dequantise, tolerance=2e-2)
    require_near(model, 0.1)
