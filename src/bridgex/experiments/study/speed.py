"""How fast a model is on this machine, measured on a few texts of a study."""

import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any, TypeVar

from bridgex.evaluation.run import run
from bridgex.evaluation.settings import TaskSettings
from bridgex.evaluation.strategies import DIRECT, Strategy
from bridgex.experiments.study.plan import Cell, open_session
from bridgex.probe import ProbeSettings
from bridgex.progress import Progress, silent
from bridgex.session import ModelSession
from bridgex.storage.store import Entry, Store
from bridgex.tasks.base import Task
from bridgex.texts import Corpus, Lexicon

Text = TypeVar("Text")

MOST = 32
"""Items, words and sentences that are timed."""
CHARACTERS = 4_000
"""Text beyond which no further one is timed."""
FEWEST = 4


class NotMeasuredError(Exception):
    """Nobody has measured it here, and nobody is to."""


@contextmanager
def measuring(
    cell: Cell, store: Store, *, timed: bool, progress: Progress = silent
) -> Iterator["Times"]:
    """Give the times of a cell's model within the block.

    They are measured through a session whose own store is empty and goes with the block, so that
    the study finds nothing of it.

    Args:
        cell: one with the model.
        store: where times are kept.
        timed: whether the model is asked where a time is not known.
        progress: shows what it is asked.
    """
    with tempfile.TemporaryDirectory() as scratch:
        session = open_session(cell.model, Store(Path(scratch)), progress) if timed else None
        yield Times(store, cell.settings["model"], session)


class Times:
    """What was measured of one model on this machine, kept in the store."""

    def __init__(
        self, store: Store, model: Mapping[str, Any], session: ModelSession | None
    ) -> None:
        """Take a model.

        Args:
            store: where times are kept.
            model: what identifies it.
            session: measures what is not known yet; None to leave it unknown.
        """
        self._store = store
        self._model = {**model, "machine": platform.node()}
        self._session = session

    def of_task(
        self, task: Task, bridge: Strategy, asking: TaskSettings
    ) -> tuple[float, float] | None:
        """Return the seconds that an item takes directly and through a bridge; None if unknown."""
        few = replace(task, items=_few(task.items, lambda item: item.context), development=())
        how = asking.model_copy(update={"items": None}).model_dump(mode="json")

        def measure(session: ModelSession) -> dict[str, float]:
            first = replace(few, items=few.items[:1])
            run(session, first, DIRECT, shots=asking.shots, chat=asking.chat)
            times = {}
            for name, way in (("direct", DIRECT), ("bridge", bridge)):
                begun = time.perf_counter()
                run(session, few, way, shots=asking.shots, chat=asking.chat)
                times[name] = (time.perf_counter() - begun) / len(few.items)
            return times

        known = self._known({"task": task.name, "asking": how}, measure)
        return None if known is None else (known["direct"], known["bridge"])

    def of_sentence(self, corpus: Corpus) -> float | None:
        """Return the seconds in which a sentence's activations are counted; None if unknown."""
        text = replace(corpus, sentences=_few(corpus.sentences, str))

        def measure(session: ModelSession) -> dict[str, float]:
            session.load()
            begun = time.perf_counter()
            session.stats(text, "sentences")
            return {"sentence": (time.perf_counter() - begun) / len(text.sentences)}

        known = self._known({"corpus": text.digest}, measure)
        return None if known is None else known["sentence"]

    def of_word(self, words: Lexicon, probing: ProbeSettings) -> float | None:
        """Return the seconds in which a probe word is asked for; None if unknown."""
        few = probing.model_copy(update={"words": MOST})

        def measure(session: ModelSession) -> dict[str, float]:
            session.load()
            begun = time.perf_counter()
            probe = session.probe(words, few)
            return {"word": (time.perf_counter() - begun) / len(probe.answers)}

        known = self._known({"probe": few.model_dump(mode="json")}, measure)
        return None if known is None else known["word"]

    def _known(
        self, what: Mapping[str, Any], measure: Callable[[ModelSession], Mapping[str, float]]
    ) -> Mapping[str, float] | None:
        def make() -> Entry:
            if self._session is None:
                raise NotMeasuredError
            return Entry({}, dict(measure(self._session)))

        try:
            return self._store.get(
                "speed", {"model": self._model, **what}, make, lambda entry: dict(entry.values)
            )
        except NotMeasuredError:
            return None


def _few(texts: Sequence[Text], content: Callable[[Text], str]) -> tuple[Text, ...]:
    """Return the first texts, as many as are timed."""
    sizes = accumulate(len(content(text)) for text in texts[:MOST])
    few = sum(size <= CHARACTERS for size in sizes)
    return tuple(texts[: max(few, FEWEST)])
