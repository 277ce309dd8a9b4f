"""Tasks as lm-evaluation-harness runs them: a YAML file and a file of documents for each strategy.

lm-eval generates in one step, so what a bridged prompt needs of the model beforehand, the pivot
translations, is written into the documents.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from bridgex.errors import RequestError
from bridgex.evaluation.options import rule_of
from bridgex.evaluation.run import Prepared, prepare
from bridgex.evaluation.settings import TaskSettings
from bridgex.evaluation.strategies import DIRECT, Combination, Strategy
from bridgex.experiments.evaluate import Plan
from bridgex.interop.lm_eval.documents import METRICS, Asked, Document, Header, exportable
from bridgex.session import ModelSession
from bridgex.storage.outputs import write_together
from bridgex.tasks.base import Task
from bridgex.tasks.bli import Bli
from bridgex.tasks.items import Item
from bridgex.version import __version__

CODE = "bridgex_tasks.py"
"""What the YAML files call; a copy of it goes beside them."""


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        tag: lm-eval's name for all of them together.
        tasks: strategy → lm-eval's name of its task.
        notes: what a reader should know.
    """

    tag: str
    tasks: Mapping[str, str]
    notes: tuple[str, ...]


def export_tasks(
    session: ModelSession, plan: Plan, folder: Path, asking: TaskSettings | None = None
) -> Exported:
    """Write a task under every strategy of a plan, for ``lm_eval --include_path FOLDER``.

    Args:
        session: the model, which makes the pivot translations.
        plan: from `bridgex.experiments.evaluate.plan_evaluation`.
        folder: where the files go; others in it stay.
        asking: how the task was asked for.

    Raises:
        RequestError: prompts of a chat, an option's rule that lm-eval does not know, a route, or a
            combination that has free answers scored once they are written.
        BridgexError: as `bridgex.evaluate`.
    """
    how = asking or TaskSettings()
    if how.chat:
        raise RequestError(
            "Prompts are exported as text, and lm_eval puts them into a chat itself; leave out the "
            "chat here and give --apply_chat_template there."
        )
    usual = rule_of(plan.task, how.shots)
    rule = usual if usual is None or usual in METRICS else "sum"
    task = replace(plan.task, scoring=rule)
    strategies = tuple(dict.fromkeys(map(exportable, plan.strategies.values())))
    for strategy in strategies:
        _require_known(task, strategy, how)
    tag = _name("bridgex", task.name, task.source.code, task.target.code)
    ways = dict.fromkeys([DIRECT, *(way for each in strategies for way in each.asked)])
    prepared = {way: prepare(session, task, way, shots=how.shots) for way in ways}
    contents = {CODE: resources.files(__package__).joinpath(CODE).read_bytes()}
    tasks = {str(strategy): _name(tag, str(strategy)) for strategy in strategies}
    for strategy in strategies:
        name = tasks[str(strategy)]
        documents = _documents(task, strategy, prepared, how.shots)
        lines = (json.dumps(asdict(each), ensure_ascii=False) for each in documents)
        contents[f"{name}.jsonl"] = "".join(f"{line}\n" for line in lines).encode()
        contents[f"{name}.yaml"] = _yaml(_settings(name, tag, task, strategy)).encode()
    write_together(folder, contents)
    instead = (
        f"Options of {task.name} are scored by {usual} here, which lm-eval does not know; its "
        f"samples are judged by {rule}.",
    ) * (usual != rule)
    return Exported(tag, tasks, (*plan.notes, *instead))


def _require_known(task: Task, strategy: Strategy | Combination, asking: TaskSettings) -> None:
    """Refuse what lm-eval cannot compute, before the model is asked anything."""
    rules = [asking.scoring]
    if isinstance(strategy, Combination):
        rules.append(strategy.scoring)
        if strategy.pooling != "vote" and task.answering == "generate":
            raise RequestError(
                f"{strategy} lets the model score free answers once all are written, which lm-eval "
                f"does not do; export vote:{strategy.members_label} instead."
            )
    for rule in rules:
        if rule is not None and rule not in METRICS:
            raise RequestError(
                f"lm-eval does not score options by {rule}; use one of {', '.join(METRICS)}."
            )


