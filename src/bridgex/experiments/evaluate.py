"""One task in one language pair, strategies side by side, compared item by item."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bridgex import __version__, languages
from bridgex.choosers import Chooser, ChooserInput, chooser_named
from bridgex.choosers.recommend import DEVELOPMENT, Recommendation, recommended
from bridgex.errors import RequestError
from bridgex.evaluation.results import Evaluation, results
from bridgex.evaluation.run import Run, run
from bridgex.evaluation.strategies import DIRECT, needs_recommendation, parse
from bridgex.languages import Language
from bridgex.lm.source import ModelSource
from bridgex.progress import Progress, silent
from bridgex.session import Stages
from bridgex.storage.store import Store
from bridgex.tasks.base import Answering, Style, Task
from bridgex.tasks.bli import bli
from bridgex.tasks.labels import LABELS
from bridgex.tasks.reading import (
    Paths,
    TaskRequest,
    dictionaries_into,
    read_task,
    words_if_any,
    words_of,
)
from bridgex.tasks.split import Words

STRATEGIES = ("direct", "bridge:en", "bridge:auto")


def evaluate(
    source: str,
    target: str,
    *,
    task: str = "bli",
    strategies: Sequence[str] | None = None,
    model: str = "demo",
    data: str | Path | None = None,
    split: str | None = None,
    lexicon: Paths | None = None,
    corpus: str | Path | None = None,
    candidates: Sequence[str] | None = None,
    items: int | None = None,
    shots: int = 0,
    answer: Answering | None = None,
    prompt: Style = "default",
    chat: bool = False,
    chooser: Chooser | str = "internal:default",
    device: str = "auto",
    dtype: str = "auto",
    store: Store | None = None,
    progress: Progress = silent,
) -> Evaluation:
    """Do a task in a language pair with several strategies and compare them.

    Args:
        source: language of what is read, by any usual code or name.
        target: language of what is asked and answered.
        task: ``bli``, ``mrc``, ``nli``, ``commonsense``, ``mathematics``, ``topic`` or
            ``translation``.
        strategies: ``direct``, ``bridge:K``, ``replace:K``; K is a language or ``auto``, the
            chooser's first place unless going directly is as good on development items; by
            default direct, through English and auto.
        model: ``demo``, a Hugging Face id, a model folder or a GGUF file.
        data: the benchmark's folder; `bli` needs none.
        split: ``dev``, ``test``, …, where the benchmark has several files for a language.
        lexicon: dictionary files or folders; the embedded words by default.
        corpus: for ``auto``: folder with a text file per language.
        candidates: for ``auto``: the bridges to rank.
        items: the most items to evaluate; all by default.
        shots: solved examples before each prompt; never evaluated.
        answer: ``likelihood`` of the options or ``generate``; the task's own way by default.
        prompt: ``default``, or ``paper`` for the prompts and reading of Xu et al. (2025).
        chat: whether prompts are wrapped in the tokenizer's chat template.
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
    names = tuple(dict.fromkeys(strategies)) if strategies else _usual(pair)
    auto = needs_recommendation(names)
    bridges = _bridges(names, pair, candidates, auto=auto)
    request = TaskRequest(task, data, split, items, prompt, answer)
    advisor = chooser_named(chooser) if isinstance(chooser, str) else chooser
    words = _words(lexicon, pair, needed=task == "bli", useful=auto)
    known = words and (shots or auto)
    dictionaries = dictionaries_into(bridges, pair[0], lexicon) if known else {}
    done = read_task(request, *pair, words=words, dictionaries=dictionaries)

    stages = Stages(
        ModelSource(model, device=device, dtype=dtype, progress=progress),
        store or Store(),
        progress,
    )
    recommendation = None
    if auto:
        ranked = languages.pair_and_candidates(source, target, candidates)[1]
        tried = bli(words, dictionaries=dictionaries).developing_on(DEVELOPMENT) if words else None
        probe = words.parts.probe if words else None
        asked = done.developing_on(DEVELOPMENT)
        question = ChooserInput(pair, ranked, stages, asked, tried, probe, corpus, shots, chat)
        recommendation = recommended(question, advisor)
    advised = recommendation.strategy if recommendation else DIRECT
    chosen = {name: parse(name, pair, advised) for name in names}
    runs = {
        each: run(stages, done, each, shots=shots, chat=chat)
        for each in dict.fromkeys(chosen.values())
    }
    return Evaluation(
        task=task,
        pair=(pair[0].code, pair[1].code),
        items=len(done.items),
        results=results(done, {name: runs[each] for name, each in chosen.items()}),
        recommendation=str(recommendation) if recommendation else None,
        notes=_notes(done, tuple(runs.values()), shots, stages.store),
        evidence=_evidence(stages, done, words, recommendation),
        signature=_signature(stages, done, shots, chat=chat),
    )


