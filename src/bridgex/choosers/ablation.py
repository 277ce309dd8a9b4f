"""Whose bridge neurons does the chain through it need? A causal look inside the model."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from statistics import fmean

from bridgex.analysis.settings import RankSettings, preset
from bridgex.bridges import bridge_sets
from bridgex.choosers.base import Choice, ChooserInput
from bridgex.choosers.ranking import by_items
from bridgex.errors import TextError
from bridgex.evaluation.ablation import (
    ANCHOR,
    RANDOM,
    SENTENCES,
    Target,
    answer_nats,
    changes,
    controlled,
    holds,
    mean_rates,
    needed,
    targets_of,
    ways_of,
)
from bridgex.evaluation.strategies import Strategy
from bridgex.lm.ablation import How, TokenValues
from bridgex.neurons import select

WORDS, DRAWS = 24, 5
"""Development words, and random sets per candidate: enough for an order, at a cost near that of
trying each bridge on 50 words."""


@dataclass(frozen=True)
class Ablation:
    """Ranks by how much more the chain needs K's neurons than random ones.

    Each candidate's bridge neurons are held at their means while the model scores the accepted
    answers of the chain through it; a candidate's value on a word is what that costs in nats beyond
    what random neurons cost that are matched in layer, number and activation rate.

    Attributes:
        settings: how neurons are selected and the sets formed; by default those of the demo preset,
            whose rate leaves small models enough of them.
    """

    name: str = "ablation"
    settings: RankSettings = field(default_factory=lambda: preset("demo"))
    how: How = "mean"

    def require(self, inputs: ChooserInput) -> None:
        """Refuse a pair without development words or texts, and a model elsewhere.

        Raises:
            RequestError: a server answers in place of the model.
            TextError: there are no development words, or a language has no text.
        """
        inputs.session.require_ablation()
        inputs.development_words()
        inputs.corpora()

    def rank(self, inputs: ChooserInput) -> Choice:
        """Rank on the first development words of the pair.

        Raises:
            RequestError: a server answers in place of the model.
            TextError: there are no development words, no text of a language, or no candidate has
                neurons.
        """
        session, settings = inputs.session, self.settings
        session.require_ablation()
        words = inputs.development_words()
        task = replace(words, items=words.development[:WORDS])
        pair = inputs.pair[0].code, inputs.pair[1].code
        with session.metered() as meter:
            corpora = {
                code: session.within(corpus, inputs.texts.budget)
                for code, corpus in inputs.corpora().items()
            }
            stats = {
                code: session.stats(corpus, settings.sequences) for code, corpus in corpora.items()
            }
            neurons = select(stats, settings.selection)
            sets = bridge_sets(neurons, pair, inputs.codes, settings.bridges)
            seed = settings.bridges.seed
            targets = [
                target
                for target in targets_of(
                    neurons, sets, inputs.candidates, mean_rates(stats), draws=DRAWS, seed=seed
                )
                if target.name != ANCHOR and target.controls[RANDOM]
            ]
            if not targets:
                raise TextError("No candidate has bridge neurons to silence; give more text.")
            texts = [
                replace(corpus, sentences=corpus.sentences[:SENTENCES])
                for corpus in corpora.values()
            ]
            values = session.token_values(texts, needed(targets), seed=seed)
            asked = replace(inputs, task=task, shots=min(inputs.shots, len(task.examples)))
            cost = {target.name: self._cost(asked, target, values) for target in targets}
        ranking = by_items(
            self.name,
            inputs,
            {
                each.code: [cost.get(str(Strategy(each)), {}).get(item.id) for item in task.items]
                for each in inputs.candidates
            },
            what="development words",
            how=self.how,
            selection=str(settings.selection),
            words=[item.context for item in task.items],
            neurons={target.name: len(target.neurons) for target in targets},
        )
        return Choice(ranking, self.name, meter.cost)

    def _cost(
        self, inputs: ChooserInput, target: Target, values: TokenValues
    ) -> Mapping[str, float]:
        """Return word → nats that silencing a bridge costs its chain beyond random neurons."""
        session, chat = inputs.session, inputs.chat
        bridge = next(each for each in inputs.candidates if str(Strategy(each)) == target.name)
        way = ways_of(session, inputs.task, [bridge], shots=inputs.shots, chat=chat)[target.name]
        intact = answer_nats(session, way, chat=chat, what=f"Likelihood of answers, {target.name}")
        own = changes(
            session,
            way,
            intact,
            holds(values, target.neurons, self.how),
            chat=chat,
            what=f"{target.name} silenced",
        )
        random = list(controlled(session, target, RANDOM, way, intact, values, self.how, chat=chat))
        return {word: fmean(each[word] for each in random) - own[word] for word in own}
