"""A ready prompt for one's own word or text, through the recommended bridge."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridgex import languages
from bridgex.analysis.settings import RankSettings, settings_of
from bridgex.choosers import Chooser, chooser_named
from bridgex.choosers.recommend import recommended
from bridgex.errors import ModelError, RequestError, TextError
from bridgex.evaluation.run import prepare, require_shots
from bridgex.evaluation.settings import TaskSettings
from bridgex.evaluation.strategies import AUTO, DIRECT, parse_single
from bridgex.experiments.pairs import PairInput, find_pair, read_words
from bridgex.experiments.trust import Trust, of_text, of_word
from bridgex.inputs import Texts
from bridgex.languages import Language
from bridgex.session import ModelSession
from bridgex.tasks.base import Task
from bridgex.tasks.bli import Bli
from bridgex.tasks.items import Item, one_line
from bridgex.tasks.parsing import UNSPACED
from bridgex.tasks.translation import Translation
from bridgex.texts import fold

ENDS = re.compile("[.!?。！？؟:;,、，،؛।։።]")
MOST_PARTS, MOST_LETTERS, MOST_UNSPACED = 3, 30, 10
"""A word or a term has at most three parts and 30 letters (10 in scripts without spaces) and no
punctuation of sentences; else it is a text."""


@dataclass(frozen=True)
class BridgedPrompt:
    """A prompt ready for the model.

    Attributes:
        text: the prompt.
        strategy: ``direct``, or the bridge it goes through.
        pivot: the word or text in the bridge language, as the model put it; None if direct.
        reason: why this way; empty where it was asked for.
        trusted: whether the pivot is right as far as can be told; None where nothing tells.
        check: what that rests on, in a sentence; empty if direct.
    """

    text: str
    strategy: str
    pivot: str | None = None
    reason: str = ""
    trusted: bool | None = None
    check: str = ""


def prompt(
    session: ModelSession,
    source: str,
    target: str,
    text: str,
    *,
    bridge: str = AUTO,
    candidates: Sequence[str] | None = None,
    chooser: str | Chooser = "internal",
    texts: Texts | None = None,
    settings: RankSettings | str = "default",
    asking: TaskSettings | None = None,
) -> BridgedPrompt:
    """Return the prompt with which a model translates a word or text, through a bridge.

    A word becomes the word chain of `bli`, a text the prompt of `translation`; the model itself
    translates it into the bridge language.

    Args:
        session: the model.
        source: language of the text, by any usual code or name.
        target: language to translate into.
        text: a word, a term of up to three words, or a text.
        bridge: a language; ``direct``; or ``auto`` for the chooser's first place where it
            gains beyond chance on development words.
        candidates: for ``auto``: the bridges to rank.
        chooser: for ``auto``: a chooser's name, or one of one's own.
        texts: for ``auto`` and solved examples: dictionaries and corpora.
        settings: of the bridge score: a preset's name or settings of one's own.
        asking: solved examples before a word's prompt (a text has none), and whether the model is
            asked for pivot translations in its chat template.

    Raises:
        BridgexError: one of its kinds, with the remedy in one sentence.
    """
    how, inputs, ranked_by = asking or TaskSettings(), texts or Texts(), settings_of(settings)
    pair = find_pair(source, target)
    wanted = one_line(text)
    if not wanted:
        raise RequestError("There is no text to put in a prompt; give a word or a text.")
    strategy = parse_single(bridge if bridge == str(DIRECT) else f"bridge:{bridge}", pair, DIRECT)
    advisor = chooser_named(chooser, ranked_by)
    auto = bridge == AUTO
    through: tuple[Language, ...] = (strategy.bridge,) if strategy.bridge else ()
    if auto:
        through = languages.pair_and_candidates(source, target, candidates)[1]
    spoken = inputs.named((*pair, *through))
    pair, through = (spoken[0], spoken[1]), spoken[2:]
    if strategy.bridge:
        strategy = replace(strategy, bridge=through[0])
    words, unread = _words(pair, through, inputs, needed=auto or how.shots > 0)
    task = _task(wanted, pair, words)
    shots = how.shots if isinstance(task, Bli) else 0
    require_shots(task, shots)
    if how.chat and through:
        session.require_chat()
    reason = ""
    if auto:
        if words is None:
            raise RequestError(
                f"Choosing a bridge needs a dictionary of {pair[0].name}–{pair[1].name}; give one "
                "with --lexicon, or name the --bridge."
            )
        require_shots(words, how.shots)
        read = PairInput(pair, through, words)
        advice = recommended(read.for_choosers(session, words, inputs, how), advisor)
        strategy, reason = advice.strategy, advice.reason
    prepared = prepare(session, task, strategy, shots=shots, chat=how.chat)
    pivot = prepared.pivots[wanted].context
    if strategy.bridge and pivot is None:
        raise ModelError(
            f"The model wrote nothing for '{wanted[:40]}' in {strategy.bridge.name}; use another "
            "--bridge, or --bridge direct."
        )
    text_made = str(prepared.prompts[wanted])
    if pivot is None:
        return BridgedPrompt(text_made, str(strategy), None, reason)
    if not isinstance(task, Bli):
        trust = of_text(wanted, pivot.text, pair[0])
    elif words is None:
        trust = Trust(None, f"Not checked: {unread}")
    else:
        trust = of_word(session, words, wanted, pivot.text, pivot.language, chat=how.chat)
    return BridgedPrompt(text_made, str(strategy), pivot.text, reason, trust.trusted, trust.why)


def _words(
    pair: tuple[Language, Language], through: Sequence[Language], texts: Texts, *, needed: bool
) -> tuple[Bli | None, str]:
    """Return the pair's words, or why there are none; where they are needed, that is an error."""
    if not needed and not through:
        return None, ""
    missing = f"There is no dictionary for {pair[0].name}–{pair[1].name}."
    try:
        return read_words(pair, through, texts), missing
    except TextError as problem:
        if needed:
            raise
        return None, str(problem)


def _task(text: str, pair: tuple[Language, Language], words: Bli | None) -> Task:
    source, target = pair
    asked = (Item(text, text, ()),)
    if not _is_word(text, source):
        return Translation(source=source, target=target, items=asked)
    if words is None:
        return Bli(source=source, target=target, items=asked)
    others = tuple(
        example for example in words.examples if fold(example.id, source) != fold(text, source)
    )
    return replace(words, items=asked, examples=others)


def _is_word(text: str, language: Language) -> bool:
    most = MOST_UNSPACED if language.script in UNSPACED else MOST_LETTERS
    return len(text.split()) <= MOST_PARTS and len(text) <= most and not ENDS.search(text)