def _documents(
    task: Task, strategy: Strategy | Combination, prepared: Mapping[Strategy, Prepared], shots: int
) -> list[Document]:
    header = Header(
        task=task.name,
        source=task.source.code,
        target=task.target.code,
        strategy=str(strategy),
        style=task.style,
        instruction_language=task.instructed_in,
        answering=task.answering,
        scoring=task.scoring,
        convert_chinese=isinstance(task, Bli) and task.convert_chinese,
        shots=shots,
        items=len(task.items),
        digest=task.digest,
        version=__version__,
    )
    delimiter = _delimiter(task, strategy)
    return [_document(task, item, strategy, prepared, header, delimiter) for item in task.items]


def _document(
    task: Task,
    item: Item,
    strategy: Strategy | Combination,
    prepared: Mapping[Strategy, Prepared],
    header: Header,
    delimiter: str,
) -> Document:
    asked = tuple(_asked(task, item, way, prepared, delimiter) for way in strategy.asked)
    right = (at for at, option in enumerate(item.options) if option in item.accepted)
    return Document(
        id=item.id,
        context=item.context,
        query=item.query,
        accepted=item.accepted,
        options=item.options,
        asked=asked,
        gold=(tuple(right) if asked[0].counts else (-1,))
        if task.answering == "likelihood"
        else None,
        bridgex=header,
    )


def _asked(
    task: Task, item: Item, way: Strategy, prepared: Mapping[Strategy, Prepared], delimiter: str
) -> Asked:
    made = prepared[way]
    pivot = made.pivots[item.id]
    prompt = made.prompts.get(item.id, prepared[DIRECT].prompts[item.id])
    choices = None
    if task.answering == "likelihood":
        follow = task.through(way.bridge).choices(item)
        choices = tuple(choice.removeprefix(delimiter) for choice in follow)
    text = pivot.context.text if pivot.context else None
    return Asked(str(way), str(prompt), choices, text, pivot.problem)


def _delimiter(task: Task, strategy: Strategy | Combination) -> str:
    """Return what stands between prompts and options; lm-eval counts the rest as their length."""
    asked = (task.through(way.bridge) for way in strategy.asked)
    choices = (choice for each in asked for item in task.items for choice in each.choices(item))
    return " " if all(choice.startswith(" ") for choice in choices) else ""


def _settings(name: str, tag: str, task: Task, strategy: Strategy | Combination) -> dict[str, Any]:
    """Return the settings of a task as lm-eval has them."""
    scored = task.answering == "likelihood"
    judged = not scored or isinstance(strategy, Combination)
    spec = task.spec(task.generation)
    return {
        "task": name,
        "tag": tag,
        **({"class": _Code("Judged")} if judged else {}),
        "custom_dataset": _Code("read"),
        "dataset_kwargs": {"file": f"{name}.jsonl"},
        "test_split": "test",
        "output_type": "multiple_choice" if scored else "generate_until",
        "doc_to_text": "{{asked[0].prompt}}",
        "doc_to_target": "gold" if scored else "accepted",
        "target_delimiter": _delimiter(task, strategy) if scored else "",
        "num_fewshot": 0,
        **({"doc_to_choice": "{{asked[0].choices}}"} if scored else _generation(spec.max_tokens)),
        **({} if judged else {"metric_list": [_metric(each) for each in METRICS.values()]}),
        "metadata": {"version": 1},
    }


def _generation(tokens: int) -> dict[str, Any]:
    # Without stops: ours ignore white space before an answer, and are applied when it is read.
    return {
        "generation_kwargs": {
            "until": [],
            "max_gen_toks": tokens,
            "do_sample": False,
            "temperature": 0,
        }
    }


def _metric(name: str) -> dict[str, Any]:
    return {"metric": name, "aggregation": "mean", "higher_is_better": True}


class _Code(str):
    """The name of something in `CODE`."""

    __slots__ = ()


def _yaml(settings: Mapping[str, Any]) -> str:
    """Return settings as YAML, of which JSON is a part."""
    return "".join(
        f"{key}: !function {Path(CODE).stem}.{value}\n"
        if isinstance(value, _Code)
        else f"{key}: {json.dumps(value, ensure_ascii=False)}\n"
        for key, value in settings.items()
    )


def _name(*parts: str) -> str:
    """Return a name that is one for lm-eval's command line and for file systems."""
    return re.sub(r"[^a-z0-9]+", "_", "_".join(parts).lower()).strip("_")
