"""Whether a pivot translation that a model made can be trusted, as far as a dictionary tells."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridgex.choosers.ranking import FEWEST_ITEMS
from bridgex.evaluation.run import prepare
from bridgex.evaluation.strategies import Strategy
from bridgex.generation import repeats
from bridgex.languages import Language
from bridgex.session import ModelSession
from bridgex.tasks.bli import Bli
from bridgex.tasks.word_chain import is_accepted
from bridgex.texts import Lexicon, fold


@dataclass(frozen=True)
class Trust:
    """What is known of a pivot translation.

    Attributes:
        trusted: whether it is right as far as can be told; None where nothing tells.
        why: a sentence that begins with ``Trusted``, ``Not trusted`` or ``Not checked``.
    """

    trusted: bool | None
    why: str


def of_word(
    session: ModelSession, words: Bli, word: str, pivot: str, bridge: Language, *, chat: bool
) -> Trust:
    """Judge the pivot translation of a word by a dictionary into the bridge.

    Where the dictionary has the word, it decides. Otherwise the model translates the pair's
    development words into the bridge, and is trusted where at least half of them come out right.

    Args:
        session: the model.
        words: word translation of the pair with its dictionaries.
        word: in the source language.
        pivot: what the model made of it.
        bridge: the language that it is in.
        chat: whether the model is asked in its chat template.
    """
    dictionary = words.dictionaries.get(bridge.code)
    if dictionary is None:
        return Trust(
            None,
            f"Not checked: there is no dictionary from {words.source.name} into {bridge.name}.",
        )
    known = {fold(each, words.source): accepted for each, accepted in dictionary.entries.items()}
    if accepted := known.get(fold(word, words.source)):
        if _right(pivot, accepted, bridge, dictionary):
            return Trust(
                trusted=True, why=f"Trusted: the dictionary has '{pivot}' for '{word}', too."
            )
        return Trust(
            trusted=False, why=f"Not trusted: the dictionary has {', '.join(accepted[:3])}."
        )
    asked = [item for item in words.development if item.context in dictionary.entries]
    if len(asked) < FEWEST_ITEMS:
        return Trust(None, f"Not checked: too few words to try {bridge.name} on.")
    task, strategy = replace(words, items=tuple(asked)), Strategy(bridge)
    made = prepare(session, task, strategy, chat=chat).pivots
    right = sum(
        _right(context.text, dictionary.entries[item.context], bridge, dictionary)
        for item in asked
        if (context := made[item.id].context)
    )
    trusted = 2 * right >= len(asked)
    return Trust(
        trusted,
        f"{'Trusted' if trusted else 'Not trusted'}: the model puts {right} of {len(asked)} "
        f"development words rightly into {bridge.name}.",
    )


def of_text(text: str, pivot: str, source: Language) -> Trust:
    """Judge the pivot translation of a text, which no dictionary has.

    Args:
        text: in the source language.
        pivot: what the model made of it.
        source: the text's language.
    """
    if fold(text, source) == fold(pivot, source):
        return Trust(trusted=False, why="Not trusted: it is the text itself.")
    if repeats(pivot):
        return Trust(trusted=False, why="Not trusted: it repeats itself.")
    return Trust(None, "Not checked: no dictionary tells whether a whole text is translated right.")


def _right(pivot: str, accepted: Sequence[str], bridge: Language, dictionary: Lexicon) -> bool:
    return is_accepted(pivot, accepted, bridge, convert_chinese=dictionary.converted)
