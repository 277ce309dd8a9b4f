"""Tables, pooled statistics, merged and compared studies: functions of stored cases."""

import json
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pandas
import pytest

from bridgex.errors import ResultError
from bridgex.experiments.study.folder import StudyFolder
from bridgex.experiments.study.merge import compare_studies, merge_studies, study_folder
from bridgex.experiments.study.statistics import pooled_choosers, pooled_strategies
from bridgex.experiments.study.tables import CHOOSERS, ITEMS, RESULTS, holm, tables
from bridgex.report.study_files import export_study
from tests.experiments.study.made import ITEMS as ITEMS_MADE
from tests.experiments.study.made import done, made, plan_of

PAIRS = ("de-id", "en-fr", "zh-ja")
TASKS = ("bli", "mrc")
FILES = [
    "choosers.csv",
    "choosers.parquet",
    "items.parquet",
    "manifest.json",
    "pooled.csv",
    "pooled.parquet",
    "results.csv",
    "results.parquet",
    "tables.md",
    "tables.tex",
]


def test_a_row_for_every_strategy_and_chooser(tmp_path: Path) -> None:
    folder = done(tmp_path, plan_of(PAIRS, TASKS))
    found = tables(folder.cases())
    assert len(found.results) == 2 * (4 + 3 + 4)  # English is in one of the pairs
    assert all(list(row) == list(RESULTS) for row in found.results)
    assert all(set(row) == set(CHOOSERS) for row in found.choosers)
    case = next(iter(folder.cases()))
    row = found.results[1]
    assert row["strategy"] == case.results[1].strategy
    assert row["over_direct"] == case.results[1].value - case.results[0].value
    assert row["p_direct_holm"] >= row["p_direct"]
    assert found.results[0]["p_direct"] is None
    gaps = [row for row in found.choosers if row["gap"]]
    assert len(gaps) == 6
    assert {row["chooser"] for row in gaps} == {"english"}


def test_holm_is_the_step_down_correction() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_pairs_are_what_intervals_are_over(tmp_path: Path) -> None:
    folder = done(tmp_path, plan_of(PAIRS, TASKS))
    found = tables(folder.cases())
    (pooled,) = (
        each
        for each in pooled_strategies(found)
        if (each.who, each.measure) == ("bridge:es", "over_direct")
    )
    by_pair = [
        fmean(
            row["over_direct"]
            for row in found.results
            if f"{row['source']}-{row['target']}" == pair and row["strategy"] == "bridge:es"
        )
        for pair in PAIRS
    ]
    assert pooled.mean.value == pytest.approx(fmean(by_pair))
    assert pooled.mean.pairs == 3
    assert pooled.tasks == 2
    interval = pooled.mean.interval
    assert interval is not None
    # 4.3027: 0.975 quantile of Student's t with 2 degrees of freedom
    error = pandas.Series(by_pair).sem()
    assert interval.high - fmean(by_pair) == pytest.approx(4.30265 * error, rel=1e-5)
    assert pooled.p_value is not None
    assert pooled.p_holm is not None
    assert (pooled.p_value <= 0.05) == (interval.low > 0 or interval.high < 0)
    regrets = [each for each in pooled_choosers(found) if each.measure == "regret"]
    assert [each.who for each in regrets] == ["random"]
    assert regrets[0].p_value is None


def test_exported_tables_are_whole_and_the_same_every_time(tmp_path: Path) -> None:
    folder = done(tmp_path / "study", plan_of(PAIRS, TASKS))
    for name in ("first", "second"):
        export_study(folder, tmp_path / name)
    assert sorted(path.name for path in (tmp_path / "first").iterdir()) == FILES
    for name in FILES:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()
    items = pandas.read_parquet(tmp_path / "first" / "items.parquet")
    assert list(items.columns) == list(ITEMS)
    assert len(items) == 22 * ITEMS_MADE
    assert items["text"][0] == "prompt 0 direct"
    text = (tmp_path / "first" / "choosers.csv").read_text()
    assert "'=not among the candidates" in text
    latex = (tmp_path / "first" / "tables.tex").read_text()
    assert latex.count(r"\toprule") == 2
    assert r"\textbf{" in latex
    assert r"\underline{" in latex
    manifest = json.loads((tmp_path / "first" / "manifest.json").read_text())
    model = {"libraries": "torch 2.13.0", "processor": "x86_64"}
    assert manifest["models"] == {"one@abc float32": model}
    assert len(manifest["cases"]) == 6


def test_the_best_is_bold_and_equals_share_it(tmp_path: Path) -> None:
    plan = plan_of(PAIRS[:1])
    folder = done(tmp_path / "study", plan)
    export_study(folder, tmp_path / "tables")
    (case,) = folder.cases()
    best = max(case.accuracy.values())
    line = next(
        line
        for line in (tmp_path / "tables" / "tables.md").read_text().splitlines()
        if line.startswith("| de-id")
    )
    assert line.count("**") == 2 * sum(value == best for value in case.accuracy.values())
    assert f"**{best * 100:.1f}**" in line


def test_two_halves_are_the_whole(tmp_path: Path) -> None:
    plan = plan_of(PAIRS, TASKS)
    whole = done(tmp_path / "whole", plan)
    halves = [
        done(tmp_path / "pairs", plan_of(PAIRS[:2], TASKS)),
        done(tmp_path / "rest", plan_of(PAIRS[2:], TASKS)),
    ]
    target = StudyFolder(tmp_path / "merged")
    assert merge_studies(halves, target) == 6
    assert list(target.cases()) == list(whole.cases())
    assert study_folder(tmp_path / "merged.toml").root == tmp_path / "merged"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"development": 6}, "task bli, development (5 and 6)"),
        ({"asking": {"items": 9}}, "task bli, asking, items (8 and 9)"),
        ({"model": {"digest": "two"}}, "model one, model, digest (one and two)"),
    ],
)
def test_halves_with_other_settings_are_refused(
    tmp_path: Path, changed: dict[str, object], says: str
) -> None:
    first = done(tmp_path / "first", plan_of(PAIRS[:1]))
    second = done(tmp_path / "second", plan_of(PAIRS[1:], changed=changed))
    with pytest.raises(ResultError) as raised:
        merge_studies([first, second], StudyFolder(tmp_path / "merged"))
    assert says in str(raised.value)
    assert not (tmp_path / "merged").exists()


def test_studies_are_compared_item_by_item(tmp_path: Path) -> None:
    plan = plan_of(PAIRS[:1])
    (cell,) = plan.cells
    first = done(tmp_path / "first", plan)
    second = done(tmp_path / "second", plan)
    case = made(cell)
    direct, *others = case.results
    flipped = tuple(replace(each, score=1 - each.score) for each in direct.outcomes[:7])
    second.put(cell.key, replace(case, results=(replace(direct, outcomes=flipped), *others[:-1])))
    changes = {each.strategy: each for each in compare_studies(first, second)}
    assert changes["direct"].items == 7
    difference = changes["direct"].difference
    assert difference is not None
    assert difference.gained + difference.lost == 7
    assert changes["bridge:en"].difference is not None
    assert changes["bridge:en"].difference.gained == 0
    assert changes["bridge:it"].second is None
    assert changes["bridge:it"].row()["p_value"] is None


def test_what_is_no_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="not the folder of a study"):
        study_folder(tmp_path)
    folder = done(tmp_path / "study", plan_of(PAIRS[:1]))
    (path,) = (tmp_path / "study" / "cases").rglob("*.json")
    path.write_text("{")
    with pytest.raises(ResultError, match="cut short"):
        list(folder.cases())
