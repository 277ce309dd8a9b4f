"""Tasks for lm-evaluation-harness: its own rendering of them, its samples, its own run."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml

from bridgex.api import Session, load
from bridgex.cli import app
from bridgex.errors import RequestError, ResultError
from bridgex.evaluation.results import Evaluation
from bridgex.evaluation.run import prepare
from bridgex.evaluation.settings import TaskSettings
from bridgex.evaluation.strategies import DIRECT
from bridgex.experiments.evaluate import Plan, plan_evaluation
from bridgex.generation import GenerationSpec
from bridgex.inputs import Texts
from bridgex.interop.lm_eval.documents import read_document
from bridgex.interop.lm_eval.export import CODE, Exported, export_tasks
from bridgex.interop.lm_eval.judge import aggregations, judge
from bridgex.interop.lm_eval.samples import read_samples
from bridgex.languages import find
from bridgex.report.html import report_page
from bridgex.storage.store import Store
from bridgex.tasks.base import Task
from bridgex.tasks.outcomes import Outcome
from bridgex.tasks.parsing import LINE
from bridgex.tasks.topic import Topic
from bridgex.tasks.translation import Translation
from tests.cli.running import RUNNER, refused
from tests.evaluation.test_options import topics
from tests.experiments.test_combined import small

SCORED = TaskSettings(scoring="sum")
WRITTEN = TaskSettings(shots=1)
PAIRS = {"topic": ("de", "en"), "bli": ("id", "he")}
WAYS = {
    "topic": ["direct", "bridge:fr", "replace:fr", "average:direct+fr", "vote:direct+es+fr"],
    "bli": ["direct", "bridge:en", "vote:direct+en+es"],
}


def folders(root: Path) -> dict[str, Path]:
    return {name: root / name for name in PAIRS}


@pytest.fixture(scope="module")
def session(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Session:
    return Session(str(tiny_folder), dtype="float32", store=Store(tmp_path_factory.mktemp("store")))


def planned(session: Session, name: str, ways: Sequence[str], how: TaskSettings) -> Plan:
    return plan_evaluation(
        session,
        *PAIRS[name],
        task=asked_of(name),
        strategies=ways,
        candidates=None,
        chooser="internal",
        texts=Texts(),
        settings="default",
        asking=how,
    )


@dataclass(frozen=True, kw_only=True)
class Brief(Topic):
    """Topics whose pivot translations are short, since a tiny model never stops by itself."""

    pivot_generation: ClassVar[GenerationSpec] = GenerationSpec(6, LINE)


def asked_of(name: str) -> Task:
    if name == "bli":
        return replace(small(), development=())
    made = topics()
    return Brief(
        source=made.source,
        target=made.target,
        items=made.items[:5],
        examples=made.examples,
        answering="likelihood",
    )


@pytest.fixture(scope="module")
def done(
    session: Session, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Path, Exported, Evaluation]]:
    """Task → where it was exported to, what was, and our own evaluation."""
    made = {}
    for name, how in (("topic", SCORED), ("bli", WRITTEN)):
        folder = tmp_path_factory.mktemp(name)
        exported = export_tasks(session, planned(session, name, WAYS[name], how), folder, how)
        ours = session.evaluate(
            *PAIRS[name], task=asked_of(name), strategies=list(exported.tasks), asking=how
        )
        made[name] = folder, exported, ours
    return made


Done = dict[str, tuple[Path, Exported, Evaluation]]


def documents(folder: Path, name: str) -> list[dict[str, Any]]:
    lines = (folder / f"{name}.jsonl").read_text("utf-8").split("\n")
    return [json.loads(line) for line in lines if line]


def sample(at: int, doc: Mapping[str, Any], outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    """What lm-eval writes of a document, had it our model: numbers are strings."""
    arguments, responses = [], list[list[Any]]()
    for asked in doc["asked"]:
        ours = outcomes[asked["strategy"]]
        for place, choice in enumerate(asked["choices"] or [None]):
            arguments.append([asked["prompt"], f" {choice}" if choice else {"until": []}])
            if choice is None:
                responses.append([ours.written or ""])
            else:
                nats = ours.scored.nats[place] if ours.scored else -1.0
                responses.append([[str(nats), "False"]])
    return {
        "doc_id": at,
        "doc": doc,
        "target": "",
        "arguments": {
            f"gen_args_{one}": {f"arg_{two}": value for two, value in enumerate(values)}
            for one, values in enumerate(arguments)
        },
        "resps": responses,
        "filter": "none",
    }


def members(session: Session, name: str, how: TaskSettings) -> dict[str, dict[str, Outcome]]:
    """Item → strategy → what became of it, of every strategy that is asked."""
    single = {"topic": ["direct", "bridge:fr", "replace:fr", "bridge:es"]}.get(
        name, ["direct", "bridge:en", "bridge:es"]
    )
    ours = session.evaluate(*PAIRS[name], task=asked_of(name), strategies=single, asking=how)
    found: dict[str, dict[str, Outcome]] = {}
    for result in ours.results:
        for outcome in result.outcomes:
            found.setdefault(outcome.item, {})[result.strategy] = outcome
    return found


Change = Callable[[list[dict[str, Any]]], None]


def written(
    to: Path, done: Done, session: Session, name: str, change: Change | None = None
) -> list[Path]:
    """Write the samples of every exported strategy; the first file's are changed."""
    folder, exported, _ = done[name]
    outcomes = members(session, name, SCORED if name == "topic" else WRITTEN)
    paths = list[Path]()
    for task in exported.tasks.values():
        rows = [
            sample(at, doc, outcomes[doc["id"]]) for at, doc in enumerate(documents(folder, task))
        ]
        if change and not paths:
            change(rows)
        path = to / f"samples_{task}_2026-11-28T12-00-00.000000.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        paths.append(path)
    return paths


class Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads the YAML files; functions by their names."""


Loader.add_constructor("!function", lambda loader, node: str(loader.construct_scalar(node)))


@pytest.mark.parametrize("name", PAIRS)
def test_lm_evals_own_rendering_is_our_prompt(done: Done, session: Session, name: str) -> None:
    jinja2 = pytest.importorskip("jinja2")
    # As lm_eval.utils makes it; the package itself needs more than the tests install.
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    folder, exported, _ = done[name]
    how = SCORED if name == "topic" else WRITTEN
    task = replace(asked_of(name), scoring=how.scoring)
    assert (folder / CODE).is_file()
    assert len(exported.tasks) == len(WAYS[name])
    for strategy, lm_evals in exported.tasks.items():
        config = yaml.load((folder / f"{lm_evals}.yaml").read_text("utf-8"), Loader=Loader)  # noqa: S506
        assert config["task"] == lm_evals
        assert config["tag"] == exported.tag
        assert config["dataset_kwargs"] == {"file": f"{lm_evals}.jsonl"}
        docs = documents(folder, lm_evals)
        assert [doc["id"] for doc in docs] == [item.id for item in task.items]
        judged = name == "bli" or "+" in strategy
        assert config.get("class") == ("bridgex_tasks.Judged" if judged else None)
        for doc, item in zip(docs, task.items, strict=True):
            for asked in doc["asked"]:
                way = read_document(doc).bridgex.read_strategy()
                bridged = next(each for each in way.asked if str(each) == asked["strategy"])
                prepared = prepare(session, task, bridged, shots=how.shots)
                one = {**doc, "asked": [asked]}
                prompt = environment.from_string(config["doc_to_text"]).render(**one)
                ours = prepared.prompts.get(item.id)
                if ours is None:  # without a pivot translation: asked directly, and not counted
                    ours = prepare(session, task, DIRECT, shots=how.shots).prompts[item.id]
                assert prompt == str(ours)
                if name == "topic":
                    choices = eval(environment.from_string(config["doc_to_choice"]).render(**one))  # noqa: S307
                    options = [config["target_delimiter"] + choice for choice in choices]
                    assert tuple(options) == task.through(bridged.bridge).choices(item)
                    assert [item.options[at] for at in doc["gold"]] == list(item.accepted)
        if name == "bli":
            assert config["generation_kwargs"]["max_gen_toks"] == task.generation.max_tokens


@pytest.mark.parametrize("name", PAIRS)
def test_samples_come_back_as_our_evaluation(
    done: Done, session: Session, name: str, tmp_path: Path
) -> None:
    _, exported, ours = done[name]
    found = read_samples(written(tmp_path, done, session, name)[::-1])
    assert {each.name for each in found.results} == set(exported.tasks)
    for result in ours.results:
        theirs = next(each for each in found.results if each.strategy == result.strategy)
        assert theirs.value == result.value
        for one, other in zip(result.outcomes, theirs.outcomes, strict=True):
            known = one.scored and replace(one.scored, tokens=None, neutral=None, batch=None)
            assert other == replace(one, scored=known)
    assert found.provenance["task"] == ours.provenance["task"]
    assert found.pair == ours.pair
    assert "in lm-eval" in found.signature
    assert found.notes == ()
    assert Evaluation.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    assert "in lm-eval" in report_page([found])


def test_where_no_pivot_translation_was_made_no_answer_counts(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(topics()), "pivot_translation", lambda *_: "")
    plan = planned(session, "topic", ["bridge:fr", "vote:direct@1+fr@1"], SCORED)
    exported = export_tasks(session, plan, tmp_path, SCORED)
    alone, together = (documents(tmp_path, name)[0] for name in exported.tasks.values())
    assert alone["gold"] == [-1]
    assert alone["asked"][0]["problem"] == "no_pivot"
    assert alone["asked"][0]["prompt"] == together["asked"][0]["prompt"]
    right = alone["options"].index(alone["accepted"][0])
    answers = [0.0 if at == right else -1.0 for at in range(3)]
    assert judge(alone, answers)["accuracy"] == 0
    assert judge(together, [*answers, -1.0, -1.0, -1.0])["accuracy"] == 1
    rows = [sample(0, alone, {"bridge:fr": Outcome("0", "", None, None, None, None, (), 0, None)})]
    path = tmp_path / "samples.jsonl"
    path.write_text(json.dumps(rows[0]), "utf-8")
    (outcome,) = read_samples([path]).results[0].outcomes
    assert (outcome.prompt, outcome.problem, outcome.answer) == ("", "no_pivot", None)


def test_values_over_all_items_are_ours(session: Session, tmp_path: Path) -> None:
    texts = session.evaluate("id", "he", task=small(), strategies=["direct"]).results[0].outcomes
    items = [
        replace(item, accepted=(f"die Katze {at} schläft",), context=f"the cat {at} sleeps")
        for at, item in enumerate(small().items)
    ]
    task = Translation(source=find("en"), target=find("de"), items=tuple(items))
    plan = Plan(task, {"direct": DIRECT}, None, ())
    exported = export_tasks(session, plan, tmp_path)
    docs = documents(tmp_path, exported.tasks["direct"])
    answers = ["die Katze 0 schläft", "eine Katze", "", "Hund"]
    judged = [judge(doc, [text]) for doc, text in zip(docs, answers, strict=True)]
    outcomes = [
        replace(
            texts[0],
            answer=text or None,
            accepted=item.accepted,
        )
        for item, text in zip(items, answers, strict=True)
    ]
    mean = aggregations(docs[0], lambda values: sum(values) / len(values))
    assert list(mean) == ["chrF++", "BLEU"]
    for measure in task.measures(outcomes):
        values = [each[measure.metric] for each in judged]
        assert mean[measure.metric](values) == pytest.approx(measure.value)


def test_what_lm_eval_cannot_compute_is_refused(session: Session, tmp_path: Path) -> None:
    for name, ways, how, said in (
        ("bli", ["average:direct+en"], WRITTEN, r"export vote:direct@\d+\+en@\d+ instead"),
        ("topic", ["average/calibrated:direct+fr"], SCORED, "does not score options by calibrated"),
        ("topic", ["direct"], TaskSettings(scoring="per_token"), "by per_token"),
        ("bli", ["route:direct+en"], WRITTEN, r"export its members \(direct"),
    ):
        with pytest.raises(RequestError, match=said):
            export_tasks(session, planned(session, name, ways, how), tmp_path / "out", how)
    with pytest.raises(RequestError, match="--apply_chat_template"):
        plan = planned(session, "topic", ["direct"], SCORED)
        export_tasks(session, plan, tmp_path / "out", TaskSettings(chat=True))
    assert not (tmp_path / "out").exists()
    usual = planned(session, "topic", ["direct"], TaskSettings())
    exported = export_tasks(session, usual, tmp_path / "out")
    assert "scored by calibrated here" in exported.notes[-1]


def _other_pair(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        row["doc"]["bridgex"]["target"] = "fr"


def _other_task(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        row["doc"]["bridgex"]["task"] = "nli"


def _other_style(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        row["doc"]["bridgex"]["style"] = "lm-eval"


def _not_ours(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        del row["doc"]["bridgex"]


def _damaged(rows: list[dict[str, Any]]) -> None:
    rows[1]["doc"]["asked"][0]["prompt"] = 3


def _unknown_task(rows: list[dict[str, Any]]) -> None:
    rows[0]["doc"]["bridgex"]["task"] = "topics"


def _fewer(rows: list[dict[str, Any]]) -> None:
    del rows[-1]


def _twice(rows: list[dict[str, Any]]) -> None:
    rows.append(rows[0])


def _not_a_number(rows: list[dict[str, Any]]) -> None:
    rows[0]["resps"][0] = [["nan", "False"]]


def _no_answers(rows: list[dict[str, Any]]) -> None:
    del rows[2]["resps"][1]


def _no_responses(rows: list[dict[str, Any]]) -> None:
    del rows[2]["resps"]


def _mixed(rows: list[dict[str, Any]]) -> None:
    rows[0]["doc"]["bridgex"]["shots"] = 3


def _none(rows: list[dict[str, Any]]) -> None:
    rows.clear()


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (_other_pair, RequestError, "is of topic de-fr and .* of topic de-en; import one task"),
        (_other_task, RequestError, "is of nli de-en and .* of topic de-en; import one task"),
        (_other_style, RequestError, "other items or asked in another way"),
        (_fewer, RequestError, "has other items than"),
        (_not_ours, ResultError, "line 1: This is a sample of a task that bridgex did not export"),
        (_damaged, ResultError, r"line 2: .*damaged \(asked\.0\.prompt\)"),
        (_unknown_task, ResultError, "line 1: .*'topics'.*Did you mean 'topic'"),
        (_twice, ResultError, "document 0 for the second time"),
        (_not_a_number, ResultError, "line 1 is no sample .*not a number"),
        (_no_answers, ResultError, "line 3: Item 2 of topic has 2 answers"),
        (_no_responses, ResultError, "line 3 is no sample of lm-eval"),
        (_mixed, ResultError, "samples of several tasks"),
        (_none, ResultError, "has no samples"),
    ],
)
def test_samples_that_do_not_belong_together_are_refused(
    done: Done,
    session: Session,
    tmp_path: Path,
    change: Change,
    error: type[Exception],
    said: str,
) -> None:
    paths = written(tmp_path, done, session, "topic", change)
    with pytest.raises(error, match=said):
        read_samples(paths)


def test_files_that_are_no_samples_are_refused(
    done: Done, session: Session, tmp_path: Path
) -> None:
    paths = written(tmp_path, done, session, "topic")
    with pytest.raises(RequestError, match="are both of direct"):
        read_samples([paths[0], paths[0]])
    with pytest.raises(ResultError, match="cannot be read"):
        read_samples([tmp_path / "no.jsonl"])
    with pytest.raises(RequestError, match="do not hold what per_token needs"):
        read_samples(paths, "per_token")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ResultError, match=r"has no samples_\*\.jsonl"):
        read_samples([tmp_path / "empty"])
    paths[1].write_text(paths[1].read_text("utf-8")[:-30], "utf-8")
    with pytest.raises(ResultError, match="was cut short"):
        read_samples(paths)


def test_what_was_run_otherwise_is_said(done: Done, session: Session, tmp_path: Path) -> None:
    paths = written(tmp_path, done, session, "topic")[:1]
    rows = [json.loads(line) for line in paths[0].read_text("utf-8").splitlines()]
    for each in rows[0]["arguments"].values():
        each["arg_0"] = f"<user>{each['arg_0']}"
    paths[0].write_text("\n".join(map(json.dumps, rows[:3])), "utf-8")
    results = tmp_path / "results_2026-11-28T12-00-00.000000.json"
    results.write_text('{"model_name": "some/model"}', "utf-8")
    found = read_samples(paths, "per_byte")
    assert found.items == 3
    assert found.scoring == "per_byte"
    assert found.signature.startswith("some/model in lm-eval · topic de-en")
    assert "Only 3 of 5 exported items were run." in found.notes
    assert "direct: lm-eval asked 1 items with other prompts" in found.notes[1]
    assert found.results[0].outcomes[0].prompt.startswith("<user>")
    with pytest.raises(RequestError, match="tokens the options have is not known"):
        found.rescored("per_token")
    assert found.rescored("sum").results[0].value == pytest.approx(
        sum(each.score for each in read_samples(paths).results[0].outcomes) / 3
    )


class TestCommandLine:
    def test_out_and_in_again(self, tiny_folder: Path, tmp_path: Path) -> None:
        out = tmp_path / "tasks"
        model = ["--model", str(tiny_folder), "--device", "cpu", "--dtype", "float32"]
        words = ["export", "lm-eval", "id", "he", str(out), "--items", "2", *model]
        done = RUNNER.invoke(app, [*words, "--strategies", "direct,bridge:en"])
        assert done.exit_code == 0, done.output
        assert "direct: bridgex_bli_id_he_direct\n" in done.stdout
        assert "lm_eval --include_path" in done.stdout
        samples = tmp_path / "samples_x.jsonl"
        doc = documents(out, "bridgex_bli_id_he_direct")[0]
        empty = Outcome(doc["id"], "", None, f'"{doc["accepted"][0]}"', None, None, (), 0, None)
        samples.write_text(json.dumps(sample(0, doc, {"direct": empty})), "utf-8")
        json_file = tmp_path / "found.json"
        done = RUNNER.invoke(app, ["import", "lm-eval", str(samples), "--json", str(json_file)])
        assert done.exit_code == 0, done.output
        found = load(json_file)
        assert isinstance(found, Evaluation)
        assert found.results[0].value == 1

    def test_what_is_wrong_is_said(self, tmp_path: Path) -> None:
        samples = tmp_path / "samples_arc.jsonl"
        samples.write_text('{"doc_id": 0, "doc": {"question": "Why?"}}\n', "utf-8")
        assert "bridgex did not export" in refused("import", "lm-eval", str(samples))


def harness() -> Path:
    """Return the folder with lm_eval and what it depends on; skip where there is none."""
    folder = Path(sys.prefix) / "harness"
    if not (folder / "whole").is_file():
        pytest.skip("needs lm_eval with what it depends on; run: make harness")
    return folder


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder that is neither the export's nor the checkout."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


@pytest.mark.slow
def test_lm_evals_own_run_is_ours(embedded_folder: Path, tmp_path: Path, elsewhere: Path) -> None:
    packages = harness()
    session = Session(str(embedded_folder), device="cpu", dtype="float32")
    ours = {}
    for name, how, ways in (
        ("topic", SCORED, ["direct"]),
        ("bli", WRITTEN, ["vote:direct@60+en@40"]),
    ):
        task = asked_of(name)
        task = replace(task, items=task.items[:2])
        plan = planned(session, name, ways, how)
        export_tasks(session, replace(plan, task=task), tmp_path / "tasks", how)
        ours[name] = session.evaluate(*PAIRS[name], task=task, strategies=ways, asking=how)
    found = {}
    source = Path(__file__).parents[2] / "src"
    run = subprocess.run(  # noqa: S603
        [
            *(sys.executable, "-m", "lm_eval", "--model", "hf", "--device", "cpu"),
            *("--model_args", f"pretrained={embedded_folder},dtype=float32", "--batch_size", "12"),
            *("--include_path", str(tmp_path / "tasks"), "--log_samples", "--output_path", "out"),
            *("--tasks", "bridgex_topic_de_en,bridgex_bli_id_he"),
        ],
        cwd=elsewhere,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(packages), str(source)]),
            "HF_HUB_OFFLINE": "1",
            "HF_HOME": str(tmp_path / "hf"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    for name, evaluation in ours.items():
        files = sorted((elsewhere / "out").rglob(f"samples_bridgex_{name}_*.jsonl"))
        found[name] = read_samples(files)
        for result in evaluation.results:
            theirs = next(each for each in found[name].results if each.strategy == result.strategy)
            for one, other in zip(result.outcomes, theirs.outcomes, strict=True):
                assert other.prompt == one.prompt
                assert other.answer == one.answer
                if one.scored and other.scored:
                    assert other.scored.nats == pytest.approx(one.scored.nats, abs=1e-3)
            assert theirs.value == result.value
    results = json.loads(next((elsewhere / "out").rglob("results_*.json")).read_text("utf-8"))
    for name, evaluation in ours.items():
        for result in evaluation.results:
            label = result.strategy.replace(":", "_").replace("@", "_").replace("+", "_")
            theirs = results["results"][f"bridgex_{name}_{'_'.join(PAIRS[name])}_{label}"]
            metric = "acc,none" if "acc,none" in theirs else "accuracy,none"
            assert theirs[metric] == pytest.approx(result.value)
