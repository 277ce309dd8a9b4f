"""From neuron sets and activations to a ranking of bridges. Pure functions."""

from bridgex.bridges.ranking import BridgeRanking, Null, Score, Verdict
from bridgex.bridges.score import score
from bridgex.bridges.sets import BridgeSets, bridge_sets
from bridgex.bridges.settings import BridgeSettings

__all__ = [
    "BridgeRanking",
    "BridgeSets",
    "BridgeSettings",
    "Null",
    "Score",
    "Verdict",
    "bridge_sets",
    "score",
]
