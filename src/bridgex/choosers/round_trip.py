"""Which candidate a word comes back from: source into candidate, and back into the source."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridgex.choosers.base import Choice, ChooserInput
from bridgex.choosers.ranking import by_items
from bridgex.errors import TextError
from bridgex.evaluation.run import prepare, run
from bridgex.evaluation.strategies import DIRECT, Strategy
from bridgex.languages import Language
from bridgex.tasks.bli import Bli
from bridgex.tasks.items import Item
from bridgex.tasks.split import split_words
from bridgex.tasks.word_chain import is_accepted
from bridgex.texts import fold

ITEMS = 50
"""Most words, where there is no dictionary of the pair to develop on."""


@dataclass(frozen=True)
class RoundTrip:
    """Ranks by the share of words that come back: S:"w"→K: gives k, and K:"k"→S: gives w again.

    No word of the target language is needed: without a dictionary of the pair, words of one from
    the source into a candidate serve. A word that was only copied into K comes back by itself and
    does not count, unless the dictionary into K has it.
    """

    name: str = "round_trip"

    def require(self, inputs: ChooserInput) -> None:
        """Refuse a source language without words; see `bridgex.choosers.base.require`.

        Raises:
            TextError: there is no dictionary from the source.
        """
        _words(inputs)

    def rank(self, inputs: ChooserInput) -> Choice:
        """Rank on the development words of the pair, or on words of the source.

        Raises:
            TextError: there is no dictionary from the source.
        """
        words = _words(inputs)
        shots = min(inputs.shots, len(words.examples))
        with inputs.session.metered() as meter:
            values: dict[str, Sequence[float]] = {
                bridge.code: _returned(inputs, words, bridge, shots) for bridge in inputs.candidates
            }
        ranking = by_items(
            self.name,
            inputs,
            values,
            what="words",
            words=[item.context for item in words.items],
        )
        return Choice(ranking, self.name, meter.cost)


def _words(inputs: ChooserInput) -> Bli:
    """Return word translation from the source with the words to be tried as its items."""
    if inputs.words is not None and inputs.words.development:
        return replace(inputs.words, items=inputs.words.development)
    source = inputs.pair[0]
    dictionaries = inputs.texts.dictionaries_into(inputs.candidates, source)
    for code in sorted(dictionaries):
        words = Bli.of_words(split_words(dictionaries[code]), dictionaries=dictionaries)
        few = words.developing_on(ITEMS)
        if few.development:
            return replace(few, items=few.development)
    raise TextError(
        f"There is no dictionary with words of {source.name}; give one from it into any language "
        "with --lexicon."
    )


def _returned(inputs: ChooserInput, words: Bli, bridge: Language, shots: int) -> list[float]:
    """Return 1 for each word that comes back from a bridge, else 0."""
    session, chat = inputs.session, inputs.chat
    pivots = prepare(session, words, Strategy(bridge), shots=shots, chat=chat).pivots
    there = {
        item.id: pivot.context.text
        for item in words.items
        if (pivot := pivots[item.id]).context
        and not _copied(words, item, pivot.context.text, bridge)
    }
    back = Bli(
        source=bridge,
        target=words.source,
        items=tuple(
            Item(item.id, there[item.id], (item.context,))
            for item in words.items
            if item.id in there
        ),
        examples=tuple(
            Item(example.id, known, (example.context,))
            for example in words.examples
            if (known := words.known_pivot(example, bridge))
        ),
        style=words.style,
        convert_chinese=words.convert_chinese,
    )
    solved = min(shots, len(back.examples))
    outcomes = run(session, back, DIRECT, shots=solved, chat=chat).outcomes if there else ()
    came_back = {outcome.item: outcome.score for outcome in outcomes}
    return [came_back.get(item.id, 0.0) for item in words.items]


def _copied(words: Bli, item: Item, pivot: str, bridge: Language) -> bool:
    if fold(pivot, bridge) != fold(item.context, bridge):
        return False
    dictionary = words.dictionaries.get(bridge.code)
    known = dictionary.entries.get(item.context, ()) if dictionary else ()
    return not is_accepted(pivot, known, bridge)
