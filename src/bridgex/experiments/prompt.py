"""A ready prompt for one's own word or text, through the recommended bridge."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bridgex import languages
from bridgex.choosers import Chooser, ChooserInput, chooser_named
from bridgex.choosers.recommend import DEVELOPMENT, recommended
from bridgex.errors import ModelError, RequestError
from bridgex.evaluation.run import prepare
from bridgex.evaluation.strategies import AUTO, DIRECT, parse
from bridgex.languages import Language
from bridgex.lm.source import ModelSource
from bridgex.progress import Progress, silent
from bridgex.session import Stages
from bridgex.storage.store import Store
from bridgex.tasks.base import Item, Task, one_line
from bridgex.tasks.bli import Bli, bli
from bridgex.tasks.parsing import UNSPACED
from bridgex.tasks.reading import Paths, dictionaries_into, words_of
from bridgex.tasks.split import Words
from bridgex.tasks.translation import Translation
from bridgex.texts import Lexicon, fold

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
    """

    text: str
    strategy: str
    pivot_generation: str | None = None
    reason: str = ""


def prompt(
    source: str,
    target: str,
    text: str,
    *,
    bridge: str = AUTO,
    model: str = "demo",
    lexicon: Paths | None = None,
    corpus: str | Path | None = None,
    candidates: Sequence[str] | None = None,
    shots: int = 0,
    chat: bool = False,
    chooser: Chooser | str = "internal:default",
    device: str = "auto",
    dtype: str = "auto",
    store: Store | None = None,
    progress: Progress = silent,
) -> BridgedPrompt:
    """Return the prompt with which a model translates a word or text, through a bridge.

    A word becomes the word chain of `bli`, a text the prompt of `translation`; the model itself
    renders it in the bridge language.

    Args:
        source: language of the text, by any usual code or name.
        target: language to translate into.
        text: a word, a term of up to three words, or a text.
        bridge: a language; ``direct``; or ``auto`` for the chooser's first place, unless
            going directly is as good on development words.
        model: ``demo``, a Hugging Face id, a model folder or a GGUF file.
        lexicon: for ``auto`` and solved examples: dictionary files or folders.
        corpus: for ``auto``: folder with a text file per language.
        candidates: for ``auto``: the bridges to rank.
        shots: solved examples before a word's prompt.
        chat: whether the model is asked for renderings in its chat template.
        chooser: for ``auto``: one of `bridgex.choosers.CHOOSERS` by its name, or one's own.
        device: ``auto``, ``cpu``, ``cuda``, …
        dtype: ``auto``, ``bfloat16``, ``float16``, ``float32``.
        store: where stage results are kept; the user's cache by default.
        progress: told how far the work is.

    Raises:
        BridgexError: one of its kinds, with the remedy in one sentence.
    """
    pair = languages.find(source), languages.find(target)
    if pair[0] == pair[1]:
        raise RequestError(f"Source and target are both {pair[0].name}; name two languages.")
    wanted = one_line(text)
    if not wanted:
        raise RequestError("There is no text to put in a prompt; give a word or a text.")
    strategy = parse(bridge if bridge == str(DIRECT) else f"bridge:{bridge}", pair, DIRECT)
    advisor = chooser_named(chooser) if isinstance(chooser, str) else chooser
    auto = bridge == AUTO
    words = words_of(lexicon, *pair) if auto or shots else None
    through: tuple[Language, ...] = (strategy.bridge,) if strategy.bridge else ()
    if auto:
        through = languages.pair_and_candidates(pair[0].code, pair[1].code, candidates)[1]
    dictionaries = dictionaries_into(through, pair[0], lexicon) if auto or shots else {}
    stages = Stages(
        ModelSource(model, device=device, dtype=dtype, progress=progress),
        store or Store(),
        progress,
    )
    reason = ""
    if words and auto:
        known = bli(words, dictionaries=dictionaries).developing_on(DEVELOPMENT)
        most, probe = min(shots, len(known.examples)), words.parts.probe
        question = ChooserInput(pair, through, stages, known, known, probe, corpus, most, chat)
        advice = recommended(question, advisor)
        strategy, reason = advice.strategy, advice.reason
    task = _task(wanted, pair, words, dictionaries)
    prepared = prepare(stages, task, strategy, shots=min(shots, len(task.examples)), chat=chat)
    pivot = prepared.pivots[wanted].pivot
    if strategy.bridge and pivot is None:
        raise ModelError(
            f"The model wrote nothing for '{wanted[:40]}' in {strategy.bridge.name}; use another "
            "--bridge, or --bridge direct."
        )
    pivot_generation = pivot.text if pivot else None
    return BridgedPrompt(prepared.prompts[wanted], str(strategy), pivot_generation, reason)


def _task(
    text: str,
    pair: tuple[Language, Language],
    words: Words | None,
    dictionaries: Mapping[str, Lexicon],
) -> Task:
    source, target = pair
    asked = (Item(text, text, ()),)
    if not _is_word(text, source):
        return Translation(source=source, target=target, items=asked)
    if words is None:
        return Bli(source=source, target=target, items=asked)
    task = bli(words, dictionaries=dictionaries)
    others = tuple(each for each in task.examples if fold(each.id, source) != fold(text, source))
    return replace(task, items=asked, examples=others)


def _is_word(text: str, language: Language) -> bool:
    most = MOST_UNSPACED if language.script in UNSPACED else MOST_LETTERS
    return len(text.split()) <= MOST_PARTS and len(text) <= most and not ENDS.search(text)
