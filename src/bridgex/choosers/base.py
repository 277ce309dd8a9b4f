"""What a chooser is: a question in, a ranking of the candidate bridges out, with what it costs.

A new chooser is a class with `name` and `rank` in a file of its own, an entry in
`bridgex.choosers.CHOOSERS` and a test. It may look at the model, at development items and at
words for a probe, never at what is evaluated.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from bridgex.bridges import BridgeRanking
from bridgex.errors import TextError
from bridgex.languages import Language
from bridgex.session import Stages
from bridgex.tasks.base import Task
from bridgex.tasks.bli import Bli
from bridgex.texts import Lexicon


@dataclass(frozen=True)
class Cost:
    """What a ranking asks of the model where nothing of it is stored yet.

    Attributes:
        passes: texts that the model reads, a forward pass each.
        generated: the most tokens that it may generate, a further pass each.
    """

    passes: int = 0
    generated: int = 0


@dataclass(frozen=True)
class ChooserInput:
    """Which bridge is best for a pair, and what may be looked at to say so.

    Attributes:
        pair: source and target language.
        candidates: the bridges.
        stages: the model and where its results are kept.
        task: what the bridge is for; its development items are those of `development`.
        words: word translation of the pair with its development words; None without a dictionary.
        probe: the words a probe may use; None without a dictionary.
        corpus: folder with a text file per language; None for the embedded sentences.
        shots: solved examples before each prompt.
        chat: whether prompts are wrapped in the tokenizer's chat template.
        evaluated: what only the oracle looks at: bridge → score of each evaluated item.
    """

    pair: tuple[Language, Language]
    candidates: tuple[Language, ...]
    stages: Stages
    task: Task
    words: Bli | None = None
    probe: Lexicon | None = None
    corpus: str | Path | None = None
    shots: int = 0
    chat: bool = False
    evaluated: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the candidates."""
        return tuple(each.code for each in self.candidates)

    def development_words(self) -> Bli:
        """Return word translation with its development words.

        Raises:
            TextError: there is no dictionary of the pair, or it has no word to develop on.
        """
        if self.words is None or not self.words.development:
            source, target = self.pair
            what = "no dictionary" if self.words is None else "no development word"
            raise TextError(
                f"There is {what} for {source.name}–{target.name}; give a larger dictionary with "
                "--lexicon."
            )
        return self.words


def first_places(ranking: BridgeRanking) -> tuple[str, ...]:
    """Return the candidates with the highest score; none where the verdict is undetermined.

    A score that several share does not put the one first that was named first.
    """
    if ranking.best is None:
        return ()
    highest = ranking.scores[ranking.best].value
    return tuple(code for code, score in ranking.scores.items() if score.value == highest)


class Chooser(Protocol):
    """Ranks the candidate bridges of a pair."""

    @property
    def name(self) -> str:
        """Its name, as in ``--choosers``."""

    def rank(self, question: ChooserInput) -> BridgeRanking:
        """Rank the candidates of a question.

        The ranking's evidence has ``chooser`` (its name) and ``cost`` (passes and generated).

        Raises:
            BridgexError: it cannot serve this question; the message says what is missing.
        """


def stated(chooser: Chooser, cost: Cost, **evidence: Any) -> dict[str, Any]:
    """Return the evidence of a ranking: who made it, at what cost, and from what."""
    return {"chooser": chooser.name, "cost": asdict(cost), **evidence}


def cost_of(ranking: BridgeRanking) -> Cost:
    """Return the cost that a chooser's ranking states."""
    return Cost(**ranking.evidence["cost"])
