"""Which candidate's word the model thinks of on the way to the target's (Wendler et al. 2024)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridgex.choosers.base import Choice, ChooserInput
from bridgex.choosers.ranking import by_items
from bridgex.lm.lens import LensPrompt, Reading
from bridgex.tasks.bli import Bli
from bridgex.tasks.items import Item

BAND = (0.5, 0.85)
"""First (included) and last (left out) relative depth: layers 16 to 27 of 32. Wendler et al. (2024)
find the latent language there in Llama 2, between the layers that read and those that write."""


@dataclass(frozen=True)
class LatentLanguage:
    """Ranks by the probability of K's word in the middle of the direct prompt, by the logit lens.

    On the direct prompt up to the opening quote (``S:"w"→T:"``), the residual stream after each
    layer of the band, at the last token, goes through the final norm and the head. A candidate's
    value on a word is the summed probability of the distinct first tokens of its translations,
    mean over those layers; its score is the mean over the words that all candidates have. First
    tokens that also begin the
    source word or an accepted target word do not count; where none is left, or the tokenizer joins
    the quote with the word, the word is left out for that candidate and counted.
    """

    name: str = "latent_language"

    def require(self, inputs: ChooserInput) -> None:
        """Refuse a pair without development words; see `bridgex.choosers.base.require`.

        Raises:
            TextError: there are none.
        """
        inputs.development_words()

    def rank(self, inputs: ChooserInput) -> Choice:
        """Rank on the development words of the pair: one forward pass a word for all candidates.

        Raises:
            TextError: there are no development words.
        """
        task = inputs.development_words()
        prompts = [_prompt(inputs, task, item) for item in task.development]
        with inputs.session.metered() as meter:
            layers, readings = inputs.session.latent(prompts, BAND, chat=inputs.chat)
        by_code = {code: [reading.get(code) for reading in readings] for code in inputs.codes}
        ranking = by_items(
            self.name,
            inputs,
            {code: [_over_layers(each) for each in row] for code, row in by_code.items()},
            what="development words",
            per_layer=(layers, {code: list(map(_by_layer, row)) for code, row in by_code.items()}),
            words=[item.context for item in task.development],
            left_out={code: _left_out(row) for code, row in by_code.items()},
        )
        return Choice(ranking, self.name, meter.cost)


def _prompt(inputs: ChooserInput, task: Bli, item: Item) -> LensPrompt:
    examples = task.examples[: inputs.shots]
    solved = [task.prompt(example) + task.solution(example) for example in examples]
    words: Mapping[str, tuple[str, ...]] = {
        code: found
        for code in inputs.codes
        if code in task.dictionaries
        and (found := task.dictionaries[code].entries.get(item.context, ()))
    }
    text = task.separator.join([*solved, task.prompt(item)]) + '"'
    return LensPrompt(text, words, (item.context, *item.accepted))


def _over_layers(reading: Reading | None) -> float | None:
    if reading is None or isinstance(reading, str):
        return None
    return sum(reading) / len(reading)


def _by_layer(reading: Reading | None) -> tuple[float, ...] | None:
    return None if reading is None or isinstance(reading, str) else reading


def _left_out(row: Sequence[Reading | None]) -> dict[str, int]:
    whys = (
        "no_translation" if each is None else each for each in row if not isinstance(each, tuple)
    )
    return dict(Counter(whys))
