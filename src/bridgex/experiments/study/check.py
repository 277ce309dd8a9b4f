"""What a study would do, and what is missing for it, without running anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bridgex.errors import BridgexError, ModelError
from bridgex.experiments.study.file import StudyModel, read_study
from bridgex.experiments.study.folder import StudyFolder
from bridgex.experiments.study.plan import Cell, make_plan
from bridgex.experiments.validate import plan_pair
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
    absent = {model.name: why for model in study.models if (why := _absent(model.name)) is not None}
    here = [model for model in study.models if model.name not in absent]
    # Where no model is here, the embedded one stands in, so that the texts are looked at.
    stand_in = [StudyModel(name=DEMO)] if not here else []
    plan = make_plan(study.model_copy(update={"models": here or stand_in}), progress=progress)
    folder = StudyFolder(root)
    licences: dict[str, str] = {}
    gaps = {**absent, **plan.missing}
    costs: dict[str, tuple[int, int]] = {}
    found: dict[str, list[Cell]] = {model.name: [] for model in study.models}
    with progress("Reading texts", len(plan.cells)) as advance:
        for cell in plan.cells:
            found.setdefault(cell.model.name, []).append(cell)
            try:
                prompts, tokens = _cost(cell, licences)
            except BridgexError as problem:
                gaps[str(cell)] = str(problem)
            else:
                if not folder.has(cell.key):
                    before = costs.get(cell.model.name, (0, 0))
                    costs[cell.model.name] = before[0] + prompts, before[1] + tokens
            advance(1)
    per_model = len(plan.cells) // max(1, len(here or stand_in))
    models = []
    for model in study.models:
        cells = found[model.name]
        prompts, tokens = costs.get(model.name, costs.get(DEMO, (0, 0)) if stand_in else (0, 0))
        models.append(
            ModelCheck(
                model.name,
                None if model.name in absent else _weights(model.name),
                len(cells) or per_model,
                sum(folder.has(cell.key) for cell in cells),
                prompts,
                tokens,
            )
        )
    if stand_in:
        gaps = {name.replace(f"{DEMO} ", "", 1): why for name, why in gaps.items()}
    return Check(study.name, tuple(models), licences, gaps)


def _cost(cell: Cell, licences: dict[str, str]) -> tuple[int, int]:
    """Return the most prompts and generated tokens that a cell needs, and note its licences."""
    codes = [language.code for language in cell.candidates]
    development = int(cell.settings["development"])
    plan = plan_pair(cell.pair, codes, [cell.task.name], cell.texts, cell.asking, development)
    (task,) = plan.tasks
    for read in (task, plan.read.words):
        if read is not None and read.provenance is not None:
            licences[read.provenance.name] = read.provenance.licence
    items = len(task.items) + len(task.development)
    through = items * (len(plan.read.candidates) + len(cell.settings["strategies"]))
    answer = 0 if task.answering == "likelihood" else task.generation.max_tokens
    tokens = through * (task.pivot_generation.max_tokens + answer) + items * answer
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
