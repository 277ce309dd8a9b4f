"""plot, report and explain on the command line."""

import json
from pathlib import Path

import pytest

from bridgex.cli import app
from bridgex.report.files import write_json
from tests.cli.running import RUNNER, refused
from tests.report.made import HOSTILE, case, evaluation, ranking, spectrum


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / "ranking.json"
    write_json(ranking(), path)
    return path


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "html"])
def test_plot_writes_a_figure_and_its_numbers(stored: Path, tmp_path: Path, suffix: str) -> None:
    output = tmp_path / f"figure.{suffix}"
    done = RUNNER.invoke(app, ["plot", str(stored), "-o", str(output), "--figure", "layers"])
    assert done.exit_code == 0, done.output
    assert output.stat().st_size > 1000
    assert (tmp_path / "figure.csv").read_text("utf-8").startswith("bridge,code,layer")


def test_plot_is_named_after_the_figure_by_default(
    stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert RUNNER.invoke(app, ["plot", stored.name]).exit_code == 0
    assert (tmp_path / "scores.svg").is_file()


def test_report_writes_one_page(stored: Path, tmp_path: Path) -> None:
    other = tmp_path / "evaluation.json"
    write_json(evaluation(), other)
    output = tmp_path / "page.html"
    done = RUNNER.invoke(app, ["report", str(stored), str(other), "-o", str(output)])
    assert done.exit_code == 0, done.output
    assert "2 results" in output.read_text("utf-8")


def test_a_folder_is_all_results_in_it(tmp_path: Path) -> None:
    cases = tmp_path / "study" / "cases"
    cases.mkdir(parents=True)
    for at, pair in enumerate([("id", "he"), ("de", "it")]):
        write_json(case(pair), cases / f"{at}.json")
    (tmp_path / "study" / "plan.json").write_text("{}", "utf-8")
    output = tmp_path / "page.html"
    done = RUNNER.invoke(app, ["report", str(tmp_path / "study"), "-o", str(output)])
    assert done.exit_code == 0, done.output
    assert "Choosers of bridges on 2 pairs" in output.read_text("utf-8")
    (tmp_path / "empty").mkdir()
    assert "has no results" in refused("report", str(tmp_path / "empty"))


def test_report_to_standard_output_is_the_page_alone(stored: Path) -> None:
    done = RUNNER.invoke(app, ["report", str(stored), "-o", "-"])
    assert done.stdout.startswith("<!doctype html>")
    assert done.stdout.rstrip().endswith("</html>")


def test_explain_fits_80_columns_and_says_the_answer_first(stored: Path) -> None:
    done = RUNNER.invoke(app, ["explain", str(stored)], env={"COLUMNS": "80", "NO_COLOR": "1"})
    lines = done.stdout.splitlines()
    assert lines[0].startswith("From Indonesian to Chinese, no single bridge wins")
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in done.stdout
    assert "What would change it" in lines


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_move_no_cursor(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ranking.json"
    write_json(ranking(signature=text, notes=(text,)), path)
    done = RUNNER.invoke(app, ["explain", str(path)])
    assert done.exit_code == 0
    assert not any(letter in done.stdout for letter in "\x1b\u202e\u2066\u2028")


@pytest.mark.parametrize("command", ["plot", "report", "explain"])
def test_what_is_no_result_is_refused(tmp_path: Path, command: str) -> None:
    path = tmp_path / "r.json"
    assert "cannot be read" in refused(command, str(path))
    path.write_text("{", "utf-8")
    assert "not JSON" in refused(command, str(path))
    path.write_text('{"kind": "soup"}', "utf-8")
    assert "not a result" in refused(command, str(path)) or "no result" in refused(
        command, str(path)
    )
    values = ranking().to_dict()
    path.write_text(json.dumps(values | {"schema": 99}), "utf-8")
    assert "upgrade bridgex" in refused(command, str(path))
    del values["verdict"]
    path.write_text(json.dumps(values), "utf-8")
    assert "damaged: the field 'verdict' is missing" in refused(command, str(path))


def test_plot_refuses_what_it_cannot_do(stored: Path, tmp_path: Path) -> None:
    assert "not as '.gif'" in refused("plot", str(stored), "-o", str(tmp_path / "a.gif"))
    assert "no figure 'heatmap'" in refused("plot", str(stored), "--figure", "heatmap")
    other = tmp_path / "spectrum.json"
    write_json(spectrum(("zh", "fr", "it")), other)
    sentence = refused("plot", str(other), "--figure", "scores")
    assert "is of a ranking" in sentence
    assert "gives jaccard, overlap" in sentence


@pytest.mark.parametrize("command", ["plot", "report"])
def test_a_folder_that_cannot_be_written_is_refused(stored: Path, command: str) -> None:
    assert "Cannot write" in refused(command, str(stored), "-o", "/proc/figure.svg")


def test_letters_without_a_font_are_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridgex.report.figures.fonts.font_folders", list)
    path = tmp_path / "spectrum.json"
    write_json(spectrum(("zh", "fr", "it")), path)
    words = ["plot", str(path), "-o", str(tmp_path / "a.svg"), "--labels", "endonym"]
    done = RUNNER.invoke(app, words)
    assert done.exit_code == 0
    assert "fonts-noto-cjk" in done.stderr
    assert (tmp_path / "a.svg").is_file()
