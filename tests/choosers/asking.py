"""What choosers are given, on a tiny random model."""

import functools
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from bridgex.choosers import ChooserInput
from bridgex.inputs import Texts
from bridgex.languages import find
from bridgex.lm.backend import Generated, ScoredOptions
from bridgex.session import ModelSession
from bridgex.storage.store import Store
from bridgex.tasks.bli import Bli
from bridgex.tasks.split import split_words
from bridgex.texts import sample_corpus, sample_lexicon

PAIR = find("de"), find("id")
CANDIDATES = tuple(find(code) for code in ("en", "es", "it"))


def corpus(folder: Path) -> Path:
    """Write a folder with a few sentences of each language."""
    folder.mkdir(exist_ok=True)
    for language in (*PAIR, *CANDIDATES):
        text = "\n".join(sample_corpus(language).sentences[:12])
        (folder / f"{language.code}.txt").write_text(text, encoding="utf-8")
    return folder


@functools.cache
def words(development: int = 10) -> Bli:
    dictionaries = Texts().dictionaries_into(CANDIDATES, PAIR[0])
    task = Bli.of_words(split_words(sample_lexicon(*PAIR)), dictionaries=dictionaries)
    return replace(task, items=(), development=task.development[:development])


def chooser_input(folder: Path, store: Path, development: int = 10, **changes: Any) -> ChooserInput:
    task = words(development)
    session = ModelSession(str(folder), dtype="float32", store=Store(store))
    return replace(ChooserInput(PAIR, CANDIDATES, session, task, task, task.probe), **changes)


class Dictionary:
    """A backend that continues word prompts from a table, and writes nothing for others."""

    identity: ClassVar[dict[str, str]] = {"name": "dictionary"}

    def __init__(self, entries: dict[str, str]) -> None:
        self.entries = entries
        self.prompts: list[str] = []

    def given(self, prompts: Any, *, chat: bool) -> list[str]:
        return [str(prompt) for prompt in prompts]

    def generate(self, prompts: Any, spec: Any, *, chat: bool, on_result: Any) -> None:
        self.prompts += map(str, prompts)
        for at, prompt in enumerate(prompts):
            last = str(prompt).splitlines()[-1]
            on_result(at, Generated(self.entries.get(last, '""'), 1))

    def score(self, prompts: Any, options: Any, *, chat: bool, on_result: Any) -> None:
        """Let every option be as likely as every other."""
        for at, texts in enumerate(options):
            on_result(at, ScoredOptions((-1.0,) * len(texts), (1,) * len(texts)))
