"""How often each neuron is active on one language: integers that add up exactly."""

from dataclasses import dataclass

import torch

from bridgex.errors import RequestError


@dataclass(frozen=True, eq=False)
class ActivationStats:
    """Counts of positive activations of one model on text of one language.

    Attributes:
        model: the model's identity.
        language: code of the language.
        tokens: number of tokens counted (padding and special tokens are not).
        positive: per layer, on how many of them each neuron was positive, (width,) int64.
        oom_splits: how often a batch was split for lack of memory.
    """

    model: str
    language: str
    tokens: int
    positive: tuple[torch.Tensor, ...]
    oom_splits: int = 0

    def __add__(self, other: "ActivationStats") -> "ActivationStats":
        """Add the counts of two texts of the same language on the same model.

        Raises:
            RequestError: the other counts are of another model or language.
        """
        if (self.model, self.language) != (other.model, other.language):
            raise RequestError(
                f"Counts of {self.language} on {self.model} and of {other.language} on "
                f"{other.model} cannot be added; add counts of one language on one model."
            )
        layers = zip(self.positive, other.positive, strict=True)
        return ActivationStats(
            self.model,
            self.language,
            self.tokens + other.tokens,
            tuple(mine + theirs for mine, theirs in layers),
            self.oom_splits + other.oom_splits,
        )

    @property
    def widths(self) -> tuple[int, ...]:
        """Number of neurons of each layer."""
        return tuple(len(layer) for layer in self.positive)

    def probability(self) -> tuple[torch.Tensor, ...]:
        """Return each neuron's activation probability, positive / tokens, per layer, float64."""
        return tuple(layer.double() / self.tokens for layer in self.positive)
