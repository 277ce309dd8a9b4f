"""Doing a task with a strategy: renderings, prompts, answers, outcomes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridgex.errors import RequestError
from bridgex.evaluation.strategies import Strategy
from bridgex.lm.spec import repeats
from bridgex.session import Stages
from bridgex.tasks.base import Item, Outcome, PivotContext, Problem, Task
from bridgex.tasks.parsing import unfinished_thinking, without_thinking


@dataclass(frozen=True)
class Run:
    """A task done with a strategy.

    Attributes:
        strategy: how it was prompted.
        outcomes: one per item of the task, in its order.
        shots: solved examples before each prompt.
        pivot_shots: solved renderings before each prompt for a rendering.
        oom_splits: how often a batch was halved for lack of memory.
    """

    strategy: Strategy
    outcomes: tuple[Outcome, ...]
    shots: int
    pivot_shots: int
    oom_splits: int

    @property
    def scores(self) -> list[float]:
        """Score of each item."""
        return [each.score for each in self.outcomes]

    @property
    def problems(self) -> Mapping[Problem, int]:
        """How many items had which problem."""
        return dict(Counter(each.problem for each in self.outcomes if each.problem))


@dataclass(frozen=True)
class PivotTranslation:
    """A context in the bridge language; without one there is no prompt to be made."""

    pivot: PivotContext | None = None
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
        pivots: item id → what became of its context.
        shots: solved examples before each prompt.
        pivot_shots: solved renderings before each prompt for a rendering.
        oom_splits: how often a batch was halved for lack of memory.
    """

    prompts: Mapping[str, str]
    pivots: Mapping[str, PivotTranslation]
    shots: int
    pivot_shots: int
    oom_splits: int


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
    solved = task.pivot_examples(strategy.bridge)[:shots] if strategy.bridge else ()
    translated, oom_splits = _pivots(stages, task, strategy, (*examples, *task.items), solved, chat)
    shown = [
        task.prompt(each, pivot) + task.solution(each)
        for each, pivot in ((each, translated[each.id].pivot) for each in examples)
        if pivot or not strategy.bridge
    ]
    prompts = {
        each.id: task.separator.join([*shown, task.prompt(each, pivot)])
        for each, pivot in ((each, translated[each.id].pivot) for each in task.items)
        if pivot or not strategy.bridge
    }
    return Prepared(prompts, translated, len(shown), len(solved), oom_splits)


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
    answers, oom_splits = _answers(stages, task, asked, prompts, f"{task.name}: {strategy}", chat)
    outcomes = tuple(
        _outcome(task, each, prepared, answers.get(each.id, _Answer())) for each in task.items
    )
    shots_shown = prepared.shots, prepared.pivot_shots
    return Run(strategy, outcomes, *shots_shown, prepared.oom_splits + oom_splits)


def _pivots(
    stages: Stages,
    task: Task,
    strategy: Strategy,
    items: Sequence[Item],
    solved: Sequence[str],
    chat: bool,
) -> tuple[dict[str, PivotTranslation], int]:
    """Return each item's rendering: of examples as a dictionary states it, else as written."""
    bridge = strategy.bridge
    if bridge is None:
        return {each.id: PivotTranslation() for each in items}, 0
    known = {
        each.id: PivotTranslation(PivotContext(bridge, text, strategy.keep_source))
        for each in task.examples
        if (text := task.known_pivot(each, bridge))
    }
    asked = [each for each in items if each.id not in known]
    prompts = [task.separator.join([*solved, task.pivot_prompt(each, bridge)]) for each in asked]
    what = f"{task.name}: {task.source.name} into {bridge.name}"
    written, oom_splits = stages.written(prompts, task.pivot_generation, chat=chat, what=what)
    pairs = zip(asked, written, strict=True)
    return known | {each.id: _pivot(task, text, strategy) for each, text in pairs}, oom_splits


def _pivot(task: Task, written: str | None, strategy: Strategy) -> PivotTranslation:
    if written is None or strategy.bridge is None:
        return PivotTranslation(problem="too_long")
    text = task.pivot_translation(written)
    if not text:
        unfinished = unfinished_thinking(written)
        return PivotTranslation(problem="unfinished_thinking" if unfinished else "no_pivot")
    problem: Problem | None = "pivot_repeats" if repeats(text) else None
    return PivotTranslation(PivotContext(strategy.bridge, text, strategy.keep_source), problem)


def _answers(
    stages: Stages, task: Task, items: Sequence[Item], prompts: Sequence[str], what: str, chat: bool
) -> tuple[dict[str, _Answer], int]:
    if task.answering == "likelihood":
        options = [task.choices(each) for each in items]
        scored, oom_splits = stages.likelihoods(prompts, options, chat=chat, what=what)
        chosen = zip(items, scored, strict=True)
        return {each.id: _likeliest(each, values) for each, values in chosen}, oom_splits
    written, oom_splits = stages.written(prompts, task.generation, chat=chat, what=what)
    pairs = zip(items, written, strict=True)
    return {each.id: _read(task, each, text) for each, text in pairs}, oom_splits


def _likeliest(item: Item, values: tuple[float, ...] | None) -> _Answer:
    if values is None:
        return _Answer(problem="too_long")
    best = max(range(len(values)), key=values.__getitem__)
    return _Answer(likelihoods=values, answer=item.options[best])


def _read(task: Task, item: Item, written: str | None) -> _Answer:
    if written is None:
        return _Answer(problem="too_long")
    answer = task.answer(item, written)
    problem: Problem | None = None
    if repeats(written.rstrip()):
        problem = "repeats"
    elif unfinished_thinking(written):
        problem = "unfinished_thinking"
    elif not without_thinking(written).strip():
        problem = "empty"
    elif answer is None:
        problem = "unreadable"
    return _Answer(written, None, answer, problem)


def _outcome(task: Task, item: Item, prepared: Prepared, answer: _Answer) -> Outcome:
    pivot_generation = prepared.pivots.get(item.id, PivotTranslation())
    return Outcome(
        item=item.id,
        prompt=prepared.prompts.get(item.id, ""),
        pivot=pivot_generation.pivot.text if pivot_generation.pivot else None,
        written=answer.written,
        likelihoods=answer.likelihoods,
        answer=answer.answer,
        accepted=item.accepted,
        score=0.0 if answer.answer is None else task.score(item, answer.answer),
        problem=answer.problem or pivot_generation.problem,
    )
