"""Running a task with a strategy: pivot translations, prompts, answers, outcomes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bridgex.conversation import Prompt
from bridgex.errors import RequestError
from bridgex.evaluation.strategies import Strategy
from bridgex.generation import repeats
from bridgex.lm.backend import Generated, ScoredOptions
from bridgex.session import ModelSession
from bridgex.tasks.base import Item, PivotContext, Task
from bridgex.tasks.outcomes import Outcome, Problem
from bridgex.tasks.parsing import unfinished_thinking, without_thinking


@dataclass(frozen=True)
class Run:
    """A task run with a strategy.

    Attributes:
        strategy: how it was prompted.
        outcomes: one per item of the task, in its order.
        shots: solved examples before each prompt.
        pivot_shots: solved pivot translations before each prompt for one.
        oom_splits: answers whose batch was split for lack of memory.
    """

    strategy: Strategy
    outcomes: tuple[Outcome, ...]
    shots: int
    pivot_shots: int
    oom_splits: int

    @property
    def scores(self) -> list[float]:
        """Score of each item."""
        return [outcome.score for outcome in self.outcomes]

    @property
    def problems(self) -> Mapping[Problem, int]:
        """How many items had which problem."""
        return dict(Counter(outcome.problem for outcome in self.outcomes if outcome.problem))


@dataclass(frozen=True)
class PivotTranslation:
    """A context in the bridge language; without one there is no prompt to be made."""

    context: PivotContext | None = None
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
        prompts: item id → prompt; without the items whose context has no pivot translation.
        pivots: item id → what became of its context.
        shots: solved examples before each prompt.
        pivot_shots: solved pivot translations before each prompt for one.
        oom_splits: pivot translations whose batch was split for lack of memory.
    """

    prompts: Mapping[str, Prompt]
    pivots: Mapping[str, PivotTranslation]
    shots: int
    pivot_shots: int
    oom_splits: int


def require_shots(task: Task, shots: int) -> None:
    """Refuse more solved examples than a task has, before the model is asked anything.

    Raises:
        RequestError: there are fewer.
    """
    if shots > len(task.examples):
        most = len(task.examples)
        raise RequestError(
            f"{task.name} has {most or 'no'} solved examples for "
            f"{task.source.name}–{task.target.name}; "
            f"{f'use --shots {most} or fewer' if most else 'leave out --shots'}."
        )


def prepare(
    session: ModelSession, task: Task, strategy: Strategy, *, shots: int = 0, chat: bool = False
) -> Prepared:
    """Let the model translate every context into the bridge language, and make the prompts.

    Pivot translations do not depend on what is then asked, so strategies and tasks that need the
    same ones share them.

    Args:
        session: the model.
        task: the items.
        strategy: how to prompt.
        shots: solved examples before each prompt, from the task's examples.
        chat: whether prompts are wrapped in the model's chat template.

    Raises:
        RequestError: more shots than the task has examples.
        ModelError: the model cannot be loaded, or has no chat template.
    """
    require_shots(task, shots)
    task = replace(task, chat=chat)
    examples = task.examples[:shots]
    bridge = strategy.bridge
    solved = task.pivot_examples(bridge)[:shots] if bridge else ()
    pivots, oom_splits = _pivots(
        session, task, strategy, (*examples, *task.items), solved, chat=chat
    )

    def prompted(items: Sequence[Item]) -> list[tuple[Item, str]]:
        """Return the prompt of each item that has one."""
        contexts = [(item, pivots[item.id].context) for item in items]
        return [
            (item, task.prompt(item, context))
            for item, context in contexts
            if context or not bridge
        ]

    shown = [(prompt, task.solution(item)) for item, prompt in prompted(examples)]
    prompts = {
        item.id: task.joined(task.form, shown, prompt) for item, prompt in prompted(task.items)
    }
    return Prepared(prompts, pivots, len(shown), len(solved), oom_splits)


def run(
    session: ModelSession, task: Task, strategy: Strategy, *, shots: int = 0, chat: bool = False
) -> Run:
    """Run a task with a strategy; what was asked before comes from the store.

    Pivot translations first, then answers: two calls of the model, each with all prompts at once.
    Takes and raises what `prepare` does.
    """
    prepared = prepare(session, task, strategy, shots=shots, chat=chat)
    task = replace(task, chat=chat)
    asked = [item for item in task.items if item.id in prepared.prompts]
    prompts = [prepared.prompts[item.id] for item in asked]
    what = f"{task.name}: {strategy}"
    answers, oom_splits = _answers(session, task, asked, prompts, what, chat=chat)
    outcomes = tuple(
        _outcome(task, item, prepared, answers.get(item.id, _Answer())) for item in task.items
    )
    return Run(
        strategy, outcomes, prepared.shots, prepared.pivot_shots, prepared.oom_splits + oom_splits
    )


