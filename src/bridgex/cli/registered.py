"""Names of tasks and choosers for help texts, known without loading what they name."""

from importlib import metadata

TASKS = ("bli", "mrc", "nli", "commonsense", "mathematics", "topic", "translation")
CHOOSERS = (
    "internal",
    "internal:default",
    "internal:paper",
    "internal:demo",
    "english",
    "random",
    "overlap",
    "typology:family",
    "typology:geography",
    "typology:syntax",
    "typology:phonology",
    "typology:inventory",
    "development",
    "development+prior",
    "halving",
    "chain_likelihood",
    "chain_likelihood:relative",
    "round_trip",
    "latent_language",
    "mexa",
    "combined",
)
"""The built-in ones; a test holds them against the registries."""


def tasks_help() -> str:
    """Return the names of all tasks, those of packages included."""
    return _joined(TASKS, "bridgex.tasks")


def choosers_help() -> str:
    """Return the names of all choosers, those of packages included."""
    return _joined(CHOOSERS, "bridgex.choosers")


def _joined(built_in: tuple[str, ...], group: str) -> str:
    plugged = (point.name for point in metadata.entry_points(group=group))
    *others, last = dict.fromkeys((*built_in, *plugged))
    return f"{', '.join(others)} or {last}"
