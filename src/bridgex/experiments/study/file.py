"""The study file: everything a study is made of, checked whole before anything runs."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import permutations
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)

from bridgex import languages
from bridgex.analysis.settings import RankSettings, preset
from bridgex.choosers import CHOOSERS, Chooser, choosers_named
from bridgex.choosers.base import learns
from bridgex.choosers.internal import FAMILY, Internal
from bridgex.choosers.recommend import DEVELOPMENT
from bridgex.errors import BridgexError, RequestError
from bridgex.evaluation.settings import TaskSettings
from bridgex.evaluation.strategies import DIRECT, needs_recommendation, parse
from bridgex.experiments.pairs import pair_named
from bridgex.inputs import Budget, Texts
from bridgex.languages import CANDIDATES, Language
from bridgex.lm.server import Server
from bridgex.tasks import task_named
from bridgex.tasks.request import Answering, InstructionLanguage, Style
from bridgex.tasks.scoring import Rule


def _valid(check: Callable[[Any], object]) -> AfterValidator:
    """Return a validator that lets ``check`` raise our errors, so that pydantic knows the place."""

    def checked(value: Any) -> Any:
        with _ours():
            check(value)
        return value

    return AfterValidator(checked)


@contextmanager
def _ours() -> Iterator[None]:
    """Raise our errors as those that pydantic adds the place to."""
    try:
        yield
    except BridgexError as problem:
        raise ValueError(str(problem)) from problem


def _check_strategy(name: str) -> None:
    if needs_recommendation([name]):
        raise RequestError(
            f"'{name}' needs no place here: every chooser is judged; name a bridge, such as "
            "replace:en."
        )
    _bridges_named(name)


def _bridges_named(name: str) -> set[Language]:
    """Return the languages that a strategy names; ``vote:auto`` and the like name none."""
    elsewhere = languages.find("zu"), languages.find("qu")
    return {way.bridge for way in parse(name, elsewhere, None).asked if way.bridge}


LanguageName = Annotated[str, _valid(languages.find)]
PairName = Annotated[str, _valid(pair_named)]
StrategyName = Annotated[str, _valid(_check_strategy)]
TaskName = Annotated[str, _valid(task_named)]
PresetName = Annotated[str, _valid(preset)]
ChooserName = Annotated[str, _valid(lambda name: choosers_named([name], RankSettings()))]


class Table(BaseModel):
    """Base of the tables of a study file."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class StudyModel(Table):
    """A model of the study."""

    name: str = Field(min_length=1)
    """``demo``, a Hugging Face id (``id@revision``), a model folder or a GGUF file."""
    device: str = "auto"
    """auto, cpu, cuda, cuda:1, balanced (all GPUs of a worker) or mps."""
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    """Floating-point type of the forward pass."""
    chat: bool = False
    """Whether prompts are wrapped in the model's chat template."""
    gpus: float = Field(default=0, ge=0)
    """GPUs of one worker with this model, where workers run on a cluster."""
    generate_with: str | None = None
    """Address of a server that answers prompts in place of the model."""
    server_model: str | None = None
    """The model's name there; the one called like the model by default."""
    allow_mismatch: list[str] = []
    """What may differ between the two: name, tokenizer, answers."""
    only_asked: bool = False
    """Whether the model is on the server only: no neurons, all choosers that ask."""

    @model_validator(mode="after")
    def _with_server(self) -> Self:
        of_server = (self.server_model, self.allow_mismatch, self.only_asked)
        if self.generate_with is None and any(of_server):
            raise ValueError("what is said of a server needs its address; add generate_with")
        with _ours():
            self.server()
        return self

    def server(self) -> Server | None:
        """Return the server that answers prompts, if one is named."""
        if self.generate_with is None:
            return None
        there = self.server_model or (self.name if self.only_asked else None)
        return Server(self.generate_with, model=there, allow=tuple(self.allow_mismatch))


