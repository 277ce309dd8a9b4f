"""A study as cells: each with everything that determines its case, and the key made of that."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from bridgex.choosers import Chooser
from bridgex.choosers.internal import Internal
from bridgex.data.fetched import source_folder
from bridgex.data.hub import hub_commit
from bridgex.errors import ModelError, RequestError, ServerError, TextError, reason
from bridgex.evaluation.settings import TaskSettings
from bridgex.experiments.case import Case
from bridgex.experiments.study.file import Study, StudyModel, StudyTask
from bridgex.inputs import Texts
from bridgex.languages import Language
from bridgex.lm.digests import remembered_digests
from bridgex.progress import Progress, silent
from bridgex.session import ModelSession
from bridgex.storage.store import Store, stage_key
from bridgex.tasks import task_named
from bridgex.version import RULES, __version__


@dataclass(frozen=True)
class Cell:
    """One case to be.

    Attributes:
        model, pair, task: of the study.
        candidates: the bridges of the pair.
        asking: how the task is asked.
        texts: what is read for it.
        settings: everything that determines the case, as plain values.
    """

    model: StudyModel
    pair: tuple[Language, Language]
    task: StudyTask
    candidates: tuple[Language, ...]
    asking: TaskSettings
    texts: Texts
    settings: Mapping[str, Any]

    @cached_property
    def key(self) -> str:
        """What its case is kept under."""
        return stage_key("case", self.settings)

    def __str__(self) -> str:
        pair = "-".join(language.code for language in self.pair)
        return f"{self.model.name} {pair} {self.settings['task']}"


@dataclass(frozen=True)
class Plan:
    """The cells of a study on this machine.

    Attributes:
        study: what was asked for.
        cells: of all models that are here, model by model.
        choosers: of every case.
        missing: name of a model, or of a task's texts, that is not here → why.
    """

    study: Study
    cells: tuple[Cell, ...]
    choosers: tuple[Chooser, ...]
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def facts(self) -> dict[str, Any]:
        """What a machine adds to the file: two with equal facts do the very same cases."""
        models: dict[str, Any] = dict(self.missing)
        tasks: dict[str, Any] = {}
        versions: dict[str, Any] = {}
        for cell in self.cells:
            models[cell.model.name] = cell.settings["model"]
            tasks[cell.settings["task"]] = cell.settings["texts"]
            versions = {name: cell.settings[name] for name in ("rules", "bridgex")}
        return {"models": models, "tasks": tasks, **versions}


def open_session(model: StudyModel, store: Store, progress: Progress = silent) -> ModelSession:
    """Return a session with a model of a study; nothing is loaded yet."""
    return ModelSession(
        None if model.only_asked else model.name,
        device=model.device,
        dtype=model.dtype,
        generate_with=model.server(),
        store=store,
        progress=progress,
    )


def make_plan(study: Study, store: Store | None = None, progress: Progress = silent) -> Plan:
    """Return the cells of a study, for which models are located and digests of texts looked up.

    Args:
        study: the file's content.
        store: where sessions would keep results.
        progress: shows the reading of large files for their digests.
    """
    store = store or Store()
    choosers = study.each_chooser()
    tasks, missing = _readable(study, progress)
    cells: dict[str, Cell] = {}
    for model in study.models:
        try:
            identity = _identity(model, open_session(model, store, progress))
        except (ModelError, ServerError, RequestError) as problem:
            missing[model.name] = str(problem)
            continue
        common = {"model": identity, **_common(study, choosers)}
        for cell in _cells(study, model, tasks, common):
            cells.setdefault(cell.key, cell)
    return Plan(study, tuple(cells.values()), choosers, missing)


def _identity(model: StudyModel, session: ModelSession) -> dict[str, Any]:
    """Return what determines a model's numbers, and the answers of the server if it has one."""
    identity: dict[str, Any] = session.model.identity.key()
    if model.generate_with is not None:
        identity["server"] = dict(session.backend.identity)
    return identity


Readable = list[tuple[StudyTask, Texts, dict[str, Any]]]
"""Tasks with what is read for them, and the same with digests in place of paths."""


def _readable(study: Study, progress: Progress) -> tuple[Readable, dict[str, str]]:
    """Return the tasks whose texts are here, and name of a task → why its are not."""
    readable: Readable = []
    missing: dict[str, str] = {}
    for task in study.tasks:
        texts = study.texts_of(task)
        try:
            digests = _digests(study, texts, task_named(task.name).name, progress)
        except TextError as problem:
            missing[task.name] = str(problem)
        else:
            readable.append((task, texts, digests))
    return readable, missing


def _common(study: Study, choosers: Sequence[Chooser]) -> dict[str, Any]:
    """Return the settings that all cells of a study have."""
    return {
        "development": study.development,
        "choosers": {
            each.name: each.settings.model_dump(mode="json") if isinstance(each, Internal) else None
            for each in choosers
        },
        "rules": {**RULES, "case": Case.schema},
        "bridgex": __version__,
    }


def _cells(
    study: Study, model: StudyModel, tasks: Readable, common: Mapping[str, Any]
) -> Iterator[Cell]:
    for pair in study.each_pair():
        candidates = study.bridges(pair)
        for task, texts, digests in tasks:
            asking = study.asking(task, model)
            settings = {
                "pair": [language.code for language in pair],
                "candidates": [language.code for language in candidates],
                "strategies": list(study.strategies_of(pair)),
                "task": task_named(task.name).name,
                "asking": asking.model_dump(mode="json"),
                "texts": digests,
                **common,
            }
            yield Cell(model, pair, task, candidates, asking, texts, settings)


def _digests(study: Study, texts: Texts, task: str, progress: Progress) -> dict[str, Any]:
    """Return what is read with the digests of files in place of their paths."""
    described = texts.description()
    pairs = study.each_pair()
    asked = [pair if task_named(task).bilingual else pair[:1] for pair in pairs]
    spoken = [language for pair in pairs for language in (*pair, *study.bridges(pair))]
    benchmark = texts.benchmark_folder(task, task, _each(chain(*asked)))
    corpus = texts.corpus and source_folder(texts.corpus, "corpus", languages=_each(spoken))
    lexica = [source_folder(path, "lexicon") for path in texts.lexicon]  # type: ignore[union-attr]
    return described | {
        "corpus": corpus and _digest(corpus, progress),
        "data": benchmark and _digest(benchmark, progress),
        "lexicon": [_digest(path, progress) for path in lexica],
    }


def _each(spoken: Iterable[Language]) -> tuple[Language, ...]:
    return tuple(dict.fromkeys(spoken))


def _digest(path: Path, progress: Progress) -> str:
    """Return the SHA-256 over names and contents of a file, or of all files in a folder.

    Of a data set of the Hub, whose files come as languages ask for them, it is the commit.
    """
    commit = hub_commit(path)
    if commit is not None:
        return commit
    try:
        files = sorted(_files(path))
        digests = remembered_digests(files, f"Reading {path.name}", progress)
    except OSError as problem:
        raise TextError(f"{path} cannot be read ({reason(problem)}); check the path.") from problem
    names = [file.relative_to(path).as_posix() for file in files]
    content = [list(each) for each in zip(names, digests, strict=True)]
    return hashlib.sha256(json.dumps(content).encode("utf-8", "surrogatepass")).hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (file for file in path.rglob("*") if file.is_file())
    else:
        yield path
