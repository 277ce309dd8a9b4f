"""The linguistic spectrum of a model: its languages by the neurons they share."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch

from bridgex.errors import RequestError
from bridgex.neurons.agreement import PERMUTATIONS, Agreement, agreement
from bridgex.neurons.matrices import Matrices, matrices
from bridgex.neurons.sets import NeuronSet
from bridgex.neurons.stats import ActivationStats
from bridgex.neurons.tree import Tree, average_linkage

SCHEMA = 1


@dataclass(frozen=True)
class Part:
    """The spectrum of the whole model or of one of its layers.

    Attributes:
        layer: which, or None for the whole model.
        matrices: languages two by two.
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

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, ready for JSON, the tree in Newick format too."""
        newick = None if self.tree is None else self.tree.newick()
        return {**asdict(self), "newick": newick}


@dataclass(frozen=True)
class Spectrum:
    """The languages of a model by the neurons they share.

    Attributes:
        languages: codes.
        whole: of the whole model.
        layers: of each layer.
        left_out: neurons that were selected for every language and left out; 0 unless asked for.
        tied: code → how many of its neurons were chosen over equals by the rule for ties alone.
        notes: what a reader should know about the input.
        evidence: what it was computed from: settings, texts and model.
        signature: the same in one line.
    """

    languages: tuple[str, ...]
    whole: Part
    layers: tuple[Part, ...]
    left_out: int
    tied: Mapping[str, int]
    notes: tuple[str, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)
    signature: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, ready for JSON."""
        return {
            "schema": SCHEMA,
            "languages": self.languages,
            "whole": self.whole.to_dict(),
            "layers": [part.to_dict() for part in self.layers],
            "left_out": self.left_out,
            "tied": dict(self.tied),
            "notes": self.notes,
            "evidence": dict(self.evidence),
            "signature": self.signature,
        }


def spectrum_of(
    stats: Mapping[str, ActivationStats],
    neurons: Mapping[str, NeuronSet],
    groupings: Mapping[str, Mapping[str, str]],
    *,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> Spectrum:
    """Compare languages two by two, in the whole model and in each layer.

    Args:
        stats: statistics of every language, on one model.
        neurons: the language neurons of each.
        groupings: name of a grouping → code → group, ``""`` where it is not known.
        permutations: how many permutations of the languages a p-value comes from.
        seed: of the permutations.

    Raises:
        RequestError: fewer than two languages have neurons.
    """
    filled = [code for code, each in neurons.items() if len(each)]
    if len(filled) < 2:
        raise RequestError(
            f"{len(filled)} of {len(neurons)} languages have neurons, and a spectrum needs two; "
            "select at a higher rate or keep universal neurons."
        )

    def part(layer: int | None) -> Part:
        within = None if layer is None else [layer]
        found = matrices(stats, neurons, within)
        return _part(layer, found, groupings, permutations, seed)

    first = next(iter(neurons.values()))
    return Spectrum(
        tuple(neurons),
        part(None),
        tuple(part(layer) for layer in range(len(first.mask))),
        first.left_out,
        {code: each.tied for code, each in neurons.items()},
    )


def _part(
    layer: int | None,
    found: Matrices,
    groupings: Mapping[str, Mapping[str, str]],
    permutations: int,
    seed: int,
) -> Part:
    filled = [at for at, size in enumerate(found.sizes) if size]
    codes = [found.languages[at] for at in filled]
    empty = [code for code in found.languages if code not in codes]
    gaps = [f"no neurons: {', '.join(empty)}"] if empty else []
    if len(codes) < 2:
        return Part(layer, found, None, {}, (*gaps, "no tree: fewer than two languages"))
    distance = 1 - _filled(found, filled)
    agreements = {}
    for name, groups in groupings.items():
        try:
            agreements[name] = agreement(
                codes, distance, groups, permutations=permutations, seed=seed
            )
        except RequestError as reason:
            gaps.append(f"no agreement by {name}: {reason}")
    return Part(layer, found, average_linkage(codes, distance), agreements, tuple(gaps))


def _filled(found: Matrices, filled: Sequence[int]) -> torch.Tensor:
    """The Jaccard index of the languages that have neurons."""
    rows = [[found.jaccard[i][j] for j in filled] for i in filled]
    return torch.tensor(rows, dtype=torch.float64)