class StudyTask(Table):
    """A task of the study; what is not given here is the study's."""

    name: TaskName
    """Name of the task or of its benchmark."""
    items: int | None = Field(default=None, ge=1)
    """The most items to evaluate."""
    shots: int | None = Field(default=None, ge=0)
    """Solved examples before each prompt."""
    seed: int = Field(default=0, ge=0)
    """Of the draw of items."""
    answer: Answering | None = None
    """By the likelihood of the options, or to generate."""
    scoring: Rule | None = None
    """The rule by which an option is the answer; the task's own by default."""
    prompt: Style = "default"
    """Style of the prompts."""
    instruction_language: InstructionLanguage | None = None
    """Whose words prompts have around their texts."""
    metrics: list[str] = []
    """Learned metrics of translation, beside chrF++ and BLEU."""
    data: str | None = Field(default=None, min_length=1)
    """Folder of its benchmark, or the name of a fetched one."""
    split: str | None = None
    """dev, test, …, where a benchmark has several."""


class StudyTexts(Table):
    """What all tasks read; the embedded sentences and words where nothing is given."""

    corpus: str | None = Field(default=None, min_length=1)
    """Folder with a text file per language, or the name of a fetched corpus."""
    field: str | None = None
    """Field or column with the corpus's sentences."""
    sentences: int | None = Field(default=None, ge=1)
    """The most sentences to read in each language."""
    tokens: int | None = Field(default=None, ge=1)
    """Read each language until it reaches this many tokens."""
    lexicon: str | list[str] = []
    """Dictionary files or folders, or names of fetched ones."""
    pivot: LanguageName | None = None
    """Language to compose a dictionary through where none has the pair."""
    endonyms: dict[str, str] = {}
    """Names of languages in prompts, by language."""
    convert_chinese: bool = False
    """Convert Chinese texts to the script of their code."""

    @model_validator(mode="after")
    def _together(self) -> Self:
        with _ours():
            self.read()
        return self

    def read(self, find: Callable[[str], Path] = Path, **more: Any) -> Texts:
        """Return what is read.

        Args:
            find: gives the path that a text means.
            more: fields of a task's own.
        """
        lexica = [self.lexicon] if isinstance(self.lexicon, str) else self.lexicon
        return Texts(
            corpus=None if self.corpus is None else find(self.corpus),
            field=self.field,
            budget=Budget(sentences=self.sentences, tokens=self.tokens),
            lexicon=tuple(map(find, lexica)),
            pivot=self.pivot,
            endonyms=self.endonyms,
            convert_chinese=self.convert_chinese,
            **more,
        )


