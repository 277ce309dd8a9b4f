"""Studies without a model: plans, and cases made up from their keys."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from bridgex.bridges import BridgeRanking, Score, Verdict
from bridgex.evaluation.results import StrategyResult
from bridgex.evaluation.settings import TaskSettings
from bridgex.evaluation.significance import accuracy_difference, wilson
from bridgex.experiments.case import BEST_BRIDGE, BEST_PER_ITEM, Case, Chosen
from bridgex.experiments.measures import judge
from bridgex.experiments.study.file import Study, StudyModel, StudyTask
from bridgex.experiments.study.folder import StudyFolder
from bridgex.experiments.study.plan import Cell, Plan
from bridgex.inputs import Texts
from bridgex.languages import find
from bridgex.session import Cost
from bridgex.tasks.outcomes import Measure, Outcome

ITEMS = 8


def plan_of(
    pairs: Sequence[str],
    tasks: Sequence[str] = ("bli",),
    models: Sequence[str] = ("one",),
    changed: Mapping[str, object] | None = None,
) -> Plan:
    """Return a plan whose models are never looked for."""
    study = Study(
        pairs=list(pairs),
        candidates=["en", "es", "it"],
        models=[StudyModel(name=name) for name in models],
        tasks=[StudyTask(name=name) for name in tasks],
        choosers=["english", "random"],
    )
    cells = [
        cell_of(model, pair, task, study, changed or {})
        for model in study.models
        for pair in pairs
        for task in study.tasks
    ]
    return Plan(study, tuple(cells), study.each_chooser())


def cell_of(
    of: StudyModel, pair: str, task: StudyTask, study: Study, changed: Mapping[str, object]
) -> Cell:
    source, target = (find(code) for code in pair.split("-"))
    candidates = study.bridges((source, target))
    settings = {
        "model": {"digest": of.name, "dtype": "float32"},
        "pair": [source.code, target.code],
        "candidates": [each.code for each in candidates],
        "strategies": [],
        "task": task.name,
        "asking": {"items": ITEMS, "shots": 0, "answer": None, "prompt": "default", "chat": False},
        "development": 5,
        **changed,
    }
    pair_ = (source, target)
    return Cell(of, pair_, task, candidates, TaskSettings(items=ITEMS), Texts(), settings)


def made(cell: Cell) -> Case:
    """Return a case whose outcomes are drawn from its key."""
    draw = Random(cell.key)  # noqa: S311
    names = ["direct", *(f"bridge:{each.code}" for each in cell.candidates)]
    scores = {name: [float(draw.random() < 0.5) for _ in range(ITEMS)] for name in names}
    results = tuple(_result(name, scores) for name in names)
    accuracy = {each.code: results[at].value for at, each in enumerate(cell.candidates, start=1)}
    first = draw.choice(sorted(accuracy))
    ranking = BridgeRanking(
        pair=(cell.pair[0].code, cell.pair[1].code),
        scores={code: Score(float(code == first)) for code in accuracy},
        layers=(),
        skipped={},
        anchor={},
        anchor_removed=0,
        matched={},
        differences={},
        verdict=Verdict("clear", (first,), f"{first} was drawn."),
        level=0.9,
        notes=(),
        provenance={},
        signature="drawn",
    )
    judgement = judge(
        ranking,
        accuracy,
        direct=results[0].value,
        differs_significantly=False,
        direct_advised=False,
    )
    return Case(
        model=f"{cell.model.name}@abc float32",
        pair=ranking.pair,
        task=cell.task.name,
        metric="accuracy",
        digest=cell.key,
        items=ITEMS,
        development=5,
        results=results,
        chosen={"random": Chosen(ranking, f"bridge:{first}", judgement, Cost(3, 4))},
        gaps={"english": "=not among the candidates"},
        costs={each.name: Cost(ITEMS, ITEMS) for each in results},
        bounds={BEST_BRIDGE: max(accuracy.values()), BEST_PER_ITEM: 1.0},
        settings=cell.settings,
        provenance={
            "notes": ["made up"],
            "texts": None,
            "words": None,
            "model": {"libraries": "torch 2.13.0"},
            "processor": "x86_64",
        },
    )


def _result(name: str, scores: dict[str, list[float]]) -> StrategyResult:
    own = scores[name]
    rivals = [each for each in ("direct", "bridge:en") if each in scores and each != name]
    return StrategyResult(
        name,
        name,
        (Measure("accuracy", sum(own) / len(own)),),
        {"accuracy": wilson(int(sum(own)), len(own))},
        {each: {"accuracy": accuracy_difference(own, scores[each])} for each in rivals},
        {},
        None,
        tuple(
            Outcome(f"w{at}", f"prompt {at} {name}", None, "answer", None, "a", ("a",), score, None)
            for at, score in enumerate(own)
        ),
    )


def done(root: Path, plan: Plan, keep: Sequence[int] | None = None) -> StudyFolder:
    """Return the folder of a study of which all cells, or some, are done."""
    folder = StudyFolder(root, "made")
    folder.put_plan(plan)
    for at, cell in enumerate(plan.cells):
        if keep is None or at in keep:
            folder.put(cell.key, made(cell))
    return folder
