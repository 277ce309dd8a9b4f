"""Everything about a ranking that is not a language, a text or a model: presets and changes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self, get_args

from pydantic import BaseModel

from bridgex.bridges import BridgeSettings
from bridgex.errors import RequestError, nearest
from bridgex.fields import Fields
from bridgex.lm.sequences import Sequences
from bridgex.neurons import Selection
from bridgex.probe import ProbeSettings

Preset = Literal["default", "paper", "demo"]

DEMO_PAIR = ("en", "fr")
"""A pair of which the embedded model understands enough words for a verdict."""


class RankSettings(Fields):
    """How candidates are ranked.

    Attributes:
        sequences: what one sequence of the corpus is: a sentence, or a window of 2,048 tokens.
        selection: how language neurons are selected.
        probe: how the pair is probed.
        bridges: how candidates are scored.
        special: whether special tokens (BOS and the like) of the corpus are counted.
    """

    sequences: Sequences = "sentences"
    selection: Selection = Selection()
    probe: ProbeSettings = ProbeSettings()
    bridges: BridgeSettings = BridgeSettings()
    special: bool = False

    def changed(self, changes: Mapping[str, Any]) -> Self:
        """Return the settings with some fields changed, checked again.

        Args:
            changes: dotted name of a field → value, such as ``{"bridges.level": 0.95}``; text is
                read as the field's type. ``selection.count`` takes the place of
                ``selection.rate`` and the other way round.

        Raises:
            RequestError: no such field, or a value of the wrong type or out of range.
        """
        values = self.model_dump()
        for name, value in changes.items():
            *groups, last = name.split(".")
            place: Any = values
            for group in groups:
                place = place.get(group) if isinstance(place, dict) else None
            if not isinstance(place, dict) or last not in place or isinstance(place[last], dict):
                known = settings_fields()
                raise RequestError(
                    f"There is no setting '{name}'.{nearest(name, known)} Use one of "
                    f"{', '.join(known)}."
                )
            place[last] = _value(value)
        if "selection.count" in changes and "selection.rate" not in changes:
            values["selection"]["rate"] = None
        if "selection.rate" in changes and "selection.count" not in changes:
            values["selection"]["count"] = None
        return type(self)(**values)


def settings_fields() -> tuple[str, ...]:
    """Return the dotted names of all fields of `RankSettings`."""

    def fields(model: type[BaseModel], prefix: str) -> list[str]:
        names = []
        for name, field in model.model_fields.items():
            kind = field.annotation
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                names += fields(kind, f"{prefix}{name}.")
            else:
                names.append(prefix + name)
        return names

    return tuple(fields(RankSettings, ""))


def parse_changes(assignments: Sequence[str]) -> dict[str, str]:
    """Return field → text from ``FIELD=VALUE``, as ``--set`` takes it; a later one wins.

    Raises:
        RequestError: no equals sign.
    """
    changes = {}
    for text in assignments:
        name, equals, value = text.partition("=")
        if not equals:
            raise RequestError(f"'{text}' sets nothing; write it as --set bridges.level=0.95.")
        changes[name.strip()] = value.strip()
    return changes


def preset(name: str = "default") -> RankSettings:
    """Return the settings of a preset.

    ``paper``: what Xu et al. (2025) describe: text in windows, `mean` pooling, best match of biased
    HSIC, sets as they come. ``default``: pooling over the last token, debiased CKA of whole sets,
    sets matched in size, so that a candidate does not win by owning more neurons. ``demo``: the
    default at a rate of 10 %, since a model of 270 million parameters has too few neurons at 1 %,
    with four solved examples, since it mostly copies the word without them.

    Raises:
        RequestError: there is no such preset.
    """
    if name == "default":
        return RankSettings()
    if name == "paper":
        return RankSettings(
            sequences="windows",
            probe=ProbeSettings(pooling="mean"),
            bridges=BridgeSettings(
                measure="hsic_biased", aggregation="best_match", size_matched=False
            ),
        )
    if name == "demo":
        return RankSettings(selection=Selection(rate=0.1), probe=ProbeSettings(shots=4))
    known = get_args(Preset)
    raise RequestError(
        f"There is no preset '{name}'.{nearest(name, known)} Use {', '.join(known[:-1])} or "
        f"{known[-1]}."
    )


def settings_of(given: RankSettings | str) -> RankSettings:
    """Return settings, or those of the preset of a name.

    Raises:
        RequestError: there is no such preset.
    """
    return preset(given) if isinstance(given, str) else given


def _value(value: Any) -> Any:
    """Return what a text says where a field is no text: nothing, or several values."""
    if not isinstance(value, str):
        return value
    if value.casefold() in {"none", "null"}:
        return None
    if "," in value:
        return [part.strip() for part in re.sub(r"^[(\[]|[)\]]$", "", value).split(",")]
    return value


def label(settings: RankSettings) -> str:
    """Return the name of the nearest preset, with the fields that differ: ``demo[…]``."""
    name = nearest_preset(settings)
    changed = ",".join(f"{field}={value}" for field, value in changed_from(settings, name))
    return f"{name}[{changed}]" if changed else name


def nearest_preset(settings: RankSettings) -> str:
    """Return the name of the preset that settings differ least from."""
    presets: tuple[str, ...] = get_args(Preset)
    return min(presets, key=lambda name: len(changed_from(settings, name)))


def changed_from(settings: RankSettings, name: str) -> list[tuple[str, Any]]:
    """Return the dotted names of the fields that differ from a preset, with their values."""
    other = preset(name)
    pairs = ((field, _field(settings, field), _field(other, field)) for field in settings_fields())
    return [(field, value) for field, value, usual in pairs if value != usual]


def _field(settings: RankSettings, name: str) -> Any:
    value: Any = settings
    for part in name.split("."):
        value = getattr(value, part)
    return value