class StudySettings(Table):
    """One way of ranking: a preset, and what is changed of it."""

    preset: PresetName = "default"
    """default, paper, or demo (for models of a few hundred million parameters)."""
    sequences: Literal["sentences", "windows"] | None = None
    """What one sequence of the corpus is."""
    special: bool | None = None
    """Whether special tokens of the corpus are counted."""
    selection: dict[str, Any] = {}
    """How language neurons are selected."""
    probe: dict[str, Any] = {}
    """How a pair is probed."""
    bridges: dict[str, Any] = {}
    """How candidates are scored."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        with _ours():
            self.ranking()
        return self

    def ranking(self, **more: Any) -> RankSettings:
        """Return the settings of a ranking.

        Args:
            more: further changes, by the dotted name of a field.
        """
        changes = {
            name: value
            for name in ("sequences", "special")
            if (value := getattr(self, name)) is not None
        }
        for group in ("selection", "probe", "bridges"):
            changes |= {f"{group}.{name}": value for name, value in getattr(self, group).items()}
        return preset(self.preset).changed(changes | more)


class Study(Table):
    """A study: models × pairs × tasks, choosers judged on each.

    Attributes:
        folder: of the file, which its relative paths begin from.
    """

    name: str = "study"
    """What tables call it."""
    models: list[StudyModel] = [StudyModel(name="demo")]
    """The models."""
    pairs: list[PairName] = []
    """Language pairs: source-target, such as id-he."""
    languages: list[LanguageName] = []
    """In place of pairs: every ordered pair of these languages."""
    candidates: list[LanguageName] = list(CANDIDATES)
    """The bridges; those in a pair are left out for it."""
    tasks: list[StudyTask] = [StudyTask(name="bli")]
    """The tasks."""
    strategies: list[StrategyName] = []
    """Strategies beside direct and every bridge, such as replace:en or vote:auto."""
    choosers: Annotated[list[ChooserName], Field(min_length=1)] | None = None
    """Names of choosers, by default all that learn of no other pair; internal is the bridge score
    under each of settings."""
    settings: dict[str, StudySettings] = {}
    """Name → settings of the chooser internal."""
    seeds: list[int] = Field(default=[0], min_length=1)
    """Seeds of the random draws of the chooser internal, one ranking for each."""
    items: int | None = Field(default=100, ge=1)
    """The most items to evaluate of a task."""
    development: int = Field(default=DEVELOPMENT, ge=0)
    """The most items that choosers may try bridges on; never evaluated."""
    shots: int = Field(default=0, ge=0)
    """Solved examples before each prompt."""
    texts: StudyTexts = StudyTexts()
    """What is read."""
    folder: Annotated[Path, Field(exclude=True)] = Path()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if bool(self.pairs) == bool(self.languages):
            raise ValueError("a study has pairs, or languages to pair; give one of the two")
        if len(set(map(languages.find, self.languages))) == 1:
            raise ValueError("languages is one language; a pair needs two")
        if not (self.models and self.tasks):
            raise ValueError("a study needs at least one model and one task")
        with _ours():
            for pair in self.each_pair():
                self.bridges(pair)
            self.each_chooser()
        return self

    def each_pair(self) -> tuple[tuple[Language, Language], ...]:
        """Return the pairs, each once."""
        if self.pairs:
            return tuple(dict.fromkeys(map(pair_named, self.pairs)))
        spoken = dict.fromkeys(map(languages.find, self.languages))
        return tuple(permutations(spoken, 2))

    def bridges(self, pair: tuple[Language, Language]) -> tuple[Language, ...]:
        """Return the candidates of a pair.

        Raises:
            RequestError: fewer than two are left.
        """
        outside = [code for code in self.candidates if languages.find(code) not in pair]
        if len(outside) < 2:
            raise RequestError(
                f"Fewer than two candidates are left for {pair[0].code}-{pair[1].code}; add to "
                "candidates."
            )
        return languages.pair_and_candidates(pair[0].code, pair[1].code, outside)[1]

    def strategies_of(self, pair: tuple[Language, Language]) -> tuple[str, ...]:
        """Return the further strategies of a pair: those that name no language of it."""
        return tuple(
            name
            for name in self.strategies
            if name != str(DIRECT) and _bridges_named(name).isdisjoint(pair)
        )

    def each_chooser(self) -> tuple[Chooser, ...]:
        """Return the choosers; ``internal`` is one for each of the settings and seeds.

        By default all but those that learn from other pairs, which a case does not know.

        Raises:
            RequestError: there is none of a name, or two have one name.
        """
        named = self.settings or {"default": StudySettings()}
        own = [
            Internal(settings.ranking(**{"bridges.seed": seed} if self.seeds != [0] else {}))
            for settings in named.values()
            for seed in self.seeds
        ]
        known = [name for name in CHOOSERS if not learns(CHOOSERS[name])]
        asked: Sequence[str] = (FAMILY, *known) if self.choosers is None else self.choosers
        each = [chooser for name in asked for chooser in (own if name == FAMILY else (name,))]
        return choosers_named(tuple(dict.fromkeys(each)), RankSettings())

    def asking(self, task: StudyTask, model: StudyModel) -> TaskSettings:
        """Return how a task is asked of a model."""
        return TaskSettings(
            items=task.items or self.items,
            shots=self.shots if task.shots is None else task.shots,
            seed=task.seed,
            answer=task.answer,
            scoring=task.scoring,
            prompt=task.prompt,
            instruction_language=task.instruction_language,
            chat=model.chat,
            metrics=tuple(task.metrics),
        )

    def texts_of(self, task: StudyTask) -> Texts:
        """Return what is read for a task."""
        data = None if task.data is None else self._path(task.data)
        return self.texts.read(self._path, data=data, split=task.split)

    def _path(self, given: str) -> Path:
        """Return a path from the study's own folder, or else what may be the name of a source."""
        own = self.folder / given
        return own if own.exists() else Path(given)


def file_schema() -> dict[str, Any]:
    """Return the JSON Schema of study files, for editors."""
    schema = Study.model_json_schema()
    del schema["properties"]["folder"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Study file of bridgex",
    }
