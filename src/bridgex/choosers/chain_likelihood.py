"""How likely the model finds the word chain through each candidate, without generating it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridgex.bridges import BridgeRanking
from bridgex.choosers.base import ChooserInput, Cost
from bridgex.choosers.ranking import by_items
from bridgex.errors import TextError
from bridgex.languages import Language
from bridgex.tasks.base import Item, PivotContext
from bridgex.tasks.bli import Bli


@dataclass(frozen=True)
class ChainLikelihood:
    r"""Ranks by log p("k" | S:"w"→K:) + log p("t" | S:"w"→K:"k"→T:), in nats, mean over words.

    w is a development word, k and t the first translations that the dictionaries state; both are
    scored with their quotes, as continuations of the prompts that `bli` would ask. Candidates are
    compared on the words that all of them can translate.
    """

    name: str = "chain_likelihood"

    def rank(self, question: ChooserInput) -> BridgeRanking:
        """Rank on the development words of the pair.

        Raises:
            TextError: there are no development words, or no dictionary into a candidate.
        """
        task = question.development_words()
        served = [each for each in question.candidates if each.code in task.dictionaries]
        if not served:
            raise TextError(
                f"No dictionary leads from {task.source.name} into a candidate; give one with "
                "--lexicon."
            )
        words = [
            item
            for item in task.development
            if all(task.known_pivot(item, each) for each in served)
        ]
        values: dict[str, Sequence[float | None]] = dict.fromkeys(question.codes, ())
        values |= {each.code: _chain(question, task, words, each) for each in served}
        everywhere = [not any(row is None for row in rows) for rows in _rows(values, served)]
        kept = {
            code: [value for value, all_have in zip(row, everywhere, strict=False) if all_have]
            for code, row in values.items()
        }
        lacking = [each.name for each in question.candidates if each not in served]
        notes = [f"No dictionary from {task.source.name} into {', '.join(lacking)}."] * bool(
            lacking
        )
        return by_items(
            self,
            question,
            kept,
            what="development words",
            cost=Cost(2 * len(words) * len(served)),
            notes=notes,
            words=[each.context for each in words],
            left_out={
                "words without a translation into every candidate": len(task.development)
                - len(words),
                "words longer than the context": len(words) - sum(everywhere),
            },
        )


def _chain(
    question: ChooserInput, task: Bli, words: Sequence[Item], bridge: Language
) -> list[float | None]:
    examples = task.examples[: question.shots]
    into = task.pivot_examples(bridge)[: question.shots]
    through = [
        task.prompt(each, PivotContext(bridge, known)) + task.solution(each)
        for each in examples
        if (known := task.known_pivot(each, bridge))
    ]
    first, second, bridged, solved = [], [], [], []
    for item in words:
        known = task.known_pivot(item, bridge) or ""
        first.append(task.separator.join([*into, task.pivot_prompt(item, bridge)]))
        bridged.append(f'"{known}"')
        second.append(
            task.separator.join([*through, task.prompt(item, PivotContext(bridge, known))])
        )
        solved.append(task.solution(item))
    stages, options = question.stages, [*bridged, *solved]
    scored, _ = stages.likelihoods(
        [*first, *second],
        [[each] for each in options],
        chat=question.chat,
        what=f"Likelihood of chains through {bridge.name}",
    )
    nats = [
        None if value is None else value[0] * len(option.strip().encode())
        for value, option in zip(scored, options, strict=True)
    ]
    steps = zip(nats[: len(words)], nats[len(words) :], strict=True)
    return [None if a is None or b is None else a + b for a, b in steps]


def _rows(
    values: dict[str, Sequence[float | None]], served: Sequence[Language]
) -> list[tuple[float | None, ...]]:
    return list(zip(*(values[each.code] for each in served), strict=True))
