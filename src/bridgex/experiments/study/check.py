"""What a study would do, and what is missing for it, without running anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bridgex.errors import BridgexError, ModelError
from bridgex.experiments.study.file import Study, StudyTask
from bridgex.experiments.study.folder import StudyFolder
from bridgex.experiments.study.plan import make_plan
from bridgex.experiments.study.reading import read_study
from bridgex.experiments.validate import plan_pair
from bridgex.languages import Language
from bridgex.lm.demo import NAME as DEMO
from bridgex.lm.loading import find_model
from bridgex.progress import Progress, silent


@dataclass(frozen=True)
class ModelCheck:
    """What one model would be asked for what is not stored yet, at most.

    Attributes:
        name: the model's.
        weights: bytes of its weights on disk; None where it is not here.
        cases: how many there are.
        stored: how many of them are done.
        prompts: for evaluation and development, pivot translations included.
        tokens: to be generated for them.
    """

    name: str
    weights: int | None
    cases: int
    stored: int
    prompts: int
    tokens: int


@dataclass(frozen=True)
class Check:
    """What a study would do.

    Attributes:
        name: the study's.
        models: one by one.
        licences: title of what is read → its licence.
        gaps: what cannot be done → why.
    """

    name: str
    models: tuple[ModelCheck, ...]
    licences: Mapping[str, str]
    gaps: Mapping[str, str]


def check_study(path: Path, root: Path, progress: Progress = silent) -> Check:
    """Read all texts of a study and look for its models; nothing is fetched or run.

    Raises:
        RequestError: the file is wrong.
    """
    study = read_study(path)
    absent = {each.name: why for each in study.models if (why := _absent(each.name)) is not None}
    here = [model for model in study.models if model.name not in absent]
    plan = make_plan(study.model_copy(update={"models": here}), progress=progress)
    gaps = {**absent, **plan.missing}
    licences: dict[str, str] = {}
    demands: dict[Place, Demand] = {}
    pairs = study.each_pair()
    with progress("Reading texts", len(pairs) * len(study.tasks)) as advance:
        for pair in pairs:
            for at, task in enumerate(study.tasks):
                if task.name not in plan.missing:
                    try:
                        demands[pair, at] = _demand(study, pair, task, licences)
                    except BridgexError as problem:
                        gaps[f"{'-'.join(each.code for each in pair)} {task.name}"] = str(problem)
                advance(1)
    folder = StudyFolder(root)
    done = {
        (cell.model, cell.pair, study.tasks.index(cell.task))
        for cell in plan.cells
        if folder.has(cell.key)
    }
    models = []
    for model in study.models:
        left = [each for place, each in demands.items() if (model, *place) not in done]
        models.append(
            ModelCheck(
                model.name,
                None if model.name in absent else _weights(model.name),
                len(pairs) * len(study.tasks),
                sum(each[0] == model for each in done),
                sum(prompts for prompts, _ in left),
                sum(tokens for _, tokens in left),
            )
        )
    return Check(study.name, tuple(models), licences, gaps)


Place = tuple[tuple[Language, Language], int]
"""A pair, and which of the study's tasks."""
Demand = tuple[int, int]
"""The most prompts and generated tokens."""


def _demand(
    study: Study, pair: tuple[Language, Language], task: StudyTask, licences: dict[str, str]
) -> Demand:
    """Return what a task of a pair asks of a model, and note the licences of what it reads."""
    codes = [language.code for language in study.bridges(pair)]
    asking = study.asking(task, study.models[0])
    read = plan_pair(pair, codes, [task.name], study.texts_of(task), asking, study.development)
    (found,) = read.tasks
    for each in (found, read.read.words):
        if each is not None and each.provenance is not None:
            licences[each.provenance.name] = each.provenance.licence
    items = len(found.items) + len(found.development)
    through = items * (len(codes) + len(study.strategies_of(pair)))
    answer = 0 if found.answering == "likelihood" else found.generation.max_tokens
    tokens = through * (found.pivot_generation.max_tokens + answer) + items * answer
    return items + 2 * through, tokens


def _absent(name: str) -> str | None:
    """Return why a model is not here; None where it is. Nothing is fetched."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    if name == DEMO or Path(name).expanduser().exists():
        return None
    repository, _, revision = name.partition("@")
    try:
        cached = try_to_load_from_cache(repository, "config.json", revision=revision or None)
    except HFValidationError:
        return f"'{name}' is neither demo, a folder, a GGUF file nor a Hugging Face id."
    if isinstance(cached, str):
        return None
    return f"It is not on this disk; fetch it with 'hf download {repository}', or let run do so."


def _weights(name: str) -> int | None:
    try:
        return sum(path.stat().st_size for path in find_model(name).checkpoint.weights)
    except (ModelError, OSError):
        return None
