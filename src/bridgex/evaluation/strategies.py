"""Ways to prompt: directly, or through a bridge language."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridgex.errors import RequestError, nearest
from bridgex.languages import Language, find

AUTO = "auto"


@dataclass(frozen=True)
class Strategy:
    """One way to prompt.

    Attributes:
        bridge: the bridge language; None for direct prompting.
        keep_source: whether the source text stays beside its pivot translation.
    """

    bridge: Language | None = None
    keep_source: bool = True

    def __str__(self) -> str:
        if self.bridge is None:
            return "direct"
        return f"{'bridge' if self.keep_source else 'replace'}:{self.bridge.code}"


DIRECT = Strategy()


def parse(name: str, pair: tuple[Language, Language], recommended: Strategy | None) -> Strategy:
    """Return the strategy that a name stands for.

    Args:
        name: ``direct``; ``bridge:K``, the pivot translation into K beside the source text;
            ``replace:K``, in its place; K is a language, or ``auto`` for the recommended one.
        pair: source and target language.
        recommended: what ``auto`` stands for.

    Raises:
        RequestError: no such strategy, or the bridge is a language of the pair.
        UnknownLanguageError: K is no language.
    """
    kind, colon, bridge = name.strip().partition(":")
    if name.strip() == "direct":
        return DIRECT
    if kind not in {"bridge", "replace"} or not colon or not bridge:
        known = ("direct", "bridge:en", "replace:en", "bridge:auto")
        raise RequestError(
            f"There is no strategy '{name}'.{nearest(name, known)} Use direct, bridge:LANGUAGE, "
            "replace:LANGUAGE or bridge:auto."
        )
    if bridge == AUTO and recommended is not None:
        return Strategy(recommended.bridge, recommended.bridge is None or kind == "bridge")
    language = find(bridge)
    if language in pair:
        raise RequestError(
            f"{language.name} is in the pair itself and cannot be its bridge; leave '{name}' out."
        )
    return Strategy(language, kind == "bridge")


def needs_recommendation(names: Sequence[str]) -> bool:
    """Tell whether one of the strategies is ``auto``."""
    return any(name.strip().partition(":")[2] == AUTO for name in names)
