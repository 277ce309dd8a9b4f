"""The linguistic spectrum of a model: its languages by the neurons they share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from bridgex.errors import RequestError
from bridgex.neurons.agreement import PERMUTATIONS, Agreement, agreement
from bridgex.neurons.matrices import Matrices, matrices
from bridgex.neurons.saturation import Saturation, saturation
from bridgex.neurons.sets import NeuronSet
from bridgex.neurons.stats import ActivationStats
from bridgex.neurons.tree import Tree, average_linkage
from bridgex.result import Result


@dataclass(frozen=True)
class Part:
    """The spectrum of the whole model or of one of its layers.

    Attributes:
        layer: which, or None for the whole model.
        matrices: languages compared pairwise.
        tree: average-linkage tree over the Jaccard distance, of the languages that have neurons
            here; None where fewer than two have.
        agreement: grouping (``family``, ``branch``) → how well it agrees with the Jaccard distance,
            of the languages that have neurons here; a grouping that cannot be tested is a gap.
        gaps: what has no value here, and why.
    """

    layer: int | None
    matrices: Matrices
    tree: Tree | None
    agreement: Mapping[str, Agreement]
    gaps: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Spectrum(Result):
    """The languages of a model by the neurons they share.

    Attributes:
        languages: codes.
        whole: of the whole model.
        layers: of each layer.
        left_out: neurons that were selected for every language and left out; 0 unless asked for.
        tied: code → how many of its neurons were chosen among equals by the tie-breaking rule
            alone.
        saturation: whether the neurons say anything of the languages at this rate.
        notes: what a reader should know about the input.
        provenance: what it was computed from: settings, texts and model.
        signature: the same in one line.
    """

    kind: ClassVar[str] = "spectrum"
    schema: ClassVar[int] = 3

    languages: tuple[str, ...]
    whole: Part
    layers: tuple[Part, ...]
    left_out: int
    tied: Mapping[str, int]
    saturation: Saturation
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    signature: str = ""

    def __post_init__(self) -> None:
        """Refuse parts of other languages.

        Raises:
            ValueError: a part compares other languages than these.
        """
        super().__post_init__()
        for part in (self.whole, *self.layers):
            if part.matrices.languages != self.languages:
                raise ValueError("a part compares other languages than the whole spectrum")

    @property
    def warning(self) -> str:
        """What to know before anything else: that the spectrum is saturated; else empty."""
        if not self.saturation.saturated:
            return ""
        return (
            f"Saturated: {'; '.join(self.saturation.reasons)}. Overlap, tree and agreement (Mantel "
            "p) say nothing of the languages here; select at a higher rate (--rate 0.1), or read "
            "more text."
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return a row per pair of languages, of the whole model."""
        pairwise = self.whole.matrices
        return [
            {
                "first": first,
                "second": second,
                "shared": pairwise.shared[i][j],
                "chance": pairwise.chance[i][j],
                "jaccard": pairwise.jaccard[i][j],
                "jaccard_chance": pairwise.jaccard_chance[i][j],
                "similarity": pairwise.similarity[i][j],
            }
            for i, first in enumerate(self.languages)
            for j, second in enumerate(self.languages)
            if i < j
        ]

    def summary(self) -> str:
        """Return languages, agreement with families and tree in a few lines."""
        family = self.whole.agreement.get("family")
        mantel = f", Mantel r with families {family.mantel.value:.2f}" if family else ""
        tree = self.whole.tree
        warning = f"{self.warning}\n " if self.warning else ""
        return (
            f"{warning}{len(self.languages)} languages{mantel}\n "
            f"{tree.newick() if tree else ', '.join(self.languages)}\n {self.signature}"
        )

    def _derived(self) -> dict[str, Any]:
        parts = {"whole": self.whole} | {str(part.layer): part for part in self.layers}
        return {
            "saturated": self.saturation.saturated,
            "newick": {name: part.tree.newick() for name, part in parts.items() if part.tree},
        }


def spectrum_of(
    stats: Mapping[str, ActivationStats],
    neurons: Mapping[str, NeuronSet],
    groupings: Mapping[str, Mapping[str, str]],
    *,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> Spectrum:
    """Compare languages pairwise, in the whole model and in each layer.

    Args:
        stats: statistics of every language, on one model.
        neurons: the language neurons of each.
        groupings: name of a grouping → code → group, ``""`` where it is not known.
        permutations: how many permutations of the languages a p-value comes from.
        seed: of the permutations.

    Raises:
        RequestError: fewer than two languages have neurons.
    """
    with_neurons = [code for code, chosen in neurons.items() if len(chosen)]
    if len(with_neurons) < 2:
        raise RequestError(
            f"{len(with_neurons)} of {len(neurons)} languages have neurons, and a spectrum needs "
            "two; select at a higher rate or keep universal neurons."
        )

    def part(layer: int | None) -> Part:
        within = None if layer is None else [layer]
        pairwise = matrices(stats, neurons, within)
        return _part(layer, pairwise, groupings, permutations, seed)

    first, whole = next(iter(neurons.values())), part(None)
    return Spectrum(
        tuple(neurons),
        whole,
        tuple(part(layer) for layer in range(len(first.mask))),
        first.left_out,
        {code: chosen.tied for code, chosen in neurons.items()},
        saturation(neurons, whole.matrices),
    )


def _part(
    layer: int | None,
    pairwise: Matrices,
    groupings: Mapping[str, Mapping[str, str]],
    permutations: int,
    seed: int,
) -> Part:
    with_neurons = [at for at, size in enumerate(pairwise.sizes) if size]
    codes = [pairwise.languages[at] for at in with_neurons]
    empty = [code for code in pairwise.languages if code not in codes]
    gaps = [f"no neurons: {', '.join(empty)}"] if empty else []
    if len(codes) < 2:
        return Part(layer, pairwise, None, {}, (*gaps, "no tree: fewer than two languages"))
    distance = 1 - pairwise.jaccard_values[with_neurons][:, with_neurons]
    agreements = {}
    for name, groups in groupings.items():
        try:
            agreements[name] = agreement(
                codes, distance, groups, permutations=permutations, seed=seed
            )
        except RequestError as reason:
            gaps.append(f"no agreement by {name}: {reason}")
    return Part(layer, pairwise, average_linkage(codes, distance), agreements, tuple(gaps))
