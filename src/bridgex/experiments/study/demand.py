"""What a study asks of a model and reads, known from its texts alone."""

from dataclasses import dataclass, field

from bridgex.choosers import ChooserInput
from bridgex.choosers.base import require
from bridgex.choosers.internal import Internal
from bridgex.choosers.overlap import Overlap
from bridgex.data.catalogue import SOURCES
from bridgex.errors import BridgexError
from bridgex.evaluation.settings import TaskSettings
from bridgex.evaluation.strategies import Strategy
from bridgex.experiments.study.file import StudyTask
from bridgex.experiments.study.plan import Plan
from bridgex.experiments.validate import plan_pair
from bridgex.languages import Language
from bridgex.progress import Progress, silent
from bridgex.session import ModelSession
from bridgex.tasks import task_named
from bridgex.tasks.base import Task
from bridgex.texts import Corpus, Lexicon, Provenance

Pair = tuple[Language, Language]
Place = tuple[Pair, int]
"""A pair, and which of the study's tasks."""


@dataclass(frozen=True)
class Demand:
    """What a task of a pair asks of a model, at most: evaluated and development items.

    Attributes:
        task: with its items.
        asking: how it is asked.
        bridge: one of the strategies through a bridge.
        bridges: how many languages every context is translated into.
        through: how many strategies go through a bridge.
    """

    task: Task
    asking: TaskSettings
    bridge: Strategy
    bridges: int
    through: int

    @property
    def items(self) -> int:
        """How many there are."""
        return len(self.task.items) + len(self.task.development)

    @property
    def prompts(self) -> int:
        """For pivot translations and answers."""
        return self.items * (1 + self.bridges + self.through)

    @property
    def tokens(self) -> int:
        """To be generated for them, were every continuation as long as it may be."""
        task = self.task
        answer = 0 if task.answering == "likelihood" else task.generation.max_tokens
        pivots = self.bridges * task.pivot_generation.max_tokens
        return self.items * (pivots + (1 + self.through) * answer)


@dataclass
class Demands:
    """What a study asks and reads, and what is missing.

    Attributes:
        asked: what each task of each pair asks.
        probes: dictionary of a pair, for choosers that look inside the model.
        corpora: sentences of a language, for the same.
        licences: title of what is read → its licence.
        gaps: cases without texts → why.
        choosers: pair and chooser → why that cannot serve it.
        seen: pairs of which choosers were asked.
    """

    asked: dict[Place, Demand] = field(default_factory=dict)
    probes: dict[Pair, Lexicon] = field(default_factory=dict)
    corpora: dict[Language, Corpus] = field(default_factory=dict)
    licences: dict[str, str] = field(default_factory=dict)
    gaps: dict[str, str] = field(default_factory=dict)
    choosers: dict[str, str] = field(default_factory=dict)
    seen: set[Pair] = field(default_factory=set)

    def note_licence(self, read: Provenance | None) -> None:
        """Note under what licence something that is read is published."""
        if read is not None:
            self.licences[read.name] = read.licence


def demands_of(plan: Plan, progress: Progress = silent) -> Demands:
    """Read the texts of all cases of a study, whether its models are here or not."""
    study, found = plan.study, Demands()
    pairs = study.each_pair()
    with progress("Reading texts", len(pairs) * len(study.tasks)) as advance:
        for pair in pairs:
            for at, task in enumerate(study.tasks):
                if task.name not in plan.missing:
                    try:
                        _read(found, plan, pair, at)
                    except BridgexError as problem:
                        name = f"{_named(pair)} {task.name}"
                        found.gaps[name] = f"{problem}{_remedy(task, str(problem))}"
                advance(1)
    return found


def _read(found: Demands, plan: Plan, pair: Pair, at: int) -> None:
    """Read a task of a pair."""
    study, task = plan.study, plan.study.tasks[at]
    codes = [language.code for language in study.bridges(pair)]
    asking, texts = study.asking(task, study.models[0]), study.texts_of(task)
    further = study.strategies_of(pair)
    read = plan_pair(pair, codes, [task.name], texts, asking, study.development, further)
    (items,) = read.tasks
    ways = dict.fromkeys(map(Strategy, read.read.candidates))
    ways |= dict.fromkeys(way for each in read.strategies.values() for way in each.asked)
    through = [way for way in ways if way.bridge]
    bridges = len({way.bridge for way in through})
    found.asked[pair, at] = Demand(items, asking, through[0], bridges, len(through))
    for each in (items, read.read.words):
        if each is not None:
            found.note_licence(each.provenance)
    if pair not in found.seen:
        found.seen.add(pair)
        _ask_choosers(found, plan, read.read.for_choosers(ModelSession(), items, texts, asking))


def _ask_choosers(found: Demands, plan: Plan, inputs: ChooserInput) -> None:
    """Read what choosers look at for a pair, and let each say what it lacks."""
    for chooser in plan.choosers:
        try:
            require(chooser, inputs)
        except BridgexError as problem:
            found.choosers[f"{_named(inputs.pair)} {chooser.name}"] = str(problem)
            continue
        if isinstance(chooser, Internal) and inputs.probe:
            found.probes[inputs.pair] = inputs.probe
        if isinstance(chooser, Internal | Overlap):
            for corpus in inputs.corpora().values():
                found.corpora[corpus.language] = corpus
                found.note_licence(corpus.provenance)


def _remedy(task: StudyTask, problem: str) -> str:
    """Say how a benchmark is fetched that no folder is named of."""
    benchmark = task_named(task.name).benchmark
    known = any(source.name == benchmark for source in SOURCES)
    if task.data is not None or not known or "data get" in problem:
        return ""
    return f" Fetch it with 'bridgex data get {benchmark}' and name it: data = \"{benchmark}\"."


def _named(pair: Pair) -> str:
    return "-".join(language.code for language in pair)
