"""Ways to choose a bridge, each with what it costs; a ranking comes out of every one."""

from collections.abc import Mapping, Sequence
from typing import get_args

from bridgex.analysis.settings import Preset
from bridgex.choosers.base import Choice, Chooser, ChooserInput, checked
from bridgex.choosers.chain_likelihood import ChainLikelihood
from bridgex.choosers.development import Development
from bridgex.choosers.english import English
from bridgex.choosers.internal import Internal
from bridgex.choosers.latent_language import LatentLanguage
from bridgex.choosers.overlap import Overlap
from bridgex.choosers.random import Random
from bridgex.choosers.typology import Typology
from bridgex.choosers.uriel import Vectors
from bridgex.errors import RequestError, nearest
from bridgex.registry import Registry

__all__ = [
    "CHOOSERS",
    "Choice",
    "Chooser",
    "ChooserInput",
    "chooser_named",
    "choosers_named",
    "register_chooser",
]

OWN_SETTINGS = "internal"
"""Name of the internal chooser under the settings of the run, whatever they are."""

_ALL: tuple[Chooser, ...] = (
    *(Internal(name) for name in get_args(Preset)),
    English(),
    Random(),
    Overlap(),
    *(Typology(kind) for kind in get_args(Vectors)),
    Development(),
    ChainLikelihood(),
    LatentLanguage(),
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


def choosers_named(names: Sequence[str | Chooser]) -> tuple[Chooser, ...]:
    """Return choosers by their names, and those of one's own as they are.

    ``internal`` and ``typology`` stand for all of theirs.

    Raises:
        RequestError: there is none of a name.
    """
    found: dict[str, Chooser] = {}
    for name in names:
        if not isinstance(name, str):
            found[name.name] = name
            continue
        wanted = name.strip()
        members = [each for each in CHOOSERS if wanted in (each, each.partition(":")[0])]
        if not members:
            families = {each.partition(":")[0] for each in CHOOSERS}
            raise RequestError(
                f"There is no chooser '{wanted}'.{nearest(wanted, (*CHOOSERS, *families))} "
                f"Use {', '.join(CHOOSERS)}."
            )
        found |= {each: CHOOSERS[each] for each in members}
    return tuple(found.values())


def chooser_named(chooser: str | Chooser) -> Chooser:
    """Return the one chooser of a name, or one of one's own as it is.

    ``internal`` is the bridge score under the settings of the run.

    Raises:
        RequestError: there is none of that name, or the name stands for several.
    """
    if chooser == OWN_SETTINGS:
        return Internal()
    first, *others = choosers_named([chooser])
    if others:
        members = ", ".join(each.name for each in (first, *others))
        raise RequestError(f"The name {chooser} stands for several choosers; use one of {members}.")
    return first