def _words(
    lexicon: Paths | None, pair: tuple[Language, Language], *, needed: bool, useful: bool
) -> Words | None:
    if needed:
        return words_of(lexicon, *pair)
    return words_if_any(lexicon, *pair) if useful else None


def _usual(pair: tuple[Language, Language]) -> tuple[str, ...]:
    english = languages.find("en") in pair
    return tuple(each for each in STRATEGIES if not (english and each == "bridge:en"))


def _bridges(
    names: Sequence[str],
    pair: tuple[Language, Language],
    candidates: Sequence[str] | None,
    *,
    auto: bool,
) -> tuple[Language, ...]:
    """Languages that may be gone through, whatever ``auto`` will be."""
    named = (parse(name, pair, DIRECT).bridge for name in names)
    source, target = pair
    ranked = languages.pair_and_candidates(source.code, target.code, candidates)[1] if auto else ()
    return tuple(dict.fromkeys([*(each for each in named if each), *ranked]))


def _notes(task: Task, runs: Sequence[Run], shots: int, store: Store) -> tuple[str, ...]:
    notes = [f"Left out: {count} {why}." for why, count in task.left_out.items()]
    if task.name != "bli" and task.target.code not in LABELS:
        notes.append(f"There are no label words in {task.target.name}, so they are in English.")
    for each in runs:
        fewer = each.pivot_shots if each.strategy.bridge else shots
        if min(each.shots, fewer) < shots:
            notes.append(
                f"{each.strategy}: {each.shots} of {shots} solved examples before a prompt and "
                f"{fewer} before one for a rendering, for lack of a dictionary or a rendering."
            )
    oom_splits = sum(each.oom_splits for each in runs)
    if oom_splits:
        notes.append(f"Memory ran out: batches were halved {oom_splits} times.")
    notes += [f"A damaged cache entry was made again: {path.name}." for path in store.damaged]
    return tuple(notes)


def _evidence(
    stages: Stages, task: Task, words: Words | None, recommendation: Recommendation | None
) -> dict[str, Any]:
    return {
        "model": asdict(stages.model.identity),
        "task": task.digest,
        "answering": task.answering,
        "style": task.style,
        "left out": dict(task.left_out),
        "examples": [asdict(each) for each in task.examples],
        "lexicon": None if words is None else asdict(words.parts.test.provenance),
        "ranking": recommendation and recommendation.ranking.to_dict(),
        "bridgex": __version__,
    }


def _signature(stages: Stages, task: Task, shots: int, *, chat: bool) -> str:
    identity = stages.model.identity
    parts = [
        f"{identity} {identity.dtype}",
        f"{task.name} {task.source.code}-{task.target.code} {task.digest[:8]}",
        f"{len(task.items)} items",
        f"{task.answering}{' per byte' if task.answering == 'likelihood' else ''}",
        f"{task.style} prompts",
        f"{shots} shots{' · chat' if chat else ''}",
        f"bridgex {__version__}",
    ]
    return " · ".join(parts)
