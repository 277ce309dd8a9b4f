"""Neurons held at fixed activations while the model answers: zero-, mean- and resample-ablation.

A neuron's activation takes part in the model's output only where it is multiplied with ``up`` (in a
gated FFN) and read by ``down``. So that product is what is replaced there: by the value held, times
``up``. That is the same as setting the activation itself, which some models compute without a
module whose output could be changed.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from bridgex.conversation import Prompt
from bridgex.errors import ModelError, RequestError, nearest
from bridgex.generation import GenerationSpec
from bridgex.lm.backend import Generated, ScoredOptions
from bridgex.lm.batches import Encoded
from bridgex.lm.capture import PoolNeurons, Progress, run
from bridgex.lm.identity import ModelIdentity
from bridgex.lm.local import LocalBackend
from bridgex.lm.model import LanguageModel
from bridgex.lm.wiring import WiredDense
from bridgex.neurons import NeuronSet
from bridgex.version import RULES

How = Literal["zero", "mean", "resample"]
"""What a neuron is held at: 0; its mean over tokens of the texts; its value on one drawn token."""
HOWS: tuple[How, ...] = get_args(How)


def how_named(name: str) -> How:
    """Return a way to ablate by its name.

    Raises:
        RequestError: there is none of that name.
    """
    for how in HOWS:
        if how == name.strip():
            return how
    raise RequestError(
        f"There is no ablation '{name}'.{nearest(name, HOWS)} Use {', '.join(HOWS)}."
    )


@dataclass(frozen=True, eq=False)
class Held:
    """Neurons and the activation that each is held at on every token.

    Attributes:
        neurons: which.
        values: per layer, in the order of their index, (neurons of the layer,) float32.
    """

    neurons: NeuronSet
    values: tuple[Tensor, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of neurons and values."""
        digest = hashlib.sha256()
        for mask, values in zip(self.neurons.mask, self.values, strict=True):
            index = mask.nonzero().squeeze(1)
            digest.update(index.numpy().tobytes() + b"|" + values.float().numpy().tobytes() + b";")
        return digest.hexdigest()


def zeros(neurons: NeuronSet) -> Held:
    """Return neurons held at 0."""
    return Held(neurons, tuple(torch.zeros(size) for size in neurons.per_layer))


@dataclass(frozen=True, eq=False)
class TokenValues:
    """Activations of chosen neurons, to hold them at.

    Attributes:
        neurons: the chosen ones.
        mean: per layer, over the texts of each text's mean over tokens, (chosen,) float32.
        drawn: per layer, on one drawn token of each text, (chosen, texts) float32.
    """

    neurons: NeuronSet
    mean: tuple[Tensor, ...]
    drawn: tuple[Tensor, ...]

    def held(self, neurons: NeuronSet, how: How, draw: int = 0) -> Held:
        """Return some of the neurons held at their values.

        Args:
            neurons: some of the chosen ones.
            how: at 0, at their means, or at their values on one token.
            draw: for ``resample``: which text's token; draws beyond their number begin anew.
        """
        if how == "zero":
            return zeros(neurons)
        rows = [mask[chosen] for mask, chosen in zip(neurons.mask, self.neurons.mask, strict=True)]
        if how == "mean":
            return Held(
                neurons, tuple(mean[row] for mean, row in zip(self.mean, rows, strict=True))
            )
        column = draw % self.drawn[0].shape[1]
        drawn = zip(self.drawn, rows, strict=True)
        return Held(neurons, tuple(values[row, column] for values, row in drawn))


def token_values(
    model: LanguageModel,
    texts: Sequence[Encoded],
    neurons: NeuronSet,
    seed: int,
    progress: Progress | None = None,
) -> TokenValues:
    """Read what chosen neurons are on texts: on average, and on one token of each.

    Args:
        model: the model.
        texts: tokenised texts.
        neurons: which to read.
        seed: of the drawn tokens.
        progress: called with the number of texts of each finished batch.

    Raises:
        ModelError: a text has no token but special ones.
        RequestError: there are no neurons.
    """
    generator = torch.Generator().manual_seed(seed)
    layers = [layer for layer, size in enumerate(neurons.per_layer) if size]
    mean = PoolNeurons(neurons.mask, len(texts), "mean")
    run(model, texts, mean, layers, progress)
    drawn = PoolNeurons(neurons.mask, len(texts), "word")
    run(model, [_one_token(text, generator) for text in texts], drawn, layers)
    return TokenValues(
        neurons, tuple(values.mean(1) for values in mean.values), tuple(drawn.values)
    )


