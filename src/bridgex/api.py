"""The public face: a session with a model, and functions that open one for a single job."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict, Unpack

from bridgex.analysis.rank import rank as _rank
from bridgex.analysis.settings import RankSettings
from bridgex.analysis.spectrum import spectrum as _spectrum
from bridgex.bridges import BridgeRanking
from bridgex.choosers import CHOOSERS, Chooser
from bridgex.choosers.evidence import MeasuredPair
from bridgex.choosers.recommend import DEVELOPMENT
from bridgex.errors import RequestError, ResultError
from bridgex.evaluation.results import Evaluation
from bridgex.evaluation.settings import TaskSettings
from bridgex.experiments.ablated import Ablation
from bridgex.experiments.ablation import DRAWS
from bridgex.experiments.ablation import ablate as _ablate
from bridgex.experiments.advice import Advice
from bridgex.experiments.case import Case
from bridgex.experiments.evaluate import evaluate as _evaluate
from bridgex.experiments.pairs import AnyTask
from bridgex.experiments.prompt import BridgedPrompt
from bridgex.experiments.prompt import prompt as _prompt
from bridgex.experiments.recommend import recommend as _recommend
from bridgex.experiments.validate import validate as _validate
from bridgex.experiments.validation import Validation
from bridgex.inputs import Texts
from bridgex.languages import PAPER_LANGUAGES
from bridgex.lm.architectures import architecture_table
from bridgex.lm.backend import Backend
from bridgex.lm.server import Server
from bridgex.neurons import PERMUTATIONS, Spectrum
from bridgex.progress import Progress
from bridgex.result import Result, read_json
from bridgex.session import ModelSession
from bridgex.storage.store import Store
from bridgex.tasks import TASKS

RESULTS: tuple[type[Result], ...] = (
    BridgeRanking,
    Spectrum,
    Evaluation,
    Validation,
    Case,
    Ablation,
    Advice,
)


class Session(ModelSession):
    """A model that serves any number of jobs and is loaded once, when first needed.

    ``Session("meta-llama/…", device="cuda")`` finds a model,
    ``Session(model=hf_model, tokenizer=hf_tokenizer)`` takes one in memory; with
    ``generate_with="http://…"`` a server answers prompts in its place, and ``Session(None,
    generate_with=…)`` has nothing but the server.
    """

    def rank(
        self,
        source: str,
        target: str,
        *,
        candidates: Sequence[str] | None = None,
        texts: Texts | None = None,
        settings: RankSettings | str = "default",
    ) -> BridgeRanking:
        """Rank candidate bridges of a pair; see `bridgex.rank`."""
        return _rank(self, source, target, candidates=candidates, texts=texts, settings=settings)

    def spectrum(
        self,
        names: Sequence[str] | None = None,
        *,
        texts: Texts | None = None,
        settings: RankSettings | str | None = None,
        pick_rate: bool | None = None,
        permutations: int = PERMUTATIONS,
    ) -> Spectrum:
        """Compare languages by the neurons they share; see `bridgex.spectrum`."""
        return _spectrum(
            self,
            names,
            texts=texts,
            settings=settings,
            pick_rate=pick_rate,
            permutations=permutations,
        )

    def evaluate(
        self,
        source: str,
        target: str,
        *,
        task: AnyTask = "bli",
        strategies: Sequence[str] | None = None,
        candidates: Sequence[str] | None = None,
        chooser: str | Chooser = "internal",
        texts: Texts | None = None,
        settings: RankSettings | str = "default",
        asking: TaskSettings | None = None,
    ) -> Evaluation:
        """Run a task with several strategies and compare them; see `bridgex.evaluate`."""
        return _evaluate(
            self,
            source,
            target,
            task=task,
            strategies=strategies,
            candidates=candidates,
            chooser=chooser,
            texts=texts,
            settings=settings,
            asking=asking,
        )

    def prompt(
        self,
        source: str,
        target: str,
        text: str,
        *,
        bridge: str = "auto",
        candidates: Sequence[str] | None = None,
        chooser: str | Chooser = "internal",
        texts: Texts | None = None,
        settings: RankSettings | str = "default",
        asking: TaskSettings | None = None,
    ) -> BridgedPrompt:
        """Return a ready prompt through a bridge; see `bridgex.prompt`."""
        return _prompt(
            self,
            source,
            target,
            text,
            bridge=bridge,
            candidates=candidates,
            chooser=chooser,
            texts=texts,
            settings=settings,
            asking=asking,
        )

    def recommend(
        self,
        source: str,
        target: str,
        *,
        task: AnyTask = "bli",
        budget: str = "small",
        candidates: Sequence[str] | None = None,
        earlier: tuple[MeasuredPair, ...] = (),
        texts: Texts | None = None,
        asking: TaskSettings | None = None,
    ) -> Advice:
        """Recommend how to prompt for a task; see `bridgex.recommend`."""
        return _recommend(
            self,
            source,
            target,
            task=task,
            budget=budget,
            candidates=candidates,
            earlier=earlier,
            texts=texts,
            asking=asking,
        )

    def validate(
        self,
        pairs: Sequence[str],
        *,
        tasks: Sequence[AnyTask] = ("bli",),
        choosers: Sequence[str | Chooser] | None = None,
        candidates: Sequence[str] | None = None,
        strategies: Sequence[str] = (),
        measured: Sequence[Evaluation] = (),
        development: int = DEVELOPMENT,
        texts: Texts | None = None,
        settings: RankSettings | str = "default",
        asking: TaskSettings | None = None,
    ) -> Validation:
        """Compare choosers with measured accuracy; see `bridgex.validate`."""
        return _validate(
            self,
            pairs,
            tasks=tasks,
            choosers=choosers,
            candidates=candidates,
            strategies=strategies,
            measured=measured,
            development=development,
            texts=texts,
            settings=settings,
            asking=asking,
        )

    def ablate(
        self,
        source: str,
        target: str,
        *,
        bridges: Sequence[str] | None = None,
        hows: Sequence[str] = ("mean",),
        draws: int = DRAWS,
        texts: Texts | None = None,
        settings: RankSettings | str = "default",
        asking: TaskSettings | None = None,
    ) -> Ablation:
        """Silence neurons and see what answers lose; see `bridgex.ablate`."""
        return _ablate(
            self,
            source,
            target,
            bridges=bridges,
            hows=hows,
            draws=draws,
            texts=texts,
            settings=settings,
            asking=asking,
        )


class SessionOptions(TypedDict, total=False):
    """How a function opens the session for its model; see `Session`."""

    device: str
    dtype: str
    generate_with: str | Server | Backend | None
    store: Store | None
    progress: Progress


def _session(model: str | Session, options: SessionOptions) -> Session:
    if isinstance(model, Session):
        if options:
            raise RequestError(
                f"A session has its own {', '.join(options)}; give them to the session."
            )
        return model
    return Session(model, **options)


def rank(
    source: str,
    target: str,
    *,
    model: str | Session = "demo",
    candidates: Sequence[str] | None = None,
    texts: Texts | None = None,
    settings: RankSettings | str = "default",
    **options: Unpack[SessionOptions],
) -> BridgeRanking:
    """Rank candidate bridge languages for a language pair, looking inside a model.

    Args:
        source: source language, by any common code or name.
        target: target language.
        candidates: at least two languages, neither source nor target; by default the paper's six
            without source and target.
        texts: what is read; the embedded sentences and words by default.
        settings: a preset's name or settings of your own.
        model: ``demo``, a Hugging Face id, a model folder, a GGUF file, or a `Session`.
        options: ``device``, ``dtype``, ``generate_with``, ``store`` and ``progress`` of the session
            that is opened where none is given.

    Raises:
        BridgexError: one of its kinds, with the remedy in one sentence.
    """
    return _session(model, options).rank(
        source, target, candidates=candidates, texts=texts, settings=settings
    )


def spectrum(
    names: Sequence[str] | None = None,
    *,
    model: str | Session = "demo",
    texts: Texts | None = None,
    settings: RankSettings | str | None = None,
    pick_rate: bool | None = None,
    permutations: int = PERMUTATIONS,
    **options: Unpack[SessionOptions],
) -> Spectrum:
    """Compare languages by the neurons they share in a model.

    Args:
        names: at least two languages, by any common code or name; by default the paper's fifteen.
        texts: what is read; the embedded sentences by default.
        settings: a preset's name or settings of your own: how text is cut into sequences, which
            neurons are a language's, and the seed of the permutations (``bridges.seed``); by
            default the default preset, at a rate that is picked.
        pick_rate: whether neurons are selected by the lowest of several rates at which the spectrum
            is not saturated (`bridgex.neurons.saturation`), and not as the settings say; by default
            where there are no settings.
        permutations: of the languages, that the p-values come from.
        model: ``demo``, a Hugging Face id, a model folder, a GGUF file, or a `Session`.
        options: ``device``, ``dtype``, ``generate_with``, ``store`` and ``progress`` of the session
            that is opened where none is given.

    Raises:
        BridgexError: one of its kinds, with the remedy in one sentence.
    """
    return _session(model, options).spectrum(
        names,
        texts=texts,
        settings=settings,
        pick_rate=pick_rate,
        permutations=permutations,
    )


def evaluate(
    source: str,
    target: str,
    *,
    task: AnyTask = "bli",
    strategies: Sequence[str] | None = None,
    model: str | Session = "demo",
    candidates: Sequence[str] | None = None,
    chooser: str | Chooser = "internal",
    texts: Texts | None = None,
    settings: RankSettings | str = "default",
    asking: TaskSettings | None = None,
    **options: Unpack[SessionOptions],
) -> Evaluation:
    """Run a task in a language pair with several strategies and compare them.

    Args:
        source: language of what is read, by any common code or name.
        target: language of what is asked and answered.
        task: a task's or benchmark's name, a class of tasks, or a task with your own items.
        strategies: ``direct``, ``bridge:K``, ``replace:K``; K is a language or ``auto``, the
            chooser's first place where it gains beyond chance on development items; by
            default ``direct``, ``bridge:en`` and ``bridge:auto``.
        candidates: for ``auto``: the bridges to rank.
        chooser: for ``auto``: a chooser's name, or a chooser of your own; ``internal`` is the
            bridge score under ``settings``.
        texts: what is read; the embedded sentences and words by default.
        settings: of the bridge score: a preset's name or settings of your own.
        asking: how the task is asked: items, shots, answering, prompts, chat.
        model: ``demo``, a Hugging Face id, a model folder, a GGUF file, or a `Session`.
        options: ``device``, ``dtype``, ``generate_with``, ``store`` and ``progress`` of the session
            that is opened where none is given.

    Raises:
        BridgexError: one of its kinds, with the remedy in one sentence.
    """
    return _session(model, options).evaluate(
        source,
        target,
        task=task,
        strategies=strategies,
        candidates=candidates,
        chooser=chooser,
        texts=texts,
        settings=settings,
        asking=asking,
    )


def prompt(
    source: str,
    target: str,
    text: str,
    *,
    bridge: str = "auto",
    model: str | Session = "demo",
    candidates: Sequence[str] | None = None,
    chooser: str | Chooser = "internal",
    texts: Texts | None = None,
    settings: RankSettings | str = "default",
    asking: TaskSettings | None = None,
    **options: Unpack[SessionOptions],
) -> BridgedPrompt:
    """Return the prompt with which a model translates a word or text, through a bridge.

    A word becomes the word chain of `bli`, a text the prompt of `translation`; the model itself
    translates it into the bridge language.

    Args:
        source: language of the text, by any common code or name.
        target: language to translate into.
        text: a word, a term of up to three words, or a text.
        bridge: a language; ``direct``; or ``auto`` for the chooser's first place where
            it gains beyond chance on development words.
        candidates: for ``auto``: the bridges to rank.
        chooser: for ``auto``: a chooser's name, or a chooser of your own.
        texts: for ``auto`` and solved examples: dictionaries and corpora.
        settings: of the bridge score: a preset's name or settings of your own.
        asking: solved examples before a word's prompt, and whether the model is asked for pivot
            translations in its chat template.
        model: ``demo``, a Hugging Face id, a model folder, a GGUF file, or a `Session`.
        options: ``device``, ``dtype``, ``generate_with``, ``store`` and ``progress`` of the session
            that is opened where none is given.

    Raises:
        BridgexError: one of its kinds, with the remedy in one sentence.
    """
    return _session(model, options).prompt(
        source,
        target,
        text,
        bridge=bridge,
        candidates=candidates,
        chooser=chooser,
        texts=texts,
        settings=settings,
        asking=asking,
    )


def recommend(
    source: str,
    target: str,
    *,
    task: AnyTask = "bli",
    budget: str = "small",
    model: str | Session = "demo",
    candidates: Sequence[str] | None = None,
    earlier: tuple[MeasuredPair, ...] = (),
    texts: Texts | None = None,
    asking: TaskSettings | None = None,
    **options: Unpack[SessionOptions],
) -> Advice:
    """Recommend how to prompt for a task: directly, through a bridge, or several ways together.

    Ways are tried on development items; see `bridgex.experiments.recommend.recommend`.

    Args:
        source: language of what is read, by any common code or name.
        target: language of what is asked and answered.
        task: a task's or benchmark's name, a class of tasks, or a task with your own items.
        budget: how much may be tried: ``small``, ``medium`` or ``large``.
        candidates: the bridges; by default the paper's six without source and target.
        earlier: what was measured on other pairs, from
            `bridgex.experiments.experience.measured_pairs`.
        texts: what is read; the embedded sentences and words by default.
        asking: how the task is asked: shots, answering, prompts, chat.
        model: ``demo``, a Hugging Face id, a model folder, a GGUF file, or a `Session`.
        options: ``device``, ``dtype``, ``generate_with``, ``store`` and ``progress`` of the session
            that is opened where none is given.

    Raises:
        BridgexError: one of its kinds, with the remedy in one sentence.
    """
    return _session(model, options).recommend(
        source,
        target,
        task=task,
        budget=budget,
        candidates=candidates,
        earlier=earlier,
        texts=texts,
        asking=asking,
    )


def validate(
    pairs: Sequence[str],
    *,
    tasks: Sequence[AnyTask] = ("bli",),
    choosers: Sequence[str | Chooser] | None = None,
    model: str | Session = "demo",
    candidates: Sequence[str] | None = None,
    strategies: Sequence[str] = (),
    measured: Sequence[Evaluation] = (),
    development: int = DEVELOPMENT,
    texts: Texts | None = None,
    settings: RankSettings | str = "default",
    asking: TaskSettings | None = None,
    **options: Unpack[SessionOptions],
) -> Validation:
    """Compare choosers with the measured accuracy of every candidate bridge.

    On every pair and task the model is prompted directly and through every candidate. Each chooser
    may recommend ``direct``, by the rule of `bridgex.choosers.recommend.recommend`.

    Args:
        pairs: ``source-target``: ``id-he``.
        tasks: as for `bridgex.evaluate`.
        choosers: names of choosers, and choosers of your own; all that are known by default.
        candidates: the bridges; those in a pair are left out for it.
        strategies: to measure beside directly and through each candidate, such as ``vote:auto``.
        measured: evaluations of these tasks, whose answers are taken where they have a strategy.
        development: the most items to compare bridges on; never evaluated.
        texts: what is read; the embedded sentences and words by default.
        settings: of the chooser ``internal``: a preset's name or settings of your own.
        asking: how the tasks are asked; 100 items by default.
        model: ``demo``, a Hugging Face id, a model folder, a GGUF file, or a `Session`.
        options: ``device``, ``dtype``, ``generate_with``, ``store`` and ``progress`` of the session
            that is opened where none is given.

    Raises:
        BridgexError: a pair or task cannot be evaluated. A chooser that cannot serve a pair is a
            named gap instead, unless storage fails.
    """
    return _session(model, options).validate(
        pairs,
        tasks=tasks,
        choosers=choosers,
        candidates=candidates,
        strategies=strategies,
        measured=measured,
        development=development,
        texts=texts,
        settings=settings,
        asking=asking,
    )


def ablate(
    source: str,
    target: str,
    *,
    bridges: Sequence[str] | None = None,
    hows: Sequence[str] = ("mean",),
    draws: int = DRAWS,
    model: str | Session = "demo",
    texts: Texts | None = None,
    settings: RankSettings | str = "default",
    asking: TaskSettings | None = None,
    **options: Unpack[SessionOptions],
) -> Ablation:
    """Silence the anchor and each candidate's bridge neurons, and see what the answers lose.

    Every set is held against random neurons that match it in layer, number and activation rate, and
    against neurons of other candidates in the same script.

    Args:
        source: source language, by any common code or name.
        target: target language.
        bridges: at least two candidates; by default the paper's six without source and target.
        hows: ``zero``, ``mean`` or ``resample``: what a silenced neuron is held at: 0, its mean
            over the texts, or its values on tokens drawn from them.
        draws: matched sets of each control.
        texts: what is read; the embedded sentences and words by default.
        settings: how neurons are selected: a preset's name or settings of your own.
        asking: how words are asked; 50 of them by default.
        model: ``demo``, a Hugging Face id, a model folder, a GGUF file, or a `Session`.
        options: ``device``, ``dtype``, ``store`` and ``progress`` of the session that is opened
            where none is given; a server cannot silence neurons.

    Raises:
        BridgexError: one of its kinds, with the remedy in one sentence.
    """
    return _session(model, options).ablate(
        source,
        target,
        bridges=bridges,
        hows=hows,
        draws=draws,
        texts=texts,
        settings=settings,
        asking=asking,
    )


def load(path: str | Path) -> Result:
    """Return the result of a JSON file, whatever kind of result it is.

    Raises:
        ResultError: the file is missing, no result, of a schema not known here, or damaged.
    """
    values = read_json(path)
    known = {result.kind: result for result in RESULTS}
    kind = str(values.get("kind"))
    if kind not in known:
        raise ResultError(
            f"{path} is not a result that this version of bridgex knows; give the JSON of a "
            f"{', '.join(known)}."
        )
    try:
        return known[kind].from_dict(values)
    except ResultError as problem:
        raise problem.of(path) from problem


def list_tasks() -> list[str]:
    """Return the names of all tasks, registered ones and those of packages included."""
    return list(TASKS)


def list_choosers() -> list[str]:
    """Return the names of all choosers, registered ones and those of packages included."""
    return list(CHOOSERS)


def list_languages() -> list[dict[str, Any]]:
    """Return the paper's fifteen languages; others are known by their codes and names, too."""
    return [
        {
            "code": language.code,
            "name": language.name,
            "endonym": language.endonym,
            "script": language.script,
            "family": language.family,
        }
        for language in PAPER_LANGUAGES
    ]


def list_models() -> list[dict[str, Any]]:
    """Return the model families that can be read, and those that cannot and why."""
    return [
        {
            "family": family.family,
            "kind": family.kind,
            "proved": family.proved,
            "reason": family.reason,
        }
        for family in architecture_table()
    ]
