"""Names of tasks and choosers for help texts, known without loading what they name."""

from collections.abc import Iterable, Iterator
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
    "ablation",
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
    *others, last = _all(built_in, group)
    return f"{', '.join(others)} or {last}"


def _all(built_in: tuple[str, ...], group: str) -> list[str]:
    plugged = (point.name for point in metadata.entry_points(group=group))
    return list(dict.fromkeys((*built_in, *plugged)))


def complete_languages(incomplete: str) -> Iterator[tuple[str, str]]:
    """Complete a language's code, or the last of several."""
    from bridgex.languages import PAPER_LANGUAGES

    names = {language.code: language.name for language in PAPER_LANGUAGES}
    return _last_completed(incomplete, names.items())


def complete_tasks(incomplete: str) -> Iterator[tuple[str, str]]:
    """Complete a task's name, or the last of several; those of packages included."""
    return _last_completed(incomplete, ((name, "") for name in _all(TASKS, "bridgex.tasks")))


def complete_choosers(incomplete: str) -> Iterator[tuple[str, str]]:
    """Complete a chooser's name, or the last of several; those of packages included."""
    return _last_completed(incomplete, ((name, "") for name in _all(CHOOSERS, "bridgex.choosers")))


def _last_completed(incomplete: str, known: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield how a list separated by commas may go on."""
    before, comma, last = incomplete.rpartition(",")
    for name, meaning in known:
        if name.startswith(last):
            yield f"{before}{comma}{name}", meaning
