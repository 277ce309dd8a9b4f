"""Running one cell of a study with its model: the same work as a validation's case."""

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace

import torch

from bridgex.choosers import Chooser
from bridgex.choosers.development import Development
from bridgex.errors import ModelError
from bridgex.evaluation.run import ask_together
from bridgex.evaluation.strategies import DIRECT, Strategy
from bridgex.experiments.case import Case
from bridgex.experiments.study.plan import Cell, open_session
from bridgex.experiments.validate import CaseRun, PairPlan, plan_pair, run_case
from bridgex.progress import Progress, silent
from bridgex.session import ModelSession
from bridgex.storage.store import Store


class ModelRuns:
    """Runs cells with their models, of which at most one is in memory.

    Attributes:
        loads: how often a model was loaded.
    """

    def __init__(
        self, choosers: tuple[Chooser, ...], store: Store, progress: Progress = silent
    ) -> None:
        """Take what all cells of a study have in common.

        Args:
            choosers: who is judged.
            store: where what a model computed is kept.
            progress: shows what is done.
        """
        self._choosers = choosers
        self._store = store
        self._progress = progress
        self._open: tuple[object, ModelSession] | None = None
        self._loads = 0

    @property
    def loads(self) -> int:
        """How often a model was loaded."""
        return self._loads + (self._open[1].loads if self._open else 0)

    def __call__(self, cell: Cell) -> Case:
        """Return the case of a cell.

        Raises:
            BridgexError: its texts are not there, or its model cannot do it.
        """
        codes = [language.code for language in cell.candidates]
        development = int(cell.settings["development"])
        pair = cell.pair
        further = cell.settings["strategies"]
        plan = plan_pair(
            pair, codes, [cell.task.name], cell.texts, cell.asking, development, further
        )
        session = self._session(cell)
        common = CaseRun(session, self._choosers, cell.texts, cell.asking, plan.strategies)
        (task,) = plan.tasks
        if cell.asking.chat:
            session.require_chat()
        with memory_errors(cell):
            if not cell.asking.shots:
                self._ask_together(session, plan, chat=cell.asking.chat)
            case = run_case(common, plan.read, task)
        words, identity = plan.read.words, session.model.identity
        provenance = {
            "notes": [*plan.notes, *session.notes],
            "texts": task.provenance and asdict(task.provenance),
            "words": words and words.provenance and asdict(words.provenance),
            "model": asdict(identity),
            "processor": None if cell.model.only_asked else _processor(identity.device),
        }
        return replace(case, settings=cell.settings, provenance=provenance)

    def _ask_together(self, session: ModelSession, plan: PairPlan, *, chat: bool) -> None:
        """Ask what a case will ask, so that it fills batches; it is stored answer by answer."""
        (task,) = plan.tasks
        ways = dict.fromkeys([DIRECT, *map(Strategy, plan.read.candidates)])
        further = dict.fromkeys(way for each in plan.strategies.values() for way in each.asked)
        ask_together(session, task, ways | further, chat=chat)
        if any(isinstance(chooser, Development) for chooser in self._choosers):
            ask_together(session, task.on_development(), ways, chat=chat)

    def _session(self, cell: Cell) -> ModelSession:
        """Return the session of a cell's model; another model leaves the memory first."""
        if self._open is None or self._open[0] != cell.model:
            self._loads, self._open = self.loads, None
            self._open = cell.model, open_session(cell.model, self._store, self._progress)
        return self._open[1]


@contextmanager
def memory_errors(cell: Cell) -> Iterator[None]:
    """Turn a model's lack of memory into an error of that cell, so that other models go on."""
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError) as problem:
        raise ModelError(
            f"Memory runs out with {cell.model.name}; give it dtype = 'bfloat16', device = "
            "'balanced' or a device with more memory."
        ) from problem


def _processor(device: str) -> str:
    """Return the name of the processor that computed, as far as it is known."""
    if device == "cuda" and torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return platform.machine()
