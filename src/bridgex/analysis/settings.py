"""The two named settings of a ranking: the paper's, and ours."""

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from bridgex.bridges import BridgeSettings
from bridgex.errors import RequestError, nearest
from bridgex.lm.sequences import Budget, Sequences
from bridgex.neurons import Selection
from bridgex.probe import ProbeSettings

Preset = Literal["default", "paper", "demo"]

DEMO_PAIR = ("de", "id")
"""The pair whose first place holds at most rates on the embedded model."""


class RankSettings(BaseModel):
    """Everything about a ranking that is not a language, a text or a model.

    Attributes:
        sequences: what one sequence of the corpus is: a sentence, or a window of 2,048 tokens.
        budget: how much text of each language is read.
        selection: how language neurons are selected.
        probe: how the pair is probed.
        bridges: how candidates are scored.
        special: whether special tokens (BOS and the like) of the corpus are counted.
        published: whether to compute what the authors' released script would give, too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sequences: Sequences = "sentences"
    budget: Budget = Budget()
    selection: Selection = Selection()
    probe: ProbeSettings = ProbeSettings()
    bridges: BridgeSettings = BridgeSettings()
    special: bool = False
    published: bool = False


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
        f"There is no preset '{name}'.{nearest(name, known)} Use {' or '.join(known)}."
    )


def adjusted(
    settings: RankSettings,
    *,
    sentences: int | None = None,
    tokens: int | None = None,
    method: str | None = None,
    rate: float | None = None,
    count: int | None = None,
    without_universal: bool = False,
    shots: int | None = None,
    pooling: str | None = None,
    chat: bool = False,
    special: bool = False,
    published: bool = False,
) -> RankSettings:
    """Return settings with a few of them changed, checked again.

    Raises:
        RequestError: a value out of its range, a budget in both sentences and tokens, or both
            rate and count.
    """
    changed = settings.model_dump()
    if sentences is not None or tokens is not None:
        changed["budget"] = {"sentences": sentences, "tokens": tokens}
    selection = changed["selection"]
    if method is not None:
        selection["method"] = method
    if rate is not None or count is not None:
        selection |= {"rate": rate, "count": count}
    if without_universal:
        selection["without_universal"] = True
    if shots is not None:
        changed["probe"]["shots"] = shots
    if pooling is not None:
        changed["probe"]["pooling"] = pooling
    if special:
        changed["special"] = changed["probe"]["special"] = True
    if published:
        changed["published"] = True
    if chat:
        changed["probe"]["chat"] = True
    try:
        return RankSettings.model_validate(changed)
    except ValidationError as problem:
        first = problem.errors()[0]
        name = first["loc"][-1]
        raise RequestError(
            f"--{name} {first['input']} is out of range: {first['msg'].lower()}."
        ) from problem
