"""Which option is the answer, from how likely each is: rules, none of which asks a model.

A rule turns the log-probabilities of an item's options into scores, of which the highest wins.
An option's plain probability depends on how long it is and on how common it is whatever was asked;
rules differ in what they take off for that.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from bridgex.errors import RequestError

Rule = Literal["sum", "per_token", "per_character", "per_byte", "calibrated", "calibrated_batch"]
"""``sum``: the log-probability, lm-evaluation-harness's ``acc``. ``per_token``, ``per_character``
(its ``acc_norm``), ``per_byte`` (its ``acc_bytes``): divided by the option's length.
``calibrated``: minus the log-probability after the same prompt about an empty text, which is
pointwise mutual information (Holtzman et al. 2021) and chooses as contextual calibration does
(Zhao et al. 2021). ``calibrated_batch``: minus the mean log-probability of the same label on
development items, whatever their answers (after Zhou et al. 2024, who average over the evaluated
items); for options that are the same for every item."""

RULES: tuple[Rule, ...] = get_args(Rule)


@dataclass(frozen=True)
class OptionScores:
    """What is known of an item's options, each value in the order of the options.

    Attributes:
        nats: log-probability of each.
        tokens: how many tokens that is the sum of; None where that is not known.
        characters: length of each as it was scored, without the space before it.
        bytes: the same in UTF-8.
        neutral: log-probability after the same prompt about an empty text; None where nothing
            would be left of the prompt.
        batch: mean log-probability on development items, the item itself aside; None where options
            differ from item to item or there are no such items.
    """

    nats: tuple[float, ...]
    tokens: tuple[int, ...] | None
    characters: tuple[int, ...]
    bytes: tuple[int, ...]
    neutral: tuple[float, ...] | None = None
    batch: tuple[float, ...] | None = None

    @classmethod
    def of(
        cls,
        choices: Sequence[str],
        nats: tuple[float, ...],
        tokens: tuple[int, ...] | None,
        *,
        neutral: tuple[float, ...] | None = None,
        batch: tuple[float, ...] | None = None,
    ) -> "OptionScores":
        """Return the scores of options that follow a prompt as ``choices``."""
        texts = [choice.strip() for choice in choices]
        characters, sizes = map(len, texts), (len(text.encode()) for text in texts)
        return cls(nats, tokens, tuple(characters), tuple(sizes), neutral, batch)

    def under(self, rule: Rule) -> tuple[float, ...]:
        """Return the options' scores under a rule.

        Raises:
            RequestError: the rule compares with something that there is not.
        """
        return _RULES[rule](self)

    def best(self, rule: Rule) -> int:
        """Return the place of the option with the highest score, the first of several."""
        scores = self.under(rule)
        return max(range(len(scores)), key=scores.__getitem__)


def _divided(nats: tuple[float, ...], lengths: tuple[int, ...] | None) -> tuple[float, ...]:
    if lengths is None:
        raise RequestError("How many tokens the options have is not known; use another --scoring.")
    return tuple(value / length for value, length in zip(nats, lengths, strict=True))


def _less(
    nats: tuple[float, ...], usual: tuple[float, ...] | None, lacking: str
) -> tuple[float, ...]:
    if usual is None:
        raise RequestError(f"{lacking}; use another --scoring.")
    return tuple(value - taken for value, taken in zip(nats, usual, strict=True))


_RULES: Mapping[Rule, Callable[[OptionScores], tuple[float, ...]]] = {
    "sum": lambda each: each.nats,
    "per_token": lambda each: _divided(each.nats, each.tokens),
    "per_character": lambda each: _divided(each.nats, each.characters),
    "per_byte": lambda each: _divided(each.nats, each.bytes),
    "calibrated": lambda each: _less(
        each.nats, each.neutral, "Nothing is left of the prompt without the text it is about"
    ),
    "calibrated_batch": lambda each: _less(
        each.nats, each.batch, "There are no development items with the same options"
    ),
}
