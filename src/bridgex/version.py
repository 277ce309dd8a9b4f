"""The version of the package, and of each rule whose results are stored."""

__version__ = "0.1.0"

RULES = {
    "sequences": 1,
    "counting": 2,
    "pooling": 2,
    "dependence": 1,
    "bridge_score": 2,
    "logit_lens": 1,
    "embeddings": 1,
    "generation": 2,
    "likelihood": 2,
    "server": 1,
    "ablation": 1,
}
"""Rule → its version. A stored value is kept under the versions of the rules that made it, so a
changed formula never answers from an old entry. A test holds each version against the code."""


def rules(*names: str) -> dict[str, int]:
    """Return the versions of some rules, for a key of the store."""
    return {name: RULES[name] for name in names}
