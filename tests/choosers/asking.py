"""A question to choosers, on a tiny random model."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from bridgex.experiments.inputs import GivenTexts

from bridgex.choosers import ChooserInput
from bridgex.languages import find
from bridgex.lm.source import ModelSource
from bridgex.progress import silent
from bridgex.session import Stages
from bridgex.storage.store import Store
from bridgex.tasks.bli import Bli, bli
from bridgex.tasks.split import split_words
from bridgex.texts import sample_corpus, sample_lexicon

PAIR = find("de"), find("id")
CANDIDATES = tuple(find(code) for code in ("en", "es", "it"))


def corpus(folder: Path) -> Path:
    """Write a folder with a few sentences of each language."""
    folder.mkdir(exist_ok=True)
    for each in (*PAIR, *CANDIDATES):
        text = "\n".join(sample_corpus(each).sentences[:12])
        (folder / f"{each.code}.txt").write_text(text, encoding="utf-8")
    return folder


def words(development: int = 10) -> Bli:
    dictionaries = GivenTexts().dictionaries_into(CANDIDATES, PAIR[0])
    task = bli(split_words(sample_lexicon(*PAIR)), dictionaries=dictionaries, items=6)
    return replace(task, development=task.development[:development])


def question(folder: Path, store: Path, development: int = 10, **changes: Any) -> ChooserInput:
    task = words(development)
    stages = Stages(ModelSource(str(folder), dtype="float32"), Store(store), silent)
    probe = split_words(sample_lexicon(*PAIR)).parts.probe
    return replace(ChooserInput(PAIR, CANDIDATES, stages, task, task, probe), **changes)
