"""On an NVIDIA GPU: the numbers of the CPU, where a model lands, and memory that runs out."""

import copy
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

import bridgex
from bridgex.analysis.settings import preset
from bridgex.bridges import BridgeRanking
from bridgex.dependence import DEFAULT, PAPER, Estimator, defined_neurons, prepare
from bridgex.lm.batches import Encoded
from bridgex.lm.budget import MOST, padded_tokens
from bridgex.lm.capture import CountPositive, PoolNeurons, run
from bridgex.lm.generate import SHORTEST_SHARED
from bridgex.lm.likelihood import encode_options
from bridgex.lm.model import LanguageModel
from bridgex.lm.source import load
from bridgex.storage.store import Store
from tests.lm.answers import continuations, nats, scored, until
from tests.lm.test_likelihood import OPTIONS, PROMPTS, by_loss
from tests.lm.test_parity import finished, texts
from tests.lm.tiny import config_of, language_model, transformers_model, weights, wrap

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="needs an NVIDIA GPU that this build of torch can use"
)
GPU = torch.device("cuda")
FAMILIES = ("llama", "gemma3_text", "phi3", "gpt2", "mixtral", "deepseek_v3")
MIXED = tuple(itertools.product(("mixtral", "deepseek_v3"), ("eager", "grouped_mm", "batched_mm")))


def on_gpu(
    family: str, dtype: torch.dtype = torch.float32, experts: str | None = None
) -> LanguageModel:
    inner = copy.deepcopy(transformers_model(family))
    if experts is not None:
        inner.set_experts_implementation(experts)
    return wrap(inner.to(GPU, dtype))


@dataclass(frozen=True)
class Readings:
    """All that capture reads of some texts."""

    counts: CountPositive
    pooled: dict[str, list[torch.Tensor]]


def readings(model: LanguageModel, encoded: list[Encoded]) -> Readings:
    counts = CountPositive(model.widths)
    run(model, encoded, counts)
    everything = [torch.ones(width, dtype=torch.bool) for width in model.widths]
    corpus_stats = {each: PoolNeurons(everything, len(encoded), each) for each in ("mean", "last")}
    for pool in corpus_stats.values():
        run(model, encoded, pool)
    return Readings(counts, {name: pool.values for name, pool in corpus_stats.items()})