def _pivots(
    session: ModelSession,
    task: Task,
    strategy: Strategy,
    items: Sequence[Item],
    solved: Sequence[tuple[str, str]],
    *,
    chat: bool,
) -> tuple[dict[str, PivotTranslation], int]:
    """Return each context in the bridge: of examples as a dictionary has it, else generated."""
    bridge = strategy.bridge
    if bridge is None:
        return {item.id: PivotTranslation() for item in items}, 0
    known = {
        item.id: PivotTranslation(PivotContext(bridge, text, strategy.keep_source))
        for item in task.examples
        if (text := task.known_pivot(item, bridge))
    }
    asked = [item for item in items if item.id not in known]
    prompts = [
        task.joined(task.pivot_form, solved, task.pivot_prompt(item, bridge)) for item in asked
    ]
    what = f"{task.name}: {task.source.name} into {bridge.name}"
    generated = session.generate(prompts, task.spec(task.pivot_generation), chat=chat, what=what)
    made = {
        item.id: _pivot(task, item, text.text, strategy)
        for item, text in zip(asked, generated, strict=True)
    }
    return known | made, sum(text.oom_split for text in generated)


def _pivot(task: Task, item: Item, generated: str | None, strategy: Strategy) -> PivotTranslation:
    if generated is None or strategy.bridge is None:
        return PivotTranslation(problem="too_long")
    text = task.pivot_translation(item, strategy.bridge, generated)
    if not text:
        unfinished = unfinished_thinking(generated)
        return PivotTranslation(problem="unfinished_thinking" if unfinished else "no_pivot")
    problem: Problem | None = "pivot_repeats" if repeats(text) else None
    return PivotTranslation(PivotContext(strategy.bridge, text, strategy.keep_source), problem)


def _answers(
    session: ModelSession,
    task: Task,
    items: Sequence[Item],
    prompts: Sequence[Prompt],
    what: str,
    *,
    chat: bool,
) -> tuple[dict[str, _Answer], int]:
    if task.answering == "likelihood":
        options = [task.choices(item) for item in items]
        scored = session.score(prompts, options, chat=chat, what=what)
        chosen = {
            item.id: _likeliest(item, some, values)
            for item, some, values in zip(items, options, scored, strict=True)
        }
        return chosen, sum(values.oom_split for values in scored)
    generated = session.generate(prompts, task.spec(task.generation), chat=chat, what=what)
    read = {item.id: _read(task, item, text) for item, text in zip(items, generated, strict=True)}
    return read, sum(text.oom_split for text in generated)


def _likeliest(item: Item, options: Sequence[str], scored: ScoredOptions) -> _Answer:
    if scored.nats is None:
        return _Answer(problem="too_long")
    values = tuple(
        nats / len(option.strip().encode())
        for nats, option in zip(scored.nats, options, strict=True)
    )
    best = max(range(len(values)), key=values.__getitem__)
    return _Answer(likelihoods=values, answer=item.options[best])


def _read(task: Task, item: Item, generated: Generated) -> _Answer:
    text = generated.text
    if text is None:
        return _Answer(problem="too_long")
    if not text.strip():
        return _Answer(text, problem="empty")
    answer = task.answer(item, text)
    problem: Problem | None = None
    if repeats(text.rstrip()):
        problem = "repeats"
    elif unfinished_thinking(text):
        problem = "unfinished_thinking"
    elif not without_thinking(text).strip():
        problem = "empty"
    elif answer is None:
        problem = "unreadable"
    else:
        problem = task.fault(item, text, answer)
    return _Answer(text, None, answer, problem)


def _outcome(task: Task, item: Item, prepared: Prepared, answer: _Answer) -> Outcome:
    pivot = prepared.pivots.get(item.id, PivotTranslation())
    return Outcome(
        item=item.id,
        prompt=str(prepared.prompts.get(item.id, "")),
        pivot=pivot.context.text if pivot.context else None,
        written=answer.written,
        likelihoods=answer.likelihoods,
        answer=answer.answer,
        accepted=item.accepted,
        score=0.0 if answer.answer is None else task.score(item, answer.answer),
        problem=answer.problem or pivot.problem,
    )
