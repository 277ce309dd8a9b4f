"""A set of neurons, with the languages it stands for and how it came about."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True, eq=False)
class NeuronSet:
    """Neurons of one model, as a mask that travels with its languages.

    Attributes:
        languages: codes of the languages it stands for.
        mask: per layer, (width,) bool.
        selection: how its neurons were chosen, in words.
        tied: how many of its neurons were chosen among equals by the tie-breaking rule alone.
        left_out: how many neurons were selected for every language and therefore left out of it.
    """

    languages: tuple[str, ...]
    mask: tuple[torch.Tensor, ...]
    selection: str
    tied: int = 0
    left_out: int = 0

    @property
    def per_layer(self) -> tuple[int, ...]:
        """Number of neurons of the set in each layer."""
        return tuple(int(layer.sum()) for layer in self.mask)

    def __len__(self) -> int:
        return sum(self.per_layer)

    def __and__(self, other: "NeuronSet") -> "NeuronSet":
        """Return the neurons in both sets; it stands for the languages of both."""
        return self._combine(other, torch.logical_and, "&")

    def __or__(self, other: "NeuronSet") -> "NeuronSet":
        """Return the neurons in either set; it stands for the languages of both."""
        return self._combine(other, torch.logical_or, "|")

    def __sub__(self, other: "NeuronSet") -> "NeuronSet":
        """Return the neurons of this set that are not in the other; its languages stay."""
        mask = tuple(a & ~b for a, b in zip(self.mask, other.mask, strict=True))
        return NeuronSet(self.languages, mask, f"({self.selection} - {other.selection})")

    def _combine(self, other: "NeuronSet", operation: object, sign: str) -> "NeuronSet":
        pairs = zip(self.mask, other.mask, strict=True)
        mask = tuple(operation(a, b) for a, b in pairs)  # type: ignore[operator]
        selection = (
            self.selection
            if self.selection == other.selection
            else f"({self.selection} {sign} {other.selection})"
        )
        return NeuronSet(tuple(dict.fromkeys(self.languages + other.languages)), mask, selection)