def require_same(gpu: Readings, cpu: Readings) -> None:
    """Values agree as float32 does; a value a rounding error away from 0 may be counted."""
    assert gpu.counts.tokens == cpu.counts.tokens
    pairs = zip(gpu.counts.positive, cpu.counts.positive, strict=True)
    assert sum(int((one - other).abs().sum()) for one, other in pairs) <= 1
    for name, layers in cpu.pooled.items():
        for one, other in zip(gpu.pooled[name], layers, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_products_are_in_full_float32(tiny_folder: Path) -> None:
    load(str(tiny_folder), device="cuda", dtype="float32")
    assert torch.get_float32_matmul_precision() == "highest"
    x = torch.randn(512, 512, generator=torch.Generator().manual_seed(1)).to(GPU)
    exact = x.double() @ x.double()
    assert float((x @ x - exact).norm() / exact.norm()) < 1e-5  # TF32 gives 3e-4


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_captured_is_what_the_cpu_captures(family: str) -> None:
    require_same(readings(on_gpu(family), texts()), readings(language_model(family), texts()))


@pytest.mark.parametrize(("family", "experts"), MIXED)
def test_experts_are_read_under_every_implementation(family: str, experts: str) -> None:
    model = on_gpu(family, experts=experts)
    require_same(readings(model, texts()), readings(language_model(family), texts()))


@pytest.mark.parametrize("experts", ["grouped_mm", "batched_mm"])
def test_experts_are_read_in_bfloat16(experts: str) -> None:
    one, other = (
        readings(on_gpu("mixtral", torch.bfloat16, each), texts()).pooled["last"][0]
        for each in (experts, "eager")
    )
    assert torch.equal(one != 0, other != 0)
    assert float((one - other).norm() / other.norm()) < 2e-2


@pytest.mark.parametrize("family", ["llama", "gemma3_text", "phi3", "gpt2"])
def test_bfloat16_reads_what_float32_does_but_for_rounding(family: str) -> None:
    half = readings(on_gpu(family, torch.bfloat16), texts())
    whole = readings(language_model(family), texts())
    for one, other in zip(half.pooled["mean"], whole.pooled["mean"], strict=True):
        assert float((one - other).norm() / other.norm()) < 3e-2


def test_auto_takes_the_gpu_and_bfloat16(tiny_folder: Path) -> None:
    model = load(str(tiny_folder))
    assert (model.identity.device, model.identity.dtype) == ("cuda", "bfloat16")
    assert {(each.device.type, each.dtype) for each in model.model.parameters()} == {
        ("cuda", torch.bfloat16)
    }


def test_balanced_works_on_one_gpu(tiny_folder: Path) -> None:
    pytest.importorskip("accelerate")
    whole, spread = (
        load(str(tiny_folder), device=device, dtype="float32") for device in ("cpu", "balanced")
    )
    assert {each.device.type for each in spread.model.parameters()} == {"cuda"}
    encoded = whole.encode(["One sentence.", "Ein zweiter, etwas längerer Satz.", "三"])
    require_same(readings(spread, encoded), readings(whole, encoded))


@pytest.mark.parametrize("family", FAMILIES)
def test_likelihood_is_the_loss_of_transformers(family: str) -> None:
    model = on_gpu(family)
    answers = scored(model, encode_options(model, PROMPTS, OPTIONS))
    for prompt, options, answer in zip(PROMPTS, OPTIONS, answers, strict=True):
        expected = [by_loss(model, model.model, prompt, option) for option in options]
        assert answer.tokens == tuple(tokens for _, tokens in expected)
        assert answer.nats == pytest.approx([logprob for logprob, _ in expected], abs=2e-4)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("shared", [0, SHORTEST_SHARED + 4])
def test_generation_is_that_of_transformers_alone(family: str, shared: int) -> None:
    model, start = on_gpu(family), tuple(range(3, 3 + shared))
    encoded = [
        Encoded((1, *start, *text.ids[1:]), (True, *[False] * (shared + len(text) - 1)))
        for text in texts()
    ]
    together = continuations(model, encoded, until(finished, 6))
    for text, answer in zip(encoded, together, strict=True):
        ids = torch.tensor([text.ids], device=GPU)
        out = model.model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=6,
            do_sample=False,
            pad_token_id=0,
        )
        new = out[0, len(text) :]
        said = [model.tokenizer.decode(new[:end], skip_special_tokens=True) for end in range(1, 7)]
        assert answer == next(filter(finished, said), said[-1])


def wide() -> LanguageModel:
    """A model whose FFN, not its weights, fills the memory."""
    config = config_of("llama")
    config.intermediate_size, config.max_position_embeddings = 1 << 16, 512
    inner = transformers.AutoModelForCausalLM.from_config(config).eval()
    weights(inner)
    return wrap(inner.to(GPU))


@contextmanager
def memory_for(share: float, peak: int) -> Iterator[None]:
    """Leave a share of what work took at its peak, beyond what is held now."""
    torch.cuda.empty_cache()
    held = torch.cuda.memory_reserved()
    limit = held + share * (peak - held)
    torch.cuda.set_per_process_memory_fraction(
        limit / torch.cuda.get_device_properties(GPU).total_memory
    )
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


def peak_of(work: Any) -> int:
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    work()
    return torch.cuda.max_memory_allocated()


def test_batches_are_sized_for_the_gpu_once() -> None:
    model = on_gpu("llama")
    found = padded_tokens(model, 1024)
    assert 1024 < found <= MOST
    assert model.padded_tokens == found
    assert padded_tokens(model, 2 * found) == 2 * found


