"""Choosers against real answers: over pairs and tasks, was the chosen bridge the right one?"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bridgex import __version__, languages
from bridgex.choosers import CHOOSERS, Chooser, ChooserInput, choosers_named, cost_of
from bridgex.choosers.recommend import DEVELOPMENT, recommend
from bridgex.errors import BridgexError, RequestError, TextError
from bridgex.evaluation.results import results
from bridgex.evaluation.run import Run, run
from bridgex.evaluation.significance import accuracy_difference, pooled_difference
from bridgex.evaluation.strategies import DIRECT, Strategy
from bridgex.experiments.case import Case, Chosen, Validation
from bridgex.experiments.measures import judge
from bridgex.languages import Language
from bridgex.lm.source import ModelSource
from bridgex.progress import Progress, silent
from bridgex.session import Stages
from bridgex.storage.store import Store
from bridgex.tasks.base import Task
from bridgex.tasks.bli import Bli, bli
from bridgex.tasks.reading import Paths, TaskRequest, dictionaries_into, read_task, words_of
from bridgex.tasks.split import Words
from bridgex.texts import Lexicon

ALPHA = 0.05
"""Of the test whether candidates differ on the evaluated items, over all pairs of candidates."""

ITEMS = 100
"""Items evaluated."""


@dataclass(frozen=True)
class _Pair:
    """A pair with everything read for it, before the model is touched."""

    pair: tuple[Language, Language]
    candidates: tuple[Language, ...]
    tasks: tuple[Task, ...]
    words: Bli | None
    probe: Lexicon | None


def validate(
    pairs: Sequence[str],
    *,
    tasks: Sequence[str] = ("bli",),
    choosers: Sequence[str] | None = None,
    candidates: Sequence[str] | None = None,
    items: int = ITEMS,
    development: int = DEVELOPMENT,
    model: str = "demo",
    data: str | Path | Mapping[str, str | Path] | None = None,
    lexicon: Paths | None = None,
    corpus: str | Path | None = None,
    shots: int = 0,
    chat: bool = False,
    device: str = "auto",
    dtype: str = "auto",
    store: Store | None = None,
    progress: Progress = silent,
) -> Validation:
    """Hold choosers against the accuracy of every candidate bridge.

    On every pair and task the model goes directly and through every candidate. ``direct`` is
    advised in a chooser's name as `bridgex.choosers.recommend` says: where, on development
    items, the model is at least as good directly as through the chooser's first place, and where
    the chooser's verdict is undetermined.

    Args:
        pairs: ``source-target``: ``id-he``.
        tasks: as for `bridgex.evaluate`.
        choosers: names of `bridgex.choosers.CHOOSERS`; all by default.
        candidates: the bridges; those in a pair are left out for it.
        items: the most items to evaluate.
        development: the most items to try bridges on; never evaluated.
        model: ``demo``, a Hugging Face id, a model folder or a GGUF file.
        data: folder of the benchmark, or task → folder; `bli` needs none.
        lexicon: dictionary files or folders; the embedded words by default.
        corpus: folder with a text file per language; the embedded sentences by default.
        shots: solved examples before each prompt.
        chat: whether prompts are wrapped in the tokenizer's chat template.
        device: ``auto``, ``cpu``, ``cuda``, …
        dtype: ``auto``, ``bfloat16``, ``float16``, ``float32``.
        store: where results are kept; the user's cache by default.
        progress: told how far the work is.

    Raises:
        BridgexError: a pair or task cannot be evaluated. A chooser that cannot serve a pair is a
            named gap instead.
    """
    chosen = choosers_named(choosers if choosers is not None else tuple(CHOOSERS))
    named = {each: _pair_named(each) for each in dict.fromkeys(pairs)}
    if not named or not tasks or not chosen:
        raise RequestError("Name at least one pair (--pairs id-he), one task and one chooser.")
    requests = [
        TaskRequest(task, data.get(task) if isinstance(data, Mapping) else data, items=items)
        for task in dict.fromkeys(tasks)
    ]
    read = [_read(pair, candidates, requests, lexicon, development) for pair in named.values()]
    stages = Stages(
        ModelSource(model, device=device, dtype=dtype, progress=progress),
        store or Store(),
        progress,
    )
    cases = tuple(
        _case(stages, each, task, chosen, corpus, shots=shots, chat=chat)
        for each in read
        for task in each.tasks
    )
    identity = stages.model.identity
    return Validation(
        tuple(each.name for each in chosen),
        cases,
        notes=tuple(dict.fromkeys(note for each in read for note in _notes(each))),
        evidence={
            "model": asdict(identity),
            "tasks": {
                f"{task.source.code}-{task.target.code} {task.name}": task.digest
                for each in read
                for task in each.tasks
            },
            "shots": shots,
            "chat": chat,
            "bridgex": __version__,
        },
        signature=" · ".join(
            [
                f"{identity} {identity.dtype}",
                f"{len(read)} {'pair' if len(read) == 1 else 'pairs'}",
                "+".join(each.name for each in requests),
                f"{items} items, {development} development",
                f"{shots} shots{' · chat' if chat else ''}",
                f"bridgex {__version__}",
            ]
        ),
    )


def _pair_named(text: str) -> tuple[str, str]:
    source, hyphen, target = text.strip().partition("-")
    if not (source and hyphen and target) or "-" in target:
        raise RequestError(f"'{text}' is no pair; write source-target, such as id-he.")
    return source, target


def _read(
    pair: tuple[str, str],
    candidates: Sequence[str] | None,
    requests: Sequence[TaskRequest],
    lexicon: Paths | None,
    development: int,
) -> _Pair:
    """Read every text of a pair, so that what is missing is said before the model is run."""
    own = {languages.find(each) for each in pair}
    named = (
        None
        if candidates is None
        else [each for each in candidates if languages.find(each) not in own]
    )
    (source, target), bridges = languages.pair_and_candidates(*pair, named)
    words = _words(lexicon, (source, target), needed=any(each.name == "bli" for each in requests))
    dictionaries = dictionaries_into(bridges, source, lexicon) if words else {}
    tasks = tuple(
        read_task(each, source, target, words=words, dictionaries=dictionaries).developing_on(
            development
        )
        for each in requests
    )
    return _Pair(
        (source, target),
        bridges,
        tasks,
        bli(words, dictionaries=dictionaries).developing_on(development) if words else None,
        words.parts.probe if words else None,
    )


def _words(lexicon: Paths | None, pair: tuple[Language, Language], *, needed: bool) -> Words | None:
    try:
        return words_of(lexicon, *pair)
    except TextError:
        if needed:
            raise
        return None


def _case(
    stages: Stages,
    read: _Pair,
    task: Task,
    choosers: Sequence[Chooser],
    corpus: str | Path | None,
    *,
    shots: int,
    chat: bool,
) -> Case:
    strategies = [DIRECT, *(Strategy(each) for each in read.candidates)]
    runs = {str(each): run(stages, task, each, shots=shots, chat=chat) for each in strategies}
    found = results(task, runs)
    accuracy = {each.strategy: each.measures[0].value for each in found}
    bridges = {each.code: accuracy[str(Strategy(each))] for each in read.candidates}
    question = ChooserInput(
        read.pair,
        read.candidates,
        stages,
        task,
        read.words,
        read.probe,
        corpus,
        shots,
        chat,
        {each.code: tuple(runs[str(Strategy(each))].scores) for each in read.candidates},
    )
    apart = _apart(task, bridges, runs)
    chosen: dict[str, Chosen] = {}
    gaps: dict[str, str] = {}
    for chooser in choosers:
        try:
            ranking = chooser.rank(question)
            advice = recommend(question, ranking).strategy
        except BridgexError as problem:
            gaps[chooser.name] = str(problem)
            continue
        judgement = judge(
            ranking,
            bridges,
            direct=accuracy[str(DIRECT)],
            apart=apart,
            direct_advised=advice == DIRECT,
        )
        chosen[chooser.name] = Chosen(ranking, str(advice), judgement, cost_of(ranking))
    return Case(
        pair=(task.source.code, task.target.code),
        task=task.name,
        metric=found[0].measures[0].metric,
        items=len(task.items),
        development=len(task.development),
        results=found,
        chosen=chosen,
        gaps=gaps,
    )


def _apart(task: Task, bridges: Mapping[str, float], runs: Mapping[str, Run]) -> bool:
    """Tell whether the best and the worst candidate differ on the evaluated items.

    They are the two of all pairs that differ most, so p is corrected for the number of pairs.
    """
    alpha = ALPHA / math.comb(len(bridges), 2)
    order = sorted(bridges, key=bridges.__getitem__)
    worst, best = (runs[f"bridge:{code}"] for code in (order[0], order[-1]))
    first, second = (task.corpus_stats(each.outcomes) for each in (best, worst))
    if not first:
        return accuracy_difference(best.scores, worst.scores).p_value <= alpha
    metric = next(iter(first))
    scores = best.scores, worst.scores
    return pooled_difference(metric, first[metric], second[metric], scores).p_value <= alpha


def _notes(read: _Pair) -> list[str]:
    pair = "-".join(each.code for each in read.pair)
    notes = [
        f"{pair} {task.name}: left out {count} {why}."
        for task in read.tasks
        for why, count in task.left_out.items()
    ]
    if read.words is None:
        notes.append(f"{pair}: no dictionary, so choosers that look at words cannot serve it.")
    return notes
