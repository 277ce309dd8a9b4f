"""From neuron sets and activations to a ranking of bridges. Pure functions."""

from bridgex.bridges.published import PublishedScore, published
from bridgex.bridges.ranking import BridgeRanking, Null, Score, Verdict
from bridgex.bridges.score import score
from bridgex.bridges.sets import BridgeSets, bridge_sets
from bridgex.bridges.settings import BridgeSettings

__all__ = [
    "BridgeRanking",
    "BridgeSets",
    "BridgeSettings",
    "Null",
    "PublishedScore",
    "Score",
    "Verdict",
    "bridge_sets",
    "published",
    "score",
]
