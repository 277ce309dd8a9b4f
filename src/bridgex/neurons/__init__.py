"""Which neurons stand for which language: statistics, selection, overlap. Pure functions."""

from bridgex.neurons.activations import ProbeActivations
from bridgex.neurons.agreement import PERMUTATIONS, Agreement, Statistic, agreement
from bridgex.neurons.matched import matched_set, mean_rate
from bridgex.neurons.matrices import Matrices, Matrix, matrices
from bridgex.neurons.overlap import Overlap, overlap, similarity
from bridgex.neurons.saturation import Saturation, unsaturated
from bridgex.neurons.selection import Selection, select
from bridgex.neurons.sets import NeuronSet
from bridgex.neurons.spectrum import Part, Spectrum, spectrum_of
from bridgex.neurons.stats import ActivationStats
from bridgex.neurons.tree import Merge, Tree, average_linkage

__all__ = [
    "PERMUTATIONS",
    "ActivationStats",
    "Agreement",
    "Matrices",
    "Matrix",
    "Merge",
    "NeuronSet",
    "Overlap",
    "Part",
    "ProbeActivations",
    "Saturation",
    "Selection",
    "Spectrum",
    "Statistic",
    "Tree",
    "agreement",
    "average_linkage",
    "matched_set",
    "matrices",
    "mean_rate",
    "overlap",
    "select",
    "similarity",
    "spectrum_of",
    "unsaturated",
]
