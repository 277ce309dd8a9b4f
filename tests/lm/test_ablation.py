"""Neurons held at fixed activations: proved against edited weights and against plain hooks."""

from typing import Any

import pytest
import torch

from bridgex.errors import ModelError, RequestError
from bridgex.lm.ablation import AblatedBackend, Held, holding, how_named, token_values, zeros
from bridgex.lm.backend import ScoredOptions
from bridgex.lm.batches import Encoded
from bridgex.lm.local import LocalBackend
from bridgex.lm.model import LanguageModel
from bridgex.neurons import NeuronSet
from bridgex.tasks.word_chain import GENERATION
from tests.lm.tiny import language_model, tokenizer, transformers_model, wrap

IDS = torch.tensor([[1, 5, 9, 23, 40, 7], [1, 30, 31, 32, 6, 8]])
TEXTS = [Encoded((1, *range(3, 3 + length)), (True, *[False] * length)) for length in (7, 3, 11, 5)]


def chosen(model: LanguageModel) -> NeuronSet:
    """Every fifth neuron of the first layer, and two of the last."""
    masks = [torch.zeros(width, dtype=torch.bool) for width in model.widths]
    masks[0][::5] = True
    masks[-1][[1, 2]] = True
    return NeuronSet((), tuple(masks), "by hand")


def logits(model: LanguageModel) -> torch.Tensor:
    with torch.inference_mode():
        found: torch.Tensor = model.model(input_ids=IDS, use_cache=False).logits
    return found


def edited(family: str, neurons: NeuronSet) -> torch.Tensor:
    """Logits after the weights that read the neurons were set to zero."""
    import copy

    model = wrap(copy.deepcopy(transformers_model(family)))
    with torch.no_grad():
        for layer, mask in zip(model.layers, neurons.mask, strict=True):
            for part in layer.parts:
                weight: Any = part.down.weight  # type: ignore[union-attr]
                if hasattr(part.down, "in_features"):  # type: ignore[union-attr]
                    weight[:, mask] = 0
                else:
                    weight[mask] = 0
    return logits(model)


@pytest.mark.parametrize(
    "family", ["llama", "gemma2", "gpt2", "opt", "falcon", "phi3", "lfm2", "openai-gpt"]
)
def test_neurons_held_at_zero_are_weights_set_to_zero(family: str) -> None:
    model = language_model(family)
    neurons = chosen(model)
    whole = logits(model)
    with holding(model, zeros(neurons)):
        found = logits(model)
    assert torch.allclose(found, edited(family, neurons), atol=1e-5)
    assert not torch.allclose(found, whole, atol=1e-4)
    assert torch.equal(logits(model), whole)  # nothing is left behind


@pytest.mark.parametrize("family", ["llama", "gpt2", "bitnet", "gemma3_text", "phi3"])
def test_a_held_neuron_is_its_activation_set_where_capture_reads_it(family: str) -> None:
    model = language_model(family)
    neurons = chosen(model)
    generator = torch.Generator().manual_seed(1)
    values = tuple(torch.randn(size, generator=generator) for size in neurons.per_layer)
    handles = []
    for layer, mask, fixed in zip(model.layers, neurons.mask, values, strict=True):
        (part,) = layer.parts

        def change(
            _module: Any,
            _inputs: Any,
            output: torch.Tensor,
            mask: torch.Tensor = mask,
            fixed: torch.Tensor = fixed,
        ) -> torch.Tensor:
            output = output.clone()
            output[..., mask] = fixed
            return output

        handles.append(part.activation.register_forward_hook(change))
    expected = logits(model)
    for handle in handles:
        handle.remove()
    with holding(model, Held(neurons, values)):
        found = logits(model)
    assert torch.allclose(found, expected, atol=1e-5)


def test_hooks_go_when_a_block_fails() -> None:
    model = language_model("llama")
    whole = logits(model)
    with pytest.raises(KeyError), holding(model, zeros(chosen(model))):
        raise KeyError
    assert torch.equal(logits(model), whole)


def test_what_cannot_be_held_is_refused() -> None:
    model = language_model("mixtral")
    masks = tuple(torch.ones(width, dtype=torch.bool) for width in model.widths)
    with (
        pytest.raises(ModelError, match="a mixture of experts, whose neurons cannot be ablated"),
        holding(model, zeros(NeuronSet((), masks, "all"))),
    ):
        pass
    dense = language_model("llama")
    other = NeuronSet((), (torch.ones(3, dtype=torch.bool),), "of another model")
    with (
        pytest.raises(RequestError, match="of a model with 1 layers"),
        holding(dense, zeros(other)),
    ):
        pass
    with pytest.raises(RequestError, match=r"no ablation 'means'\. Did you mean 'mean'"):
        how_named("means")


def test_values_to_hold_at_are_means_and_drawn_tokens() -> None:
    """Against activations read text by text with plain hooks."""
    model = language_model("llama")
    neurons = chosen(model)
    found = token_values(model, TEXTS, neurons, seed=4)
    seen: list[list[torch.Tensor]] = [[] for _ in model.layers]
    handles = [
        layer.parts[0].activation.register_forward_hook(
            lambda _m, _i, output, at=at: seen[at].append(output[0].clone())
        )
        for at, layer in enumerate(model.layers)
    ]
    with torch.inference_mode():
        for text in TEXTS:
            model.model(input_ids=torch.tensor([text.ids]), use_cache=False)
    for handle in handles:
        handle.remove()
    for at, mask in enumerate(neurons.mask):
        rows = [values[1:, mask] for values in seen[at]]  # without BOS
        mean = torch.stack([row.mean(0) for row in rows]).mean(0)
        assert torch.allclose(found.mean[at], mean, atol=1e-5)
        for column, row in enumerate(rows):
            drawn = found.drawn[at][:, column]
            assert (row - drawn).abs().amax(1).min() < 1e-5  # it is the state of one token
    some = NeuronSet((), tuple(mask & (mask.cumsum(0) == 2) for mask in neurons.mask), "second")
    assert torch.equal(found.held(some, "mean").values[0], found.mean[0][[1]])
    assert torch.equal(found.held(some, "resample", 5).values[0], found.drawn[0][[1], 1])
    assert not found.held(some, "zero").values[0].any()


def test_an_ablated_backend_answers_under_another_name() -> None:
    model = language_model("llama")
    neurons = chosen(model)
    local = LocalBackend(model.identity, lambda: model)

    def backend(held: Held) -> AblatedBackend:
        return AblatedBackend(model.identity, lambda: model, tokenizer, held)

    held = zeros(neurons)
    nothing = zeros(NeuronSet((), tuple(mask & False for mask in neurons.mask), "none"))

    def scored(each: LocalBackend) -> list[ScoredOptions]:
        kept: list[ScoredOptions] = []

        def keep(_at: int, found: ScoredOptions) -> None:
            kept.append(found)

        each.score(["w5 w6"], [["w7", "w8 w9"]], chat=False, on_result=keep)
        return kept

    whole = scored(local)
    assert scored(backend(held)) != whole
    assert scored(backend(nothing)) == scored(local) == whole
    identities = [local.identity, backend(held).identity, backend(nothing).identity]
    assert len({tuple(sorted(each.items())) for each in identities}) == 3
    assert backend(held).identity == backend(zeros(chosen(model))).identity
    moved = Held(neurons, tuple(values + 1 for values in held.values))
    assert backend(moved).identity != backend(held).identity
    backend(held).generate(
        ["w5 w6"], GENERATION, chat=False, on_result=lambda _at, _generated: None
    )
    assert logits(model).isfinite().all()
