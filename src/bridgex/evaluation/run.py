"""Doing a task with a strategy: renderings, prompts, answers, outcomes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridgex.errors import RequestError
from bridgex.evaluation.strategies import Strategy
from bridgex.session import Stages
from bridgex.tasks.base import Item, Outcome, Problem, Task, Via
from bridgex.tasks.parsing import repeats


@dataclass(frozen=True)
class Run:
    """A task done with a strategy.

    Attributes:
        strategy: how it was prompted.
        outcomes: one per item of the task, in its order.
        shots: solved examples before each prompt.
        rendering_shots: solved renderings before each prompt for a rendering.
        halved: how often a batch was halved for lack of memory.
    """

    strategy: Strategy
    outcomes: tuple[Outcome, ...]
    shots: int
    rendering_shots: int
    halved: int

    @property
    def scores(self) -> list[float]:
        """Score of each item."""
        return [each.score for each in self.outcomes]

    @property
    def problems(self) -> Mapping[Problem, int]:
        """How many items had which problem."""
        return dict(Counter(each.problem for each in self.outcomes if each.problem))


@dataclass(frozen=True)
class Rendering:
    """A context in the bridge language; without one there is no prompt to be made."""

    via: Via | None = None
    problem: Problem | None = None


@dataclass(frozen=True)
class _Answer:
    written: str | None = None
    likelihoods: tuple[float, ...] | None = None
    answer: str | None = None
    problem: Problem | None = None


@dataclass(frozen=True)
class Prepared:
    """A task's prompts under a strategy, ready to be answered.

    Attributes:
        prompts: item id → prompt; without the items whose context has no rendering.
        renderings: item id → what became of its context.
        shots: solved examples before each prompt.
        rendering_shots: solved renderings before each prompt for a rendering.
        halved: how often a batch was halved for lack of memory.
    """

    prompts: Mapping[str, str]
    renderings: Mapping[str, Rendering]
    shots: int
    rendering_shots: int
    halved: int


def prepare(
    stages: Stages, task: Task, strategy: Strategy, *, shots: int = 0, chat: bool = False
) -> Prepared:
    """Let the model render every context in the bridge language, and make the prompts.

    Renderings do not depend on what is then asked, so strategies and tasks that need the same ones
    share them.

    Args:
        stages: the model and where its results are kept.
        task: the items.
        strategy: how to prompt.
        shots: solved examples before each prompt, from the task's examples.
        chat: whether prompts are wrapped in the tokenizer's chat template.

    Raises:
        RequestError: more shots than the task has examples.
        ModelError: the model cannot be loaded, or has no chat template.
    """
    if shots > len(task.examples):
        raise RequestError(
            f"{task.name} has {len(task.examples)} solved examples for "
            f"{task.source.name}–{task.target.name}; use --shots {len(task.examples)} or fewer."
        )
    examples = task.examples[:shots]
    solved = task.rendition_examples(strategy.bridge)[:shots] if strategy.bridge else ()
    rendered, halved = _renderings(stages, task, strategy, (*examples, *task.items), solved, chat)
    shown = [
        task.prompt(each, via) + task.solution(each)
        for each, via in ((each, rendered[each.id].via) for each in examples)
        if via or not strategy.bridge
    ]
    prompts = {
        each.id: task.between.join([*shown, task.prompt(each, via)])
        for each, via in ((each, rendered[each.id].via) for each in task.items)
        if via or not strategy.bridge
    }
    return Prepared(prompts, rendered, len(shown), len(solved), halved)


def run(
    stages: Stages, task: Task, strategy: Strategy, *, shots: int = 0, chat: bool = False
) -> Run:
    """Do a task with a strategy; what was done before comes from the store.

    Renderings first, then answers: two calls of the model, each with all prompts at once. Takes
    and raises what `prepare` does.
    """
    prepared = prepare(stages, task, strategy, shots=shots, chat=chat)
    asked = [each for each in task.items if each.id in prepared.prompts]
    prompts = [prepared.prompts[each.id] for each in asked]
    answers, halved = _answers(stages, task, asked, prompts, f"{task.name}: {strategy}", chat)
    outcomes = tuple(
        _outcome(task, each, prepared, answers.get(each.id, _Answer())) for each in task.items
    )
    shots_shown = prepared.shots, prepared.rendering_shots
    return Run(strategy, outcomes, *shots_shown, prepared.halved + halved)


def _renderings(
    stages: Stages,
    task: Task,
    strategy: Strategy,
    items: Sequence[Item],
    solved: Sequence[str],
    chat: bool,
) -> tuple[dict[str, Rendering], int]:
    """Return each item's rendering: of examples as a dictionary states it, else as written."""
    bridge = strategy.bridge
    if bridge is None:
        return {each.id: Rendering() for each in items}, 0
    known = {
        each.id: Rendering(Via(bridge, text, strategy.beside))
        for each in task.examples
        if (text := task.known_rendition(each, bridge))
    }
    asked = [each for each in items if each.id not in known]
    prompts = [task.between.join([*solved, task.rendition_prompt(each, bridge)]) for each in asked]
    what = f"{task.name}: {task.source.name} into {bridge.name}"
    written, halved = stages.written(prompts, task.rendering, chat=chat, what=what)
    pairs = zip(asked, written, strict=True)
    return known | {each.id: _rendering(task, text, strategy) for each, text in pairs}, halved


def _rendering(task: Task, written: str | None, strategy: Strategy) -> Rendering:
    if written is None or strategy.bridge is None:
        return Rendering(problem="too long")
    text = task.rendition(written)
    if not text:
        return Rendering(problem="no rendering")
    problem: Problem | None = "rendering repeats" if repeats(text) else None
    return Rendering(Via(strategy.bridge, text, strategy.beside), problem)


def _answers(
    stages: Stages, task: Task, items: Sequence[Item], prompts: Sequence[str], what: str, chat: bool
) -> tuple[dict[str, _Answer], int]:
    if task.answering == "likelihood":
        options = [task.choices(each) for each in items]
        scored, halved = stages.likelihoods(prompts, options, chat=chat, what=what)
        chosen = zip(items, scored, strict=True)
        return {each.id: _likeliest(each, values) for each, values in chosen}, halved
    written, halved = stages.written(prompts, task.writing, chat=chat, what=what)
    pairs = zip(items, written, strict=True)
    return {each.id: _read(task, each, text) for each, text in pairs}, halved


def _likeliest(item: Item, values: tuple[float, ...] | None) -> _Answer:
    if values is None:
        return _Answer(problem="too long")
    best = max(range(len(values)), key=values.__getitem__)
    return _Answer(likelihoods=values, answer=item.options[best])


def _read(task: Task, item: Item, written: str | None) -> _Answer:
    if written is None:
        return _Answer(problem="too long")
    if not written.strip():
        return _Answer(written, problem="empty")
    answer = task.answer(item, written)
    problem: Problem | None = None
    if repeats(written.rstrip()):
        problem = "repeats"
    elif answer is None:
        problem = "unreadable"
    return _Answer(written, None, answer, problem)


def _outcome(task: Task, item: Item, prepared: Prepared, answer: _Answer) -> Outcome:
    rendering = prepared.renderings.get(item.id, Rendering())
    return Outcome(
        item=item.id,
        prompt=prepared.prompts.get(item.id, ""),
        via=rendering.via.text if rendering.via else None,
        written=answer.written,
        likelihoods=answer.likelihoods,
        answer=answer.answer,
        accepted=item.accepted,
        score=0.0 if answer.answer is None else task.score(item, answer.answer),
        problem=answer.problem or rendering.problem,
    )