def _one_token(text: Encoded, generator: torch.Generator) -> Encoded:
    """Return a text with one of its ordinary tokens marked as the word."""
    ordinary = [at for at, special in enumerate(text.special) if not special]
    chosen = ordinary[int(torch.randint(len(ordinary), (1,), generator=generator))]
    return replace(text, word=tuple(at == chosen for at in range(len(text))))


@contextmanager
def holding(model: LanguageModel, held: Held) -> Iterator[None]:
    """Within the block, hold neurons of a model at fixed activations on every token.

    Raises:
        ModelError: some of them are of a mixture of experts, whose neurons cannot be held yet.
        RequestError: the neurons are of a model of another shape.
    """
    widths = tuple(len(mask) for mask in held.neurons.mask)
    if widths != model.widths:
        raise RequestError(
            f"The neurons to hold are of a model with {len(widths)} layers, and "
            f"{model.identity.name} has others; select them on this model."
        )
    handles: list[RemovableHandle] = []
    try:
        for layer, mask, values in zip(model.layers, held.neurons.mask, held.values, strict=True):
            first, index = 0, mask.nonzero().squeeze(1)
            for part in layer.parts:
                here = (index >= first) & (index < first + part.width)
                if here.any():
                    if not isinstance(part, WiredDense):
                        raise ModelError(
                            f"{model.identity.name} is a mixture of experts, whose neurons cannot "
                            "be ablated yet; use a dense model."
                        )
                    handles += _hold(part, index[here] - first, values[here])
                first += part.width
        yield
    finally:
        for handle in handles:
            handle.remove()


def _hold(part: WiredDense, index: Tensor, values: Tensor) -> list[RemovableHandle]:
    """Replace what ``down`` reads of some neurons by their values, times what ``up`` gave."""
    factor: list[Tensor] = []

    def keep(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
        if part.up_half is not None:
            output = output.chunk(2, -1)[0 if part.up_half == "first" else 1]
        factor[:] = [output[..., index.to(output.device)].clone()]

    def change(_module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        hidden = inputs[0].clone()
        fixed = values.to(hidden.device, hidden.dtype)
        if part.up is not None:
            fixed = fixed * factor.pop().reshape(*hidden.shape[:-1], -1)
        hidden[..., index.to(hidden.device)] = fixed
        return (hidden, *inputs[1:])

    read = part.before_down or part.down
    handles = [read.register_forward_pre_hook(change)]
    if part.up is not None:
        handles.append(part.up.register_forward_hook(keep))
    return handles


class AblatedBackend(LocalBackend):
    """Answers with a model in this process of which some neurons are held."""

    def __init__(
        self,
        identity: ModelIdentity,
        load: Callable[[], LanguageModel],
        tokenizer: Callable[[], Any],
        held: Held,
    ) -> None:
        """Take a model that may not be loaded yet, and what is held while it answers."""
        super().__init__(identity, load, tokenizer)
        self._held = held

    @property
    def identity(self) -> Mapping[str, str]:
        """What determines its answers."""
        return {**super().identity, "held": self._held.digest, "ablation": str(RULES["ablation"])}

    def generate(
        self,
        prompts: Sequence[Prompt],
        spec: GenerationSpec,
        *,
        chat: bool,
        on_result: Callable[[int, Generated], None],
    ) -> None:
        """Continue prompts; raises also what `holding` does."""
        with holding(self._load(), self._held):
            super().generate(prompts, spec, chat=chat, on_result=on_result)

    def score(
        self,
        prompts: Sequence[Prompt],
        options: Sequence[Sequence[str]],
        *,
        chat: bool,
        on_result: Callable[[int, ScoredOptions], None],
    ) -> None:
        """Score the options of prompts; raises also what `holding` does."""
        with holding(self._load(), self._held):
            super().score(prompts, options, chat=chat, on_result=on_result)
