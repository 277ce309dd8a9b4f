"""How likely the model finds the word chain through each candidate, without generating it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridgex.choosers.base import Choice, ChooserInput
from bridgex.choosers.ranking import by_items
from bridgex.errors import TextError
from bridgex.languages import Language
from bridgex.tasks.bli import Bli
from bridgex.tasks.items import Item, PivotContext


@dataclass(frozen=True)
class ChainLikelihood:
    r"""Ranks by log p("k" | S:"w"→K:) + log p("t" | S:"w"→K:"k"→T:), in nats, mean over words.

    w is a development word, k and t the first translations that the dictionaries state; both are
    scored with their quotes, as continuations of the prompts that `bli` would ask. Candidates are
    compared on the words that all of them can translate.

    Attributes:
        relative: whether the log-probability of each word after the same prompt about an empty word
            is subtracted: how much the chain makes its words likelier (pointwise mutual
            information), so that a candidate does not win for its words being common.
    """

    relative: bool = False

    @property
    def name(self) -> str:
        """``chain_likelihood``, and ``:relative`` where it is."""
        return f"chain_likelihood{':relative' if self.relative else ''}"

    def require(self, inputs: ChooserInput) -> None:
        """Refuse a pair without development words; see `bridgex.choosers.base.require`.

        Raises:
            TextError: there are none.
        """
        inputs.development_words()

    def rank(self, inputs: ChooserInput) -> Choice:
        """Rank on the development words of the pair.

        Raises:
            TextError: there are no development words, or no dictionary into a candidate.
        """
        task = inputs.development_words()
        served = [each for each in inputs.candidates if each.code in task.dictionaries]
        if not served:
            raise TextError(
                f"No dictionary leads from {task.source.name} into a candidate; give one with "
                "--lexicon."
            )
        words = [
            item
            for item in task.development
            if all(task.known_pivot(item, candidate) for candidate in served)
        ]
        values: dict[str, Sequence[float | None]] = {
            code: [None] * len(words) for code in inputs.codes
        }
        with inputs.session.metered() as meter:
            values |= {
                candidate.code: self._chain(inputs, task, words, candidate) for candidate in served
            }
        lacking = [each.name for each in inputs.candidates if each not in served]
        ranking = by_items(
            self.name,
            inputs,
            values,
            what="development words",
            notes=[f"No dictionary from {task.source.name} into {', '.join(lacking)}."]
            if lacking
            else [],
            words=[item.context for item in words],
            words_without_every_translation=len(task.development) - len(words),
        )
        return Choice(ranking, self.name, meter.cost)

    def _chain(
        self, inputs: ChooserInput, task: Bli, words: Sequence[Item], bridge: Language
    ) -> list[float | None]:
        """Return the score of each word's chain; None for one beyond the context."""
        known = [task.known_pivot(item, bridge) or "" for item in words]
        chains = _nats(inputs, task, words, known, bridge)
        if not self.relative:
            return chains
        nothing = [task.neutral(item) for item in words]
        unconditional = _nats(inputs, task, nothing, known, bridge, about_nothing=True)
        return [
            None if a is None or b is None else a - b
            for a, b in zip(chains, unconditional, strict=True)
        ]


def _nats(
    inputs: ChooserInput,
    task: Bli,
    words: Sequence[Item],
    known: Sequence[str],
    bridge: Language,
    *,
    about_nothing: bool = False,
) -> list[float | None]:
    """Return the log-probability of both words of each chain; None for one beyond the context."""
    examples = task.examples[: inputs.shots]
    into = [asked + pivot for asked, pivot in task.pivot_examples(bridge)[: inputs.shots]]
    through = [
        task.prompt(example, PivotContext(bridge, pivot)) + task.solution(example)
        for example in examples
        if (pivot := task.known_pivot(example, bridge))
    ]
    first = [task.separator.join([*into, task.pivot_prompt(item, bridge)]) for item in words]
    second = [
        task.separator.join(
            [*through, task.prompt(item, PivotContext(bridge, "" if about_nothing else pivot))]
        )
        for item, pivot in zip(words, known, strict=True)
    ]
    options = [f'"{pivot}"' for pivot in known] + [task.solution(item) for item in words]
    scored = inputs.session.score(
        [*first, *second],
        [[option] for option in options],
        chat=inputs.chat,
        what=f"Likelihood of chains through {bridge.name}{', unconditional' * about_nothing}",
    )
    nats = [None if each.nats is None else each.nats[0] for each in scored]
    steps = zip(nats[: len(words)], nats[len(words) :], strict=True)
    return [None if a is None or b is None else a + b for a, b in steps]
