"""Running a task with a strategy: pivot translations, prompts, answers, outcomes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bridgex.conversation import Prompt
from bridgex.errors import RequestError
from bridgex.evaluation.options import (
    Prompts,
    calibrators,
    choices_of,
    rule_of,
    score_options,
)
from bridgex.evaluation.strategies import AnyStrategy, Strategy
from bridgex.generation import GenerationSpec, repeats
from bridgex.languages import Language
from bridgex.session import ModelSession
from bridgex.tasks.base import Task
from bridgex.tasks.items import Item, PivotContext
from bridgex.tasks.outcomes import Outcome, Problem
from bridgex.tasks.parsing import unfinished_thinking, without_thinking
from bridgex.tasks.scoring import OptionScores, Rule


@dataclass(frozen=True)
class Run:
    """A task run with a strategy.

    Attributes:
        strategy: how it was prompted.
        outcomes: one per item of the task, in its order.
        shots: solved examples before each prompt.
        pivot_shots: solved pivot translations before each prompt for one.
        oom_splits: answers whose batch was split for lack of memory.
        rule: by which an option was the answer; None where answers were generated.
    """

    strategy: AnyStrategy
    outcomes: tuple[Outcome, ...]
    shots: int
    pivot_shots: int
    oom_splits: int
    rule: Rule | None = None

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
class Answer:
    """What was read off an answer.

    Attributes:
        written: what the model wrote; None where options were scored.
        scored: how likely each option was; None where the model wrote.
        answer: the answer; None where there is none.
        problem: what was wrong with the answering itself.
    """

    written: str | None = None
    scored: OptionScores | None = None
    answer: str | None = None
    problem: Problem | None = None


@dataclass(frozen=True)
class Prepared:
    """A task's prompts under a strategy, ready to be answered.

    Attributes:
        prompts: item id → prompt; without the items whose context has no pivot translation.
        neutral: the same about an empty context; without those of which nothing is left.
        calibrators: the same of development items that labels are compared on.
        pivots: item id → what became of its context.
        shots: solved examples before each prompt.
        pivot_shots: solved pivot translations before each prompt for one.
        oom_splits: pivot translations whose batch was split for lack of memory.
    """

    prompts: Mapping[str, Prompt]
    neutral: Mapping[str, Prompt]
    calibrators: Mapping[str, Prompt]
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
    examples, compared = task.examples[:shots], calibrators(task, shots)
    bridge = strategy.bridge
    task = task.through(bridge)
    solved = task.pivot_examples(bridge)[:shots] if bridge else ()
    contexts = {item.id: item for item in (*examples, *task.items, *compared)}
    pivots, oom_splits = _pivots(
        session, task, strategy, tuple(contexts.values()), solved, chat=chat
    )
    translated = {name: pivot.context for name, pivot in pivots.items()}
    shown = [
        (task.prompt(item, translated[item.id]), task.solution(item))
        for item in examples
        if translated[item.id] or not bridge
    ]

    def prompted(items: Sequence[Item], *, neutral: bool = False) -> dict[str, Prompt]:
        """Return the prompt of each item that has one."""
        prompts = {}
        for item in items:
            pivot = translated[item.id]
            if bridge and not pivot:
                continue
            prompt = (
                task.prompt(task.neutral(item), pivot and replace(pivot, text=""))
                if neutral
                else task.prompt(item, pivot)
            )
            if prompt.strip() or not neutral:
                prompts[item.id] = task.joined(task.form, shown, prompt)
        return prompts

    return Prepared(
        prompted(task.items),
        prompted(task.items, neutral=True),
        prompted(compared),
        pivots,
        len(shown),
        len(solved),
        oom_splits,
    )


def ask_together(
    session: ModelSession, task: Task, strategies: Iterable[Strategy], *, chat: bool = False
) -> None:
    """Ask what several strategies ask in two calls of the model: pivot translations, then answers.

    `run` finds them in the store. It is for prompts without solved examples: those are read once
    for all prompts of one strategy only. What is answered by likelihood is left to `run`.

    Args:
        session: the model.
        task: the items.
        strategies: how they are prompted.
        chat: whether prompts are wrapped in the model's chat template.

    Raises:
        ModelError: the model cannot be loaded, or has no chat template.
    """
    ways = {way: replace(task, chat=chat).through(way.bridge) for way in strategies}
    pivots: dict[GenerationSpec, list[Prompt]] = {}
    for way, asked in ways.items():
        if way.bridge:
            items = {item.id: item for item in (*task.items, *calibrators(asked, 0))}
            prompts = _pivot_prompts(asked, way.bridge, items.values(), ())
            pivots.setdefault(asked.spec(asked.pivot_generation), []).extend(prompts.values())
    for spec, texts in pivots.items():
        session.generate(texts, spec, chat=chat, what=f"{task.name}: pivot translations")
    if task.answering != "generate":
        return
    answers: dict[GenerationSpec, list[Prompt]] = {}
    for way, asked in ways.items():
        prepared = prepare(session, asked, way, chat=chat)
        answers.setdefault(asked.spec(asked.generation), []).extend(prepared.prompts.values())
    for spec, texts in answers.items():
        session.generate(texts, spec, chat=chat, what=f"{task.name}: answers")


def run(
    session: ModelSession, task: Task, strategy: Strategy, *, shots: int = 0, chat: bool = False
) -> Run:
    """Run a task with a strategy; what was asked before comes from the store.

    Pivot translations first, then answers: two calls of the model, each with all prompts at once.
    Takes and raises what `prepare` does.
    """
    task = task.through(strategy.bridge)
    rule = rule_of(task, shots)
    prepared = prepare(session, task, strategy, shots=shots, chat=chat)
    task = replace(task, chat=chat)
    what = f"{task.name}: {strategy}"
    answers, oom_splits = _answers(session, task, prepared, rule, what, chat=chat)
    outcomes = tuple(
        outcome_of(
            task,
            item,
            str(prepared.prompts.get(item.id, "")),
            prepared.pivots.get(item.id, PivotTranslation()),
            answers.get(item.id, Answer()),
        )
        for item in task.items
    )
    return Run(
        strategy,
        outcomes,
        prepared.shots,
        prepared.pivot_shots,
        prepared.oom_splits + oom_splits,
        rule,
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
    prompts = _pivot_prompts(task, bridge, items, solved)
    what = f"{task.name}: {task.source.name} into {bridge.name}"
    generated = session.generate(
        list(prompts.values()), task.spec(task.pivot_generation), chat=chat, what=what
    )
    asked = {item.id: item for item in items}
    made = {
        name: _pivot(task, asked[name], text.text, strategy)
        for name, text in zip(prompts, generated, strict=True)
    }
    return known | made, sum(text.oom_split for text in generated)


def _pivot_prompts(
    task: Task, bridge: Language, items: Iterable[Item], solved: Sequence[tuple[str, str]]
) -> dict[str, Prompt]:
    """Return item id → prompt for its translation; a dictionary states those of some examples."""
    known = {item.id for item in task.examples if task.known_pivot(item, bridge)}
    return {
        item.id: task.joined(task.pivot_form, solved, task.pivot_prompt(item, bridge))
        for item in items
        if item.id not in known
    }


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
    prepared: Prepared,
    rule: Rule | None,
    what: str,
    *,
    chat: bool,
) -> tuple[dict[str, Answer], int]:
    asked = [item for item in task.items if item.id in prepared.prompts]
    if rule is not None:
        prompts = Prompts(prepared.prompts, prepared.neutral, prepared.calibrators)
        choices = choices_of(task)
        scored, oom_splits = score_options(session, choices, prompts, chat=chat, what=what)
        return {item.id: chosen_option(rule, item, scored[item.id]) for item in asked}, oom_splits
    texts = [prepared.prompts[item.id] for item in asked]
    generated = session.generate(texts, task.spec(task.generation), chat=chat, what=what)
    read = {
        item.id: read_answer(task, item, made.text)
        for item, made in zip(asked, generated, strict=True)
    }
    return read, sum(text.oom_split for text in generated)


def chosen_option(rule: Rule, item: Item, scored: OptionScores | None) -> Answer:
    """Return the option that a rule chooses; None where the prompt was too long to score."""
    if scored is None:
        return Answer(problem="too_long")
    return Answer(scored=scored, answer=item.options[scored.best(rule)])


def read_answer(task: Task, item: Item, text: str | None) -> Answer:
    """Read the answer off what the model wrote; None where the prompt was too long."""
    if text is None:
        return Answer(problem="too_long")
    if not text.strip():
        return Answer(text, problem="empty")
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
    return Answer(text, None, answer, problem)


def outcome_of(
    task: Task, item: Item, prompt: str, pivot: PivotTranslation, answer: Answer
) -> Outcome:
    """Return what became of an item, judged; without a prompt there is no answer."""
    return Outcome(
        item=item.id,
        prompt=prompt,
        pivot=pivot.context.text if pivot.context else None,
        written=answer.written,
        scored=answer.scored,
        answer=answer.answer,
        accepted=item.accepted,
        score=0.0 if answer.answer is None else task.score(item, answer.answer),
        problem=answer.problem or pivot.problem,
        options=item.options,
    )
