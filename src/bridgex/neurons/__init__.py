"""Which neurons stand for which language: statistics, selection, overlap. Pure functions."""

from bridgex.neurons.activations import ProbeActivations
from bridgex.neurons.overlap import Overlap, overlap, similarity
from bridgex.neurons.selection import Selection, select
from bridgex.neurons.sets import NeuronSet
from bridgex.neurons.stats import ActivationStats

__all__ = [
    "ActivationStats",
    "NeuronSet",
    "Overlap",
    "ProbeActivations",
    "Selection",
    "overlap",
    "select",
    "similarity",
]
