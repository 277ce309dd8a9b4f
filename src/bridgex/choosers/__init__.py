"""Ways to choose a bridge, each with what it costs; a ranking comes out of every one."""

from collections.abc import Mapping, Sequence
from typing import get_args

from bridgex.analysis.settings import Preset, RankSettings, preset
from bridgex.choosers.ablation import Ablation
from bridgex.choosers.base import ORACLE, Choice, Chooser, ChooserInput, checked, choose
from bridgex.choosers.chain_likelihood import ChainLikelihood
from bridgex.choosers.combined import Combined
from bridgex.choosers.development import Development
from bridgex.choosers.development_prior import DevelopmentPrior
from bridgex.choosers.english import English
from bridgex.choosers.halving import FAMILY as HALVING
from bridgex.choosers.halving import Halving
from bridgex.choosers.internal import FAMILY as OWN_SETTINGS
from bridgex.choosers.internal import Internal
from bridgex.choosers.latent_language import LatentLanguage
from bridgex.choosers.mexa import Mexa
from bridgex.choosers.overlap import Overlap
from bridgex.choosers.random import Random
from bridgex.choosers.round_trip import RoundTrip
from bridgex.choosers.typology import Typology
from bridgex.choosers.uriel import Vectors
from bridgex.errors import RequestError, nearest
from bridgex.registry import Registry

__all__ = [
    "CHOOSERS",
    "ORACLE",
    "Choice",
    "Chooser",
    "ChooserInput",
    "all_choosers",
    "choose",
    "chooser_named",
    "choosers_named",
    "register_chooser",
]

_ALL: tuple[Chooser, ...] = (
    *(Internal(preset(name)) for name in get_args(Preset)),
    English(),
    Random(),
    Overlap(),
    *(Typology(kind) for kind in get_args(Vectors)),
    Development(),
    DevelopmentPrior(),
    Halving(),
    ChainLikelihood(),
    ChainLikelihood(relative=True),
    RoundTrip(),
    LatentLanguage(),
    Ablation(),
    Mexa(),
    Combined(),
)
_BUILT_IN: Mapping[str, Chooser] = {chooser.name: chooser for chooser in _ALL}

CHOOSERS: Registry[Chooser] = Registry("chooser", "bridgex.choosers", lambda: _BUILT_IN, checked)
"""Name → chooser, in the order they are shown."""


def register_chooser(chooser: Chooser) -> None:
    """Make a chooser known by its name, on the command line of this process, too.

    Raises:
        RequestError: the name exists, or it is not a chooser.
    """
    CHOOSERS.register(checked(chooser).name, chooser)


def all_choosers(settings: RankSettings) -> tuple[Chooser, ...]:
    """Return the bridge score under the settings of the run, and all that are known by a name."""
    return choosers_named((OWN_SETTINGS, *CHOOSERS), settings)


def choosers_named(names: Sequence[str | Chooser], settings: RankSettings) -> tuple[Chooser, ...]:
    """Return choosers by their names, and those of one's own as they are; each one once.

    ``internal`` is the bridge score under the settings of the run, ``typology`` stands for all of
    its kinds.

    Args:
        names: names, and choosers or classes of one's own.
        settings: of the run.

    Raises:
        RequestError: there is none of a name, one is not a chooser, or two have one name.
    """
    by_name: dict[str, Chooser] = {}
    for given in names:
        for chooser in _named(given, settings) if isinstance(given, str) else (checked(given),):
            if by_name.setdefault(chooser.name, chooser) != chooser:
                raise RequestError(
                    f"Two choosers are called '{chooser.name}'; give one of them another name."
                )
    return tuple(by_name.values())


def chooser_named(chooser: str | Chooser, settings: RankSettings) -> Chooser:
    """Return the one chooser of a name, or one of one's own as it is.

    ``internal`` is the bridge score under the settings of the run.

    Raises:
        RequestError: there is none of that name, or the name stands for several.
    """
    first, *others = choosers_named([chooser], settings)
    if others:
        members = ", ".join(other.name for other in (first, *others))
        raise RequestError(f"The name {chooser} stands for several choosers; use one of {members}.")
    return first


def _named(name: str, settings: RankSettings) -> tuple[Chooser, ...]:
    wanted = name.strip()
    if wanted == OWN_SETTINGS:
        return (Internal(settings),)
    family, _, budget = wanted.partition(":")
    if family == HALVING and budget.isdecimal():
        return (Halving(int(budget)),)
    if wanted == ORACLE:
        raise RequestError(
            "The oracle is no chooser: it is what the evaluated items say in hindsight, and "
            "bridgex validate always adds it; leave it out."
        )
    members = (
        [wanted]
        if wanted in CHOOSERS
        else [known for known in CHOOSERS if wanted == known.partition(":")[0]]
    )
    if not members:
        families = {known.partition(":")[0] for known in CHOOSERS}
        raise RequestError(
            f"There is no chooser '{wanted}'.{nearest(wanted, (*CHOOSERS, *families))} "
            f"Use {', '.join(CHOOSERS)}."
        )
    return tuple(CHOOSERS[member] for member in members)