def test_memory_that_runs_out_halves_a_batch_of_texts() -> None:
    model = wide()
    encoded = [Encoded((1, *range(3, 34)), (True, *[False] * 31))] * 32  # one batch of 1,024
    plenty, scarce = CountPositive(model.widths), CountPositive(model.widths)
    assert run(model, encoded, plenty) == 0
    peak = peak_of(lambda: run(model, encoded, CountPositive(model.widths)))
    with memory_for(0.75, peak):
        oom_splits = run(model, encoded, scarce)
        free = torch.empty(1024, device=GPU).add_(1)  # memory is sound after it ran out
        with pytest.raises(torch.OutOfMemoryError):
            torch.empty(peak, dtype=torch.uint8, device=GPU)
    assert 1 <= oom_splits <= 3
    assert int(free.isfinite().sum()) == 1024
    assert scarce.tokens == plenty.tokens
    for one, other in zip(scarce.positive, plenty.positive, strict=True):
        assert int((one - other).abs().max()) <= 32  # a neuron near 0 counts in all texts or none
        assert int((one != other).sum()) <= len(one) // 1000


def test_memory_that_runs_out_halves_a_batch_of_options() -> None:
    model = wide()
    prompts = encode_options(
        model, [" ".join(["w5"] * 60 + [f"w{at}"]) for at in range(3, 60)], [[" w8 w9", " w4"]] * 57
    )
    plenty = scored(model, prompts)
    peak = peak_of(lambda: scored(model, prompts))
    seen: list[int] = []
    with memory_for(0.7, peak):
        scarce = scored(model, prompts, seen.append)
    assert seen
    assert max(seen) < len(prompts)
    for one, other in zip(scarce, plenty, strict=True):
        assert nats(one) == pytest.approx(nats(other), abs=1e-3)


ESTIMATORS = (
    DEFAULT,
    PAPER,
    Estimator("cka", "joint", "linear"),
    Estimator("hsic_unbiased", "best_match", "linear"),
    Estimator("cka_debiased", "best_match"),
)


@pytest.mark.parametrize(("dtype", "rel"), [(torch.float32, 1e-4), (torch.float64, 1e-9)])
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)
def test_dependence_is_that_of_the_cpu(
    estimator: Estimator, dtype: torch.dtype, rel: float
) -> None:
    generator = torch.Generator().manual_seed(4)
    anchor = torch.randn(12, 50, generator=generator, dtype=dtype)
    mixed = torch.randn(30, 12, generator=generator, dtype=dtype) @ anchor
    others = mixed + 2 * torch.randn(30, 50, generator=generator, dtype=dtype)
    subsets = torch.stack([torch.randperm(30, generator=generator)[:8] for _ in range(5)])
    orders = torch.stack([torch.randperm(50, generator=generator) for _ in range(3)])
    numbers = []
    for device in (torch.device("cpu"), GPU):
        assert bool(defined_neurons(others.to(device), estimator).all())
        layer = prepare(anchor.to(device), others.to(device), estimator)
        drawn = subsets.to(device)
        found = (
            layer.value(drawn),
            layer.leave_one_out(drawn),
            layer.permuted(drawn[0], orders.to(device)),
        )
        assert {(each.device.type, each.dtype) for each in found} == {(device.type, torch.float64)}
        numbers.append([each.cpu() for each in found])
    for cpu, gpu in zip(*numbers, strict=True):
        torch.testing.assert_close(gpu, cpu, rtol=rel, atol=rel * float(cpu.abs().max()))


def rank(folder: Path, store: Store, device: str) -> BridgeRanking:
    settings = preset("default").model_dump()
    settings["selection"]["rate"] = 0.3
    settings["probe"]["words"] = 12
    settings["budget"]["sentences"] = 4
    settings["bridges"] |= {"null_draws": 10, "matching_draws": 2, "permutations": 10}
    return bridgex.rank(
        "id",
        "he",
        model=str(folder),
        candidates=["en", "de", "fr"],
        settings=type(preset("default")).model_validate(settings),
        device=device,
        dtype="float32",
        store=store,
    )


def test_a_whole_ranking_is_that_of_the_cpu(tiny_folder: Path, tmp_path: Path) -> None:
    gpu, cpu = (rank(tiny_folder, Store(tmp_path / each), each) for each in ("cuda", "cpu"))
    assert list(gpu.scores) == list(cpu.scores)
    assert {code: each.value for code, each in gpu.scores.items()} == pytest.approx(
        {code: each.value for code, each in cpu.scores.items()}, rel=1e-2
    )
