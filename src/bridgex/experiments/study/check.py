"""What a study would do, and what is missing for it, without running anything of it."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from bridgex.analysis.settings import RankSettings
from bridgex.choosers.internal import Internal
from bridgex.choosers.overlap import Overlap
from bridgex.errors import ModelError
from bridgex.experiments.study.cells import memory_errors
from bridgex.experiments.study.demand import Demand, Demands, Pair, Place, demands_of
from bridgex.experiments.study.file import StudyModel
from bridgex.experiments.study.folder import StudyFolder
from bridgex.experiments.study.plan import Plan, make_plan
from bridgex.experiments.study.reading import read_study
from bridgex.experiments.study.speed import Times, measuring
from bridgex.lm.demo import NAME as DEMO
from bridgex.lm.footprint import Footprint, footprint
from bridgex.lm.loading import find_model
from bridgex.lm.placement import resolve_device, resolve_dtype
from bridgex.progress import Progress, silent
from bridgex.storage.store import Store


@dataclass(frozen=True)
class ModelCheck:
    """What one model would be asked for what is not stored yet, at most.

    Attributes:
        name: the model's.
        memory: what it takes; None where it is not here, or on a server.
        cases: how many there are.
        stored: how many of them are done.
        prompts: for evaluation and development, pivot translations included.
        tokens: to be generated for them.
        seconds: how long that and the reading of texts would take one worker on this machine; None
            where that was not measured.
    """

    name: str
    memory: Footprint | None
    cases: int
    stored: int
    prompts: int
    tokens: int
    seconds: float | None


@dataclass(frozen=True)
class Check:
    """What a study would do.

    Attributes:
        name: the study's.
        models: one by one.
        licences: title of what is read → its licence.
        gaps: what cannot be done → why.
        choosers: pair and chooser → why that cannot serve it; cases are done without it.
    """

    name: str
    models: tuple[ModelCheck, ...]
    licences: Mapping[str, str]
    gaps: Mapping[str, str]
    choosers: Mapping[str, str]


def check_study(
    path: Path,
    root: Path,
    *,
    timed: bool = False,
    store: Store | None = None,
    progress: Progress = silent,
) -> Check:
    """Read all texts of a study and look for its models; nothing of it is fetched or run.

    Args:
        path: the study file.
        root: where its cases are.
        timed: whether models that are here are timed on a few of its texts, where that was not done
            before; they are loaded for it.
        store: where times are kept.
        progress: shows what is read.

    Raises:
        RequestError: the file is wrong.
    """
    study, store = read_study(path), store or Store()
    absent = {each.name: why for each in study.models if (why := _absent(each)) is not None}
    here = [model for model in study.models if model.name not in absent]
    plan = make_plan(study.model_copy(update={"models": here}), store, progress)
    demands = demands_of(plan, progress)
    gaps = {**absent, **plan.missing, **demands.gaps}
    folder = StudyFolder(root)
    models = []
    for model in study.models:
        own = [cell for cell in plan.cells if cell.model == model]
        done = {(cell.pair, study.tasks.index(cell.task)) for cell in own if folder.has(cell.key)}
        left = {place: each for place, each in demands.asked.items() if place not in done}
        seconds = None
        if own:
            try:
                with (
                    memory_errors(own[0]),
                    measuring(own[0], store, timed=timed, progress=progress) as times,
                ):
                    seconds = _seconds(plan, model, left, demands, times)
            except ModelError as problem:
                gaps[model.name] = str(problem)
        models.append(
            ModelCheck(
                model.name,
                None if model.name in absent else _memory(model),
                len(study.each_pair()) * len(study.tasks),
                len(done),
                sum(each.prompts for each in left.values()),
                sum(each.tokens for each in left.values()),
                seconds,
            )
        )
    return Check(study.name, tuple(models), demands.licences, gaps, demands.choosers)


def _seconds(
    plan: Plan, model: StudyModel, left: Mapping[Place, Demand], texts: Demands, times: Times
) -> float | None:
    """Return how long one worker takes for some cases; None where that was not measured.

    What choosers compute from what they read is not in it.
    """
    study, seconds = plan.study, 0.0
    for (_pair, at), demand in left.items():
        asking = study.asking(study.tasks[at], model)
        of_item = times.of_task(demand.task, demand.bridge, asking)
        if of_item is None:
            return None
        directly, through = of_item
        seconds += demand.items * (directly + demand.through * through)
    reading = 0.0 if model.only_asked else _reading(plan, {pair for pair, _ in left}, texts, times)
    return None if reading is None else seconds + reading


def _reading(plan: Plan, pairs: Set[Pair], texts: Demands, times: Times) -> float | None:
    """Return how long it takes to count every language once for each way, and to ask for words."""
    inside = [each.settings for each in plan.choosers if isinstance(each, Internal)]
    ways = {(each.sequences, each.special) for each in inside}
    if any(isinstance(each, Overlap) for each in plan.choosers):
        ways.add((RankSettings().sequences, RankSettings().special))
    if not (ways and pairs and texts.corpora):
        return 0.0
    most = plan.study.texts.sentences
    sentences = sum(len(each.sentences[:most]) for each in texts.corpora.values())
    a_sentence = times.of_sentence(next(iter(texts.corpora.values())))
    if a_sentence is None:
        return None
    seconds = len(ways) * sentences * a_sentence
    for probing in dict.fromkeys(each.probe for each in inside):
        for pair in texts.probes.keys() & pairs:
            a_word = times.of_word(texts.probes[pair], probing)
            if a_word is None:
                return None
            seconds += a_word * min(probing.words, len(texts.probes[pair].entries))
    return seconds


def _absent(model: StudyModel) -> str | None:
    """Return why a model is not here; None where it is, or is on a server. Nothing is fetched."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    name = model.name
    if model.only_asked or name == DEMO or Path(name).expanduser().exists():
        return None
    repository, _, revision = name.partition("@")
    try:
        cached = try_to_load_from_cache(repository, "config.json", revision=revision or None)
    except HFValidationError:
        return f"'{name}' is neither demo, a folder, a GGUF file nor a Hugging Face id."
    if isinstance(cached, str):
        return None
    return f"It is not on this disk; fetch it with 'hf download {repository}', or let run do so."


def _memory(model: StudyModel) -> Footprint | None:
    """Return what a model takes; None where that is on a server, or cannot be told."""
    if model.only_asked:
        return None
    try:
        dtype = resolve_dtype(model.dtype, resolve_device(model.device).device)
        return footprint(find_model(model.name).checkpoint, dtype)
    except (ModelError, OSError, ValueError):
        return None
