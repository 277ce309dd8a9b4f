"""Which way to go between two languages: through the first place of a ranking, or directly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bridgex.bridges import BridgeRanking
from bridgex.languages import find
from bridgex.presets import RankSettings
from bridgex.running import run
from bridgex.stages import Stages
from bridgex.strategies import DIRECT, Strategy
from bridgex.study import rank
from bridgex.tasks.bli import Bli, bli
from bridgex.tasks.split import Words
from bridgex.texts import Lexicon

WORDS = 50
"""Most development words that the two ways are tried on."""


@dataclass(frozen=True)
class Recommendation:
    """A strategy, why, and the ranking it came from."""

    strategy: Strategy
    reason: str
    ranking: BridgeRanking

    def __str__(self) -> str:
        return f"{self.strategy}. {self.reason}"


def recommended(
    stages: Stages,
    words: Words,
    *,
    dictionaries: Mapping[str, Lexicon],
    candidates: Sequence[str] | None = None,
    corpus: str | Path | None = None,
    settings: RankSettings | str = "default",
    shots: int = 0,
    chat: bool = False,
) -> Recommendation:
    """Rank the bridges of a dictionary's pair and judge whether the first is worth the detour.

    Args:
        stages: the model and where its results are kept.
        words: the dictionary in parts: probe words rank, development words judge, and those that
            are evaluated serve for neither.
        dictionaries: code of a bridge → dictionary from the source into it.
        candidates: the bridges to rank.
        corpus: folder with a text file per language.
        settings: of the ranking.
        shots: solved examples before each prompt, at most as many as there are.
        chat: whether prompts are wrapped in the tokenizer's chat template.
    """
    ranking = rank(
        words.parts.probe.source.code,
        words.parts.probe.target.code,
        model=stages.model,
        candidates=candidates,
        corpus=corpus,
        lexicon=words.parts.probe,
        settings=settings,
        store=stages.store,
        progress=stages.progress,
    )
    task = bli(words, dictionaries=dictionaries)
    return recommend(stages, ranking, task, shots=min(shots, len(task.examples)), chat=chat)


def recommend(
    stages: Stages, ranking: BridgeRanking, task: Bli, *, shots: int = 0, chat: bool = False
) -> Recommendation:
    """Judge whether the first place of a ranking is worth the detour, on development words.

    ``direct`` is advised where the model translates at least as many of them directly as through
    the bridge, and where the ranking is undetermined. The words were not filtered for being
    understood: understood ones are by construction right directly.

    Args:
        stages: the model and where its results are kept.
        ranking: of the task's language pair.
        task: word translation, with development words.
        shots: solved examples before each prompt.
        chat: whether prompts are wrapped in the tokenizer's chat template.
    """
    if ranking.best is None:
        reason = f"The ranking is undetermined ({ranking.verdict.reason.rstrip('.')})."
        return Recommendation(DIRECT, reason, ranking)
    bridge = find(ranking.best)
    chosen = Strategy(bridge)
    words = replace(task.on_development(), items=task.development[:WORDS])
    if not words.items:
        reason = f"{bridge.name} scores highest; there were no words to try it on."
        return Recommendation(chosen, reason, ranking)
    direct, through = (
        sum(run(stages, words, each, shots=shots, chat=chat).scores) for each in (DIRECT, chosen)
    )
    reason = (
        f"Of {len(words.items)} development words {direct:.0f} are right directly and "
        f"{through:.0f} through {bridge.name}, which scores highest."
    )
    return Recommendation(chosen if through > direct else DIRECT, reason, ranking)
