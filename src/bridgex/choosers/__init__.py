"""Ways to choose a bridge, each with what it costs; a ranking comes out of every one."""

from collections.abc import Mapping, Sequence
from typing import get_args

from bridgex.analysis.settings import Preset
from bridgex.choosers.base import Chooser, ChooserInput, Cost, cost_of
from bridgex.choosers.chain_likelihood import ChainLikelihood
from bridgex.choosers.development import Development
from bridgex.choosers.english import English
from bridgex.choosers.internal import Internal
from bridgex.choosers.latent_language import LatentLanguage
from bridgex.choosers.oracle import Oracle
from bridgex.choosers.overlap import Overlap
from bridgex.choosers.random import Random
from bridgex.choosers.typology import Typology
from bridgex.choosers.uriel import Vectors
from bridgex.errors import RequestError, nearest

__all__ = [
    "CHOOSERS",
    "Chooser",
    "ChooserInput",
    "Cost",
    "chooser_named",
    "choosers_named",
    "cost_of",
]

_ALL: tuple[Chooser, ...] = (
    *(Internal(name) for name in get_args(Preset)),
    English(),
    Random(),
    Overlap(),
    *(Typology(kind) for kind in get_args(Vectors)),
    Development(),
    ChainLikelihood(),
    LatentLanguage(),
    Oracle(),
)
CHOOSERS: Mapping[str, Chooser] = {each.name: each for each in _ALL}
"""Name → chooser, in the order they are shown."""


def choosers_named(names: Sequence[str]) -> tuple[Chooser, ...]:
    """Return choosers by their names; ``internal`` and ``typology`` stand for all of theirs.

    Raises:
        RequestError: there is none of a name.
    """
    found: dict[str, Chooser] = {}
    families = {each.partition(":")[0] for each in CHOOSERS}
    for name in (each.strip() for each in names):
        members = {
            each: chooser
            for each, chooser in CHOOSERS.items()
            if name in (each, each.partition(":")[0])
        }
        if not members:
            known = (*CHOOSERS, *families)
            raise RequestError(
                f"There is no chooser '{name}'.{nearest(name, known)} Use {', '.join(CHOOSERS)}."
            )
        found |= members
    return tuple(found.values())


def chooser_named(name: str) -> Chooser:
    """Return the chooser of a name.

    Raises:
        RequestError: there is none of that name, or the name stands for several.
    """
    first, *others = choosers_named([name])
    if others:
        members = ", ".join(each.name for each in (first, *others))
        raise RequestError(f"The name {name} stands for several choosers; use one of {members}.")
    return first
